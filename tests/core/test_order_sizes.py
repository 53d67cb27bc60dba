"""The largest order: one of that size is admitted, one of a lot more is not, whatever else is going on."""

import random
from itertools import chain, islice

import pytest

from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.kinds import InstrumentState, MarginMode, PositionSide, Side
from lonja.core.layout import encode_command
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from lonja.core.state_views import StateViews
from lonja.core.views import OrderTerms
from tests.core.naive_exchange import NaiveExchange
from tests.core.random_collateral import POCKETS, POOLED, RandomCollateral, founding_with_collateral
from tests.core.random_commands import ACCOUNTS
from tests.core.random_contracts import BASE_PRICE, INVERSE_FUTURE, LEVERAGES, LINEAR, SPOT, RandomContracts, founding
from tests.core.scenario import CONTRACTS, Floor

LIN = 0
ANN = 2


def carry_out(state: State, *commands: c.Command) -> int:
    """Apply ``commands`` now; the rejection of the last one."""
    body = b"".join(encode_command(command._replace(time_ms=int(state.time_ms))) for command in commands)
    outcomes = apply_batch(state, body, int(state.next_command)).outcomes
    return int.from_bytes(outcomes[-16:-8], "little")


def rejection_of(dumped: bytes, *commands: c.Command) -> int:
    """What becomes of the last of ``commands`` in the state that ``dumped`` tells."""
    return carry_out(load_state(dumped), *commands)


def order_on(terms: OrderTerms, lots: int) -> c.PlaceContractOrder:
    return c.PlaceContractOrder(
        account=terms.account,
        instrument=terms.instrument,
        side=terms.side,
        order_type=0 if terms.price else 1,
        price=terms.price,
        size=lots,
        margin_mode=terms.margin_mode,
        position_side=terms.position_side,
    )


def leverage_on(terms: OrderTerms) -> c.SetLeverage:
    return c.SetLeverage(
        account=terms.account,
        instrument=terms.instrument,
        margin_mode=terms.margin_mode,
        position_side=terms.position_side,
        leverage=terms.leverage,
    )


def random_state(seed: int, commands: int) -> State:
    state, twin = State(), NaiveExchange()
    made = []
    for command in chain(
        founding((300_000, 20_000, 4_000)[commands % 3]), islice(RandomContracts(seed, twin), commands)
    ):
        twin.apply(command)
        made.append(encode_command(command))
    apply_batch(state, b"".join(made), 0)
    return state


def random_pools(seed: int, commands: int) -> State:
    state, twin = State(), NaiveExchange()
    made = []
    for command in chain(founding_with_collateral(20_000), islice(RandomCollateral(seed, twin), commands)):
        twin.apply(command)
        made.append(encode_command(command))
    apply_batch(state, b"".join(made), 0)
    return state


def random_terms(rng: random.Random, views: StateViews) -> OrderTerms:
    account = rng.choice(ACCOUNTS)
    owner = views.account(account)
    assert owner is not None
    return OrderTerms(
        account,
        rng.randint(LINEAR, INVERSE_FUTURE),
        rng.choice(list(MarginMode)),
        rng.choice((PositionSide.LONG, PositionSide.SHORT)) if owner.position_mode else PositionSide.NET,
        rng.choice(list(Side)),
        rng.choice((0, rng.randint(BASE_PRICE - 60, BASE_PRICE + 60))),
    )


@pytest.mark.parametrize("seed", range(5))
def test_that_many_are_admitted_and_not_one_more(seed: int) -> None:
    rng = random.Random(seed)
    sizes = []
    for commands in (40, 150, 302):
        state = random_state(seed, commands)
        views, dumped = StateViews(state), dump_state(state)
        for _ in range(25):
            terms = random_terms(rng, views)
            most = views.largest_order(terms)
            sizes.append(most)
            if most:
                assert rejection_of(dumped, order_on(terms, most)) == Rejection.NONE, terms
            assert rejection_of(dumped, order_on(terms, most + 1)) != Rejection.NONE, terms
        assert dump_state(state) == dumped
    assert len(set(sizes)) > 10


