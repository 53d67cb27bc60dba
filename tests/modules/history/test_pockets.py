"""Pockets of isolated margin: their orders, fills and bills are their owner's, in memory and in SQL, also after a restart."""

from pathlib import Path

import pytest

from lonja.core import commands as c
from lonja.core.collateral_commands import (
    DefineBorrowTerms,
    DefineDiscountTier,
    DefineMarginTier,
    OpenPocket,
    SetCurrencyPrice,
)
from lonja.core.kinds import InstrumentType, MarginMode
from lonja.core.margin_commands import OpenCrossPocket, PlaceMarginOrder, SetPocketLeverage
from lonja.core.texts import Text32
from lonja.modules.history.api import BillKind, BillSubkind, OrderRecord, OrderTracker
from tests.modules.desk import ALICE, BOB, BTC, BUY, SELL, USDT, Desk
from tests.modules.history.test_loan_bills import OpenHistory
from tests.modules.history.test_tracker import Heard

ISOLATED, MARGIN = int(MarginMode.ISOLATED), int(InstrumentType.MARGIN)
UNIT = 10**6


def lending_desk() -> tuple[Desk, int]:
    """A desk where one lends; Alice, in multi-currency mode, has a pocket with 50 USDT in it."""
    desk = Desk()
    tier = {"amount_max": 10**15, "rate_ppm": 10**6}
    loans = {"limit_max": 10**14, "initial_ppm": 100_000, "maintenance_ppm": 30_000}
    for currency, price in ((BTC, 100), (USDT, 1)):
        desk.run(SetCurrencyPrice(currency=currency, price=price * 10**12))
        desk.run(DefineDiscountTier(currency=currency, tier=1, **tier), DefineBorrowTerms(currency=currency, **loans))
    amounts = {"base_max": 10**12, "quote_max": 10**12}
    desk.run(DefineMarginTier(instrument=0, tier=1, **amounts, initial_ppm=100_000, maintenance_ppm=50_000))
    desk.run(c.ConfigureAccount(account=ALICE, account_mode=3))
    (pocket,) = desk.run(OpenPocket(account=ALICE, instrument=0))
    move(desk, ALICE, pocket, 50 * UNIT, "by hand")
    return desk, pocket


def move(desk: Desk, sender: int, receiver: int, amount: int, name: str = "") -> None:
    desk.run(
        c.Transfer(
            account=sender, currency=USDT, amount=amount, from_ledger=1, to_ledger=1, to_account=receiver,
            client_transfer_id=Text32(name),
        )
    )  # fmt: skip


def test_orders_of_a_pocket_are_its_owners() -> None:
    desk, pocket = lending_desk()
    tracker, heard = OrderTracker(desk.views), Heard()
    heard.ignored = {BOB}
    tracker.add_listener(heard)
    desk.subscribe(tracker.on_batch)
    heard.take()
    mine = desk.place(ALICE, BUY, 90, 10)
    order = desk.place(pocket, BUY, 10_000, 20_000, client_order_id=Text32("pocketed"))
    desk.place(BOB, SELL, 10_000, 5_000)
    placed, traded = heard.take()[1:]
    assert traded.fill is not None
    for record in (placed.order, traded.order):
        assert record[:4] == (order, ALICE, 0, MARGIN)
        assert record.margin_mode == ISOLATED
    fill = traded.fill
    assert (fill.account, fill.instrument_type, fill.margin_mode, fill.size) == (ALICE, MARGIN, ISOLATED, 5_000)
    assert [record.order_id for record in tracker.open_orders(ALICE)] == [order, mine]
    assert [record.instrument_type for record in tracker.open_orders(ALICE)] == [MARGIN, InstrumentType.SPOT]
    assert tracker.find(ALICE, "pocketed") == traded.order == tracker.order(order)
    ((number, name),) = tracker.pockets(ALICE)
    assert (number, name.owner, name.instrument, name.margin_mode) == (pocket, ALICE, 0, ISOLATED)
    assert tracker.pockets(BOB) == []
    desk.run(c.CancelOrder(account=pocket, instrument=0, order_id=order))
    found = tracker.find(ALICE, "pocketed")
    assert found is not None
    assert (found.account, found.filled, found.cancel_reason) == (ALICE, 5_000, 1)


async def test_on_what_terms_orders_were_placed(tmp_path: Path, open_history: OpenHistory) -> None:
    """Each leverage as it was then; the currency of what an order brought, or of a cross pocket, else of none."""
    desk, pocket = lending_desk()
    tracker = OrderTracker(desk.views)
    tracker.prime()
    desk.subscribe(tracker.on_batch)

    def terms(record: OrderRecord | None) -> tuple[int, int]:
        assert record is not None
        return record.leverage, record.margin_currency

    def brings(currency: int) -> int:
        order = PlaceMarginOrder(account=pocket, side=BUY, price=9_000, size=1_000, margin_currency=currency)
        return desk.run(order)[0]

    told = {desk.place(pocket, BUY, 9_000, 1_000): (1_000, -1)}
    told[brings(USDT)] = (1_000, USDT)
    desk.run(SetPocketLeverage(account=ALICE, instrument=0, margin_mode=ISOLATED, leverage=300))
    told[brings(USDT)] = (300, USDT)
    move(desk, ALICE, pocket, UNIT, "by hand, too")
    told[brings(-1)] = (300, -1)
    told[desk.place(ALICE, BUY, 9_000, 1_000)] = (0, -1)
    assert {record.order_id: terms(record) for record in tracker.open_orders(ALICE)} == told
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    late = OrderTracker(desk.views)
    late.prime(history.orders_to_adopt())
    assert {record.order_id: terms(record) for record in late.open_orders(ALICE)} == told
    for order in told:
        account = ALICE if told[order][0] == 0 else pocket
        desk.run(c.CancelOrder(account=account, instrument=0, order_id=order))
    history.catch_up(desk.views.last_sequence())
    assert {record.order_id: terms(record) for record in await history.orders(ALICE)} == told


