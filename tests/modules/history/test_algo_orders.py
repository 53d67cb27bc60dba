"""Algo orders in memory and in SQL: equal to the engine's, the same however events arrive, and tied to their orders."""

from collections.abc import Callable
from typing import Any

import pytest

from lonja.core import algo_commands as ac
from lonja.core import commands as c
from lonja.core.kinds import AlgoEndCause, AlgoKind, AlgoLeg, AlgoState
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.core.views import AlgoDetails, AlgoView
from lonja.modules.history.api import AlgoChange, AlgoRecord, AlgoUpdate, History, OrderTracker
from tests.modules.desk import ALICE, BOB, BUY, RICH, SELL, SIMULATOR, Desk, RandomDesk
from tests.modules.history.rows import all_rows

OpenHistory = Callable[..., History]
LOSS = ac.PlaceAlgo(account=ALICE, kind=AlgoKind.CONDITIONAL, side=SELL, size=20, loss_trigger=9_000)
PLACED, AMENDED, WENT_ON, ENDED = AlgoChange.PLACED, AlgoChange.AMENDED, AlgoChange.WENT_ON, AlgoChange.ENDED


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.updates: list[AlgoUpdate] = []

    def follows(self, account: int) -> bool:
        return account != BOB

    def on_algo(self, update: AlgoUpdate) -> None:
        self.updates.append(update)

    def take(self) -> list[AlgoUpdate]:
        taken, self.updates = self.updates, []
        return taken


def tracked_desk() -> tuple[Desk, OrderTracker, Heard]:
    """Bob offers at 100.00 and 110.00 and bids at 99.00 and 89.00; the last trade was at 100.00."""
    desk, heard = Desk(), Heard()
    tracker = OrderTracker(desk.views)
    desk.subscribe(tracker.on_batch)
    tracker.algos.add_listener(heard)
    desk.trade(10_000, 1)
    for side, price in ((SELL, 10_000), (SELL, 11_000), (BUY, 9_900), (BUY, 8_900)):
        desk.place(BOB, side, price, 1_000)
    return desk, tracker, heard


def fall(desk: Desk, price: int = 8_900) -> None:
    """Somebody sells down to ``price``."""
    desk.place(SIMULATOR, SELL, price, 1_001)


def as_terms(record: AlgoRecord) -> ac.PlaceAlgo:
    return ac.PlaceAlgo(**{name: getattr(record, name) for name in ac.PlaceAlgo._fields if hasattr(record, name)})


def details_of(record: AlgoRecord) -> AlgoDetails:
    return AlgoDetails._make(getattr(record, name) for name in AlgoDetails._fields)


def neutral(terms: ac.PlaceAlgo) -> ac.PlaceAlgo:
    """Without what only commands have."""
    return terms._replace(time_ms=0, session=0, session_sequence=0)


def shown(views: list[AlgoView]) -> list[AlgoView]:
    return [view for view in reversed(views) if not view.waiting]


@pytest.mark.parametrize("seed", range(3))
def test_random_algo_orders_equal_the_engines(seed: int) -> None:
    desk = RandomDesk(seed, 300_000, contracts=True, algos=True)
    tracker, heard = OrderTracker(desk.views), Heard()
    tracker.algos.add_listener(heard)
    for batch in desk.batches:
        tracker.on_batch(batch)
    for _ in range(400):
        if happened := desk.batch():
            tracker.on_batch(happened)
        for account in range(2, 7):
            views = shown(list(desk.views.algos(account)))
            mine = tracker.algos.open_algos(account)
            assert [as_terms(record) for record in mine] == [neutral(view.terms) for view in views]
            assert [details_of(record) for record in mine] == [view.details for view in views]
            assert [(r.algo_id, r.parent_order_id) for r in mine] == [(v.algo_id, v.parent_order_id) for v in views]
    assert {update.change for update in heard.updates} == set(AlgoChange)
    assert {update.algo.state for update in heard.updates} >= {0, 1, 2}
    for record in (update.algo for update in heard.updates if update.change == ENDED):
        assert tracker.algos.algo(record.algo_id) == record
        for order_id in record.orders.split(",") if record.orders else ():
            order = tracker.order(int(order_id))
            assert order is not None
            assert (order.algo_id, order.source > 0) == (record.algo_id, True)


