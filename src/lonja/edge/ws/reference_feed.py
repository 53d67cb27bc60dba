"""Reference prices: index tickers, mark prices and price limits of instruments, and candles of the first two.

They change with the index price, which may be set far more often than it may be sent. Where clients expect a sign of
life, what was sent last is repeated. Invariant: a subscriber gets the present value at once, when there is one.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from lonja.core.events import IndexPriceSet
from lonja.core.views import InstrumentView
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import (
    INDEX_CANDLE,
    INDEX_TICKERS,
    MARK_CANDLE,
    MARK_PRICE,
    PRICE_LIMIT,
    Subscription,
)
from lonja.edge.wire.index import index_candle_push, index_ticker_push, mark_price_push, price_limit_push
from lonja.edge.ws.feeds import Group, Groups, Receiver, Source
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Postman
from lonja.edge.ws.pulse import Pulse
from lonja.engine.api import EventBatch
from lonja.modules.marketdata.api import CandleFeed

_V = TypeVar("_V")
_INTERVALS_S: Final = {INDEX_TICKERS: 0.1, MARK_PRICE: 0.2, PRICE_LIMIT: 0.2}
REPEATED_S: Final = {INDEX_TICKERS: 60.0, MARK_PRICE: 10.0}
"""After how long without a change a value is sent again."""


class _Value(Generic[_V]):
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


class ReferenceFeed:
    """Reference prices of all instruments. Listens to events on the engine's thread."""

    def __init__(self, services: Services, postman: Postman) -> None:
        """Follow nothing yet."""
        self._services = services
        self._loop = asyncio.get_running_loop()
        self._groups = Groups[tuple[str, int]](postman)
        self._candles: dict[tuple[str, int], CandleFeed] = {}
        self._changed: dict[str, set[int]] = {channel: set() for channel in _INTERVALS_S}
        self._pulses = {channel: self._pulse(channel, seconds) for channel, seconds in _INTERVALS_S.items()}

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send the present value, and then every change (``Feed``)."""
        del session
        assert wish.instrument is not None
        key = (wish.channel, wish.instrument)
        group = self._groups.get(key) or self._groups.open(key, self._source(*key))
        group.advance()
        picture = self._candle(*key) if _is_candle(wish.channel) else _picture(group)
        if picture:
            receiver.deliver(text_frame(picture))
        group.receivers[receiver] = None

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more (``Feed``)."""
        del session
        assert wish.instrument is not None
        key = (wish.channel, wish.instrument)
        if self._groups.leave(key, receiver):
            self._candles.pop(key, None)

    def followed(self) -> int:
        """How many channels somebody follows (``Feed``)."""
        return len(self._groups)

    def on_batch(self, batch: EventBatch) -> None:
        """Note whose index price an engine batch set (``Subscriber``)."""
        if not self._groups:
            return
        for event in batch.events:
            if isinstance(event, IndexPriceSet):
                for channel, changed in self._changed.items():
                    if self._groups.get((channel, event.instrument)) is not None:
                        changed.add(event.instrument)
                        self._pulses[channel].request()

    def each_second(self) -> None:
        """Send candles that changed, and repeat what has not changed for too long (``Feed``)."""
        now_s = self._loop.time()
        for (channel, instrument), group in self._groups.items():
            if channel in REPEATED_S and now_s - group.sent_at >= REPEATED_S[channel]:
                group.advance()
                if group.sent_at < now_s and (picture := _picture(group)):
                    group.send(picture)
            feed = self._candles.get((channel, instrument))
            for candle in () if feed is None else feed.poll():
                group.send(index_candle_push(channel, self._services.catalogue.at(instrument), candle))

    def stop(self) -> None:
        """Stop the timers (``Feed``)."""
        for pulse in self._pulses.values():
            pulse.stop()

    def _pulse(self, channel: str, interval_s: float) -> Pulse:
        return Pulse(interval_s, lambda: self._send(channel))

    def _send(self, channel: str) -> None:
        changed, self._changed[channel] = self._changed[channel], set()
        for instrument in sorted(changed):
            group = self._groups.get((channel, instrument))
            if group is not None:
                group.advance()

    def _candle(self, channel: str, instrument: int) -> bytes:
        """The newest candle of a channel, "" when there is none."""
        key = (channel, instrument)
        feed = self._candles.get(key)
        if feed is None:
            bar = channel.removeprefix(INDEX_CANDLE).removeprefix(MARK_CANDLE)
            feed = self._candles[key] = self._services.market_data.index_candle_feed(instrument, bar)
            feed.poll()
        return (
            b""
            if feed.shown is None
            else index_candle_push(channel, self._services.catalogue.at(instrument), feed.shown)
        )

    def _source(self, channel: str, instrument: int) -> Source | None:
        form = self._services.catalogue.at(instrument)
        market_data, clock = self._services.market_data, self._services.engine.now_ms
        if _is_candle(channel):
            return None
        if channel == MARK_PRICE:
            return _Value(
                lambda: market_data.index_price(instrument) or None,
                lambda price: mark_price_push(form, price, clock()),
            )
        if channel == INDEX_TICKERS:
            return _Value(
                lambda: market_data.index_ticker(instrument),
                lambda ticker: index_ticker_push(form, ticker),
                lambda ticker: ticker._replace(time_ms=0),
            )
        return _Value(lambda: self._limits(instrument), lambda view: price_limit_push(form, view, clock()))

    def _limits(self, instrument: int) -> InstrumentView | None:
        """The instrument without what may change while its limits do not."""
        view = self._services.engine.views.instrument(instrument)
        return None if view is None else view._replace(index_price=0, state=0)


def _is_candle(channel: str) -> bool:
    return channel.startswith((INDEX_CANDLE, MARK_CANDLE))


def _picture(group: Group) -> bytes:
    return b"" if group.source is None else group.source.snapshot()
