"""What the sandbox needs to follow another market: its books and trades as they happen.

Prices and sizes are decimal text as the source writes them; whoever follows turns them into ticks and lots.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

Rows = Sequence[tuple[str, str]]
"""Price and size of levels; size 0 removes a level."""


class FeedBook(NamedTuple):
    """Levels of an instrument that changed, or all of them (``is_snapshot``)."""

    instrument_id: str
    is_snapshot: bool
    bids: Rows
    asks: Rows


class FeedTrade(NamedTuple):
    """One trade; ``side`` is the taker's."""

    instrument_id: str
    side: int
    price: str
    size: str


FeedEvent = FeedBook | FeedTrade

_NUMBER_MAX = 1e15


def checked_row(price: object, size: object) -> tuple[str, str]:
    """Price and size of a level or a trade as text. Raises ``ValueError`` for what can be neither."""
    row = str(price), str(size)
    if not (0.0 < float(row[0]) < _NUMBER_MAX and 0.0 <= float(row[1]) < _NUMBER_MAX):
        raise ValueError(f"{row} is no price and size")
    return row


class PriceFollower(Protocol):
    """Prices of contracts, which follow the clock."""

    def next_due_ms(self) -> int:
        """When something is due that time must not leap over; 0 when nothing is."""

    async def turn(self) -> None:
        """Do what is due now. Raises what the engine raises."""

    async def look(self, instruments: Collection[int]) -> None:
        """Tell what changed of the prices of ``instruments``, and of debts if there may be any. Raises as ``turn``."""


class IndexBoard(Protocol):
    """Where the indices of contracts are made."""

    def fix(self, index_id: str, price: int) -> None:
        """Let an index be ``price`` (10 ** -18 of its quote currency) from now on; 0 lets it follow its feed again."""


class MarketFeed(Protocol):
    """Somebody else's market data."""

    async def start(self) -> None:
        """Begin to listen. Raises ``LonjaError`` when there is nothing to listen to."""

    def due(self, now_ms: int) -> Sequence[FeedEvent]:
        """What happened since the last call and up to the exchange's time ``now_ms``, in order; never waits."""

    async def close(self) -> None:
        """Listen no longer."""
