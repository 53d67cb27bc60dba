"""Values of one instrument that are read when asked for: prices that are set, and what follows from them.

Why here: the feed decides when something is sent, these what it is. Invariant: the picture is what was sent last.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from lonja.core.views import ContractView, InstrumentView
from lonja.edge.services import Services
from lonja.edge.wire.channels import FUNDING_RATE, INDEX_TICKERS, MARK_PRICE, OPEN_INTEREST
from lonja.edge.wire.contract_push import funding_rate_push, open_interest_push
from lonja.edge.wire.index import index_ticker_push, mark_price_push, price_limit_push
from lonja.edge.ws.feeds import Source

_V = TypeVar("_V")


class Value(Generic[_V]):
    """A value that is read when asked for, and shown when it differs from what was shown last."""

    def __init__(
        self, read: Callable[[], _V | None], show: Callable[[_V], bytes], essence: Callable[[_V], object] = lambda v: v
    ) -> None:
        """Values with the same ``essence`` do not differ."""
        self._read = read
        self._show = show
        self._essence = essence
        self._shown = read()

    def advance(self) -> bytes | None:
        """The value, when it differs (``Source``)."""
        value, shown = self._read(), self._shown
        if value is None or (shown is not None and self._essence(value) == self._essence(shown)):
            return None
        self._shown = value
        return self._show(value)

    def snapshot(self) -> bytes:
        """Empty as long as there is no value."""
        return b"" if self._shown is None else self._show(self._shown)

    def close(self) -> None:
        """Nothing to end (``Source``)."""


def source_of(services: Services, channel: str, instrument: int) -> Source:
    """What a channel of reference prices says of an instrument; not for candles."""
    form, now_ms = services.catalogue.at(instrument), services.engine.now_ms
    if channel == MARK_PRICE:
        return Value(_mark_of(services, instrument), lambda price: mark_price_push(form, price, now_ms()))
    if channel == INDEX_TICKERS:
        return Value(
            lambda: services.market_data.index_ticker(instrument),
            lambda ticker: index_ticker_push(form, ticker),
            lambda ticker: ticker._replace(time_ms=0),
        )
    if channel == OPEN_INTEREST:
        return Value(
            lambda: _contract(services, instrument),
            lambda contract: open_interest_push(form, contract, now_ms()),
            lambda contract: contract.open_lots,
        )
    if channel == FUNDING_RATE:
        return Value(
            lambda: services.conductor.funding(instrument),
            lambda funding: funding_rate_push(form, funding),
            lambda funding: funding._replace(time_ms=0),
        )
    return Value(lambda: _limits(services, instrument), lambda view: price_limit_push(form, view, now_ms()))


def _mark_of(services: Services, instrument: int) -> Callable[[], int | None]:
    """What reads the mark price, None as long as there is none; that of a spot pair is its index."""
    if not services.catalogue.at(instrument).is_contract:
        return lambda: services.market_data.index_price(instrument) or None

    def read() -> int | None:
        contract = _contract(services, instrument)
        return None if contract is None else contract.mark or None

    return read


def _contract(services: Services, instrument: int) -> ContractView | None:
    return services.engine.views.contract(instrument)


def _limits(services: Services, instrument: int) -> InstrumentView | None:
    """The instrument without what may change while its limits do not."""
    view = services.engine.views.instrument(instrument)
    return None if view is None else view._replace(index_price=0, state=0)
