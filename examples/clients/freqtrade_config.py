"""Print the part of a freqtrade configuration that makes it trade on a sandbox.

Usage: python examples/clients/freqtrade_config.py [DATA] > lonja.json
       freqtrade trade --config config.json --config lonja.json
"""

import json
import sys
from pathlib import Path

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())
keys = sandbox["accounts"][0]

exchange = {
    "name": "okx",
    "key": keys["api_key"],
    "secret": keys["secret_key"],
    "password": keys["passphrase"],
    "ccxt_config": {"urls": {"api": {"rest": sandbox["rest"], "ws": sandbox["ws"]}}},
}
print(json.dumps({"trading_mode": "spot", "exchange": exchange}, indent=2))
