"""Markets after time was moved on: busy ones traded all the way, and every book stands where its price is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.modules.sandbox import past
from lonja.modules.sandbox.api import Mood, Timekeeper
from lonja.modules.sandbox.prices import FairPrices
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.sandbox.sandbox_house import NOW_MS, SandboxHouse

MANY_PAIRS = 105
BUSY = ("BTC-USDT", "ETH-USDT", "SOL-USDT")


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxHouse]:
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)
    house = SandboxHouse(tmp_path)
    house.clock.start(0, NOW_MS, 0)
    await (await house.open(pairs=MANY_PAIRS)).warm_up()
    yield house
    await house.stop()


@pytest.fixture
def keeper(house: SandboxHouse) -> Timekeeper:
    return Timekeeper(house.engine, house.clock, house.markets)


def newest_trades(house: SandboxHouse) -> dict[str, int]:
    return {t.fact.instrument_id: house.market_data.trades(t.instrument, 1)[0].trade_id for t in house.opened.traders}


@pytest.mark.parametrize(("move_ms", "bar"), [(10 * MINUTE_MS, "1m"), (DAY_MS, "1H")])
async def test_busy_markets_trade_in_every_bar_of_a_move(
    house: SandboxHouse, keeper: Timekeeper, move_ms: int, bar: str
) -> None:
    await keeper.advance(move_ms)
    for name in BUSY:
        bars = house.market_data.candles(house.code(name), bar, limit=10)[1:]
        assert [one for one in bars if not one.volume] == [], name


async def test_every_market_trades_now_and_then_in_a_day_long_move(house: SandboxHouse, keeper: Timekeeper) -> None:
    before = newest_trades(house)
    await keeper.advance(DAY_MS)
    assert [name for name, trade_id in newest_trades(house).items() if trade_id == before[name]] == []


@pytest.mark.parametrize("move_ms", [10 * MINUTE_MS, 2 * HOUR_MS, 3 * DAY_MS])
async def test_after_a_move_each_book_stands_around_its_fair_price(
    house: SandboxHouse, keeper: Timekeeper, move_ms: int
) -> None:
    await keeper.advance(move_ms)
    prices = house.opened.prices
    far = {}
    for traders in house.opened.traders:
        bid, ask = (house.market_data.levels(traders.instrument, side, 1)[0].price for side in (0, 1))
        fair, spread = traders.fair(prices), ask - bid
        if not bid - max(1.0, spread) <= fair <= ask + max(1.0, spread):
            far[traders.fact.instrument_id] = (bid, fair, ask)
    assert far == {}


async def test_a_mood_shorter_than_a_turn_acts_as_long_as_it_was_to(house: SandboxHouse, keeper: Timekeeper) -> None:
    prices = house.opened.prices
    before = prices.price("BTC", "USDT")
    house.markets.set_mood("BTC-USDT", Mood.CRASH, 10 * MINUTE_MS)
    await keeper.advance(DAY_MS)
    assert 0.6 < prices.price("BTC", "USDT") / before < 0.92


async def test_many_steps_shorter_than_a_turn_bring_trades(house: SandboxHouse, keeper: Timekeeper) -> None:
    before = newest_trades(house)
    for _ in range(50):
        await keeper.advance(100)
    after = newest_trades(house)
    assert all(after[name] > before[name] for name in BUSY)


def test_a_long_step_moves_prices_as_much_as_short_ones() -> None:
    def spread_of(steps: int) -> float:
        moves = []
        for seed in range(60):
            prices = FairPrices(str(seed), None, {"BTC", "ETH", "USDT"})
            begin = prices.price("BTC", "USDT")
            for _ in range(steps):
                prices.step(DAY_MS / 1_000 / steps)
            moves.append(abs(prices.price("BTC", "USDT") / begin - 1.0))
        return sum(moves) / len(moves)

    assert 0.5 < spread_of(2) / spread_of(1_440) < 2.0
