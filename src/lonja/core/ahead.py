"""What is found out of the commands that come next, while memory is read ahead for them.

Why here: one object, used again for every group of commands, beside the orders that they are about.
Invariant: no result depends on it, and it is in no snapshot.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

GROUP: Final[i64] = 16
"""How many commands are looked at together: about as many misses of the caches a processor has under way at once."""


def _row_each() -> vec[i64]:
    return vec[i64]([0] * GROUP)


class Ahead:
    """Where a group of commands will look: one row for each, in each array."""

    def __init__(self) -> None:
        """No commands."""
        self.count: i64 = 0
        self.kinds: vec[i64] = _row_each()
        self.accounts: vec[i64] = _row_each()
        self.seat_keys: vec[i64] = _row_each()
        # By what the order is found that a command is about first, or is known once it is placed.
        self.order_keys: vec[i64] = _row_each()
        # Where the indexes look for them first.
        self.seat_cells: vec[i64] = _row_each()
        self.client_cells: vec[i64] = _row_each()
        self.id_cells: vec[i64] = _row_each()
        # Offsets of what was found, -1 for nothing.
        self.seats: vec[i64] = _row_each()
        self.orders: vec[i64] = _row_each()
        # Numbers of positions: a command of a taker leads to two.
        self.positions_count: i64 = 0
        self.positions: vec[i64] = vec[i64]([0] * (2 * GROUP))
        self.seen: i64 = 0
