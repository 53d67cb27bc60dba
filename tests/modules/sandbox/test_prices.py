"""Fair prices and the day of candles before the start."""

import math
from itertools import pairwise

from lonja.modules.sandbox.catalogue import ASSETS, INSTRUMENTS
from lonja.modules.sandbox.lots import fair_ticks
from lonja.modules.sandbox.moods import EFFECTS, Mood
from lonja.modules.sandbox.past import CANDLE_COUNT, Past
from lonja.modules.sandbox.prices import FairPrices
from lonja.primitives.instant import MINUTE_MS

END_MS = 1_750_000_020_000 // MINUTE_MS * MINUTE_MS
FEW = ("BTC", "ETH", "USDT")
BITCOIN, ETHER = INSTRUMENTS[0], INSTRUMENTS[1]


def walk(seed: str, steps: int, seconds: float, name: str = "BTC") -> list[float]:
    prices = FairPrices(seed, None, FEW)
    found = []
    for _ in range(steps):
        prices.step(seconds)
        found.append(prices.price(name, "USDT"))
    return found


def test_the_same_seed_walks_the_same_way() -> None:
    assert walk("a", 50, 1.0) == walk("a", 50, 1.0)
    assert walk("a", 50, 1.0) != walk("b", 50, 1.0)


def test_prices_move_but_stay_in_the_world() -> None:
    month = walk("a", 30 * 24 * 60, 60.0)
    assert len(set(month)) > 40_000
    assert 0.6 * ASSETS["BTC"].price < min(month) < max(month) < 1.6 * ASSETS["BTC"].price


def test_other_assets_follow_bitcoin_a_little() -> None:
    bitcoin, ether = walk("a", 5_000, 10.0), walk("a", 5_000, 10.0, "ETH")
    moves = [[math.log(b / a) for a, b in pairwise(series)] for series in (bitcoin, ether)]
    product = sum(x * y for x, y in zip(*moves, strict=True))
    norms = math.sqrt(sum(x * x for x in moves[0]) * sum(y * y for y in moves[1]))
    assert 0.7 < product / norms < 0.9


def test_cross_rates_agree() -> None:
    prices = FairPrices("a")
    prices.step(30.0)
    assert math.isclose(prices.price("ETH", "BTC") * prices.price("BTC", "USDT"), prices.price("ETH", "USDT"))


def test_a_walk_goes_on_where_it_is_told_to_start() -> None:
    prices = FairPrices("a", {"BTC": 70_000.0, "QUIET": 1.0, "NONE": 5.0})
    assert math.isclose(prices.price("BTC", "USDT"), 70_000.0)
    assert prices.price("QUIET", "USDT") == 100.0


def test_a_mood_drives_no_price_out_of_the_world_in_one_long_step() -> None:
    prices = FairPrices("a")
    prices.set_effects(EFFECTS[Mood.CRASH], {})
    prices.step(86_400.0)
    assert 0.3 < prices.price("BTC", "USDT") / ASSETS["BTC"].price < 0.9


def test_volatility_comes_in_spells_like_that_of_recorded_candles() -> None:
    prices = FairPrices("a", None, ("BTC", "USDT"))
    closes = []
    for _ in range(20_000):
        prices.step(60.0)
        closes.append(prices.price("BTC", "USDT"))
    moves = [abs(math.log(after / before)) for before, after in pairwise(closes)]
    mean = sum(moves) / len(moves)
    variance = sum((move - mean) ** 2 for move in moves) / len(moves)
    for lag, recorded in ((1, 0.30), (5, 0.25), (15, 0.21), (60, 0.157)):
        product = sum((a - mean) * (b - mean) for a, b in zip(moves, moves[lag:], strict=False)) / len(moves)
        assert abs(product / variance - recorded) < 0.1
    assert 0.58 < mean / math.sqrt(variance + mean * mean) < 0.69, "recorded: 0.635"


def test_a_mood_drives_the_price_and_its_volatility() -> None:
    crash, usual = FairPrices("a"), FairPrices("a")
    crash.set_effects(EFFECTS[Mood.NORMAL], {"ETH": EFFECTS[Mood.CRASH]})
    for _ in range(600):
        crash.step(1.0)
        usual.step(1.0)
    assert crash.price("ETH", "USDT") < 0.85 * usual.price("ETH", "USDT")
    assert crash.price("SOL", "USDT") == usual.price("SOL", "USDT")
    assert abs(crash.price("USDC", "USDT") - 1.0) < 0.01


def test_a_crash_ends_somewhere() -> None:
    prices = FairPrices("a")
    prices.set_effects(EFFECTS[Mood.CRASH], {})
    for _ in range(600):
        prices.step(60.0)
    assert 0.3 < prices.price("BTC", "USDT") / ASSETS["BTC"].price < 0.9


def test_the_past_is_a_day_of_connected_candles_up_to_the_present_price() -> None:
    prices = FairPrices("a")
    past = Past("a", END_MS, prices)
    for fact, code in ((BITCOIN, 0), (ETHER, 1)):
        candles = list(past.candles(fact, code))
        assert len(candles) == CANDLE_COUNT == 1_440
        assert [candle.open_time_ms for candle in candles] == list(range(END_MS - 86_400_000, END_MS, MINUTE_MS))
        assert {candle.instrument for candle in candles} == {code}
        assert all(before.close == after.open for before, after in pairwise(candles))
        assert all(c.low <= min(c.open, c.close) <= max(c.open, c.close) <= c.high for c in candles)
        assert all(candle.volume > 0 and candle.quote_volume > 0 for candle in candles)
        assert candles[-1].close == fair_ticks(fact, prices)
        assert len({candle.close for candle in candles}) > 300


def test_what_trades_seldom_has_few_candles_but_the_whole_day() -> None:
    candles = list(Past("a", END_MS, FairPrices("a")).candles(INSTRUMENTS[700], 700))
    assert 2 < len(candles) < 300
    assert candles[0].open_time_ms == END_MS - 86_400_000
    assert candles[-1].open_time_ms == END_MS - MINUTE_MS
    assert all(before.close == after.open for before, after in pairwise(candles))


def test_the_same_seed_has_the_same_past() -> None:
    first, second = (list(Past("a", END_MS, FairPrices("a")).candles(BITCOIN, 0)) for _ in range(2))
    assert first == second
