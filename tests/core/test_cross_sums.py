"""What is added up of cross positions that stand on the same money is what each of them gives when looked at afresh."""

import random
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.core import accounts as a
from lonja.core import commands as c
from lonja.core import ledger as ld
from lonja.core.calm import is_quiet
from lonja.core.kinds import Side
from lonja.core.maintenance import cross_positions, cross_standing
from lonja.core.margin import surely_free
from lonja.core.state import RECENT_MARKS
from tests.core.desk import CROSS, FAR, INVERSE, LINEAR, NEAR, QUIET, USDT, WHOLE, Desk

CONTRACTS = (LINEAR, NEAR, FAR, INVERSE)


def _check(desk: Desk, trader: str) -> None:
    account = desk.accounts[trader]
    for currency in (USDT, QUIET):
        sums = desk.state.sums_of(account, desk.state.ledger.find(account, currency, ld.TRADING))
        held = cross_positions(desk.state, account, currency)
        gains = [floor(Fraction(*p.gain(p.contract, p.contract.mark, p.size()))) for p in held]
        initial = [ceil(Fraction(*p.initial_margin(p.contract, p.contract.mark, p.size()))) for p in held]
        assert (sums.gain, sums.initial) == (sum(gains), sum(initial))
        standing = cross_standing(desk.state, account, currency)
        if is_quiet(desk.state, account, currency):
            assert not standing.is_within(3), "somebody is near liquidation who was taken for quiet"
        sums = desk.state.sums_of(account, desk.state.ledger.find(account, currency, ld.TRADING))
        if (sums.rates, sums.fee_tier) == (desk.state.rate_changes, desk.state.accounts.get(account, a.FEE_TIER)):
            assert sums.keep * standing.required_den >= standing.required_num, "more is required than was added up"


def _check_floor(desk: Desk, trader: str, rng: random.Random) -> bool:
    """Whether an account has a floor; then no marks of the bands bring it near liquidation, nor make it poorer than is told."""
    state, account = desk.state, desk.accounts[trader]
    slot = state.ledger.find(account, USDT, ld.TRADING)
    sums = state.cross_sums.get(slot)
    if sums is None or sums.rates != state.rate_changes or state.ledger.words[slot + ld.FLOOR] == 0:
        return False
    positions = cross_positions(state, account, USDT)
    told = [surely_free(state, position) for position in positions]
    marks = [position.contract.mark for position in positions]
    for position in positions:
        contract = position.contract
        contract.mark = rng.choice((contract.band_low, contract.band_high))
    standing = cross_standing(state, account, USDT)
    free = state.ledger.available(slot)
    for p in positions:
        free += floor(Fraction(*p.gain(p.contract, p.contract.mark, p.size())))
        free -= ceil(Fraction(*p.initial_margin(p.contract, p.contract.mark, p.size())))
    for position, mark in zip(positions, marks, strict=True):
        position.contract.mark = mark
    assert not standing.is_within(3), "an account with a floor is near liquidation"
    assert all(least <= free for least in told), "more was taken to be free than is"
    return True


