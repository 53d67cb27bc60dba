"""NASDAQ's own book is what the core gives for NASDAQ's messages (LOBSTER samples, see the data's README).

Every limit order, cancel, delete and execution goes through the real core; what is compared after every row is price and
size of the levels that could be known. A level that enters from below the recorded depth is new information: it is
taken over, and known from then on. Hidden orders change nothing that is shown.
"""

from itertools import pairwise
from pathlib import Path

import pytest

from lonja.core.kinds import Side
from tests.core.recorded_flow import Level, Venue, read_rows

NEW, PARTIAL_CANCEL, DELETE, EXECUTION, HIDDEN_EXECUTION = range(1, 6)
CENT = 100
EMPTY = 10**9


class Message:
    """A row of a message file."""

    def __init__(self, row: list[str]) -> None:
        """Prices come in units of 0.0001 USD and are whole cents."""
        self.kind = int(row[1])
        self.number = int(row[2])
        self.size = int(row[3])
        self.price, rest = divmod(int(row[4]), CENT)
        self.side = Side.BUY if row[5] == "1" else Side.SELL
        assert rest == 0 or self.kind == HIDDEN_EXECUTION, "only hidden orders trade between cents"


class Book:
    """A row of an order book file: price and size by side, best first."""

    def __init__(self, row: list[str]) -> None:
        """Asks and bids take turns; places that are not taken have prices beyond all others."""
        numbers = [int(text) for text in row]
        levels = list(zip(numbers[::2], numbers[1::2], strict=True))
        known = [(price // CENT, size) for price, size in levels if abs(price) < EMPTY]
        assert len(known) == len(levels), "the samples are never short of levels"
        self.levels: dict[Side, list[Level]] = {Side.SELL: known[::2], Side.BUY: known[1::2]}

    def reaches(self, side: Side, price: int) -> bool:
        """Whether ``price`` is not worse than the worst level of this row."""
        worst = self.levels[side][-1][0]
        return price <= worst if side == Side.SELL else price >= worst


def apply_message(venue: Venue, message: Message) -> int:
    """Do what the message tells. Returns how many lots were traded or given up by another order than it names."""
    order = venue.order(message.number) or venue.stranger(message.side, message.price)
    if message.kind == NEW:
        assert venue.place(message.side, message.price, message.size, message.number) == [], "new orders only rest"
    elif message.kind in (PARTIAL_CANCEL, DELETE):
        return venue.remove(message.side, message.price, message.size, order)
    elif message.kind == EXECUTION:
        fills = venue.take(Side(1 - message.side), message.price, message.size)
        assert sum(fill.size for fill in fills) == message.size, "an execution found too little"
        assert {fill.price for fill in fills} == {message.price}, "an execution at another price"
        return sum(fill.size for fill in fills if order is None or fill.order_id != order.order_id)
    return 0


def load(folder: Path, depth: int) -> tuple[list[Message], list[Book]]:
    """The messages and books of a sample."""
    messages = [Message(row) for row in read_rows(folder / f"message_{depth}_dev.csv.gz")]
    books = [Book(row) for row in read_rows(folder / f"orderbook_{depth}_dev.csv.gz")]
    assert len(messages) == len(books)
    return messages, books


def known_levels(book: Book, before: Book, side: Side) -> list[Level]:
    """The levels of ``book`` that follow from the row before and its message."""
    return [(price, size) for price, size in book.levels[side] if before.reaches(side, price)]


def take_over(venue: Venue, book: Book) -> None:
    """Learn the levels of ``book`` that were not known, and give up what is beyond it."""
    for side in Side:
        if venue.levels(side, len(book.levels[side])) == book.levels[side]:
            continue
        shown = dict(book.levels[side])
        for price, _ in venue.levels(side, 10**6):
            if book.reaches(side, price) and price not in shown:
                venue.show(side, price, 0)
        for price, size in book.levels[side]:
            venue.show(side, price, size)


def test_aapl_ten_levels_after_every_row(shared_folder: Path) -> None:
    """Every execution finds the very order that it found at NASDAQ, too."""
    messages, books = load(shared_folder / "data" / "lobster_aapl_l10", 10)
    venue = Venue()
    take_over(venue, books[0])
    amiss = compared = 0
    for (before, book), message in zip(pairwise(books), messages[1:], strict=True):
        amiss += apply_message(venue, message)
        for side in Side:
            known = known_levels(book, before, side)
            compared += len(known)
            assert venue.levels(side, len(known)) == known
        take_over(venue, book)
        assert all(venue.levels(side, 10) == book.levels[side] for side in Side)
    venue.check()
    assert (len(messages), compared, amiss) == (499, 9_817, 0)


def test_amzn_best_level_after_every_row(shared_folder: Path) -> None:
    """Only events at the best level are told here, so what is below it is learned when it becomes the best."""
    messages, books = load(shared_folder / "data" / "lobster_amzn_l1", 1)
    venue = Venue()
    take_over(venue, books[0])
    compared = 0
    for (before, book), message in zip(pairwise(books), messages[1:], strict=True):
        apply_message(venue, message)
        for side in Side:
            known = known_levels(book, before, side)
            compared += len(known)
            assert venue.levels(side, len(known)) == known
        take_over(venue, book)
        assert all(venue.levels(side, 1) == book.levels[side] for side in Side)
    venue.check()
    assert (len(messages), compared) == (31_099, 54_279)


@pytest.mark.parametrize("row", [["34200.1", "1", "7", "5", "100050", "1"]])
def test_prices_between_cents_would_be_noticed(row: list[str]) -> None:
    with pytest.raises(AssertionError):
        Message(row)
