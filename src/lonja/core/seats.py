"""What an account has in an instrument: its two balances and how many of its orders are open.

Why here: placing an order needs all three, and one look-up is cheaper than three.
Invariant: derived from orders and ledger, so it is in no snapshot; a seat, once made, stays.

Record of a seat: count of open orders, slot of the base balance, slot of the quote balance, number of its first
position (0: none). In a contract both slots are that of the settlement currency.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from lonja.core.index import Index
from lonja.core.packed import grown

NIL: Final[i64] = -1
STRIDE: Final[i64] = 4
OPEN_COUNT: Final[i64] = 0
BASE_SLOT: Final[i64] = 1
QUOTE_SLOT: Final[i64] = 2
FIRST_POSITION: Final[i64] = 3


def seat_key(account: i64, instrument: i64) -> i64:
    """The index key of a seat."""
    return (account << 20) | instrument


class Seats:
    """All seats; a seat is an offset into ``words``."""

    def __init__(self) -> None:
        """No seats."""
        self.words: vec[i64] = vec[i64]([])
        self.index: Final = Index(6)
        # What the present command is about, as far as was read ahead; -1 for no seat yet.
        self.likely_key: i64 = NIL
        self.likely: i64 = NIL

    def find(self, account: i64, instrument: i64) -> i64:
        """The seat of an account in an instrument, or -1."""
        key = seat_key(account, instrument)
        if key == self.likely_key and self.likely != NIL:
            return self.likely
        return self.index.get(key)

    def get(self, seat: i64, field: i64) -> i64:
        """One word of a seat."""
        at = seat + field
        return self.words[at]

    def add(self, account: i64, instrument: i64, base_slot: i64, quote_slot: i64) -> i64:
        """A new seat; ``words`` may be another array afterwards."""
        seat: i64 = len(self.words)
        self.words = grown(self.words, STRIDE)
        words = self.words
        words[seat + BASE_SLOT] = base_slot
        words[seat + QUOTE_SLOT] = quote_slot
        self.index.put(seat_key(account, instrument), seat)
        return seat
