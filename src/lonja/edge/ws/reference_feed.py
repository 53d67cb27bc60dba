"""Reference prices: index tickers, mark prices, price limits and funding of instruments, their open interest, candles.

They change with prices that are set and with trades, far more often than they may be sent. Where clients expect a sign
of life, what was sent last is repeated. Invariant: a subscriber gets the present value at once, when there is one.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

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
from lonja.edge.wire.index import index_candle_push
from lonja.edge.ws.feeds import Group, Groups, Receiver
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Postman
from lonja.edge.ws.pulse import Pulse
from lonja.edge.ws.reference_sources import source_of
from lonja.engine.api import EventBatch
from lonja.modules.marketdata.api import CandleFeed

INTERVALS_S: Final = {INDEX_TICKERS: 0.1, MARK_PRICE: 0.2, PRICE_LIMIT: 0.2, OPEN_INTEREST: 3.0}
REPEATED_S: Final = {INDEX_TICKERS: 60.0, MARK_PRICE: 10.0}
"""After how long without a change a value is sent again."""
FUNDING_S: Final = 60.0
"""How often funding is sent: documented are 30 to 90 seconds."""
FUNDINGS_MAX: Final = 20
"""Of how many contracts funding is sent in one second: each takes the mean of hours of minutes."""
_TOUCHING: Final = (IndexPriceSet, MarkPriceSet, PositionChanged, FundingSettled)
_TOUCHED: Final[Mapping[type[Event], tuple[str, ...]]] = {
    IndexPriceSet: (INDEX_TICKERS, MARK_PRICE, PRICE_LIMIT),
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
        self._groups = Groups[tuple[str, int]](postman)
        self._candles: dict[tuple[str, int], CandleFeed] = {}
        self._changed: dict[str, set[int]] = {channel: set() for channel in INTERVALS_S}
        self._pulses = {channel: self._pulse(channel, seconds) for channel, seconds in INTERVALS_S.items()}
        self._funded: dict[int, None] = {}
        """Contracts whose funding was settled and not told yet."""

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send the present value, and then every change (``Feed``)."""
        del session
        assert wish.instrument is not None
        key = (wish.channel, wish.instrument)
        group = self._groups.get(key) or self._open(*key)
        if wish.channel != FUNDING_RATE:
            group.advance()
        picture = self._candle(*key) if _is_candle(wish.channel) else _picture(group)
        if picture:
            receiver.deliver(text_frame(picture))
        group.receivers[receiver] = None

    def _open(self, channel: str, instrument: int) -> Group:
        source = None if _is_candle(channel) else source_of(self._services, channel, instrument)
        return self._groups.open((channel, instrument), source)

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
        """Note what may have changed with an engine batch (``Subscriber``)."""
        if not self._groups:
            return
        for event in batch.events:
            if isinstance(event, _TOUCHING):
                for channel in _TOUCHED[type(event)]:
                    if self._groups.get((channel, event.instrument)) is not None:
                        self._touch(channel, event.instrument)

    def _touch(self, channel: str, instrument: int) -> None:
        if channel == FUNDING_RATE:
            self._funded[instrument] = None
            return
        self._changed[channel].add(instrument)
        self._pulses[channel].request()

    def each_second(self) -> None:
        """Send candles that changed, and repeat what has not changed for too long (``Feed``)."""
        now_s = self._loop.time()
        self._send_fundings(now_s)
        for (channel, instrument), group in self._groups.items():
            if channel in REPEATED_S and now_s - group.sent_at >= REPEATED_S[channel]:
                group.advance()
                if group.sent_at < now_s and (picture := _picture(group)):
                    group.send(picture)
            feed = self._candles.get((channel, instrument))
            for candle in () if feed is None else feed.poll():
                group.send(index_candle_push(channel, self._services.catalogue.at(instrument), candle))

    def _send_fundings(self, now_s: float) -> None:
        """Send funding that was settled and then what is due, the longest due first."""
        due = [
            (group.sent_at, instrument)
            for (channel, instrument), group in self._groups.items()
            if channel == FUNDING_RATE and now_s - group.sent_at >= FUNDING_S
        ]
        for instrument in [*self._funded, *(late for _, late in sorted(due))][:FUNDINGS_MAX]:
            self._funded.pop(instrument, None)
            group = self._groups.get((FUNDING_RATE, instrument))
            if group is not None and group.sent_at < now_s:
                group.advance()
                if group.sent_at < now_s and (picture := _picture(group)):
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


def _is_candle(channel: str) -> bool:
    return channel.startswith((INDEX_CANDLE, MARK_CANDLE))


def _picture(group: Group) -> bytes:
    return b"" if group.source is None else group.source.snapshot()
