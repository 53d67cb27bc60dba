"""Price levels and the queues of orders in them.

Why here: linking and unlinking are the innermost work of matching. Invariant: a level's size and count are the sums
over its queue, and an empty level is in no book.

Record of a level: price, size, count, head slot, tail slot, three unused words.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from lonja.core import orders as o
from lonja.core.instruments import Instrument
from lonja.core.packed import grown
from lonja.core.price_levels import PriceLevels

NIL: Final[i64] = -1
STRIDE: Final[i64] = 8
PRICE: Final[i64] = 0
SIZE: Final[i64] = 1
COUNT: Final[i64] = 2
HEAD: Final[i64] = 3
TAIL: Final[i64] = 4

BUY: Final[i64] = 0


class Levels:
    """The pool of price levels of all books."""

    def __init__(self) -> None:
        """No levels."""
        self.words: vec[i64] = vec[i64]([])
        self.free: vec[i64] = vec[i64]([])
        self.free_count: i64 = 0

    def take(self, price: i64) -> i64:
        """An empty level at ``price``; ``words`` may be another array afterwards."""
        if self.free_count == 0:
            level: i64 = len(self.words)
            self.words = grown(self.words, STRIDE)
        else:
            self.free_count -= 1
            level = self.free[self.free_count]
        words = self.words
        words[level + PRICE] = price
        words[level + SIZE] = 0
        words[level + COUNT] = 0
        words[level + HEAD] = NIL
        words[level + TAIL] = NIL
        return level

    def get(self, level: i64, field: i64) -> i64:
        """One word of a level."""
        at = level + field
        return self.words[at]

    def give_back(self, level: i64) -> None:
        """Make a level free again."""
        if self.free_count == len(self.free):
            self.free = append(self.free, level)
        else:
            self.free[self.free_count] = level
        self.free_count += 1


def side_levels(instrument: Instrument, side: i64) -> PriceLevels:
    """The levels of one side."""
    return instrument.bids if side == BUY else instrument.asks


def price_key(side: i64, price: i64) -> i64:
    """The sort key of a price on its side: greater is better."""
    return price if side == BUY else -price


def level_at(instrument: Instrument, side: i64, price: i64) -> i64:
    """The level of a price on its side, or -1."""
    if side == BUY:
        return instrument.bids.get(price)
    return instrument.asks.get(-price)


def link(words: vec[i64], levels: Levels, instrument: Instrument, slot: i64) -> None:
    """Put the order in ``slot`` of ``words`` at the end of the queue of its price."""
    side = words[slot + o.SIDE]
    price = words[slot + o.PRICE]
    level = level_at(instrument, side, price)
    if level == NIL:
        level = levels.take(price)
        side_levels(instrument, side).insert(price_key(side, price), level)
    at = levels.words
    tail = at[level + TAIL]
    words[slot + o.LEVEL] = level
    words[slot + o.PREVIOUS] = tail
    words[slot + o.NEXT] = NIL
    if tail == NIL:
        at[level + HEAD] = slot
    else:
        words[tail + o.NEXT] = slot
    at[level + TAIL] = slot
    at[level + SIZE] += words[slot + o.LEFT]
    at[level + COUNT] += 1


def unlink(words: vec[i64], levels: Levels, instrument: Instrument, slot: i64) -> None:
    """Take the order in ``slot`` of ``words`` out of its queue, and its level out of the book when that was the last."""
    at = levels.words
    level = words[slot + o.LEVEL]
    before = words[slot + o.PREVIOUS]
    after = words[slot + o.NEXT]
    if before == NIL:
        at[level + HEAD] = after
    else:
        words[before + o.NEXT] = after
    if after == NIL:
        at[level + TAIL] = before
    else:
        words[after + o.PREVIOUS] = before
    at[level + SIZE] -= words[slot + o.LEFT]
    count: i64 = at[level + COUNT] - 1
    at[level + COUNT] = count
    if count == 0:
        side = words[slot + o.SIDE]
        side_levels(instrument, side).remove(price_key(side, at[level + PRICE]))
        levels.give_back(level)
