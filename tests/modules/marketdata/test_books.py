"""Books built from events: told as stories, compared with the engine's own, and fed recorded feeds."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from lonja.core import commands as c
from lonja.modules.marketdata.api import MarketData, TradeView
from lonja.modules.marketdata.book import LevelBook
from tests.edge.ws.rebuilt_book import slow_checksum
from tests.modules.desk import ALICE, BOB, BUY, SELL, SIMULATOR, Desk, RandomDesk

ALL = 10**6

STORY = """
    does                      bids                     asks
    rest alice buy 5 @ 100    100:5x1                  -
    rest bob buy 3 @ 100      100:8x2                  -
    rest alice buy 1 @ 99     100:8x2 99:1x1           -
    rest bob sell 4 @ 102     100:8x2 99:1x1           102:4x1
    rest sim sell 2 @ 101     100:8x2 99:1x1           101:2x1 102:4x1
    take sim sell 6 @ 100     100:2x1 99:1x1           101:2x1 102:4x1
    take sim sell 2 @ 100     99:1x1                   101:2x1 102:4x1
    cross bob buy 3 @ 101     101:1x1 99:1x1           102:4x1
    amend 4 size 2            101:1x1 99:1x1           102:2x1
    amend 4 size 7            101:1x1 99:1x1           102:7x1
    amend 4 price 103         101:1x1 99:1x1           103:7x1
    amend 3 price 103         101:1x1                  103:6x1
    cancel 4                  101:1x1                  -
