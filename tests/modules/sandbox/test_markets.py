"""Simulated markets at work."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from lonja.core.commands import PlaceOrder, Withdraw
from lonja.core.kinds import Ledger
from lonja.modules.sandbox import markets, past
from lonja.modules.sandbox.api import QUIET
from lonja.primitives.errors import EngineBusyError, EngineStoppedError
from lonja.primitives.instant import MINUTE_MS
from tests.modules.sandbox.sandbox_house import NOW_MS, SandboxHouse

PAST_MINUTES = 20


@pytest.fixture(autouse=True)
def short_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most tests need no whole day."""
    monkeypatch.setattr(past, "CANDLE_COUNT", PAST_MINUTES)


@pytest.fixture
async def house(tmp_path: Path):
    house = await (await SandboxHouse(tmp_path).open()).warm_up()
    yield house
    await house.stop()


def traded(house: SandboxHouse) -> list[int]:
    return [traders.instrument for traders in house.opened.traders]


async def test_after_the_warm_up_each_market_has_trades_and_depth(house: SandboxHouse) -> None:
    assert len(traded(house)) >= 20
    for code in traded(house):
        assert len(house.market_data.trades(code, 200)) >= 100
        assert min(house.near_levels(code)) >= 25
        assert house.spread_bps(code) < 10


async def test_the_warm_up_lies_in_the_recent_past_and_time_never_runs_back(house: SandboxHouse) -> None:
    times = [command.time_ms for command in house.commands()]
    assert times == sorted(times)
    trades = house.market_data.trades(traded(house)[0], 200)
    assert NOW_MS - 6 * MINUTE_MS < trades[-1].time_ms < trades[0].time_ms <= NOW_MS
    assert len({trade.time_ms for trade in trades}) > 50
    assert house.engine.now_ms() == NOW_MS, "the clock is let go"


async def test_the_candles_have_no_gap_between_past_and_present(house: SandboxHouse) -> None:
    for code in traded(house)[:3]:
        candles = house.market_data.candles(code, "1m", limit=PAST_MINUTES + 5)
        assert len(candles) == PAST_MINUTES + 5
        opens = [candle.open_time_ms for candle in candles]
        assert opens == list(range(opens[0], opens[0] - (PAST_MINUTES + 5) * MINUTE_MS, -MINUTE_MS))
        assert NOW_MS - opens[0] < MINUTE_MS
        for newer, older in itertools.pairwise(candles):
            assert abs(newer.open / older.close - 1) < 0.003


async def test_quiet_stays_quiet(house: SandboxHouse) -> None:
    await house.run(20)
    quiet = house.code(QUIET)
    assert house.market_data.trades(quiet, 10) == []
    assert house.near_levels(quiet) == (0, 0)
    assert not any(isinstance(c, PlaceOrder) and c.instrument == quiet for c in house.commands())
    assert house.engine.views.instrument(quiet).index_price == 10_000


async def test_markets_move_trade_and_keep_depth_at_a_modest_load(house: SandboxHouse) -> None:
    commands_before = house.journal.next_command()
    tickers = {code: house.market_data.ticker(code) for code in traded(house)}
    for _ in range(12):
        await house.run(5)
        for code in traded(house):
            assert min(house.near_levels(code)) >= 25
            assert house.spread_bps(code) < 20
    commands_per_second = (house.journal.next_command() - commands_before) / 60
    assert 10 < commands_per_second < 100
    moved = [code for code in traded(house) if house.market_data.ticker(code).last != tickers[code].last]
    assert len(moved) >= 0.9 * len(traded(house))
    for traders in house.opened.traders:
        view = house.engine.views.instrument(traders.instrument)
        middle = sum(house.market_data.levels(traders.instrument, side, 1)[0].price for side in (0, 1)) / 2
        assert abs(view.index_price / middle - 1) < 0.002, "the index follows"


async def test_the_same_seed_and_times_give_the_same_commands(tmp_path: Path) -> None:
    histories = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        house = await (await SandboxHouse(tmp_path / name).open(seed=5)).warm_up()
        await house.run(5)
        histories.append(house.commands())
        await house.stop()
    assert histories[0] == histories[1]


