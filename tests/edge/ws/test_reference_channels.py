"""Index tickers, mark prices, price limits and their candles over a real socket."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from lonja.core.commands import ListInstrument, SetIndexPrice
from lonja.core.texts import Text32
from lonja.edge.wire.channels import CHANNELS
from lonja.edge.ws import reference_feed
from tests.edge.ws.house import BTC, QUIET, Client, House

INSTRUMENT = "QUIET-USDT"


def _arg(channel: str) -> dict[str, str]:
    return {"channel": channel, "instId": INSTRUMENT}


async def _set(house: House, price: int, instrument: int = QUIET) -> None:
    assert (await house.engine.submit(SetIndexPrice(instrument=instrument, price=price))).rejection == 0


async def _row(client: Client) -> Any:
    push = await client.next()
    assert set(push) == {"arg", "data"}
    return push["data"][0]


async def test_an_index_ticker_comes_at_once_and_then_on_change(house: House) -> None:
    async with house.client("public") as client:
        await client.subscribe(_arg("index-tickers"))
        row = await _row(client)
        assert (row["instId"], row["idxPx"], row["open24h"], row["high24h"]) == (INSTRUMENT, "100", "100", "100")
        await _set(house, 10_000)
        await client.quiet(0.2)
        await _set(house, 10_250)
        row = await _row(client)
        assert (row["idxPx"], row["open24h"], row["high24h"], row["low24h"]) == ("102.5", "100", "102.5", "100")
        await _set(house, 60_000, BTC)
        await client.quiet(0.2)


async def test_a_mark_price_follows_the_index(house: House) -> None:
    async with house.client("public") as client:
        await client.subscribe(_arg("mark-price"))
        row = await _row(client)
        assert (row["instType"], row["instId"], row["markPx"]) == ("MARGIN", INSTRUMENT, "100")
        await _set(house, 10_250)
        assert (await _row(client))["markPx"] == "102.5"


async def test_price_limits_move_with_the_index(house: House) -> None:
    listing = ListInstrument(
        instrument_id=Text32("BTC-QUIET"), base=1, quote=2, settle=2, price_scale=1, size_scale=8, size_min=1_000,
        size_limit_max=10**13, size_market_max=10**12, amount_market_max=10**14, band_ppm=50_000,
    )  # fmt: skip
    code = (await house.engine.submit(listing)).id
    async with house.client("public") as client:
        await client.subscribe({"channel": "price-limit", "instId": "BTC-QUIET"})
        row = await _row(client)
        assert (row["instType"], row["instId"], row["buyLmt"], row["sellLmt"], row["enabled"]) == (
            "SPOT", "BTC-QUIET", "", "", False,
        )  # fmt: skip
        await _set(house, 10_000, code)
        row = await _row(client)
        assert (row["buyLmt"], row["sellLmt"], row["enabled"]) == ("1050", "950", True)
        await _set(house, 10_000, code)
        await client.quiet(0.3)


@pytest.mark.parametrize(
    ("channel", "key", "interval_s"), [("index-tickers", "idxPx", 0.1), ("mark-price", "markPx", 0.2)]
)
async def test_changes_are_gathered(house: House, channel: str, key: str, interval_s: float) -> None:
    async with house.client("public") as client:
        await client.subscribe(_arg(channel))
        await client.next()
        loop = asyncio.get_running_loop()
        started = loop.time()
        for number in range(40):
            await _set(house, 10_001 + number)
            await asyncio.sleep(0.01)
        shown = [(await _row(client))[key]]
        while shown[-1] != "100.4":
            shown.append((await _row(client))[key])
        # One more for the moment at each end: the loop's time is whole milliseconds, and timers are rounded to them.
        assert 1 < len(shown) <= (loop.time() - started) / interval_s + 2
        assert shown == sorted(shown, key=Decimal)


@pytest.mark.parametrize("channel", ["index-tickers", "mark-price"])
async def test_a_price_that_stands_is_repeated(house: House, channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reference_feed.REPEATED_S, channel, 0.5)
    async with house.client("public") as client:
        await client.subscribe(_arg(channel))
        first, again = await _row(client), await _row(client)
        assert {**first, "ts": ""} == {**again, "ts": ""}


async def test_an_instrument_without_an_index_has_none_to_show(house: House) -> None:
    await _set(house, 0)
    async with house.client("public") as client, house.client("business") as candles:
        await client.subscribe(_arg("index-tickers"), _arg("mark-price"))
        await client.quiet(0.3)
        await _set(house, 10_250)
        pushes = {(await client.next())["arg"]["channel"] for _ in range(2)}
        assert pushes == {"index-tickers", "mark-price"}
        await candles.subscribe(_arg("index-candle1m"))
        assert (await _row(candles))[4] == "102.5"


async def test_candles_of_index_and_mark_prices_are_the_same(house: House) -> None:
    async with house.client("business") as client, house.client("business") as late:
        channels = ("index-candle1D", "mark-price-candle1D")
        await client.subscribe(*map(_arg, channels))
        first = {push["arg"]["channel"]: push["data"][0] for push in [await client.next(), await client.next()]}
        assert first["index-candle1D"] == first["mark-price-candle1D"]
        assert first["index-candle1D"][1:] == ["100", "100", "100", "100", "0"]
        await _set(house, 9_900)
        later = {push["arg"]["channel"]: push["data"][0] for push in [await client.next(), await client.next()]}
        assert later["index-candle1D"] == later["mark-price-candle1D"]
        assert later["index-candle1D"][1:] == ["100", "100", "99", "99", "0"]
        await late.subscribe(_arg("index-candle1D"))
        assert await _row(late) == later["index-candle1D"]


async def test_every_documented_bar_but_the_second_can_be_followed(house: House) -> None:
    async with house.client("business") as client:
        for channel in (name for name in CHANNELS if "-candle" in name):
            assert (await client.ask({"op": "subscribe", "args": [_arg(channel)]}))["event"] == "subscribe", channel
            assert (await client.next())["arg"]["channel"] == channel
            assert (await client.ask({"op": "unsubscribe", "args": [_arg(channel)]}))["event"] == "unsubscribe"
        for channel in ("index-candle1s", "mark-price-candle1s", "index-candle7m"):
            assert (await client.ask({"op": "subscribe", "args": [_arg(channel)]}))["code"] == "60018", channel
    assert house.servers.hub.followed_channels() == 0
