"""Public channels over a real socket: books, top of book, trades, tickers, candles."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from lonja.edge.wire.market import book_row
from lonja.edge.ws import public_feeds
from lonja.modules.marketdata.book import LevelBook
from tests.edge.ws.house import BUY, MAKER, MARKET, OTHER, QUIET, SELL, TRADER, Client, House, eventually
from tests.edge.ws.rebuilt_book import RebuiltBook

INSTRUMENT = "QUIET-USDT"
BOOKS = {"channel": "books", "instId": INSTRUMENT}


def _arg(channel: str) -> dict[str, str]:
    return {"channel": channel, "instId": INSTRUMENT}


def _rest_book(house: House) -> dict[str, Any]:
    form = house.services.catalogue.at(QUIET)
    row = book_row(form, house.services.market_data.book(QUIET), 400, house.engine.now_ms())
    return json.loads(json.dumps(row))


async def _trade_at_random(house: House, dice: random.Random, resting: list[tuple[int, int]]) -> None:
    account = dice.choice((MAKER, TRADER, OTHER))
    side = dice.choice((BUY, SELL))
    if resting and dice.random() < 0.3:
        owner, order_id = resting.pop(dice.randrange(len(resting)))
        if house.engine.views.order(order_id) is not None:
            await house.cancel(owner, order_id)
    price = 10_000 + dice.randint(-30, 30)
    order_id = await house.place(account, side, price, dice.randint(1, 500))
    resting.append((account, order_id))


async def _follow(client: Client, book: RebuiltBook, sequence: int) -> None:
    while book.sequence < sequence:
        book.take(await client.next_of("books"))


async def test_a_rebuilt_book_equals_the_book_of_rest_at_the_same_sequence(house: House) -> None:
    dice, resting = random.Random(7), list[tuple[int, int]]()
    async with house.client("public") as early, house.client("public") as late:
        books = [RebuiltBook(), RebuiltBook()]
        await early.subscribe(BOOKS)
        for turn in range(12):
            for _ in range(15):
                await _trade_at_random(house, dice, resting)
            if turn == 5:
                await late.subscribe(BOOKS)
            clients = [early, late] if turn >= 5 else [early]
            rest = _rest_book(house)
            for client, book in zip(clients, books, strict=False):
                await _follow(client, book, rest["seqId"])
                assert book.sequence == rest["seqId"]
                for name in ("bids", "asks"):
                    assert book.levels(name) == [(price, size, count) for price, size, _, count in rest[name]]
    assert books[0].checksums > 10


async def test_the_snapshot_is_current_and_the_chain_goes_on_for_everybody(house: House) -> None:
    async with house.client("public") as first, house.client("public") as second:
        await first.subscribe(BOOKS)
        book = RebuiltBook()
        book.take(await first.next_of("books"))
        await house.place(TRADER, BUY, 9_900, 10)
        await second.subscribe(BOOKS)
        snapshot = await second.next_of("books")
        assert snapshot["action"] == "snapshot"
        assert snapshot["data"][0]["bids"] == [["99", "0.01", "0", "1"]]
        update = await first.next_of("books")
        book.take(update)
        assert update["data"][0]["seqId"] == snapshot["data"][0]["seqId"]
        await house.place(TRADER, SELL, 10_100, 10)
        updates = [await client.next_of("books") for client in (first, second)]
        assert updates[0] == updates[1]
        assert updates[0]["data"][0]["prevSeqId"] == snapshot["data"][0]["seqId"]


async def test_a_quiet_book_shows_a_sign_of_life(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_feeds, "HEARTBEAT_S", 0.5)
    async with house.client("public") as client:
        await client.subscribe(BOOKS)
        snapshot = await client.next_of("books")
        sign = await client.next_of("books")
        assert sign["action"] == "update"
        assert (sign["data"][0]["asks"], sign["data"][0]["bids"]) == ([], [])
        assert sign["data"][0]["prevSeqId"] == sign["data"][0]["seqId"] == snapshot["data"][0]["seqId"]


async def test_the_channels_of_one_book_come_in_the_documented_order(house: House) -> None:
    async with house.client("public") as client:
        await client.subscribe(_arg("books5"), BOOKS, _arg("bbo-tbt"))
        for _ in range(3):
            await client.next()
        for price in (9_900, 9_910, 9_920):
            await house.place(TRADER, BUY, price, 10)
            order: list[tuple[int, int]] = []
            while len(order) < 3:
                push = await client.next()
                rank = ("bbo-tbt", "books", "books5").index(push["arg"]["channel"])
                order.append((push["data"][0]["seqId"], rank))
            assert order == sorted(order)
            assert len({sequence for sequence, _ in order}) == 1


async def test_the_small_books_are_whole_each_time(house: House) -> None:
    async with house.client("public") as client:
        for price in range(9_900, 9_907):
            await house.place(TRADER, BUY, price, 10)
        await client.subscribe(_arg("books5"))
        push = await client.next_of("books5")
        assert set(push) == {"arg", "data"}
        data = push["data"][0]
        assert data["instId"] == INSTRUMENT
        assert [level[0] for level in data["bids"]] == ["99.06", "99.05", "99.04", "99.03", "99.02"]
        assert data["asks"] == []
        await client.subscribe(_arg("bbo-tbt"))
        best = (await client.next_of("bbo-tbt"))["data"][0]
        assert (best["bids"], best["asks"]) == ([["99.06", "0.01", "0", "1"]], [])


async def test_one_taker_order_gives_one_trade_message_per_price(house: House) -> None:
    async with house.client("public") as client, house.client("business") as every:
        await client.subscribe(_arg("trades"))
        await every.subscribe(_arg("trades-all"))
        for price, size in ((10_010, 10), (10_010, 20), (10_020, 5)):
            await house.place(MAKER, SELL, price, size)
        await house.place(TRADER, BUY, 10_020, 33)
        first, second = [(await client.next_of("trades"))["data"] for _ in range(2)]
        assert [(row["px"], row["sz"], row["side"], row["count"], row["tradeId"]) for row in first + second] == [
            ("100.1", "0.03", "buy", "2", "100000002"),
            ("100.2", "0.003", "buy", "1", "100000003"),
        ]
        singles = [(await every.next_of("trades-all"))["data"][0] for _ in range(3)]
        assert [(row["tradeId"], row["sz"]) for row in singles] == [
            ("100000001", "0.01"),
            ("100000002", "0.02"),
            ("100000003", "0.003"),
        ]
        async with house.client("public") as late:
            await late.subscribe(_arg("trades"))
            assert (await late.next_of("trades"))["data"] == second


async def test_a_ticker_comes_at_once_and_then_on_change(house: House) -> None:
    async with house.client("public") as client:
        await client.subscribe(_arg("tickers"))
        row = (await client.next_of("tickers"))["data"][0]
        assert (row["instType"], row["instId"], row["last"], row["askPx"]) == ("SPOT", INSTRUMENT, "", "")
        await client.quiet(0.3)
        await house.place(MAKER, SELL, 10_010, 10)
        row = (await client.next_of("tickers"))["data"][0]
        assert (row["askPx"], row["askSz"], row["bidPx"]) == ("100.1", "0.01", "")
        await house.place(TRADER, BUY, 10_010, 4)
        row = (await client.next_of("tickers"))["data"][0]
        assert (row["last"], row["lastSz"], row["askSz"], row["vol24h"]) == ("100.1", "0.004", "0.006", "0.004")


async def test_a_ticker_is_pushed_at_most_every_tenth_of_a_second(house: House) -> None:
    async with house.client("public") as client:
        await client.subscribe(_arg("tickers"))
        await client.next_of("tickers")
        loop = asyncio.get_running_loop()
        started = loop.time()
        for number in range(40):
            await house.place(TRADER, BUY, 9_000 + number, 10)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.15)
        # One more for the moment at each end: the loop's time is whole milliseconds, and timers are rounded to them.
        assert 1 <= client.messages.qsize() <= (loop.time() - started) / 0.1 + 2


async def test_candles_are_pushed_at_once_and_on_change(house: House) -> None:
    await house.place(MAKER, SELL, 10_010, 1_000)
    await house.place(TRADER, BUY, 10_010, 5)
    async with house.client("business") as client:
        await client.subscribe(_arg("candle1D"), _arg("candle1s"))
        push = await client.next_of("candle1D")
        assert push["arg"] == _arg("candle1D")
        _, opened, high, low, close, volume, quote, quote_again, confirm = push["data"][0]
        assert (opened, high, low, close) == ("100.1",) * 4
        assert (volume, quote, quote_again, confirm) == ("0.005", "0.5005", "0.5005", "0")
        await house.place(TRADER, BUY, 10_010, 5)
        push = await client.next_of("candle1D")
        assert push["data"][0][5] == "0.01"
        seconds = [(await client.next_of("candle1s"))["data"][0] for _ in range(3)]
        # A second that is over is confirmed once, and the next one opens.
        assert "1" in {row[8] for row in seconds}


async def test_every_bar_can_be_followed(house: House) -> None:
    bars = [
        "1s",
        "1m",
        "3m",
        "5m",
        "15m",
        "30m",
        "1H",
        "2H",
        "4H",
        "6H",
        "12H",
        "1D",
        "2D",
        "3D",
        "5D",
        "1W",
        "1M",
        "3M",
    ]
    bars += [f"{bar}utc" for bar in bars[9:]]
    async with house.client("business") as client:
        for bar in bars:
            answer = await client.ask({"op": "subscribe", "args": [_arg(f"candle{bar}")]})
            assert answer["event"] == "subscribe", bar


async def test_nothing_comes_after_unsubscribing(house: House) -> None:
    async with house.client("public") as client:
        channels = [_arg(channel) for channel in ("books", "books5", "bbo-tbt", "tickers", "trades")]
        await client.subscribe(*channels)
        for _ in range(4):
            await client.next()
        client.send({"op": "unsubscribe", "args": channels})
        for _ in channels:
            assert (await client.next())["event"] == "unsubscribe"
        await house.place(MAKER, SELL, 10_010, 10)
        await house.place(TRADER, BUY, 0, 4, order_type=MARKET)
        await client.quiet(0.3)


async def test_a_client_that_left_leaves_no_trace(house: House, tmp_path: Path) -> None:
    del tmp_path
    hub = house.servers.hub
    async with house.client("public") as client:
        await client.subscribe(BOOKS, _arg("tickers"))
        assert hub.followed_channels() == 2
        book = house.services.market_data.book(QUIET)
        assert isinstance(book, LevelBook)
        assert len(book.bids.watchers) == 1
    await eventually(lambda: hub.followed_channels() == 0)
    assert book.bids.watchers == []