"""


def picture(market_data: MarketData, side: int) -> str:
    levels = market_data.book(0).levels(side, ALL)
    return " ".join(f"{level.price}:{level.size}x{level.order_count}" for level in levels) or "-"


def act(desk: Desk, orders: dict[str, int], line: str) -> None:
    match line.split():
        case [("rest" | "take" | "cross"), who, side, size, "@", price]:
            account = {"alice": ALICE, "bob": BOB, "sim": SIMULATOR}[who]
            order_id = desk.place(account, BUY if side == "buy" else SELL, int(price), int(size))
            orders[str(len(orders) + 1)] = order_id
        case ["amend", name, what, value]:
            account = ALICE if name == "3" else BOB
            new: dict[str, Any] = {"new_price" if what == "price" else "new_size": int(value)}
            desk.run(c.AmendOrder(account=account, order_id=orders[name], **new))
        case ["cancel", name]:
            desk.run(c.CancelOrder(account=BOB, order_id=orders[name]))


def test_the_book_follows_the_story() -> None:
    desk, orders = Desk(), dict[str, int]()
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    told = []
    for line in STORY.strip().splitlines()[1:]:
        doing = line[4:30].strip()
        act(desk, orders, doing)
        told.append(f"    {doing:<26}{picture(market_data, BUY):<25}{picture(market_data, SELL)}")
    assert told == [line.rstrip() for line in STORY.strip("\n").splitlines()[1:]]


@pytest.mark.parametrize("seed", range(6))
def test_random_books_equal_the_engines(seed: int) -> None:
    desk = RandomDesk(seed)
    market_data = MarketData(desk.views, desk.clock)
    for batch in desk.batches:
        market_data.on_batch(batch)
    for _ in range(400):
        if (happened := desk.batch()) is None:
            continue
        market_data.on_batch(happened)
        for instrument in range(3):
            book = market_data.book(instrument)
            for side in (BUY, SELL):
                assert book.levels(side, ALL) == desk.views.levels(instrument, side, ALL)
                assert book.levels(side, 2) == book.levels(side, ALL)[:2]
                assert book.best(side) == next(iter(book.levels(side, 1)), None)
    assert market_data.book(0).sequence > 0


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.books: list[int] = []
        self.trades: list[tuple[int, list[TradeView]]] = []

    def on_trades(self, instrument: int, trades: list[TradeView]) -> None:
        self.trades.append((instrument, trades))

    def on_book(self, instrument: int) -> None:
        self.books.append(instrument)


def test_a_change_is_told_once_a_batch_with_its_sequence_and_time() -> None:
    desk, heard = Desk(), Heard()
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    market_data.add_listener(heard)
    desk.after(5)
    orders = [c.PlaceOrder(account=BOB, side=SELL, price=100 + step, size=1) for step in range(3)]
    desk.run(*orders, c.PlaceOrder(account=ALICE, side=BUY, price=101, size=2))
    assert heard.books == [0]
    assert [(instrument, [trade.price for trade in trades]) for instrument, trades in heard.trades] == [(0, [100, 101])]
    book = market_data.book(0)
    assert (book.sequence, book.time_ms) == (desk.batches[-1].last_sequence, desk.now_ms)
    # Neither a refusal nor an order that leaves nothing behind touches the book.
    desk.place(ALICE, BUY, 0, 5)
    assert book.level(SELL, 102) is None
    desk.place(ALICE, BUY, 90, 5, time_in_force=1)
    assert book.sequence < desk.batches[-1].last_sequence
    assert heard.books == [0, 0]


def test_a_late_starter_takes_the_books_over() -> None:
    desk = RandomDesk(3)
    desk.run(300)
    market_data = MarketData(desk.views, desk.clock)
    market_data.prime()
    for _ in range(50):
        if batch := desk.batch():
            market_data.on_batch(batch)
    for side in (BUY, SELL):
        assert market_data.levels(0, side, ALL) == desk.views.levels(0, side, ALL)
    assert market_data.book(0).sequence <= desk.views.last_sequence()


def recorded(path: Path) -> list[Any]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line[line.index("{") :]) for line in lines]


class TextBook:
    """A level book of decimal text, in units of 10**-12."""

    def __init__(self) -> None:
        self.book = LevelBook()
        self.texts: dict[int, str] = {}

    def put(self, side: int, price: str, size: str, orders: str = "1") -> None:
        key = self._units(price)
        self.texts[key] = price
        self.texts[self._units(size)] = size
        self.book.side(side).put(key, self._units(size), int(orders))

    def best(self, side: int, depth: int) -> list[tuple[str, str, str]]:
        return [
            (self.texts[level.price], self.texts[level.size], str(level.order_count))
            for level in self.book.levels(side, depth)
        ]

    @staticmethod
    def _units(text: str) -> int:
        whole, _, fraction = text.partition(".")
        return int(whole + fraction.ljust(12, "0"))


@pytest.mark.parametrize("instrument_id", ["BTC-USDT", "BTC-USD-220527"])
def test_recorded_frames_give_the_recorded_checksums(shared_folder: Path, instrument_id: str) -> None:
    books, checked = TextBook(), 0
    for line in recorded(shared_folder / "data/okx_ws_2022-05-13" / f"{instrument_id}.jsonl.gz"):
        message = line["msg"]
        if message.get("arg", {}).get("channel") != "books" or "data" not in message:
            continue
        data = message["data"][0]
        if message["action"] == "snapshot":
            books = TextBook()
        for side, name in enumerate(("bids", "asks")):
            for price, size, _, orders in data[name]:
                books.put(side, price, size, orders)
        assert slow_checksum(books.best(BUY, 25), books.best(SELL, 25)) == data["checksum"]
        checked += 1
    assert checked > 80


def test_a_recorded_depth_feed_never_crosses(shared_folder: Path) -> None:
    """Another venue's 33,000 lines: updates older than the snapshot are skipped, the rest must chain and stay sane."""
    books, last_id, used = TextBook(), None, 0
    lines = recorded(shared_folder / "data/binance_l2_trades_2024-08-08/spot_ethusdt.gz")
    assert any("lastUpdateId" in line for line in lines)
    for line in lines:
        if "lastUpdateId" in line:
            last_id = line["lastUpdateId"]
            books = TextBook()
            levels = [(0, line["bids"]), (1, line["asks"])]
        else:
            data = line.get("data", line)
            if data.get("e") != "depthUpdate" or last_id is None or data["u"] <= last_id:
                continue
            assert data["U"] <= last_id + 1
            last_id = data["u"]
            levels = [(0, data["b"]), (1, data["a"])]
        for side, rows in levels:
            for price, size in rows:
                books.put(side, price, size)
        bid, ask = books.book.best(BUY), books.book.best(SELL)
        assert bid is not None
        assert ask is not None
        assert bid.price < ask.price
        used += 1
    assert used > 1_000
