"""What an account in multi-currency mode has chosen, and what is known of a pocket beside its money.

Why here: ``state`` keeps one of each such account. Invariant: what is noted while one command is applied is gone after it.
"""

from typing import Final

from mypy_extensions import i64

NIL: Final[i64] = -1


class Pool:
    """What an account in multi-currency mode has chosen, whether it was warned, and what a pocket has traded."""

    def __init__(self) -> None:
        """Nothing is borrowed by itself. ``instrument`` is that of a pocket, which ``owner`` has.

        ``currency`` is the margin currency of a cross pocket. ``returns`` is 1 while what is over goes back to the owner.
        """
        self.instrument: i64 = NIL
        self.owner: i64 = NIL
        self.currency: i64 = NIL
        self.auto_borrow: i64 = 0
        self.warned: i64 = 0
        self.loans: Final[dict[int, int]] = {}
        self.returns: i64 = 0
        # What came with open orders, by their id: currency, amount, lots, and how much of it went back.
        self.brought: dict[int, tuple[int, int, int, int]] = {}
        # The position of a pocket: lots traded since it was opened, signed, and what those that are left cost in quote.
        self.lots: int = 0
        self.cost: int = 0
        self.pnl: int = 0
        self.life: i64 = 0
        self.opened_ms: i64 = 0
        # While one command is applied: money that is about to come, what an order lacks, whether a fill closed lots.
        self.promised_currency: i64 = NIL
        self.promised: int = 0
        self.lacking: int = 0
        self.closed: bool = False
        # What orders that brought something had traded when they ended.
        self.ended: dict[int, int] = {}

    def loan(self, currency: int) -> int:
        """What was borrowed of a currency by hand."""
        return self.loans.get(currency, 0)
