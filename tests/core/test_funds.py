"""Security Funds: endowments, the peak of eight hours, and what is paid out of them (``docs/adr/0032``)."""

from typing import Any

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.funds import HOUR_MS, has_fallen, peak
from lonja.core.kinds import CancelReason, Side
from lonja.core.rejections import Rejection
from lonja.primitives.money import INT_MAX
from tests.core.desk import CROSS, ISOLATED, LINEAR, START_MS, USDT, WHOLE, Desk, only
from tests.core.scenario import CONTRACTS, Floor, play


def test_an_endowment_is_money_from_outside_that_no_customer_owns() -> None:
    desk = Desk("ann", fund=0)
    issued = desk.state.issued_total(USDT)
    told = only(desk.do(c.EndowFund(family=0, amount=500)), e.FundEndowed)[0]
    assert (told.family, told.amount, told.balance) == (0, 500, 500)
    assert (desk.fund(), desk.fund(2), desk.state.issued_total(USDT)) == (500, 0, issued + 500)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"family": -1}, Rejection.INSTRUMENT_NOT_FOUND),
        ({"family": 3}, Rejection.INSTRUMENT_NOT_FOUND),
        ({"amount": 0}, Rejection.AMOUNT_NOT_POSITIVE),
        ({"amount": -1}, Rejection.AMOUNT_NOT_POSITIVE),
        ({"amount": INT_MAX}, Rejection.SUPPLY_EXCEEDED),
    ],
)
def test_an_endowment_is_refused(fields: dict[str, Any], reason: Rejection) -> None:
    desk = Desk("ann")
    assert desk.apply(c.EndowFund(family=0, amount=1)._replace(**fields)) == (reason, [])


def test_no_customer_can_take_money_out_of_a_fund() -> None:
    desk = Desk("ann")
    fund_account = int(desk.state.families[0].account)
    for command in (
        c.Withdraw(account=fund_account, currency=USDT, ledger=1, amount=1),
        c.Transfer(account=fund_account, currency=USDT, amount=1, from_ledger=1, to_account=desk.accounts["ann"]),
        c.PlaceContractOrder(account=fund_account, instrument=LINEAR, price=10_000, size=1),
    ):
        assert desk.apply(command)[0] == Rejection.ACCOUNT_NOT_FOUND


def test_the_peak_is_the_highest_balance_of_the_last_eight_hours() -> None:
    desk = Desk(fund=100 * WHOLE)
    family = desk.state.families[0]
    hour = desk.time_ms // HOUR_MS
    family.peaks = [(hour - 7, 300 * WHOLE), (hour - 1, 200 * WHOLE), (hour, 100 * WHOLE)]
    for hours, highest in ((0, 300), (1, 200), (6, 200), (7, 100), (40, 100)):
        desk.state.time_ms = (hour + hours) * HOUR_MS
        assert peak(desk.state, family) == highest * WHOLE


def test_hours_that_are_over_are_forgotten_when_the_fund_changes() -> None:
    desk = Desk(fund=100 * WHOLE)
    family = desk.state.families[0]
    known = []
    for hours in (0, 1, 7, 8, 9, 40):
        desk.time_ms = START_MS + hours * HOUR_MS
        desk.do(c.EndowFund(family=0, amount=WHOLE))
        known.append(len(family.peaks))
    assert known == [1, 2, 3, 3, 3, 1]
    desk.check_repeatable()


def test_a_balance_that_stood_still_for_long_counts_when_it_falls() -> None:
    desk = Desk("ann", "bob", fund=300 * WHOLE)
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 1_000)
    desk.time_ms += 40 * HOUR_MS
    events = desk.mark(9_800)
    told = only(events, e.FundChanged)[0]
    assert (told.balance, told.peak) == (300 * WHOLE - 10_490_000_000, 300 * WHOLE)
    assert desk.kept() == 0, "104.9 are more than 30 per cent of 300"


