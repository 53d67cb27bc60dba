"""Storms: the course that was asked for, and what they leave of a crowd, a fund and its winners."""

import math
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from lonja.core.events import FundChanged, PositionChanged, PositionTakenOver
from lonja.core.kinds import PositionCause
from lonja.modules.sandbox import past
from lonja.modules.sandbox.storms import Gusts, Storm, Storms
from lonja.primitives.errors import SettingsError
from lonja.primitives.instant import MINUTE_MS
from tests.modules.sandbox.contract_house import ContractHouse


@pytest.fixture(autouse=True)
def short_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here needs a whole day."""
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ContractHouse]:
    house = await ContractHouse(tmp_path).open_contracts()
    yield house
    await house.stop()


@pytest.mark.parametrize("move", [-0.9, -0.3, 0.01, 3.0])
@pytest.mark.parametrize("lasts_ms", [1_000, 60_000, 86_400_000])
def test_a_storm_moves_as_far_as_asked_in_gusts_and_comes_back(move: float, lasts_ms: int) -> None:
    gusts = Gusts(Storm("BTC-USDT", move, 1_000, 1_000 + lasts_ms, 1_000 + 3 * lasts_ms), Random(1))
    assert gusts.pass_to(1_000) == 0.0
    at = [(gusts.pass_to(1_000 + lasts_ms * part // 100), gusts.offset)[1] for part in range(101)]
    assert [round(one, 9) for one in at] == sorted((round(one, 9) for one in at), reverse=move < 0)
    assert len({round(one, 9) for one in at}) <= 61, "it stands between gusts"
    assert gusts.offset == pytest.approx(math.log1p(move))
    gusts.pass_to(1_000 + 2 * lasts_ms)
    assert gusts.offset == pytest.approx(math.log1p(move) / 2)
    gusts.pass_to(1_000 + 3 * lasts_ms)
    assert gusts.offset == 0.0


def test_where_it_has_come_to_does_not_depend_on_how_often_one_looks() -> None:
    often, seldom = Storms("seed"), Storms("seed")
    for storms in (often, seldom):
        storms.begin(Storm("BTC-USDT", -0.3, 0, 60_000, 60_000))
    parts = [change for now_ms in range(0, 30_001, 250) for _, change in often.pass_to(now_ms)]
    ((base, at_once),) = seldom.pass_to(30_000)
    assert base == "BTC"
    assert sum(parts) == pytest.approx(at_once)
    assert often.blows("BTC", 59_999)
    assert not often.blows("BTC", 60_000)
    assert not often.blows("ETH", 30_000)
    assert len(often.all()) == 1
    list(often.pass_to(60_000))
    assert often.all() == []


async def test_a_storm_takes_indices_spot_and_contracts_with_it_and_they_come_back(house: ContractHouse) -> None:
    before = house.conductor.index("BTC-USDT").price
    house.markets.storm("BTC-USDT", -0.3, 20_000, 20_000)
    await house.keeper.advance(20_000)
    assert abs(house.conductor.index("BTC-USDT").price / before - 0.7) < 0.01
    for name in ("BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-SWAP"):
        (bid, *_) = house.engine.views.levels(house.code(name), 0, 1)
        assert abs(bid.price * 10**17 / before - 0.7) < 0.02, name
    await house.keeper.advance(30_000)
    assert abs(house.conductor.index("BTC-USDT").price / before - 1) < 0.02


async def test_a_sudden_storm_liquidates_the_crowd_empties_the_fund_and_deleverages(house: ContractHouse) -> None:
    await house.keeper.advance(5_000)
    crowd = set(next(one for one in house.families if one.fact.swap_id == "BTC-USDT-SWAP").crowd)
    house.events.clear()
    house.markets.storm("BTC-USDT", -0.3, 3_000)
    await house.keeper.advance(20_000)
    taken = house.all_of(PositionTakenOver)
    assert len({event.account for event in taken}) >= 15
    assert {event.account for event in taken} <= crowd
    assert all(event.lots > 0 for event in taken), "those who bought"
    family = next(one.family for one in house.families if one.fact.swap_id == "BTC-USDT-SWAP")
    funds = [event for event in house.all_of(FundChanged) if event.family == family]
    assert funds
    assert min(event.balance for event in funds) < 7_000 * 10**8
    causes = [event.cause for event in house.all_of(PositionChanged)]
    assert causes.count(PositionCause.DELEVERAGED) >= 2
    assert not house.conductor.problems


async def test_a_crowd_comes_back_after_the_storm_with_new_money(house: ContractHouse) -> None:
    crowd = next(one for one in house.families if one.fact.swap_id == "BTC-USDT-SWAP").crowd
    assert held(house, crowd) >= 36
    house.markets.storm("BTC-USDT", -0.3, 4_000)
    await house.keeper.advance(20_000)
    assert held(house, crowd) <= 25
    for _ in range(5):
        await house.keeper.advance(MINUTE_MS // 2)
    assert held(house, crowd) >= 36
    usdt = house.engine.views.currencies()[0].currency
    assert all(house.engine.views.margin(account, usdt).cash < 10**14 for account in crowd), "nobody grows rich"


def held(house: ContractHouse, crowd: tuple[int, ...]) -> int:
    return sum(any(one.lots for one in house.engine.views.positions(account)) for account in crowd)


@pytest.mark.parametrize("index_id", ["QUIET-USDT", "ETH-BTC", "USDT-USD", "NIX-USDT"])
async def test_only_what_simulated_traders_move_can_storm(house: ContractHouse, index_id: str) -> None:
    with pytest.raises(SettingsError):
        house.markets.storm(index_id, -0.3, 60_000)
    assert house.markets.storms() == []
