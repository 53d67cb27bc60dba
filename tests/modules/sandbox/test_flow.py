"""The flow of the simulated markets beside recordings of real ones, moods, and prices that fit together."""

from itertools import pairwise
from pathlib import Path

import pytest

from lonja.modules.sandbox import past
from lonja.modules.sandbox.api import Mood
from lonja.primitives.errors import SettingsError
from tests.modules.sandbox.sandbox_house import SandboxHouse
from tools.compare_flow import SHARED, recorded, simulated, table
from tools.flow_statistics import Numbers

# which market, statistic, smallest and largest ratio of simulated to recorded
BOUNDS = [
    ("ETH-USDT", "gap 50%", 0.3, 1.6),
    ("ETH-USDT", "gap 75%", 0.6, 1.5),
    ("ETH-USDT", "gap 90%", 0.6, 1.5),
    ("ETH-USDT", "gap 99%", 0.5, 2.0),
    ("ETH-USDT", "gap deviation", 0.6, 1.6),
    ("ETH-USDT", "gap clustering", 0.6, 1.4),
    ("ETH-USDT", "size 99%", 0.2, 2.5),
    ("ETH-USDT", "side after 1", 0.7, 1.5),
    ("ETH-USDT", "spread ticks 50%", 0.99, 1.01),
    ("ETH-USDT", "spread ticks 90%", 0.5, 2.0),
    ("ETH-USDT", "depth 5 bps", 0.35, 2.0),
    ("ETH-USDT", "depth 10 bps", 0.35, 2.0),
    ("ETH-USDT", "middle stands still", 0.7, 1.4),
    ("quiet", "gap 50%", 0.7, 1.4),
    ("quiet", "gap 75%", 0.8, 1.3),
    ("quiet", "gap 99%", 0.7, 1.3),
    ("quiet", "gap clustering", 0.8, 1.2),
    ("quiet", "size 75%", 0.6, 1.4),
    ("quiet", "size 90%", 0.6, 1.4),
    ("quiet", "side after 1", 0.7, 1.3),
    ("quiet", "side after 5", 0.7, 1.3),
    ("moves", "move mean", 0.9, 1.1),
    ("moves", "move 99.0%", 0.8, 1.3),
    ("moves", "volatility after 1 min", 0.7, 1.3),
    ("moves", "volatility after 60 min", 0.6, 1.4),
]