async def test_what_only_reduces_says_so_from_the_first_push_on(tmp_path: Path, open_history: OpenHistory) -> None:
    desk, pocket = lending_desk()
    tracker, heard = OrderTracker(desk.views), Heard()
    heard.ignored = {BOB}
    tracker.add_listener(heard)
    desk.subscribe(tracker.on_batch)
    desk.place(BOB, SELL, 10_000, 8_000)
    desk.place(pocket, BUY, 10_000, 8_000)
    heard.take()
    plain = desk.place(pocket, SELL, 12_000, 1_000)
    (order,) = desk.run(PlaceMarginOrder(account=pocket, side=SELL, price=11_000, size=9_000, reduce_only=1))
    other, placed = (change.order for change in heard.take()[:2])
    assert (other.order_id, other.reduce_only) == (plain, 0)
    assert (placed.order_id, placed.reduce_only, placed.size) == (order, 1, 6_992), "a thousandth of 8,000 was the fee"
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    late = OrderTracker(desk.views)
    late.prime(history.orders_to_adopt())
    assert {record.order_id: record.reduce_only for record in late.open_orders(ALICE)} == {plain: 0, order: 1}
    desk.run(c.CancelOrder(account=pocket, instrument=0, order_id=order))
    history.catch_up(desk.views.last_sequence())
    found = {record.order_id: record.reduce_only for record in await history.orders(ALICE)}
    assert found[order] == 1


@pytest.mark.parametrize("currency", [BTC, USDT])
async def test_cross_orders_tell_their_currency(tmp_path: Path, open_history: OpenHistory, currency: int) -> None:
    desk, _ = lending_desk()
    desk.run(c.ConfigureAccount(account=BOB, account_mode=2))
    (pocket,) = desk.run(OpenCrossPocket(account=BOB, instrument=0, currency=currency))
    order = desk.place(pocket, BUY, 10_000, 1_000)
    tracker = OrderTracker(desk.views)
    tracker.prime()
    (record,) = tracker.open_orders(BOB)
    assert (record.leverage, record.margin_currency) == (1_000, currency)
    desk.run(c.CancelOrder(account=pocket, instrument=0, order_id=order))
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    (record,) = await history.orders(BOB)
    assert (record.order_id, record.leverage, record.margin_currency) == (order, 1_000, currency)


def test_a_tracker_that_comes_later_knows_pockets() -> None:
    desk, pocket = lending_desk()
    order = desk.place(pocket, BUY, 9_000, 1_000)
    tracker = OrderTracker(desk.views)
    tracker.prime()
    (record,) = tracker.open_orders(ALICE)
    assert (record.order_id, record.account, record.instrument_type) == (order, ALICE, MARGIN)
    assert record.margin_mode == ISOLATED


@pytest.mark.parametrize("is_cut", [False, True])
async def test_bills_tell_what_stands_in_a_position(tmp_path: Path, open_history: OpenHistory, is_cut: bool) -> None:
    """``is_cut``: what is projected later comes from another process."""
    desk, pocket = lending_desk()
    url = f"sqlite:///{tmp_path}/history.sqlite"
    if is_cut:
        open_history(url, desk.source).catch_up(desk.views.last_sequence())
    desk.place(BOB, SELL, 10_000, 20_000)
    move(desk, pocket, ALICE, 5 * UNIT)
    order = desk.place(pocket, BUY, 10_000, 20_000)
    move(desk, ALICE, pocket, 20 * UNIT)
    history = open_history(url, desk.source)
    history.catch_up(desk.views.last_sequence())
    assert await history.bills(pocket, None) == []
    (found,) = await history.orders(ALICE, instrument_type=MARGIN)
    assert (found.order_id, found.margin_mode, found.filled) == (order, ISOLATED, 20_000)
    (fill,) = await history.fills(ALICE, instrument_type=MARGIN)
    assert (fill.order_id, fill.margin_mode) == (order, ISOLATED)
    bills = (await history.bills(ALICE, 1, instrument=0))[::-1]
    rich = 10**12
    assert [(bill.kind, bill.subkind, bill.currency) for bill in bills] == [
        (BillKind.MARGIN, BillSubkind.MARGIN_ADDED, USDT),
        (BillKind.MARGIN, BillSubkind.MARGIN_REMOVED, USDT),
        (BillKind.TRADE, BillSubkind.BUY, BTC),
        (BillKind.TRADE, BillSubkind.BUY, USDT),
        (BillKind.MARGIN, BillSubkind.MARGIN_TOPPED_UP, USDT),
    ]
    # Two BTC for 200 USDT, of which 155 are borrowed; 0.1 % of what is bought is the fee.
    assert [(bill.change, bill.balance, bill.margin_change, bill.margin) for bill in bills] == [
        (-50 * UNIT, rich - 50 * UNIT, 50 * UNIT, 50 * UNIT),
        (5 * UNIT, rich - 45 * UNIT, -5 * UNIT, 45 * UNIT),
        (0, 0, 199_800_000, 199_800_000),
        (0, 0, -200 * UNIT, -155 * UNIT),
        (-20 * UNIT, rich - 65 * UNIT, 20 * UNIT, -135 * UNIT),
    ]
    assert {(bill.instrument_type, bill.margin_mode) for bill in bills} == {(MARGIN, ISOLATED)}
    assert await history.transfer([ALICE], client_transfer_id="by hand") is None
