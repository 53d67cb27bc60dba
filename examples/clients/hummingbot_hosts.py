"""Point hummingbot's spot connector for OKX at a sandbox: import this before the connector is made.

The connector has no setting for its hosts. It asks two functions of its module of constants, which are replaced here.
The environment variable LONJA_DATA names the sandbox's folder, data/sandbox by default.
"""

import json
import os
from pathlib import Path

from hummingbot.connector.exchange.okx import okx_constants

sandbox = json.loads((Path(os.environ.get("LONJA_DATA", "data/sandbox")) / "sandbox.json").read_text())

okx_constants.get_okx_base_url = lambda _sub_domain: sandbox["rest"] + "/"
okx_constants.get_ws_url = lambda _sub_domain: sandbox["ws"].removesuffix("/ws/v5")
