"""Everything market data keeps about one instrument."""

from bisect import bisect_left
from collections import deque

from lonja.core.events import CandleImported, Filled
from lonja.modules.marketdata.bars import UTC8_MS
from lonja.modules.marketdata.book import BUY, LevelBook
from lonja.modules.marketdata.candles import CandleSeries
from lonja.modules.marketdata.index_prices import IndexSeries
from lonja.modules.marketdata.ports import StoredCandle, StoredTrade
from lonja.modules.marketdata.records import Mark, TickerView, TradeView
from lonja.modules.marketdata.rolling import RollingDay, day_begin_ms
from lonja.modules.marketdata.takers import TakerVolumes
from lonja.modules.marketdata.trades import stored_view
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from lonja.primitives.money import INT_MAX

TRADES_KEPT = 512
SECONDS_KEPT = 1_200
MINUTES_KEPT = 2 * 1_440
HOURS_KEPT = 62 * 24
SELL = 1 - BUY


class Market:
    """Book, last trades, candles and statistics of one instrument."""

    __slots__ = (
        *("book", "hours", "imports", "index", "instrument", "mark", "minutes", "rolling", "rolling_stale"),
        *("seconds", "takers", "trades"),
    )

    def __init__(self, instrument: int) -> None:
        """Start with nothing traded."""
        self.instrument = instrument
        self.book = LevelBook()
        self.trades: deque[TradeView] = deque(maxlen=TRADES_KEPT)
        self.seconds, self.minutes, self.hours = _empty_candles()
        self.rolling = RollingDay()
        self.rolling_stale = False
        self.imports = 0
        self.index = IndexSeries()
        # Spot is valued at its index; a contract has a mark of its own.
        self.mark = self.index
        self.takers = TakerVolumes()

    def begin_again(self, time_ms: int) -> None:
        """Nothing was traded so far, and what is set is set since ``time_ms``; the book stays."""
        self.trades.clear()
        self.seconds, self.minutes, self.hours = _empty_candles()
        self.rolling, self.rolling_stale = RollingDay(), False
        self.takers = TakerVolumes()
        self.imports += 1
        is_spot = self.mark is self.index
        self.index = self.index.again(time_ms)
        self.mark = self.index if is_spot else self.mark.again(time_ms)

    def become_contract(self) -> None:
        """The instrument is a contract, so its mark price is another than its index."""
        self.mark = IndexSeries()

    def add_trade(self, fill: Filled) -> TradeView:
        """Count a trade, told by the taker's fill."""
        trade = TradeView(
            fill.instrument,
            fill.trade_id,
            fill.price,
            fill.size,
            fill.side,
            fill.time_ms,
            fill.sequence,
            fill.order_id,
        )
        time_ms, price, size, notional = fill.time_ms, fill.price, fill.size, fill.notional
        self.trades.append(trade)
        self.seconds.add_trade(time_ms, price, size, notional)
        self.minutes.add_trade(time_ms, price, size, notional)
        self.hours.add_trade(time_ms, price, size, notional)
        self.rolling.add_trade(self.minutes, time_ms, price, size, notional)
        self.takers.add(time_ms, is_buy=fill.side == BUY, size=size)
        return trade

    def import_minute(self, candle: CandleImported) -> None:
        """Set one minute of history; it replaces what was known of that minute."""
        start_ms = candle.open_time_ms
        hour_ms = start_ms - start_ms % HOUR_MS
        minutes = self.minutes
        minute = (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume)
        is_newest = minutes.last_ms() < start_ms
        minutes.put(start_ms, minute)
        if is_newest:
            self.hours.extend(hour_ms, minute)
        elif (hour := minutes.merged(hour_ms, hour_ms + HOUR_MS)) is not None:
            self.hours.put(hour_ms, hour)
        self.rolling_stale = True
        self.imports += 1

    def prime_candle(self, series: CandleSeries, candle: StoredCandle, since_ms: int) -> None:
        """Take one candle of stored history into ``series``."""
        series.put(
            candle.open_time_ms,
            (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume),
        )
        series.dropped = series.dropped or candle.open_time_ms < since_ms
        self.rolling_stale = True

    def prime_trade(self, trade: StoredTrade) -> None:
        """Take one trade of stored history; trades come oldest first."""
        self.trades.append(stored_view(trade))

    def series(self, period_ms: int) -> CandleSeries:
        """The stored candles of one second, minute or hour."""
        if period_ms == MINUTE_MS:
            return self.minutes
        return self.seconds if period_ms == SECOND_MS else self.hours

    def day(self, now_ms: int) -> RollingDay:
        """Statistics of the 24 hours before ``now_ms``."""
        if self.rolling_stale:
            self.rolling.rebuild(self.minutes, now_ms)
            self.rolling_stale = False
        self.rolling.advance(self.minutes, now_ms)
        return self.rolling

    def ticker_mark(self) -> Mark:
        """What the ticker depends on besides the time: each trade and each order in the book is a new sequence."""
        return self.book.sequence, self.imports

    def ticker_until(self, now_ms: int) -> int:
        """Until when the ticker of ``now_ms`` stays the same by itself: a day begins, or a minute leaves the window."""
        times = self.minutes.times
        first = bisect_left(times, day_begin_ms(now_ms))
        leaves_ms = times[first] + DAY_MS if first < len(times) else INT_MAX
        return min(now_ms - now_ms % HOUR_MS + HOUR_MS, leaves_ms)

    def ticker(self, now_ms: int) -> TickerView:
        """Statistics as of ``now_ms``."""
        rolling, minutes = self.day(now_ms), self.minutes
        trade = self.trades[-1] if self.trades else None
        close = minutes.close_before(2**62)
        last = trade.price if trade is not None else close
        open_24h = minutes.open_from(rolling.window_begin_ms())
        high, low = rolling.extremes() or (last, last)
        return TickerView(
            instrument=self.instrument,
            last=last,
            last_size=trade.size if trade is not None else None,
            best_bid=self.book.best(BUY),
            best_ask=self.book.best(SELL),
            open_24h=last if open_24h is None else open_24h,
            high_24h=high,
            low_24h=low,
            volume_24h=rolling.volume,
            quote_volume_24h=rolling.quote_volume,
            open_utc0=self._open_of_day(now_ms, 0),
            open_utc8=self._open_of_day(now_ms, UTC8_MS),
            time_ms=max(self.book.time_ms, trade.time_ms if trade is not None else 0),
        )

    def _open_of_day(self, now_ms: int, shift_ms: int) -> int | None:
        start_ms = now_ms - (now_ms + shift_ms) % DAY_MS
        first = self.hours.open_from(start_ms)
        return first if first is not None else self.hours.close_before(start_ms)


def _empty_candles() -> tuple[CandleSeries, CandleSeries, CandleSeries]:
    """Of seconds, minutes and hours."""
    kept = ((SECOND_MS, SECONDS_KEPT), (MINUTE_MS, MINUTES_KEPT), (HOUR_MS, HOURS_KEPT))
    seconds, minutes, hours = (CandleSeries(*one) for one in kept)
    return seconds, minutes, hours
