"""Watch a book and trade over WebSocket with ccxt.pro, changed in nothing but the hosts.

Usage: python examples/ccxt_pro_stream.py [DATA]   (after `make run`; DATA is its folder, data/sandbox by default)
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import ccxt.pro

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())
keys = sandbox["accounts"][0]


async def filled_order(exchange: ccxt.pro.okx) -> dict[str, Any]:
    """The next order that is filled."""
    while True:
        for order in await exchange.watch_orders("BTC/USDT"):
            if order["status"] == "closed":
                found: dict[str, Any] = order
                return found


async def main() -> None:
    """Look at a book, buy, and hear of it."""
    exchange = ccxt.pro.okx(
        {"apiKey": keys["api_key"], "secret": keys["secret_key"], "password": keys["passphrase"]},
    )
    exchange.urls["api"]["rest"] = sandbox["rest"]
    exchange.urls["api"]["ws"] = sandbox["ws"]
    try:
        book = await exchange.watch_order_book("BTC/USDT")
        print("BTC/USDT", book["bids"][0][0], book["asks"][0][0])
        heard = asyncio.create_task(filled_order(exchange))
        await asyncio.sleep(1)  # the subscription should be there before the order
        await exchange.create_order_ws("BTC/USDT", "market", "buy", 0.01)
        order = await asyncio.wait_for(heard, 10)
        print("bought", order["filled"], "BTC")
    finally:
        await exchange.close()


asyncio.run(main())
