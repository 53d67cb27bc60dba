"""Liquidation: when it comes, what the holder loses, step by step (``docs/adr/0032``)."""

from fractions import Fraction

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.contracts import ROOM, VALUE_MAX
from lonja.core.kinds import CancelReason, FundCause, InstrumentState, PositionCause, Side
from lonja.core.maintenance import Standing
from lonja.core.rejections import Rejection
from tests.core.desk import CROSS, FAR, INVERSE, ISOLATED, LINEAR, NEAR, QUIET, SPOT, USDT, WHOLE, Desk, only

RATE = Fraction(55, 10_000)
"""What the first tier and the taker fee require of the value."""


def _worth(price: int, lots: int, instrument: int) -> Fraction:
    """Smallest units that lots are worth."""
    return Fraction(lots * 10**11, price) if instrument == INVERSE else Fraction(lots * price * 10**5)


def _gain(entry: int, price: int, lots: int, instrument: int) -> Fraction:
    """What a position gained; lots are negative for a short one."""
    rise = _worth(price, lots, instrument) - _worth(entry, lots, instrument)
    return -rise if instrument == INVERSE else rise


@pytest.mark.parametrize("mode", [ISOLATED, CROSS])
@pytest.mark.parametrize(
    ("instrument", "side", "last_safe", "first_dead"),
    [
        # margin 1: 1 + (p - 100) <= 0.0055 p  at  p <= 99.547...
        (LINEAR, Side.BUY, 9_955, 9_954),
        # 1 + (100 - p) <= 0.0055 p  at  p >= 100.447...
        (LINEAR, Side.SELL, 10_044, 10_045),
        # margin 0.001 of value 0.1: 101/100 - 100/p <= 0.0055 * 100/p  at  p <= 99.554...
        (INVERSE, Side.BUY, 9_956, 9_955),
        # 99/100 - 100/p >= -0.0055 * 100/p ... at p >= 100.454...
        (INVERSE, Side.SELL, 10_045, 10_046),
    ],
)
def test_liquidation_comes_at_ratio_one_and_not_one_tick_earlier(
    mode: int, instrument: int, side: Side, last_safe: int, first_dead: int
) -> None:
    desk = Desk("ann", "bob")
    lots, settle = 10, QUIET if instrument == INVERSE else USDT
    desk.leverage("ann", 100, instrument, mode)
    long, short = ("ann", "bob") if side == Side.BUY else ("bob", "ann")
    desk.open(long, short, lots, instrument=instrument)
    margin = _worth(10_000, lots, instrument) / 100
    if mode == CROSS:
        desk.keep_only("ann", int(margin), settle)
    signed = lots if side == Side.BUY else -lots
    for price, dead in ((last_safe, False), (first_dead, True)):
        equity = margin + _gain(10_000, price, signed, instrument)
        assert (equity <= _worth(price, lots, instrument) * RATE) == dead, "the table is wrong"
        desk.mark(price, instrument)
        assert desk.lots("ann", instrument) == (0 if dead else signed)
    desk.check_repeatable()


@pytest.mark.parametrize(("more", "dead"), [(0, True), (1, False)])
def test_a_ratio_of_exactly_one_liquidates_and_one_unit_more_does_not(more: int, dead: bool) -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    # 98 of value require 0.539, and 2 are lost.
    desk.do(c.AdjustMargin(account=desk.accounts["ann"], instrument=LINEAR, amount=153_900_000 + more))
    desk.mark(9_800)
    assert (desk.lots("ann") == 0) == dead


