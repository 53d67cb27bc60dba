"""Trade on a running sandbox with ccxt, changed in nothing but the host.

Usage: python examples/ccxt_order.py [DATA]   (after `make run`; DATA is its folder, data/sandbox by default)
"""

import json
import sys
from pathlib import Path

import ccxt

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())
keys = sandbox["accounts"][0]

exchange = ccxt.okx({"apiKey": keys["api_key"], "secret": keys["secret_key"], "password": keys["passphrase"]})
exchange.urls["api"]["rest"] = sandbox["rest"]

exchange.load_markets()
print("BTC/USDT", exchange.fetch_ticker("BTC/USDT")["last"])
order = exchange.create_order("BTC/USDT", "market", "buy", 0.01)
print("bought", exchange.fetch_order(order["id"], "BTC/USDT")["filled"], "BTC")
print("left", exchange.fetch_balance()["USDT"]["free"], "USDT")