def _with_peak(balance: int, highest: int) -> Desk:
    desk = Desk(fund=balance)
    family = desk.state.families[0]
    family.peaks = [(desk.time_ms // HOUR_MS, highest)]
    return desk


@pytest.mark.parametrize(
    ("balance", "highest", "fallen"),
    [(70, 100, True), (71, 100, False), (100, 100, False), (7, 10, True), (8, 10, False), (1, 1, False)],
)
def test_a_fund_has_fallen_when_it_lost_thirty_per_cent_of_its_peak(balance: int, highest: int, fallen: bool) -> None:
    desk = _with_peak(balance, highest)
    assert has_fallen(desk.state, desk.state.families[0]) == fallen


def test_an_empty_fund_has_fallen() -> None:
    desk = Desk(fund=0)
    assert peak(desk.state, desk.state.families[0]) == 0
    assert has_fallen(desk.state, desk.state.families[0])


def test_families_have_funds_of_their_own() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    desk.mark(9_800)
    assert (desk.fund(0), desk.fund(1), desk.fund(2)) == (10_000 * WHOLE - 104_900_000, 10_000 * WHOLE, 10_000 * WHOLE)


def test_the_surplus_and_the_gap_of_what_the_fund_closes_are_its_own() -> None:
    desk = Desk("ann", "bob", "cat")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    desk.order("cat", Side.BUY, 10, 9_990)
    fund = desk.fund()
    desk.mark(9_954)
    assert desk.fund() == fund + 49_023_000 + 10 * 36 * 10**5


# Nobody sells a loss to the fund on purpose.


@pytest.mark.parametrize(("spare", "fills"), [(0, False), (201_939_999, False), (201_940_000, True)])
def test_attack_close_far_below_the_mark_after_taking_the_money_away(spare: int, fills: bool) -> None:
    """Ann's order to sell was admitted with money behind it, which is gone when her friend buys at a bargain."""
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    desk.keep_only("ann", 10 * WHOLE)
    desk.order("ann", Side.SELL, 10, 9_700, margin_mode=ISOLATED, reduce_only=1)
    desk.keep_only("ann", spare)
    fund = desk.fund()
    events = desk.order("bob", Side.BUY, 10, 9_700)
    reasons = [event.reason for event in only(events, e.OrderCanceled)]
    assert reasons == ([] if fills else [CancelReason.UNCOVERED])
    assert desk.lots("ann") == (0 if fills else 10)
    assert (desk.cash("ann"), desk.fund()) == (0 if fills else spare, fund)


@pytest.mark.parametrize("is_market", [False, True])
def test_attack_rest_many_cross_orders_far_from_the_mark_that_one_equity_pays(is_market: bool) -> None:
    """Each was admitted with what it gives away, which is not held; after two fills nothing is left to give away."""
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, mode=CROSS)
    desk.keep_only("ann", 10 * WHOLE)
    for _ in range(4):
        desk.order("ann", Side.BUY, 10, 10_490)
    fund = desk.fund()
    events = desk.order("bob", Side.SELL, 40, 0 if is_market else 10_400)
    assert [event.reason for event in only(events, e.OrderCanceled)][:2] == [CancelReason.UNCOVERED] * 2
    assert (desk.lots("ann"), desk.orders("ann")) == (20, 0)
    desk.mark(10_000)
    assert (desk.cash("ann"), desk.lots("ann")) == (0, 0)
    assert desk.fund() >= fund


def test_attack_rest_an_isolated_order_and_wait_until_the_mark_has_passed_it() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.order("ann", Side.BUY, 10, 9_900, margin_mode=ISOLATED)
    desk.mark(9_500)
    events = desk.order("bob", Side.SELL, 10, 9_600)
    assert [event.reason for event in only(events, e.OrderCanceled)] == [CancelReason.UNCOVERED]
    assert (desk.lots("ann"), desk.held("ann")) == (0, 0)


def test_attack_make_a_market_order_go_further_than_it_was_judged_by() -> None:
    """What is canceled on its way would let bob, who has nothing to lose, buy dan's lots at any price."""
    desk = Desk("ann", "bob", "cat", "dan")
    desk.leverage("ann", 100, mode=CROSS)
    desk.keep_only("ann", 10 * WHOLE)
    for _ in range(4):
        desk.order("ann", Side.SELL, 10, 9_510)
    desk.order("dan", Side.SELL, 40, 10_400)
    events = desk.order("bob", Side.BUY, 40)
    assert [event.price for event in only(events, e.Filled)] == [9_510] * 4
    assert [event.reason for event in only(events, e.OrderCanceled)][-1] == CancelReason.PRICE_BAND


def test_a_fill_or_kill_order_counts_on_nobody_who_cannot_pay() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.order("ann", Side.BUY, 10, 9_900, margin_mode=ISOLATED)
    desk.mark(9_500)
    events = desk.order("bob", Side.SELL, 10, 9_600, time_in_force=2)
    assert [event.reason for event in only(events, e.OrderCanceled)] == [CancelReason.FOK_NOT_FILLABLE]
    assert desk.orders("ann") == 1


def test_an_order_that_the_mark_has_passed_makes_room_for_the_next() -> None:
    """Ann's margin of 1 per cent does not bear 100 at a mark of 97; bob's order behind it trades."""
    floor = Floor(CONTRACTS)
    floor.run("> ann lever 100 on=LIN isolated\n> mark LIN 102")
    play(
        """
        > ann buy 10 @ 100 on=LIN isolated id=a
          placed a: buy 10 @ 100
          margins a: isolated x100
          rests a: 10 @ 100
        > mark LIN 97
          LIN mark 97: buy <= 101, sell >= 93
        > bob buy 5 @ 98 on=LIN id=b
          placed b: buy 5 @ 98
          margins b: cross x3
          rests b: 5 @ 98
        > cat sell 5 @ 98 on=LIN id=c
          placed c: sell 5 @ 98
          margins c: cross x3
          canceled a: uncovered, 10 off the book @ 100
          trade 1: taker c sells 5 @ 98 = 490, fee 0 USD, filled
          trade 1: maker b buys 5 @ 98 = 490, fee 0 USD, filled
          cat LIN cross filled: -5 @ 98 makes -5 @ 98, cash 100000
          bob LIN cross filled: +5 @ 98 makes +5 @ 98, cash 100000
        """,
        floor,
    )