def test_the_holder_of_an_isolated_position_loses_exactly_its_margin() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    cash, fund = desk.cash("ann"), desk.fund()
    events = desk.mark(9_954)
    taken = only(events, e.PositionTakenOver)[0]
    changed = only(events, e.PositionChanged)[0]
    # 100 lost 0.46; the fee is 0.05 % of 99.54; the rest of the margin of 1 is the penalty.
    assert (changed.gained, changed.fee, changed.penalty) == (-46_000_000, 4_977_000, -49_023_000)
    assert changed.gained - changed.fee + changed.penalty == changed.margin_moved == -WHOLE
    assert (changed.cause, changed.margin, changed.lots, changed.price) == (PositionCause.LIQUIDATED, 0, 0, 9_954)
    assert (taken.lots, taken.price, taken.bankruptcy_price, taken.rest) == (10, 9_954, 9_900, 49_023_000)
    assert desk.cash("ann") == cash
    assert desk.fund() == fund + 49_023_000
    told = only(events, e.FundChanged)[0]
    assert (told.cause, told.account, told.amount) == (FundCause.LIQUIDATION, desk.accounts["ann"], 49_023_000)
    assert (told.balance, told.peak) == (fund + 49_023_000, fund + 49_023_000)
    assert desk.kept() == 10


def test_a_gap_beyond_bankruptcy_is_paid_by_the_fund() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    cash, fund = desk.cash("ann"), desk.fund()
    changed = only(desk.mark(9_800), e.PositionChanged)[0]
    # The margin was 1, lost are 2 and a fee of 0.049.
    assert changed.penalty == 104_900_000
    assert desk.cash("ann") == cash
    assert desk.fund() == fund - 104_900_000


def test_a_cross_account_ends_at_nothing() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, mode=CROSS)
    desk.open("ann", "bob", 10)
    desk.keep_only("ann", WHOLE)
    fund = desk.fund()
    changed = only(desk.mark(9_800), e.PositionChanged)[0]
    assert (changed.gained, changed.fee, changed.penalty) == (-2 * WHOLE, 4_900_000, WHOLE + 4_900_000)
    assert (desk.cash("ann"), desk.fund()) == (0, fund - WHOLE - 4_900_000)


@pytest.mark.parametrize("fall", [0, 30])
def test_an_inverse_takeover_books_margin_as_loss_fee_and_penalty(fall: int) -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, INVERSE)
    desk.open("ann", "bob", 1_000, instrument=INVERSE)
    cash, fund = desk.cash("ann", QUIET), desk.fund(1)
    price = 9_955 - fall
    changed = only(desk.mark(price, INVERSE), e.PositionChanged)[0]
    lost = -(-1_000 * 10**11 // price) - 100 * WHOLE
    fee = -(-1_000 * 10**11 * 500 // (price * 10**6))
    assert (changed.gained, changed.fee) == (-lost, fee)
    assert changed.penalty == lost + fee - WHOLE
    assert (desk.cash("ann", QUIET), desk.fund(1)) == (cash, fund - changed.penalty)


def test_warnings_come_once_until_the_ratio_is_above_three_again() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 20)
    desk.open("ann", "bob", 10)
    # Margin 5: the ratio is three where 5 + p - 100 = 3 * 0.0055 p, at 96.59...
    warned = {price: only(desk.mark(price), e.MarginWarned) for price in (9_660, 9_659, 9_600, 9_660, 9_650)}
    assert [len(warnings) for warnings in warned.values()] == [0, 1, 0, 1]
    first = warned[9_659][0]
    assert (first.account, first.instrument, first.margin_mode) == (desk.accounts["ann"], LINEAR, ISOLATED)
    equity = 5 - Fraction(341, 100)
    assert first.ratio_ppm == equity * 10**6 // (Fraction(9_659, 100) * RATE)


def test_a_leap_warns_and_liquidates_at_once() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 20)
    desk.open("ann", "bob", 10)
    events = desk.mark(9_000)
    assert [type(event) for event in events[1:3]] == [e.MarginWarned, e.PositionTakenOver]


def _steps(desk: Desk, price: int, instrument: int = LINEAR) -> list[int]:
    return [event.lots for event in only(desk.mark(price, instrument), e.PositionTakenOver)]


