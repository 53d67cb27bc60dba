"""Recordings that are tables: trades, single orders, and LOBSTER's messages with the books after them.

Why apart from ``recorded_feed``: lines of a stream stand for themselves, rows of these are read in the light of others.
Any: rows come from outside; what does not fit raises ``ValueError`` or ``KeyError``.
"""

import csv
import gzip
import re
from collections.abc import Iterable, Iterator
from heapq import nlargest, nsmallest
from pathlib import Path
from typing import NamedTuple, TextIO

from lonja.core.kinds import Side
from lonja.modules.sandbox.ports import FeedBook, FeedEvent, FeedTrade, checked_row

_GZIP = b"\x1f\x8b"
_BUY, _SELL = int(Side.BUY), int(Side.SELL)

_TRADE_COLUMNS = {"ts_ms", "side", "price", "amount"}
_ORDER_COLUMNS = {"id", "timestamp", "price", "volume", "action", "direction"}
_ORDER_SCALE = 100_000_000
_BOOK_PAUSE_MS = 100
"""A book of single orders is told again after so long at the earliest."""
_BOOK_LEVELS = 60

_LOBSTER_MESSAGE = re.compile(r"\d+(\.\d+)?,[1-7],\d+,\d+,-?\d+,-?1\s*")
_LOBSTER_BOOK = re.compile(r"-?\d+,\d+,-?\d+,\d+(,-?\d+,\d+,-?\d+,\d+)*\s*")
_LOBSTER_SCALE = 10_000
_LOBSTER_NOTHING = 9_999_999_999
_LOBSTER_EXECUTIONS = ("4", "5")


class Moment(NamedTuple):
    """Something recorded at ``time_ms``."""

    time_ms: int
    event: FeedEvent


def open_recording(path: Path) -> TextIO:
    """The text of a file, packed with gzip or not."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    if is_packed:
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def is_lobster(first_line: str) -> bool:
    """Whether a file that begins so holds LOBSTER's messages or books."""
    return bool(_LOBSTER_MESSAGE.fullmatch(first_line) or _LOBSTER_BOOK.fullmatch(first_line))


def table(name: str, lines: Iterable[str]) -> Iterator[Moment]:
    """A table with a row of names; what it holds follows from these. ``name`` is the instrument."""
    rows = csv.DictReader(lines)
    columns = set(rows.fieldnames or ())
    if columns >= _TRADE_COLUMNS:
        yield from _trades(name, rows)
    elif columns >= _ORDER_COLUMNS:
        yield from _books_of_orders(name, rows)
    else:
        raise ValueError(f"its columns are {', '.join(columns) or 'none'}")


def lobster(path: Path, name: str) -> Iterator[Moment]:
    """Messages and the books after them, two files side by side; ``path`` is either. ``OSError`` without the other."""
    kinds = ("message", "orderbook")
    found = next((kind for kind in kinds if kind in path.name), "")
    if not found:
        raise ValueError("its name holds neither message nor orderbook, so that the other file cannot be found")
    paths = [path.with_name(path.name.replace(found, kind)) for kind in kinds]
    with open_recording(paths[0]) as messages, open_recording(paths[1]) as books:
        for message, book in zip(csv.reader(messages), csv.reader(books), strict=True):
            time_ms = int(float(message[0]) * 1_000)
            if message[1] in _LOBSTER_EXECUTIONS:
                # The direction is that of the order that rested.
                side = _SELL if message[5] == "1" else _BUY
                yield Moment(time_ms, FeedTrade(name, side, *checked_row(int(message[4]) / _LOBSTER_SCALE, message[3])))
            asks, bids = (_lobster_levels(book[first::4], book[first + 1 :: 4]) for first in (0, 2))
            yield Moment(time_ms, FeedBook(name, True, bids, asks))


def _lobster_levels(prices: list[str], sizes: list[str]) -> list[tuple[str, str]]:
    known = [(int(price), size) for price, size in zip(prices, sizes, strict=True)]
    return [checked_row(price / _LOBSTER_SCALE, size) for price, size in known if abs(price) < _LOBSTER_NOTHING]


def _trades(name: str, rows: Iterable[dict[str, str]]) -> Iterator[Moment]:
    for row in rows:
        side = _BUY if row["side"] == "buy" else _SELL
        yield Moment(int(row["ts_ms"]), FeedTrade(name, side, *checked_row(row["price"], row["amount"])))


def _books_of_orders(name: str, rows: Iterable[dict[str, str]]) -> Iterator[Moment]:
    """Whole books now and then, made of orders that were created, changed and deleted."""
    orders = _Orders()
    told_ms = last_ms = 0
    for row in rows:
        time_ms = int(row["timestamp"])
        told_ms = told_ms or time_ms
        if time_ms - told_ms >= _BOOK_PAUSE_MS:
            yield Moment(last_ms, orders.book(name))
            told_ms = time_ms
        last_ms = time_ms
        orders.take(row)
    if last_ms:
        yield Moment(last_ms, orders.book(name))


class _Orders:
    """Open orders one by one, and what waits at each price."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, float, int]] = {}
        self._levels: dict[str, dict[float, int]] = {"bid": {}, "ask": {}}

    def take(self, row: dict[str, str]) -> None:
        """What happened to one order."""
        before = self._open.pop(row["id"], None)
        if before is not None:
            self._add(before[0], before[1], -before[2])
        if row["action"] == "deleted":
            return
        price, volume = (float(text) for text in checked_row(row["price"], row["volume"]))
        order = (row["direction"], price, int(volume))
        self._open[row["id"]] = order
        self._add(*order)

    def book(self, name: str) -> FeedBook:
        """The best levels. Bids that cross the asks are left out: the venue forgot to tell of their end."""
        asks = nsmallest(_BOOK_LEVELS, self._levels["ask"])
        best_ask = asks[0] if asks else float("inf")
        bids = nlargest(_BOOK_LEVELS, (price for price in self._levels["bid"] if price < best_ask))
        return FeedBook(name, True, self._rows("bid", bids), self._rows("ask", asks))

    def _rows(self, side: str, prices: list[float]) -> list[tuple[str, str]]:
        return [(str(price), str(self._levels[side][price] / _ORDER_SCALE)) for price in prices]

    def _add(self, side: str, price: float, volume: int) -> None:
        levels = self._levels[side]
        levels[price] = levels.get(price, 0) + volume
        if levels[price] <= 0:
            del levels[price]
