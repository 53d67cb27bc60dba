"""How far contracts trade from their indices: a small share of the price that wanders and is drawn back to nothing.

Why here: premium, mark and funding all come from it, so it must neither vanish nor run away. Its spread and how long it
lasts make average premiums of eight hours of some hundredths of a percent: funding is its usual 0.01 % most of the time,
and a few times as much, either way, now and then. Invariant: the same seed and the same steps give the same bases.
"""

import math
from random import Random
from typing import Final

SPREAD_LIVELY, SPREAD_ELSEWHERE = 0.0005, 0.0008
"""Standard deviation of the basis of contracts that trade much, and of others."""

_LASTS_SECONDS: Final = 4 * 3_600.0
_YEAR_SECONDS: Final = 365 * 86_400.0
_CARRY: Final = 0.03
"""What dated contracts cost more than their index, a year."""


class Bases:
    """The bases of all contracts, by name."""

    def __init__(self, seed: str) -> None:
        """None is known yet."""
        self._random = Random(f"bases:{seed}")  # noqa: S311  # repeatable by seed, nothing secret
        self._values: dict[str, float] = {}
        self._spreads: dict[str, float] = {}

    def add(self, instrument_id: str, spread: float) -> None:
        """One more, whose standard deviation is ``spread``."""
        self._spreads[instrument_id] = spread
        self._values[instrument_id] = spread * self._random.gauss(0.0, 1.0)

    def of(self, instrument_id: str) -> float:
        """The basis now, as a share of the price; 0 for one that was not added."""
        return self._values.get(instrument_id, 0.0)

    def step(self, seconds: float) -> None:
        """Let ``seconds`` pass, as many as there are."""
        kept, new = lasting(seconds)
        values, gauss = self._values, self._random.gauss
        for name, spread in self._spreads.items():
            values[name] = values[name] * kept + spread * new * gauss(0.0, 1.0)


def lasting(seconds: float) -> tuple[float, float]:
    """Which share of a basis is left after so long, and how much comes new, in standard deviations."""
    kept = math.exp(-seconds / _LASTS_SECONDS)
    return kept, math.sqrt(1.0 - kept * kept)


def carry(left_ms: int) -> float:
    """What a contract that expires in ``left_ms`` costs more than its index, as a share."""
    return _CARRY * max(0, left_ms) / 1_000.0 / _YEAR_SECONDS
