"""Funding: who pays whom, what it is taken from, how it rounds, and what follows (``docs/adr/0032``)."""

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import PositionCause
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from tests.core.desk import CROSS, INVERSE, LINEAR, NEAR, QUIET, SPOT, WHOLE, Desk, only


@pytest.mark.parametrize(("rate_ppm", "amount"), [(100, 1_000_000), (-100, -1_000_000)])
def test_longs_pay_shorts_when_the_rate_is_positive_and_shorts_pay_longs_when_it_is_negative(
    rate_ppm: int, amount: int
) -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 10)
    ann, bob = desk.cash("ann"), desk.cash("bob")
    events = desk.fund_rate(rate_ppm)
    settled = only(events, e.FundingSettled)[0]
    assert (settled.instrument, settled.rate, settled.price) == (LINEAR, rate_ppm * 10**6, 10_000)
    assert (desk.cash("ann"), desk.cash("bob")) == (ann - amount, bob + amount)
    changes = only(events, e.PositionChanged)
    assert [change.cause for change in changes] == [PositionCause.FUNDING] * 2
    assert [(change.lots, change.gained, change.funding) for change in changes] == [
        (-10, amount, amount),
        (10, -amount, -amount),
    ]


def test_the_value_is_that_at_the_mark_and_not_at_entry() -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 10)
    desk.mark(12_000)
    before = desk.cash("ann")
    desk.fund_rate(100)
    assert desk.cash("ann") == before - 1_200_000


def test_an_isolated_position_pays_from_its_margin_and_is_paid_into_it() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 10)
    desk.leverage("bob", 10)
    desk.open("ann", "bob", 10)
    cash = desk.cash("ann"), desk.cash("bob")
    changes = only(desk.fund_rate(100), e.PositionChanged)
    assert (desk.position("ann").margin, desk.position("bob").margin) == (10 * WHOLE - 10**6, 10 * WHOLE + 10**6)
    assert [change.margin_moved for change in changes] == [-(10**6), 10**6]
    assert (desk.cash("ann"), desk.cash("bob")) == cash


def test_what_is_paid_rounds_up_and_what_is_received_rounds_down_and_clearing_keeps_the_rest() -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 7, instrument=INVERSE)
    desk.mark(9_973, INVERSE)
    ann, bob = desk.cash("ann", QUIET), desk.cash("bob", QUIET)
    desk.do(c.SettleFunding(instrument=INVERSE, rate=12_345_678))
    exact = 7 * 10**11 * 12_345_678 / (9_973 * 10**12)
    assert (ann - desk.cash("ann", QUIET), desk.cash("bob", QUIET) - bob) == (int(exact) + 1, int(exact))


def test_a_rate_of_nothing_moves_nothing_and_is_told() -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 10)
    assert [type(event) for event in desk.fund_rate(0)] == [e.FundingSettled]


@pytest.mark.parametrize(("rate_ppm", "lots"), [(4_499, 10), (4_500, 0)])
def test_who_cannot_bear_the_funding_is_liquidated_right_after_it(rate_ppm: int, lots: int) -> None:
    """A margin of 1 per cent bears a funding of 0.45 per cent but for a unit: 0.55 is required."""
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    cash = desk.cash("ann")
    events = desk.fund_rate(rate_ppm)
    assert desk.lots("ann") == lots
    assert desk.cash("ann") == cash
    causes = [event.cause for event in only(events, e.PositionChanged)]
    assert (PositionCause.LIQUIDATED in causes) == (lots == 0)


def test_funding_beyond_the_margin_is_paid_by_the_fund() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    fund, cash = desk.fund(), desk.cash("ann")
    desk.fund_rate(15_000)
    assert (desk.cash("ann"), desk.lots("ann")) == (cash, 0)
    assert desk.fund() == fund - WHOLE // 2 - 5_000_000


def test_a_cross_account_pays_from_cash_even_below_what_its_gains_cover() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, mode=CROSS)
    desk.open("ann", "bob", 100)
    desk.keep_only("ann", 10 * WHOLE)
    desk.mark(10_500)
    desk.fund_rate(20_000)
    assert (desk.cash("ann"), desk.lots("ann")) == (-11 * WHOLE, 100)


def test_what_a_fund_keeps_pays_and_receives_too() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    desk.mark(9_954)
    fund = desk.fund()
    desk.fund_rate(100)
    assert (desk.kept(), desk.fund()) == (10, fund - 995_400)


def test_a_fund_that_owes_after_funding_is_deleveraged_at_once() -> None:
    desk = Desk("ann", "bob", fund=0)
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 1_000)
    desk.mark(9_954)
    assert (desk.kept(), desk.fund()) == (1_000, 4_902_300_000)
    desk.fund_rate(10_000)
    assert desk.kept() == 0
    assert 0 <= desk.fund() < 10**8


@pytest.mark.parametrize("rate", [10**12, -(10**12)])
def test_the_whole_value_is_the_most_that_funding_can_be(rate: int) -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 10)
    beyond = c.SettleFunding(instrument=LINEAR, rate=rate + (1 if rate > 0 else -1))
    assert desk.apply(beyond)[0] == Rejection.FIELD_INVALID
    desk.do(c.SettleFunding(instrument=LINEAR, rate=rate))


@pytest.mark.parametrize("instrument", [-1, 5, 99, NEAR, SPOT])
def test_only_perpetuals_have_funding(instrument: int) -> None:
    desk = Desk()
    assert desk.apply(c.SettleFunding(instrument=instrument, rate=1))[0] == Rejection.INSTRUMENT_NOT_FOUND


def test_there_is_no_funding_before_there_is_a_mark_price() -> None:
    desk = Desk()
    listing = c.ListContract(instrument_id=Text32("OTHER-USDT-SWAP"), family=0, base=QUIET, price_scale=2, size_scale=1)
    desk.do(listing)
    assert desk.apply(c.SettleFunding(instrument=5, rate=1))[0] == Rejection.MARK_PRICE_MISSING


# Worked examples of public rule pages.


def test_the_example_of_kraken_support_on_inverse_perpetuals() -> None:
    """Kraken support, article 360022835911, funding example 1: 100,000 contracts of 1 USD at 7,000, 0.01785 %."""
    desk = Desk("ann", "bob", cash=10**6 * WHOLE)
    desk.mark(700_000, INVERSE)
    desk.open("ann", "bob", 10_000, 700_000, INVERSE)
    before = desk.cash("bob", QUIET)
    desk.do(c.SettleFunding(instrument=INVERSE, rate=178_500_000))
    # 17.85 USD / 7,000 = 0.00255 coins.
    assert desk.cash("bob", QUIET) - before == 255_000


def test_the_formula_of_bitget_academy_takes_no_account_of_leverage() -> None:
    """Bitget academy, funding cost calculation: rate * position value, whatever the margin."""
    paid = []
    for leverage in (2, 20):
        desk = Desk("ann", "bob")
        desk.leverage("ann", leverage)
        desk.open("ann", "bob", 10)
        margin = desk.position("ann").margin
        desk.fund_rate(100)
        paid.append(margin - desk.position("ann").margin)
    assert paid == [10**6, 10**6]
