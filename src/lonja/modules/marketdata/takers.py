"""What takers bought and sold of one instrument, in periods of five minutes and of an hour.

Why apart from candles: candles are imported and stored without sides. What was before the start comes from statistics.
Invariant: times ascend strictly.
"""

from array import array
from bisect import bisect_left
from typing import Final, NamedTuple

from lonja.modules.marketdata.bars import Bar
from lonja.primitives.instant import HOUR_MS, MINUTE_MS

FIVE_MINUTES_MS: Final = 5 * MINUTE_MS
FIVE_MINUTES_KEPT: Final = 2 * 288
HOURS_KEPT: Final = 62 * 24
WORD_MAX: Final = 2**63 - 1


class TakerVolumeView(NamedTuple):
    """Lots that takers bought and sold in the period that opened at ``open_time_ms``."""

    open_time_ms: int
    bought: int
    sold: int


class TakerVolumes:
    """The volumes of one instrument."""

    __slots__ = ("_five_minutes", "_hours")

    def __init__(self) -> None:
        """Nothing was traded."""
        self._five_minutes = _Series(FIVE_MINUTES_MS, FIVE_MINUTES_KEPT)
        self._hours = _Series(HOUR_MS, HOURS_KEPT)

    def add(self, time_ms: int, *, is_buy: bool, size: int) -> None:
        """Count a trade of ``size`` lots; ``is_buy`` is the taker's side."""
        self._five_minutes.add(time_ms, size if is_buy else 0, 0 if is_buy else size)
        self._hours.add(time_ms, size if is_buy else 0, 0 if is_buy else size)

    def adopt(self, period_ms: int, open_time_ms: int, bought: int, sold: int) -> None:
        """Take a period of five minutes or an hour from before the start."""
        series = self._five_minutes if period_ms == FIVE_MINUTES_MS else self._hours
        series.add(open_time_ms, bought, sold)

    def read(self, bar: Bar, begin_ms: int, end_ms: int) -> list[TakerVolumeView]:
        """The bars of five minutes or of whole hours that open in [begin, end] and had trades, oldest first."""
        series = self._five_minutes if bar.length_ms < HOUR_MS else self._hours
        bars: dict[int, tuple[int, int]] = {}
        low = bisect_left(series.times, bar.start(begin_ms))
        for time_ms, bought, sold in zip(series.times[low:], series.bought[low:], series.sold[low:], strict=True):
            start = bar.start(time_ms)
            before = bars.get(start, (0, 0))
            bars[start] = (before[0] + bought, before[1] + sold)
        return [TakerVolumeView(start, *sums) for start, sums in bars.items() if begin_ms <= start <= end_ms]


class _Series:
    __slots__ = ("_kept", "_period_ms", "bought", "sold", "times")

    def __init__(self, period_ms: int, kept: int) -> None:
        self._period_ms = period_ms
        self._kept = kept
        self.times = array("q")
        self.bought = array("q")
        self.sold = array("q")

    def add(self, time_ms: int, bought: int, sold: int) -> None:
        start = time_ms - time_ms % self._period_ms
        index = len(self.times) - 1
        if index < 0 or self.times[index] != start:
            index = self._place(start)
        self.bought[index] = min(self.bought[index] + bought, WORD_MAX)
        self.sold[index] = min(self.sold[index] + sold, WORD_MAX)

    def _place(self, start: int) -> int:
        """Where the period that opens at ``start`` stands; it is put there when it is new."""
        columns = (self.times, self.bought, self.sold)
        surplus = len(self.times) - self._kept
        # Trimming shifts everything, so it is done an eighth at a time.
        if surplus > self._kept // 8:
            for column in columns:
                del column[:surplus]
        index = bisect_left(self.times, start)
        if index == len(self.times) or self.times[index] != start:
            for column, value in zip(columns, (start, 0, 0), strict=True):
                column.insert(index, value)
        return index
