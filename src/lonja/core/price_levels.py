"""The prices of one side of a book in order, packed, the best (greatest key) at the end.

Why here: a book must stay fast when it is a million levels deep and when a crash sweeps it, so no operation may move
more than one block and the list of blocks. Keys, each with its value, lie in blocks of at most ``_BLOCK`` entries; a directory
has a row for each block, in order. Full blocks split, sparse neighbors merge, empty blocks are reused.
Invariant: a block's keys are at least its bound and less than the next block's bound.

Row of a block: its bound, where it begins in the array of entries, how many entries it has, one unused word. They stand
together, as key and value do, because each array that is looked into is one wait for memory more.
"""

from typing import Final

from librt.vecs import append, pop, vec
from mypy_extensions import i64

from lonja.core.packed import grown

ABSENT: Final[i64] = -1
NO_KEY: Final[i64] = -(1 << 62)
"""Less than every key: what ``next_worse_key`` returns at the end."""

_BLOCK: Final[i64] = 64
_BLOCK_WORDS: Final[i64] = 128
"""A key and its value for each entry."""
_STRIDE: Final[i64] = 16
"""Words of an eighth of a block: these are told apart by their last keys, then the entries of one of them."""
_SPARSE: Final[i64] = 16

_BOUND: Final[i64] = 0
_START: Final[i64] = 1
_FILL: Final[i64] = 2
_ROW: Final[i64] = 4


