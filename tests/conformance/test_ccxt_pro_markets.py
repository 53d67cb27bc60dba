"""ccxt.pro (WebSocket) watches the markets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import ccxt.pro
import pytest

from tests.conformance.clients import pro_client
from tests.e2e.sandbox_process import SandboxProcess

BTC, ETH, SOL, XRP, QUIET = "BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "QUIET/USDT"
SECONDS = 30


@pytest.fixture(params=[False, True], ids=["live", "demo"])
async def client(request: pytest.FixtureRequest, quiet: SandboxProcess) -> AsyncIterator[ccxt.pro.okx]:
    async with asyncio.timeout(100), pro_client(quiet.told, demo=request.param) as client:
        yield client


@pytest.fixture
async def watcher(quiet: SandboxProcess) -> AsyncIterator[ccxt.pro.okx]:
    async with asyncio.timeout(100), pro_client(quiet.told) as client:
        yield client


async def test_tickers(client: ccxt.pro.okx) -> None:
    ticker = await client.watch_ticker(BTC)
    assert ticker["symbol"] == BTC
    assert 0 < ticker["bid"] < ticker["ask"]
    seen: set[str] = set()
    async with asyncio.timeout(SECONDS):
        while seen != {BTC, ETH, SOL}:
            seen |= set(await client.watch_tickers([BTC, ETH, SOL]))
    assert ticker["timestamp"] <= (await client.fetch_ticker(BTC))["timestamp"]


@pytest.mark.parametrize("channel", ["bbo-tbt", "tickers"])
async def test_best_prices(watcher: ccxt.pro.okx, channel: str) -> None:
    seen: set[str] = set()
    async with asyncio.timeout(SECONDS):
        while seen != {BTC, ETH}:
            for symbol, row in (await watcher.watch_bids_asks([BTC, ETH], {"channel": channel})).items():
                assert 0 < row["bid"] < row["ask"]
                seen.add(symbol)


@pytest.mark.parametrize("channel", ["trades", "trades-all"])
async def test_trades(quiet: SandboxProcess, watcher: ccxt.pro.okx, channel: str) -> None:
    # A price of its own, so that no other trade is taken for it.
    price = {"trades": 98.37, "trades-all": 98.38}[channel]
    async with pro_client(quiet.told, account=1) as seller:
        watching = asyncio.ensure_future(_trade_of(watcher, price, channel))
        await asyncio.sleep(0.5)
        await watcher.create_order(QUIET, "limit", "buy", 2, price)
        await seller.create_order(QUIET, "limit", "sell", 1.25, price)
        async with asyncio.timeout(SECONDS):
            trade = await watching
    assert (trade["price"], trade["amount"], trade["side"], trade["symbol"]) == (price, 1.25, "sell", QUIET)
    assert trade["id"] == (await watcher.fetch_trades(QUIET))[-1]["id"]


async def _trade_of(watcher: ccxt.pro.okx, price: float, channel: str) -> dict[str, Any]:
    """The first trade at ``price``: a subscription begins with the last trade there was."""
    while True:
        for trade in await watcher.watch_trades(QUIET, params={"channel": channel}):
            if trade["price"] == price:
                return trade


async def test_trades_of_several_markets(watcher: ccxt.pro.okx) -> None:
    seen: set[str] = set()
    async with asyncio.timeout(60):
        while not {BTC, ETH} <= seen:
            seen |= {trade["symbol"] for trade in await watcher.watch_trades_for_symbols([BTC, ETH])}


async def test_a_book_followed_by_its_changes(watcher: ccxt.pro.okx) -> None:
    """ccxt itself raises when the chain of sequence numbers has a gap."""
    async with asyncio.timeout(SECONDS):
        for _ in range(6):
            book = await watcher.watch_order_book(BTC)
            assert book["bids"][0][0] < book["asks"][0][0]
            assert min(len(book["bids"]), len(book["asks"])) >= 25
    for _ in range(20):
        row = (await watcher.public_get_market_books({"instId": "BTC-USDT", "sz": "400"}))["data"][0]
        followed = watcher.orderbooks[BTC]
        if row["seqId"] == followed["nonce"]:
            break
        await watcher.watch_order_book(BTC)
    else:
        pytest.fail("the followed book never met the one of REST")
    for side in ("bids", "asks"):
        assert [[float(price), float(size)] for price, size, *_ in row[side]] == [level[:2] for level in followed[side]]


@pytest.mark.parametrize(("channel", "depth"), [("books", 25), ("books5", 5), ("bbo-tbt", 1)])
async def test_channels_of_books(watcher: ccxt.pro.okx, channel: str, depth: int) -> None:
    async with asyncio.timeout(SECONDS):
        for _ in range(4):
            book = await watcher.watch_order_book(ETH, None, {"depth": channel})
            assert book["symbol"] == ETH
            if channel == "books":
                assert len(book["bids"]) >= depth
            else:
                assert (len(book["bids"]), len(book["asks"])) == (depth, depth)
            assert book["bids"][0][0] < book["asks"][0][0]


async def test_books_of_several_markets(watcher: ccxt.pro.okx) -> None:
    seen: set[str] = set()
    async with asyncio.timeout(SECONDS):
        while seen != {XRP, SOL}:
            seen.add((await watcher.watch_order_book_for_symbols([XRP, SOL]))["symbol"])


async def test_the_book_of_a_market_of_our_own(watcher: ccxt.pro.okx) -> None:
    empty = await watcher.watch_order_book(QUIET)
    assert (list(empty["bids"]), list(empty["asks"])) == ([], [])
    order = await watcher.create_order(QUIET, "limit", "buy", 2, 97)
    async with asyncio.timeout(SECONDS):
        book = await watcher.watch_order_book(QUIET)
        assert [level[:2] for level in book["bids"]] == [[97, 2]]
        await watcher.edit_order(order["id"], QUIET, "limit", "buy", 1.5, 97)
        book = await watcher.watch_order_book(QUIET)
        assert [level[:2] for level in book["bids"]] == [[97, 1.5]]
        await watcher.cancel_order(order["id"], QUIET)
        book = await watcher.watch_order_book(QUIET)
        assert list(book["bids"]) == []


@pytest.mark.parametrize("timeframe", ["1m", "5m", "1h", "4h", "1d"])
async def test_candles(watcher: ccxt.pro.okx, timeframe: str) -> None:
    async with asyncio.timeout(SECONDS):
        opened, *prices, volume = (await watcher.watch_ohlcv(BTC, timeframe))[-1]
    assert min(prices) > 0
    assert volume >= 0
    (candle,) = await watcher.fetch_ohlcv(BTC, timeframe, limit=1, params={"price": None})
    assert opened <= watcher.milliseconds()
    assert candle[0] - opened < 86_400_000


async def test_candles_of_several_markets(watcher: ccxt.pro.okx) -> None:
    seen = set()
    async with asyncio.timeout(SECONDS):
        while len(seen) < 2:
            news = await watcher.watch_ohlcv_for_symbols([[BTC, "1m"], [ETH, "5m"]])
            seen |= {(symbol, bar) for symbol, bars in news.items() for bar in bars}
    assert seen == {(BTC, "1m"), (ETH, "5m")}


async def test_looking_away_and_back(watcher: ccxt.pro.okx) -> None:
    async with asyncio.timeout(60):
        await watcher.watch_ticker(BTC)
        await watcher.watch_order_book(BTC)
        await watcher.watch_ohlcv(BTC, "1m")
        await watcher.un_watch_ticker(BTC)
        await watcher.un_watch_order_book(BTC)
        await watcher.un_watch_ohlcv(BTC, "1m")
        assert BTC not in watcher.orderbooks
        book = await watcher.watch_order_book(BTC)
        assert len(book["bids"]) >= 25
        assert (await watcher.watch_ticker(BTC))["last"] > 0


async def test_channels_that_do_not_exist(watcher: ccxt.pro.okx) -> None:
    with pytest.raises(ccxt.BadRequest, match="60018"):
        async with asyncio.timeout(SECONDS):
            await watcher.watch_ticker(BTC, {"channel": "nonsense"})
