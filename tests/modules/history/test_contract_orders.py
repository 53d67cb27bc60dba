"""Orders for contracts in histories: one update each with margin and profit, the same in memory and in SQL."""

from collections.abc import Callable

import pytest

from lonja.core.events import Filled, OrderMargined, PositionChanged
from lonja.core.kinds import PositionCause, Side
from lonja.core.views import OrderView
from lonja.modules.history.api import FillRecord, History, OrderCategory, OrderChange, OrderRecord, OrderTracker
from tests.core.random_commands import ACCOUNTS
from tests.modules.desk import RandomDesk
from tests.modules.history.test_tracker import Heard, as_view, neutral

OpenHistory = Callable[..., History]


def heard_desk(seed: int) -> tuple[RandomDesk, OrderTracker, Heard]:
    desk, heard = RandomDesk(seed, 300_000, contracts=True), Heard()
    tracker = OrderTracker(desk.views)
    tracker.add_listener(heard)
    for batch in desk.batches:
        tracker.on_batch(batch)
    return desk, tracker, heard


@pytest.mark.parametrize("seed", range(2))
def test_random_orders_equal_the_engines(seed: int) -> None:
    desk, tracker, heard = heard_desk(seed)
    events = []
    for _ in range(200):
        if happened := desk.batch():
            tracker.on_batch(happened)
            events += happened.events
        for account in ACCOUNTS:
            engines = sorted(desk.views.open_orders(account), reverse=True)
            assert [as_neutral(record) for record in tracker.open_orders(account)] == [neutral(v) for v in engines]
    margined = {event.order_id: event for event in events if type(event) is OrderMargined and event.account in ACCOUNTS}
    placed = [update.order for update in heard.updates if update.change == OrderChange.PLACED]
    contracts = [order for order in placed if order.margin_mode >= 0]
    assert len(contracts) > 50
    assert {order.order_id for order in contracts} == set(margined)
    for order in contracts:
        told = margined[order.order_id]
        assert (order.margin_mode, order.position_side, order.reduce_only, order.leverage) == told[5:]


def as_neutral(record: OrderRecord) -> OrderView:
    return neutral(as_view(record))


@pytest.mark.parametrize("seed", range(2))
def test_what_fills_gain_is_what_positions_gain_by_them(seed: int) -> None:
    desk, tracker, heard = heard_desk(seed)
    gained: dict[int, int] = {}
    fills = []
    for _ in range(300):
        if happened := desk.batch():
            tracker.on_batch(happened)
            for event in happened.events:
                if type(event) is PositionChanged and event.cause == PositionCause.FILLED:
                    gained[event.order_id] = gained.get(event.order_id, 0) + event.gained
                fills += [event] if type(event) is Filled and event.account in ACCOUNTS else []
    told = [update.fill for update in heard.updates if update.fill is not None and update.order.category == 0]
    assert [(fill.order_id, fill.trade_id, fill.size) for fill in told] == [
        (event.order_id, event.trade_id, event.size) for event in fills
    ]
    mine: dict[int, int] = {}
    for fill in told:
        if fill.margin_mode >= 0:
            mine[fill.order_id] = mine.get(fill.order_id, 0) + fill.pnl
            assert fill.fee_currency == desk.views.instruments()[fill.instrument].settle
    last = {update.order.order_id: update.order for update in heard.updates}
    assert {order_id: last[order_id].pnl for order_id in mine} == mine
    assert {order_id: pnl for order_id, pnl in gained.items() if order_id in mine} == mine
    assert any(mine.values())


@pytest.mark.parametrize("seed", range(2))
async def test_stored_rows_equal_those_in_memory_across_a_restart(
    seed: int, database_url: str, open_history: OpenHistory
) -> None:
    desk, tracker, heard = heard_desk(seed)
    for _ in range(2):
        for _ in range(120):
            if happened := desk.batch():
                tracker.on_batch(happened)
        history = open_history(database_url, desk.source)
        history.catch_up(desk.views.last_sequence())
        history.close()
    history = open_history(database_url)
    for account in ACCOUNTS:
        newest: dict[int, OrderRecord] = {}
        told: list[FillRecord] = []
        for update in heard.updates:
            if update.order.account == account:
                newest[update.order.order_id] = update.order
                told += [] if update.fill is None else [update.fill]
        stored = await history.orders(account, limit=100_000)
        assert {record.order_id: record for record in stored} == newest
        fills = await history.fills(account, limit=100_000)
        assert fills == sorted(told, key=lambda fill: -fill.fill_id)
        bills = await history.bills(account, None, limit=100_000)
        named = {bill.bill_id: bill.order_id for bill in bills}
        assert all(named[fill.fill_id] == fill.order_id for fill in fills)


@pytest.mark.parametrize("seed", range(2))
async def test_who_starts_late_knows_what_was_stored(seed: int, database_url: str, open_history: OpenHistory) -> None:
    desk, early, _ = heard_desk(seed)
    for _ in range(250):
        if happened := desk.batch():
            early.on_batch(happened)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    late = OrderTracker(desk.views)
    late.prime(history.orders_to_adopt())
    for account in ACCOUNTS:
        mine, theirs = late.open_orders(account), early.open_orders(account)
        assert [same(order) for order in mine if order.margin_mode >= 0] == [
            same(order) for order in theirs if order.margin_mode >= 0
        ]


def same(record: OrderRecord) -> OrderRecord:
    """``record`` without what resting resolves and the sequence, which is that of the start."""
    return record._replace(self_trade_prevention=0, updated_time_ms=0, sequence=0)


HOUSE = {
    PositionCause.LIQUIDATED: {OrderCategory.PARTIAL_LIQUIDATION, OrderCategory.FULL_LIQUIDATION},
    PositionCause.DELEVERAGED: {OrderCategory.DELEVERAGING},
    PositionCause.DELIVERED: {OrderCategory.DELIVERY},
}


@pytest.mark.parametrize("seed", [1, 3])
def test_what_the_house_does_stands_among_orders(seed: int) -> None:
    desk, tracker, heard = heard_desk(seed)
    changes: dict[int, PositionChanged] = {}
    for _ in range(400):
        if happened := desk.batch():
            tracker.on_batch(happened)
            for event in happened.events:
                if type(event) is PositionChanged and event.account in ACCOUNTS and event.cause in HOUSE:
                    changes[event.sequence] = event
    updates = {update.sequence: update for update in heard.updates if update.order.category}
    assert set(updates) == set(changes)
    assert changes
    orders = [update.order.order_id for update in heard.updates]
    for sequence, event in changes.items():
        order, fill = updates[sequence].order, updates[sequence].fill
        assert fill is not None
        assert order.category in HOUSE[PositionCause(event.cause)]
        assert (order.category == OrderCategory.PARTIAL_LIQUIDATION) == (
            event.cause == PositionCause.LIQUIDATED and event.lots != 0
        )
        assert order.size == order.filled == fill.size == abs(event.lots_changed)
        assert (order.side == Side.BUY) == (event.lots_changed > 0)
        assert order.pnl == fill.pnl == event.gained
        assert order.last_trade_id == fill.trade_id == -sequence
        assert tracker.order(order.order_id) == order
        assert orders.count(order.order_id) == 1
