"""What takers bought and sold, judged by summing up all trades."""

import random

from lonja.modules.marketdata.api import BARS, MarketData, TakerVolumeView
from lonja.modules.marketdata.takers import FIVE_MINUTES_KEPT, TakerVolumes
from tests.modules.desk import SELL, START_MS, Desk

HOUR = 3_600_000
FIVE = 300_000


def test_sides_are_the_takers() -> None:
    desk = Desk()
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    desk.trade(100, 3)
    desk.trade(100, 2, SELL)
    start = START_MS - START_MS % FIVE
    assert market_data.taker_volumes(0, "5m", 0, START_MS) == [TakerVolumeView(start, 3, 2)]
    assert market_data.taker_volumes(0, "5m", start + 1, START_MS) == []
    assert market_data.taker_volumes(0, "5m", 0, start - 1) == []


def test_random_trades_are_summed_up_by_bar() -> None:
    draw, volumes, trades = random.Random(5), TakerVolumes(), []
    time_ms = START_MS
    for _ in range(3_000):
        # Mostly forward, now and then back: a clock of a sandbox may be set.
        time_ms += draw.randrange(-200_000, 400_000)
        trades.append((time_ms, draw.random() < 0.5, draw.randrange(1, 9)))
        volumes.add(trades[-1][0], is_buy=trades[-1][1], size=trades[-1][2])
    newest = max(time for time, _, _ in trades)
    for name, reach in (("5m", FIVE * FIVE_MINUTES_KEPT // 2), ("1H", 20 * 24 * HOUR), ("1D", 20 * 24 * HOUR)):
        bar = BARS[name]
        begin = newest - reach
        expected: dict[int, list[int]] = {}
        for time, is_buy, size in trades:
            start = bar.start(time)
            if start >= begin:
                expected.setdefault(start, [0, 0])[0 if is_buy else 1] += size
        assert expected
        found = volumes.read(bar, begin, newest)
        assert found == [TakerVolumeView(start, *sums) for start, sums in sorted(expected.items())], name


def test_old_periods_are_let_go() -> None:
    volumes = TakerVolumes()
    for number in range(2 * FIVE_MINUTES_KEPT):
        volumes.add(START_MS + number * FIVE, is_buy=True, size=1)
    kept = volumes.read(BARS["5m"], 0, 2**62)
    assert FIVE_MINUTES_KEPT <= len(kept) <= FIVE_MINUTES_KEPT * 9 // 8 + 1
    assert kept[-1].open_time_ms == START_MS - START_MS % FIVE + (2 * FIVE_MINUTES_KEPT - 1) * FIVE
    hours = volumes.read(BARS["1H"], 0, 2**62)
    assert sum(hour.bought for hour in hours) == 2 * FIVE_MINUTES_KEPT


def test_huge_lots_do_not_overflow() -> None:
    volumes = TakerVolumes()
    for _ in range(3):
        volumes.add(START_MS, is_buy=False, size=2**62)
    assert volumes.read(BARS["1D"], 0, 2**62)[0].sold == 2**63 - 1