async def test_rows_depend_on_events_alone_and_equal_what_is_in_memory(
    database_url: str, other_url: str, open_history: OpenHistory
) -> None:
    desk = RandomDesk(1, 300_000, contracts=True, algos=True)
    tracker = OrderTracker(desk.views)
    desk.run(200)
    for batch in desk.batches:
        tracker.on_batch(batch)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    pieces = open_history(other_url, desk.source)
    for batch in desk.batches:
        # One transaction for each batch, and now and then a start from nothing.
        pieces._projector.catch_up([batch])
        if batch.last_sequence % 5 == 0:
            pieces._projector._projection.forget()
    assert all_rows(history) == all_rows(pieces)
    stored = {record.algo_id: record for record in history.algos_to_adopt()}
    assert stored
    for account in range(2, 7):
        assert all(stored[record.algo_id] == record for record in tracker.algos.open_algos(account))
        for record in await history.algos(account, limit=1_000):
            assert tracker.algos.algo(record.algo_id) == record


def test_a_late_starter_tells_the_same_as_one_from_the_beginning() -> None:
    desk = RandomDesk(3, 300_000, contracts=True, algos=True)
    early, early_heard = OrderTracker(desk.views), Heard()
    for batch in desk.run(300):
        early.on_batch(batch)
    late, late_heard = OrderTracker(desk.views), Heard()
    open_now = [record for account in range(2, 7) for record in early.algos._fold.open.values()]
    late.prime(algo_free(early), open_now)
    for tracker, heard in ((early, early_heard), (late, late_heard)):
        tracker.algos.add_listener(heard)
    for _ in range(150):
        if happened := desk.batch():
            early.on_batch(happened)
            late.on_batch(happened)
    assert early_heard.updates
    assert same_but_stamps(early_heard.updates) == same_but_stamps(late_heard.updates)


def algo_free(tracker: OrderTracker) -> list[Any]:
    return [record for account in range(2, 7) for record in tracker.open_orders(account)]


def same_but_stamps(updates: list[AlgoUpdate]) -> list[AlgoUpdate]:
    return [u._replace(algo=u.algo._replace(updated_time_ms=0, sequence=0)) for u in updates]


def test_the_life_of_a_stop_loss() -> None:
    desk, tracker, heard = tracked_desk()
    (algo_id,) = desk.run(LOSS._replace(client_algo_id=Text32("mine")))
    (placed,) = heard.take()
    assert (placed.change, placed.algo.state, placed.algo.leg, placed.algo.orders) == (PLACED, AlgoState.LIVE, -1, "")
    assert tracker.algos.find(ALICE, "mine") == tracker.algos.open_algos(ALICE)[0] == placed.algo
    desk.run(ac.AmendAlgo(account=ALICE, algo_id=algo_id, new_loss_trigger=9_100, request_id=Text32("r")))
    (amended,) = heard.take()
    assert (amended.change, amended.request_id, amended.algo.loss_trigger) == (AMENDED, "r", 9_100)
    desk.after(5)
    fall(desk)
    (ended,) = heard.take()
    algo = ended.algo
    assert (ended.change, algo.state, algo.cause, algo.leg) == (ENDED, AlgoState.EFFECTIVE, 0, AlgoLeg.STOP_LOSS)
    assert (algo.triggered_price, algo.triggered_time_ms, algo.order_size) == (8_900, desk.now_ms, 20)
    assert (algo.filled, algo.notional, algo.order_count) == (20, 20 * 8_900, 1)
    order = tracker.order(int(algo.orders))
    assert order is not None
    assert (order.algo_id, order.source, order.filled) == (algo_id, 7, 20)
    assert tracker.algos.open_algos(ALICE) == []
    assert tracker.algos.find(ALICE, "mine") == algo


def test_an_order_that_is_refused_names_no_order() -> None:
    desk, tracker, heard = tracked_desk()
    desk.run(LOSS)
    desk.run(c.Withdraw(account=ALICE, currency=0, ledger=1, amount=desk.views.balance(ALICE, 0, 1).cash))
    fall(desk)
    algo = heard.take()[-1].algo
    assert (algo.state, algo.rejection) == (AlgoState.ORDER_FAILED, Rejection.INSUFFICIENT_BALANCE)
    assert (algo.orders, algo.order_count, tracker.open_orders(ALICE)) == ("", 0, [])
    desk.run(c.Deposit(account=ALICE, currency=0, ledger=1, amount=RICH))
    own = tracker.order(desk.place(ALICE, BUY, 100, 5))
    assert own is not None
    assert (own.algo_id, own.source) == (0, 0)


def test_slices_are_counted_and_their_trades_are_added_up() -> None:
    desk, tracker, heard = tracked_desk()
    iceberg = ac.PlaceAlgo(account=ALICE, kind=AlgoKind.ICEBERG, side=BUY, size=30, slice_size=10, price_limit=9_950)
    (algo_id,) = desk.run(iceberg)
    assert [update.change for update in heard.take()] == [PLACED, WENT_ON]
    for _ in range(2):
        desk.place(SIMULATOR, SELL, 9_950, 10)
    record = tracker.algos.algo(algo_id)
    assert record is not None
    assert (record.state, record.filled, record.notional, record.order_count) == (0, 20, 20 * 9_950, 3)
    assert [update.change for update in heard.take()] == [WENT_ON] * 4
    child = tracker.order(int(record.orders.split(",")[-1]))
    assert child is not None
    assert (child.source, child.algo_id) == (13, algo_id)
    desk.run(ac.CancelAlgo(account=ALICE, algo_id=algo_id))
    (ended,) = heard.take()
    assert (ended.algo.state, ended.algo.filled, len(ended.algo.orders.split(","))) == (AlgoState.CANCELED, 20, 3)


