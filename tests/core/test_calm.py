"""What a position remembers of its distance from danger is never too much (``core.calm``)."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.core import commands as c
from lonja.core.calm import is_calm, remember_calm
from lonja.core.contracts import Contract
from lonja.core.kinds import Side
from lonja.core.maintenance import Standing, cross_standing, isolated_standing
from lonja.core.positions import CROSS, Position
from lonja.core.snapshot import dump_state, load_state
from tests.core.desk import INVERSE, ISOLATED, LINEAR, NEAR, QUIET, SPOT, USDT, WHOLE, Desk
from tests.core.scenario import CONTRACTS, Floor


def _standing(desk: Desk, contract: Contract, position: Position, mark: int) -> tuple[bool, bool]:
    """Whether a position would be near liquidation at a mark, and liquidated or without its orders."""
    before, contract.mark = contract.mark, mark
    held = 0
    found: Standing
    if position.margin_mode == CROSS:
        found = cross_standing(desk.state, position.account, contract.family.settle)
        held = desk.held("ann", int(contract.family.settle))
    else:
        found = isolated_standing(desk.state, contract, position)
    contract.mark = before
    return found.is_within(3), found.is_within(1, held)


def _remembered(contract: Contract, position: Position) -> tuple[int, int]:
    """Between which marks a position is not looked at, or, when it is looked at, not exactly."""
    low, high = contract.bounds[position.place], contract.bounds[position.place + 1]
    if not low <= contract.mark <= high:
        low, high = position.calm_low, position.calm_high
    return max(1, int(low)), int(high)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_nothing_changes_between_the_marks_that_are_remembered(seed: int) -> None:
    rng = random.Random(seed)
    instrument, mode = rng.choice((LINEAR, INVERSE, NEAR)), rng.choice((CROSS, ISOLATED))
    settle = QUIET if instrument == INVERSE else USDT
    desk = Desk("ann", "bob", cash=10**6 * WHOLE)
    desk.leverage("ann", rng.choice((2, 10, 50, 100)), instrument, mode)
    desk.leverage("bob", 100, instrument, CROSS)
    long, short = rng.choice((("ann", "bob"), ("bob", "ann")))
    desk.open(long, short, rng.choice((1, 7, 999)), 10_000 + rng.randrange(-30, 30), instrument)
    position = desk.position("ann", instrument)
    contract = desk.instrument(instrument).contract
    assert contract is not None
    if mode == CROSS:
        desk.mark(10_000, instrument)
        needed = int(Fraction(*position.initial_margin(contract, 10_000, position.size())))
        desk.keep_only("ann", needed + needed // 3 + 10, settle)
        if rng.random() < 0.5:
            order = c.PlaceOrder(account=desk.accounts["ann"], instrument=SPOT, side=Side.BUY, size=1)
            desk.apply(order._replace(price=max(1, needed // 10**8)))
    for _ in range(6):
        desk.mark(contract.mark + rng.randrange(-60, 61), instrument)
        if position.lots == 0:
            return
        low, high = _remembered(contract, position)
        assert low <= contract.mark <= high
        now = _standing(desk, contract, position, contract.mark)
        for mark in (low, high, rng.randint(low, min(high, low + 10**6)), rng.randint(max(low, high - 10**6), high)):
            assert _standing(desk, contract, position, mark) == now


def test_it_reaches_nearly_as_far_as_it_could() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("ann", 10)
    desk.open("ann", "bob", 10)
    position, contract = desk.position("ann"), desk.instrument().contract
    assert contract is not None
    remember_calm(desk.state, contract, position, isolated_standing(desk.state, contract, position))
    # 10 + p - 100 = 3 * 0.0055 p at 91.509...; upwards it is assumed that nothing was gained.
    assert position.calm_low in range(9_151, 9_260)
    assert position.calm_high == 20_000 - position.calm_low


def _calm(desk: Desk) -> bool:
    contract = desk.instrument().contract
    assert contract is not None
    return is_calm(desk.state, desk.position("ann"), contract.mark)


ACCOUNT = 5
CHANGES = {
    "more lots": c.PlaceContractOrder(account=ACCOUNT, side=Side.BUY, size=1, price=10_100),
    "a tier of the family": c.DefinePositionTier(0, -1, 0, 0, 0, 1, 10_000, 6_000, 10_000, 10_000),
    "rates of fees": c.DefineFeeTier(fee_tier=0, fee_group=1, maker_rate_ppm=200, taker_rate_ppm=600),
    "the fees of the account": c.ConfigureAccount(account=ACCOUNT, fee_tier=3),
}
CROSS_CHANGES = CHANGES | {
    "cash": c.Transfer(account=ACCOUNT, currency=USDT, amount=1, from_ledger=1, to_ledger=0),
    "orders that hold": c.PlaceOrder(account=ACCOUNT, instrument=SPOT, side=Side.BUY, size=1, price=100),
    "another position": c.PlaceContractOrder(account=ACCOUNT, instrument=NEAR, side=Side.BUY, size=1, price=10_000),
}
ISOLATED_CHANGES = CHANGES | {"margin": c.AdjustMargin(account=ACCOUNT, instrument=LINEAR, amount=1)}
CASES = [(CROSS, name, command) for name, command in CROSS_CHANGES.items()] + [
    (ISOLATED, name, command) for name, command in ISOLATED_CHANGES.items()
]


@pytest.mark.parametrize(("mode", "name", "change"), CASES, ids=[f"{name}-{mode}" for mode, name, _ in CASES])
def test_whatever_changes_a_position_ends_its_calm(mode: int, name: str, change: c.Command) -> None:
    desk = Desk("ann", "bob", "cat")
    assert desk.accounts["ann"] == ACCOUNT
    desk.leverage("ann", 40, mode=mode)
    desk.open("ann", "bob", 10)
    desk.order("bob", Side.SELL, 5, 10_100)
    desk.order("bob", Side.SELL, 5, 10_000, instrument=NEAR)
    desk.mark(10_000)
    assert _calm(desk), name
    if isinstance(change, c.PlaceContractOrder):
        change = change._replace(margin_mode=mode)
    desk.do(change)
    assert not _calm(desk), name


def test_another_position_on_the_same_money_ends_its_calm_even_when_it_costs_nothing() -> None:
    desk = Desk("ann", "bob")
    desk.do(c.DefineFeeTier(fee_tier=0, fee_group=1))
    desk.open("ann", "bob", 10)
    desk.mark(10_000)
    assert _calm(desk)
    desk.open("ann", "bob", 1, instrument=NEAR)
    assert not _calm(desk)
    desk.open("bob", "ann", 1, instrument=NEAR)
    assert _calm(desk)


def test_a_position_that_was_never_looked_at_is_not_calm() -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 10)
    assert not _calm(desk)


def test_what_others_do_and_a_flat_position_beside_it_leave_it_calm() -> None:
    desk = Desk("ann", "bob", "cat")
    desk.leverage("ann", 10, NEAR, CROSS)
    desk.leverage("ann", 10, INVERSE, CROSS)
    desk.leverage("ann", 10, LINEAR, CROSS)
    desk.open("ann", "bob", 10)
    desk.mark(10_000)
    desk.open("bob", "cat", 10)
    desk.keep_only("bob", 1_000 * WHOLE)
    assert _calm(desk)


@pytest.mark.parametrize("restarts", [False, True])
def test_gains_of_a_cross_position_alone_let_no_mark_pass(restarts: bool) -> None:
    """Ten bought at 100 have gained 270 at 127; with 400 beside they bear no order that holds 667, after a restart either."""
    floor = Floor(CONTRACTS)
    floor.run("> account dan mode=2\n> deposit dan 400 USD\n> bob sell 10 @ 100 on=LIN\n> dan buy 10 @ 100 on=LIN")
    floor.run("> mark LIN 200\n> dan buy 10 @ 200 on=LIN id=more")
    if restarts:
        floor.state = load_state(dump_state(floor.state))
    assert "canceled more: liquidated" in floor.run("> mark LIN 127")
