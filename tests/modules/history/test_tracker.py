"""Orders in memory: equal to the engine's after every batch, and every update tells the whole order."""

import pytest

from lonja.core import commands as c
from lonja.core.kinds import CancelReason, Liquidity, OrderState
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.core.views import OrderView
from lonja.modules.history.api import AmendResult, OrderChange, OrderRecord, OrderTracker, OrderUpdate
from tests.modules.desk import ALICE, BOB, BTC, BUY, SELL, SIMULATOR, USDT, Desk, RandomDesk


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.updates: list[OrderUpdate] = []
        self.ignored: set[int] = set()

    def follows(self, account: int) -> bool:
        return account not in self.ignored

    def on_order(self, update: OrderUpdate) -> None:
        self.updates.append(update)

    def take(self) -> list[OrderUpdate]:
        taken, self.updates = self.updates, []
        return taken


def tracked_desk() -> tuple[Desk, OrderTracker, Heard]:
    desk, heard = Desk(), Heard()
    tracker = OrderTracker(desk.views)
    desk.subscribe(tracker.on_batch)
    tracker.add_listener(heard)
    return desk, tracker, heard


def test_who_follows_nobody_hears_nothing() -> None:
    desk, _, heard = tracked_desk()
    heard.ignored.add(ALICE)
    desk.place(ALICE, BUY, 100, 10)
    assert heard.take() == []


def as_view(record: OrderRecord) -> OrderView:
    known = set(OrderView._fields) & set(OrderRecord._fields)
    return OrderView(**{name: getattr(record, name) for name in known})


@pytest.mark.parametrize("seed", range(6))
def test_random_orders_equal_the_engines(seed: int) -> None:
    desk = RandomDesk(seed)
    tracker, heard = OrderTracker(desk.views), Heard()
    tracker.add_listener(heard)
    for batch in desk.batches:
        tracker.on_batch(batch)
    for _ in range(300):
        if happened := desk.batch():
            tracker.on_batch(happened)
        for account in range(2, 8):
            engines = sorted(desk.views.open_orders(account), reverse=True)
            mine = [as_view(record) for record in tracker.open_orders(account)]
            # The engine resolves the account's default prevention; histories show what was asked for.
            assert [neutral(view) for view in mine] == ([neutral(view) for view in engines] if account < 7 else [])
    told = {update.order.account for update in heard.updates}
    assert told >= set(range(2, 7))
    assert 7 not in told
    for update in heard.updates:
        assert (update.fill is not None) == (update.change == OrderChange.FILLED)


def neutral(view: OrderView) -> OrderView:
    return view._replace(self_trade_prevention=0, updated_time_ms=0)


@pytest.mark.parametrize("seed", range(3))
def test_a_late_starter_tells_the_same_as_one_from_the_beginning(seed: int) -> None:
    desk = RandomDesk(seed)
    early, early_heard = OrderTracker(desk.views), Heard()
    for batch in desk.run(250):
        early.on_batch(batch)
    late, late_heard = OrderTracker(desk.views), Heard()
    late.prime([record for account in range(2, 7) for record in early.open_orders(account) if record.filled])
    for tracker, heard in ((early, early_heard), (late, late_heard)):
        tracker.add_listener(heard)
    assert same_but_stamps(early.open_orders(2)) == same_but_stamps(late.open_orders(2))
    for _ in range(100):
        if happened := desk.batch():
            early.on_batch(happened)
            late.on_batch(happened)
    assert [update.change for update in early_heard.updates] == [update.change for update in late_heard.updates]
    assert same_but_stamps(u.order for u in early_heard.updates) == same_but_stamps(u.order for u in late_heard.updates)


def same_but_stamps(records) -> list[OrderRecord]:
    return [record._replace(self_trade_prevention=0, updated_time_ms=0, sequence=0) for record in records]


def test_the_life_of_a_maker() -> None:
    desk, tracker, heard = tracked_desk()
    order_id = desk.place(ALICE, BUY, 10_000, 30, client_order_id=Text32("mine"))
    placed = heard.take()
    assert [(update.change, update.order.state, update.fill) for update in placed] == [
        (OrderChange.PLACED, OrderState.LIVE, None)
    ]
    assert (placed[0].order.fee_currency, placed[0].order.last_trade_id) == (BTC, 0)
    desk.after(7)
    desk.place(SIMULATOR, SELL, 10_000, 10)
    (update,) = heard.take()
    fill, order = update.fill, update.order
    assert fill is not None
    assert (update.change, order.state, order.filled, order.notional) == (2, OrderState.PARTIALLY_FILLED, 10, 100_000)
    assert (fill.price, fill.size, fill.liquidity, fill.trade_id, fill.time_ms) == (10_000, 10, 1, 1, desk.now_ms)
    assert (fill.client_order_id, fill.fee_currency, fill.fee) == ("mine", BTC, order.fee)
    assert order.fee == 10 * 10**4 * 800 // 10**6
    assert (order.last_price, order.last_size, order.last_liquidity) == (10_000, 10, Liquidity.MAKER)
    assert tracker.find(ALICE, "mine") == tracker.order(order_id) == tracker.open_orders(ALICE)[0] == order
    desk.run(c.AmendOrder(account=ALICE, order_id=order_id, new_size=20, request_id=Text32("r7")))
    (amended,) = heard.take()
    assert (amended.change, amended.request_id, amended.amend_result) == (4, "r7", AmendResult.AMENDED)
    assert (amended.order.size, amended.order.filled, amended.fill) == (20, 10, None)
    desk.run(c.CancelOrder(account=ALICE, order_id=order_id))
    (canceled,) = heard.take()
    assert (canceled.order.state, canceled.order.cancel_reason) == (OrderState.CANCELED, CancelReason.USER)
    assert tracker.order(order_id) == canceled.order == tracker.find(ALICE, "mine")
    assert tracker.open_orders(ALICE) == []


