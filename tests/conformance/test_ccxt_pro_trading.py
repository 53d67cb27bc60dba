"""ccxt.pro (WebSocket) trades, and watches its account while it does."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import ccxt.pro
import pytest

from tests.conformance.clients import pro_client
from tests.e2e.sandbox_process import SandboxProcess

QUIET = "QUIET/USDT"
SECONDS = 15


@pytest.fixture
async def buyer(quiet: SandboxProcess) -> AsyncIterator[ccxt.pro.okx]:
    async with asyncio.timeout(60), pro_client(quiet.told) as client:
        yield client


@pytest.fixture
async def seller(quiet: SandboxProcess) -> AsyncIterator[ccxt.pro.okx]:
    async with asyncio.timeout(60), pro_client(quiet.told, account=1, demo=True) as client:
        yield client


async def _watching(*watches: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    """Tasks that have sent their subscriptions."""
    tasks = [asyncio.ensure_future(watch) for watch in watches]
    await asyncio.sleep(1)
    return tasks


async def _next(task: asyncio.Task[Any]) -> Any:
    async with asyncio.timeout(SECONDS):
        return await task


async def test_the_life_of_an_order(buyer: ccxt.pro.okx, seller: ccxt.pro.okx) -> None:
    (orders,) = await _watching(buyer.watch_orders(QUIET))
    placed = await buyer.create_order_ws(QUIET, "limit", "buy", 3, 95)
    (order,) = await _next(orders)
    assert (order["id"], order["status"], order["amount"], order["price"]) == (placed["id"], "open", 3, 95)
    (orders,) = await _watching(buyer.watch_orders(QUIET))
    await buyer.edit_order_ws(placed["id"], QUIET, "limit", "buy", 2, 96)
    (order,) = await _next(orders)
    assert (order["status"], order["amount"], order["price"]) == ("open", 2, 96)
    orders, trades = await _watching(buyer.watch_orders(QUIET), buyer.watch_my_trades(QUIET))
    await seller.create_order_ws(QUIET, "limit", "sell", 0.5, 96)
    (order,) = await _next(orders)
    assert (order["status"], order["filled"], order["average"]) == ("open", 0.5, 96)
    trade = (await _next(trades))[-1]
    assert (trade["order"], trade["price"], trade["amount"], trade["side"]) == (placed["id"], 96, 0.5, "buy")
    assert trade["takerOrMaker"] == "maker"
    # Here ccxt passes the number on as it came: negative is paid.
    assert trade["fee"] == {"cost": pytest.approx(-0.0004), "currency": "QUIET"}
    (orders,) = await _watching(buyer.watch_orders(QUIET))
    await buyer.cancel_order_ws(placed["id"], QUIET)
    (order,) = await _next(orders)
    assert (order["status"], order["filled"]) == ("canceled", 0.5)
    rest = await buyer.fetch_order(placed["id"], QUIET)
    assert {name: rest[name] for name in ("id", "status", "filled", "average", "price", "amount")} == {
        name: order[name] for name in ("id", "status", "filled", "average", "price", "amount")
    }


async def test_balances_follow_orders(buyer: ccxt.pro.okx, seller: ccxt.pro.okx) -> None:
    async with asyncio.timeout(SECONDS):
        before = await buyer.watch_balance()
    assert before["USDT"]["total"] == (await buyer.fetch_balance())["USDT"]["total"]
    (balance,) = await _watching(buyer.watch_balance())
    order = await buyer.create_order_ws(QUIET, "limit", "buy", 1, 95)
    changed = await _next(balance)
    assert changed["USDT"]["used"] - before["USDT"]["used"] == pytest.approx(95)
    assert changed["QUIET"] == before["QUIET"]
    (balance,) = await _watching(buyer.watch_balance())
    await seller.create_order_ws(QUIET, "limit", "sell", 1, 95)
    changed = await _next(balance)
    assert before["USDT"]["total"] - changed["USDT"]["total"] == pytest.approx(95)
    assert changed["QUIET"]["total"] - before["QUIET"]["total"] == pytest.approx(1 - 0.0008)
    assert (await buyer.fetch_order(order["id"], QUIET))["status"] == "closed"
    assert changed["USDT"]["total"] == (await buyer.fetch_balance())["USDT"]["total"]


async def test_orders_of_all_markets_and_of_one(buyer: ccxt.pro.okx) -> None:
    every, one = await _watching(buyer.watch_orders(), buyer.watch_orders(QUIET, params={"type": "spot"}))
    placed = await buyer.create_order_ws(QUIET, "limit", "buy", 1, 90)
    assert (await _next(every))[0]["id"] == (await _next(one))[0]["id"] == placed["id"]


async def test_fills_of_a_sweep_come_one_by_one(buyer: ccxt.pro.okx, seller: ccxt.pro.okx) -> None:
    for step in range(3):
        await seller.create_order(QUIET, "limit", "sell", 1, 100 + step)
    (trades,) = await _watching(buyer.watch_my_trades(QUIET))
    order = await buyer.create_order_ws(QUIET, "market", "buy", 3, None, {"tgtCcy": "base_ccy"})
    await _next(trades)
    await asyncio.sleep(1)
    mine = [trade for trade in buyer.myTrades if trade["order"] == order["id"]]
    assert [(trade["price"], trade["amount"], trade["takerOrMaker"]) for trade in mine] == [
        (100, 1, "taker"),
        (101, 1, "taker"),
        (102, 1, "taker"),
    ]
    assert len({trade["id"] for trade in mine}) == 3
    assert {trade["id"] for trade in mine} == {row["id"] for row in await buyer.fetch_order_trades(order["id"], QUIET)}


@pytest.mark.parametrize("operation", ["order", "batch-orders"])
async def test_ways_to_place(buyer: ccxt.pro.okx, operation: str) -> None:
    buyer.options["createOrderWs"]["op"] = operation
    placed = await buyer.create_order_ws(QUIET, "limit", "buy", 1, 90, {"clientOrderId": "way1"})
    assert (await buyer.fetch_order(placed["id"], QUIET))["clientOrderId"] == "way1"
    with pytest.raises(ccxt.ExchangeError, match="51016"):
        await buyer.create_order_ws(QUIET, "limit", "buy", 1, 90, {"clientOrderId": "way1"})
    with pytest.raises(ccxt.InsufficientFunds, match="51008"):
        await buyer.create_order_ws(QUIET, "limit", "buy", 20_000, 95)
    with pytest.raises(ccxt.InvalidOrder, match="51137"):
        await buyer.create_order_ws(QUIET, "limit", "buy", 1, 121)
    await buyer.cancel_orders_ws([placed["id"]], QUIET)
    assert (await buyer.fetch_order(placed["id"], QUIET))["status"] == "canceled"


@pytest.mark.parametrize("operation", ["amend-order", "batch-amend-orders"])
async def test_ways_to_amend(buyer: ccxt.pro.okx, operation: str) -> None:
    buyer.options["editOrderWs"]["op"] = operation
    placed = await buyer.create_order_ws(QUIET, "limit", "buy", 1, 90)
    await buyer.edit_order_ws(placed["id"], QUIET, "limit", "buy", 1.5, 91)
    order = await buyer.fetch_order(placed["id"], QUIET)
    assert (order["price"], order["amount"]) == (91, 1.5)
    with pytest.raises(ccxt.ExchangeError, match="51503"):
        await buyer.edit_order_ws("1", QUIET, "limit", "buy", 1, 90)


async def test_refused_cancels(buyer: ccxt.pro.okx) -> None:
    with pytest.raises(ccxt.OrderNotFound, match="51400"):
        await buyer.cancel_order_ws("1", QUIET)
    with pytest.raises(ccxt.OrderNotFound, match="51400"):
        await buyer.cancel_order_ws(None, QUIET, {"clientOrderId": "neverheardof"})


async def test_post_only_that_would_take(buyer: ccxt.pro.okx, seller: ccxt.pro.okx) -> None:
    await seller.create_order(QUIET, "limit", "sell", 1, 100)
    (orders,) = await _watching(buyer.watch_orders(QUIET))
    placed = await buyer.create_order_ws(QUIET, "limit", "buy", 1, 100, {"postOnly": True})
    await _next(orders)
    await asyncio.sleep(0.3)
    order = next(row for row in buyer.orders if row["id"] == placed["id"])
    assert (order["status"], order["info"]["cancelSource"], order["postOnly"]) == ("canceled", "31", True)


async def test_wrong_credentials(quiet: SandboxProcess) -> None:
    async with pro_client(quiet.told) as client:
        client.secret = "wrong"
        with pytest.raises(ccxt.AuthenticationError, match="60007"):
            async with asyncio.timeout(SECONDS):
                await client.watch_orders()
