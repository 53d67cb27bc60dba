"""Moods of simulated markets: what people choose, and what it means for prices, books and trades.

Why here: whoever sets a mood names it, traders and prices read numbers. Invariant: a mood that has run out is normal.
"""

from enum import StrEnum
from typing import NamedTuple


class Mood(StrEnum):
    """How a market behaves."""

    NORMAL = "normal"
    CALM = "calm"
    TREND_UP = "trend_up"
    TREND_DOWN = "trend_down"
    CRASH = "crash"
    THIN = "thin"
    STORM = "storm"


class MoodEffect(NamedTuple):
    """What a mood does; each factor multiplies the usual value.

    ``drift_per_hour`` is added to the logarithm of the price. ``buyer_shift`` is added to the share of buyers.
    """

    drift_per_hour: float = 0.0
    volatility: float = 1.0
    spread: float = 1.0
    depth: float = 1.0
    trades: float = 1.0
    buyer_shift: float = 0.0


EFFECTS = {
    Mood.NORMAL: MoodEffect(),
    Mood.CALM: MoodEffect(volatility=0.3, trades=0.4, depth=1.5),
    Mood.TREND_UP: MoodEffect(drift_per_hour=0.03, volatility=1.3, trades=1.5, buyer_shift=0.15),
    Mood.TREND_DOWN: MoodEffect(drift_per_hour=-0.03, volatility=1.3, trades=1.5, buyer_shift=-0.15),
    Mood.CRASH: MoodEffect(drift_per_hour=-1.2, volatility=4.0, spread=4.0, depth=0.3, trades=3.0, buyer_shift=-0.35),
    Mood.THIN: MoodEffect(spread=4.0, depth=0.1, trades=0.3),
    Mood.STORM: MoodEffect(volatility=2.0, spread=4.0, depth=0.15, trades=3.0),
}


class Moods:
    """The moods that were set: one for all markets, and those of single instruments, which come first."""

    def __init__(self) -> None:
        """All markets are normal."""
        self._set: dict[str | None, tuple[Mood, int | None]] = {}

    def set(self, instrument_id: str | None, mood: Mood, until_ms: int | None = None) -> None:
        """``mood`` holds for ``instrument_id`` (None: all, and earlier single ones end) up to ``until_ms``."""
        if instrument_id is None:
            self._set.clear()
        self._set[instrument_id] = (mood, until_ms)

    def of(self, instrument_id: str, now_ms: int) -> Mood:
        """The mood of an instrument at ``now_ms``."""
        for key in (instrument_id, None):
            mood, until_ms = self._set.get(key, (Mood.NORMAL, 0))
            if until_ms is None or now_ms < until_ms:
                return mood
        return Mood.NORMAL

    def usual(self, now_ms: int) -> Mood:
        """The mood of markets that have none of their own."""
        return self.of("", now_ms)

    def next_end_ms(self, now_ms: int) -> int | None:
        """When the next mood runs out, None for never."""
        ends = [until_ms for _, until_ms in self._set.values() if until_ms is not None and until_ms > now_ms]
        return min(ends, default=None)
