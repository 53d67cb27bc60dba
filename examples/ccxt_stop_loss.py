"""A stop loss and a take profit of which one ends the other, on a running sandbox, with ccxt.

QUIET-USDT is touched by nobody, and its index moves when you say so: what happens here is the same each time.

Usage: python examples/ccxt_stop_loss.py [DATA]   (after `make run`; DATA is its folder, data/sandbox by default)
"""

import json
import sys
import time
from pathlib import Path

import ccxt

PAIR = "QUIET/USDT"

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())


def connect(keys: dict[str, str]) -> ccxt.okx:
    """A client of one account."""
    exchange = ccxt.okx({"apiKey": keys["api_key"], "secret": keys["secret_key"], "password": keys["passphrase"]})
    exchange.urls["api"]["rest"] = sandbox["rest"]
    exchange.load_markets()
    return exchange


trader, other = (connect(keys) for keys in sandbox["accounts"][:2])


def move_index(price: str) -> None:
    """Let the index of QUIET be ``price`` from now on; the sandbox asks for no key."""
    body = json.dumps({"instId": "QUIET-USDT", "idxPx": price})
    trader.fetch(sandbox["rest"] + "/sandbox/index", "POST", {"Content-Type": "application/json"}, body)


move_index("100")

other.create_order(PAIR, "limit", "sell", 1, 100)
trader.create_order(PAIR, "limit", "buy", 1, 100)
# Whoever buys when the stop loss sells; nothing is held for that until then.
other.create_order(PAIR, "limit", "buy", 1, 94)
limits = {
    "tdMode": "cash",
    "stopLossPrice": 95,
    "slTriggerPxType": "index",
    "takeProfitPrice": 120,
    "tpTriggerPxType": "index",
}
pair = trader.create_order(PAIR, "oco", "sell", 1, None, limits)
print("waiting", [order["id"] for order in trader.fetch_open_orders(PAIR, params={"trigger": True, "ordType": "oco"})])

move_index("94.5")
while (found := trader.fetch_order(pair["id"], PAIR, {"trigger": True})["info"])["state"] == "live":
    time.sleep(0.05)
sold = trader.fetch_order(found["ordId"], PAIR)
print("the index fell: sold", sold["filled"], "QUIET at", sold["average"], "by the", found["actualSide"])
move_index("100")
