"""A recording of every Bitstamp order drives the core, which shows the books that Bitstamp published.

The recording has no opening snapshot, and the feed forgot some deletions: an order that is never mentioned again, but
would trade with a new one, is dropped. So levels are scored, from two hours on, when most older orders are gone; asks far
from the best took longest. Takers are matched by the core itself, and their trades are those that Bitstamp told.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lonja.core.kinds import Side
from tests.core.recorded_flow import Level, Venue

SATOSHI = 8
MIDNIGHT_MS = 1_430_438_400_000
HOUR_MS = 3_600_000
DEPTH = 20


class Line(NamedTuple):
    """One line of the feed."""

    time_ms: int
    event: str
    fields: dict[str, Any]


def feed(shared_folder: Path) -> Iterator[Line]:
    """All lines."""
    with gzip.open(shared_folder / "data" / "l3_bitstamp" / "feed_dev.log.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            received, event, text = line.split(" ", 2)
            yield Line(int(received), event, json.loads(text))


def scaled(text: str, scale: int) -> int:
    """A decimal text as a whole number."""
    whole, _, rest = str(text).partition(".")
    return int(whole + rest.ljust(scale, "0"))


class Bitstamp:
    """The core, kept as the feed tells."""

    def __init__(self, lines: list[Line]) -> None:
        """Look ahead for what is mentioned last where: that is how forgotten bids are known."""
        self.venue = Venue()
        self.last_mention = {line.fields["id"]: at for at, line in enumerate(lines) if "id" in line.fields}
        self.traded: Counter[Level] = Counter()
        self.corrected = 0

    def tell(self, at: int, line: Line) -> None:
        """Do what line number ``at`` tells of an order."""
        number = line.fields["id"]
        side = Side(line.fields["order_type"])
        price, size = scaled(line.fields["price"], 2), scaled(line.fields["amount"], SATOSHI)
        order = self.venue.order(number)
        if line.event == "order_created":
            self._drop_forgotten(at, side, price, size)
            fills = self.venue.place(side, price, size, number)
            self.traded.update((fill.price, fill.size) for fill in fills)
        elif line.event == "order_deleted" and order is not None:
            self.venue.resize(order, 0)
        elif line.event == "order_changed" and order is not None:
            self.corrected += order.size - order.filled < size
            self.venue.resize(order, size)

    def _drop_forgotten(self, at: int, side: Side, price: int, size: int) -> None:
        """Drop orders that a new one would trade with although the feed never mentions them again."""
        opposite, left = Side(1 - side), size
        for level, _ in self.venue.levels(opposite, DEPTH):
            if (level > price) if side == Side.BUY else (level < price):
                return
            for order in reversed(self.venue.orders_at(opposite, level)):
                if left > 0 and self.last_mention[self.venue.number_of[order.order_id]] < at:
                    self.venue.resize(order, 0)
                else:
                    left -= order.size - order.filled


def published(line: Line, side: Side) -> list[Level]:
    """The best levels of one side as Bitstamp published them."""
    rows = line.fields["asks" if side == Side.SELL else "bids"]
    return [(scaled(price, 2), scaled(size, SATOSHI)) for price, size in rows]


def score(bitstamp: Bitstamp, line: Line) -> Counter[tuple[Side, str]]:
    """How much of one published book the core shows."""
    told: Counter[tuple[Side, str]] = Counter()
    for side in Side:
        shown, best = published(line, side), bitstamp.venue.levels(side, 1)
        told[side, "books"] = 1
        told[side, "best"] = int(best[0][0] == shown[0][0])
        told[side, "levels"] = len(shown)
        told[side, "right"] = len(set(shown) & set(bitstamp.venue.levels(side, 5 * DEPTH)))
    return told


def test_bitstamp_books_and_trades(shared_folder: Path) -> None:
    lines = list(feed(shared_folder))
    bitstamp = Bitstamp(lines)
    late, later = Counter[tuple[Side, str]](), Counter[tuple[Side, str]]()
    trades: Counter[Level] = Counter()
    for at, line in enumerate(lines):
        if line.event == "trade":
            trades[round(line.fields["price"] * 100), round(line.fields["amount"] * 10**SATOSHI)] += 1
        elif line.event != "order_book":
            bitstamp.tell(at, line)
        elif line.time_ms >= MIDNIGHT_MS + 2 * HOUR_MS:
            told = score(bitstamp, line)
            late += told
            later += told if line.time_ms >= MIDNIGHT_MS + 8 * HOUR_MS // 3 else Counter()
    bitstamp.venue.check()
    assert late[Side.SELL, "books"] == late[Side.BUY, "best"] == 1_574
    assert late[Side.SELL, "best"] == 1_572
    assert late[Side.BUY, "levels"] - late[Side.BUY, "right"] <= 3
    assert late[Side.SELL, "right"] > 0.90 * late[Side.SELL, "levels"]
    right, levels = (sum(later[side, word] for side in Side) for word in ("right", "levels"))
    assert right > 0.99 * levels
    assert sum(bitstamp.traded.values()) == 409
    assert sum((bitstamp.traded & trades).values()) >= 405
