"""python-okx over WebSocket, which it does encrypted only: over our own certificate authority."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from okx.websocket.WsPrivateAsync import WsPrivateAsync
from okx.websocket.WsPublicAsync import WsPublicAsync

from tests.conformance.orders import place
from tests.e2e.sandbox_process import SandboxProcess

QUIET = "QUIET-USDT"
BUY = {"instId": QUIET, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "95", "sz": "1"}

# It opens its connection with an old name of a library, and keeps sockets for the collector to close.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


class Heard:
    """Everything a client received, to be looked for and waited for."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    def __call__(self, message: str) -> None:
        self.messages.append(json.loads(message))
        self._news.set()

    async def first(self, fits: Callable[[dict[str, Any]], bool], seconds: float = 15) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                for message in self.messages:
                    if fits(message):
                        return message
                self._news.clear()
                await self._news.wait()

    async def of(self, channel: str) -> dict[str, Any]:
        return await self.first(lambda message: "data" in message and message.get("arg", {}).get("channel") == channel)

    async def answer(self, operation: str, request_id: str) -> dict[str, Any]:
        return await self.first(lambda message: (message.get("op"), message.get("id")) == (operation, request_id))

    async def order(self, order_id: str, state: str) -> dict[str, Any]:
        def fits(message: dict[str, Any]) -> bool:
            return message.get("arg", {}).get("channel") == "orders" and any(
                (row["ordId"], row["state"]) == (order_id, state) for row in message.get("data", [])
            )

        return (await self.first(fits))["data"][0]


