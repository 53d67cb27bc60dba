"""The tick-by-tick books: who may follow them, what goes together, and that they stay whole."""

import random
from pathlib import Path
from typing import Any

import pytest

from lonja.core.commands import Command, ConfigureAccount, DefineFeeTier
from tests.edge.ws.house import BUY, OTHER, QUIET, SELL, TRADER, House, open_house
from tests.edge.ws.rebuilt_book import RebuiltBook

INSTRUMENT = "QUIET-USDT"
DEPTHS = {"books-l2-tbt": 400, "books50-l2-tbt": 50}


def _arg(channel: str, instrument: str = INSTRUMENT) -> dict[str, str]:
    return {"channel": channel, "instId": instrument}


def _subscribe(*args: dict[str, Any]) -> dict[str, Any]:
    return {"op": "subscribe", "args": list(args)}


def _live(house: House, side: int, depth: int) -> list[tuple[str, str, str]]:
    form = house.services.catalogue.at(QUIET)
    return [
        (form.price_text(level.price), form.size_text(level.size), str(level.order_count))
        for level in house.services.market_data.levels(QUIET, side, depth)
    ]


@pytest.mark.parametrize("channel", DEPTHS)
async def test_a_rebuilt_book_equals_the_live_one(house: House, channel: str) -> None:
    dice = random.Random(11)
    async with house.client("public", TRADER) as client:
        await client.subscribe(_arg(channel))
        book = RebuiltBook()
        for _ in range(6):
            for _ in range(30):
                # More levels than the smaller channel shows, so that some come into view and leave it.
                side = dice.choice((BUY, SELL))
                price = 10_000 + (-1 if side == BUY else 1) * dice.randint(1, 80)
                await house.place(OTHER, side, price, dice.randint(1, 9))
            await house.place(TRADER, dice.choice((BUY, SELL)), 10_000 + dice.randint(-9, 9), 40)
            sequence = house.services.market_data.book(QUIET).sequence
            while book.sequence < sequence:
                book.take(await client.next_of(channel))
            depth = DEPTHS[channel]
            assert book.levels("bids") == _live(house, BUY, depth)
            assert book.levels("asks") == _live(house, SELL, depth)
    assert book.checksums > 6


async def test_changes_come_every_hundredth_of_a_second(house: House) -> None:
    async with house.client("public", TRADER) as client:
        await client.subscribe(_arg("books50-l2-tbt"), _arg("books5"))
        for price in (9_000, 9_001, 9_002):
            await house.place(OTHER, BUY, price, 5)
            push = await client.next_of("books50-l2-tbt")
            while push["action"] == "snapshot":
                push = await client.next_of("books50-l2-tbt")
            assert [level[0] for level in push["data"][0]["bids"]] == [f"90.0{price % 10}" if price % 10 else "90"]


async def test_they_come_before_the_slower_books(house: House) -> None:
    ranks = ("bbo-tbt", "books50-l2-tbt", "books", "books5")
    async with house.client("public", TRADER) as client:
        await client.subscribe(*(_arg(channel) for channel in reversed(ranks)))
        for _ in ranks:
            await client.next()
        for price in (9_900, 9_910, 9_920):
            await house.place(TRADER, BUY, price, 10)
            pushes = [await client.next() for _ in ranks]
            order = [(push["data"][0]["seqId"], ranks.index(push["arg"]["channel"])) for push in pushes]
            assert order == sorted(order)


async def test_they_want_a_login(house: House) -> None:
    async with house.client("public") as client:
        for channel in DEPTHS:
            answer = await client.ask(_subscribe(_arg(channel)))
            assert (answer["event"], answer["code"]) == ("error", "60011"), channel


# what is followed, what is asked for, whether that is refused
TOGETHER = [
    ("books-l2-tbt", "books", True),
    ("books-l2-tbt", "books50-l2-tbt", True),
    ("books", "books-l2-tbt", True),
    ("books50-l2-tbt", "books-l2-tbt", True),
    ("books", "books50-l2-tbt", False),
    ("books-l2-tbt", "books5", False),
    ("books-l2-tbt", "bbo-tbt", False),
]


async def test_not_all_of_them_go_together(house: House) -> None:
    for followed, asked, is_refused in TOGETHER:
        await _together(house, followed, asked, is_refused)


async def _together(house: House, followed: str, asked: str, is_refused: bool) -> None:
    async with house.client("public", TRADER) as client:
        await client.subscribe(_arg(followed))
        await client.next()
        answer = await client.ask(_subscribe(_arg(asked)))
        if not is_refused:
            assert answer["event"] == "subscribe"
            return
        assert (answer["event"], answer["code"]) == ("error", "64004")
        assert answer["msg"].endswith(f"for {INSTRUMENT} is not allowed. Unsubscribe {followed} first.")
        # Another instrument is another matter, and so is the same one later.
        assert (await client.ask(_subscribe(_arg(asked, "BTC-USDT"))))["event"] == "subscribe"
        assert (await client.next())["action"] == "snapshot"
        assert (await client.ask({"op": "unsubscribe", "args": [_arg(followed)]}))["event"] == "unsubscribe"
        assert (await client.ask(_subscribe(_arg(asked))))["event"] == "subscribe"


async def test_a_fee_tier_that_is_too_low_is_refused(tmp_path: Path) -> None:
    async with open_house(tmp_path, tiered_channels_from=1) as house:
        promote: list[Command] = [
            DefineFeeTier(fee_tier=1, maker_rate_ppm=500, taker_rate_ppm=700),
            ConfigureAccount(account=OTHER, fee_tier=1),
        ]
        assert [outcome.rejection for outcome in await house.engine.submit_many(promote)] == [0, 0]
        for endpoint, arg in (
            ("public", _arg("books-l2-tbt")),
            ("public", _arg("books50-l2-tbt")),
            ("private", {"channel": "fills"}),
        ):
            async with house.client(endpoint, TRADER) as low, house.client(endpoint, OTHER) as high:
                answer = await low.ask(_subscribe(arg))
                assert (answer["event"], answer["code"]) == ("error", "64003"), arg
                assert (await high.ask(_subscribe(arg)))["event"] == "subscribe", arg
                assert (await low.ask("ping")) == "pong"
