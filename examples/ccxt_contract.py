"""Trade a perpetual swap on a running sandbox with ccxt, changed in nothing but the host.

Usage: python examples/ccxt_contract.py [DATA]   (after `make run`; DATA is its folder, data/sandbox by default)
"""

import json
import sys
from pathlib import Path

import ccxt

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())
keys = sandbox["accounts"][1]

exchange = ccxt.okx({"apiKey": keys["api_key"], "secret": keys["secret_key"], "password": keys["passphrase"]})
exchange.urls["api"]["rest"] = sandbox["rest"]

swap = "BTC/USDT:USDT"
size = exchange.load_markets()[swap]["contractSize"]
exchange.private_post_account_set_account_level({"acctLv": "2"})  # from spot to futures mode
exchange.set_leverage(2, swap, {"mgnMode": "isolated"})

# Open a long position that takes its profit 5 % higher.
target = {"triggerPrice": exchange.fetch_mark_price(swap)["markPrice"] * 1.05}
order = exchange.create_order(swap, "market", "buy", 1, params={"tdMode": "isolated", "takeProfit": target})
print("bought", exchange.fetch_order(order["id"], swap)["filled"] * size, "BTC")

position = exchange.fetch_position(swap)
print("long", position["contracts"], "at", position["entryPrice"], "liquidated at", position["liquidationPrice"])

exchange.close_position(swap, params={"mgnMode": "isolated"})
profit = sum(float(fill["info"]["fillPnl"]) for fill in exchange.fetch_my_trades(swap))
print("closed for", round(profit, 2), "USDT")
