"""Statistics of the last 24 hours, kept up to date trade by trade.

Why not summed on reading: a list of all tickers would read 1,440 minutes of every instrument.
Invariant: equal to merging the minute candles of the window, which ``tests/modules/marketdata`` proves.
"""

from bisect import bisect_left
from collections import deque

from lonja.modules.marketdata.candles import FIELDS, CandleSeries
from lonja.primitives.instant import DAY_MS, MINUTE_MS


def day_begin_ms(now_ms: int) -> int:
    """When the first of the last 1,440 minutes opened, the running one included."""
    return now_ms - now_ms % MINUTE_MS - DAY_MS + MINUTE_MS


class RollingDay:
    """High, low and volumes of the last 1,440 minutes of one minute series."""

    __slots__ = ("_begin_ms", "_highs", "_lows", "quote_volume", "volume")

    def __init__(self) -> None:
        """Start empty."""
        self.volume = 0
        self.quote_volume = 0
        self._begin_ms = 0
        # Minutes whose extreme no later minute has beaten, so the first is that of the window.
        self._highs: deque[tuple[int, int]] = deque()
        self._lows: deque[tuple[int, int]] = deque()

    def add_trade(self, minutes: CandleSeries, time_ms: int, price: int, size: int, quote: int) -> None:
        """Count a trade that ``minutes`` already holds."""
        minute = time_ms - time_ms % MINUTE_MS
        self.volume += size
        self.quote_volume += quote
        self._extend(minute, price, price)
        if minute - self._begin_ms >= DAY_MS:
            self.advance(minutes, time_ms)

    def advance(self, minutes: CandleSeries, now_ms: int) -> None:
        """Let go of the minutes that left the window."""
        begin_ms = day_begin_ms(now_ms)
        if begin_ms <= self._begin_ms:
            return
        low = bisect_left(minutes.times, self._begin_ms)
        high = bisect_left(minutes.times, begin_ms, low)
        if low < high:
            *_, volume, quote = minutes.merged_slice(low, high)
            self.volume -= volume
            self.quote_volume -= quote
        self._begin_ms = begin_ms
        for extremes in (self._highs, self._lows):
            while extremes and extremes[0][0] < begin_ms:
                extremes.popleft()

    def rebuild(self, minutes: CandleSeries, now_ms: int) -> None:
        """Start again from the stored minutes, after they changed other than by a trade."""
        self._begin_ms = day_begin_ms(now_ms)
        self._highs.clear()
        self._lows.clear()
        first = bisect_left(minutes.times, self._begin_ms)
        values = minutes.values[first * FIELDS :]
        for minute, high, low in zip(minutes.times[first:], values[1::FIELDS], values[2::FIELDS], strict=True):
            self._extend(minute, high, low)
        self.volume = sum(values[4::FIELDS])
        self.quote_volume = sum(values[5::FIELDS])

    def extremes(self) -> tuple[int, int] | None:
        """High and low, or None when nothing traded in the window."""
        return (self._highs[0][1], self._lows[0][1]) if self._highs else None

    def window_begin_ms(self) -> int:
        """When the first minute of the window opened."""
        return self._begin_ms

    def _extend(self, minute: int, high: int, low: int) -> None:
        highs = self._highs
        while highs and highs[-1][1] <= high:
            highs.pop()
        if not highs or highs[-1][0] != minute:
            highs.append((minute, high))
        lows = self._lows
        while lows and lows[-1][1] >= low:
            lows.pop()
        if not lows or lows[-1][0] != minute:
            lows.append((minute, low))