@pytest.mark.parametrize(
    ("contracts", "leverage", "price", "steps", "left"),
    [
        # Third tier: down to the first. 8.33 + p - 100 <= 0.0205 p at 93.58, where the rest needs 0.0055 p.
        (6_000, 12, 9_358, [-50_000], 10_000),
        # Fourth tier: down to the second, whose 1 % the rest can bear.
        (30_000, 10, 9_478, [-250_000], 50_000),
        # Fourth tier, deeper: down to the second, which is not enough, then all of it.
        (30_000, 10, 9_080, [-250_000, -50_000], 0),
        # Second tier: all at once.
        (5_000, 20, 9_570, [-50_000], 0),
    ],
)
def test_large_positions_go_down_two_tiers_at_a_time(
    contracts: int, leverage: int, price: int, steps: list[int], left: int
) -> None:
    desk = Desk("ann", "bob", "cat", cash=10_000_000 * WHOLE, fund=10**6 * WHOLE)
    desk.leverage("ann", leverage)
    desk.leverage("bob", 10, mode=CROSS)
    desk.open("ann", "bob", contracts * 10)
    margin = int(desk.position("ann").margin)
    taken = _steps(desk, price)
    assert [-lots for lots in taken] == steps
    assert desk.lots("ann") == left
    gone = 0
    for lots in steps:
        gone += (margin - gone) * -lots // (contracts * 10 if lots == steps[0] else left - lots)
    assert desk.position("ann").margin == margin - gone
    desk.check_repeatable()


def test_orders_of_an_isolated_position_are_canceled_and_others_stay() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    desk.order("ann", Side.SELL, 5, 10_400, margin_mode=ISOLATED, reduce_only=1)
    desk.order("ann", Side.BUY, 5, 9_600, margin_mode=ISOLATED)
    desk.order("ann", Side.BUY, 5, 9_600, instrument=NEAR, margin_mode=ISOLATED)
    canceled = only(desk.mark(9_954), e.OrderCanceled)
    assert [event.reason for event in canceled] == [CancelReason.LIQUIDATED] * 2
    assert desk.orders("ann") == 1


def _spot(desk: Desk, trader: str, side: Side, lots: int, price: int) -> None:
    order = c.PlaceOrder(account=desk.accounts[trader], instrument=SPOT, side=side, size=lots, price=price)
    desk.do(order)


def test_every_order_that_holds_the_currency_of_a_cross_account_is_canceled() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, mode=CROSS)
    desk.open("ann", "bob", 100)
    desk.keep_only("ann", 31 * WHOLE)
    desk.order("ann", Side.BUY, 10, 9_600, instrument=INVERSE)
    _spot(desk, "ann", Side.BUY, 1, 10_000)
    _spot(desk, "ann", Side.SELL, 1, 20_000)
    desk.order("ann", Side.BUY, 1, 9_600, instrument=NEAR, margin_mode=ISOLATED)
    events = desk.mark(9_700)
    assert [event.reason for event in only(events, e.OrderCanceled)] == [CancelReason.LIQUIDATED] * 2
    assert (desk.lots("ann"), desk.cash("ann"), desk.held("ann")) == (0, 0, 0)
    assert desk.orders("ann") == 2, "the orders that hold QUIET stay"


def test_orders_that_would_spend_what_a_cross_position_stands_on_are_canceled_before_it_is_liquidated() -> None:
    """Else the fund would pay for coins: the position loses, then the spot order spends the rest and more."""
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, mode=CROSS)
    desk.open("ann", "bob", 100)
    desk.keep_only("ann", 25 * WHOLE)
    _spot(desk, "ann", Side.BUY, 1, 10_000)
    # 25 less 9.5 lost less 10 held is 5.5, and 5.4 is required.
    assert only(desk.mark(9_905), e.OrderCanceled) == []
    canceled = only(desk.mark(9_900), e.OrderCanceled)
    assert [event.reason for event in canceled] == [CancelReason.LIQUIDATED]
    assert (desk.lots("ann"), desk.held("ann")) == (100, 0)


def test_closing_a_cross_position_may_not_spend_what_orders_hold() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, mode=CROSS)
    desk.open("ann", "bob", 100)
    desk.keep_only("ann", 25 * WHOLE)
    _spot(desk, "ann", Side.BUY, 1, 10_000)
    # To give away 4 % of 1000 needs 40 and a fee; there are 25, of which 10 are held.
    close = c.PlaceContractOrder(account=desk.accounts["ann"], side=Side.SELL, size=100, reduce_only=1)
    assert desk.apply(close._replace(price=9_860))[0].name == "NONE"
    desk.do(c.CancelOrder(account=desk.accounts["ann"], instrument=LINEAR, order_id=int(desk.state.last_order_id)))
    assert desk.apply(close._replace(price=9_850))[0].name == "INSUFFICIENT_BALANCE"


