"""Index prices of one instrument over time.

Spot is valued at the index, so mark prices are these too. Of the time before an index was known the traded prices are
shown, because a chart without a past is of no use and on a spot pair the two hardly differ.
Invariant: candles have no volume, and each begins where the price stood before it.
"""

from collections.abc import Sequence

from lonja.modules.marketdata.bars import UTC8_MS
from lonja.modules.marketdata.candles import CandleSeries
from lonja.modules.marketdata.records import IndexTickerView
from lonja.modules.marketdata.rolling import RollingDay
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS

MINUTES_KEPT = 2 * 1_440
HOURS_KEPT = 62 * 24


class IndexSeries:
    """The index price now, and its minutes and hours."""

    __slots__ = ("_rolling", "_stale", "hours", "minutes", "price", "time_ms")

    def __init__(self) -> None:
        """No price is known."""
        self.price = 0
        self.time_ms = 0
        self.minutes = CandleSeries(MINUTE_MS, MINUTES_KEPT)
        self.hours = CandleSeries(HOUR_MS, HOURS_KEPT)
        self._rolling = RollingDay()
        self._stale = False

    def set(self, time_ms: int, price: int) -> None:
        """The index is ``price`` ticks from ``time_ms`` on; 0 when nobody knows it any more."""
        before, self.price, self.time_ms = self.price, price, time_ms
        if not price:
            return
        for series in (self.minutes, self.hours):
            if before and time_ms - time_ms % series.period_ms > series.last_ms():
                series.add_trade(time_ms, before, 0, 0)
            series.add_trade(time_ms, price, 0, 0)
        self._rolling.add_trade(self.minutes, time_ms, before or price, 0, 0)
        self._rolling.add_trade(self.minutes, time_ms, price, 0, 0)

    def import_minute(self, start_ms: int, prices: Sequence[int]) -> None:
        """Open, high, low and close of a minute of the past."""
        self.minutes.put(start_ms, (*prices, 0, 0))
        hour_ms = start_ms - start_ms % HOUR_MS
        hour = self.minutes.merged(hour_ms, hour_ms + HOUR_MS)
        if hour is not None:
            self.hours.put(hour_ms, hour)
        self._stale = True

    def prime(self, period_ms: int, start_ms: int, prices: Sequence[int], since_ms: int) -> None:
        """Take over a stored minute or hour; of those before ``since_ms`` not all are given."""
        series = self.series(period_ms)
        series.put(start_ms, (*prices, 0, 0))
        series.dropped = series.dropped or start_ms < since_ms
        self._stale = True

    def series(self, period_ms: int) -> CandleSeries:
        """The stored candles of one minute or hour."""
        return self.minutes if period_ms == MINUTE_MS else self.hours

    def ticker(self, instrument: int, now_ms: int) -> IndexTickerView | None:
        """Statistics as of ``now_ms``; None while there is no price."""
        if not self.price:
            return None
        rolling = self._rolling
        if self._stale:
            rolling.rebuild(self.minutes, now_ms)
            self._stale = False
        rolling.advance(self.minutes, now_ms)
        high, low = rolling.extremes() or (self.price, self.price)
        return IndexTickerView(
            instrument=instrument,
            price=self.price,
            open_24h=self._price_at(self.minutes, rolling.window_begin_ms()),
            high_24h=high,
            low_24h=low,
            open_utc0=self._price_at(self.hours, now_ms - now_ms % DAY_MS),
            open_utc8=self._price_at(self.hours, now_ms - (now_ms + UTC8_MS) % DAY_MS),
            time_ms=self.time_ms,
        )

    def _price_at(self, series: CandleSeries, time_ms: int) -> int:
        """What the price was at ``time_ms``, or as soon after it as it was known."""
        before = series.close_before(time_ms)
        first = series.open_from(time_ms) if before is None else before
        return self.price if first is None else first