@pytest.fixture
def told(quiet: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("SSL_CERT_FILE", quiet.told["ca_file"])
    return quiet.told


@asynccontextmanager
async def _running(client: Any) -> AsyncIterator[Any]:
    consuming = await client.start()
    try:
        yield client
    finally:
        await client.stop()
        await consuming


def _private(told: dict[str, Any]) -> WsPrivateAsync:
    keys = told["accounts"][0]
    return WsPrivateAsync(keys["api_key"], keys["passphrase"], keys["secret_key"], told["ws_tls"] + "/private")


def _about(channel: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message.get("arg", {}).get("channel") == channel


async def test_markets(told: dict[str, Any]) -> None:
    heard = Heard()
    async with _running(WsPublicAsync(told["ws_tls"] + "/public")) as client:
        channels = ["tickers", "books", "books5", "bbo-tbt", "trades"]
        await client.subscribe([{"channel": name, "instId": "BTC-USDT"} for name in channels], heard)
        for name in channels:
            ack = await heard.first(_about(name))
            assert (ack["event"], ack["arg"]) == ("subscribe", {"channel": name, "instId": "BTC-USDT"})
            assert (await heard.of(name))["data"]
        book = await heard.of("books")
        assert (book["action"], book["data"][0]["prevSeqId"]) == ("snapshot", -1)
        await client.unsubscribe([{"channel": "tickers", "instId": "BTC-USDT"}], heard)
        await heard.first(lambda message: message.get("event") == "unsubscribe")


async def test_candles(told: dict[str, Any]) -> None:
    heard = Heard()
    async with _running(WsPublicAsync(told["ws_tls"] + "/business")) as client:
        await client.subscribe([{"channel": "candle1m", "instId": "BTC-USDT"}], heard, id="c1")
        ack = await heard.first(lambda message: message.get("event") == "subscribe")
        assert ack["id"] == "c1"
        assert len((await heard.of("candle1m"))["data"][0]) == 9


async def test_trading(told: dict[str, Any]) -> None:
    heard = Heard()
    async with _running(_private(told)) as client:
        # It logs in at each subscription, and waits five seconds.
        await client.subscribe([{"channel": "orders", "instType": "SPOT"}, {"channel": "account"}], heard)
        assert (await heard.first(lambda message: message.get("event") == "login"))["code"] == "0"
        assert (await heard.of("account"))["data"][0]["details"]
        await client.place_order([BUY | {"clOrdId": "okxws"}], id="p1")
        placed = await heard.answer("order", "p1")
        assert (placed["code"], placed["data"][0]["sCode"], placed["data"][0]["clOrdId"]) == ("0", "0", "okxws")
        order_id = placed["data"][0]["ordId"]
        assert (await heard.order(order_id, "live"))["px"] == "95"
        await client.amend_order([{"instId": QUIET, "ordId": order_id, "newSz": "2", "reqId": "r1"}], id="a1")
        assert (await heard.answer("amend-order", "a1"))["data"][0]["reqId"] == "r1"
        await client.cancel_order([{"instId": QUIET, "clOrdId": "okxws"}], id="c1")
        assert (await heard.answer("cancel-order", "c1"))["data"][0]["ordId"] == order_id
        assert (await heard.order(order_id, "canceled"))["sz"] == "2"


async def test_batches(told: dict[str, Any]) -> None:
    heard = Heard()
    async with _running(_private(told)) as client:
        client.callback = heard
        await client.login()
        await heard.first(lambda message: message.get("event") == "login")
        await client.batch_orders([BUY, BUY | {"sz": "0"}, BUY | {"px": "94"}], id="b1")
        placed = await heard.answer("batch-orders", "b1")
        assert (placed["code"], [row["sCode"] == "0" for row in placed["data"]]) == ("2", [True, False, True])
        ids = [placed["data"][index]["ordId"] for index in (0, 2)]
        await client.batch_amend_orders(
            [{"instId": QUIET, "ordId": order_id, "newPx": "90"} for order_id in ids], id="b2"
        )
        assert (await heard.answer("batch-amend-orders", "b2"))["code"] == "0"
        await client.batch_cancel_orders([{"instId": QUIET, "ordId": order_id} for order_id in ids], id="b3")
        assert (await heard.answer("batch-cancel-orders", "b3"))["code"] == "0"
        await client.batch_cancel_orders([{"instId": QUIET, "ordId": order_id} for order_id in ids], id="b4")
        again = await heard.answer("batch-cancel-orders", "b4")
        assert (again["code"], {row["sCode"] for row in again["data"]}) == ("1", {"51400"})


async def test_operations_without_a_login_and_without_an_id(told: dict[str, Any]) -> None:
    heard = Heard()
    async with _running(_private(told)) as client:
        await client.place_order([BUY], heard, id="p1")
        refused = await heard.first(lambda message: "code" in message)
        assert (refused["code"], refused.get("data", [])) == ("60011", [])
        await client.login()
        await heard.first(lambda message: message.get("event") == "login")
        await client.place_order([BUY])
        placed = await heard.first(lambda message: message.get("op") == "order" and message["code"] == "0")
        assert placed["data"][0]["ordId"]


@pytest.mark.lengthy
async def test_it_logs_in_again_with_each_subscription(told: dict[str, Any], quiet: SandboxProcess) -> None:
    heard = Heard()
    async with _running(_private(told)) as client:
        await client.subscribe([{"channel": "orders", "instType": "ANY"}], heard)
        await client.subscribe([{"channel": "fills"}, {"channel": "account"}], heard)
        again = await heard.first(lambda message: message.get("code") == "60031")
        assert again["event"] == "error"
        # The session and what was subscribed before it live on.
        placed = place(quiet, 0, px="98")
        await heard.order(placed, "live")
        place(quiet, 1, side="sell", px="98")
        fill = (await heard.of("fills"))["data"][0]
        assert (fill["ordId"], fill["fillPx"], fill["execType"]) == (placed, "98", "M")


@pytest.mark.lengthy
async def test_a_quiet_connection_stays(told: dict[str, Any], quiet: SandboxProcess) -> None:
    """Its library sends nothing but pings of the protocol, each 20 seconds."""
    heard = Heard()
    async with _running(_private(told)) as client:
        await client.subscribe([{"channel": "orders", "instType": "SPOT"}], heard)
        await asyncio.sleep(45)
        await heard.order(place(quiet, 0, px="97"), "live")
