"""Instruments that follow another market: their book is the source's, its trades are repeated."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.adapters.recorded_feed import Moment, RecordedFeed, read_recording
from lonja.core.commands import PlaceOrder
from lonja.modules.sandbox import past
from lonja.modules.sandbox.api import FeedBook, FeedEvent, FeedTrade
from lonja.primitives.errors import SettingsError
from tests.modules.sandbox.sandbox_house import SandboxHouse

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
NAME = "BTC-USDT"
BOOK = FeedBook(NAME, True, [("30000.1", "1"), ("30000", "2")], [("30000.2", "0.5"), ("30001", "3")])


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxHouse]:
    monkeypatch.setattr(past, "CANDLE_COUNT", 2)
    house = await SandboxHouse(tmp_path).open(pairs=3, followed=frozenset({NAME}))
    yield house
    await house.stop()


async def follow(house: SandboxHouse, *events: FeedEvent, seconds: int = 1) -> None:
    """Let the market tell ``events``, a second apart."""
    feed = RecordedFeed([Moment(1_000 * number, event) for number, event in enumerate(events)])
    await feed.start()
    house.markets._feeds.clear()
    house.markets.follow(feed)
    house.clock.let_go()
    for _ in range(10 * max(seconds, len(events))):
        await house.markets.turn()
        house.real.advance_ms(100)


def book(house: SandboxHouse, depth: int = 5) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Bids and asks: ticks of 0.1 and units of 0.00000001."""
    code = house.code(NAME)
    bids, asks = (
        [(level.price, level.size) for level in house.market_data.levels(code, side, depth)] for side in (0, 1)
    )
    return bids, asks


BITCOIN = 100_000_000

CASES: list[tuple[str, list[FeedEvent], list[tuple[int, float]], list[tuple[int, float]]]] = [
    ("a whole book", [BOOK], [(300_001, 1), (300_000, 2)], [(300_002, 0.5), (300_010, 3)]),
    (
        "levels that change, vanish and come",
        [BOOK, FeedBook(NAME, False, [("30000.1", "0"), ("29999", "4")], [("30000.2", "0.7")])],
        [(300_000, 2), (299_990, 4)],
        [(300_002, 0.7), (300_010, 3)],
    ),
    (
        "a book that moved through where it was",
        [BOOK, FeedBook(NAME, True, [("30005", "1")], [("30006", "1")])],
        [(300_050, 1)],
        [(300_060, 1)],
    ),
    (
        "sizes below the minimum and between lots",
        [FeedBook(NAME, True, [("30000", "0.000000001")], [("30001", "0.123456789")])],
        [(300_000, 0.00001)],
        [(300_010, 0.12345679)],
    ),
    (
        "a source with finer ticks, of which several levels become one of ours",
        [
            FeedBook(NAME, True, [("30000.19", "1"), ("30000.12", "2")], [("30000.21", "3"), ("30000.27", "4")]),
            FeedBook(NAME, False, [("30000.12", "0")], [("30000.21", "0")]),
        ],
        [(300_001, 1)],
        [(300_003, 4)],
    ),
    (
        "prices beyond all of ours",
        [
            FeedBook(
                NAME, True, [("30000", "1"), ("0.01", "1")], [("30001", "1"), ("999999999999999", "900000000000000")]
            )
        ],
        [(300_000, 1)],
        [(300_010, 1)],
    ),
    (
        "a source that crosses itself",
        [FeedBook(NAME, True, [("30002", "1"), ("30000", "2")], [("30001", "1"), ("30003", "2")])],
        [(300_000, 2)],
        [(300_030, 2)],
    ),
]


@pytest.mark.parametrize(("title", "events", "bids", "asks"), CASES, ids=[case[0] for case in CASES])
async def test_the_book_is_that_of_the_source(
    house: SandboxHouse, title: str, events: list[FeedEvent], bids: list, asks: list
) -> None:
    await follow(house, *events)
    wanted = tuple([(price, round(size * BITCOIN)) for price, size in side] for side in (bids, asks))
    assert book(house) == wanted, title


