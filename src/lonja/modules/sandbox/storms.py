"""Storms: an index that runs far in a short time, in gusts, and perhaps comes back slowly.

Why in gusts: a price that slides lets every position be closed in time; one that jumps leaves some beyond what stands
behind them, which is what Security Funds and deleveraging are for. Invariant: where a storm has come to depends on the
seed, its number and the exchange's time alone, and at its end it has moved the price by exactly what was asked.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from lonja.primitives.instant import SECOND_MS

GUST_MS: Final = 4 * SECOND_MS
_GUSTS_MAX: Final = 60
_UNEVEN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Storm:
    """What was asked: ``move`` is the share by which the price changes from ``begin_ms`` to ``end_ms``.

    From then to ``calm_ms`` it comes back; without that, when the two are the same, it stays.
    """

    index_id: str
    move: float
    begin_ms: int
    end_ms: int
    calm_ms: int

    @property
    def base(self) -> str:
        """The currency whose price moves."""
        return self.index_id.partition("-")[0]


class Gusts:
    """The course of one storm."""

    def __init__(self, storm: Storm, random: Random) -> None:
        """Draw when it blows and how much."""
        self.storm = storm
        length_ms = storm.end_ms - storm.begin_ms
        count = max(1, min(_GUSTS_MAX, length_ms // GUST_MS))
        weights = [1.0 + _UNEVEN * random.uniform(-1.0, 1.0) for _ in range(count)]
        scale = math.log1p(storm.move) / sum(weights)
        ends = (storm.begin_ms + (place + random.uniform(0.2, 1.0)) * length_ms / count for place in range(count))
        self._gusts = list(zip(ends, (weight * scale for weight in weights), strict=True))
        self.offset = 0.0
        """How far the logarithm of the price was moved so far."""

    def pass_to(self, now_ms: int) -> float:
        """By how much the logarithm moves on up to ``now_ms``."""
        before, self.offset = self.offset, self._at(now_ms)
        return self.offset - before

    def _at(self, now_ms: int) -> float:
        storm = self.storm
        if now_ms < storm.end_ms:
            return sum(change for end_ms, change in self._gusts if end_ms <= now_ms)
        if now_ms >= storm.calm_ms > storm.end_ms:
            return 0.0
        back = (now_ms - storm.end_ms) / (storm.calm_ms - storm.end_ms) if storm.calm_ms > storm.end_ms else 0.0
        return math.log1p(storm.move) * (1.0 - back)


class Storms:
    """All storms that are not over."""

    def __init__(self, seed: str) -> None:
        """The air is still."""
        self._seed = seed
        self._count = 0
        self._blowing: list[Gusts] = []

    def begin(self, storm: Storm) -> None:
        """Let one more begin."""
        self._count += 1
        chance = Random(f"storm:{self._count}:{self._seed}")  # noqa: S311  # repeatable by seed, nothing secret
        self._blowing.append(Gusts(storm, chance))

    def pass_to(self, now_ms: int) -> Iterator[tuple[str, float]]:
        """Currencies whose prices were moved since the last call, and by how much of the logarithm."""
        for gusts in list(self._blowing):
            change = gusts.pass_to(now_ms)
            if change:
                yield gusts.storm.base, change
            if now_ms >= gusts.storm.calm_ms:
                self._blowing.remove(gusts)

    def all(self) -> list[Storm]:
        """Those that are not over."""
        return [gusts.storm for gusts in self._blowing]

    def pace_ms(self, base: str, share: float, now_ms: int) -> float:
        """In how much time storms move a price by ``share`` or so; endless while none moves it."""
        paces = [math.inf]
        for storm in (gusts.storm for gusts in self._blowing if gusts.storm.base == base):
            length_ms = storm.end_ms - storm.begin_ms if now_ms < storm.end_ms else storm.calm_ms - storm.end_ms
            paces.append(length_ms * share / abs(math.log1p(storm.move)))
        return min(paces)

    def to_come(self, base: str, way: float) -> float:
        """By how much storms are still going to move the logarithm of a price the way that the sign of ``way`` says."""
        left = [math.log1p(one.storm.move) - one.offset for one in self._blowing if one.storm.base == base]
        return sum(change for change in left if change * way > 0.0)

    def blows(self, base: str, now_ms: int) -> bool:
        """Whether a price is running at ``now_ms``."""
        return any(one.storm.base == base and one.storm.begin_ms <= now_ms < one.storm.end_ms for one in self._blowing)