def test_of_cross_positions_the_one_that_requires_most_goes_first_and_the_last_takes_what_is_left() -> None:
    desk = Desk("ann", "bob", cash=10**7 * WHOLE, fund=10**6 * WHOLE)
    desk.leverage("ann", 20, NEAR, CROSS)
    desk.leverage("ann", 100, LINEAR, CROSS)
    desk.open("ann", "bob", 1_000)
    desk.open("ann", "bob", 20_000, instrument=NEAR)
    desk.keep_only("ann", 10_600 * WHOLE)
    desk.mark(9_990)
    events = desk.mark(9_480, NEAR)
    assert [event.instrument for event in only(events, e.PositionTakenOver)] == [NEAR, LINEAR]
    first, last = (event for event in only(events, e.PositionChanged) if event.cause == PositionCause.LIQUIDATED)
    # The equity of 190 is shared by what each requires; the account ends at nothing.
    near, linear = 9_480 * 20_000 * 10_500, 9_990 * 1_000 * 5_500
    equity = (10_600 - 20_000 * 520 // 1_000 - 10) * WHOLE
    assert first.fee - first.penalty == equity * near // (near + linear)
    assert first.fee - first.penalty + last.fee - last.penalty == equity
    assert (last.balance, desk.lots("ann"), desk.lots("ann", NEAR)) == (0, 0, 0)


@pytest.mark.parametrize(("far", "rate_ppm"), [(30_000, 20_500), (0, 10_500)])
def test_dated_contracts_of_a_family_find_their_tier_together(far: int, rate_ppm: int) -> None:
    """32,000 lots alone are of the second tier; with 30,000 of another expiry both are of the third."""
    desk = Desk("ann", "bob", cash=10**7 * WHOLE, fund=10**6 * WHOLE)
    for instrument in (NEAR, FAR):
        desk.leverage("ann", 20, instrument, CROSS)
    desk.open("ann", "bob", 32_000, instrument=NEAR)
    if far:
        desk.open("ann", "bob", far, instrument=FAR)
    desk.keep_only("ann", 32_000 * WHOLE)

    def is_dead(price: int) -> bool:
        required = (32_000 * price + far * 10_000) * Fraction(rate_ppm, 10**6)
        return 32_000 * 1_000 - 32_000 * (10_000 - price) <= required

    price = next(price for price in range(10_000, 0, -1) if is_dead(price))
    assert _steps(desk, price + 1, NEAR) == []
    first = only(desk.mark(price, NEAR), e.PositionTakenOver)[0]
    # Of 62,000 lots, 52,000 exceed the first tier, which is more than the position.
    assert (first.instrument, first.lots) == (NEAR, 32_000)


def test_what_the_fund_took_over_is_closed_in_the_market_and_the_rest_at_the_next_mark() -> None:
    desk = Desk("ann", "bob", "cat")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 100)
    desk.order("cat", Side.BUY, 60, 9_900)
    fund = desk.fund()
    events = desk.mark(9_954)
    penalty = 490_230_000
    assert (desk.kept(), desk.lots("cat")) == (40, 60)
    order, fill = only(events, e.OrderPlaced)[0], only(events, e.Filled)[0]
    assert (order.side, order.size, fill.price, fill.fee) == (Side.SELL, 100, 9_900, 0)
    assert only(events, e.OrderCanceled)[0].reason == CancelReason.IOC_REST
    assert desk.fund() == fund + penalty - 60 * 54 * 10**5
    desk.order("cat", Side.BUY, 50, 9_900)
    assert desk.kept() == 40, "only a mark price lets the fund trade"
    desk.mark(9_955)
    assert (desk.kept(), desk.lots("cat")) == (0, 100)


