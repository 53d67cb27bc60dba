"""Delivery: how dated contracts end (``docs/adr/0032``)."""

from typing import Any

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import CancelReason, FundCause, InstrumentState, PositionCause, Side
from lonja.core.rejections import Rejection
from lonja.primitives.money import INT_MAX
from tests.core.desk import CROSS, FAR, INVERSE, ISOLATED, LINEAR, NEAR, SPOT, WHOLE, Desk, only


def _deliver(desk: Desk, price: int, fee_rate_ppm: int = 0, instrument: int = NEAR) -> list[e.Event]:
    return desk.do(c.DeliverContract(instrument=instrument, price=price, fee_rate_ppm=fee_rate_ppm))


def test_every_position_ends_at_the_delivery_price_with_its_fee() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 10, NEAR)
    desk.open("ann", "bob", 10, instrument=NEAR)
    ann, bob = desk.cash("ann"), desk.cash("bob")
    events = _deliver(desk, 10_300, 100)
    delivered = only(events, e.ContractDelivered)[0]
    assert (delivered.instrument, delivered.price) == (NEAR, 10_300)
    changes = only(events, e.PositionChanged)
    assert [(change.cause, change.price, change.lots) for change in changes] == [
        (PositionCause.DELIVERED, 10_300, 0)
    ] * 2
    # 3 gained and lost, 0.01 % of 103 paid by each; the margin of 10 comes back.
    assert desk.cash("ann") == ann + 10 * WHOLE + 3 * WHOLE - 1_030_000
    assert desk.cash("bob") == bob - 3 * WHOLE - 1_030_000
    assert (desk.lots("ann", NEAR), desk.lots("bob", NEAR)) == (0, 0)
    desk.check_repeatable()


def test_delivery_cancels_all_orders_and_ends_the_contract() -> None:
    desk = Desk("ann", "bob")
    desk.order("ann", Side.BUY, 10, 9_900, instrument=NEAR)
    desk.order("bob", Side.SELL, 10, 10_100, instrument=NEAR)
    events = _deliver(desk, 10_000)
    assert [event.reason for event in only(events, e.OrderCanceled)] == [CancelReason.INSTRUMENT_CLOSED] * 2
    assert (desk.held("ann"), desk.held("bob")) == (0, 0)
    assert desk.instrument(NEAR).state == InstrumentState.DELISTED
    assert desk.instrument(FAR).state == InstrumentState.LIVE
    again = desk.apply(c.DeliverContract(instrument=NEAR, price=10_000))[0]
    order = c.PlaceContractOrder(account=desk.accounts["ann"], instrument=NEAR, side=0, size=1, price=10_000)
    assert (again, desk.apply(order)[0]) == (Rejection.INSTRUMENT_NOT_LIVE, Rejection.INSTRUMENT_NOT_LIVE)


@pytest.mark.parametrize("mode", [ISOLATED, CROSS])
def test_a_loss_beyond_everything_is_paid_by_the_fund(mode: int) -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, NEAR, mode)
    desk.open("ann", "bob", 10, instrument=NEAR)
    desk.keep_only("ann", WHOLE if mode == CROSS else 0)
    fund = desk.fund(2)
    events = _deliver(desk, 9_700, 100)
    owed = 2 * WHOLE + 970_000
    assert (desk.cash("ann"), desk.fund(2)) == (0, fund - owed)
    told = only(events, e.FundChanged)[0]
    assert (told.family, told.cause, told.account, told.amount) == (2, FundCause.COVER, desk.accounts["ann"], -owed)
    covered = [change for change in only(events, e.PositionChanged) if change.cause == PositionCause.COVERED]
    assert [(change.penalty, change.balance) for change in covered] == [(owed, 0)]


def test_a_loss_that_gains_elsewhere_cover_is_not_paid_by_the_fund() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, NEAR, CROSS)
    desk.leverage("ann", 100, FAR, CROSS)
    desk.open("ann", "bob", 10, instrument=NEAR)
    desk.open("bob", "ann", 10, instrument=FAR)
    desk.keep_only("ann", 2 * WHOLE)
    desk.mark(9_700, FAR)
    fund = desk.fund(2)
    _deliver(desk, 9_700)
    assert (desk.cash("ann"), desk.fund(2)) == (-WHOLE, fund)


def test_what_the_fund_keeps_is_delivered_without_a_fee() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, NEAR)
    desk.open("ann", "bob", 10, instrument=NEAR)
    desk.mark(9_954, NEAR)
    fund = desk.fund(2)
    _deliver(desk, 9_900, 500)
    assert (desk.kept(NEAR), desk.fund(2)) == (0, fund - 54_000_000)


def test_nothing_happens_to_a_delivered_contract_at_a_mark_price() -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 10, instrument=NEAR)
    _deliver(desk, 9_900)
    assert [type(event) for event in desk.mark(5_000, NEAR)] == [e.MarkPriceSet]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"price": 0}, Rejection.FIELD_INVALID),
        ({"price": -1}, Rejection.FIELD_INVALID),
        ({"price": INT_MAX + 1}, Rejection.FIELD_INVALID),
        ({"fee_rate_ppm": -1}, Rejection.FIELD_INVALID),
        ({"fee_rate_ppm": 100_001}, Rejection.FIELD_INVALID),
        ({"instrument": -1}, Rejection.INSTRUMENT_NOT_FOUND),
        ({"instrument": 99}, Rejection.INSTRUMENT_NOT_FOUND),
        ({"instrument": LINEAR}, Rejection.INSTRUMENT_NOT_FOUND),
        ({"instrument": INVERSE}, Rejection.INSTRUMENT_NOT_FOUND),
        ({"instrument": SPOT}, Rejection.INSTRUMENT_NOT_FOUND),
        ({"price": INT_MAX}, Rejection.NOTIONAL_TOO_LARGE),
    ],
)
def test_delivery_is_refused(fields: dict[str, Any], reason: Rejection) -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 10, instrument=NEAR)
    rejection, events = desk.apply(c.DeliverContract(instrument=NEAR, price=10_000)._replace(**fields))
    assert (rejection, events, desk.lots("ann", NEAR)) == (reason, [], 10)