def test_nobody_hears_of_what_waits_for_an_order() -> None:
    desk, tracker, heard = tracked_desk()
    attach = ac.AttachAlgo(account=ALICE, profit_trigger=20_000, client_algo_id=Text32("mine"))
    algo_id, order_id = desk.run(attach, c.PlaceOrder(0, ALICE, 0, 0, 0, BUY, price=9_950, size=20))
    assert (heard.take(), tracker.algos.open_algos(ALICE)) == ([], [])
    (waiting,) = tracker.algos.attached_to(order_id)
    assert (waiting.algo_id, waiting.waiting, waiting.parent_order_id) == (algo_id, 1, order_id)
    desk.place(SIMULATOR, SELL, 9_950, 20)
    (live,) = heard.take()
    assert (live.change, live.algo.algo_id, live.algo.size, live.algo.waiting) == (PLACED, algo_id, 20, 0)
    assert (tracker.algos.attached_to(order_id), tracker.algos.open_algos(ALICE)) == ([], [live.algo])


async def test_what_never_went_live_is_in_no_history(database_url: str, open_history: OpenHistory) -> None:
    desk, tracker, heard = tracked_desk()
    attach = ac.AttachAlgo(account=ALICE, profit_trigger=20_000)
    algo_id, order_id = desk.run(attach, c.PlaceOrder(0, ALICE, 0, 0, 0, BUY, price=9_000, size=20))
    desk.run(c.CancelOrder(account=ALICE, order_id=order_id))
    ended = tracker.algos.algo(algo_id)
    assert ended is not None
    assert (ended.cause, ended.waiting) == (AlgoEndCause.PARENT_UNFILLED, 1)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    assert (heard.take(), tracker.algos.attached_to(order_id)) == ([], [])
    assert (await history.algos(ALICE), await history.algo(ALICE, algo_id=algo_id)) == ([], None)


async def test_histories_are_filtered_and_paged(database_url: str, open_history: OpenHistory) -> None:
    desk, _, _ = tracked_desk()
    desk.list_instrument("OTHER-USDT")
    first, second, third = desk.run(
        LOSS, LOSS._replace(loss_trigger=8_000, client_algo_id=Text32("b")), LOSS._replace(account=BOB, loss_trigger=1)
    )
    trailing = ac.PlaceAlgo(account=ALICE, kind=AlgoKind.MOVE_ORDER_STOP, side=SELL, size=5, callback_ppm=900_000)
    (fourth,) = desk.run(trailing)
    fall(desk)
    desk.run(ac.CancelAlgo(account=ALICE, algo_id=second), ac.CancelAlgo(account=ALICE, algo_id=fourth))
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())

    async def ids(**wanted: Any) -> list[int]:
        return [record.algo_id for record in await history.algos(ALICE, **wanted)]

    assert await ids() == [fourth, second, first]
    assert await ids(kinds=(0, 1)) == [second, first]
    assert await ids(states=(AlgoState.CANCELED,)) == [fourth, second]
    assert (await ids(instrument=1), await ids(instrument_type=2), await ids(algo_id=third)) == ([], [], [])
    assert await ids(algo_id=first, instrument=0, instrument_type=0) == [first]
    assert (await ids(after_id=fourth, limit=1), await ids(before_id=first)) == ([second], [fourth, second])
    by_name = await history.algo(ALICE, client_algo_id="b")
    assert by_name is not None
    assert (by_name, await history.algo(BOB, algo_id=first)) == (await history.algo(ALICE, algo_id=second), None)


def test_ended_ones_are_forgotten_in_their_order() -> None:
    desk = Desk()
    tracker = OrderTracker(desk.views)
    tracker.algos._ended_kept = 1
    desk.subscribe(tracker.on_batch)
    desk.trade(10_000, 1)
    named = [LOSS._replace(client_algo_id=Text32(name)) for name in ("a", "b", "c")]
    ids = desk.run(*named)
    desk.run(*[ac.CancelAlgo(account=ALICE, algo_id=algo_id) for algo_id in ids])
    assert [tracker.algos.find(ALICE, name) is not None for name in ("a", "b", "c")] == [False, False, True]
    assert tracker.algos.algo(ids[0]) is None
