"""Recordings of several venues become the same kind of events."""

import gzip
from itertools import pairwise
from pathlib import Path

import pytest

from lonja.adapters.recorded_feed import Moment, RecordedFeed, read_recording
from lonja.modules.sandbox.api import FeedBook, FeedTrade
from lonja.primitives.errors import DataError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
NAMES = {"ETHUSDT": "ETH-USDT", "BTCUSDT": "BTC-USDT"}

# file, instrument asked for, instrument found, books, trades, at least
RECORDINGS = [
    ("okx_ws_2022-05-13/BTC-USDT.jsonl.gz", "", "BTC-USDT", 90, 60),
    ("binance_l2_trades_2024-08-08/spot_ethusdt.gz", "", "ETH-USDT", 3_000, 6_000),
    ("trades_to_candles_XRP_ETH/trades.csv.gz", "XRP-ETH", "XRP-ETH", 0, 12_477),
    ("l3_bitstamp/feed_dev.log.gz", "BTC-USDT", "BTC-USDT", 3_000, 466),
    ("l3_bitstamp/orders_dev.csv.gz", "BTC-USDT", "BTC-USDT", 9_000, 0),
    ("lobster_amzn_l1/message_1_dev.csv.gz", "BTC-USDT", "BTC-USDT", 31_099, 3_000),
    ("lobster_aapl_l10/orderbook_10_dev.csv.gz", "ETH-USDT", "ETH-USDT", 400, 30),
]


@pytest.mark.parametrize(("file", "asked", "found", "books", "trades"), RECORDINGS)
def test_a_recording_is_understood(file: str, asked: str, found: str, books: int, trades: int) -> None:
    if not SHARED.is_dir():
        pytest.skip("the recordings lie beside the repository")
    moments = list(read_recording(SHARED / file, asked, NAMES))
    assert {moment.event.instrument_id for moment in moments} == {found}
    assert sum(isinstance(moment.event, FeedBook) for moment in moments) >= books
    assert sum(isinstance(moment.event, FeedTrade) for moment in moments) >= trades
    assert all(after.time_ms - before.time_ms > -1_000 for before, after in pairwise(moments))
    sides = {moment.event.side for moment in moments if isinstance(moment.event, FeedTrade)}
    assert sides == ({0, 1} if trades else set())


def test_orders_one_by_one_give_the_book_that_the_venue_published() -> None:
    if not SHARED.is_dir():
        pytest.skip("the recordings lie beside the repository")
    folder = SHARED / "l3_bitstamp"
    own = list(read_recording(folder / "orders_dev.csv.gz", "BTC-USDT", {}))
    published = [m for m in read_recording(folder / "feed_dev.log.gz", "BTC-USDT", {}) if isinstance(m.event, FeedBook)]
    begin_ms = own[0].time_ms + 2 * 3_600_000  # before, many orders are unknown
    asks, wrong, position = 0, 0, 0
    for moment in published:
        while position + 1 < len(own) and own[position + 1].time_ms <= moment.time_ms:
            position += 1
        mine, theirs = own[position].event, moment.event
        if moment.time_ms > begin_ms and isinstance(mine, FeedBook) and isinstance(theirs, FeedBook):
            asks += 1
            wrong += float(mine.asks[0][0]) != float(theirs.asks[0][0])
    assert asks > 1_000
    assert wrong / asks < 0.05


LOBSTER_MESSAGES = b"34200.5,1,7,100,1000000,1\n34201.25,4,8,30,1010000,-1\n34202,5,0,5,1005000,1\n"
LOBSTER_BOOKS = b"1010000,50,1000000,100\n1010000,20,1000000,100\n1010000,20,-9999999999,0\n"


