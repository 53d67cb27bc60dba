"""ccxt.pro (WebSocket) follows positions, orders, algo orders and the prices of contracts."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

import ccxt.pro
import pytest

from tests.conformance.clients import pro_client
from tests.conformance.futures import OPTIONS, SWAP, SWAP_ID, move_index
from tests.e2e.sandbox_process import SandboxProcess

SECONDS = 15
ISOLATED = {"marginMode": "isolated"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    # The clock runs: what is pushed now and then goes by it.
    with SandboxProcess(tmp_path_factory.mktemp("futures") / "data", *OPTIONS[:2], *OPTIONS[4:]) as process:
        yield process


@pytest.fixture
def exchange(running: SandboxProcess) -> Iterator[SandboxProcess]:
    view = running.of_new_people()
    for account in range(2):
        view.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, account)
    yield view
    running.call("POST", "/sandbox/reset")


@pytest.fixture
async def buyer(exchange: SandboxProcess) -> AsyncIterator[ccxt.pro.okx]:
    async with asyncio.timeout(90), pro_client(exchange.told) as client:
        yield client


@pytest.fixture
async def seller(exchange: SandboxProcess) -> AsyncIterator[ccxt.pro.okx]:
    async with asyncio.timeout(90), pro_client(exchange.told, account=1) as client:
        yield client


async def _next(watch: Coroutine[Any, Any, Any]) -> Any:
    async with asyncio.timeout(SECONDS):
        return await watch


async def test_positions_and_orders_follow_trades(
    exchange: SandboxProcess, buyer: ccxt.pro.okx, seller: ccxt.pro.okx
) -> None:
    positions = asyncio.ensure_future(buyer.watch_positions([SWAP]))
    orders = asyncio.ensure_future(buyer.watch_orders(SWAP))
    await asyncio.sleep(1)
    await seller.create_order_ws(SWAP, "limit", "sell", 3, 100, ISOLATED)
    placed = await buyer.create_order_ws(SWAP, "limit", "buy", 3, 100, ISOLATED)
    (order, *_) = await _next(orders)
    assert order["id"] == placed["id"]
    # First comes that there was none.
    (position,) = await _next(positions) or await _next(buyer.watch_positions([SWAP]))
    assert (position["symbol"], position["side"], position["contracts"]) == (SWAP, "long", 3)
    assert (position["entryPrice"], position["marginMode"]) == (100, "isolated")
    move_index(exchange, "97")
    while position["unrealizedPnl"] != -9:
        (*_, position) = await _next(buyer.watch_positions([SWAP]))
    await seller.create_order_ws(SWAP, "limit", "buy", 3, 97, ISOLATED)
    await buyer.close_position(SWAP, params=ISOLATED)
    while position["contracts"]:
        (*_, position) = await _next(buyer.watch_positions([SWAP]))


async def test_prices_of_contracts_are_pushed(exchange: SandboxProcess, buyer: ccxt.pro.okx) -> None:
    rate = await _next(buyer.watch_funding_rate(SWAP))
    assert (rate["symbol"], rate["info"]["instId"]) == (SWAP, SWAP_ID)
    watched = asyncio.ensure_future(buyer.watch_mark_price(SWAP))
    await asyncio.sleep(1)
    move_index(exchange, "101")
    mark = await _next(watched)
    while mark["markPrice"] != 101:
        mark = await _next(buyer.watch_mark_price(SWAP))


async def test_liquidations_are_told_to_all(
    exchange: SandboxProcess, buyer: ccxt.pro.okx, seller: ccxt.pro.okx
) -> None:
    watched = asyncio.ensure_future(buyer.watch_liquidations_for_symbols([SWAP]))
    await buyer.set_leverage(100, SWAP, ISOLATED)
    await asyncio.sleep(1)
    await seller.create_order_ws(SWAP, "limit", "sell", 10, 100, {"marginMode": "cross"})
    await buyer.create_order_ws(SWAP, "limit", "buy", 10, 100, ISOLATED)
    move_index(exchange, "99")
    (told, *_) = await _next(watched)
    assert (told["symbol"], told["contracts"]) == (SWAP, 10)


async def test_an_algo_order_is_followed_from_its_start_to_its_end(
    exchange: SandboxProcess, buyer: ccxt.pro.okx, seller: ccxt.pro.okx
) -> None:
    watched = asyncio.ensure_future(buyer.watch_orders(SWAP, params={"trigger": True}))
    await asyncio.sleep(1)
    placed = await buyer.create_order(SWAP, "limit", "buy", 1, 96, {**ISOLATED, "triggerPrice": 97})
    (order, *_) = await _next(watched)
    assert (order["id"], order["triggerPrice"], order["status"]) == (placed["id"], 97, "open")
    watched = asyncio.ensure_future(buyer.watch_orders(SWAP, params={"trigger": True}))
    for client, side in ((seller, "sell"), (buyer, "buy")):
        await client.create_order_ws(SWAP, "limit", side, 1, 97, ISOLATED)
    order = (await _next(watched))[-1]
    assert order["info"]["state"] == "effective"
    child = await buyer.fetch_order(order["info"]["ordId"], SWAP)
    assert (child["price"], child["status"]) == (96, "open")
