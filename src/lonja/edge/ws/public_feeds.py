"""Markets: books, tickers, trades and candles; who follows which, and when changes are sent.

A message is built once and its frame handed to every subscriber. The order within one instrument is that of
``_FAST_CHANNELS`` and then ``_SLOW_CHANNELS``, because clients combine the channels.
Invariant: whoever hears of a changed book is noted in ``_fast_followed`` or ``_slow_followed``.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from lonja.edge.session import Session
from lonja.edge.wire.channels import (
    BOOK,
    BOOK_50,
    BOOK_DEEP,
    BOOK_TOP,
    BOOK_TOP_5,
    CANDLE,
    EVERY_TRADE,
    TICKERS,
    TRADES,
    Subscription,
)
from lonja.edge.wire.instruments import Catalogue, InstrumentForm
from lonja.edge.wire.push import candle_push, single_trade_push, ticker_push, trade_push
from lonja.edge.ws.books import BookChain, TopOfBook
from lonja.edge.ws.feeds import Group, Groups, Receiver, Source
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Postman
from lonja.edge.ws.pulse import Pulse
from lonja.modules.marketdata.api import CandleFeed, MarketData, TickerView, TradeView, aggregate

FAST_INTERVAL_S = 0.01
SLOW_INTERVAL_S = 0.1
HEARTBEAT_S = 60.0
_CHAIN_DEPTHS: Final = {BOOK: 400, BOOK_DEEP: 400, BOOK_50: 50}
_TOP_DEPTHS: Final = {BOOK_TOP: 1, BOOK_TOP_5: 5}
_FAST_CHANNELS: Final = (BOOK_TOP, BOOK_DEEP, BOOK_50)
_SLOW_CHANNELS: Final = (BOOK, BOOK_TOP_5, TICKERS)
_PICTURE_TRADES = 100


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

    def close(self) -> None:
        """Nothing to end (``Source``)."""


def _without_time(ticker: TickerView) -> TickerView:
    return ticker._replace(time_ms=0)


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
        self._groups = Groups[tuple[str, int]](postman)
        # Asked for every change of every book, so kept ready.
        self._fast_followed: dict[int, list[str]] = {}
        self._slow_followed: dict[int, list[str]] = {}
        self._candles: dict[tuple[str, int], CandleFeed] = {}
        self._fast_changed: set[int] = set()
        self._slow_changed: set[int] = set()
        self._fast = Pulse(FAST_INTERVAL_S, self._send_fast)
        self._slow = Pulse(SLOW_INTERVAL_S, self._send_slow)

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send the present picture to ``receiver`` and then every change (``Feed``)."""
        del session
        assert wish.instrument is not None
        channel, instrument = wish.channel, wish.instrument
        group = self._groups.get((channel, instrument))
        if group is None:
            group = self._open(channel, instrument)
        elif group.source is not None:
            # Everybody catches up first, so that the newcomer's picture is current and the chain unbroken.
            self._advance(instrument, _FAST_CHANNELS + _SLOW_CHANNELS)
        for payload in self._picture(channel, instrument, group):
            receiver.deliver(text_frame(payload))
        group.receivers[receiver] = None

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more of this channel to ``receiver`` (``Feed``)."""
        del session
        assert wish.instrument is not None
        channel, instrument = key = (wish.channel, wish.instrument)
        if not self._groups.leave(key, receiver):
            return
        self._candles.pop(key, None)
        followed = self._watch_list(channel)
        if followed is not None:
            followed[instrument].remove(channel)
            if not followed[instrument]:
                del followed[instrument]

    def _open(self, channel: str, instrument: int) -> Group:
        followed = self._watch_list(channel)
        if followed is not None:
            followed.setdefault(instrument, []).append(channel)
        return self._groups.open((channel, instrument), self._source(channel, instrument))

    def _watch_list(self, channel: str) -> dict[int, list[str]] | None:
        """Where it is noted who wants to hear of a changed book."""
        if channel in _FAST_CHANNELS:
            return self._fast_followed
        return self._slow_followed if channel in _SLOW_CHANNELS else None

    def followed(self) -> int:
        """How many channels somebody follows."""
        return len(self._groups)

    def on_book(self, instrument: int) -> None:
        """A book changed (``MarketListener``)."""
        if instrument in self._fast_followed:
            self._fast_changed.add(instrument)
            self._fast.request()
        if instrument in self._slow_followed:
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
        if self._groups.get((TICKERS, instrument)) is not None:
            self._slow_changed.add(instrument)
            self._slow.request()

    def each_second(self) -> None:
        """Send candles that changed, and a sign of life for books that have been quiet."""
        for (channel, instrument), feed in self._candles.items():
            group = self._groups.get((channel, instrument))
            assert group is not None
            for candle in feed.poll():
                group.send(candle_push(channel, self._catalogue.at(instrument), candle))
        due = self._loop.time() - HEARTBEAT_S
        for group in self._groups.values():
            if group.sent_at <= due and isinstance(group.source, BookChain):
                group.send(group.source.heartbeat())

    def stop(self) -> None:
        """Stop the timers."""
        self._fast.stop()
        self._slow.stop()

    def _source(self, channel: str, instrument: int) -> Source | None:
        view = self._catalogue.at(instrument)
        book = self._market_data.book(instrument)
        if channel in _CHAIN_DEPTHS:
            return BookChain(channel, view, book, _CHAIN_DEPTHS[channel], self._clock)
        if channel in _TOP_DEPTHS:
            return TopOfBook(channel, view, book, _TOP_DEPTHS[channel], self._clock)
        if channel == TICKERS:
            return _TickerSource(self._market_data, view)
        return None

    def _picture(self, channel: str, instrument: int, group: Group) -> Iterable[bytes]:
        if group.source is not None:
            return (group.source.snapshot(),)
        view = self._catalogue.at(instrument)
        if channel.startswith(CANDLE):
            feed = self._candles.get((channel, instrument))
            if feed is None:
                feed = self._market_data.candle_feed(instrument, channel.removeprefix(CANDLE))
                self._candles[channel, instrument] = feed
                feed.poll()
            return [] if feed.shown is None else [candle_push(channel, view, feed.shown)]
        newest = self._market_data.trades(instrument, _PICTURE_TRADES)
        if channel == TRADES:
            return [trade_push(view, trade) for trade in aggregate(newest)[:1]]
        return [single_trade_push(view, trade) for trade in newest[:1]]

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