async def test_a_restart_goes_on_from_the_same_book(house: SandboxHouse) -> None:
    bitcoin = house.code("BTC-USDT")
    before = house.market_data.levels(bitcoin, 0, 400)
    index = house.engine.views.instrument(bitcoin).index_price
    again = await (await house.again()).open()
    assert again.market_data.levels(bitcoin, 0, 400) == before
    await again.run(10)
    assert min(again.near_levels(bitcoin)) >= 25
    assert abs(again.engine.views.instrument(bitcoin).index_price / index - 1) < 0.005
    assert len(again.engine.views.open_orders(again.opened.traders[0].maker)) < 100
    await again.stop()


async def test_more_instruments_can_be_left_to_people(tmp_path: Path) -> None:
    house = await (await SandboxHouse(tmp_path).open(without=frozenset({"ETH-USDT"}))).warm_up()
    ether = house.code("ETH-USDT")
    await house.run(10)
    assert house.near_levels(ether) == (0, 0)
    assert house.market_data.candles(ether, "1m", limit=5) == []
    assert house.engine.views.instrument(ether).index_price == 350_000
    await house.stop()


async def test_traders_leave_an_instrument_at_the_next_start(house: SandboxHouse) -> None:
    ether = house.code("ETH-USDT")
    assert min(house.near_levels(ether)) >= 25
    again = await (await house.again()).open(without=frozenset({"ETH-USDT"}))
    await again.run(5)
    assert again.near_levels(ether) == (0, 0)
    assert again.engine.views.instrument(ether).index_price == 350_000
    await again.stop()


async def test_an_order_of_a_customer_beside_the_market_is_taken(house: SandboxHouse) -> None:
    bitcoin = house.code("BTC-USDT")
    ask = house.market_data.levels(bitcoin, 1, 1)[0].price
    account = house.opened.customers["trader"]
    outcome = await house.engine.submit(
        PlaceOrder(account=account, instrument=bitcoin, side=0, price=round(ask * 1.01), size=1_000_000)
    )
    assert outcome.rejection == 0
    assert house.engine.views.order(outcome.id) is None, "filled"
    await house.run(5)
    assert min(house.near_levels(bitcoin)) >= 25


async def test_a_trader_without_money_gets_some(house: SandboxHouse) -> None:
    traders = house.opened.traders[0]
    view = house.engine.views.instrument(traders.instrument)
    for balance in house.engine.views.balances(traders.maker):
        free = balance.cash - balance.held
        await house.engine.submit(
            Withdraw(account=traders.maker, currency=balance.currency, ledger=Ledger.TRADING, amount=free)
        )
    for seconds in range(60):
        house.real.advance_ms(1_000)
        await house.markets._send(house.markets.step(house.engine.now_ms()))
        del seconds
    balances = house.engine.views.balances(traders.maker)
    assert all(balance.cash > balance.held > 0 for balance in balances)
    assert min(house.near_levels(view.instrument)) >= 25


class FaultyEngine:
    """Refuses the first lots of commands."""

    def __init__(self, engine, faults) -> None:
        self._engine = engine
        self._faults = faults
        self.taken = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def submit_many(self, commands):
        if self._faults:
            raise self._faults.pop(0)
        self.taken += 1
        return await self._engine.submit_many(commands)


async def test_a_busy_engine_makes_the_traders_pause(house: SandboxHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markets, "_TURN_SECONDS", 0.001)
    engine = FaultyEngine(house.engine, [EngineBusyError("busy"), EngineBusyError("busy")])
    house.markets._engine = engine
    task = asyncio.create_task(house.markets.run(house.clock))
    for _ in range(200):
        house.real.advance_ms(500)
        await asyncio.sleep(0.005)
        if engine.taken:
            break
    task.cancel()
    assert engine.taken


async def test_a_stopped_engine_ends_the_traders(house: SandboxHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markets, "_TURN_SECONDS", 0.001)
    house.markets._engine = FaultyEngine(house.engine, [EngineStoppedError("stopping")] * 1_000)
    task = asyncio.create_task(house.markets.run(house.clock))
    for _ in range(400):
        house.real.advance_ms(500)
        await asyncio.sleep(0.005)
        if task.done():
            break
    await asyncio.wait_for(task, 20)
