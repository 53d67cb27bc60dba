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
from tests.core.commands_in_words import read_command
from tests.core.naive_exchange import NaiveExchange
from tests.core.random_collateral import POOLED, RandomCollateral, founding_with_collateral
from tests.core.scenario import CONTRACTS, Floor
from tests.core.scenario import POOLED as POOLED_FLOOR
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


@pytest.mark.parametrize("seed", range(3))
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


DATED = """
> family DATED settle=USD kind=3
> tier DATED 1 size=10 mmr=5000 imr=10000 lever=100
> tier DATED 2 size=500 mmr=50000 imr=100000 lever=20
> contract MAR family=DATED base=BTC quote=USD expiry_ms=1800000000000
> contract JUN family=DATED base=BTC quote=USD expiry_ms=1810000000000
> mark MAR 100
> mark JUN 100
> bob sell 50 @ 100 on=MAR
> bob sell 50 @ 100 on=JUN
> eve buy 8 @ 100 on=JUN
"""
LONG = "> bob sell 10 @ 100 on=LIN\n> eve buy 10 @ 100 on=LIN\n"
BOOK = "> bob sell 5 @ 100 on=LIN\n> bob sell 5 @ 101 on=LIN\n> bob buy 7 @ 99 on=LIN\n> bob sell 9 @ 100\n> bob buy 9 @ 99\n"
COURSES: list[tuple[str, str]] = [
    # what happened, the order
    (BOOK, "eve buy 8 @ 101 on=LIN"),
    (BOOK, "eve buy 20 @ 101 on=LIN"),
    (BOOK, "eve buy 8 @ 101 on=LIN isolated"),
    (BOOK, "eve buy 20 market on=LIN"),
    (BOOK, "eve buy 20 @ 101 ioc on=LIN"),
    (BOOK, "eve buy 20 @ 101 fok on=LIN"),
    (BOOK, "eve buy 20 @ 101 post_only on=LIN"),
    (BOOK, "eve buy 20 @ 98 post_only on=LIN"),
    (LONG + BOOK, "eve sell 20 @ 99 on=LIN"),
    (LONG + BOOK, "eve sell 4 @ 99 on=LIN reduce"),
    (LONG + BOOK, "eve sell 10 @ 103 on=LIN reduce"),
    (LONG + BOOK + "> eve sell 3 @ 104 on=LIN\n", "eve sell 7 market on=LIN"),
    ("> bob sell 10 @ 100 on=LIN\n> eve buy 10 @ 100 on=LIN isolated\n" + BOOK, "eve sell 15 @ 99 on=LIN isolated"),
    (BOOK + "> eve auto_borrow on\n", "eve sell 12 @ 99"),
    (BOOK, "eve buy 3 market"),
    (BOOK, "eve buy 5 @ 101 on=LIN"),
    ("", "eve buy 3 @ 99 on=LIN"),
    ("> deposit eve 5 BTC funding\n", "eve buy 3 @ 98"),
    (BOOK, "eve buy for 250 market"),
    (BOOK, "eve sell for 250 market"),
    (DATED, "eve buy 5 @ 100 on=MAR"),
    (DATED, "eve sell 4 @ 101 on=JUN"),
    (DATED + "> bob buy 9 @ 99 on=JUN\n", "eve sell 3 @ 99 on=JUN"),
    # Nothing of what lies beyond the last tier counts, so no price can be told.
    ("> discount USD 1 to=1 rate=1000000\n" + LONG, "eve sell 1 @ 105 on=LIN"),
]


@pytest.mark.parametrize(("before", "order"), COURSES)
def test_each_course_of_an_order(before: str, order: str) -> None:
    floor = Floor(POOLED_FLOOR)
    for line in f"> deposit eve 20 BTC\n> deposit eve 3000 USD\n{before}".splitlines():
        floor.run(line)
    command = read_command(order.split(), floor.names)
    assert isinstance(command, Order)
    told_before = StateViews(floor.state).precheck(command)
    assert told_before.rejection == Rejection.NONE
    assert told_before.before == told(floor.state, command)
    assert carry_out(floor.state, command) == Rejection.NONE
    assert told_before.after == told(floor.state, command)
    if "JUN" in order:
        assert told_before.after.maintenance_margin > 0


def test_an_order_that_meets_an_own_one_ends_there() -> None:
    """Orders of the own account that would be canceled are counted as if they stayed."""
    floor = Floor(POOLED_FLOOR)
    for line in (
        "deposit eve 3000 USD",
        "bob sell 5 @ 100 on=LIN",
        "eve sell 5 @ 101 on=LIN",
        "bob sell 9 @ 102 on=LIN",
    ):
        floor.run(f"> {line}")
    for prevention, lots in (("cancel_taker", 5), ("cancel_maker", 12)):
        command = read_command(f"eve buy 12 @ 102 on=LIN stp={prevention}".split(), floor.names)
        assert isinstance(command, Order)
        after = StateViews(floor.state).precheck(command).after
        # A third of the value, and in the second case what the other order holds stays.
        assert after.maintenance_margin == lots * 100 * 5 * 10**5, prevention
