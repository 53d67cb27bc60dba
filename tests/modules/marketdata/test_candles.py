"""Candles and tickers: alignment of bars, empty periods, history, and the candles a venue really published."""

import csv
import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from lonja.core import commands as c
from lonja.core.events import CandleImported, Event, Filled
from lonja.modules.marketdata.api import BARS, CandleView, MarketData
from lonja.modules.marketdata.market import MINUTES_KEPT
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from tests.modules.desk import BOB, BUY, SELL, START_MS, Desk, batch_of

WORD_MAX = 2**63 - 1


def taker_fill(number: int, time_ms: int, price: int, size: int, notional: int = 0) -> Filled:
    """The taker's half of trade ``number`` of instrument 0; what market data does not read is 0."""
    head = {"sequence": number, "time_ms": time_ms, "trade_id": number, "price": price, "size": size}
    return Filled(
        **dict.fromkeys(Filled._fields, 0) | head | {"notional": notional or price * size, "order_id": number}
    )


class Tape:
    """Market data of one instrument, fed with trades at will."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = now_ms
        self.number = 0
        self.market_data = MarketData(Desk().views, lambda: self.now_ms)
        self.market_data.prime()

    def trade(self, time_ms: int, price: int, size: int, notional: int = 0) -> None:
        self.number += 1
        self.now_ms = time_ms
        self.feed(taker_fill(self.number, time_ms, price, size, notional))

    def feed(self, *events: Event) -> None:
        self.market_data.on_batch(batch_of(list(events)))

    def candles(self, bar: str, **more: int) -> list[CandleView]:
        return self.market_data.candles(0, bar, **more)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


OPENS = [
    # bar, a moment, when its bar opened, when the next one opens (UTC)
    ("1s", "2026-03-05 10:11:12", "2026-03-05 10:11:12", "2026-03-05 10:11:13"),
    ("1m", "2026-03-05 10:11:12", "2026-03-05 10:11", "2026-03-05 10:12"),
    ("3m", "2026-03-05 10:11:12", "2026-03-05 10:09", "2026-03-05 10:12"),
    ("5m", "2026-03-05 10:11:12", "2026-03-05 10:10", "2026-03-05 10:15"),
    ("15m", "2026-03-05 10:11:12", "2026-03-05 10:00", "2026-03-05 10:15"),
    ("30m", "2026-03-05 10:31:12", "2026-03-05 10:30", "2026-03-05 11:00"),
    ("1H", "2026-03-05 10:31:12", "2026-03-05 10:00", "2026-03-05 11:00"),
    ("2H", "2026-03-05 11:31:12", "2026-03-05 10:00", "2026-03-05 12:00"),
    ("4H", "2026-03-05 11:31:12", "2026-03-05 08:00", "2026-03-05 12:00"),
    ("6H", "2026-03-05 11:31:12", "2026-03-05 10:00", "2026-03-05 16:00"),
    ("6Hutc", "2026-03-05 11:31:12", "2026-03-05 06:00", "2026-03-05 12:00"),
    ("12H", "2026-03-05 11:31:12", "2026-03-05 04:00", "2026-03-05 16:00"),
    ("12Hutc", "2026-03-05 11:31:12", "2026-03-05 00:00", "2026-03-05 12:00"),
    ("1D", "2026-03-05 15:59:59", "2026-03-04 16:00", "2026-03-05 16:00"),
    ("1D", "2026-03-05 16:00:00", "2026-03-05 16:00", "2026-03-06 16:00"),
    ("1Dutc", "2026-03-05 16:00:00", "2026-03-05 00:00", "2026-03-06 00:00"),
    ("2Dutc", "1970-01-04 01:00:00", "1970-01-03 00:00", "1970-01-05 00:00"),
    ("3Dutc", "1970-01-05 01:00:00", "1970-01-04 00:00", "1970-01-07 00:00"),
    ("5Dutc", "1970-01-05 01:00:00", "1970-01-01 00:00", "1970-01-06 00:00"),
    ("1W", "2026-03-05 12:00:00", "2026-03-01 16:00", "2026-03-08 16:00"),
    ("1Wutc", "2026-03-05 12:00:00", "2026-03-02 00:00", "2026-03-09 00:00"),
    ("1M", "2026-02-28 16:00:00", "2026-02-28 16:00", "2026-03-31 16:00"),
    ("1Mutc", "2026-02-28 16:00:00", "2026-02-01 00:00", "2026-03-01 00:00"),
    ("3M", "2026-03-05 12:00:00", "2025-12-31 16:00", "2026-03-31 16:00"),
    ("3Mutc", "2026-12-05 12:00:00", "2026-10-01 00:00", "2027-01-01 00:00"),
]


@pytest.mark.parametrize(("bar", "moment", "opened", "next_opens"), OPENS)
def test_bars_open_where_they_should(bar: str, moment: str, opened: str, next_opens: str) -> None:
    kind = BARS[bar]
    assert kind.start(at(moment)) == at(opened)
    assert kind.following(at(opened)) == at(next_opens)
    assert kind.preceding(at(next_opens)) == at(opened)


def test_all_documented_bars_exist() -> None:
    short = ["1s", "1m", "3m", "5m", "15m", "30m", "1H", "2H", "4H"]
    long = ["6H", "12H", "1D", "2D", "3D", "5D", "1W", "1M", "3M"]
    assert set(BARS) == {*short, *long, *(f"{bar}utc" for bar in long)}


def test_the_running_candle_comes_first_and_empty_periods_are_flat() -> None:
    tape, opened = Tape(), START_MS - START_MS % MINUTE_MS
    assert tape.candles("1m") == []
    for time_ms, price, size in ((1_000, 100, 2), (2_000, 105, 1), (59_999, 95, 3), (180_000, 97, 1)):
        tape.trade(opened + time_ms, price, size)
    tape.now_ms = opened + 250_000
    minute = [opened + step * MINUTE_MS for step in range(5)]
    first = CandleView(minute[0], 100, 105, 95, 95, 6, 200 + 105 + 285, confirmed=True)
    expected = [
        CandleView(minute[4], 97, 97, 97, 97, 0, 0, confirmed=False),
        CandleView(minute[3], 97, 97, 97, 97, 1, 97, confirmed=True),
        CandleView(minute[2], 95, 95, 95, 95, 0, 0, confirmed=True),
        CandleView(minute[1], 95, 95, 95, 95, 0, 0, confirmed=True),
        first,
    ]
    assert tape.candles("1m") == expected
    assert tape.candles("1m", limit=2) == expected[:2]
    assert tape.candles("1m", after_ms=minute[3]) == expected[2:]
    assert tape.candles("1m", before_ms=minute[1]) == expected[:3]
    assert tape.candles("1m", after_ms=minute[4], before_ms=minute[1]) == expected[1:3]
    assert tape.candles("1m", after_ms=minute[0]) == []
    assert [(row.open, row.close, row.volume) for row in tape.candles("1s", limit=3)] == [(97, 97, 0)] * 3


def test_a_longer_bar_opens_with_its_first_trade_not_with_an_empty_minute() -> None:
    tape, opened = Tape(), START_MS - START_MS % (5 * MINUTE_MS)
    tape.trade(opened, 100, 1)
    tape.trade(opened + 7 * MINUTE_MS, 120, 1)
    tape.now_ms = opened + 16 * MINUTE_MS
    assert [(row.open, row.high, row.low, row.close) for row in tape.candles("5m")] == [
        (120, 120, 120, 120),
        (120, 120, 120, 120),
        (120, 120, 120, 120),
        (100, 100, 100, 100),
    ]


def venue_rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with gzip.open(folder / "data/trades_to_candles_XRP_ETH" / name, "rt", newline="") as lines:
        yield from csv.DictReader(lines)


def units(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(8, "0"))


@pytest.mark.parametrize(("bar", "published"), [("1m", 2_469), ("5m", 706)])
def test_venue_trades_give_the_venues_candles(shared_folder: Path, bar: str, published: int) -> None:
    tape = Tape(0)
    for row in venue_rows(shared_folder, "trades.csv.gz"):
        tape.trade(int(row["ts_ms"]), units(row["price"]), int(row["amount"].removesuffix(".0")))
    mine = {row.open_time_ms: row for row in tape.candles(bar, limit=10_000)}
    compared = 0
    for row in venue_rows(shared_folder, f"candles_{bar}.csv.gz"):
        found = mine[int(row["ts_ms"])]
        prices = [units(row[name]) for name in ("open", "high", "low", "close")]
        if units(row["volume"]) == 0:
            continue
        assert [*found[1:5], found.volume] == [*prices, int(row["volume"].removesuffix(".0"))]
        compared += 1
    assert compared == published


class Twin:
    """Trades in a list; everything computed from it anew."""

    def __init__(self) -> None:
        self.trades: list[tuple[int, int, int]] = []

    def candle(self, begin: int, end: int) -> tuple[int, ...] | None:
        inside = [trade for trade in self.trades if begin <= trade[0] < end]
        if not inside:
            earlier = [price for time_ms, price, _ in self.trades if time_ms < begin]
            return (*[earlier[-1]] * 4, 0, 0) if earlier else None
        prices = [price for _, price, _ in inside]
        quote = sum(price * size for _, price, size in inside)
        return (prices[0], max(prices), min(prices), prices[-1], sum(size for *_, size in inside), quote)


@pytest.mark.parametrize("seed", range(4))
def test_random_trades_give_what_the_list_of_trades_says(seed: int) -> None:
    rng, tape, twin = random.Random(seed), Tape(), Twin()
    time_ms = START_MS
    for _ in range(250):
        time_ms += rng.choice((0, 900, 40_000, MINUTE_MS, 7 * MINUTE_MS, 5 * HOUR_MS if seed % 2 else 20 * MINUTE_MS))
        trade = (time_ms, rng.randrange(90, 110), rng.randrange(1, 9))
        twin.trades.append(trade)
        tape.trade(*trade)
        if rng.random() < 0.3:
            compare_ticker(tape, twin)
    for bar in ("1m", "15m", "4H", "6H", "1D", "1Wutc", "1M"):
        compare_bars(tape, twin, bar)
    tape.now_ms += rng.choice((HOUR_MS, 2 * DAY_MS))
    compare_ticker(tape, twin)


def compare_bars(tape: Tape, twin: Twin, bar: str) -> None:
    rows = tape.candles(bar, limit=200)
    assert rows[0].open_time_ms == BARS[bar].start(tape.now_ms)
    assert all(older.open_time_ms == BARS[bar].preceding(newer.open_time_ms) for newer, older in pairwise(rows))
    for row in rows:
        end = BARS[bar].following(row.open_time_ms)
        assert (*row[1:7],) == twin.candle(row.open_time_ms, end)
        assert row.confirmed == (end <= tape.now_ms)
    if len(rows) < 200:
        assert twin.candle(0, rows[-1].open_time_ms) is None


def compare_ticker(tape: Tape, twin: Twin) -> None:
    ticker, now_ms = tape.market_data.ticker(0), tape.now_ms
    minute = now_ms - now_ms % MINUTE_MS
    day = twin.candle(minute - DAY_MS + MINUTE_MS, minute + MINUTE_MS)
    assert day == (
        ticker.open_24h,
        ticker.high_24h,
        ticker.low_24h,
        ticker.last,
        ticker.volume_24h,
        ticker.quote_volume_24h,
    )
    for bar, shown in (("1Dutc", ticker.open_utc0), ("1D", ticker.open_utc8)):
        start = BARS[bar].start(now_ms)
        candle = twin.candle(start, now_ms + 1)
        assert candle is not None
        assert shown == candle[0]
    assert (ticker.last, ticker.last_size) == twin.trades[-1][1:]


def test_a_ticker_of_nothing_is_empty() -> None:
    desk = Desk()
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    ticker = market_data.ticker(0)
    assert set(ticker[1:10]) == {None, 0}
    desk.place(BOB, SELL, 101, 7)
    assert market_data.ticker(0).best_ask == (101, 7, 1)
    assert market_data.ticker(0).best_bid is None
    desk.trade(100, 2, SELL)
    assert market_data.ticker(0)[1:3] == (100, 2)
    assert market_data.ticker(0).time_ms == desk.now_ms
    assert market_data.book(0).best(BUY) is None


def imported(open_time_ms: int, price: int, volume: int = 1) -> CandleImported:
    return CandleImported(1, START_MS, 0, open_time_ms, price, price + 2, price - 2, price + 1, volume, volume * price)


def test_imported_minutes_are_history_and_replace_each_other() -> None:
    tape = Tape()
    hour = START_MS - START_MS % HOUR_MS
    tape.feed(*(imported(hour - 2 * HOUR_MS + step * MINUTE_MS, 100 + step) for step in range(120)))
    tape.feed(imported(hour - HOUR_MS, 500))
    tape.now_ms = hour + 1
    running, last_hour, first_hour = tape.candles("1H")
    assert running == CandleView(hour, 220, 220, 220, 220, 0, 0, confirmed=False)
    assert last_hour[1:6] == (500, 502, 159, 220, 60)
    assert first_hour[1:6] == (100, 161, 98, 160, 60)
    ticker = tape.market_data.ticker(0)
    assert (ticker.last, ticker.last_size, ticker.high_24h, ticker.volume_24h) == (220, None, 502, 120)
    # The first trade of a minute that history also knows goes on with it.
    tape.feed(imported(hour, 300))
    tape.trade(hour + 5, 310, 4)
    assert tape.candles("1m", limit=1)[0][1:6] == (300, 310, 298, 310, 5)
    assert tape.market_data.ticker(0).high_24h == 502


def test_memory_is_bounded() -> None:
    tape = Tape()
    for step in range(MINUTES_KEPT + 1_000):
        tape.trade(START_MS + step * MINUTE_MS, 100, 1)
    minutes = tape.market_data._market(0).minutes
    assert MINUTES_KEPT <= len(minutes.times) <= MINUTES_KEPT * 9 // 8
    assert len(tape.candles("1m", limit=10_000)) == len(minutes.times)
    # A bar whose beginning was dropped is not shown in part.
    assert {row.volume for row in tape.candles("5m", limit=10_000)[1:]} == {5}
    assert len(tape.market_data.trades(0, 10_000)) == 512
    assert tape.market_data.ticker(0).volume_24h == 1_440


def test_volumes_never_overflow() -> None:
    tape = Tape()
    for _ in range(5):
        tape.trade(START_MS, 1, 2**62 - 1, 2**62 - 1)
    assert tape.candles("1H")[0][5:7] == (WORD_MAX, WORD_MAX)


def test_a_feed_gives_each_change_once_and_closes_candles() -> None:
    tape, opened = Tape(), START_MS - START_MS % MINUTE_MS
    feed = tape.market_data.candle_feed(0, "1m")
    assert feed.poll() == ()
    tape.trade(opened, 100, 1)
    assert [row.close for row in feed.poll()] == [100]
    assert feed.poll() == ()
    tape.trade(opened + SECOND_MS, 101, 1)
    assert [(row.close, row.confirmed) for row in feed.poll()] == [(101, False)]
    tape.now_ms = opened + 2 * MINUTE_MS + 1
    assert [(row.close, row.volume, row.confirmed) for row in feed.poll()] == [
        (101, 2, True),
        (101, 0, True),
        (101, 0, False),
    ]


def test_a_feed_tells_of_every_empty_period_unless_time_leaps() -> None:
    tape, opened = Tape(), START_MS - START_MS % MINUTE_MS
    feed = tape.market_data.candle_feed(0, "1m")
    tape.trade(opened, 100, 1)
    feed.poll()
    for leap, told in ((700, 701), (5_000, 1_000)):
        tape.now_ms += leap * MINUTE_MS
        rows = feed.poll()
        assert [row.open_time_ms for row in rows] == [
            tape.now_ms - tape.now_ms % MINUTE_MS - number * MINUTE_MS for number in reversed(range(told))
        ]
        assert [row.confirmed for row in rows] == [True] * (told - 1) + [False]


def test_imports_come_from_commands_too() -> None:
    desk = Desk()
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    open_time_ms = START_MS - START_MS % MINUTE_MS - MINUTE_MS
    desk.run(c.ImportCandle(0, -1, 0, 0, 0, open_time_ms, 5, 9, 4, 6, 11, 60))
    assert market_data.candles(0, "1m")[1] == CandleView(open_time_ms, 5, 9, 4, 6, 11, 60, confirmed=True)
