"""The checksum against a recorded session of the real venue."""

import gzip
import json
from pathlib import Path

import pytest

from lonja.edge.ws.checksum import book_checksum
from tests.edge.ws.rebuilt_book import RebuiltBook


@pytest.mark.parametrize("instrument_id", ["BTC-USDT", "BTC-USD-220527"])
def test_recorded_books_have_the_recorded_checksums(shared_folder: Path, instrument_id: str) -> None:
    book = RebuiltBook()
    with gzip.open(shared_folder / "data/okx_ws_2022-05-13" / f"{instrument_id}.jsonl.gz", "rt") as lines:
        messages = [json.loads(line)["msg"] for line in lines]
    frames = [message for message in messages if message.get("arg", {}).get("channel") == "books" and "data" in message]
    assert len(frames) > 80
    for message in frames:
        book.take(message, chained=False)
        bids, asks = ([f"{price}:{size}" for price, size, _ in book.levels(name)] for name in ("bids", "asks"))
        assert book_checksum(bids, asks) == message["data"][0]["checksum"]


@pytest.mark.parametrize(
    ("bids", "asks", "checksum"),
    [
        ([], [], 0),
        (["3366.1:7", "3366:6"], ["3366.8:9", "3368:8"], -1881014294),
        (["3366.1:7"], ["3366.8:9", "3368:8", "3372:8"], 831078360),
    ],
)
def test_a_shorter_side_lets_the_other_go_on_alone(bids: list[str], asks: list[str], checksum: int) -> None:
    assert book_checksum(bids, asks) == checksum