async def test_nothing_trades_while_books_are_followed(house: SandboxHouse) -> None:
    await follow(house, *(case for _, events, _, _ in CASES for case in events))
    assert house.market_data.trades(house.code(NAME), 10) == []


async def test_trades_are_repeated_at_their_price_and_size(house: SandboxHouse) -> None:
    told = [
        FeedTrade(NAME, 0, "30000.2", "0.2"),
        FeedTrade(NAME, 1, "30000.1", "1.5"),  # more than the level holds
        FeedTrade(NAME, 0, "30004", "0.1"),  # beyond the best level
    ]
    await follow(house, BOOK, *told)
    trades = reversed(house.market_data.trades(house.code(NAME), 20))
    found: list[tuple[int, int, int]] = []
    for trade in trades:
        if found and found[-1][:2] == (trade.side, trade.price):
            found[-1] = (trade.side, trade.price, found[-1][2] + trade.size)
        else:
            found.append((trade.side, trade.price, trade.size))
    assert found == [(0, 300_002, 20_000_000), (1, 300_001, 150_000_000), (0, 300_040, 10_000_000)]


async def test_what_customers_take_is_made_good(house: SandboxHouse) -> None:
    await follow(house, BOOK)
    account = house.opened.customers["trader"]
    order = PlaceOrder(account=account, instrument=house.code(NAME), side=0, price=300_002, size=50_000_000)
    assert (await house.engine.submit(order)).rejection == 0
    assert book(house)[1][0] == (300_010, 3 * BITCOIN)
    for _ in range(15):
        house.real.advance_ms(100)
        await house.markets.turn()
    assert book(house)[1][0] == (300_002, BITCOIN // 2)


async def test_a_source_of_trades_alone_is_quoted_around(house: SandboxHouse) -> None:
    await follow(house, *(FeedTrade(NAME, number % 2, f"{30_000 + number}", "0.01") for number in range(10)))
    assert min(house.near_levels(house.code(NAME))) >= 25
    assert abs(book(house)[0][0][0] / 300_090 - 1) < 0.0005
    assert len(house.market_data.trades(house.code(NAME), 20)) >= 10
    assert house.engine.views.instrument(house.code(NAME)).index_price == pytest.approx(300_090, rel=0.001)


async def test_a_recorded_session_is_repeated(house: SandboxHouse) -> None:
    if not SHARED.is_dir():
        pytest.skip("the recordings lie beside the repository")
    path = SHARED / "okx_ws_2022-05-13" / "BTC-USDT.jsonl.gz"
    moments = list(read_recording(path, NAME, {}))
    first_ms, last_ms = moments[0].time_ms, moments[-1].time_ms
    house.clock.let_go()
    feed = RecordedFeed(moments)
    await feed.start()
    house.markets.follow(feed)
    for _ in range((last_ms - first_ms) // 50 + 2):
        await house.markets.turn()
        house.real.advance_ms(50)
    levels: dict[int, dict[float, float]] = {0: {}, 1: {}}
    for moment in moments:
        if isinstance(moment.event, FeedBook):
            for side, rows in ((0, moment.event.bids), (1, moment.event.asks)):
                if moment.event.is_snapshot:
                    levels[side].clear()
                levels[side].update({float(price): float(size) for price, size in rows})
    for side, best_first in ((0, -1), (1, 1)):
        live = sorted((price * best_first, size) for price, size in levels[side].items() if size > 0)[:20]
        wanted = [(round(price * best_first * 10), round(size * BITCOIN)) for price, size in live]
        assert book(house, 20)[side] == wanted
    told = sum(isinstance(moment.event, FeedTrade) for moment in moments)
    assert len(house.market_data.trades(house.code(NAME), 500)) >= told


async def test_the_quiet_instrument_follows_nobody(tmp_path: Path) -> None:
    house = SandboxHouse(tmp_path)
    with pytest.raises(SettingsError, match="follows no other market"):
        await house.open(followed=frozenset({"QUIET-USDT"}))
    await house.stop()
