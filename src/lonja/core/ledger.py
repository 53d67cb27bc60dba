"""The double-entry ledger: one slot per account, currency and ledger.

Why here: matching moves four balances per trade, so a slot is an index into one packed array and callers keep it.
Invariant: over all slots of a currency the cash adds up to zero, house accounts included; ``held`` is never negative
and, but for house accounts, never more than ``cash``.

Record of a slot: cash, held, account, currency, ledger, updated time, next slot of the account, floor. While cash that is
not held stays at its floor or above, nobody need ask how near the positions that stand on it are to liquidation; what
falls below is noted in ``sunk`` once. The floor is no part of a snapshot; 0 is none.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from lonja.core.index import Index
from lonja.core.packed import grown

NIL: Final[i64] = -1
STRIDE: Final[i64] = 8
CASH: Final[i64] = 0
HELD: Final[i64] = 1
ACCOUNT: Final[i64] = 2
CURRENCY: Final[i64] = 3
LEDGER: Final[i64] = 4
UPDATED: Final[i64] = 5
NEXT: Final[i64] = 6
FLOOR: Final[i64] = 7

CURRENCY_MAX: Final[i64] = 1 << 19
FUNDING: Final[i64] = 0
TRADING: Final[i64] = 1


def slot_key(account: i64, currency: i64, ledger: i64) -> i64:
    """The index key of a balance."""
    return (account << 20) | (currency << 1) | ledger


class Ledger:
    """All balances. Slots never move, but ``words`` may be another array after ``open``."""

    def __init__(self) -> None:
        """An empty ledger."""
        self.words: vec[i64] = vec[i64]([])
        self.index: Final = Index(6)
        self.used: i64 = 0
        self.sunk: Final[list[int]] = []

    def find(self, account: i64, currency: i64, ledger: i64) -> i64:
        """The slot of a balance, or -1 when it was never touched."""
        return self.index.get(slot_key(account, currency, ledger))

    def open(self, account: i64, currency: i64, ledger: i64, next_slot: i64) -> i64:
        """A new slot with nothing in it, chained before ``next_slot`` of the same account."""
        slot = self.used
        self.words = grown(self.words, STRIDE)
        words = self.words
        words[slot + ACCOUNT] = account
        words[slot + CURRENCY] = currency
        words[slot + LEDGER] = ledger
        words[slot + NEXT] = next_slot
        self.used = slot + STRIDE
        self.index.put(slot_key(account, currency, ledger), slot)
        return slot

    def get(self, slot: i64, field: i64) -> i64:
        """One word of a slot."""
        at = slot + field
        return self.words[at]

    def available(self, slot: i64) -> i64:
        """Cash that is not held; 0 for slot -1."""
        if slot == NIL:
            return 0
        return self.get(slot, CASH) - self.get(slot, HELD)

    def post(self, slot: i64, amount: i64, time_ms: i64) -> i64:
        """Add ``amount`` (either sign) to the cash of a slot; returns the balance."""
        words = self.words
        balance: i64 = words[slot + CASH] + amount
        words[slot + CASH] = balance
        words[slot + UPDATED] = time_ms
        if balance - words[slot + HELD] < words[slot + FLOOR]:
            self.sink(slot)
        return balance

    def hold(self, slot: i64, amount: i64, time_ms: i64) -> None:
        """Set ``amount`` aside, or release it when negative."""
        words = self.words
        held: i64 = words[slot + HELD] + amount
        assert held >= 0, "more released than held"
        words[slot + HELD] = held
        words[slot + UPDATED] = time_ms
        if words[slot + CASH] - held < words[slot + FLOOR]:
            self.sink(slot)

    def sink(self, slot: i64) -> None:
        """Note that a slot is below its floor, if it has one."""
        if self.get(slot, FLOOR) != 0:
            self.words[slot + FLOOR] = 0
            self.sunk.append(int(slot))
