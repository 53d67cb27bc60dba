"""What is found out of the commands that come next, while memory is read ahead for them.

Why here: one object, used again for every group of commands, beside the orders that they are about.
Invariant: no result depends on it, and it is in no snapshot.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

GROUP: Final[i64] = 16
"""How many commands are looked at together: about as many misses of the caches a processor has under way at once."""
_PLACES_EACH: Final[i64] = 8


class Places:
    """Offsets into one packed array, to be read together."""

    def __init__(self) -> None:
        """None."""
        self.count: i64 = 0
        self.offsets: vec[i64] = vec[i64]([0] * (GROUP * _PLACES_EACH))

    def add(self, offset: i64) -> None:
        """One more; no command adds more than ``_PLACES_EACH``."""
        self.offsets[self.count] = offset
        self.count += 1

    def read(self, words: vec[i64]) -> i64:
        """Read them all, one right after another so that none waits for the one before, and forget them.

        Returns something made of all words, because what nobody uses the compiler would not read.
        """
        offsets = self.offsets
        count = self.count
        self.count = 0
        seen: i64 = 0
        at: i64 = 0
        while at < count:
            seen ^= words[offsets[at]]
            at += 1
        return seen


class Ahead:
    """Where a group of commands will look; ``seats_of``, ``orders_of`` and ``kinds`` have one row for each command."""

    def __init__(self) -> None:
        """No commands."""
        self.count: i64 = 0
        self.seats_of: vec[i64] = vec[i64]([0] * GROUP)
        self.orders_of: vec[i64] = vec[i64]([0] * GROUP)
        self.kinds: vec[i64] = vec[i64]([0] * GROUP)
        self.seat_cells = Places()
        self.client_cells = Places()
        self.id_cells = Places()
        self.seats = Places()
        self.orders = Places()
        self.levels = Places()
        self.balances = Places()
        self.positions = Places()
        self.seen: i64 = 0