def _change(desk: Desk, rng: random.Random) -> None:
    """Somebody trades, a mark moves, a tier changes, fees change."""
    instrument, draw = rng.choice(CONTRACTS), rng.random()
    contract = desk.instrument(instrument).contract
    assert contract is not None
    if draw < 0.4:
        price = max(1, int(contract.mark) * rng.choice((97, 99, 100, 101, 103)) // 100)
        desk.mark(price, instrument, buy_max=2 * price, sell_min=1)
    elif draw < 0.8:
        long, short = rng.sample(("ann", "bob", "cat"), 2)
        side = rng.randrange(2)
        for trader, way in ((short, side), (long, 1 - side)):
            account, size = desk.accounts[trader], rng.randrange(1, 40)
            order = c.PlaceContractOrder(account=account, instrument=instrument, side=way, size=size)
            desk.apply(order._replace(price=int(contract.mark)))
    elif draw < 0.9:
        account = desk.accounts[rng.choice(("ann", "bob"))]
        desk.apply(c.SetLeverage(account=account, instrument=instrument, leverage=rng.choice((300, 1_000, 5_000))))
    elif draw < 0.95:
        desk.do(c.DefinePositionTier(0, -1, 0, 0, rng.randrange(3), 1, 900, rng.choice((4_000, 9_000)), 10_000, 10_000))
    else:
        desk.do(c.ConfigureAccount(account=desk.accounts["ann"], fee_tier=rng.randrange(3)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_sums_are_those_of_positions_looked_at_afresh(seed: int) -> None:
    rng = random.Random(seed)
    desk = Desk("ann", "bob", "cat", cash=rng.choice((200, 2_000, 10**6)) * WHOLE)
    for tier in (1, 2):
        desk.do(c.DefineFeeTier(fee_tier=tier, fee_group=1, maker_rate_ppm=-50, taker_rate_ppm=900 * tier - 1_000))
    for _ in range(40):
        _change(desk, rng)
        if rng.random() < 0.7:
            _check(desk, "ann")
            _check(desk, "bob")
    desk.check_repeatable()


def test_no_marks_of_the_bands_endanger_an_account_above_its_floor() -> None:
    checked = 0
    for seed in range(12):
        rng = random.Random(seed)
        desk = Desk("ann", "bob", "cat", cash=rng.choice((1_000, 4_000)) * WHOLE)
        for _ in range(60):
            _change(desk, rng)
            checked += _check_floor(desk, "ann", rng) + _check_floor(desk, "bob", rng)
    assert checked > 200, "too few accounts had a floor"


def test_money_that_falls_below_its_floor_has_its_positions_looked_at() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 100, LINEAR, CROSS)
    desk.open("ann", "bob", 10)
    desk.mark(10_000)
    desk.mark(10_001)
    position, contract, words = desk.position("ann"), desk.instrument().contract, desk.state.ledger.words
    assert contract is not None
    assert contract.bounds[position.place + 1] == contract.band_high
    assert words[position.settle_slot + ld.FLOOR] > 0
    desk.keep_only("ann", 2 * WHOLE)
    assert (words[position.settle_slot + ld.FLOOR], desk.state.ledger.sunk) == (0, [position.settle_slot])
    desk.mark(10_000)
    assert desk.state.ledger.sunk == []
    assert contract.bounds[position.place] > contract.bounds[position.place + 1]


@pytest.mark.parametrize(("rate_ppm", "more"), [(5_500, 1.0), (333_333, 1.0), (400_000, 1.2), (2_000_000, 6.0)])
def test_what_requires_more_than_a_third_of_its_value_may_swing_further(rate_ppm: int, more: float) -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 10)
    position = desk.position("ann")
    position.look(rate_ppm)
    # 10 lots of 100 USDT at a band of 78 ticks of 10,000, for profit, for margin or three times the rate, for rounding.
    assert position.contract.swing(10) == 78 * 10**6
    assert position.seen_swing == 78 * 10**6 + int(more * 78 * 10**6) + 4


def _two_positions() -> Desk:
    """Ann holds two positions of 100 USDT on the same 20 USDT; the dated one is taken to be of the last tier."""
    desk = Desk("ann", "bob")
    for instrument in (LINEAR, NEAR):
        desk.leverage("ann", 100, instrument, CROSS)
        desk.open("ann", "bob", 10, instrument=instrument)
    desk.keep_only("ann", 20 * WHOLE)
    desk.mark(10_000)
    return desk


def test_positions_of_an_account_are_quiet_while_they_are_certainly_far_from_liquidation() -> None:
    desk = _two_positions()
    account = desk.accounts["ann"]
    # 3 * (100 * 0.0055 + 100 * 0.0505) = 16.8 of 20.
    assert is_quiet(desk.state, account, USDT)
    assert not is_quiet(desk.state, account, QUIET)
    desk.do(c.DefineFeeTier(fee_tier=0, fee_group=1, maker_rate_ppm=200, taker_rate_ppm=20_000))
    assert not is_quiet(desk.state, account, USDT)
    desk.do(c.DefineFeeTier(fee_tier=0, fee_group=1, maker_rate_ppm=200, taker_rate_ppm=500))
    desk.mark(9_900)
    assert is_quiet(desk.state, account, USDT)
    desk.mark(9_600)
    assert not is_quiet(desk.state, account, USDT)
    desk.mark(10_000)
    assert is_quiet(desk.state, account, USDT)
    desk.mark(8_200)
    desk.mark(10_000)
    desk.do(c.ConfigureAccount(account=account, fee_tier=1))
    assert not is_quiet(desk.state, account, USDT)
    desk.mark(10_000)
    assert is_quiet(desk.state, account, USDT)


def test_orders_that_hold_what_positions_require_are_looked_at_exactly() -> None:
    desk = _two_positions()
    desk.order("ann", Side.BUY, 145, 9_900, margin_mode=CROSS)
    assert desk.held("ann") > 14 * WHOLE
    assert not is_quiet(desk.state, desk.accounts["ann"], USDT)


def test_so_many_marks_that_some_were_forgotten() -> None:
    desk = _two_positions()
    for step in range(int(RECENT_MARKS) + 5):
        desk.mark(10_000 + step, INVERSE)
    desk.mark(10_050, NEAR)
    for step in range(int(RECENT_MARKS)):
        desk.mark(10_000 + step, FAR)
    _check(desk, "ann")