def test_an_amendment_to_no_more_than_is_filled_is_one_update_after_which_the_order_is_filled() -> None:
    desk, tracker, heard = tracked_desk()
    order_id = desk.place(ALICE, BUY, 10_000, 30)
    desk.place(SIMULATOR, SELL, 10_000, 10)
    heard.take()
    desk.run(c.AmendOrder(account=ALICE, order_id=order_id, new_size=5, request_id=Text32("r7")))
    (ended,) = heard.take()
    assert (ended.change, ended.request_id, ended.amend_result) == (OrderChange.AMENDED, "r7", AmendResult.AMENDED)
    assert (ended.order.state, ended.order.size, ended.order.filled, ended.fill) == (OrderState.FILLED, 10, 10, None)
    assert tracker.order(order_id) == ended.order
    assert tracker.open_orders(ALICE) == []


def test_a_reused_name_means_the_newest_order() -> None:
    desk, tracker, _ = tracked_desk()
    first = desk.place(ALICE, BUY, 100, 5, client_order_id=Text32("again"), time_in_force=1)
    assert tracker.find(ALICE, "again") == tracker.order(first)
    second = desk.place(ALICE, BUY, 100, 5, client_order_id=Text32("again"))
    assert tracker.find(ALICE, "again") == tracker.order(second)
    desk.run(c.CancelOrder(account=ALICE, order_id=second))
    assert tracker.find(ALICE, "again") == tracker.order(second)
    assert tracker.find(BOB, "again") is None


def test_a_refused_amendment_that_cancels_says_so() -> None:
    desk, _, heard = tracked_desk()
    order_id = desk.place(ALICE, BUY, 100, 5)
    heard.take()
    desk.offer(c.AmendOrder(account=ALICE, order_id=order_id, new_price=100, cancel_on_fail=1, request_id=Text32("r9")))
    (update,) = heard.take()
    assert (update.change, update.amend_result, update.order.cancel_reason) == (
        OrderChange.CANCELED,
        AmendResult.CANCELED,
        CancelReason.AMEND_FAILED,
    )
    assert (update.request_id, update.rejection) == ("r9", Rejection.NOTHING_TO_AMEND)
    desk.run(c.CancelOrder(account=ALICE, order_id=desk.place(ALICE, BUY, 100, 5)))
    assert [(update.request_id, update.amend_result, update.rejection) for update in heard.take()] == [
        ("", None, 0)
    ] * 2


def test_takers_and_simulators() -> None:
    desk, tracker, heard = tracked_desk()
    simulated = desk.place(SIMULATOR, SELL, 100, 5)
    assert heard.take() == []
    assert tracker.order(simulated) is None
    taker = desk.place(BOB, BUY, 100, 9, time_in_force=1)
    assert [(u.change, u.order.state) for u in heard.take()] == [(1, 0), (2, 1), (3, 3)]
    found = tracker.order(taker)
    assert found is not None
    assert (found.filled, found.cancel_reason, found.fee_currency) == (5, CancelReason.IOC_REST, BTC)
    desk.place(SIMULATOR, BUY, 100, 5)
    desk.place(BOB, SELL, 0, 5)
    sold = heard.take()[-1].order
    assert (sold.state, sold.fee_currency, sold.price) == (OrderState.FILLED, USDT, 0)


def test_only_so_many_ended_orders_are_kept() -> None:
    desk = Desk()
    tracker = OrderTracker(desk.views, ended_kept=3)
    desk.subscribe(tracker.on_batch)
    ids = [desk.place(ALICE, BUY, 100, 5, client_order_id=Text32(f"n{n}"), time_in_force=1) for n in range(5)]
    assert [tracker.order(order_id) is not None for order_id in ids] == [False, False, True, True, True]
    assert [tracker.find(ALICE, f"n{n}") is not None for n in range(5)] == [False, False, True, True, True]
    assert len(tracker._ended_by_client_id) == 3
