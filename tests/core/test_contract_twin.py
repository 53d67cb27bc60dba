"""The core against its naive twin where contracts are traded: outcomes, events, books, money, positions and holds.

A difference prints the last commands with the twin's answers. ``CONTRACT_TWIN_SEEDS`` and ``CONTRACT_TWIN_STEPS`` make
the run longer: the first gives how many seeds are run for each riches, the second how many commands of each.
"""

import os
from collections import Counter
from fractions import Fraction
from itertools import chain, islice
from math import ceil
from typing import Any

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import ledger as ld
from lonja.core.kinds import AccountKind, Ledger, Side
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from tests.core.naive_contract_parts import Contract, Family
from tests.core.random_commands import START_MS
from tests.core.random_contracts import (
    FAR_FUTURE,
    LINEAR,
    LINEAR_FUTURES,
    LINEAR_SWAPS,
    NEAR_FUTURE,
    SPOT,
    USDT,
    RandomContracts,
    founding,
)
from tests.core.test_twin import Pair
from tests.simulation.invariants import check_round_trip, check_state
from tests.simulation.mirror import Mirror

SEEDS = int(os.environ.get("CONTRACT_TWIN_SEEDS", "2"))
STEPS = int(os.environ.get("CONTRACT_TWIN_STEPS", "500"))
LOOK_EVERY = 100


def compare_positions(pair: Pair) -> None:
    """Expect the same positions, named in the same order."""
    assert len(pair.state.positions) == len(pair.twin.positions)
    for real, twin in zip(pair.state.positions, pair.twin.positions, strict=True):
        assert tuple(map(int, (real.account, real.instrument, real.margin_mode, real.side))) == twin.names
        assert (real.lots, real.margin, real.leverage) == (twin.lots, twin.margin, twin.leverage)
        assert Fraction(real.entry_num, real.entry_den) == twin.entry
        totals = (real.life, real.opened_ms, real.pnl, real.fees, real.funding, real.penalty, bool(real.warned))
        assert totals == (*_totals(twin), twin.warned)
        assert real.held == pair.twin.need(twin), f"{twin.names} holds something else than its orders need"


def _totals(twin: object) -> tuple[int, ...]:
    return tuple(getattr(twin, name) for name in ("life", "opened_ms", "pnl", "fees", "funding", "penalty"))


def compare_money(pair: Pair) -> None:
    """Expect the same balances and holds, and that cash and margins of each currency add up to nothing."""
    twin, totals = pair.twin, Counter[int]()
    for account in range(len(twin.accounts)):
        for currency in range(len(twin.currencies)):
            for ledger in Ledger:
                slot = pair.state.ledger.find(account, currency, ledger)
                cash = 0 if slot == ld.NIL else pair.state.ledger.words[slot + ld.CASH]
                totals[currency] += cash
                if account > 1:
                    assert cash == twin.balance(account, currency, ledger)
                    is_fund = twin.accounts[account].kind == AccountKind.HOUSE
                    covered = ledger == Ledger.TRADING and twin.lacking(account, currency) <= 0
                    # What a cross pocket owes stands on the equity of its owner.
                    covered = covered or account in twin.lending.crossed
                    assert is_fund or cash >= 0 or covered, f"account {account} owes what nobody covers"
                    assert pair.state.ledger.available(slot) == twin.available(account, currency, ledger)
    for position in pair.state.positions:
        totals[pair.state.instruments[position.instrument].settle] += position.margin
    assert not any(totals.values()), f"money appeared or vanished: {totals}"


def check_contracts(pair: Pair) -> None:
    """Expect longs to equal shorts, no book to show what cannot trade, and clearing to owe what positions gained."""
    for contract in (found for found in pair.twin.instruments if isinstance(found, Contract)):
        held = [position for position in pair.twin.positions if position.contract is contract]
        assert sum(position.lots for position in held) == 0, "long lots are not short lots"
        for position in held:
            reducing = pair.twin.reducing(position)
            assert not reducing or pair.twin.spare(position) >= 0
            assert all(position.closable(order.side) for order in reducing), "an order that only reduces would open"
    for family in pair.twin.families:
        check_clearing(pair, family)


def check_clearing(pair: Pair, family: Family) -> None:
    """Clearing and what open positions gained cancel out, but for what rounding leaves in clearing."""
    held = [p for p in pair.twin.positions if p.contract.family is family and p.lots and p.contract.mark]
    open_gains = sum((position.gain(position.contract.mark, position.size) for position in held), Fraction(0))
    assert pair.twin.balance(family.account, family.settle, Ledger.FUNDING) >= ceil(open_gains)


