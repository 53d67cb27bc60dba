"""Reference prices: index tickers, mark prices and price limits of instruments.

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
from lonja.edge.wire.channels import MARK_PRICE, PRICE_LIMIT, Subscription
from lonja.edge.wire.reference_push import mark_price_push, price_limit_push
from lonja.edge.ws.feeds import Group, Groups, Receiver, Source
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Postman
from lonja.edge.ws.pulse import Pulse
from lonja.engine.api import EventBatch

_V = TypeVar("_V")
_INTERVALS_S: Final = {MARK_PRICE: 0.2, PRICE_LIMIT: 0.2}
_REPEATED_S: Final = {MARK_PRICE: 10.0}


class _Value(Generic[_V]):
    """A value that is read when asked for, and shown when it differs from what was shown last."""

    def __init__(self, read: Callable[[], _V | None], show: Callable[[_V], bytes]) -> None:
        self._read = read
        self._show = show
        self._shown = read()

    def advance(self) -> bytes | None:
        value = self._read()
        if value is None or value == self._shown:
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
        self._changed: dict[str, set[int]] = {channel: set() for channel in _INTERVALS_S}
        self._pulses = {channel: self._pulse(channel, seconds) for channel, seconds in _INTERVALS_S.items()}

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send the present value, and then every change (``Feed``)."""
        del session
        assert wish.instrument is not None
        key = (wish.channel, wish.instrument)
        group = self._groups.get(key) or self._groups.open(key, self._source(*key))
        group.advance()
        picture = _picture(group)
        if picture:
            receiver.deliver(text_frame(picture))
        group.receivers[receiver] = None

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more (``Feed``)."""
        del session
        assert wish.instrument is not None
        self._groups.leave((wish.channel, wish.instrument), receiver)

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
        """Repeat what has not changed for too long (``Feed``)."""
        now_s = self._loop.time()
        for (channel, _), group in self._groups.items():
            if channel in _REPEATED_S and now_s - group.sent_at >= _REPEATED_S[channel]:
                picture = _picture(group)
                if picture:
                    group.send(picture)

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

    def _source(self, channel: str, instrument: int) -> Source:
        form = self._services.catalogue.at(instrument)
        clock = self._services.engine.now_ms
        if channel == MARK_PRICE:
            return _Value(lambda: self._index_price(instrument), lambda price: mark_price_push(form, price, clock()))
        return _Value(lambda: self._limits(instrument), lambda view: price_limit_push(form, view, clock()))

    def _index_price(self, instrument: int) -> int | None:
        view = self._services.engine.views.instrument(instrument)
        return None if view is None or view.index_price == 0 else view.index_price

    def _limits(self, instrument: int) -> InstrumentView | None:
        """The instrument without what may change while its limits do not."""
        view = self._services.engine.views.instrument(instrument)
        return None if view is None else view._replace(index_price=0, state=0)


def _picture(group: Group) -> bytes:
    return b"" if group.source is None else group.source.snapshot()
