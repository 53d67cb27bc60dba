"""What is told of an order before it is placed: exactly what it comes to once it is."""

import random
from itertools import chain, islice

import pytest

from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.kinds import InstrumentState, Side
from lonja.core.layout import encode_command
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from lonja.core.state_views import StateViews
from lonja.core.views import TrialView
from tests.core.naive_exchange import NaiveExchange
from tests.core.random_collateral import POOLED, RandomCollateral, founding_with_collateral
from tests.core.scenario import CONTRACTS, Floor
from tests.core.test_order_sizes import carry_out

Order = c.PlaceOrder | c.PlaceContractOrder


def told(state: State, order: Order) -> TrialView:
    """What there is, read one by one."""
    views = StateViews(state)
    instrument = state.instruments[order.instrument]
    liquidation = (0, 0)
    if isinstance(order, c.PlaceContractOrder):
        currency = int(instrument.settle)
        named = (order.instrument, order.margin_mode, order.position_side)
        for position in views.positions(order.account):
            if position[1:4] == named and position.lots:
                liquidation = (position.liquidation_ticks, position.liquidation_parts)
    else:
        currency = int(instrument.quote if order.side == Side.BUY else instrument.base)
    collateral = views.collateral(order.account)
    owed = [one.liability for one in views.liabilities(order.account) if one.currency == currency]
    return TrialView(
        currency,
        collateral.adjusted_equity,
        collateral.initial_margin,
        collateral.maintenance_margin,
        collateral.ratio_ppm,
        max(views.margin(order.account, currency).spendable, 0) if owed else 0,
        owed[0] if owed else 0,
        *liquidation,
    )


def pools(seed: int, commands: int, cash: int) -> tuple[State, RandomCollateral]:
    """A state that random commands led to, everything in it open, and a source of orders that suit it."""
    state, twin = State(), NaiveExchange()
    drawn = RandomCollateral(seed, twin)
    made = []
    for command in chain(founding_with_collateral(cash), islice(drawn, commands)):
        twin.apply(command)
        made.append(encode_command(command))
    apply_batch(state, b"".join(made), 0)
    for instrument in range(len(state.instruments)):
        carry_out(state, c.SetInstrumentState(instrument=instrument, state=InstrumentState.LIVE))
    return state, drawn


def crosses_own(state: State, order: Order) -> bool:
    """Whether an order of the same master waits on the other side."""
    views = StateViews(state)
    master = state.accounts.get(order.account, 1)
    family = [n for n in range(views.account_count()) if state.accounts.get(n, 1) == master or n == order.account]
    waiting = [one for account in family for one in views.open_orders(account)]
    return any(one.instrument == order.instrument and one.side != order.side for one in waiting)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cash", [20_000, 10**9], ids=["modest", "rich"])
def test_what_is_told_comes_true(seed: int, cash: int) -> None:
    rng, outcomes, followed = random.Random(seed), [], 0
    for commands in (150, 330):
        state, drawn = pools(seed, commands, cash)
        dumped = dump_state(state)
        for _ in range(45):
            order = rng.choice((drawn.place_spot, drawn.place_contract))()
            assert isinstance(order, Order)
            order = order._replace(account=rng.choice(POOLED), time_ms=int(state.time_ms), session=0)
            before = StateViews(state).precheck(order)
            after = load_state(dumped)
            rejection = carry_out(after, order)
            if rejection == Rejection.NONE and state.accounts.get(order.account, 2) < 3:
                rejection = Rejection.ACCOUNT_MODE_FORBIDS
            assert before.rejection == rejection, order
            outcomes.append(before.rejection)
            if before.rejection == Rejection.NONE:
                assert before.before == told(state, order), order
                if not crosses_own(state, order):
                    assert before.after == told(after, order), order
                    followed += 1
        assert dump_state(state) == dumped
    assert followed > 5


def test_in_other_modes_nothing_is_told() -> None:
    views = StateViews(Floor(CONTRACTS).state)
    order = c.PlaceContractOrder(account=2, instrument=0, price=100, size=1)
    told = views.precheck(order)
    assert (told.rejection, set(told.after)) == (Rejection.ACCOUNT_MODE_FORBIDS, {0})
    assert views.precheck(order._replace(price=0)).rejection == Rejection.PRICE_NOT_POSITIVE
