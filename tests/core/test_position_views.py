"""Reading families, contracts, positions and margins: what is shown is what decides."""

import pytest

from lonja.core.contracts import VALUE_MAX
from lonja.core.kinds import MarginMode, PositionSide
from lonja.core.maintenance import cross_standing
from lonja.core.position_views import SharedStandings
from lonja.core.snapshot import dump_state
from lonja.core.state_views import StateViews
from lonja.core.views import ContractView, FamilyView, MarginView, PositionView, TierView
from tests.core.scenario import CONTRACTS, POOLED, START_MS, Floor

ANN, BOB, CAT = 2, 3, 4
BTC, USD = 0, 1
LIN, INV = 0, 1
PARTS = 10**12


@pytest.fixture
def floor() -> Floor:
    """Ann is long 10 LIN and short 10 INV by 10, isolated; bob has the other side of both, cross."""
    made = Floor(CONTRACTS)
    made.run("""> instrument BTC-USD base=BTC quote=USD
> fees tier=0 maker=0 taker=0
> ann lever 10 on=LIN isolated
> ann lever 10 on=INV isolated
> bob sell 10 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN isolated
> bob buy 10 @ 100 on=INV
> ann sell 10 @ 100 on=INV isolated
> ann buy 3 @ 95 on=LIN
> mark LIN 104""")
    return made


def views_of(floor: Floor, account: int) -> dict[tuple[int, int], PositionView]:
    """Positions by instrument and margin mode."""
    return {(view.instrument, view.margin_mode): view for view in StateViews(floor.state).positions(account)}


def test_families_and_contracts(floor: Floor) -> None:
    views = StateViews(floor.state)
    linear, inverse = views.families()
    tiers = (
        TierView(100, 5_000, 10_000, 10_000),
        TierView(500, 10_000, 20_000, 5_000),
        TierView(2_000, 20_000, 50_000, 2_000),
        TierView(10_000, 50_000, 100_000, 1_000),
    )
    assert linear == FamilyView(0, "LINEAR", 2, USD, 5, 10_000, 10_000, tiers)
    assert (inverse.settle, inverse.fund_account) == (BTC, 6)
    assert views.contract(LIN) == ContractView(LIN, 0, 0, 1, 0, 1, 0, 104, 10)
    assert views.contract(INV) == ContractView(INV, 1, 1, 1_000, 0, 1, 0, 100, 10)
    assert views.contract(2) is views.contract(3) is views.contract(-1) is None


def test_a_position_with_all_that_follows_from_the_mark(floor: Floor) -> None:
    held = views_of(floor, ANN)[LIN, MarginMode.ISOLATED]
    assert held == PositionView(
        account=ANN,
        instrument=LIN,
        margin_mode=MarginMode.ISOLATED,
        position_side=PositionSide.NET,
        leverage=1_000,
        lots=10,
        average_ticks=100,
        average_parts=0,
        margin=100,
        unrealized=40,
        initial_margin=104,
        maintenance_margin=6,
        ratio_ppm=140 * 10**6 * 1_000 // 5_200,
        liquidation_ticks=90,
        liquidation_parts=452_261_306_533,
        tier=1,
        lights=5,
        held=0,
        life=held.life,
        opened_time_ms=START_MS,
        pnl=0,
        fees=0,
        funding=0,
        penalty=0,
    )


def test_what_is_no_contract_has_the_leverage_that_everybody_begins_with() -> None:
    assert StateViews(Floor().state).leverage(ANN, 0, MarginMode.CROSS, 0) == 300


def test_a_flat_position_shows_its_settings_and_what_its_orders_hold(floor: Floor) -> None:
    flat = views_of(floor, ANN)[LIN, MarginMode.CROSS]
    assert (flat.leverage, flat.held, flat.lots, flat.tier, flat.lights, flat.ratio_ppm) == (300, 95, 0, 0, 0, 0)
    assert (flat.initial_margin, flat.maintenance_margin, flat.liquidation_ticks) == (0, 0, 0)


def test_nobody_has_no_positions(floor: Floor) -> None:
    assert StateViews(floor.state).positions(99) == []
    assert StateViews(floor.state).positions(CAT) == []


LIQUIDATIONS = [
    # instrument, side, by 10 from 100, and what 1 of the ratio solves to
    ("LIN", "buy", 900 / 9.95),  # 100 + 10 p - 1000 = 0.05 p
    ("LIN", "sell", 1_100 / 10.05),  # 100 + 1000 - 10 p = 0.05 p
    ("INV", "buy", 10_050 / 110),  # 10 + 100 - 10000 / p = 50 / p
    ("INV", "sell", 9_950 / 90),  # 10 - 100 + 10000 / p = 50 / p
]


