"""A hash table from whole numbers to whole numbers, packed in one array.

Why here: the book finds an order by its id, and the ledger a balance by its composite key, on every command; a Python
dictionary would box both numbers. Open addressing with linear probing; deleting shifts the followers back, so that
look-ups never pass graves.
Invariant: at most half of the cells are used, and the layout depends only on the calls made, compiled or not.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

ABSENT: Final[i64] = -1
_EMPTY: Final[i64] = -1
_LOW_62: Final[i64] = 0x3FFF_FFFF_FFFF_FFFF
_MIX_FIRST: Final[i64] = 0x1E37_79B9_7F4A_7C15
_MIX_SECOND: Final[i64] = 0x3F58_476D_1CE4_E5B9


class Index:
    """Maps keys >= 0 to values >= 0. Even words of ``cells`` hold keys, odd words their values."""

    def __init__(self, bits: i64) -> None:
        """Start with 2 ** ``bits`` cells."""
        self.count: i64 = 0
        self._shift: i64 = 62 - bits
        self._mask: i64 = (1 << bits) - 1
        self.cells: vec[i64] = vec[i64]([_EMPTY] * (2 << bits))

    def _home(self, key: i64) -> i64:
        # Compiled products wrap at 64 bits, interpreted ones grow: the low bits are the same in both. 62 of them, because
        # a constant of more would be a boxed number when compiled.
        mixed: i64 = ((key ^ (key >> 29)) * _MIX_FIRST) & _LOW_62
        mixed = ((mixed ^ (mixed >> 32)) * _MIX_SECOND) & _LOW_62
        return mixed >> self._shift

    def _find(self, key: i64) -> i64:
        """Cell of ``key``, or of the empty cell where it would go."""
        return self._find_from(self._home(key), key)

    def _find_from(self, cell: i64, key: i64) -> i64:
        while True:
            at: i64 = cell << 1
            found = self.cells[at]
            if found == key or found == _EMPTY:
                return cell
            cell = (cell + 1) & self._mask

    def get(self, key: i64) -> i64:
        """Value of ``key``, -1 when absent."""
        return self.get_at(self.cell_of(key), key)

    def cell_of(self, key: i64) -> i64:
        """Where in ``cells`` a key is looked for first."""
        return self._home(key) << 1

    def get_at(self, cell: i64, key: i64) -> i64:
        """What ``get`` gives, with what ``cell_of`` gave."""
        return self._value(self._find_from(cell >> 1, key))

    def _value(self, cell: i64) -> i64:
        """The value in a cell, -1 when it is empty."""
        at: i64 = cell << 1
        if self.cells[at] == _EMPTY:
            return ABSENT
        at += 1
        return self.cells[at]

    def put(self, key: i64, value: i64) -> i64:
        """Set the value of ``key``. Returns the one that it had, -1 when it had none."""
        at = self._find(key) << 1
        cells = self.cells
        before: i64 = ABSENT
        if cells[at] == _EMPTY:
            cells[at] = key
            self.count += 1
        else:
            before = cells[at + 1]
        cells[at + 1] = value
        if self.count > (self._mask + 1) >> 1:
            self._grow()
        return before

    def pop(self, key: i64) -> i64:
        """Remove ``key`` and return its value, -1 when absent."""
        cell = self._find(key)
        value = self._value(cell)
        if value == ABSENT:
            return ABSENT
        self._close_gap(cell)
        self.count -= 1
        return value

    def _close_gap(self, gap: i64) -> None:
        """Empty the cell ``gap``, moving back each follower that probes through it."""
        cells = self.cells
        mask = self._mask
        cell: i64 = (gap + 1) & mask
        key = cells[cell << 1]
        while key != _EMPTY:
            if ((cell - self._home(key)) & mask) >= ((cell - gap) & mask):
                cells[gap << 1] = key
                cells[(gap << 1) + 1] = cells[(cell << 1) + 1]
                gap = cell
            cell = (cell + 1) & mask
            key = cells[cell << 1]
        cells[gap << 1] = _EMPTY

    def _grow(self) -> None:
        old = self.cells
        words: i64 = len(old)
        self._shift -= 1
        self._mask = (self._mask << 1) | 1
        self.cells = vec[i64]([_EMPTY] * (words << 1))
        cells = self.cells
        word: i64 = 0
        while word < words:
            if old[word] != _EMPTY:
                at = self._find(old[word]) << 1
                cells[at] = old[word]
                cells[at + 1] = old[word + 1]
            word += 2