class PriceLevels:
    """A sorted map from keys (prices, negated for asks) to values >= 0. An empty one takes a few hundred bytes."""

    def __init__(self) -> None:
        """Start empty."""
        self.count: i64 = 0
        self._rows: vec[i64] = vec[i64]([])
        self._words: vec[i64] = vec[i64]([])
        self._free: vec[i64] = vec[i64]([])
        # The key that was looked for last, and where it is or belongs; NO_KEY once that may have changed.
        self._key: i64 = NO_KEY
        self._row: i64 = 0
        self._place: i64 = 0

    def best_key(self) -> i64:
        """The greatest key. Only when ``count`` > 0."""
        at = self._best()
        return self._words[at]

    def best_value(self) -> i64:
        """The value of the greatest key. Only when ``count`` > 0."""
        at = self._best() + 1
        return self._words[at]

    def get(self, key: i64) -> i64:
        """Value of ``key``, -1 when absent."""
        if self.count == 0:
            return ABSENT
        self._locate(key)
        at = self._place
        if at == self._end(self._row) or self._words[at] != key:
            return ABSENT
        at += 1
        return self._words[at]

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
        if len(self._rows) == 0:
            self._add_row(0, NO_KEY, self._take_block())
        self._locate(key)
        row, place = self._row, self._place
        if self._rows[row + _FILL] == _BLOCK:
            row = self._split(row, key)
            place = self._below(row, key)
        self._open(row, place, key, value)
        self._key = NO_KEY
        self.count += 1

    def remove(self, key: i64) -> i64:
        """Remove ``key`` and return its value, -1 when absent."""
        if self.count == 0:
            return ABSENT
        self._locate(key)
        row, at = self._row, self._place
        if at == self._end(row) or self._words[at] != key:
            return ABSENT
        value_at: i64 = at + 1
        value = self._words[value_at]
        self._close(row, at)
        self._key = NO_KEY
        self.count -= 1
        self._tidy(row)
        return value

    def _best(self) -> i64:
        """Where in ``_words`` the greatest key is."""
        return self._end(len(self._rows) - _ROW) - 2

    def _end(self, row: i64) -> i64:
        """Where in ``_words`` the entries of a block end."""
        start: i64 = row + _START
        fill: i64 = row + _FILL
        return self._rows[start] + (self._rows[fill] << 1)

    def _locate(self, key: i64) -> None:
        """Find the row and the place of ``key`` unless it was looked for last, as by an order that then rests there."""
        if key != self._key:
            self._row = self._row_of(key)
            self._place = self._below(self._row, key)
            self._key = key

    def _row_of(self, key: i64) -> i64:
        """Row of the block where ``key`` belongs; most keys lie near the best, so that end is tried first."""
        high: i64 = len(self._rows) - _ROW
        if key >= self._rows[high]:
            return high
        low: i64 = 0
        while high - low > _ROW:
            middle: i64 = ((low + high) >> 3) << 2
            if self._rows[middle] <= key:
                low = middle
            else:
                high = middle
        return low

    def _below(self, row: i64, key: i64) -> i64:
        """Where in ``_words`` the first key of a block is that is not less than ``key``, or its end."""
        start: i64 = row + _START
        low = self._rows[start]
        end = self._end(row)
        # Counting on, not halving: a processor foresees a loop that never leaves early, but not which half it will be.
        at: i64 = low + _STRIDE - 2
        while at < end:
            if self._words[at] < key:
                low = at + 2
            at += _STRIDE
        at = low
        if end > low + _STRIDE:
            end = low + _STRIDE
        while at < end:
            if self._words[at] < key:
                low = at + 2
            at += 2
        return low

    def _worse(self, key: i64) -> i64:
        """Where in ``_words`` the greatest key less than ``key`` is, -1 when there is none."""
        if self.count == 0:
            return ABSENT
        row = self._row_of(key)
        place = self._below(row, key)
        if place == self._rows[row + _START]:
            if row == 0:
                return ABSENT
            place = self._end(row - _ROW)
        return place - 2

    def _open(self, row: i64, place: i64, key: i64, value: i64) -> None:
        """Make room at ``place`` and write the entry."""
        words = self._words
        at = self._end(row)
        while at > place:
            words[at] = words[at - 2]
            words[at + 1] = words[at - 1]
            at -= 2
        words[place] = key
        words[place + 1] = value
        self._rows[row + _FILL] += 1

    def _close(self, row: i64, place: i64) -> None:
        """Take the entry at ``place`` out."""
        words = self._words
        self._rows[row + _FILL] -= 1
        last = self._end(row)
        while place < last:
            words[place] = words[place + 2]
            words[place + 1] = words[place + 3]
            place += 2

    def _split(self, row: i64, key: i64) -> i64:
        """Split the full block of ``row`` and return the row of the block where ``key`` belongs.

        At the best end nothing moves: a rising market would otherwise leave only half-full blocks behind.
        """
        if row == len(self._rows) - _ROW and key > self.best_key():
            self._add_row(row + _ROW, key, self._take_block())
            return row + _ROW
        upper = self._take_block()
        half = self._rows[row + _START] + (_BLOCK_WORDS >> 1)
        bound = self._words[half]
        self._add_row(row + _ROW, bound, upper)
        self._move(row, half, row + _ROW)
        self._rows[row + _FILL] = _BLOCK >> 1
        return row + _ROW if key >= bound else row

    def _move(self, source: i64, place: i64, target: i64) -> None:
        """Copy the entries of the row ``source`` from ``place`` on to the end of those of ``target``."""
        words = self._words
        end = self._end(source)
        to = self._end(target)
        self._rows[target + _FILL] += (end - place) >> 1
        while place < end:
            words[to] = words[place]
            place += 1
            to += 1

    def _tidy(self, row: i64) -> None:
        """Merge the block of ``row`` with a neighbor when sparse, so that none stays empty."""
        fill = self._rows[row + _FILL]
        if fill >= _SPARSE:
            return
        if row > 0 and (fill == 0 or self._fits(row)):
            self._merge(row)
        elif row + _ROW < len(self._rows) and (fill == 0 or self._fits(row + _ROW)):
            self._merge(row + _ROW)

    def _fits(self, row: i64) -> bool:
        """Whether the block of ``row`` and the one before it fill half a block: then the next split is far away."""
        return self._rows[row - _ROW + _FILL] + self._rows[row + _FILL] <= _BLOCK >> 1

    def _merge(self, row: i64) -> None:
        """Move the entries of the block of ``row`` into the one before it. The first row's bound thus never changes."""
        start = self._rows[row + _START]
        self._move(row, start, row - _ROW)
        self._free = append(self._free, start)
        self._drop_row(row)

    def _take_block(self) -> i64:
        """Where an empty block begins, used before or new."""
        if len(self._free) > 0:
            self._free, start = pop(self._free)
            return start
        start = len(self._words)
        self._words = grown(self._words, _BLOCK_WORDS)
        return start

    def _add_row(self, row: i64, bound: i64, start: i64) -> None:
        """Put the row of an empty block in."""
        at: i64 = len(self._rows)
        rows = grown(self._rows, _ROW)
        while at > row:
            at -= 1
            rows[at + _ROW] = rows[at]
        rows[row + _BOUND] = bound
        rows[row + _START] = start
        rows[row + _FILL] = 0
        self._rows = rows

    def _drop_row(self, row: i64) -> None:
        rows = self._rows
        last: i64 = len(rows) - _ROW
        while row < last:
            rows[row] = rows[row + _ROW]
            row += 1
        word: i64 = 0
        while word < _ROW:
            rows = pop(rows)[0]
            word += 1
        self._rows = rows
