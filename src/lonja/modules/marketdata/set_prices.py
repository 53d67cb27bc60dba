"""Prices that are set, not traded: indices and marks of all instruments, and indices by name.

Why apart from what is traded: they come from the house's own price making, need no book, and have no volume. Of spot both
are the same. Invariant: an index that several contracts follow is read from one of them.
"""

from collections.abc import Callable, Sequence

from lonja.core.algo_events import ContractIndexSet
from lonja.core.events import IndexPriceSet, MarkPriceSet
from lonja.engine.api import EngineViews
from lonja.modules.marketdata.bars import BARS
from lonja.modules.marketdata.candle_feed import CandleFeed
from lonja.modules.marketdata.candles import BarRequest
from lonja.modules.marketdata.index_names import Follower, IndexNames
from lonja.modules.marketdata.index_prices import HOURS_KEPT, MINUTES_KEPT, IndexSeries, read_index
from lonja.modules.marketdata.market import Market
from lonja.modules.marketdata.records import CandleView, IndexTickerView, Mark
from lonja.modules.marketdata.takers import FIVE_MINUTES_MS
from lonja.modules.statistics.api import INDEX, MARK, SetPrice, Statistics
from lonja.primitives.instant import HOUR_MS, MINUTE_MS


class SetPrices:
    """What is set of each instrument, as far as memory reaches."""

    def __init__(self, views: EngineViews, clock: Callable[[], int]) -> None:
        """``clock`` gives the exchange's time in ms."""
        self._views = views
        self._clock = clock
        self._markets: list[Market] = []
        self._delisted: set[int] = set()
        self._names = IndexNames(lambda code: self._market(code).index.price > 0, self._delisted.__contains__)
        self._currencies: list[str] = []

    def _market(self, instrument: int) -> Market:
        markets = self._markets
        while len(markets) <= instrument:
            markets.append(Market(len(markets)))
        return markets[instrument]

    def _prime_prices(self, statistics: Statistics | None) -> None:
        """Take over what is set now, and how it came to that; what ``statistics`` do not know counts as set now."""
        known = {} if statistics is None else self._adopt(statistics)
        for view in self._views.instruments():
            contract = self._views.contract(view.instrument)
            now = {INDEX: view.index_price} if contract is None else {INDEX: contract.index_price, MARK: contract.mark}
            for kind, price in now.items():
                series, last = self._set_series(view.instrument, kind), known.get((view.instrument, kind))
                if last is None:
                    series.set(self._clock(), price)
                else:
                    series.resume(last.time_ms, price, self._clock())

    def _adopt(self, statistics: Statistics) -> dict[tuple[int, int], SetPrice]:
        """Take over what is remembered: candles, takers, and when each price was set."""
        for period_ms, kept in ((MINUTE_MS, MINUTES_KEPT), (HOUR_MS, HOURS_KEPT)):
            begin_ms = self._clock() // period_ms * period_ms - kept * period_ms
            for candle in statistics.price_candles(period_ms):
                series, known = self._set_series(candle.instrument, candle.kind), candle[4:]
                # What lies before counts for where it left the price.
                known = known if candle.open_time_ms >= begin_ms else (candle.close,) * 4
                series.adopt(period_ms, max(begin_ms, candle.open_time_ms), known)
        for period_ms in (FIVE_MINUTES_MS, HOUR_MS):
            for sums in statistics.taker_sums(period_ms):
                self._market(sums.instrument).takers.adopt(*sums[1:])
        return {(one.instrument, one.kind): one for one in statistics.set_prices()}

    def _set_series(self, instrument: int, kind: int) -> IndexSeries:
        market = self._market(instrument)
        return market.mark if kind == MARK else market.index

    def _note_listing(self, code: int) -> None:
        instrument, contract = self._views.instrument(code), self._views.contract(code)
        if instrument is None:
            return
        market, tick = self._market(code), (instrument.price_scale, instrument.tick_step)
        if contract is None:
            self._names.add_spot(Follower(code, instrument.instrument_id, tick))
        else:
            market.become_contract()
            name = f"{self._currency(instrument.base)}-{self._currency(instrument.quote)}"
            self._names.add_contract(Follower(code, name, tick), is_perpetual=contract.expiry_time_ms == 0)

    def _currency(self, currency: int) -> str:
        if currency >= len(self._currencies):
            self._currencies = [view.name for view in self._views.currencies()]
        return self._currencies[currency]

    def _on_index(self, event: IndexPriceSet | ContractIndexSet) -> None:
        self._market(event.instrument).index.set(event.time_ms, event.price)

    def _on_mark(self, event: MarkPriceSet) -> None:
        self._market(event.instrument).mark.set(event.time_ms, event.price)

    def index_names(self) -> Sequence[str]:
        """What indices are called, those of spot pairs first."""
        return self._names.names()

    def index_source(self, name: str) -> int | None:
        """The instrument whose index, in its ticks, is the one called ``name``; None when nothing is called so."""
        return self._names.source(name)

    def index_price(self, instrument: int) -> int:
        """The index price in ticks; 0 while there is none."""
        return self._market(instrument).index.price

    def mark_price(self, instrument: int) -> int:
        """The mark price in ticks; 0 while there is none."""
        return self._market(instrument).mark.price

    def index_ticker(self, instrument: int) -> IndexTickerView | None:
        """Statistics of the index as of now; None while it has no price."""
        past = self._past(instrument)
        return self._market(instrument).index.ticker(instrument, self._clock(), past.minutes, past.imports)

    def index_mark(self, instrument: int) -> Mark:
        """What the index ticker depends on besides the time."""
        return self._market(instrument).index.updates, self._past(instrument).imports

    def index_until(self, instrument: int) -> int:
        """Until when the index ticker stays as it is now, if its mark does."""
        now_ms = self._clock()
        until_ms = self._past(instrument).ticker_until(now_ms)
        return min(until_ms, self._market(instrument).index.ticker_until(now_ms))

    def index_candles(
        self,
        instrument: int,
        bar: str,
        after_ms: int | None = None,
        before_ms: int | None = None,
        limit: int = 100,
    ) -> list[CandleView]:
        """The same as ``candles`` of the index price. Volumes are 0, and there are no seconds."""
        index = self._market(instrument).index
        return self._read(index, self._past(instrument), self._request(bar, after_ms, before_ms, limit))

    def mark_candles(
        self,
        instrument: int,
        bar: str,
        after_ms: int | None = None,
        before_ms: int | None = None,
        limit: int = 100,
    ) -> list[CandleView]:
        """The same as ``index_candles`` of the mark price."""
        market = self._market(instrument)
        return self._read(market.mark, market, self._request(bar, after_ms, before_ms, limit))

    def _request(self, bar: str, after_ms: int | None, before_ms: int | None, limit: int) -> BarRequest:
        return BarRequest(BARS[bar], self._clock(), after_ms, before_ms, limit)

    def _read(self, prices: IndexSeries, traded: Market, request: BarRequest) -> list[CandleView]:
        period_ms = request.bar.source_ms
        return read_index(request, prices.series(period_ms), traded.series(period_ms))

    def mark_candle_feed(self, instrument: int, bar: str) -> CandleFeed:
        """What tells of the changes of ``mark_candles``."""
        return CandleFeed(
            lambda name, before_ms, limit: self.mark_candles(instrument, name, None, before_ms, limit), bar
        )

    def _past(self, instrument: int) -> Market:
        """What was traded before the index of an instrument was known."""
        return self._market(self._names.past(instrument))
