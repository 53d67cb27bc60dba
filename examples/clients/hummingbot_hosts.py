"""Point hummingbot's connectors for OKX, spot and perpetual, at a sandbox: import this before a connector is made.

They have no setting for their hosts. They ask their modules of constants, where those are replaced here.
The environment variable LONJA_DATA names the sandbox's folder, data/sandbox by default.
"""

import json
import os
from pathlib import Path

from hummingbot.connector.derivative.okx_perpetual import okx_perpetual_constants
from hummingbot.connector.exchange.okx import okx_constants

sandbox = json.loads((Path(os.environ.get("LONJA_DATA", "data/sandbox")) / "sandbox.json").read_text())

okx_constants.get_okx_base_url = lambda _sub_domain: sandbox["rest"] + "/"
okx_constants.get_ws_url = lambda _sub_domain: sandbox["ws"].removesuffix("/ws/v5")

domain = okx_perpetual_constants.DEFAULT_DOMAIN
okx_perpetual_constants.REST_URLS[domain] = sandbox["rest"]
for endpoint in ("public", "private", "business"):
    getattr(okx_perpetual_constants, f"WSS_{endpoint.upper()}_URLS")[domain] = f"{sandbox['ws']}/{endpoint}"
