"""Fair prices and the day of candles before the start."""

import math
from itertools import pairwise

from lonja.modules.sandbox.catalogue import ASSETS, INSTRUMENTS
from lonja.modules.sandbox.lots import fair_ticks
from lonja.modules.sandbox.past import CANDLE_COUNT, make_past
from lonja.modules.sandbox.prices import FairPrices
from lonja.primitives.instant import MINUTE_MS

END_MS = 1_750_000_020_000 // MINUTE_MS * MINUTE_MS
BITCOIN, ETHER = INSTRUMENTS[0], INSTRUMENTS[1]


def walk(seed: str, steps: int, seconds: float, name: str = "BTC") -> list[float]:
    prices = FairPrices(seed)
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


def test_a_long_pause_counts_as_a_minute() -> None:
    slept, waited = FairPrices("a"), FairPrices("a")
    slept.step(86_400.0)
    waited.step(60.0)
    assert slept.price("BTC", "USDT") == waited.price("BTC", "USDT")


def test_the_past_is_a_day_of_connected_candles_up_to_the_present_price() -> None:
    prices = FairPrices("a")
    pasts = make_past([(BITCOIN, 0), (ETHER, 1)], "a", END_MS, prices)
    for past, code in zip(pasts, (0, 1), strict=True):
        candles = past.candles
        assert len(candles) == CANDLE_COUNT == 1_440
        assert [candle.open_time_ms for candle in candles] == list(range(END_MS - 86_400_000, END_MS, MINUTE_MS))
        assert {candle.instrument for candle in candles} == {code}
        assert all(before.close == after.open for before, after in pairwise(candles))
        assert all(c.low <= min(c.open, c.close) <= max(c.open, c.close) <= c.high for c in candles)
        assert all(candle.volume > 0 and candle.quote_volume > 0 for candle in candles)
        assert candles[-1].close == fair_ticks(past.fact, prices)
        assert len({candle.close for candle in candles}) > 300


def test_the_same_seed_has_the_same_past() -> None:
    first, second = (make_past([(BITCOIN, 0)], "a", END_MS, FairPrices("a"))[0].candles for _ in range(2))
    assert first == second
