"""What prices need to know of a contract: its names, its tick, and what its lots are worth.

Invariant: numbers are exact; a price in ticks and one in 10 ** -18 mean the same when they are converted back and forth.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lonja.core.kinds import InstrumentType
from lonja.core.views import ContractView, CurrencyView, InstrumentView, LevelView
from lonja.modules.pricing.exact import PRICE_ONE, nearest, tick_of
from lonja.primitives.instant import DAY_MS

NEAR_MS = 14 * DAY_MS
"""Weekly and bi-weekly contracts have no longer to live than this."""


class Shape(NamedTuple):
    """A contract, as far as it never changes. A lot is ``lot`` times 10 ** -``lot_scale`` of base, or of quote if inverse."""

    instrument: int
    instrument_id: str
    family: int
    underlying: str
    is_perpetual: bool
    is_inverse: bool
    tick: int
    lot: int
    lot_scale: int
    listed_ms: int
    expiry_ms: int

    def to_ticks(self, price: int) -> int:
        """The nearest price in ticks, at least one."""
        return max(1, nearest(price, self.tick))

    def section(self, now_ms: int) -> str:
        """Which price limits it has."""
        if self.is_perpetual:
            return "perpetual"
        return "near" if self.expiry_ms - now_ms <= NEAR_MS else "far"

    def impact_price(self, levels: Sequence[LevelView], notional: int) -> int | None:
        """The average price at which ``notional`` of quote currency trades against ``levels``, best first, rounded down.

        None when they hold less than that: then nobody can tell, and a small order in an empty book moves nothing.
        Source: depth-weighted prices of the funding formula of April 2025; total quote over total base.
        """
        wanted = notional * 10**self.lot_scale
        return self._inverse_impact(levels, wanted) if self.is_inverse else self._linear_impact(levels, wanted)

    def _linear_impact(self, levels: Sequence[LevelView], wanted: int) -> int | None:
        # Quote amounts are in 10 ** -(lot_scale + 18), base amounts in 10 ** -lot_scale.
        left, base = wanted * PRICE_ONE, 0
        for level in levels:
            price, size = level.price * self.tick, level.size * self.lot
            if price * size >= left:
                return wanted * PRICE_ONE * price // (base * price + left)
            left -= price * size
            base += size
        return None

    def _inverse_impact(self, levels: Sequence[LevelView], wanted: int) -> int | None:
        left, base_num, base_den = wanted, 0, 1
        for level in levels:
            price, size = level.price * self.tick, level.size * self.lot
            traded = min(size, left)
            base_num, base_den = base_num * price + traded * base_den, base_den * price
            left -= traded
            if not left:
                return wanted * base_den // base_num
        return None


def shape_of(instrument: InstrumentView, contract: ContractView, currencies: Sequence[CurrencyView]) -> Shape:
    """What there is to know of a contract that the engine lists."""
    return Shape(
        instrument=instrument.instrument,
        instrument_id=instrument.instrument_id,
        family=contract.family,
        underlying=f"{currencies[instrument.base].name}-{currencies[instrument.quote].name}",
        is_perpetual=instrument.instrument_type == InstrumentType.SWAP,
        is_inverse=bool(contract.inverse),
        tick=tick_of(instrument.price_scale, instrument.tick_step),
        lot=instrument.lot_step * contract.contract_value * contract.multiplier,
        lot_scale=instrument.size_scale + contract.contract_scale,
        listed_ms=instrument.listed_time_ms,
        expiry_ms=contract.expiry_time_ms,
    )
