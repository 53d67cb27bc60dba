"""What is told of an isolated order for a pair before it is placed: exactly what it comes to once it is; ADR 0036."""

import random

import pytest

from lonja.core import commands as c
from lonja.core.kinds import Side
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from lonja.core.state_views import StateViews
from lonja.core.views import TrialView
from tests.core.commands_in_words import read_command
from tests.core.random_collateral import OWNERS, POCKETS
from tests.core.scenario import POOLED, Floor
from tests.core.test_order_sizes import carry_out
from tests.core.test_prechecking import crosses_own, pools


def told(state: State, order: PlaceMarginOrder) -> TrialView:
    """What there is of the owner and of the pocket, read one by one."""
    views, owner = StateViews(state), int(state.pools[order.account].owner)
    instrument = state.instruments[order.instrument]
    currency = order.margin_currency
    if currency == -1:
        currency = int(instrument.quote if order.side == Side.BUY else instrument.base)
    collateral, pocket = views.collateral(owner), views.pocket_position(order.account)
    assert pocket is not None
    owed = [one.liability for one in views.liabilities(owner) if one.currency == currency]
    return TrialView(
        currency,
        collateral.adjusted_equity,
        collateral.initial_margin,
        collateral.maintenance_margin,
        collateral.ratio_ppm,
        max(views.margin(owner, currency).spendable, 0) if owed else 0,
        owed[0] if owed else 0,
        pocket.liquidation_ticks,
        pocket.liquidation_parts,
        pocket.base,
        pocket.quote,
    )


def comes_true(state: State, order: PlaceMarginOrder, *, in_mode: bool = True) -> bool:
    """Expect what is told of ``order`` to be so, and to become so once it is placed; whether it could be placed."""
    dumped = dump_state(state)
    before, after = StateViews(state).precheck(order), load_state(dumped)
    assert dump_state(state) == dumped
    rejection = carry_out(after, order)
    if rejection == Rejection.NONE and not in_mode:
        rejection = Rejection.ACCOUNT_MODE_FORBIDS
    assert before.rejection == rejection, order
    if rejection != Rejection.NONE:
        assert (set(before.before), before.after) == ({0}, before.before)
        return False
    assert before.before == told(state, order), order
    if crosses_own(state, c.PlaceOrder(*order[:17])):
        return False
    assert before.after == told(after, order), order
    return True


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("cash", [20_000, 10**9], ids=["modest", "rich"])
def test_what_is_told_comes_true(seed: int, cash: int) -> None:
    rng, followed = random.Random(seed), 0
    for commands in (150, 330):
        state, drawn = pools(seed, commands, cash)
        for _ in range(45):
            order = rng.choice((drawn.order_with_margin, drawn.reduce_in_pocket))()
            assert isinstance(order, PlaceMarginOrder)
            order = order._replace(account=POCKETS[0], time_ms=int(state.time_ms), session=0)
            followed += comes_true(state, order, in_mode=state.accounts.get(OWNERS[0], 2) >= 3)
    assert followed > 3


FINE = (
    POOLED.replace("currency BTC scale=0", "currency BTC scale=4")
    .replace("100 rate=900000", "10000000 rate=900000")
    .replace("instrument BTC-USD base=BTC quote=USD", "instrument BTC-USD base=BTC quote=USD fee_group=1")
    .replace("deposit bob 1000 BTC", "deposit bob 10000000 BTC\n    > fees tier=0 group=1 maker=0 taker=1000")
    + """    > margin_tier BTC-USD 1 base=1000000 quote=20000 imr=200000 mmr=50000
    > deposit eve 1000 USD
    > deposit eve 200000 BTC
    > eve pocket BTC-USD
"""
)
"""Eve stands on all that she has, and borrows for pairs; a lot is 10,000 of the smallest units of BTC."""
LONG = "> bob sell 20 @ 100\n> eve_pocket buy 20 @ 100 funds=USD"
SHORT = "> bob buy 10 @ 100\n> eve_pocket sell 10 @ 100 funds=USD"
POCKET = 9


@pytest.mark.parametrize(
    ("held", "asked", "base", "quote"),
    [
        # Twenty cost 2,000, of which 400 are brought, and the fee of 0.1 % is paid in BTC.
        ("", "> eve_pocket buy 20 @ 100 funds=USD", 199_800, -1_600),
        ("", "> eve_pocket buy 10 @ 99 funds=BTC", 20_000, 0),
        ("", "> eve_pocket buy 10 @ 99 ioc funds=USD", 0, 0),
        (LONG, "> eve_pocket sell 5 @ 99 reduce", 149_800, -1_106),
        # All is sold and nothing owed: what is left is the owner's again.
        (LONG, "> eve_pocket sell 30 @ 99 reduce", 0, 0),
        # What is owed then is less than a lot is worth: the desk pays it for some of what is left.
        (LONG, "> eve_pocket sell 16 @ 99", 0, 0),
        # Twenty less than is owed are bought from the desk, and then it is over.
        (SHORT, "> eve_pocket buy 10 @ 101", 0, 0),
        (SHORT, "> eve_pocket buy 4 @ 101 ioc", -60_040, 806),
    ],
)
def test_what_an_order_makes_of_its_pocket(held: str, asked: str, base: int, quote: int) -> None:
    floor = Floor(FINE)
    floor.run(held) if held else None
    floor.run("> bob buy 60 @ 99\n> bob sell 60 @ 101" if held else "> bob sell 60 @ 100")
    order = read_command(asked[2:].split(), floor.names)
    assert isinstance(order, PlaceMarginOrder | c.PlaceOrder)
    asks = order if isinstance(order, PlaceMarginOrder) else PlaceMarginOrder(*order, -1, 0)
    assert comes_true(floor.state, asks)
    after = StateViews(floor.state).precheck(asks).after
    assert (after.base, after.quote) == (base, quote)


def test_only_of_owners_in_that_mode() -> None:
    floor = Floor(
        POOLED + "    > margin_tier BTC-USD 1 base=100 quote=20000 imr=200000 mmr=50000\n    > ann pocket BTC-USD"
    )
    order = PlaceMarginOrder(account=POCKET, instrument=2, price=100, size=1, margin_currency=1)
    assert not comes_true(floor.state, order, in_mode=False)
