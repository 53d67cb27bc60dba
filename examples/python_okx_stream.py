"""Hear of one's own orders with python-okx over WebSocket, changed in nothing but the host.

python-okx speaks TLS only, so it is told to trust the sandbox's own authority.

Usage: python examples/python_okx_stream.py [DATA]   (after `make run`; DATA is its folder, data/sandbox by default)
"""

import asyncio
import json
import os
import sys
from pathlib import Path

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())
keys = sandbox["accounts"][0]
os.environ["SSL_CERT_FILE"] = sandbox["ca_file"]

from okx.Trade import TradeAPI  # noqa: E402  # its TLS settings are read when it is imported
from okx.websocket.WsPrivateAsync import WsPrivateAsync  # noqa: E402


async def main() -> None:
    """Log in, follow the orders, sell a little."""
    messages: asyncio.Queue[str] = asyncio.Queue()
    socket = WsPrivateAsync(
        keys["api_key"], keys["passphrase"], keys["secret_key"], sandbox["ws_tls"] + "/private", debug=False
    )
    await socket.start()
    await socket.login()
    await asyncio.sleep(1)  # it does not wait for the answer
    await socket.subscribe([{"channel": "orders", "instType": "SPOT"}], messages.put_nowait)

    trade = TradeAPI(
        keys["api_key"], keys["secret_key"], keys["passphrase"], domain=sandbox["rest"], flag="1", debug=False
    )
    await asyncio.sleep(1)
    trade.place_order("BTC-USDT", tdMode="cash", side="sell", ordType="market", sz="0.01", tgtCcy="base_ccy")
    async with asyncio.timeout(10):
        while True:
            rows = json.loads(await messages.get()).get("data", [])
            if rows and rows[0].get("state") == "filled":
                print("sold", rows[0]["accFillSz"], "BTC")
                break
    await socket.stop()


asyncio.run(main())
