"""Bills of pockets, as their owner is shown them: what is in a pocket belongs to a position.

Why here: to the core a pocket is an account with balances, to its owner it is what stands in a position in a pair. So what
changes there changes no balance of the owner, but for money that goes into it or comes out. Invariant: the changes of
margin of a currency add up to the cash of the pocket, and the other changes to that of the owner.
"""

from collections.abc import Iterable, Mapping, Sequence

from lonja.core.kinds import Ledger
from lonja.modules.history.order_fold import MARGIN, PocketName
from lonja.modules.history.records import BillKind, BillRecord, BillSubkind

_TRADING = int(Ledger.TRADING)
_TRANSFER = int(BillKind.TRANSFER)


def shown_bills(bills: Sequence[BillRecord], pockets: Mapping[int, PocketName]) -> Iterable[BillRecord]:
    """``bills`` of one event, those of pockets turned into those of their owners."""
    if all(bill.account not in pockets and bill.other_account not in pockets for bill in bills):
        return bills
    return [shown for bill in bills if (shown := _shown(bill, bills, pockets)) is not None]


def _shown(bill: BillRecord, bills: Sequence[BillRecord], pockets: Mapping[int, PocketName]) -> BillRecord | None:
    name = pockets.get(bill.account)
    if name is None:
        return _of_owner(bill, bills, pockets)
    if bill.kind == _TRANSFER and bill.other_account == name.owner and _is_trading(bill):
        # The owner's half tells both.
        return None
    return margin_bill(bill, name)


def _of_owner(bill: BillRecord, bills: Sequence[BillRecord], pockets: Mapping[int, PocketName]) -> BillRecord:
    """A bill of no pocket; money that goes to a pocket of the same owner, or comes from it, is margin."""
    name = pockets.get(bill.other_account)
    if name is None or name.owner != bill.account or not _is_trading(bill):
        return bill
    other = next(half for half in bills if half.account == bill.other_account)
    adds = bill.change < 0
    by_hand = BillSubkind.MARGIN_ADDED if adds else BillSubkind.MARGIN_REMOVED
    by_order = BillSubkind.MARGIN_TOPPED_UP if adds else BillSubkind.MARGIN_REMOVED
    return bill._replace(
        kind=int(BillKind.MARGIN),
        subkind=int(by_hand if bill.client_transfer_id else by_order),
        instrument=name.instrument,
        instrument_type=MARGIN,
        margin_mode=name.margin_mode,
        margin_change=other.change,
        margin=other.balance,
        from_ledger=-1,
        to_ledger=-1,
        other_account=-1,
        client_transfer_id="",
    )


def _is_trading(bill: BillRecord) -> bool:
    return bill.from_ledger == bill.to_ledger == _TRADING


def margin_bill(bill: BillRecord, name: PocketName) -> BillRecord:
    """A bill of a pocket, as that of a position of its owner."""
    return bill._replace(
        account=name.owner,
        instrument=name.instrument,
        instrument_type=MARGIN,
        margin_mode=name.margin_mode,
        margin_change=bill.change,
        margin=bill.balance,
        change=0,
        balance=0,
    )
