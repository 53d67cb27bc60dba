"""Bills of positions: whatever happens to contracts, they explain every balance to the last unit."""

from collections.abc import Callable
from itertools import accumulate, product
from pathlib import Path

import pytest

from lonja.core.events import Event, PositionChanged
from lonja.core.kinds import Ledger, PositionCause
from lonja.modules.history.api import BillKind, BillRecord, BillSubkind, History
from lonja.modules.history.order_fold import InstrumentFacts
from lonja.modules.history.position_bills import position_bills
from tests.core.random_commands import ACCOUNTS
from tests.modules.desk import RandomDesk
from tests.modules.history.rows import all_rows

OpenHistory = Callable[..., History]
TRADING = int(Ledger.TRADING)
ALL = 10**6


async def _bills(history: History, account: int, ledger: int) -> list[BillRecord]:
    return (await history.bills(account, ledger, limit=ALL))[::-1]


async def test_each_balance_is_the_one_before_and_its_change(tmp_path: Path, open_history: OpenHistory) -> None:
    met: set[int] = set()
    for seed in range(4):
        desk = RandomDesk(seed, 300_000, contracts=True)
        for _ in range(220):
            desk.batch()
        history = open_history(f"sqlite:///{tmp_path}/{seed}.sqlite", desk.source)
        history.catch_up(desk.views.last_sequence())
        for account, ledger in product(ACCOUNTS, Ledger):
            bills = await _bills(history, account, ledger)
            met |= {bill.kind for bill in bills}
            for balance in desk.views.balances(account):
                if balance.ledger == ledger:
                    check_chain([bill for bill in bills if bill.currency == balance.currency], balance.cash)
    assert {BillKind.TRADE, BillKind.MARGIN, BillKind.LIQUIDATION, BillKind.TRANSFER} <= met


def check_chain(chain: list[BillRecord], cash: int) -> None:
    """Bills of one currency, oldest first, lead from nothing to ``cash`` without a gap."""
    assert sum(bill.change for bill in chain) == cash
    assert [bill.balance for bill in chain] == list(accumulate(bill.change for bill in chain))


NET, LONG, SHORT = 0, 1, 2
FACTS = InstrumentFacts(2, 0, 1, 0, 1, 1, contract_value=1)


@pytest.mark.parametrize(
    ("cause", "side", "before", "lots", "subkind"),
    [
        (PositionCause.FILLED, NET, -2, 3, BillSubkind.BUY),
        (PositionCause.FILLED, NET, 3, 1, BillSubkind.SELL),
        (PositionCause.FILLED, LONG, 0, 3, BillSubkind.OPEN_LONG),
        (PositionCause.FILLED, LONG, 3, 0, BillSubkind.CLOSE_LONG),
        (PositionCause.FILLED, SHORT, 0, -3, BillSubkind.OPEN_SHORT),
        (PositionCause.FILLED, SHORT, -3, -1, BillSubkind.CLOSE_SHORT),
        (PositionCause.LIQUIDATED, NET, 9, 4, BillSubkind.LIQUIDATED_PARTLY_SELL),
        (PositionCause.LIQUIDATED, NET, -9, -4, BillSubkind.LIQUIDATED_PARTLY_BUY),
        (PositionCause.LIQUIDATED, LONG, 9, 4, BillSubkind.LIQUIDATED_PARTLY_LONG),
        (PositionCause.LIQUIDATED, SHORT, -9, -4, BillSubkind.LIQUIDATED_PARTLY_SHORT),
        (PositionCause.LIQUIDATED, NET, 9, 0, BillSubkind.LIQUIDATED_SELL),
        (PositionCause.LIQUIDATED, NET, -9, 0, BillSubkind.LIQUIDATED_BUY),
        (PositionCause.LIQUIDATED, LONG, 9, 0, BillSubkind.LIQUIDATED_LONG),
        (PositionCause.LIQUIDATED, SHORT, -9, 0, BillSubkind.LIQUIDATED_SHORT),
        (PositionCause.DELEVERAGED, NET, 9, 0, BillSubkind.DELEVERAGED_SELL),
        (PositionCause.DELEVERAGED, NET, -9, -1, BillSubkind.DELEVERAGED_BUY),
        (PositionCause.DELEVERAGED, LONG, 9, 0, BillSubkind.DELEVERAGED_LONG),
        (PositionCause.DELEVERAGED, SHORT, -9, 0, BillSubkind.DELEVERAGED_SHORT),
        (PositionCause.DELIVERED, NET, 9, 0, BillSubkind.DELIVERED_LONG),
        (PositionCause.DELIVERED, SHORT, -9, 0, BillSubkind.DELIVERED_SHORT),
    ],
)
def test_what_made_a_position_larger_or_smaller(
    cause: PositionCause, side: int, before: int, lots: int, subkind: BillSubkind
) -> None:
    bill, *more = position_bills(_changed(cause, side, before, lots, gained=50, fee=3, balance=47), 0, FACTS, None)
    assert more == []
    assert (bill.subkind, bill.size, bill.change, bill.pnl, bill.fee) == (subkind, abs(lots - before), 47, 50, 3)


