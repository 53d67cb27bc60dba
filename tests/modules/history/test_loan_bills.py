"""Bills of what is borrowed: with debts, interest and liquidations they still explain every balance to the last unit."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from lonja.core.kinds import InstrumentType, Ledger, MarginMode
from lonja.modules.history.api import BillKind, BillRecord, BillSubkind, History
from tests.core.random_collateral import POCKETS
from tests.core.random_commands import ACCOUNTS
from tests.modules.desk import RandomDesk
from tests.modules.history.test_position_bills import ALL, check_chain

OpenHistory = Callable[..., History]
MARGIN, ISOLATED = InstrumentType.MARGIN, MarginMode.ISOLATED
OF_ACCOUNTS = (BillKind.MARGIN, BillKind.LIQUIDATION)
"""What changes the cash of an owner although it is about a position in a pair."""
TYPICAL = {
    BillKind.INTEREST: {BillSubkind.INTEREST_PAID},
    BillKind.LOAN: {BillSubkind.LOAN_TAKEN},
    BillKind.REPAYMENT: {BillSubkind.LOAN_REPAID},
    BillKind.FORCED_REPAYMENT: {BillSubkind.COLLATERAL_SOLD, BillSubkind.DEBT_BOUGHT, BillSubkind.DEBT_COVERED},
}


async def test_each_balance_is_the_one_before_and_its_change(tmp_path: Path, open_history: OpenHistory) -> None:
    met: set[tuple[int, int]] = set()
    for seed in range(4):
        desk = RandomDesk(seed, 300_000, collateral=True)
        for _ in range(250):
            desk.batch()
        history = open_history(f"sqlite:///{tmp_path}/{seed}.sqlite", desk.source)
        history.catch_up(desk.views.last_sequence())
        for account, ledger in product((*ACCOUNTS, *POCKETS), Ledger):
            bills = [bill for bill in await told(history, desk, account) if bill.ledger == ledger]
            met |= {(bill.kind, bill.subkind) for bill in bills if bill.kind in TYPICAL}
            # Two cross pockets of one pair tell their bills in one list.
            is_alone = account not in POCKETS or is_isolated(desk, account)
            for balance in desk.views.balances(account):
                if balance.ledger == ledger and is_alone:
                    check_chain([bill for bill in bills if bill.currency == balance.currency], balance.cash)
            _check_loans(bills, desk, account)
    assert met == {(kind, subkind) for kind, subkinds in TYPICAL.items() for subkind in subkinds}


def is_isolated(desk: RandomDesk, pocket: int) -> bool:
    found = desk.views.pocket_position(pocket)
    return found is not None and found.margin_currency < 0


async def told(history: History, desk: RandomDesk, account: int) -> list[BillRecord]:
    """All bills of an account, the oldest first; those of a pocket as what its owner is told, with its own changes."""
    pocket = desk.views.pocket(account)
    if pocket is None:
        bills = await history.bills(account, None, limit=ALL)
        return [bill for bill in bills[::-1] if bill.instrument_type != MARGIN or bill.kind in OF_ACCOUNTS]
    assert await history.bills(account, None, limit=ALL) == []
    bills = await history.bills(pocket.owner, None, instrument=pocket.instrument, margin_mode=ISOLATED, limit=ALL)
    return [
        bill._replace(change=bill.margin_change, balance=bill.margin)
        for bill in bills[::-1]
        if bill.instrument_type == MARGIN
    ]


def _check_loans(bills: list[BillRecord], desk: RandomDesk, account: int) -> None:
    """The last bill of a loan tells how much of it is left."""
    left = {bill.currency: bill.size for bill in bills if bill.kind in (BillKind.LOAN, BillKind.REPAYMENT)}
    for owed in desk.views.liabilities(account):
        if owed.currency in left:
            assert owed.loan == left[owed.currency]


@pytest.mark.parametrize("seed", range(2))
async def test_what_others_lend_is_nobodys_bill(seed: int, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(seed, 300_000, collateral=True)
    for _ in range(60):
        desk.batch()
    history = open_history(other_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    assert await history.bills(desk.views.lending_desk(), None, limit=ALL) == []
