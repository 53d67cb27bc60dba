"""Trade on a running sandbox with python-okx, changed in nothing but the host.

Usage: python examples/python_okx_order.py [DATA]   (after `make run`; DATA is its folder, data/sandbox by default)
"""

import json
import sys
from pathlib import Path

from okx.MarketData import MarketAPI
from okx.Trade import TradeAPI

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())
keys = sandbox["accounts"][0]

market = MarketAPI(domain=sandbox["rest"], flag="1", debug=False)
trade = TradeAPI(keys["api_key"], keys["secret_key"], keys["passphrase"], domain=sandbox["rest"], flag="1", debug=False)

print("BTC-USDT", market.get_ticker("BTC-USDT")["data"][0]["last"])
placed = trade.place_order("BTC-USDT", tdMode="cash", side="sell", ordType="market", sz="0.01", tgtCcy="base_ccy")
order_id = placed["data"][0]["ordId"]
print("sold", trade.get_order("BTC-USDT", ordId=order_id)["data"][0]["accFillSz"], "BTC")
