"""ccxt.pro on channels that few clients ask for: reference prices, deep books, and what spot accounts have none of."""

import asyncio
from collections.abc import AsyncIterator

import ccxt.pro
import pytest

from tests.conformance.clients import pro_client
from tests.e2e.sandbox_process import SandboxProcess

BTC, ETH, QUIET = "BTC/USDT", "ETH/USDT", "QUIET/USDT"
SECONDS = 30


@pytest.fixture
async def watcher(quiet: SandboxProcess) -> AsyncIterator[ccxt.pro.okx]:
    async with asyncio.timeout(100), pro_client(quiet.told) as client:
        yield client


@pytest.mark.lengthy
async def test_mark_prices(watcher: ccxt.pro.okx) -> None:
    seen: set[str] = set()
    async with asyncio.timeout(SECONDS):
        while seen != {BTC, ETH}:
            for symbol, ticker in (await watcher.watch_mark_prices([BTC, ETH])).items():
                assert ticker["markPrice"] > 0
                seen.add(symbol)
        assert (await watcher.watch_mark_price(BTC))["symbol"] == BTC


async def test_index_tickers(watcher: ccxt.pro.okx) -> None:
    async with asyncio.timeout(SECONDS):
        ticker = await watcher.watch_ticker(BTC, {"channel": "index-tickers"})
    assert ticker["symbol"] == BTC
    assert 0 < ticker["low"] <= float(ticker["info"]["idxPx"]) <= ticker["high"]


@pytest.mark.parametrize(
    ("depth", "levels"), [("books-l2-tbt", 25), pytest.param("books50-l2-tbt", 20, marks=pytest.mark.lengthy)]
)
async def test_deep_books(watcher: ccxt.pro.okx, depth: str, levels: int) -> None:
    """It logs in on the public connection first, and raises when the chain of sequence numbers has a gap."""
    async with asyncio.timeout(SECONDS):
        for _ in range(12):
            book = await watcher.watch_order_book(BTC, None, {"depth": depth})
            assert book["bids"][0][0] < book["asks"][0][0]
            assert min(len(book["bids"]), len(book["asks"])) >= levels


async def test_books_that_do_not_go_together(watcher: ccxt.pro.okx) -> None:
    async with asyncio.timeout(SECONDS):
        await watcher.watch_order_book(ETH, None, {"depth": "books-l2-tbt"})
        with pytest.raises(ccxt.ExchangeError, match="64004"):
            await watcher.watch_order_book_for_symbols([ETH], None, {"depth": "books"})


async def test_positions_and_liquidations_of_a_spot_account_are_followed_in_vain(watcher: ccxt.pro.okx) -> None:
    waiting = [
        asyncio.ensure_future(watcher.watch_my_liquidations_for_symbols([BTC])),
        asyncio.ensure_future(watcher.watch_orders(QUIET, params={"trigger": True})),
    ]
    order = await watcher.create_order(QUIET, "limit", "buy", 2, 91)
    await watcher.cancel_order(order["id"], QUIET)
    done, pending = await asyncio.wait(waiting, timeout=2)
    for watching in pending:
        watching.cancel()
    assert not done, [watching.exception() for watching in done]
