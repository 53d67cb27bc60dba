"""Bills of what accounts borrow: loans by hand, interest, and what a liquidation took and paid.

Why here: what the house lends comes from an account of its own, so each change has one side that a customer sees. Borrowing
by an order gives no bill: its fill takes the cash below zero. Invariant: as in ``bills``, the changes of a currency add
up to its cash.
"""

from lonja.core.collateral_events import CollateralTaken, DebtCovered, InterestAccrued, LoanChanged
from lonja.core.kinds import Ledger, MarginMode
from lonja.core.margin_events import PocketTakenOver
from lonja.modules.history.bills import plain_bill
from lonja.modules.history.order_fold import MARGIN, InstrumentFacts
from lonja.modules.history.records import BillKind, BillRecord, BillSubkind

_TRADING = int(Ledger.TRADING)
_CROSS = int(MarginMode.CROSS)


def interest_bill(event: InterestAccrued) -> BillRecord:
    """What an hour cost."""
    bill = plain_bill(event, event.account, _TRADING, BillKind.INTEREST, BillSubkind.INTEREST_PAID)
    return bill._replace(change=-event.amount, balance=event.balance, size=event.liability)


def loan_bill(event: LoanChanged) -> BillRecord:
    """What was lent, or given back."""
    taken = event.amount > 0
    kind = BillKind.LOAN if taken else BillKind.REPAYMENT
    subkind = BillSubkind.LOAN_TAKEN if taken else BillSubkind.LOAN_REPAID
    bill = plain_bill(event, event.account, _TRADING, kind, subkind)
    return bill._replace(change=event.amount, balance=event.balance, size=event.loan)


def collateral_bills(event: CollateralTaken) -> tuple[BillRecord, BillRecord]:
    """What was taken, and what was paid of a debt for it."""
    taken = plain_bill(event, event.account, _TRADING, BillKind.FORCED_REPAYMENT, BillSubkind.COLLATERAL_SOLD)._replace(
        change=-event.taken, balance=event.balance
    )
    repaid = taken._replace(
        bill_id=taken.bill_id + 1,
        currency=event.debt_currency,
        subkind=int(BillSubkind.DEBT_BOUGHT),
        change=event.repaid,
        balance=event.debt_balance,
    )
    return taken, repaid


def taken_over_bills(event: PocketTakenOver, facts: InstrumentFacts) -> tuple[BillRecord, ...]:
    """The end of a cross position in a pair: what its owner got or paid, and what became of both currencies of it."""
    is_long = event.base > 0
    whose = BillSubkind.LIQUIDATED_SELL if is_long else BillSubkind.LIQUIDATED_BUY
    mine = plain_bill(event, event.account, _TRADING, BillKind.LIQUIDATION, whose)._replace(
        change=event.amount,
        balance=event.balance,
        instrument=event.instrument,
        instrument_type=MARGIN,
        margin_mode=_CROSS,
    )
    legs = ((facts.base, event.base), (facts.quote, event.quote))
    theirs = [
        plain_bill(
            event,
            event.pocket,
            _TRADING,
            BillKind.FORCED_REPAYMENT,
            BillSubkind.COLLATERAL_SOLD if amount > 0 else BillSubkind.DEBT_BOUGHT,
        )._replace(bill_id=mine.bill_id + number, currency=currency, change=-amount, balance=0)
        for number, (currency, amount) in enumerate(legs, start=1)
        if amount
    ]
    return mine, *theirs


def covered_bill(event: DebtCovered) -> BillRecord:
    """What the house paid for somebody who has nothing left."""
    bill = plain_bill(event, event.account, _TRADING, BillKind.FORCED_REPAYMENT, BillSubkind.DEBT_COVERED)
    return bill._replace(change=event.amount, balance=event.balance)
