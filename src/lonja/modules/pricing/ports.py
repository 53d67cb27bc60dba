"""What prices need of the world: other markets that tell a price, and terms for contracts that are listed next."""

from typing import NamedTuple, Protocol

from lonja.core.commands import ListContract


class SourcePrice(NamedTuple):
    """What a market said last: ``price`` in 10 ** -18 of the quote currency, and when it said so."""

    price: int
    time_ms: int


class IndexSource(Protocol):
    """One market whose price goes into indices."""

    @property
    def name(self) -> str:
        """By which the terms weigh it."""

    def price(self, index_id: str) -> SourcePrice | None:
        """What it said last of an index such as ``BTC-USDT``; None when it knows nothing. Never waits."""


class Lister(Protocol):
    """Knows how dated contracts of a family are made."""

    def families(self) -> dict[int, str]:
        """Families whose dated contracts are listed by the calendar, with the underlying of each."""

    def listing(self, family: int, instrument_id: str, expiry_ms: int) -> ListContract:
        """The command that lists a contract of a family."""
