"""Leaps of the clock: who is at stake is looked after on the way, and nobody else costs anything."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from lonja.core.algo_commands import PlaceAlgo
from lonja.core.commands import ConfigureAccount, PlaceContractOrder, Tick
from lonja.core.events import Filled, FundChanged, MarkPriceSet, PositionTakenOver
from lonja.core.kinds import AccountMode, AlgoKind, MarginMode, OrderType, Side, TimeInForce, TriggerSource
from lonja.modules.sandbox import past, timekeeper
from lonja.modules.sandbox.api import Mood
from lonja.modules.sandbox.prices import FairPrices
from lonja.modules.sandbox.storms import Storm
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.sandbox.contract_house import ContractHouse
from tests.modules.sandbox.sandbox_house import NOW_MS

SHARE = 0.001


@pytest.fixture(autouse=True)
def few_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leap in which the traders act twice, so that all else happens between their turns."""
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)
    monkeypatch.setattr(timekeeper, "LONG_TURNS_MAX", 2)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ContractHouse]:
    house = await ContractHouse(tmp_path).open_contracts()
    yield house
    await house.stop()


async def test_a_leap_liquidates_near_the_trigger_and_costs_the_funds_nothing(house: ContractHouse) -> None:
    """Prices fall by three percent an hour: a crowd that is looked at twice would end far beyond what it has."""
    before = {view.family: view.fund_balance for view in house.engine.views.families()}
    house.markets.set_mood(None, Mood.TREND_DOWN)
    house.events.clear()
    await house.keeper.advance(2 * HOUR_MS)
    taken = house.all_of(PositionTakenOver)
    assert len(taken) >= 20
    assert [event for event in taken if event.rest < 0] == [], "nobody past bankruptcy"
    assert all(event.balance > before[event.family] // 2 for event in house.all_of(FundChanged))
    assert all(view.fund_balance >= before[view.family] for view in house.engine.views.families())
    assert not house.conductor.problems


async def test_a_fast_clock_liquidates_near_the_trigger_too(house: ContractHouse) -> None:
    """At 5,000 times real speed a quarter of an hour passes between two turns."""
    before = {view.family: view.fund_balance for view in house.engine.views.families()}
    house.markets.set_mood(None, Mood.TREND_DOWN)
    house.events.clear()
    for _ in range(8):
        house.clock.move_to(house.engine.now_ms() + 15 * MINUTE_MS)
        await house.markets.catch_up(house.conductor)
        await house.markets.turn()
        await house.conductor.turn()
    taken = house.all_of(PositionTakenOver)
    assert len(taken) >= 20
    assert len([event for event in taken if event.rest < 0]) <= 1
    assert all(view.fund_balance >= before[view.family] for view in house.engine.views.families())


async def test_a_clock_of_usual_speed_needs_no_look_on_the_way(house: ContractHouse) -> None:
    house.clock.move_to(house.engine.now_ms() + 15_000)
    before = len(house.commands())
    await house.markets.catch_up(house.conductor)
    assert len(house.commands()) == before


async def test_marks_of_what_is_at_stake_move_in_small_steps_in_order_of_time(house: ContractHouse) -> None:
    house.events.clear()
    await house.keeper.advance(3 * HOUR_MS)
    marks = [event for event in house.all_of(MarkPriceSet) if event.instrument == house.code("BTC-USDT-SWAP")]
    assert len(marks) > 30
    assert [event.time_ms for event in marks] == sorted(event.time_ms for event in marks)
    steps = [abs(now.price / before.price - 1) for before, now in pairwise(marks)]
    assert max(steps) < 0.006
    assert sorted(steps)[len(steps) * 9 // 10] < 3 * SHARE


async def test_people_are_looked_after_where_no_crowd_is(house: ContractHouse) -> None:
    """A customer's stop by the last price, in a contract that only its makers and takers hold otherwise."""
    person = next(iter(house.opened.customers.values()))
    swap = house.code("BTC-USD-SWAP")
    await house.engine.submit(ConfigureAccount(account=person, account_mode=AccountMode.FUTURES))
    order = PlaceContractOrder(
        account=person,
        instrument=swap,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.IOC,
        size=1,
        margin_mode=MarginMode.CROSS,
    )
    trigger = house.engine.views.last_price(swap) * 98 // 100
    stop = PlaceAlgo(
        account=person,
        instrument=swap,
        kind=AlgoKind.CONDITIONAL,
        side=Side.SELL,
        size=1,
        margin_mode=MarginMode.CROSS,
        reduce_only=1,
        loss_source=TriggerSource.LAST,
        loss_trigger=trigger,
    )
    assert [outcome.rejection for outcome in await house.engine.submit_many([order, stop])] == [0, 0]
    house.markets.set_mood(None, Mood.TREND_DOWN)
    house.events.clear()
    await house.keeper.advance(2 * HOUR_MS)
    (sold,) = [event for event in house.all_of(Filled) if event.account == person]
    assert 0.996 < sold.price / trigger <= 1
    marks = [event.instrument for event in house.all_of(MarkPriceSet)]
    assert marks.count(swap) > 10 * marks.count(house.code("ETH-USD-SWAP")), "nobody cares for that one"


async def test_where_nothing_is_at_stake_a_leap_is_but_its_turns_and_settlements(house: ContractHouse) -> None:
    before, days = len(house.commands()), 32
    await house.keeper.advance(days * DAY_MS)
    later = [command for command in house.commands()[before:] if command.time_ms > NOW_MS]
    ticks = [command.time_ms for command in later if isinstance(command, Tick)]
    assert len(ticks) == 2 + 3 * days, "two turns and three settlements a day"
    assert {command.time_ms for command in later} == set(ticks)
    assert not house.all_of(PositionTakenOver), "the crowd is at home"
    crowd = [account for family in house.families for account in family.crowd]
    assert not any(one.lots for account in crowd for one in house.engine.views.positions(account))
    for _ in range(4):
        await house.keeper.advance(30_000)
    assert sum(any(one.lots for one in house.engine.views.positions(account)) for account in crowd) > 20, "and back"


def test_the_livelier_prices_are_the_sooner_they_are_looked_at() -> None:
    prices = FairPrices("seed", None, ("BTC", "ETH", "USDT"))
    usual = prices.pace_ms({"BTC"}, SHARE, NOW_MS)
    assert MINUTE_MS / 2 < usual < 10 * MINUTE_MS
    assert prices.pace_ms({"BTC"}, 2 * SHARE, NOW_MS) == pytest.approx(4 * usual)
    assert prices.pace_ms({"BTC", "ETH"}, SHARE, NOW_MS) <= usual
    assert prices.pace_ms(set(), SHARE, NOW_MS) == prices.pace_ms({"USDT"}, SHARE, NOW_MS) == float("inf")


def test_a_storm_is_looked_at_as_fast_as_it_blows_and_comes_back() -> None:
    prices = FairPrices("seed", None, ("BTC", "ETH"))
    prices.storms.begin(Storm("BTC-USDT", -0.3, NOW_MS, NOW_MS + MINUTE_MS, NOW_MS + 11 * MINUTE_MS))
    assert prices.pace_ms({"BTC"}, SHARE, NOW_MS) == pytest.approx(168.2, abs=0.1)
    assert prices.pace_ms({"BTC"}, SHARE, NOW_MS + MINUTE_MS) == pytest.approx(1_682, abs=1)
    assert prices.pace_ms({"ETH"}, SHARE, NOW_MS) > MINUTE_MS / 2


async def test_the_same_seed_and_leap_give_the_same_journal(tmp_path: Path) -> None:
    journals = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        house = await ContractHouse(tmp_path / name).open_contracts()
        house.markets.storm("ETH-USDT", -0.1, 600_000, 600_000)
        await house.keeper.advance(3 * HOUR_MS)
        journals.append([row.body for row in house.journal.rows()])
        await house.stop()
    assert len(journals[0]) > 100
    assert journals[0] == journals[1]