@pytest.fixture(autouse=True)
def short_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here needs a whole day."""
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)


async def test_the_flow_looks_like_that_of_recorded_venues() -> None:
    if not SHARED.is_dir():
        pytest.skip("the recordings lie beside the repository")
    theirs, ours = recorded(), await simulated(minutes=6, seed=1)
    wrong = [
        f"{market}, {key}: {ratio:.2f} is not in {low}..{high}"
        for market, key, low, high in BOUNDS
        if not low <= (ratio := _ratio(ours[market], theirs[market], key)) <= high
    ]
    assert not wrong, "\n".join([*wrong, table(theirs, ours)])


def _ratio(ours: Numbers, theirs: Numbers, key: str) -> float:
    return ours[key] / theirs[key]


async def opened(folder: Path, pairs: int = 25) -> SandboxHouse:
    return await (await SandboxHouse(folder).open(pairs=pairs)).warm_up()


FEE = 1 - 0.001
"""What is left of an amount after a customer took."""


def best(house: SandboxHouse, name: str) -> tuple[float, float]:
    """Best bid and ask in decimal units."""
    code = house.code(name)
    view = house.engine.views.instrument(code)
    tick = view.tick_step / 10**view.price_scale
    bid, ask = (house.market_data.levels(code, side, 1)[0].price * tick for side in (0, 1))
    return bid, ask


async def test_no_triangle_pays_for_long(tmp_path: Path) -> None:
    house = await opened(tmp_path)
    triangles = [("ETH", "BTC"), ("SOL", "BTC"), ("SOL", "ETH"), ("BTC", "USDC"), ("ETH", "USDC")]
    profitable = dict.fromkeys(triangles, 0)
    seconds = 120
    for _ in range(seconds):
        await house.run(1)
        for asset, other in triangles:
            bid, ask = best(house, f"{asset}-USDT")
            other_bid, other_ask = best(house, f"{other}-USDT")
            cross_bid, cross_ask = best(house, f"{asset}-{other}")
            around = max(cross_bid * other_bid / ask, bid / other_ask / cross_ask)
            profitable[asset, other] += around * FEE**3 > 1
    assert max(profitable.values()) <= seconds // 50, profitable
    await house.stop()


async def test_a_thin_market_is_shallow_and_wide_until_its_mood_ends(tmp_path: Path) -> None:
    house = await opened(tmp_path)
    code = house.code("SOL-USDT")

    def depth() -> int:
        return sum(level.size for side in (0, 1) for level in house.market_data.levels(code, side, 30))

    await house.run(5)
    usual_depth, usual_spread = depth(), house.spread_bps(code)
    house.markets.set_mood("SOL-USDT", Mood.THIN, 300_000)
    assert house.markets.moods()["SOL-USDT"] == Mood.THIN
    assert house.markets.moods()["BTC-USDT"] == Mood.NORMAL
    await house.run(120)
    assert depth() < usual_depth / 2
    assert house.spread_bps(code) > usual_spread * 1.5
    await house.run(200)
    assert house.markets.moods()["SOL-USDT"] == Mood.NORMAL
    assert house.spread_bps(code) < usual_spread * 1.5
    await house.stop()


MOVES = [
    (Mood.CRASH, -1, 0.02),
    (Mood.TREND_UP, 1, 0.001),
    (Mood.TREND_DOWN, -1, 0.001),
]


@pytest.mark.parametrize(("mood", "sign", "least"), MOVES)
async def test_a_mood_moves_the_price(tmp_path: Path, mood: Mood, sign: int, least: float) -> None:
    house = await opened(tmp_path)
    before = {name: best(house, f"{name}-USDT")[0] for name in ("BTC", "ETH", "SOL", "XRP")}
    house.markets.set_mood(None, mood)
    await house.run(240)
    moves = [sign * (best(house, f"{name}-USDT")[0] / price - 1) for name, price in before.items()]
    assert sum(moves) / len(moves) > least
    for traders in house.opened.traders:
        assert min(house.near_levels(traders.instrument)) >= 20, traders.fact.instrument_id
    await house.stop()


async def test_a_calm_market_trades_less(tmp_path: Path) -> None:
    counts = []
    for mood in (Mood.NORMAL, Mood.CALM):
        folder = tmp_path / mood.value
        folder.mkdir()
        house = await opened(folder)
        house.markets.set_mood(None, mood)
        code = house.code("BTC-USDT")
        begin = house.market_data.trades(code, 1)[0].trade_id
        await house.run(60)
        counts.append(house.market_data.trades(code, 1)[0].trade_id - begin)
        await house.stop()
    assert counts[1] < 0.7 * counts[0]


async def test_an_instrument_without_traders_has_no_mood(tmp_path: Path) -> None:
    house = await SandboxHouse(tmp_path).open(pairs=3)
    with pytest.raises(SettingsError, match="QUIET-USDT"):
        house.markets.set_mood("QUIET-USDT", Mood.CRASH)
    await house.stop()


async def test_nothing_happens_twice_at_one_moment(tmp_path: Path) -> None:
    house = await opened(tmp_path, pairs=3)
    house.markets.step(house.engine.now_ms())
    house.real.advance_ms(5_000)
    assert house.markets.step(house.engine.now_ms())
    assert house.markets.step(house.engine.now_ms()) == []
    await house.stop()


async def test_a_long_sleep_is_not_made_up_for(tmp_path: Path) -> None:
    house = await opened(tmp_path)
    await house.run(2)
    house.real.advance_ms(3_600_000)
    first = len(house.markets.step(house.engine.now_ms()))
    assert 0 < first < 4_000
    sizes = []
    for _ in range(20):
        house.real.advance_ms(50)
        sizes.append(len(house.markets.step(house.engine.now_ms())))
    assert sum(sizes) < 6_000
    assert all(after < 3_000 for _, after in pairwise(sizes))
    await house.stop()
