"""Lists: newest first, cut by ids, times and kinds, as a plain filter over all rows would do it."""

from collections.abc import Callable
from typing import Any

import pytest

from lonja.core.kinds import Ledger, OrderState
from lonja.modules.history.api import BillKind, BillSubkind, History, OrderRecord
from tests.modules.desk import RandomDesk

ACCOUNT, EVERYTHING = 2, 10**6


@pytest.fixture
async def history(database_url: str, open_history: Callable[..., History]) -> History:
    """A few hundred random commands, projected."""
    desk = RandomDesk(1, cash=10**6)
    desk.run(400)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    return history


async def test_orders(history: History) -> None:
    everything = await history.orders(ACCOUNT, limit=EVERYTHING)
    assert everything == sorted(everything, reverse=True)
    assert len(everything) > 50
    assert {order.account for order in everything} == {ACCOUNT}
    middle, late = everything[len(everything) // 2], everything[5]

    async def expect(wanted: Callable[[OrderRecord], bool], **filters: Any) -> None:
        expected = [order for order in everything if wanted(order)]
        assert await history.orders(ACCOUNT, limit=EVERYTHING, **filters) == expected
        assert await history.orders(ACCOUNT, limit=3, **filters) == expected[:3]

    await expect(lambda order: order.order_id < middle.order_id, after_id=middle.order_id)
    await expect(lambda order: order.order_id > middle.order_id, before_id=middle.order_id)
    bounds = {"after_id": late.order_id, "before_id": middle.order_id}
    await expect(lambda order: middle.order_id < order.order_id < late.order_id, **bounds)
    begin_ms, end_ms = middle.created_time_ms, late.created_time_ms
    await expect(lambda order: begin_ms <= order.created_time_ms <= end_ms, begin_ms=begin_ms, end_ms=end_ms)
    await expect(lambda order: order.instrument == 0, instrument=0)
    await expect(lambda order: order.order_type == 1, order_type=1, instrument_type=0)
    await expect(lambda order: order.time_in_force == 2, time_in_force=2)
    await expect(lambda order: order.post_only == 1, post_only=1)
    await expect(lambda order: order.state == OrderState.FILLED, state=int(OrderState.FILLED))
    await expect(lambda order: order.state >= OrderState.FILLED, ended_only=True)
    await expect(lambda _: False, instrument_type=2)
    await expect(
        lambda order: order.state < OrderState.CANCELED or order.filled > 0 or order.updated_time_ms >= begin_ms,
        unfilled_since_ms=begin_ms,
    )


async def test_one_order(history: History) -> None:
    everything = await history.orders(ACCOUNT, limit=EVERYTHING)
    for order in everything[::7]:
        assert await history.order(ACCOUNT, order_id=order.order_id) == order
        assert await history.order(ACCOUNT + 1, order_id=order.order_id) is None
    named = [order for order in everything if order.client_order_id == "a"]
    assert len(named) > 1
    assert await history.order(ACCOUNT, client_order_id="a") == named[0]
    assert await history.order(ACCOUNT, client_order_id="a", instrument=named[0].instrument) == named[0]
    assert await history.order(ACCOUNT, client_order_id="a", instrument=99) is None
    assert await history.order(ACCOUNT, client_order_id="unheard") is None


async def test_fills(history: History) -> None:
    everything = await history.fills(ACCOUNT, limit=EVERYTHING)
    assert [fill.fill_id for fill in everything] == sorted({fill.fill_id for fill in everything}, reverse=True)
    middle = everything[len(everything) // 2]
    assert await history.fills(ACCOUNT, order_id=middle.order_id) == [
        fill for fill in everything if fill.order_id == middle.order_id
    ]
    assert await history.fills(ACCOUNT, instrument=0, instrument_type=0, limit=EVERYTHING) == [
        fill for fill in everything if fill.instrument == 0
    ]
    assert (
        await history.fills(ACCOUNT, after_id=middle.fill_id, limit=2)
        == [fill for fill in everything if fill.fill_id < middle.fill_id][:2]
    )
    assert await history.fills(ACCOUNT, begin_ms=middle.time_ms, end_ms=middle.time_ms, limit=EVERYTHING) == [
        fill for fill in everything if fill.time_ms == middle.time_ms
    ]


async def test_bills(history: History) -> None:
    trading = int(Ledger.TRADING)
    everything = await history.bills(ACCOUNT, trading, limit=EVERYTHING)
    assert [bill.bill_id for bill in everything] == sorted({bill.bill_id for bill in everything}, reverse=True)
    assert {bill.ledger for bill in everything} == {trading}
    middle = everything[len(everything) // 2]
    assert await history.bills(ACCOUNT, trading, currency=1, limit=EVERYTHING) == [
        bill for bill in everything if bill.currency == 1
    ]
    kinds: dict[str, Any] = {
        "bill_kind": BillKind.TRADE,
        "bill_subkind": BillSubkind.SELL,
        "instrument": 0,
        "instrument_type": 0,
    }
    assert await history.bills(ACCOUNT, trading, **kinds, limit=EVERYTHING) == [
        bill for bill in everything if (bill.kind, bill.subkind, bill.instrument) == (2, 2, 0)
    ]
    page: list[int] = []
    after_id = None
    while rows := await history.bills(ACCOUNT, trading, after_id=after_id, limit=7):
        page += [bill.bill_id for bill in rows]
        after_id = page[-1]
    assert page == [bill.bill_id for bill in everything]
    newer = await history.bills(ACCOUNT, trading, before_id=middle.bill_id, limit=EVERYTHING)
    assert newer == everything[: len(newer)]
    assert newer[-1].bill_id > middle.bill_id
