"""The prices of one side of a book in order, packed, the best (greatest key) at the end.

Why here: a book must stay fast when it is a million levels deep and when a crash sweeps it, so no operation may move
more than one block and the list of blocks. Keys, each with its value, lie in blocks of at most ``_BLOCK`` entries; a directory
holds, in order, each block's lower bound and number. Full blocks split, sparse neighbors merge, empty blocks are reused.
Invariant: a block's keys are at least its bound and less than the next block's bound.
"""

from typing import Final

from librt.vecs import append, pop, vec
from mypy_extensions import i64

ABSENT: Final[i64] = -1
NO_KEY: Final[i64] = -(1 << 62)
"""Less than every key: what ``next_worse_key`` returns at the end."""

_BLOCK: Final[i64] = 64
_BLOCK_SHIFT: Final[i64] = 7
"""A block takes 2 ** 7 words: ``_BLOCK`` times a key and its value, since who finds one needs the other."""
_SPARSE: Final[i64] = 16


def _at(block: i64, place: i64) -> i64:
    """Where the words of a block have the key at ``place``."""
    return (block << _BLOCK_SHIFT) + (place << 1)


class PriceLevels:
    """A sorted map from keys (prices, negated for asks) to values >= 0. An empty one takes a few hundred bytes."""

    def __init__(self) -> None:
        """Start empty."""
        self.count: i64 = 0
        self._bounds: vec[i64] = vec[i64]([])
        self._blocks: vec[i64] = vec[i64]([])
        self._block_count: i64 = 0
        self._fills: vec[i64] = vec[i64]([])
        self._words: vec[i64] = vec[i64]([])
        self._free: vec[i64] = vec[i64]([])
        # The key that was looked for last, and where it is or belongs; NO_KEY once that may have changed.
        self._key: i64 = NO_KEY
        self._row: i64 = 0
        self._place: i64 = 0

    def best_key(self) -> i64:
        """The greatest key. Only when ``count`` > 0."""
        block = self._blocks[self._block_count - 1]
        return self._words[_at(block, self._fills[block] - 1)]

    def best_value(self) -> i64:
        """The value of the greatest key. Only when ``count`` > 0."""
        block = self._blocks[self._block_count - 1]
        return self._words[_at(block, self._fills[block] - 1) + 1]

    def get(self, key: i64) -> i64:
        """Value of ``key``, -1 when absent."""
        if self.count == 0:
            return ABSENT
        self._locate(key)
        block = self._blocks[self._row]
        at = _at(block, self._place)
        words = self._words
        if self._place == self._fills[block] or words[at] != key:
            return ABSENT
        return words[at + 1]

    def next_worse_key(self, key: i64) -> i64:
        """The greatest key less than ``key``, which may be absent itself; ``NO_KEY`` when there is none."""
        at = self._worse(key)
        return NO_KEY if at == ABSENT else self._words[at]

    def next_worse(self, key: i64) -> i64:
        """The value of the greatest key less than ``key``, which may be absent itself; -1 when there is none."""
        at = self._worse(key)
        return ABSENT if at == ABSENT else self._words[at + 1]

    def insert(self, key: i64, value: i64) -> None:
        """Add ``key``, which is absent."""
        if self._block_count == 0:
            self._add_row(0, NO_KEY, self._take_block())
        self._locate(key)
        block, place = self._blocks[self._row], self._place
        if self._fills[block] == _BLOCK:
            block = self._split(self._row, key)
            place = self._below(block, key)
        self._open(block, place, key, value)
        self._key = NO_KEY
        self.count += 1

    def remove(self, key: i64) -> i64:
        """Remove ``key`` and return its value, -1 when absent."""
        if self.count == 0:
            return ABSENT
        self._locate(key)
        row, place = self._row, self._place
        block = self._blocks[row]
        words = self._words
        at = _at(block, place)
        if place == self._fills[block] or words[at] != key:
            return ABSENT
        value = words[at + 1]
        self._close(block, place)
        self._key = NO_KEY
        self.count -= 1
        self._tidy(row, self._fills[block])
        return value

    def _locate(self, key: i64) -> None:
        """Find the row and the place of ``key`` unless it was looked for last, as by an order that then rests there."""
        if key != self._key:
            self._row = self._row_of(key)
            self._place = self._below(self._blocks[self._row], key)
            self._key = key

    def _row_of(self, key: i64) -> i64:
        """Directory row of the block where ``key`` belongs; most keys lie near the best, so that end is tried first."""
        bounds = self._bounds
        high: i64 = self._block_count - 1
        if key >= bounds[high]:
            return high
        low: i64 = 0
        while high - low > 1:
            middle: i64 = (low + high) >> 1
            if bounds[middle] <= key:
                low = middle
            else:
                high = middle
        return low

    def _below(self, block: i64, key: i64) -> i64:
        """How many keys of ``block`` are less than ``key``."""
        words = self._words
        start: i64 = block << _BLOCK_SHIFT
        low: i64 = 0
        high: i64 = self._fills[block]
        while low < high:
            middle: i64 = (low + high) >> 1
            if words[start + (middle << 1)] < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _worse(self, key: i64) -> i64:
        """Where in ``_words`` the greatest key less than ``key`` is, -1 when there is none."""
        if self.count == 0:
            return ABSENT
        row = self._row_of(key)
        block = self._blocks[row]
        place = self._below(block, key)
        if place == 0:
            if row == 0:
                return ABSENT
            block = self._blocks[row - 1]
            place = self._fills[block]
        return _at(block, place - 1)

    def _open(self, block: i64, place: i64, key: i64, value: i64) -> None:
        """Make room at ``place`` and write the entry."""
        words = self._words
        first = _at(block, place)
        at = _at(block, self._fills[block])
        while at > first:
            words[at] = words[at - 2]
            words[at + 1] = words[at - 1]
            at -= 2
        words[first] = key
        words[first + 1] = value
        self._fills[block] += 1

    def _close(self, block: i64, place: i64) -> None:
        """Take the entry at ``place`` out."""
        words = self._words
        fill = self._fills[block] - 1
        at = _at(block, place)
        last = _at(block, fill)
        while at < last:
            words[at] = words[at + 2]
            words[at + 1] = words[at + 3]
            at += 2
        self._fills[block] = fill

    def _split(self, row: i64, key: i64) -> i64:
        """Split the full block at ``row`` and return the block where ``key`` belongs.

        At the best end nothing moves: a rising market would otherwise leave only half-full blocks behind.
        """
        block = self._blocks[row]
        if row == self._block_count - 1 and key > self.best_key():
            best = self._take_block()
            self._add_row(row + 1, key, best)
            return best
        upper = self._take_block()
        half: i64 = _BLOCK >> 1
        bound = self._words[_at(block, half)]
        self._move(block, half, upper)
        self._fills[block] = half
        self._add_row(row + 1, bound, upper)
        return upper if key >= bound else block

    def _move(self, source: i64, place: i64, target: i64) -> None:
        """Copy the entries of ``source`` from ``place`` on to the end of ``target``."""
        words = self._words
        at = _at(source, place)
        end = _at(source, self._fills[source])
        to = _at(target, self._fills[target])
        self._fills[target] += self._fills[source] - place
        while at < end:
            words[to] = words[at]
            at += 1
            to += 1

    def _tidy(self, row: i64, fill: i64) -> None:
        """Merge the block at ``row``, of ``fill`` entries, with a neighbor when sparse, so that none stays empty."""
        if fill >= _SPARSE:
            return
        if row > 0 and (fill == 0 or self._fits(row)):
            self._merge(row)
        elif row + 1 < self._block_count and (fill == 0 or self._fits(row + 1)):
            self._merge(row + 1)

    def _fits(self, row: i64) -> bool:
        """Whether the block at ``row`` and the one before it fill half a block: then the next split is far away."""
        return self._fills[self._blocks[row - 1]] + self._fills[self._blocks[row]] <= _BLOCK >> 1

    def _merge(self, row: i64) -> None:
        """Move the entries of the block at ``row`` into the one before it. The first row's bound thus never changes."""
        block = self._blocks[row]
        self._move(block, 0, self._blocks[row - 1])
        self._fills[block] = 0
        self._free = append(self._free, block)
        self._drop_row(row)

    def _take_block(self) -> i64:
        """An empty block, used before or new."""
        if len(self._free) > 0:
            self._free, block = pop(self._free)
            return block
        words = self._words
        added: i64 = 0
        while added < 1 << _BLOCK_SHIFT:
            words = append(words, 0)
            added += 1
        self._words = words
        self._fills = append(self._fills, 0)
        return len(self._fills) - 1

    def _add_row(self, row: i64, bound: i64, block: i64) -> None:
        bounds = append(self._bounds, bound)
        blocks = append(self._blocks, block)
        at: i64 = self._block_count
        while at > row:
            bounds[at] = bounds[at - 1]
            blocks[at] = blocks[at - 1]
            at -= 1
        bounds[row] = bound
        blocks[row] = block
        self._bounds = bounds
        self._blocks = blocks
        self._block_count += 1

    def _drop_row(self, row: i64) -> None:
        bounds = self._bounds
        blocks = self._blocks
        last: i64 = self._block_count - 1
        while row < last:
            bounds[row] = bounds[row + 1]
            blocks[row] = blocks[row + 1]
            row += 1
        self._bounds = pop(bounds)[0]
        self._blocks = pop(blocks)[0]
        self._block_count = last
