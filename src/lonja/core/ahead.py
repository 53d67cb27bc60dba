"""What is found out of the commands that come next, while memory is read ahead for them.

Why here: one array, used again for every group of commands, beside the orders that they are about.
Invariant: no result depends on it, and it is in no snapshot.

Row of a command: by what the order is found that it is about first, or is known once it is placed (a way of
``reading_ahead`` and a key); offset of its account; key of its seat; where the indexes look first for the seat, the client
order id and the order id; what was found of them, offsets of the seat and of the order, -1 for nothing.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

GROUP: Final[i64] = 24
"""How many commands are looked at together: about as many misses of the caches a processor has under way at once."""

STRIDE: Final[i64] = 9
NIL: Final[i64] = -1
WORDS: Final[i64] = GROUP * STRIDE
WAY: Final[i64] = 0
KEY: Final[i64] = 1
ACCOUNT: Final[i64] = 2
SEAT_KEY: Final[i64] = 3
SEAT_CELL: Final[i64] = 4
CLIENT_CELL: Final[i64] = 5
ID_CELL: Final[i64] = 6
SEAT: Final[i64] = 7
ORDER: Final[i64] = 8


class Ahead:
    """Where a group of commands will look: a row for each, and the positions that they lead to."""

    def __init__(self) -> None:
        """No commands."""
        self.words: Final[vec[i64]] = vec[i64]([NIL] * WORDS)
        # Numbers of positions: a command of a taker leads to two.
        self.positions: Final[vec[i64]] = vec[i64]([0] * (2 * GROUP))
        self.seen: i64 = 0
