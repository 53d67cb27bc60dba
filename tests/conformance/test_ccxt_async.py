"""ccxt (async_support): a bot that does many things at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import ccxt.async_support as ccxt
import pytest

from tests.conformance.clients import ccxt_client
from tests.e2e.sandbox_process import SandboxProcess

BTC, ETH, QUIET = "BTC/USDT", "ETH/USDT", "QUIET/USDT"


@pytest.fixture
async def clients(quiet: SandboxProcess) -> AsyncIterator[tuple[ccxt.okx, ccxt.okx]]:
    async with AsyncExitStack() as stack:
        made = [ccxt_client(ccxt.okx, quiet.told, account) for account in range(2)]
        for client in made:
            stack.push_async_callback(client.close)
        await asyncio.gather(*(client.load_markets() for client in made))
        yield made[0], made[1]


async def test_looking_at_everything_at_once(clients: tuple[ccxt.okx, ccxt.okx]) -> None:
    client = clients[0]
    moment, status, ticker, tickers, book, deep, trades, candles, balance, accounts, fee = await asyncio.gather(
        client.fetch_time(),
        client.fetch_status(),
        client.fetch_ticker(BTC),
        client.fetch_tickers([BTC, ETH]),
        client.fetch_order_book(BTC, 25),
        client.fetch_order_book(BTC, 1000),
        client.fetch_trades(ETH, limit=50),
        client.fetch_ohlcv(BTC, "1h", limit=10),
        client.fetch_balance(),
        client.fetch_accounts(),
        client.fetch_trading_fee(QUIET),
    )
    assert abs(moment - client.milliseconds()) < 5_000
    assert status["status"] == "ok"
    assert ticker["symbol"] == BTC
    assert set(tickers) == {BTC, ETH}
    assert len(book["bids"]) == 25 <= len(deep["bids"])
    assert len(trades) == 50
    assert len(candles) == 10
    assert balance["USDT"]["total"] > 0
    assert len(accounts) == 1
    assert (fee["maker"], fee["taker"]) == (0.0008, 0.001)


async def test_forty_orders_at_once(clients: tuple[ccxt.okx, ccxt.okx]) -> None:
    buyer, seller = clients
    bids = [buyer.create_order(QUIET, "limit", "buy", 1, 90 + step) for step in range(20)]
    asks = [seller.create_order(QUIET, "limit", "sell", 1, 115 - step * 0.5) for step in range(20)]
    made = await asyncio.gather(*bids, *asks)
    assert len({order["id"] for order in made}) == 40
    mine, theirs = await asyncio.gather(buyer.fetch_open_orders(QUIET), seller.fetch_open_orders(QUIET))
    book = await buyer.fetch_order_book(QUIET)
    # Prices cross from 105.5 on, so some have traded; what rests does not cross, and the book shows exactly that.
    assert max(order["price"] for order in mine) < min(order["price"] for order in theirs)
    assert sum(level[1] for level in book["bids"]) == pytest.approx(sum(order["remaining"] for order in mine))
    assert sum(level[1] for level in book["asks"]) == pytest.approx(sum(order["remaining"] for order in theirs))
    assert 20 - len(mine) == 20 - len(theirs) > 0
    await asyncio.gather(
        buyer.cancel_orders([order["id"] for order in mine], QUIET),
        seller.cancel_orders([order["id"] for order in theirs], QUIET),
    )
    book = await buyer.fetch_order_book(QUIET)
    assert (book["bids"], book["asks"]) == ([], [])


async def test_the_life_of_an_order(clients: tuple[ccxt.okx, ccxt.okx]) -> None:
    buyer, seller = clients
    order = await buyer.create_order(QUIET, "limit", "buy", 3, 99, {"clientOrderId": "async1"})
    await buyer.edit_order(order["id"], QUIET, "limit", "buy", 2, 100)
    await seller.create_order(QUIET, "limit", "sell", 1, 100, {"timeInForce": "IOC"})
    found = await buyer.fetch_order(None, QUIET, {"clientOrderId": "async1"})
    assert (found["id"], found["status"], found["filled"], found["remaining"]) == (order["id"], "open", 1, 1)
    await buyer.cancel_order(None, QUIET, {"clientOrderId": "async1"})
    ended = await buyer.fetch_order(order["id"], QUIET)
    assert (ended["status"], ended["filled"], ended["average"]) == ("canceled", 1, 100)
    trades = await buyer.fetch_order_trades(order["id"], QUIET)
    assert [(trade["price"], trade["amount"]) for trade in trades] == [(100, 1)]


async def test_refusals(clients: tuple[ccxt.okx, ccxt.okx]) -> None:
    client = clients[0]
    with pytest.raises(ccxt.InsufficientFunds):
        await client.create_order(QUIET, "limit", "buy", 20_000, 95)
    with pytest.raises(ccxt.OrderNotFound):
        await client.cancel_order("1", QUIET)
    with pytest.raises(ccxt.BadSymbol):
        await client.fetch_ticker("NOPE/USDT")