def check(pair: Pair) -> None:
    """Everything that can be compared."""
    compare_positions(pair)
    compare_money(pair)
    check_contracts(pair)
    pair.compare_books()
    check_state(pair.state)


def found_contracts(cash: int) -> Pair:
    pair = Pair()
    for command in founding(cash):
        assert pair.apply(command)[0] == 0
    return pair


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("cash", [40, 700, 20_000, 10**12], ids=["broke", "poor", "modest", "rich"])
def test_random_streams_of_contracts(seed: int, cash: int) -> None:
    pair, mirror = Pair(), Mirror()
    stream = chain(founding(cash), islice(RandomContracts(seed, pair.twin), STEPS))
    for step, command in enumerate(stream):
        pair.apply(command)
        mirror.fold(pair.twin.events)
        if step % LOOK_EVERY == 0:
            check(pair)
            mirror.compare(pair.state)
            pair.state = check_round_trip(pair.state)
    check(pair)
    mirror.compare(pair.state)


# What these streams found, each by name.


def place(account: int, side: Side, price: int, size: int, **more: Any) -> c.PlaceContractOrder:
    """A limit order in the linear swap, cross unless told otherwise."""
    order = c.PlaceContractOrder(START_MS, account, instrument=LINEAR, side=side, price=price, size=size)
    return order._replace(**more)


def accept(pair: Pair, *commands: c.Command) -> list[e.Event]:
    """Expect each to be accepted; the events of the last."""
    events: list[e.Event] = []
    for command in commands:
        rejection, events = pair.apply(command)
        assert rejection == Rejection.NONE, command
    return events


@pytest.fixture
def pair() -> Pair:
    return found_contracts(20_000)


def test_what_orders_hold_follows_the_fee_rates(pair: Pair) -> None:
    accept(pair, place(2, Side.BUY, 1_000, 30), place(7, Side.SELL, 1_001, 30))
    before = pair.twin.held(2, USDT)
    accept(pair, c.DefineFeeTier(START_MS, fee_tier=0, fee_group=0, maker_rate_ppm=9_000, taker_rate_ppm=9_000))
    assert pair.twin.held(2, USDT) > before
    check(pair)
    accept(pair, c.ConfigureAccount(START_MS, 7, fee_tier=0))
    check(pair)


def test_no_index_price_moves_the_band_of_a_contract(pair: Pair) -> None:
    for price in (0, 500):
        assert pair.apply(c.SetIndexPrice(START_MS, instrument=LINEAR, price=price))[0] == Rejection.FIELD_INVALID
    assert pair.apply(place(2, Side.BUY, 1_051, 1))[0] == Rejection.PRICE_ABOVE_BAND


@pytest.mark.parametrize(
    ("side", "price", "rejection"),
    [
        (Side.BUY, 1_051, Rejection.PRICE_ABOVE_BAND),
        (Side.SELL, 949, Rejection.PRICE_BELOW_BAND),
        (Side.SELL, 2**61, Rejection.NOTIONAL_TOO_LARGE),
    ],
)
def test_an_amended_order_stays_within_value_and_band(pair: Pair, side: Side, price: int, rejection: Rejection) -> None:
    accept(pair, place(2, side, 1_000, 2, client_order_id=Text32("a")))
    amend = c.AmendOrder(START_MS, 2, instrument=LINEAR, client_order_id=Text32("a"), new_price=price)
    assert pair.apply(amend)[0] == rejection


def test_an_order_may_always_be_cut_but_not_grow_into_a_liquidation(pair: Pair) -> None:
    accept(pair, c.SetLeverage(START_MS, 7, instrument=LINEAR, margin_mode=1, leverage=1_000))
    accept(pair, place(7, Side.BUY, 1_000, 20, client_order_id=Text32("a"), margin_mode=1))
    accept(pair, c.SetMarkPrice(START_MS, instrument=LINEAR, price=700, buy_max=2_000, sell_min=1))
    amend = c.AmendOrder(START_MS, 7, instrument=LINEAR, client_order_id=Text32("a"))
    assert pair.apply(amend._replace(new_size=21))[0] == Rejection.WOULD_LIQUIDATE
    assert pair.apply(amend._replace(new_size=19, new_price=999))[0] == Rejection.WOULD_LIQUIDATE
    accept(pair, amend._replace(new_size=3))
    check(pair)