@pytest.mark.parametrize("seed", range(4))
def test_of_spot_as_much_is_admitted_as_can_be_paid_for_in_any_mode(seed: int) -> None:
    rng = random.Random(seed)
    sizes = set()
    for commands in (60, 240):
        state = random_pools(seed, commands)
        carry_out(state, c.SetInstrumentState(instrument=SPOT, state=InstrumentState.LIVE))
        instrument = state.instruments[SPOT]
        low, high = int(instrument.sell_min) or 900, int(instrument.buy_max) or 1_100
        dumped = dump_state(state)
        for account in (*ACCOUNTS, *POOLED, *POCKETS):
            side, price = rng.choice(list(Side)), rng.randint(low, high)
            most = StateViews(state).largest_order(OrderTerms(account, SPOT, 0, 0, side, price))
            place = c.PlaceOrder(account=account, instrument=SPOT, side=side, price=price, size=most + 1)
            full = (Rejection.OPEN_ORDERS_INSTRUMENT_MAX, Rejection.OPEN_ORDERS_ACCOUNT_MAX, Rejection.ACCOUNT_FROZEN)
            if most:
                assert rejection_of(dumped, place._replace(size=most)) in (Rejection.NONE, *full), place
                sizes.add(most)
            assert rejection_of(dumped, place) != Rejection.NONE, place
        assert dump_state(state) == dumped
    assert len(sizes) > 10


@pytest.mark.parametrize("seed", range(5))
def test_another_leverage_is_asked_as_if_it_were_set(seed: int) -> None:
    rng = random.Random(seed)
    agreed = 0
    for commands in (150, 302):
        state = random_state(seed, commands)
        views, dumped = StateViews(state), dump_state(state)
        for _ in range(30):
            terms = random_terms(rng, views)._replace(leverage=rng.choice(LEVERAGES))
            if rejection_of(dumped, leverage_on(terms)) == Rejection.NONE:
                levered = load_state(dumped)
                carry_out(levered, leverage_on(terms))
                assert views.largest_order(terms) == StateViews(levered).largest_order(terms._replace(leverage=0))
                agreed += 1
        assert dump_state(state) == dumped
    assert agreed > 15


@pytest.fixture
def floor() -> Floor:
    return Floor(CONTRACTS)


def test_where_nothing_can_be_traded_nothing_is_offered(floor: Floor) -> None:
    floor.run("> instrument BTC-USD base=BTC quote=USD state=1")
    views = StateViews(floor.state)
    terms = OrderTerms(ANN, LIN, MarginMode.CROSS, PositionSide.NET, Side.BUY, 100)
    assert views.largest_order(terms) > 0
    assert views.largest_order(terms._replace(instrument=2)) == 0
    assert carry_out(floor.state, c.SetInstrumentState(instrument=2)) == Rejection.NONE
    assert views.largest_order(terms._replace(instrument=2)) > 0
    assert views.largest_order(terms._replace(instrument=2, price=0)) == 0
    assert views.largest_order(terms._replace(position_side=PositionSide.LONG)) == 0
    assert views.largest_order(terms._replace(price=10**9)) == 0


CLOSED: list[list[c.Command]] = [
    [c.SetInstrumentState(instrument=LIN, state=InstrumentState.SUSPENDED)],
    [c.ConfigureAccount(account=ANN, account_mode=1)],
]


@pytest.mark.parametrize("commands", CLOSED)
def test_what_is_closed_offers_nothing(floor: Floor, commands: list[c.Command]) -> None:
    terms = OrderTerms(ANN, LIN, MarginMode.CROSS, PositionSide.NET, Side.BUY, 100)
    state = load_state(dump_state(floor.state))
    assert carry_out(state, *commands) == Rejection.NONE
    assert StateViews(state).largest_order(terms) == 0


def test_the_leverage_of_positions_there_or_to_come(floor: Floor) -> None:
    views = StateViews(floor.state)
    assert views.leverage(ANN, LIN, MarginMode.ISOLATED, PositionSide.NET) == 300
    floor.run("> ann lever 10 on=LIN isolated")
    assert views.leverage(ANN, LIN, MarginMode.ISOLATED, PositionSide.NET) == 1_000
    assert views.leverage(ANN, LIN, MarginMode.CROSS, PositionSide.NET) == 300
