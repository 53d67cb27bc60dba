"""Values of one instrument that are read when asked for: prices that are set, and what follows from them.

Why here: the feed decides when something is sent, these what it is. Invariant: the picture is what was sent last.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from lonja.core.views import InstrumentView
from lonja.edge.services import Services
from lonja.edge.wire.channels import FUNDING_RATE, INDEX_CANDLE, MARK_CANDLE, MARK_PRICE, OPEN_INTEREST
from lonja.edge.wire.contract_push import funding_rate_push, open_interest_push
from lonja.edge.wire.index import index_candle_push, index_ticker_push, mark_price_push, price_limit_push
from lonja.edge.ws.feeds import Source
from lonja.modules.marketdata.api import CandleFeed, CandleView, IndexTickerView

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


class Candles:
    """The candles of one bar of an index or of mark prices."""

    def __init__(self, services: Services, channel: str, about: str | int) -> None:
        """``about`` is the name of an index, or the instrument whose marks they are."""
        self._catalogue = services.catalogue
        self._market_data = services.market_data
        self._channel = channel
        self._about = about
        self._told_by = about if isinstance(about, int) else 0
        """The instrument that told the newest candle: of an index another one may from some time on."""
        if isinstance(about, int):
            self._feed = services.market_data.mark_candle_feed(about, channel.removeprefix(MARK_CANDLE))
        else:
            self._feed = CandleFeed(self._read_index, channel.removeprefix(INDEX_CANDLE))
        self._feed.poll()

    def poll(self) -> list[bytes]:
        """Messages of what changed since the last time, in order."""
        return [self._push(candle) for candle in self._feed.poll()]

    def picture(self) -> bytes:
        """The newest candle; empty when there is none."""
        return b"" if self._feed.shown is None else self._push(self._feed.shown)

    def _read_index(self, bar: str, before_ms: int | None, limit: int) -> Sequence[CandleView]:
        source = self._market_data.index_source(str(self._about))
        if source is None:
            return ()
        self._told_by = source
        return self._market_data.index_candles(source, bar, None, before_ms, limit)

    def _push(self, candle: CandleView) -> bytes:
        return index_candle_push(self._channel, self._catalogue.at(self._told_by), candle)


def source_of(services: Services, channel: str, about: str | int) -> Source:
    """What a channel says of an index, given its name, or of an instrument; not for candles."""
    if isinstance(about, str):
        return Value(
            lambda: _index_ticker(services, about),
            lambda ticker: index_ticker_push(services.catalogue.at(ticker.instrument), ticker),
            lambda ticker: ticker._replace(time_ms=0),
        )
    form, now_ms = services.catalogue.at(about), services.engine.now_ms
    if channel == MARK_PRICE:
        return Value(
            lambda: services.market_data.mark_price(about) or None,
            lambda price: mark_price_push(form, price, now_ms()),
        )
    if channel == OPEN_INTEREST:
        return Value(
            lambda: services.engine.views.contract(about),
            lambda contract: open_interest_push(form, contract, now_ms()),
            lambda contract: contract.open_lots,
        )
    if channel == FUNDING_RATE:
        return Value(
            lambda: services.conductor.funding(about),
            lambda funding: funding_rate_push(form, funding),
            lambda funding: funding._replace(time_ms=0),
        )
    return Value(lambda: _limits(services, about), lambda view: price_limit_push(form, view, now_ms()))


def _index_ticker(services: Services, name: str) -> IndexTickerView | None:
    source = services.market_data.index_source(name)
    return None if source is None else services.market_data.index_ticker(source)


def _limits(services: Services, instrument: int) -> InstrumentView | None:
    """The instrument without what may change while its limits do not."""
    view = services.engine.views.instrument(instrument)
    return None if view is None else view._replace(index_price=0, state=0)