def test_an_amended_spot_order_spends_nothing_that_positions_stand_on(pair: Pair) -> None:
    accept(pair, c.PlaceOrder(START_MS, 7, instrument=SPOT, price=1_000, size=1, client_order_id=Text32("a")))
    accept(pair, c.SetLeverage(START_MS, 7, instrument=LINEAR, leverage=100), place(6, Side.SELL, 1_000, 500))
    accept(pair, place(7, Side.BUY, 1_000, 500))
    unheld, free = pair.twin.available(7, USDT), pair.twin.spendable(7, USDT)
    per_lot = pair.twin.instruments[SPOT].cost(1_000, 1)
    amend = c.AmendOrder(START_MS, 7, instrument=SPOT, client_order_id=Text32("a"))
    too_much = 2 + free // per_lot
    assert too_much < unheld // per_lot
    assert pair.apply(amend._replace(new_size=too_much))[0] == Rejection.INSUFFICIENT_BALANCE
    accept(pair, amend._replace(new_size=too_much - 1))
    check(pair)


def test_what_a_cross_liquidation_takes_over_elsewhere_is_closed_at_once(pair: Pair) -> None:
    for instrument in (LINEAR, NEAR_FUTURE):
        accept(pair, place(5, Side.SELL, 1_000, 30, instrument=instrument, position_side=2))
        accept(pair, place(7, Side.BUY, 1_000, 30, instrument=instrument))
        accept(pair, place(2, Side.BUY, 990, 30, instrument=instrument))
    accept(pair, c.SetLeverage(START_MS, 7, instrument=LINEAR, leverage=5_000))
    accept(pair, c.SetLeverage(START_MS, 7, instrument=NEAR_FUTURE, leverage=5_000))
    rest = pair.twin.spendable(7, USDT)
    accept(pair, c.Transfer(START_MS, 7, currency=USDT, amount=rest, from_ledger=1, to_ledger=0))
    events = accept(pair, c.SetMarkPrice(START_MS, instrument=LINEAR, price=960))
    fund = pair.twin.families[LINEAR_FUTURES].account
    fills = [event for event in events if isinstance(event, e.Filled) and event.account == fund]
    assert [(fill.instrument, fill.size) for fill in fills] == [(NEAR_FUTURE, 30)]
    check(pair)


def test_a_rebate_does_not_count_towards_surviving(pair: Pair) -> None:
    # At 1,000 with a leverage of 100, 4 of the margin of 10 are left at 994, where 4.97 are required.
    accept(pair, c.SetLeverage(START_MS, 4, 0, 0, LINEAR, 1, 1, 10_000))
    accept(pair, c.SetMarkPrice(START_MS, instrument=LINEAR, price=994))
    order = place(4, Side.BUY, 1_000, 10, margin_mode=1, position_side=1)
    assert pair.twin.rates(4, pair.twin.instruments[LINEAR])[1] < 0
    assert pair.apply(order)[0] == Rejection.WOULD_LIQUIDATE


