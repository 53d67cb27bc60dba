"""What market data shows: immutable rows, all numbers integers (ticks, lots, smallest units of quote)."""

from typing import NamedTuple, Protocol

from lonja.core.views import LevelView

Mark = tuple[int, ...]
"""What a view depends on besides the time: as long as it is the same, so is the view, until its time is over."""


class TradeView(NamedTuple):
    """One trade. ``side`` and ``taker_order_id`` are the taker's, ``sequence`` that of its fill event."""

    instrument: int
    trade_id: int
    price: int
    size: int
    side: int
    time_ms: int
    sequence: int
    taker_order_id: int


class AggregatedTrade(NamedTuple):
    """Neighboring trades of one taker order at one price; ids, time and sequence are those of the last of them."""

    instrument: int
    trade_id: int
    price: int
    size: int
    side: int
    time_ms: int
    sequence: int
    trade_count: int


class CandleView(NamedTuple):
    """One period of trading. ``volume`` in lots; ``confirmed`` is False while the period runs."""

    open_time_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    confirmed: bool


class TickerView(NamedTuple):
    """An instrument at a glance. Prices are None where nothing traded or nobody quotes.

    The 24 hours are the last 1,440 minutes, the running one included. ``open_utc0`` and ``open_utc8`` are the opens
    of the days that begin at midnight UTC and at midnight UTC+8. ``time_ms`` is the time of the last change.
    """

    instrument: int
    last: int | None
    last_size: int | None
    best_bid: LevelView | None
    best_ask: LevelView | None
    open_24h: int | None
    high_24h: int | None
    low_24h: int | None
    volume_24h: int
    quote_volume_24h: int
    open_utc0: int | None
    open_utc8: int | None
    time_ms: int


class IndexTickerView(NamedTuple):
    """An index at a glance, in ticks. ``time_ms`` is when the price was set last; the rest as in ``TickerView``."""

    instrument: int
    price: int
    open_24h: int
    high_24h: int
    low_24h: int
    open_utc0: int
    open_utc8: int
    time_ms: int


class BookView(Protocol):
    """The live book of one instrument: reads give the state after the last event, also later."""

    @property
    def sequence(self) -> int:
        """Sequence of the last event that changed the book; 0 when none did."""

    @property
    def time_ms(self) -> int:
        """Time of that event."""

    def levels(self, side: int, depth: int) -> list[LevelView]:
        """The best ``depth`` levels of a side, best first."""

    def level(self, side: int, price: int) -> LevelView | None:
        """The level at ``price`` ticks, or None when nobody waits there."""

    def best(self, side: int) -> LevelView | None:
        """The best level of a side, or None."""

    def last_price(self, side: int, depth: int) -> int | None:
        """The price of the level at place ``depth`` of a side; None when there are not more levels than that."""

    def prices_beyond(self, side: int, price: int, depth: int) -> list[int]:
        """Prices of the best ``depth`` levels of a side that are worse than ``price``."""

    def watch(self, side: int, changed: set[int]) -> None:
        """Add the prices of levels that change on a side to ``changed``, until ``unwatch``."""

    def unwatch(self, side: int, changed: set[int]) -> None:
        """Add nothing more to ``changed``, which is watching."""


class MarketListener(Protocol):
    """Hears changes inside ``MarketData.on_batch``; must be quick and must not raise."""

    def on_trades(self, instrument: int, trades: list[TradeView]) -> None:
        """The trades of one instrument in a batch, oldest first. Candles and ticker changed with them."""

    def on_book(self, instrument: int) -> None:
        """The book of an instrument changed, once per batch."""
