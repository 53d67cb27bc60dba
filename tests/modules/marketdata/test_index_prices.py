"""Index prices: the price now, its day, its candles, and what stands for its past."""

import random

from lonja.core import commands as c
from lonja.core.events import CandleImported, IndexPriceSet
from lonja.modules.marketdata.api import CandleView, IndexTickerView, MarketData
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.desk import START_MS, Desk, batch_of

OPENED = START_MS - START_MS % DAY_MS + 3 * HOUR_MS
"""A moment at which minutes, hours and three-hour-old days begin."""


class Index:
    """Market data of one instrument, whose index price is set at will."""

    def __init__(self) -> None:
        self.now_ms = OPENED
        self.market_data = MarketData(Desk().views, lambda: self.now_ms)

    def set(self, time_ms: int, price: int) -> None:
        self.now_ms = time_ms
        self.market_data.on_batch(batch_of([IndexPriceSet(1, time_ms, 0, price, 0, 0)]))

    def rows(self, bar: str, limit: int = 100) -> list[tuple[int, ...]]:
        """Opened how many minutes ago, open, high, low, close, closed; oldest first."""
        candles = self.market_data.index_candles(0, bar, limit=limit)
        assert {(candle.volume, candle.quote_volume) for candle in candles} <= {(0, 0)}
        return [
            ((self.now_ms - candle.open_time_ms) // MINUTE_MS, *candle[1:5], int(candle.confirmed))
            for candle in reversed(candles)
        ]


def test_nothing_is_known_before_a_price_is_set() -> None:
    index = Index()
    assert index.market_data.index_price(0) == 0
    assert index.market_data.index_ticker(0) is None
    assert index.market_data.index_candles(0, "1m") == []


def test_a_candle_begins_where_the_price_stood() -> None:
    index = Index()
    for minute, second, price in ((0, 0, 100), (0, 10, 90), (0, 50, 95), (1, 5, 97), (3, 59, 80)):
        index.set(OPENED + minute * MINUTE_MS + second * 1_000, price)
    assert index.rows("1m") == [
        (3, 100, 100, 90, 95, 1),
        (2, 95, 97, 95, 97, 1),
        (1, 97, 97, 97, 97, 1),
        (0, 97, 97, 80, 80, 0),
    ]
    assert index.rows("5m") == [(3, 100, 100, 80, 80, 0)]
    assert index.rows("1H") == [(3, 100, 100, 80, 80, 0)]


def test_a_price_that_nobody_knows_any_more_leaves_its_candles() -> None:
    index = Index()
    index.set(OPENED, 100)
    index.set(OPENED + MINUTE_MS, 0)
    assert index.market_data.index_price(0) == 0
    assert index.market_data.index_ticker(0) is None
    assert index.rows("1m") == [(1, 100, 100, 100, 100, 1), (0, 100, 100, 100, 100, 0)]


def test_the_ticker_tells_the_day() -> None:
    index = Index()
    midnight = OPENED - 3 * HOUR_MS
    for hours, price in ((-30, 70), (-20, 120), (-12, 60), (0, 100), (1, 110), (2, 105)):
        index.set(midnight + hours * HOUR_MS, price)
    index.now_ms = OPENED
    assert index.market_data.index_ticker(0) == IndexTickerView(
        instrument=0,
        price=105,
        # 24 hours ago it had stood there for nine hours already.
        open_24h=70,
        high_24h=120,
        low_24h=60,
        open_utc0=60,
        # Midnight UTC+8 was at 16 hours UTC of the day before.
        open_utc8=60,
        time_ms=midnight + 2 * HOUR_MS,
    )


def test_traded_minutes_stand_for_the_past() -> None:
    index = Index()
    for number in range(3):
        start_ms = OPENED + number * MINUTE_MS
        index.now_ms = start_ms
        index.market_data.on_batch(
            batch_of([CandleImported(1, start_ms, 0, start_ms, 5 + number, 9, 4, 6 + number, 11, 60)])
        )
    index.set(OPENED + 3 * MINUTE_MS, 20)
    assert index.rows("1m") == [(3, 5, 9, 4, 6, 1), (2, 6, 9, 4, 7, 1), (1, 7, 9, 4, 8, 1), (0, 20, 20, 20, 20, 0)]
    assert index.rows("15m") == [(3, 5, 20, 4, 20, 0)]


def test_what_trades_while_the_index_is_known_is_no_part_of_its_day() -> None:
    desk = Desk()
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    desk.run(c.SetIndexPrice(instrument=0, price=10_000))
    desk.trade(9_800, 50)
    desk.trade(10_300, 50)
    ticker = market_data.index_ticker(0)
    assert ticker is not None
    assert (ticker.open_24h, ticker.high_24h, ticker.low_24h) == (10_000, 10_000, 10_000)
    assert (ticker.open_utc0, ticker.open_utc8) == (10_000, 10_000)


def test_a_day_that_began_before_the_index_was_known_has_traded_minutes() -> None:
    index = Index()
    for number in range(3):
        start_ms = OPENED + number * MINUTE_MS
        index.now_ms = start_ms
        index.market_data.on_batch(
            batch_of([CandleImported(1, start_ms, 0, start_ms, 5 + number, 9 + number, 4 - number, 6, 11, 60)])
        )
    index.set(OPENED + 3 * MINUTE_MS, 7)
    ticker = index.market_data.index_ticker(0)
    assert ticker is not None
    assert (ticker.open_24h, ticker.high_24h, ticker.low_24h, ticker.price) == (5, 11, 2, 7)
    # A day later less two minutes, the first of them has left the window.
    index.now_ms = OPENED + DAY_MS
    ticker = index.market_data.index_ticker(0)
    assert ticker is not None
    assert (ticker.open_24h, ticker.high_24h, ticker.low_24h) == (6, 11, 2)
    index.now_ms = OPENED + DAY_MS + 3 * MINUTE_MS
    ticker = index.market_data.index_ticker(0)
    assert ticker is not None
    assert (ticker.open_24h, ticker.high_24h, ticker.low_24h) == (7, 7, 7)


def test_what_the_engine_holds_is_known_after_a_restart() -> None:
    desk = Desk()
    desk.run(c.SetIndexPrice(instrument=0, price=1_234))
    market_data = MarketData(desk.views, desk.clock)
    market_data.prime()
    assert market_data.index_price(0) == 1_234
    assert [candle.close for candle in market_data.index_candles(0, "1m")] == [1_234]


def test_a_feed_tells_of_changes_and_closed_candles() -> None:
    index = Index()
    feed = index.market_data.mark_candle_feed(0, "1m")
    assert feed.poll() == ()
    index.set(OPENED, 100)
    assert [row.close for row in feed.poll()] == [100]
    index.set(OPENED + MINUTE_MS, 101)
    assert [(row.open, row.close, row.confirmed) for row in feed.poll()] == [(100, 100, True), (100, 101, False)]


def test_random_prices_give_what_a_plain_list_says() -> None:
    index, dice, told = Index(), random.Random(5), list[tuple[int, int]]()
    time_ms = OPENED
    for _ in range(400):
        time_ms += dice.randint(1, 150_000)
        told.append((time_ms, dice.randint(50, 150)))
        index.set(*told[-1])
    for bar, length in (("1m", MINUTE_MS), ("5m", 5 * MINUTE_MS), ("1H", HOUR_MS)):
        candles = index.market_data.index_candles(0, bar, limit=2_000)
        for candle in candles:
            assert candle[:5] == _plain(told, candle.open_time_ms, length), bar
        assert candles[-1].open_time_ms == told[0][0] - told[0][0] % length


def _plain(told: list[tuple[int, int]], start_ms: int, length_ms: int) -> tuple[int, ...]:
    stood = [price for time_ms, price in told if time_ms < start_ms][-1:]
    prices = stood + [price for time_ms, price in told if start_ms <= time_ms < start_ms + length_ms]
    return CandleView(start_ms, prices[0], max(prices), min(prices), prices[-1], 0, 0, confirmed=True)[:5]
