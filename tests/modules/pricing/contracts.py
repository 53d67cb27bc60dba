"""Contracts and levels for tests of prices: ticks of 0.01, lots of 0.1 contracts of 1 QUIET, or of 10 USD if inverse."""

from lonja.core.views import LevelView
from lonja.modules.pricing.exact import PRICE_ONE
from lonja.modules.pricing.shape import Shape
from lonja.primitives.instant import DAY_MS

NOW = 1_764_000_000_000 - 1_764_000_000_000 % DAY_MS
"""Midnight UTC of 2025-11-24, a Monday."""
TICK = PRICE_ONE // 100

SWAP = Shape(7, "QUIET-USDT-SWAP", 0, "QUIET-USDT", True, False, TICK, 1, 1, NOW - DAY_MS, 0)
INVERSE = SWAP._replace(instrument_id="QUIET-USD-SWAP", underlying="QUIET-USD", is_inverse=True, lot=10, lot_scale=0)
DATED = SWAP._replace(instrument_id="QUIET-USDT-251226", is_perpetual=False, expiry_ms=NOW + 10 * DAY_MS)


def price(text: str) -> int:
    """A price as prices are written, in 10 ** -18."""
    whole, _, fraction = text.partition(".")
    return int(whole) * PRICE_ONE + int(fraction.ljust(18, "0"))


def levels(*rows: tuple[int, int]) -> list[LevelView]:
    """Levels of so many ticks and lots."""
    return [LevelView(ticks, lots, 1) for ticks, lots in rows]