def test_the_fund_never_closes_at_a_price_it_cannot_pay_or_beyond_the_limits() -> None:
    desk = Desk("ann", "bob", "cat", fund=20 * WHOLE)
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 1_000)
    desk.order("cat", Side.BUY, 1_000, 9_500)
    # The fund has 20 and the penalty of 49.023; 100 * (99.54 - p) must not exceed it.
    order = only(desk.mark(9_954, buy_max=10_400, sell_min=9_400), e.OrderPlaced)
    assert order == [], "nobody bids what the fund can pay"
    assert desk.kept() == 1_000
    desk.order("cat", Side.BUY, 1, 9_890)
    order = only(desk.mark(9_954, buy_max=10_400, sell_min=9_400), e.OrderPlaced)
    assert [placed.price for placed in order] == [9_885]
    desk.order("cat", Side.BUY, 1, 9_890)
    order = only(desk.mark(9_954, buy_max=10_400, sell_min=9_889), e.OrderPlaced)
    assert [placed.price for placed in order] == [9_889]


def test_a_short_position_is_bought_back_below_what_the_fund_can_pay() -> None:
    desk = Desk("ann", "bob", "cat", fund=20 * WHOLE)
    desk.leverage("ann", 100)
    desk.open("bob", "ann", 1_000)
    desk.order("cat", Side.SELL, 10, 10_046)
    placed = only(desk.mark(10_045), e.OrderPlaced)[0]
    penalty = 100 * WHOLE - 45 * WHOLE - 5_022_500 * 100
    assert (placed.side, placed.price) == (Side.BUY, 10_045 + (20 * WHOLE + penalty) // (1_000 * 10**5))
    limited = Desk("ann", "bob", "cat")
    limited.leverage("ann", 100)
    limited.open("bob", "ann", 10)
    limited.order("cat", Side.SELL, 5, 10_046)
    placed = only(limited.mark(10_045, buy_max=10_050, sell_min=9_000), e.OrderPlaced)[0]
    assert placed.price == 10_050


@pytest.mark.parametrize("state", [InstrumentState.SUSPENDED, InstrumentState.POST_ONLY])
def test_a_contract_that_does_not_trade_is_liquidated_but_not_unloaded(state: int) -> None:
    desk = Desk("ann", "bob", "cat")
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 10)
    desk.order("cat", Side.BUY, 10, 9_900)
    desk.do(c.SetInstrumentState(instrument=LINEAR, state=state))
    desk.mark(9_954)
    desk.time_ms += 60_000
    desk.mark(9_954)
    assert (desk.lots("ann"), desk.kept(), desk.lots("cat")) == (0, 10, 0)
    desk.do(c.SetInstrumentState(instrument=LINEAR, state=InstrumentState.LIVE))
    desk.mark(9_954)
    assert (desk.kept(), desk.lots("cat")) == (0, 10)