def test_what_moves_money_alone() -> None:
    cases = {
        BillSubkind.FUNDING_PAID: _changed(PositionCause.FUNDING, NET, 5, 5, gained=-7),
        BillSubkind.FUNDING_RECEIVED: _changed(PositionCause.FUNDING, NET, 5, 5, gained=7),
        BillSubkind.MARGIN_ADDED: _changed(PositionCause.MARGIN_ADJUSTED, NET, 5, 5, margin_moved=7, isolated=1),
        BillSubkind.MARGIN_REMOVED: _changed(PositionCause.MARGIN_ADJUSTED, NET, 5, 5, margin_moved=-7, isolated=1),
        BillSubkind.MARGIN_TOPPED_UP: _changed(PositionCause.LEVERAGE_CHANGED, NET, 5, 5, margin_moved=7, isolated=1),
        BillSubkind.CLAWBACK: _changed(PositionCause.COVERED, NET, 0, 0, penalty=7),
    }
    for subkind, event in cases.items():
        (bill,) = position_bills(event, 0, FACTS, None)
        assert bill.subkind == subkind
        assert bill.change == event.gained - event.margin_moved + event.penalty
        assert bill.margin_change == event.margin_moved
    isolated = _changed(PositionCause.FUNDING, NET, 5, 5, gained=-7, margin_moved=-7, isolated=1)
    (bill,) = position_bills(isolated, 0, FACTS, None)
    assert (bill.change, bill.pnl, bill.margin_change, bill.size) == (0, -7, -7, 5)
    assert position_bills(_changed(PositionCause.FUNDING, NET, 5, 5), 0, FACTS, None) == []


def test_a_liquidation_tells_its_penalty_apart() -> None:
    event = _changed(PositionCause.LIQUIDATED, NET, 9, 0, gained=-60, fee=3, margin_moved=-100, penalty=-47, balance=0)
    bill, penalty = position_bills(event._replace(balance=500, penalty=-47), -10, FACTS, None)
    assert (bill.change, bill.balance, bill.pnl, bill.fee) == (37, 537, -60, 3)
    assert (penalty.subkind, penalty.change, penalty.balance) == (BillSubkind.LIQUIDATION_PENALTY, -37, 500)
    assert (penalty.bill_id, penalty.pnl, penalty.fee, penalty.margin_change) == (bill.bill_id + 1, 0, 0, 0)


def _changed(
    cause: PositionCause,
    side: int,
    before: int,
    lots: int,
    *,
    gained: int = 0,
    fee: int = 0,
    margin_moved: int = 0,
    penalty: int = 0,
    balance: int = 0,
    isolated: int = 0,
) -> PositionChanged:
    names = (900, 5, 2, 3, isolated, side, int(cause), 0, 1_000, lots - before, lots, 1_000, 0)
    return PositionChanged(*names, gained, fee, 0, margin_moved, 800, 0, 0, 0, penalty, balance)


@pytest.mark.parametrize("seed", range(2))
async def test_isolated_margins_are_explained_too(seed: int, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(seed, 300_000, contracts=True)
    for _ in range(300):
        desk.batch()
    history = open_history(other_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    isolated = 0
    for account in ACCOUNTS:
        bills = await _bills(history, account, TRADING)
        for position in desk.views.positions(account):
            if position.margin_mode == 1:
                events = (event for batch in desk.batches for event in batch.events)
                changes = {event.sequence for event in events if _is_of(event, position[:4])}
                told = [bill for bill in bills if bill.bill_id // 4 in changes]
                assert sum(bill.margin_change for bill in told) == position.margin
                isolated += len(told)
    assert isolated > 20


def _is_of(event: Event, names: tuple[object, ...]) -> bool:
    return type(event) is PositionChanged and event[2:6] == names


async def test_rows_do_not_depend_on_transactions(database_url: str, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(7, 300_000, contracts=True)
    for _ in range(120):
        desk.batch()
    whole = open_history(database_url, desk.source)
    whole.catch_up(desk.views.last_sequence())
    late = open_history(other_url, desk.source)
    for batch in desk.batches:
        late._projector.catch_up([batch])
        late._projector._projection.forget()
    rows, others = all_rows(whole), all_rows(late)
    assert rows["positions"]
    assert rows["leverages"]
    for name in ("positions", "leverages", "bills", "fills", "orders"):
        assert rows[name] == others[name], name
