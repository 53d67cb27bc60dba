"""The accounts: settings, open-order counts and the heads of their chains.

Why here: a packed array, because a venue has a million of them. Invariant: ``open_count`` is the length of the chain
of open orders that starts at ``first_order``.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from lonja.core.packed import grown

NIL: Final[i64] = -1
STRIDE: Final[i64] = 16
SHIFT: Final[i64] = 4
KIND: Final[i64] = 0
MASTER: Final[i64] = 1
MODE: Final[i64] = 2
PREVENTION: Final[i64] = 3
FEE_TIER: Final[i64] = 4
FROZEN: Final[i64] = 5
CREATED: Final[i64] = 6
OPEN_COUNT: Final[i64] = 7
FIRST_ORDER: Final[i64] = 8
FIRST_SLOT: Final[i64] = 9
FIRST_POSITION: Final[i64] = 10
POSITION_MODE: Final[i64] = 11

_HOUSE: Final[i64] = 0

OUTSIDE_ACCOUNT: Final[i64] = 0
FEE_ACCOUNT: Final[i64] = 1


class Accounts:
    """All accounts by number."""

    def __init__(self) -> None:
        """No accounts."""
        self.words: vec[i64] = vec[i64]([])
        self.count: i64 = 0

    def add(self, kind: i64, master: i64, mode: i64, prevention: i64, fee_tier: i64, time_ms: i64) -> i64:
        """A new account; ``master`` -1 makes it its own. Returns its number."""
        account = self.count
        self.words = grown(self.words, STRIDE)
        words = self.words
        at: i64 = account << SHIFT
        words[at + KIND] = kind
        words[at + MASTER] = account if master == NIL else master
        words[at + MODE] = mode
        words[at + PREVENTION] = prevention
        words[at + FEE_TIER] = fee_tier
        words[at + CREATED] = time_ms
        words[at + FIRST_ORDER] = NIL
        words[at + FIRST_SLOT] = NIL
        self.count = account + 1
        return account

    def get(self, account: i64, field: i64) -> i64:
        """One word of an account."""
        at = (account << SHIFT) + field
        return self.words[at]

    def set(self, account: i64, field: i64, value: i64) -> None:
        """Change one word of an account."""
        self.words[(account << SHIFT) + field] = value

    def exists(self, account: i64) -> bool:
        """Whether there is such an account."""
        return 0 <= account < self.count

    def is_party(self, account: i64) -> bool:
        """Whether there is such an account and it acts for itself.

        The house's own do not: what they hold moves only as the other side of what others do.
        """
        return FEE_ACCOUNT < account < self.count and self.get(account, KIND) != _HOUSE
