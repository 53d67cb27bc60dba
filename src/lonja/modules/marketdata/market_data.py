"""Market data in memory: books, trades, tickers and candles, built from events.

Why in memory: an acknowledged order must be visible at once, and a thousand subscribers read the same numbers.
Invariant: the same events give the same data, live or after a restart.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from lonja.core.algo_events import ContractIndexSet
from lonja.core.events import (
    CandleImported,
    ContractDelivered,
    ContractListed,
    Event,
    Filled,
    IndexPriceSet,
    InstrumentListed,
    InstrumentStateChanged,
    MarkPriceSet,
    OrderAmended,
    OrderCanceled,
    OrderRested,
)
from lonja.core.kinds import InstrumentState, Liquidity
from lonja.core.views import LevelView
from lonja.engine.api import EngineViews, EventBatch
from lonja.modules.marketdata.bars import BARS
from lonja.modules.marketdata.book import BUY, LevelBook
from lonja.modules.marketdata.candle_feed import CandleFeed
from lonja.modules.marketdata.candles import BarRequest, CandleSeries, joined
from lonja.modules.marketdata.index_prices import read_index
from lonja.modules.marketdata.market import HOURS_KEPT, MINUTES_KEPT, SELL, TRADES_KEPT
from lonja.modules.marketdata.ports import MarketHistory, StoredCandle, StoredTrade
from lonja.modules.marketdata.records import (
    BookView,
    CandleView,
    Mark,
    MarketListener,
    TickerView,
    TradeView,
)
from lonja.modules.marketdata.set_prices import SetPrices
from lonja.modules.marketdata.takers import TakerVolumeView
from lonja.modules.marketdata.trades import stored_view
from lonja.modules.statistics.api import Statistics
from lonja.primitives.instant import HOUR_MS, MINUTE_MS, SECOND_MS
from lonja.primitives.money import INT_MAX

_MAKER = int(Liquidity.MAKER)
_ALL_LEVELS = 1_000_000_000


class MarketData(SetPrices):
    """Public data of all instruments. Lives on the engine's thread: subscribe ``on_batch`` and read there."""

    def __init__(
        self,
        views: EngineViews,
        clock: Callable[[], int],
        history: MarketHistory | None = None,
        statistics: Statistics | None = None,
    ) -> None:
        """``clock`` gives the exchange's time in ms; ``history`` what was traded before the start, if it is kept.

        So do ``statistics`` of the prices that were set, and of takers.

        Call ``prime`` once before the first batch when the engine already holds anything.
        """
        super().__init__(views, clock)
        self._history = history
        self._statistics = statistics
        self._listeners: list[MarketListener] = []
        self._changed_books: set[int] = set()
        self._new_trades: dict[int, list[TradeView]] = {}
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self._table: dict[type[Event], Callable[[Any], None]] = {
            OrderRested: self._on_rested,
            Filled: self._on_filled,
            OrderCanceled: self._on_canceled,
            OrderAmended: self._on_amended,
            InstrumentListed: self._on_listed,
            ContractListed: self._on_listed,
            InstrumentStateChanged: self._on_state,
            ContractDelivered: self._on_delivered,
            CandleImported: self._on_candle,
            IndexPriceSet: self._on_index,
            ContractIndexSet: self._on_index,
            MarkPriceSet: self._on_mark,
        }

    def prime(self) -> None:
        """Take over what exists: books from the engine, candles and trades from history (blocking)."""
        for instrument in self._views.instruments():
            self._prime_book(instrument.instrument)
            self._note_listing(instrument.instrument)
            self._note_state(instrument.instrument, instrument.state)
        self._prime_prices(self._statistics)
        if self._history is None:
            return
        for period_ms, kept in ((MINUTE_MS, MINUTES_KEPT), (HOUR_MS, HOURS_KEPT)):
            since_ms = self._clock() - kept * period_ms
            for candle in self._history.recent_candles(period_ms, since_ms):
                market = self._market(candle.instrument)
                market.prime_candle(market.series(period_ms), candle, since_ms)
        for trade in self._history.recent_trades(TRADES_KEPT):
            self._market(trade.instrument).prime_trade(trade)

    def _prime_book(self, instrument: int) -> None:
        book = LevelBook()
        for side in (BUY, SELL):
            for level in self._views.levels(instrument, side, _ALL_LEVELS):
                book.side(side).put(level.price, level.size, level.order_count)
        book.sequence = self._views.last_sequence()
        book.time_ms = self._clock()
        self._market(instrument).book = book

    def add_listener(self, listener: MarketListener) -> None:
        """Tell ``listener`` of changes from now on."""
        self._listeners.append(listener)

    def on_batch(self, batch: EventBatch) -> None:
        """Take the events of a batch, then tell the listeners what changed."""
        table = self._table
        for event in batch.events:
            apply = table.get(type(event))
            if apply is not None:
                apply(event)
        if self._new_trades or self._changed_books:
            self._tell()

    def _tell(self) -> None:
        trades, self._new_trades = self._new_trades, {}
        books, self._changed_books = self._changed_books, set()
        for listener in self._listeners:
            for instrument, rows in trades.items():
                listener.on_trades(instrument, rows)
            for instrument in books:
                listener.on_book(instrument)

    # --- events

    def _on_listed(self, event: InstrumentListed | ContractListed) -> None:
        self._note_listing(event.instrument)

    def _on_state(self, event: InstrumentStateChanged) -> None:
        self._note_state(event.instrument, event.state)
        if event.state == InstrumentState.PREOPEN:
            # What goes back to before its opening has no past of trading.
            self._market(event.instrument).begin_again(event.time_ms)

    def _on_delivered(self, event: ContractDelivered) -> None:
        self._note_state(event.instrument, InstrumentState.DELISTED)

    def _note_state(self, instrument: int, state: int) -> None:
        if state == InstrumentState.DELISTED:
            self._delisted.add(instrument)
        else:
            self._delisted.discard(instrument)

    def _on_candle(self, event: CandleImported) -> None:
        self._market(event.instrument).import_minute(event)

    def _on_rested(self, event: OrderRested) -> None:
        sequence, time_ms, _, _, instrument, side, price, size_left = event
        book = self._markets[instrument].book
        (book.asks if side else book.bids).add(price, size_left)
        book.sequence = sequence
        book.time_ms = time_ms
        self._changed_books.add(instrument)

    def _on_canceled(self, event: OrderCanceled) -> None:
        sequence, time_ms, _, _, instrument, side, price, size_left, rested, _ = event
        if not rested:
            return
        book = self._markets[instrument].book
        (book.asks if side else book.bids).take(price, size_left, 1)
        book.sequence = sequence
        book.time_ms = time_ms
        self._changed_books.add(instrument)

    def _on_filled(self, event: Filled) -> None:
        instrument = event.instrument
        market = self._markets[instrument]
        if event.liquidity == _MAKER:
            book = market.book
            (book.asks if event.side else book.bids).take(event.price, event.size, 0 if event.size_left else 1)
            book.sequence = event.sequence
            book.time_ms = event.time_ms
            self._changed_books.add(instrument)
            return
        trade = market.add_trade(event)
        trades = self._new_trades.get(instrument)
        if trades is None:
            self._new_trades[instrument] = [trade]
        else:
            trades.append(trade)

    def _on_amended(self, event: OrderAmended) -> None:
        book = self._markets[event.instrument].book
        side = book.asks if event.side else book.bids
        if event.kept_priority:
            side.take(event.old_price, event.old_size_left - event.new_size_left, 0)
        else:
            side.take(event.old_price, event.old_size_left, 1)
        book.sequence = event.sequence
        book.time_ms = event.time_ms
        self._changed_books.add(event.instrument)

    # --- reads

    def book(self, instrument: int) -> BookView:
        """The live book. Instruments must exist in ``EngineViews``, here and below."""
        return self._market(instrument).book

    def levels(self, instrument: int, side: int, depth: int) -> list[LevelView]:
        """The best ``depth`` levels of a side, best first."""
        return self._market(instrument).book.levels(side, depth)

    def ticker(self, instrument: int) -> TickerView:
        """Statistics as of now."""
        return self._market(instrument).ticker(self._clock())

    def is_delisted(self, instrument: int) -> bool:
        """Whether the instrument is traded no more, for good."""
        return instrument in self._delisted

    def ticker_mark(self, instrument: int) -> Mark:
        """What the ticker depends on besides the time."""
        return self._market(instrument).ticker_mark()

    def ticker_until(self, instrument: int) -> int:
        """Until when the ticker stays as it is now, if its mark does."""
        return self._market(instrument).ticker_until(self._clock())

    def trades(self, instrument: int, limit: int) -> list[TradeView]:
        """The last trades, newest first; about 500 are kept."""
        ring = self._market(instrument).trades
        newest_first = reversed(ring)
        return [trade for trade, _ in zip(newest_first, range(limit), strict=False)]

    async def older_trades(
        self,
        instrument: int,
        *,
        after_id: int = INT_MAX,
        before_id: int = -1,
        end_ms: int = INT_MAX,
        limit: int = 100,
    ) -> list[TradeView]:
        """Trades with ids between ``before_id`` and ``after_id``, both exclusive, and not after ``end_ms``, newest first.

        They reach back into stored history where memory ends; about 16,000 of an instrument are stored.
        """
        ring = self._market(instrument).trades
        found = (row for row in reversed(ring) if before_id < row.trade_id < after_id and row.time_ms <= end_ms)
        rows = list(islice(found, limit))
        oldest_id = ring[0].trade_id if ring else 1
        if self._history is None or len(rows) == limit or oldest_id <= max(before_id + 1, 1):
            return rows
        stored: Iterable[StoredTrade] = await self._history.stored_trades(
            instrument,
            after_id=min(after_id, oldest_id),
            before_id=before_id,
            end_ms=end_ms,
            limit=limit - len(rows),
        )
        return [*rows, *map(stored_view, stored)]

    def quote_volume(self, instrument: int) -> int:
        """What was traded in 24 hours, in smallest units of the quote currency."""
        return self._market(instrument).day(self._clock()).quote_volume

    def taker_volumes(self, instrument: int, bar: str, begin_ms: int, end_ms: int) -> list[TakerVolumeView]:
        """What takers bought and sold in each bar that opens in [begin, end] and had trades, oldest first.

        Bars are of five minutes, which go back 2 days, or of whole hours, which go back 62 days.
        """
        return self._market(instrument).takers.read(BARS[bar], begin_ms, end_ms)

    def candles(
        self,
        instrument: int,
        bar: str,
        after_ms: int | None = None,
        before_ms: int | None = None,
        limit: int = 100,
    ) -> list[CandleView]:
        """Bars that open before ``after_ms`` and after ``before_ms``, newest first, as far as memory reaches.

        Memory holds 20 minutes of seconds, at least 2 days of minutes and 62 days of hours. ``bar`` is a name of
        ``BARS``. The first bar is the running one, unless ``after_ms`` excludes it.
        """
        request = self._request(bar, after_ms, before_ms, limit)
        return request.read(self._market(instrument).series(request.bar.source_ms))

    def candle_feed(self, instrument: int, bar: str) -> CandleFeed:
        """What tells of the changes of ``candles``."""
        return CandleFeed(lambda name, before_ms, limit: self.candles(instrument, name, None, before_ms, limit), bar)

    async def older_candles(
        self,
        instrument: int,
        bar: str,
        after_ms: int | None = None,
        before_ms: int | None = None,
        limit: int = 100,
    ) -> list[CandleView]:
        """The same as ``candles``, reaching back into stored history where memory ends."""
        request = self._request(bar, after_ms, before_ms, limit)
        return request.read(await self._reaching_back(instrument, request))

    async def _reaching_back(self, instrument: int, request: BarRequest) -> CandleSeries:
        """The traded candles that ``request`` needs, as far as they are stored anywhere."""
        period_ms = request.bar.source_ms
        series = self._market(instrument).series(period_ms)
        if self._history is None or period_ms == SECOND_MS or request.covered_by(series):
            return series
        stored: Iterable[StoredCandle] = await self._history.stored_candles(
            instrument, period_ms, request.oldest_ms(), series.times[0]
        )
        return joined(stored, self._market(instrument).series(period_ms), period_ms)

    async def older_index_candles(
        self,
        instrument: int,
        bar: str,
        after_ms: int | None = None,
        before_ms: int | None = None,
        limit: int = 100,
    ) -> list[CandleView]:
        """The same as ``index_candles``, reaching back into stored history where memory ends."""
        request = self._request(bar, after_ms, before_ms, limit)
        traded = await self._reaching_back(self._names.past(instrument), request)
        return read_index(request, self._market(instrument).index.series(request.bar.source_ms), traded)

    async def older_mark_candles(
        self,
        instrument: int,
        bar: str,
        after_ms: int | None = None,
        before_ms: int | None = None,
        limit: int = 100,
    ) -> list[CandleView]:
        """The same as ``mark_candles``, reaching back into stored history where memory ends."""
        request = self._request(bar, after_ms, before_ms, limit)
        traded = await self._reaching_back(instrument, request)
        return read_index(request, self._market(instrument).mark.series(request.bar.source_ms), traded)