@pytest.mark.parametrize("given", ["A_message_1.csv", "A_orderbook_1.csv"])
def test_messages_and_books_beside_each_other_are_read_together(tmp_path: Path, given: str) -> None:
    (tmp_path / "A_message_1.csv").write_bytes(LOBSTER_MESSAGES)
    (tmp_path / "A_orderbook_1.csv").write_bytes(LOBSTER_BOOKS)
    assert list(read_recording(tmp_path / given, "A-B", {})) == [
        Moment(34_200_500, FeedBook("A-B", True, [("100.0", "100")], [("101.0", "50")])),
        Moment(34_201_250, FeedTrade("A-B", 0, "101.0", "30")),
        Moment(34_201_250, FeedBook("A-B", True, [("100.0", "100")], [("101.0", "20")])),
        Moment(34_202_000, FeedTrade("A-B", 1, "100.5", "5")),
        Moment(34_202_000, FeedBook("A-B", True, [], [("101.0", "20")])),
    ]


def test_books_without_their_messages_say_so(tmp_path: Path) -> None:
    (tmp_path / "A_orderbook_1.csv").write_bytes(LOBSTER_BOOKS)
    with pytest.raises(DataError, match=r"A_message_1\.csv"):
        list(read_recording(tmp_path / "A_orderbook_1.csv", "A-B", {}))


V5 = (
    '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot",'
    '"data":[{"asks":[["101","2","0","1"]],"bids":[["100","1","0","1"]],"ts":"1000"}]}\n'
    '{"arg":{"channel":"trades","instId":"BTC-USDT"},'
    '"data":[{"px":"101","sz":"0.5","side":"buy","ts":"1500"}]}\n'
)
MOMENTS = [
    Moment(1_000, FeedBook("BTC-USDT", True, [("100", "1")], [("101", "2")])),
    Moment(1_500, FeedTrade("BTC-USDT", 0, "101", "0.5")),
]


@pytest.mark.parametrize("packed", [False, True])
def test_lines_may_be_packed(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "recording"
    path.write_bytes(gzip.compress(V5.encode()) if packed else V5.encode())
    assert list(read_recording(path, "", {})) == MOMENTS
    assert list(read_recording(path, "ETH-USDT", {})) == []


@pytest.mark.parametrize(
    ("content", "instrument_id", "problem"),
    [
        (b"{broken", "", "line 1"),
        (b'{"arg":{"channel":"trades","instId":"A-B"},"data":[{}]}', "", "KeyError"),
        (b"ts_ms,side,price,amount\n1,buy,1,1\n", "", "INST=FILE"),
        (b"\xff\xfe\x00binary", "A-B", "no recording"),
        (gzip.compress(V5.encode(), mtime=0)[:40], "", "no recording"),
        (
            b'{"arg":{"channel":"trades","instId":"A-B"},"data":[{"px":"nan","sz":"1","side":"buy","ts":"1"}]}',
            "",
            "price",
        ),
        (b'{"arg":{"channel":"books","instId":"A-B"},"data":[{"bids":[["1","inf"]],"asks":[],"ts":"1"}]}', "", "price"),
        (b"ts_ms,side,price,amount\n1,buy,-1,1\n", "A-B", "price"),
        (b"time,open,high\n1,2,3\n", "A-B", "columns"),
    ],
)
def test_what_is_no_recording_says_so(tmp_path: Path, content: bytes, instrument_id: str, problem: str) -> None:
    path = tmp_path / "recording"
    path.write_bytes(content)
    with pytest.raises(DataError, match=problem):
        list(read_recording(path, instrument_id, {}))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        list(read_recording(tmp_path / "none", "", {}))


async def test_moments_come_as_far_apart_as_they_were() -> None:
    feed = RecordedFeed(MOMENTS)
    await feed.start()
    assert feed.due(50_000) == [MOMENTS[0].event], "the first call begins the recording"
    assert feed.due(50_499) == []
    assert feed.due(50_500) == [MOMENTS[1].event]
    assert feed.due(99_000) == []
    await feed.close()


async def test_an_empty_recording_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    with pytest.raises(DataError, match="no books or trades"):
        await RecordedFeed(read_recording(tmp_path / "none", "A-B", {})).start()


async def test_a_recording_that_breaks_off_ends_there(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_text(V5 + "{broken")
    feed = RecordedFeed(read_recording(path, "", {}))
    await feed.start()
    assert feed.due(50_000) == [MOMENTS[0].event]
    assert feed.due(60_000) == [MOMENTS[1].event]
    assert feed.due(70_000) == []
