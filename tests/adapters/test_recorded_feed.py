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
    assert sides == {0, 1}


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
        (gzip.compress(V5.encode())[:40], "", "no recording"),
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


async def test_an_empty_recording_is_refused_at_the_start() -> None:
    with pytest.raises(DataError, match="empty"):
        await RecordedFeed([]).start()
