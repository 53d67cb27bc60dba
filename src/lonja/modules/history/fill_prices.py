"""What index and mark prices are told last, so that each fill can say what they were at its moment.

Why remembered: a fill tells neither, and the engine's views are already past it. Invariant: what is told of a fill follows
from the events before it alone, so memory and SQL agree wherever events are cut.
"""

from collections.abc import Iterable
from typing import Final

from lonja.core.algo_events import ContractIndexSet
from lonja.core.events import CurrencyCreated, IndexPriceSet, InstrumentListed, MarkPriceSet
from lonja.engine.api import EngineViews
from lonja.modules.history.records import NO_PRICES, FillPrices

_STABLE: Final = ("USDT", "USD", "USDC")
_REFERENCE: Final = "USDT"

PriceRow = tuple[int, int, int]
"""An instrument, its mark price and its index price, both in its ticks and 0 while there is none."""


def index_pair(instrument_id: str, base: str, quote: str) -> str:
    """The pair whose index fills of the pair ``instrument_id`` tell: a cross pair tells that of its base in USDT.

    Source: ``fillIdxPx`` in the API's reference.
    """
    return instrument_id if quote in _STABLE else f"{base}-{_REFERENCE}"


class PriceFold:
    """The last prices by instrument, event by event."""

    def __init__(self) -> None:
        """Know nothing."""
        self._prices: dict[int, FillPrices] = {}
        self._currencies: dict[int, str] = {}
        self._codes: dict[str, int] = {}
        self._crosses: dict[int, str] = {}
        self._changed: set[int] = set()

    def on_currency(self, event: CurrencyCreated) -> None:
        """Learn what a currency is called."""
        self.add_currency(event.currency, event.name)

    def add_currency(self, currency: int, name: str) -> None:
        """Learn what a currency is called."""
        self._currencies[currency] = name

    def on_listed(self, event: InstrumentListed) -> None:
        """Learn of a pair."""
        self.add_pair(event.instrument, event.instrument_id, event.base, event.quote)

    def add_pair(self, instrument: int, instrument_id: str, base: int, quote: int) -> None:
        """Learn of a pair."""
        self._codes[instrument_id] = instrument
        pair = index_pair(instrument_id, self._currencies[base], self._currencies[quote])
        if pair != instrument_id:
            self._crosses[instrument] = pair

    def on_index(self, event: IndexPriceSet | ContractIndexSet) -> None:
        """Take an index price."""
        self._put(event.instrument, FillPrices(self._known(event.instrument).mark_price, event.price))

    def on_mark(self, event: MarkPriceSet) -> None:
        """Take a mark price."""
        self._put(event.instrument, FillPrices(event.price, self._known(event.instrument).index_price))

    def _put(self, instrument: int, prices: FillPrices) -> None:
        self._prices[instrument] = prices
        self._changed.add(instrument)

    def _known(self, instrument: int) -> FillPrices:
        return self._prices.get(instrument, NO_PRICES)

    def at_fill(self, instrument: int) -> FillPrices:
        """What a fill of ``instrument`` tells now."""
        pair = self._crosses.get(instrument)
        return self._known(instrument if pair is None else self._codes.get(pair, -1))

    def prime(self, views: EngineViews) -> None:
        """Learn what the engine knows now of names and prices."""
        for currency in views.currencies():
            self.add_currency(currency.currency, currency.name)
        for view in views.instruments():
            if views.contract(view.instrument) is None:
                self.add_pair(view.instrument, view.instrument_id, view.base, view.quote)
        self._prices = {row[0]: FillPrices(*row[1:]) for row in prices_of(views)}

    def load(self, rows: Iterable[PriceRow]) -> None:
        """Know the prices of ``rows`` alone."""
        self._prices = {row[0]: FillPrices(*row[1:]) for row in rows}
        self._changed.clear()

    def adopt(self, rows: Iterable[PriceRow]) -> list[PriceRow]:
        """Know ``rows``; which of them are new."""
        new = [row for row in rows if self._known(row[0]) != row[1:]]
        self._prices |= {row[0]: FillPrices(*row[1:]) for row in new}
        return new

    def take_changed(self) -> list[PriceRow]:
        """The prices that changed since the last time."""
        changed = [(instrument, *self._prices[instrument]) for instrument in sorted(self._changed)]
        self._changed.clear()
        return changed


def prices_of(views: EngineViews) -> list[PriceRow]:
    """The prices that the engine knows now."""
    rows = []
    for view in views.instruments():
        contract = views.contract(view.instrument)
        # Of a contract the engine keeps the middle of its band as an index, too.
        prices = (0, view.index_price) if contract is None else (contract.mark, contract.index_price)
        if any(prices):
            rows.append((view.instrument, *prices))
    return rows
