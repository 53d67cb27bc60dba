"""Index or mark prices of one instrument over time.

Spot is valued at the index, so mark prices are these too. Where memory of the index ends, traded prices are shown,
because a chart without a past is of no use and on a spot pair the two hardly differ.
Invariant: each candle begins where the price stood before it.
"""

from bisect import bisect_left

from lonja.modules.marketdata.bars import UTC8_MS
from lonja.modules.marketdata.candles import FIELDS, BarRequest, CandleSeries
from lonja.modules.marketdata.records import CandleView, IndexTickerView
from lonja.modules.marketdata.rolling import RollingDay, day_begin_ms
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from lonja.primitives.money import INT_MAX

MINUTES_KEPT = 2 * 1_440
HOURS_KEPT = 62 * 24


class IndexSeries:
    """The index price now, and its minutes and hours since it is known."""

    __slots__ = ("_past", "_rolling", "hours", "minutes", "price", "since_ms", "time_ms", "updates")

    def __init__(self) -> None:
        """No price is known."""
        self.price = 0
        self.since_ms = 0
        self.time_ms = 0
        self.updates = 0
        self.minutes = CandleSeries(MINUTE_MS, MINUTES_KEPT)
        self.hours = CandleSeries(HOUR_MS, HOURS_KEPT)
        self._rolling = RollingDay()
        self._past = _Past(self.minutes, -1, 0)

    def set(self, time_ms: int, price: int) -> None:
        """The index is ``price`` ticks from ``time_ms`` on; 0 when nobody knows it any more."""
        before, self.price, self.time_ms = self.price, price, time_ms
        self.updates += 1
        if not price:
            return
        self.since_ms = self.since_ms or time_ms
        for series in (self.minutes, self.hours):
            if before and time_ms - time_ms % series.period_ms > series.last_ms():
                series.add_trade(time_ms, before, 0, 0)
            series.add_trade(time_ms, price, 0, 0)
        self._rolling.add_trade(self.minutes, time_ms, before or price, 0, 0)
        self._rolling.add_trade(self.minutes, time_ms, price, 0, 0)

    def again(self, time_ms: int) -> "IndexSeries":
        """The same price, known since ``time_ms`` only."""
        made = IndexSeries()
        made.updates = self.updates
        made.set(time_ms, self.price)
        return made

    def adopt(self, period_ms: int, open_time_ms: int, candle: tuple[int, int, int, int]) -> None:
        """Take a minute or an hour from before the start, oldest first; then ``resume``."""
        self.series(period_ms).put(open_time_ms, (*candle, 0, 0))

    def resume(self, time_ms: int, price: int, now_ms: int) -> None:
        """Go on at ``price`` ticks, which was set at ``time_ms``."""
        self.price, self.time_ms = price, time_ms
        first = [series.times[0] for series in (self.hours, self.minutes) if series.times] or [time_ms]
        # The first hour began with its first minute, as long as both are kept.
        self.since_ms = max(first) if max(first) - min(first) < HOUR_MS else min(first)
        self._rolling.rebuild(self.minutes, now_ms)

    def series(self, period_ms: int) -> CandleSeries:
        """The stored candles of one minute or hour."""
        return self.minutes if period_ms == MINUTE_MS else self.hours

    def ticker(self, instrument: int, now_ms: int, traded: CandleSeries, imports: int) -> IndexTickerView | None:
        """Statistics as of ``now_ms``, from the ``traded`` minutes where memory of the index ends; None without a price.

        ``imports`` is how often ``traded`` changed other than by a trade.
        """
        if not self.price:
            return None
        rolling, past = self._rolling, self._past_of(traded, imports)
        rolling.advance(self.minutes, now_ms)
        begin_ms = rolling.window_begin_ms()
        extremes = [found for found in (rolling.extremes(), past.extremes(now_ms)) if found] or [(self.price,) * 2]
        return IndexTickerView(
            instrument=instrument,
            price=self.price,
            open_24h=self._price_at(self.minutes, begin_ms, traded),
            high_24h=max(high for high, _ in extremes),
            low_24h=min(low for _, low in extremes),
            open_utc0=self._price_at(self.hours, now_ms - now_ms % DAY_MS, traded),
            open_utc8=self._price_at(self.hours, now_ms - (now_ms + UTC8_MS) % DAY_MS, traded),
            time_ms=self.time_ms,
        )

    def ticker_until(self, now_ms: int) -> int:
        """Until when the window of ``now_ms`` holds the same minutes of the index; rather too early."""
        times = self.minutes.times
        first = bisect_left(times, day_begin_ms(now_ms))
        # A minute early: from then on what was traded before the first price counts no more.
        return times[first] + DAY_MS - MINUTE_MS if first < len(times) else INT_MAX

    def _past_of(self, traded: CandleSeries, imports: int) -> "_Past":
        if not self._past.is_of(self.since_ms, imports):
            self._past = _Past(traded, self.since_ms, imports)
        return self._past

    def _price_at(self, series: CandleSeries, time_ms: int, traded: CandleSeries) -> int:
        """What the price was at ``time_ms``; what was ``traded`` then, or the first price, when it was not known yet."""
        price = series.close_before(time_ms)
        if price is None:
            begin = bisect_left(traded.times, time_ms)
            if begin < _first_from(traded, self.since_ms):
                return traded.field(begin, 0)
            price = series.open_from(time_ms)
        return self.price if price is None else price


class _Past:
    """Extremes of the traded minutes before the index was known. What trades later says nothing of an index."""

    __slots__ = ("_of", "_rolling")

    def __init__(self, traded: CandleSeries, since_ms: int, imports: int) -> None:
        self._of = (since_ms, imports)
        self._rolling = RollingDay()
        count = _first_from(traded, since_ms)
        minutes = CandleSeries(MINUTE_MS, count)
        minutes.times, minutes.values = traded.times[:count], traded.values[: count * FIELDS]
        self._rolling.rebuild(minutes, since_ms)

    def is_of(self, since_ms: int, imports: int) -> bool:
        return self._of == (since_ms, imports)

    def extremes(self, now_ms: int) -> tuple[int, int] | None:
        """High and low of those minutes that the 24 hours before ``now_ms`` still hold."""
        # Volumes are of no interest, so the minutes themselves need not be kept.
        self._rolling.advance(_NO_MINUTES, now_ms)
        return self._rolling.extremes()


_NO_MINUTES = CandleSeries(MINUTE_MS, 0)


def _first_from(traded: CandleSeries, since_ms: int) -> int:
    """The number of the first minute that is not wholly before ``since_ms``."""
    return bisect_left(traded.times, since_ms - since_ms % MINUTE_MS)


def read_index(request: BarRequest, index: CandleSeries, traded: CandleSeries) -> list[CandleView]:
    """The bars of the index, from ``traded`` candles of the same period where memory of the index ends."""
    rows = request.read(_with_past(index, traded, request.oldest_ms()))
    return [row._replace(volume=0, quote_volume=0) for row in rows]


def _with_past(index: CandleSeries, traded: CandleSeries, since_ms: int) -> CandleSeries:
    first_ms = index.times[0] if index.times else 2**62
    if first_ms <= since_ms:
        return index
    # One candle more tells at which price the first bar begins when nothing traded in it.
    low = max(0, bisect_left(traded.times, since_ms) - 1)
    high = bisect_left(traded.times, first_ms)
    series = CandleSeries(index.period_ms, 2**62)
    series.dropped = traded.dropped
    series.times = traded.times[low:high] + index.times
    series.values = traded.values[low * FIELDS : high * FIELDS] + index.values
    return series