def test_a_position_beyond_the_last_tier_has_the_leverage_of_that_tier(pair: Pair) -> None:
    accept(pair, place(6, Side.SELL, 1_000, 200), place(7, Side.BUY, 1_000, 200))
    for tier in range(1, 5):
        terms = (10 * tier, 5_000, 10_000, 10_000 // tier)
        accept(pair, c.DefinePositionTier(START_MS, -1, 0, 0, LINEAR_SWAPS, tier, *terms))
    command = c.SetLeverage(START_MS, 7, instrument=LINEAR, leverage=2_501)
    assert pair.apply(command)[0] == Rejection.LEVERAGE_ABOVE_TIER
    accept(pair, command._replace(leverage=2_500))
    check(pair)


def test_dated_contracts_held_cross_find_their_tier_together(pair: Pair) -> None:
    for instrument in (NEAR_FUTURE, FAR_FUTURE):
        accept(pair, c.SetLeverage(START_MS, 7, instrument=instrument, leverage=10_000))
    accept(pair, place(6, Side.SELL, 1_000, 40, instrument=NEAR_FUTURE))
    accept(pair, place(7, Side.BUY, 1_000, 40, instrument=NEAR_FUTURE))
    one_more = place(7, Side.BUY, 1_000, 1, instrument=FAR_FUTURE)
    assert pair.apply(one_more)[0] == Rejection.LEVERAGE_ABOVE_TIER
    accept(pair, one_more._replace(margin_mode=1))
    accept(pair, c.SetLeverage(START_MS, 7, instrument=FAR_FUTURE, leverage=1_000))
    assert pair.apply(one_more)[0] == Rejection.LEVERAGE_ABOVE_TIER  # the other's leverage is still too high
    accept(pair, c.SetLeverage(START_MS, 7, instrument=NEAR_FUTURE, leverage=5_000), one_more)
    higher = c.SetLeverage(START_MS, 7, instrument=NEAR_FUTURE, leverage=5_001)
    assert pair.apply(higher)[0] == Rejection.LEVERAGE_ABOVE_TIER
    check(pair)


def test_a_margin_that_roundings_left_short_is_topped_up_only_from_what_is_there(pair: Pair) -> None:
    # A third of 700 units rounds down three times, a third of 2,100 does not.
    for _ in range(3):
        accept(pair, place(6, Side.SELL, 1_000, 1), place(7, Side.BUY, 1_000, 1, margin_mode=1))
    assert pair.twin.positions[1].margin == 699
    rest = pair.twin.spendable(7, USDT)
    accept(pair, c.Transfer(START_MS, 7, currency=USDT, amount=rest, from_ledger=1, to_ledger=0))
    command = c.SetLeverage(START_MS, 7, instrument=LINEAR, margin_mode=1, leverage=300)
    assert pair.apply(command)[0] == Rejection.INSUFFICIENT_FUNDS
    accept(pair, c.Deposit(START_MS, 7, currency=USDT, ledger=1, amount=1), command)
    assert pair.twin.positions[1].margin == 700
    check(pair)


def test_a_fund_that_owes_covers_nothing_of_its_own(pair: Pair) -> None:
    accept(pair, c.SetLeverage(START_MS, 4, 0, 0, FAR_FUTURE, 1, 1, 1_000))
    for instrument, buyer, side in ((FAR_FUTURE, 4, 1), (NEAR_FUTURE, 7, 0)):
        accept(pair, place(6, Side.SELL, 1_000, 30, instrument=instrument))
        accept(pair, place(buyer, Side.BUY, 1_000, 30, instrument=instrument, margin_mode=1, position_side=side))
    accept(pair, c.SetMarkPrice(START_MS, instrument=FAR_FUTURE, price=904, buy_max=2_000, sell_min=1))
    family = pair.twin.families[LINEAR_FUTURES]
    keeper = pair.twin.find_position(family.account, FAR_FUTURE, 0, 0)
    assert keeper is not None
    assert keeper.lots == 30
    rest = pair.twin.spendable(7, USDT)
    accept(pair, c.Transfer(START_MS, 7, currency=USDT, amount=rest, from_ledger=1, to_ledger=0))
    lost = 7_000 + pair.twin.fund(family) + 1_000
    accept(pair, c.DeliverContract(START_MS, instrument=NEAR_FUTURE, price=1_000 - lost // 21))
    assert pair.twin.fund(family) < 0
    accept(pair, place(2, Side.BUY, 1_100, 5, instrument=FAR_FUTURE))
    events = accept(pair, c.SetMarkPrice(START_MS, instrument=FAR_FUTURE, price=904, buy_max=2_000, sell_min=1))
    assert any(isinstance(event, e.Filled) and event.account == family.account for event in events)
    assert not any(isinstance(event, e.FundChanged) and event.account == family.account for event in events)
    check(pair)


def test_no_order_spends_what_a_delivery_has_taken(pair: Pair) -> None:
    accept(pair, place(6, Side.SELL, 1_000, 30, instrument=NEAR_FUTURE))
    accept(pair, place(7, Side.BUY, 1_000, 30, instrument=NEAR_FUTURE, margin_mode=1))
    rest = pair.twin.spendable(7, USDT) - 7_000
    accept(pair, c.Transfer(START_MS, 7, currency=USDT, amount=rest, from_ledger=1, to_ledger=0))
    accept(pair, c.PlaceOrder(START_MS, 7, instrument=SPOT, price=1_000, size=6))
    events = accept(pair, c.DeliverContract(START_MS, instrument=NEAR_FUTURE, price=500))
    assert [event.account for event in events if isinstance(event, e.OrderCanceled)] == [7]
    assert pair.twin.held(7, USDT) == 0 <= pair.twin.balance(7, USDT)
    check(pair)