def test_who_is_in_danger_is_decided_before_anybody_is_liquidated() -> None:
    """Cat buys what the fund sells above the mark and has 0.38 left: that is looked at at the next mark price."""
    desk = Desk("ann", "bob", "cat")
    desk.leverage("ann", 100)
    desk.leverage("cat", 100, mode=CROSS)
    desk.keep_only("cat", WHOLE * 12 // 10)
    desk.open("ann", "bob", 10)
    desk.order("cat", Side.BUY, 10, 9_980)
    desk.mark(9_900)
    assert desk.lots("cat") == 10
    desk.mark(9_900)
    assert desk.lots("cat") == 0


def test_isolated_positions_go_by_account_and_accounts_by_number() -> None:
    desk = Desk("ann", "bob", "cat", "dan", "eve", "zoe")
    for trader, mode in (("dan", ISOLATED), ("ann", ISOLATED), ("eve", CROSS), ("cat", CROSS)):
        desk.leverage(trader, 100, mode=mode)
        desk.open(trader, "bob", 10)
        if mode == CROSS:
            desk.keep_only(trader, WHOLE)
    taken = only(desk.mark(9_900), e.PositionTakenOver)
    assert [event.account for event in taken] == [desk.accounts[name] for name in ("ann", "dan", "cat", "eve")]


def test_an_isolated_long_and_short_of_one_account_are_liquidated_apart() -> None:
    desk = Desk("ann", "bob")
    ann = desk.accounts["ann"]
    desk.do(c.SetPositionMode(account=ann, position_mode=1))
    for side in (1, 2):
        fields = {"account": ann, "instrument": LINEAR, "margin_mode": ISOLATED, "position_side": side}
        desk.do(c.SetLeverage(leverage=10_000, **fields))
    desk.order("bob", Side.SELL, 10, 10_000)
    desk.order("ann", Side.BUY, 10, 10_000, margin_mode=ISOLATED, position_side=1)
    desk.order("bob", Side.BUY, 10, 10_000)
    desk.order("ann", Side.SELL, 10, 10_000, margin_mode=ISOLATED, position_side=2)
    taken = only(desk.mark(9_900), e.PositionTakenOver)
    assert [(event.position_side, event.lots) for event in taken] == [(1, 10)]


def test_what_many_positions_stand_on_is_added_up_exactly_over_a_short_denominator() -> None:
    found = Standing()
    for number in range(1, 201):
        for denominator in (4, 6, 10):
            found.add_equity(-number, denominator)
            found.add_required(number, denominator)
    assert (found.equity_num, found.equity_den) == (-20_100 * (15 + 10 + 6), 60)
    assert (found.required_num, found.required_den) == (20_100 * (15 + 10 + 6), 60)


def test_a_ratio_to_nothing_is_told_as_nothing() -> None:
    assert Standing().ratio_ppm() == 0


# Worked examples of public rule pages.


@pytest.mark.parametrize("instrument", [LINEAR, INVERSE])
def test_the_isolated_ratios_of_okx_help(instrument: int) -> None:
    """OKX help, liquidation: (margin + profit) / (face value * contracts * mark * (tier rate + fee rate)).

    Coin-margined contracts divide by the mark instead. Position tiers and taker fee are those of the desk.
    """
    desk = Desk("ann", "bob")
    desk.leverage("ann", 10, instrument)
    desk.open("ann", "bob", 10, instrument=instrument)
    warned = only(desk.mark(9_100, instrument), e.MarginWarned)[0]
    if instrument == LINEAR:
        face, contracts = Fraction(1), 1
        margin, profit, value = Fraction(10), Fraction(91 - 100), face * contracts * 91
    else:
        face, contracts = Fraction(10), 10
        margin, profit, value = Fraction(1, 10), Fraction(1) - Fraction(100, 91), face * contracts / 91
    assert warned.ratio_ppm == (margin + profit) / (value * RATE) * 10**6 // 1


@pytest.mark.parametrize(("instrument", "later"), [(LINEAR, 80_000), (INVERSE, 1_250)])
def test_the_most_that_may_be_open_can_be_worth_eight_times_as_much_and_is_still_liquidated(
    instrument: int, later: int
) -> None:
    """Else a mark that goes against the largest positions could not be taken, and nobody would be liquidated."""
    desk = Desk("ann", "bob", cash=2**57, fund=0)
    family = 0 if instrument == LINEAR else 1
    desk.do(c.DefinePositionTier(0, -1, 0, 0, family, 5, 10**12, 50_000, 100_000, 1_000))
    contract = desk.instrument(instrument).contract
    assert contract is not None
    worth = contract.floor_value(10_000, 10**6)
    most = VALUE_MAX // ROOM * 10**6 // worth
    for trader in ("ann", "bob"):
        desk.leverage(trader, 10, instrument)
    order = c.PlaceContractOrder(account=desk.accounts["ann"], instrument=instrument, side=Side.SELL, price=10_000)
    order = order._replace(margin_mode=ISOLATED)
    assert desk.apply(order._replace(size=most + 1 + most // 10**6))[0] == Rejection.NOTIONAL_TOO_LARGE
    short, long = ("ann", "bob") if instrument == LINEAR else ("bob", "ann")
    desk.open(long, short, most, instrument=instrument)
    desk.mark(later, instrument)
    assert desk.lots("ann", instrument) == 0
