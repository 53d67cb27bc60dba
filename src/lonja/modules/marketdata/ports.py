"""What market data needs of stored history: candles and trades from before the start.

The rows are described by their attributes only, so that whoever stores them keeps its own types.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol


class StoredCandle(Protocol):
    """One stored period in which something traded."""

    @property
    def instrument(self) -> int:
        """Code of the instrument."""

    @property
    def open_time_ms(self) -> int:
        """When the period opened."""

    @property
    def open(self) -> int:
        """First price, ticks."""

    @property
    def high(self) -> int:
        """Highest price, ticks."""

    @property
    def low(self) -> int:
        """Lowest price, ticks."""

    @property
    def close(self) -> int:
        """Last price, ticks."""

    @property
    def volume(self) -> int:
        """Traded lots."""

    @property
    def quote_volume(self) -> int:
        """Traded quote, smallest units."""


class StoredTrade(Protocol):
    """One stored trade; the attributes are those of ``TradeView``."""

    @property
    def instrument(self) -> int:
        """Code of the instrument."""

    @property
    def trade_id(self) -> int:
        """Number of the trade within the instrument."""

    @property
    def price(self) -> int:
        """Ticks."""

    @property
    def size(self) -> int:
        """Lots."""

    @property
    def side(self) -> int:
        """The taker's side."""

    @property
    def time_ms(self) -> int:
        """When it happened."""

    @property
    def sequence(self) -> int:
        """Sequence of the taker's fill."""

    @property
    def taker_order_id(self) -> int:
        """The taker's order."""


class MarketHistory(Protocol):
    """Stored candles of one minute and one hour, and many of the last trades."""

    def recent_candles(self, period_ms: int, since_ms: int) -> Iterable[StoredCandle]:
        """Per instrument, oldest first: candles that open at or after ``since_ms``, and the last one before it.

        Blocking; for the start.
        """

    def recent_trades(self, count: int) -> Iterable[StoredTrade]:
        """The last ``count`` trades of every instrument, oldest first. Blocking; for the start."""

    async def stored_trades(
        self, instrument: int, *, after_id: int, before_id: int, end_ms: int, limit: int
    ) -> Sequence[StoredTrade]:
        """Trades with ids between ``before_id`` and ``after_id``, both exclusive, and not after ``end_ms``, newest first."""

    async def stored_candles(
        self, instrument: int, period_ms: int, begin_ms: int, end_ms: int
    ) -> Sequence[StoredCandle]:
        """Candles that open in [begin, end), oldest first, and before them the last one that opened earlier."""
