"""Candles: stored periods of one length, packed, and the bars made of them.

Only periods in which something traded are stored; empty ones are made up on reading, flat at the previous close.
A bar takes no part from empty periods: its open is its first trade, as venues publish it.
Invariant: times ascend strictly.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

from lonja.modules.marketdata.bars import Bar
from lonja.modules.marketdata.ports import StoredCandle
from lonja.modules.marketdata.records import CandleView

FIELDS = 6
WORD_MAX = 2**63 - 1
_OPEN, _HIGH, _LOW, _CLOSE, _VOLUME, _QUOTE = range(FIELDS)


class CandleSeries:
    """Candles of one instrument and length, oldest first; the oldest are dropped beyond about ``kept``."""

    __slots__ = ("_kept", "dropped", "period_ms", "times", "values")

    def __init__(self, period_ms: int, kept: int) -> None:
        """Start empty."""
        self.period_ms = period_ms
        self._kept = kept
        self.times = array("q")
        self.values = array("q")
        self.dropped = False

    def add_trade(self, time_ms: int, price: int, size: int, quote: int) -> None:
        """Count one trade at ``time_ms``."""
        start = time_ms - time_ms % self.period_ms
        times = self.times
        if not times or times[-1] != start:
            index = len(times) if not times or times[-1] < start else bisect_left(times, start)
            if index == len(times) or times[index] != start:
                self._insert(index, start, (price, price, price, price, size, quote))
                return
        else:
            index = len(times) - 1
        values = self.values
        base = index * FIELDS
        if price > values[base + 1]:
            values[base + 1] = price
        elif price < values[base + 2]:
            values[base + 2] = price
        values[base + 3] = price
        try:
            values[base + 4] += size
            values[base + 5] += quote
        except OverflowError:
            # Huge lots traded to and fro: the largest number that fits is as good an answer as any.
            values[base + 4] = min(values[base + 4] + size, WORD_MAX)
            values[base + 5] = min(values[base + 5] + quote, WORD_MAX)

    def put(self, start_ms: int, candle: Iterable[int]) -> None:
        """Set the candle that opened at ``start_ms``: open, high, low, close, volume, quote volume."""
        times = self.times
        index = len(times) if not times or times[-1] < start_ms else bisect_left(times, start_ms)
        if index < len(times) and times[index] == start_ms:
            self.values[index * FIELDS : (index + 1) * FIELDS] = _packed(candle)
        else:
            self._insert(index, start_ms, candle)

    def extend(self, start_ms: int, part: tuple[int, int, int, int, int, int]) -> None:
        """Let the last candle, or a new one that opens at ``start_ms``, end with ``part``."""
        if self.last_ms() != start_ms:
            self.put(start_ms, part)
            return
        base = len(self.values) - FIELDS
        first, high, low, _, volume, quote = self.values[base:]
        ended = (first, max(high, part[_HIGH]), min(low, part[_LOW]), part[_CLOSE])
        self.values[base:] = _packed((*ended, volume + part[_VOLUME], quote + part[_QUOTE]))

    def _insert(self, index: int, start_ms: int, candle: Iterable[int]) -> None:
        self.times.insert(index, start_ms)
        self.values[index * FIELDS : index * FIELDS] = _packed(candle)
        # Trimming shifts everything, so it is done an eighth at a time.
        if len(self.times) > self._kept + self._kept // 8:
            surplus = len(self.times) - self._kept
            del self.times[:surplus]
            del self.values[: surplus * FIELDS]
            self.dropped = True

    def last_ms(self) -> int:
        """When the last candle opened; -1 when there is none."""
        return self.times[-1] if self.times else -1

    def field(self, index: int, field: int) -> int:
        """One number of the candle at ``index``."""
        return self.values[index * FIELDS + field]

    def close_before(self, end_ms: int) -> int | None:
        """The last close before ``end_ms``, or None when nothing is known that early."""
        index = bisect_left(self.times, end_ms)
        return self.values[index * FIELDS - FIELDS + _CLOSE] if index else None

    def open_from(self, start_ms: int) -> int | None:
        """The first open at or after ``start_ms``, or None."""
        index = bisect_left(self.times, start_ms)
        return self.values[index * FIELDS] if index < len(self.times) else None

    def merged(self, begin_ms: int, end_ms: int) -> tuple[int, int, int, int, int, int] | None:
        """All candles that open in [begin, end) as one, or None when there are none."""
        low = bisect_left(self.times, begin_ms)
        high = bisect_left(self.times, end_ms, low)
        return self.merged_slice(low, high) if low < high else None

    def merged_slice(self, low: int, high: int) -> tuple[int, int, int, int, int, int]:
        """The candles at ``low`` up to but not including ``high`` (at least one) as one."""
        values = self.values[low * FIELDS : high * FIELDS]
        return (
            values[_OPEN],
            max(values[_HIGH::FIELDS]),
            min(values[_LOW::FIELDS]),
            values[_CLOSE - FIELDS],
            sum(values[_VOLUME::FIELDS]),
            sum(values[_QUOTE::FIELDS]),
        )


def _packed(candle: Iterable[int]) -> "array[int]":
    numbers = list(candle)
    try:
        return array("q", numbers)
    except OverflowError:
        return array("q", [min(number, WORD_MAX) for number in numbers])


class BarRequest:
    """Which bars are wanted: newest first, opening after ``before_ms`` and before ``after_ms``, at most ``limit``."""

    __slots__ = ("bar", "before_ms", "limit", "newest_ms", "now_ms")

    def __init__(self, bar: Bar, now_ms: int, after_ms: int | None, before_ms: int | None, limit: int) -> None:
        """``now_ms`` decides which bar is the running one."""
        self.bar = bar
        self.now_ms = now_ms
        self.limit = limit
        self.before_ms = -1 if before_ms is None else before_ms
        self.newest_ms = bar.start(now_ms if after_ms is None else min(now_ms, after_ms - 1))

    def covered_by(self, series: CandleSeries) -> bool:
        """Whether ``series`` holds all that is needed."""
        return not series.dropped or self.oldest_ms() >= series.times[0]

    def oldest_ms(self) -> int:
        """When the oldest bar that can be in the answer opens."""
        if not self.bar.months:
            wanted = self.newest_ms - (self.limit - 1) * self.bar.length_ms
            return max(wanted, self.bar.start(self.before_ms + 1), 0)
        start = self.newest_ms
        for _ in range(self.limit - 1):
            if start <= max(self.before_ms, 0):
                break
            start = self.bar.preceding(start)
        return start

    def read(self, series: CandleSeries) -> list[CandleView]:
        """The bars, made of the candles of ``series``, back to where all their parts are known."""
        rows: list[CandleView] = []
        start = self.newest_ms
        end = self.bar.following(start)
        times = series.times
        high = bisect_left(times, end)
        while high and len(rows) < self.limit and start > self.before_ms:
            if series.dropped and start < times[0]:
                break
            low = bisect_left(times, start, 0, high)
            if low < high:
                candle = series.merged_slice(low, high)
            else:
                close = series.field(low - 1, _CLOSE)
                candle = (close, close, close, close, 0, 0)
            rows.append(CandleView(start, *candle, end <= self.now_ms))
            high, end = low, start
            start = self.bar.preceding(start)
        return rows


def joined(stored: Iterable[StoredCandle], recent: CandleSeries, period_ms: int) -> CandleSeries:
    """``stored`` candles, as far as they are older than all of ``recent``, followed by ``recent``."""
    series = CandleSeries(period_ms, 2**62)
    first_ms = recent.times[0] if recent.times else 2**62
    for row in stored:
        if row.open_time_ms < first_ms:
            series.put(row.open_time_ms, (row.open, row.high, row.low, row.close, row.volume, row.quote_volume))
    series.times.extend(recent.times)
    series.values.extend(recent.values)
    return series
