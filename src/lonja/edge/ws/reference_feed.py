"""Reference prices: index tickers, mark prices, price limits and funding of instruments, their open interest, candles.

They change with prices that are set and with trades, far more often than they may be sent. Where clients expect a sign
of life, what was sent last is repeated. Invariant: a subscriber gets the present value at once, when there is one.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from lonja.core.algo_events import ContractIndexSet
from lonja.core.events import Event, FundingSettled, IndexPriceSet, MarkPriceSet, PositionChanged
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import (
    FUNDING_RATE,
    INDEX_CANDLE,
    INDEX_TICKERS,
    MARK_CANDLE,
    MARK_PRICE,
    OPEN_INTEREST,
    PRICE_LIMIT,
    Subscription,
)
from lonja.edge.ws.feeds import Group, Groups, Receiver
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Postman
from lonja.edge.ws.pulse import Pulse
from lonja.edge.ws.reference_sources import Candles, source_of
from lonja.engine.api import EventBatch

INTERVALS_S: Final = {INDEX_TICKERS: 0.1, MARK_PRICE: 0.2, PRICE_LIMIT: 0.2, OPEN_INTEREST: 3.0}
REPEATED_S: Final = {INDEX_TICKERS: 60.0, MARK_PRICE: 10.0}
"""After how long without a change a value is sent again."""
FUNDING_S: Final = 60.0
"""How often funding is sent: documented are 30 to 90 seconds."""
FUNDINGS_MAX: Final = 20
"""Of how many contracts funding is sent in one second: each takes the mean of hours of minutes."""
_About = str | int
"""The name of an index, or the code of an instrument."""
_TOUCHING: Final = (IndexPriceSet, ContractIndexSet, MarkPriceSet, PositionChanged, FundingSettled)
_TOUCHED: Final[Mapping[type[Event], tuple[str, ...]]] = {
    IndexPriceSet: (INDEX_TICKERS, MARK_PRICE, PRICE_LIMIT),
    ContractIndexSet: (INDEX_TICKERS,),
    MarkPriceSet: (MARK_PRICE, PRICE_LIMIT),
    PositionChanged: (OPEN_INTEREST,),
    FundingSettled: (FUNDING_RATE,),
}
"""Which channels an event may have something to tell for."""


class ReferenceFeed:
    """Reference prices of all instruments. Listens to events on the engine's thread."""

    def __init__(self, services: Services, postman: Postman) -> None:
        """Follow nothing yet."""
        self._services = services
        self._loop = asyncio.get_running_loop()
        self._groups = Groups[tuple[str, _About]](postman)
        self._candles: dict[tuple[str, _About], Candles] = {}
        self._changed: dict[str, dict[_About, None]] = {channel: {} for channel in INTERVALS_S}
        self._pulses = {channel: self._pulse(channel, seconds) for channel, seconds in INTERVALS_S.items()}
        self._funded: dict[int, None] = {}
        """Contracts whose funding was settled and not told yet."""

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send the present value, and then every change (``Feed``)."""
        del session
        key = _key(wish)
        group = self._groups.get(key) or self._open(*key)
        if wish.channel != FUNDING_RATE:
            group.advance()
        candles = self._candles.get(key)
        picture = _picture(group) if candles is None else candles.picture()
        if picture:
            receiver.deliver(text_frame(picture))
        group.receivers[receiver] = None

    def _open(self, channel: str, about: _About) -> Group:
        if channel.startswith((INDEX_CANDLE, MARK_CANDLE)):
            self._candles[channel, about] = Candles(self._services, channel, about)
            return self._groups.open((channel, about))
        return self._groups.open((channel, about), source_of(self._services, channel, about))

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more (``Feed``)."""
        del session
        if self._groups.leave(_key(wish), receiver):
            self._candles.pop(_key(wish), None)

    def followed(self) -> int:
        """How many channels somebody follows (``Feed``)."""
        return len(self._groups)

    def on_batch(self, batch: EventBatch) -> None:
        """Note what may have changed with an engine batch (``Subscriber``)."""
        if not self._groups:
            return
        for event in batch.events:
            if isinstance(event, _TOUCHING):
                for channel in _TOUCHED[type(event)]:
                    self._touch(channel, event.instrument)

    def _touch(self, channel: str, instrument: int) -> None:
        """Note that an instrument may have something to tell, if anybody listens."""
        about = self._services.catalogue.at(instrument).underlying if channel == INDEX_TICKERS else instrument
        if self._groups.get((channel, about)) is None:
            return
        if channel == FUNDING_RATE:
            self._funded[instrument] = None
            return
        self._changed[channel][about] = None
        self._pulses[channel].request()

    def each_second(self) -> None:
        """Send candles that changed, and repeat what has not changed for too long (``Feed``)."""
        now_s = self._loop.time()
        self._send_fundings(now_s)
        for key, group in self._groups.items():
            if key[0] in REPEATED_S and now_s - group.sent_at >= REPEATED_S[key[0]]:
                _send_again(group, now_s)
        for key, candles in self._candles.items():
            followers = self._groups.get(key)
            assert followers is not None, "somebody follows them"
            for push in candles.poll():
                followers.send(push)

    def _send_fundings(self, now_s: float) -> None:
        """Send funding that was settled and then what is due, the longest due first."""
        due = [
            (group.sent_at, about)
            for (channel, about), group in self._groups.items()
            if channel == FUNDING_RATE and isinstance(about, int) and now_s - group.sent_at >= FUNDING_S
        ]
        for instrument in [*self._funded, *(late for _, late in sorted(due))][:FUNDINGS_MAX]:
            self._funded.pop(instrument, None)
            group = self._groups.get((FUNDING_RATE, instrument))
            if group is not None:
                _send_again(group, now_s)

    def stop(self) -> None:
        """Stop the timers (``Feed``)."""
        for pulse in self._pulses.values():
            pulse.stop()

    def _pulse(self, channel: str, interval_s: float) -> Pulse:
        return Pulse(interval_s, lambda: self._send(channel))

    def _send(self, channel: str) -> None:
        changed, self._changed[channel] = self._changed[channel], {}
        for about in changed:
            group = self._groups.get((channel, about))
            if group is not None:
                group.advance()


def _key(wish: Subscription) -> tuple[str, _About]:
    """The channel, and the index or the instrument that it is about."""
    if wish.index_name is not None:
        return wish.channel, wish.index_name
    assert wish.instrument is not None, "every other channel of these names one"
    return wish.channel, wish.instrument


def _picture(group: Group) -> bytes:
    return b"" if group.source is None else group.source.snapshot()


def _send_again(group: Group, now_s: float) -> None:
    """Send what changed, or else what was sent last, unless something was sent just now."""
    group.advance()
    if group.sent_at < now_s and (picture := _picture(group)):
        group.send(picture)