@pytest.mark.parametrize(("name", "side", "price"), LIQUIDATIONS)
def test_the_liquidation_price_is_where_the_ratio_is_one(name: str, side: str, price: float) -> None:
    """A tick before it the position lives, a tick beyond it is taken over."""
    floor = Floor(CONTRACTS)
    other = "sell" if side == "buy" else "buy"
    floor.run(f"""> ann lever 10 on={name} isolated
> bob {other} 10 @ 100 on={name}
> ann {side} 10 @ 100 on={name} isolated""")
    (view,) = StateViews(floor.state).positions(ANN)
    shown = view.liquidation_ticks + view.liquidation_parts / PARTS
    assert shown == pytest.approx(price, rel=1e-12)
    alive, dead = (int(shown) + 1, int(shown)) if side == "buy" else (int(shown), int(shown) + 1)
    floor.run(f"> mark {name} {alive}")
    assert StateViews(floor.state).positions(ANN)[0].lots != 0
    floor.run(f"> mark {name} {dead}")
    assert StateViews(floor.state).positions(ANN)[0].lots == 0


def test_a_position_that_no_price_ends_has_no_liquidation_price(floor: Floor) -> None:
    """1000 BTC stand behind a long one of 100, 100000 USD behind one of 1000."""
    made = Floor(CONTRACTS)
    made.run(
        "> ann sell 10 @ 100 on=LIN\n> bob buy 10 @ 100 on=LIN\n> bob sell 10 @ 100 on=INV\n> ann buy 10 @ 100 on=INV"
    )
    bob = views_of(made, BOB)
    assert (bob[LIN, MarginMode.CROSS].liquidation_ticks, bob[LIN, MarginMode.CROSS].liquidation_parts) == (0, 0)
    assert bob[INV, MarginMode.CROSS].liquidation_ticks == 0, "short of coins that are owned"
    assert views_of(made, ANN)[LIN, MarginMode.CROSS].liquidation_ticks > 0


def test_cross_positions_of_a_currency_stand_together() -> None:
    """Equity 1000 and 2 % of 2000 are required: the other position's share is not there for this one."""
    floor = Floor(CONTRACTS)
    floor.run("""> contract LIN2 family=LINEAR base=BTC quote=USD
> mark LIN2 100
> withdraw ann 99000 USD
> bob sell 10 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN
> bob sell 10 @ 100 on=LIN2
> ann buy 10 @ 100 on=LIN2""")
    one, two = StateViews(floor.state).positions(ANN)
    assert one.ratio_ppm == two.ratio_ppm == 1_000 * 10**6 // 10
    # 995 - 1000 + 10 p = 0.05 p: what LIN2 requires is not there.
    assert (one.liquidation_ticks, one.liquidation_parts) == (0, 502_512_562_814)
    view = StateViews(floor.state).margin(ANN, USD)
    assert (view.initial_margin, view.maintenance_margin, view.ratio_ppm) == (668, 10, one.ratio_ppm)


def test_the_margin_of_an_account(floor: Floor) -> None:
    views = StateViews(floor.state)
    ann = MarginView(ANN, USD, 99_900, 95, 0, 100, 40, 0, 0, 0, 99_805, 99_805)
    assert views.margin(ANN, USD) == ann
    bob = views.margin(BOB, USD)
    assert (bob.cash, bob.cross_gain, bob.isolated_margin, bob.initial_margin) == (100_000, -40, 0, 347)
    assert (bob.free, bob.spendable) == (100_000 - 40 - 347, 100_000 - 40 - 347)
    floor.run("> account dan mode=2")
    assert views.margin(7, USD) == MarginView(7, USD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_the_fund_shows_no_lights() -> None:
    """It is nobody's turn: what it keeps is what the queue is for."""
    floor = Floor(CONTRACTS)
    floor.run("""> ann lever 100 on=LIN isolated
> bob sell 10 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN isolated
> mark LIN 99""")
    (keeper,) = StateViews(floor.state).positions(5)
    assert (keeper.lots, keeper.lights) == (10, 0)
    assert StateViews(floor.state).positions(BOB)[0].lights == 5


def test_reading_changes_nothing(floor: Floor) -> None:
    before = dump_state(floor.state)
    views = StateViews(floor.state)
    for account in range(views.account_count()):
        views.positions(account)
        views.margin(account, USD)
    assert dump_state(floor.state) == before


def test_what_stands_behind_many_positions_is_worked_out_once(floor: Floor) -> None:
    shared = SharedStandings(floor.state, BOB)
    assert shared.of(USD) is shared.of(USD), "a look at hundreds of positions would else take half a second"
    assert shared.of(USD) is not shared.of(BTC)
    alone = cross_standing(floor.state, BOB, USD)
    assert shared.of(USD).equity_num * alone.equity_den == alone.equity_num * shared.of(USD).equity_den


def test_what_stands_together_is_worked_out_once_for_all_its_positions() -> None:
    pooled = Floor(POOLED)
    account = pooled.names.account("eve")
    shared = SharedStandings(pooled.state, account)
    assert shared.of(USD) is shared.of(BTC)


@pytest.mark.parametrize(("mark", "taken"), [(1, True), (2**52, True), (2**53, False)])
def test_a_mark_that_what_is_held_cannot_be_valued_at_is_told_beforehand(
    floor: Floor, mark: int, *, taken: bool
) -> None:
    assert taken == (10 * mark <= VALUE_MAX), "ten lots are held"
    assert StateViews(floor.state).bears(LIN, mark) == taken
