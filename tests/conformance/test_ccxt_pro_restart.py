"""A bot on ccxt.pro lives through a killed and restarted exchange."""

import asyncio
import signal
from pathlib import Path

import ccxt
import ccxt.pro
import pytest

from tests.conformance.clients import pro_client
from tests.e2e.sandbox_process import SandboxProcess

QUIET, BTC = "QUIET/USDT", "BTC/USDT"


async def _watch_on(client: ccxt.pro.okx) -> None:
    async with asyncio.timeout(30):
        while True:
            await client.watch_ticker(BTC)


@pytest.mark.lengthy
async def test_a_killed_exchange_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with SandboxProcess(data, "--rate-limits", "off") as first:
        port = first.told["rest"].rpartition(":")[2]
        async with pro_client(first.told) as client, pro_client(first.told, account=1) as other:
            await client.watch_ticker(BTC)
            await client.watch_order_book(BTC)
            watching = asyncio.ensure_future(client.watch_orders(QUIET))
            await asyncio.sleep(1)
            rests = await client.create_order_ws(QUIET, "limit", "buy", 2, 95, {"clientOrderId": "rests"})
            await other.create_order_ws(QUIET, "limit", "sell", 0.5, 95)
            assert (await watching)[0]["id"] == rests["id"]
            before = await client.fetch_balance()
            first.end(signal.SIGKILL)
            with pytest.raises(ccxt.NetworkError):
                await _watch_on(client)
            with SandboxProcess(data, "--rate-limits", "off", port=port) as second:
                assert second.told["rest"] == first.told["rest"]
                await _goes_on(client, other, rests["id"], before)


async def _goes_on(client: ccxt.pro.okx, other: ccxt.pro.okx, order_id: str, before: dict) -> None:
    async with asyncio.timeout(60):
        order = await client.fetch_order(None, QUIET, {"clientOrderId": "rests"})
        assert (order["id"], order["status"], order["filled"]) == (order_id, "open", 0.5)
        after = await client.fetch_balance()
        assert {name: after[name] for name in ("USDT", "QUIET")} == {name: before[name] for name in ("USDT", "QUIET")}
        # The same objects subscribe anew, and get a book that begins again with a snapshot.
        assert (await client.watch_ticker(BTC))["last"] > 0
        book = await client.watch_order_book(BTC)
        assert min(len(book["bids"]), len(book["asks"])) >= 25
        watching = asyncio.ensure_future(client.watch_orders(QUIET))
        await asyncio.sleep(1)
        await other.create_order(QUIET, "limit", "sell", 1.5, 95)
        assert (await watching)[-1]["id"] == order_id
        assert (await client.fetch_order(order_id, QUIET))["status"] == "closed"
        assert len(await client.fetch_order_trades(order_id, QUIET)) == 2
