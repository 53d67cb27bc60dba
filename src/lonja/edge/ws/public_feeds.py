"""Public channels: who follows which, and when changes are sent.

A message is built once and its frame handed to every subscriber. The order within one instrument is that of
``_FAST_CHANNELS`` and then ``_SLOW_CHANNELS``, because clients combine the channels.
Invariant: a subscriber first gets a whole picture and then every change, in order.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from lonja.edge.wire.channels import BOOK, BOOK_TOP, BOOK_TOP_5, CANDLE, EVERY_TRADE, TICKERS, TRADES
from lonja.edge.wire.instruments import Catalogue, InstrumentForm
from lonja.edge.wire.push import candle_push, single_trade_push, ticker_push, trade_push
from lonja.edge.ws.books import BookChain, TopOfBook
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Mailbox, Postman
from lonja.edge.ws.pulse import Pulse
from lonja.modules.marketdata.api import CandleFeed, CandleView, MarketData, TickerView, TradeView, aggregate

FAST_INTERVAL_S = 0.01
SLOW_INTERVAL_S = 0.1
HEARTBEAT_S = 60.0
_BOOKS_DEPTH = 400
_BOOKS5_DEPTH = 5
_FAST_CHANNELS = (BOOK_TOP,)
_SLOW_CHANNELS = (BOOK, BOOK_TOP_5, TICKERS)
_PICTURE_TRADES = 100


class Receiver(Mailbox, Protocol):
    """Who follows a channel."""

    def deliver(self, frame: bytes) -> None:
        """Send ``frame`` soon, in order, or close; never drop it."""


class _Source(Protocol):
    def advance(self) -> bytes | None: ...
    def snapshot(self) -> bytes: ...


class _TickerSource:
    def __init__(self, market_data: MarketData, instrument: InstrumentForm) -> None:
        self._market_data = market_data
        self._instrument = instrument
        self._shown = market_data.ticker(instrument.code)

    def advance(self) -> bytes | None:
        ticker = self._market_data.ticker(self._instrument.code)
        if _without_time(ticker) == _without_time(self._shown):
            return None
        self._shown = ticker
        return self.snapshot()

    def snapshot(self) -> bytes:
        return ticker_push(self._instrument, self._shown)


def _without_time(ticker: TickerView) -> TickerView:
    return ticker._replace(time_ms=0)


class _Group:
    """The subscribers of one channel and instrument."""

    def __init__(self, loop: asyncio.AbstractEventLoop, postman: Postman, source: _Source | None = None) -> None:
        self._loop = loop
        self._postman = postman
        self.source = source
        self.receivers: dict[Receiver, None] = {}
        self.sent_at = loop.time()

    def send(self, payload: bytes) -> None:
        self.sent_at = self._loop.time()
        self._postman.send(self.receivers, text_frame(payload))

    def advance(self) -> None:
        payload = self.source.advance() if self.source is not None else None
        if payload is not None:
            self.send(payload)


class PublicFeeds:
    """All public channels of the house. Listens to market data on the engine's thread."""

    def __init__(
        self, catalogue: Catalogue, market_data: MarketData, clock: Callable[[], int], postman: Postman
    ) -> None:
        """``clock`` gives the exchange's time in ms."""
        self._loop = asyncio.get_running_loop()
        self._catalogue = catalogue
        self._market_data = market_data
        self._clock = clock
        self._postman = postman
        self._groups: dict[tuple[str, int], _Group] = {}
        self._candles: dict[tuple[str, int], CandleFeed] = {}
        self._fast_changed: set[int] = set()
        self._slow_changed: set[int] = set()
        self._fast = Pulse(FAST_INTERVAL_S, self._send_fast)
        self._slow = Pulse(SLOW_INTERVAL_S, self._send_slow)

    def subscribe(self, receiver: Receiver, channel: str, instrument: int) -> None:
        """Send the present picture to ``receiver`` and then every change."""
        key = (channel, instrument)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(self._loop, self._postman, self._source(channel, instrument))
        elif group.source is not None:
            # Everybody catches up first, so that the newcomer's picture is current and the chain unbroken.
            self._advance(instrument, _FAST_CHANNELS + _SLOW_CHANNELS)
        for payload in self._picture(channel, instrument, group):
            receiver.deliver(text_frame(payload))
        group.receivers[receiver] = None

    def unsubscribe(self, receiver: Receiver, channel: str, instrument: int) -> None:
        """Send nothing more of this channel to ``receiver``."""
        key = (channel, instrument)
        group = self._groups[key]
        del group.receivers[receiver]
        if not group.receivers:
            del self._groups[key]
            self._candles.pop(key, None)

    def followed(self) -> int:
        """How many channels somebody follows."""
        return len(self._groups)

    def on_book(self, instrument: int) -> None:
        """A book changed (``MarketListener``)."""
        groups = self._groups
        if any((channel, instrument) in groups for channel in _FAST_CHANNELS):
            self._fast_changed.add(instrument)
            self._fast.request()
        if any((channel, instrument) in groups for channel in _SLOW_CHANNELS):
            self._slow_changed.add(instrument)
            self._slow.request()

    def on_trades(self, instrument: int, trades: list[TradeView]) -> None:
        """Trades happened (``MarketListener``)."""
        group = self._groups.get((TRADES, instrument))
        if group is not None:
            view = self._catalogue.at(instrument)
            for aggregated in aggregate(trades):
                group.send(trade_push(view, aggregated))
        group = self._groups.get((EVERY_TRADE, instrument))
        if group is not None:
            view = self._catalogue.at(instrument)
            for trade in trades:
                group.send(single_trade_push(view, trade))
        if (TICKERS, instrument) in self._groups:
            self._slow_changed.add(instrument)
            self._slow.request()

    def each_second(self) -> None:
        """Send candles that changed, and a sign of life for books that have been quiet."""
        for (channel, instrument), feed in self._candles.items():
            group = self._groups[channel, instrument]
            for payload in self._candle_payloads(channel, instrument, feed.poll()):
                group.send(payload)
        due = self._loop.time() - HEARTBEAT_S
        for group in self._groups.values():
            if group.sent_at <= due and isinstance(group.source, BookChain):
                group.send(group.source.heartbeat())

    def stop(self) -> None:
        """Stop the timers."""
        self._fast.stop()
        self._slow.stop()

    def _source(self, channel: str, instrument: int) -> _Source | None:
        view = self._catalogue.at(instrument)
        book = self._market_data.book(instrument)
        if channel == BOOK:
            return BookChain(channel, view, book, _BOOKS_DEPTH, self._clock)
        if channel == BOOK_TOP_5:
            return TopOfBook(channel, view, book, _BOOKS5_DEPTH, self._clock)
        if channel == BOOK_TOP:
            return TopOfBook(channel, view, book, 1, self._clock)
        if channel == TICKERS:
            return _TickerSource(self._market_data, view)
        return None

    def _picture(self, channel: str, instrument: int, group: _Group) -> Iterable[bytes]:
        if group.source is not None:
            return (group.source.snapshot(),)
        view = self._catalogue.at(instrument)
        if channel.startswith(CANDLE):
            bar = channel.removeprefix(CANDLE)
            if (channel, instrument) not in self._candles:
                feed = self._candles[channel, instrument] = CandleFeed(self._market_data, instrument, bar)
                return self._candle_payloads(channel, instrument, feed.poll())
            return self._candle_payloads(channel, instrument, self._market_data.candles(instrument, bar, limit=1))
        newest = self._market_data.trades(instrument, _PICTURE_TRADES)
        if channel == TRADES:
            return [trade_push(view, trade) for trade in aggregate(newest)[:1]]
        return [single_trade_push(view, trade) for trade in newest[:1]]

    def _candle_payloads(self, channel: str, instrument: int, candles: Iterable[CandleView]) -> list[bytes]:
        view = self._catalogue.at(instrument)
        return [candle_push(channel, view, candle) for candle in candles]

    def _send_fast(self) -> None:
        changed, self._fast_changed = self._fast_changed, set()
        for instrument in sorted(changed):
            self._advance(instrument, _FAST_CHANNELS)

    def _send_slow(self) -> None:
        self._fast.stop()
        self._send_fast()
        changed, self._slow_changed = self._slow_changed, set()
        for instrument in sorted(changed):
            self._advance(instrument, _SLOW_CHANNELS)

    def _advance(self, instrument: int, channels: Iterable[str]) -> None:
        for channel in channels:
            group = self._groups.get((channel, instrument))
            if group is not None:
                group.advance()
