"""Run a nautilus_trader node on a sandbox for some seconds: instruments, balance, a book.

Usage: python examples/clients/nautilus_node.py [DATA]
"""

import json
import os
import sys
import threading
from pathlib import Path

from nautilus_trader.adapters.okx import (
    OKX,
    OKXDataClientConfig,
    OKXExecClientConfig,
    OKXLiveDataClientFactory,
    OKXLiveExecClientFactory,
)
from nautilus_trader.config import InstrumentProviderConfig, TradingNodeConfig
from nautilus_trader.core import nautilus_pyo3
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.identifiers import InstrumentId, TraderId
from nautilus_trader.trading.strategy import Strategy

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())
keys = sandbox["accounts"][0]

os.environ["OKX_API_KEY"] = keys["api_key"]  # it does not take all of them from its settings
os.environ["OKX_API_SECRET"] = keys["secret_key"]
os.environ["OKX_API_PASSPHRASE"] = keys["passphrase"]
settings = {
    "base_url_http": sandbox["rest"],
    "instrument_types": (nautilus_pyo3.OKXInstrumentType.SPOT,),
    "instrument_provider": InstrumentProviderConfig(load_all=True),
}
# Candles come from an address that has no setting of its own.
nautilus_pyo3.get_okx_ws_url_business = lambda _is_demo: sandbox["ws"] + "/business"


class Watcher(Strategy):  # type: ignore[misc]  # its types are compiled
    """Says what it sees."""

    instrument_id = InstrumentId.from_str("BTC-USDT.OKX")

    def on_start(self) -> None:
        """Follow the best prices."""
        print("instruments", len(self.cache.instruments()), flush=True)
        self.subscribe_quote_ticks(self.instrument_id)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        """Show the best prices."""
        print(tick.instrument_id, tick.bid_price, tick.ask_price, flush=True)


node = TradingNode(
    TradingNodeConfig(
        trader_id=TraderId("LONJA-001"),
        data_clients={OKX: OKXDataClientConfig(base_url_ws=sandbox["ws"] + "/public", **settings)},
        exec_clients={OKX: OKXExecClientConfig(base_url_ws=sandbox["ws"] + "/private", **settings)},
    )
)
node.trader.add_strategy(Watcher())
node.add_data_client_factory(OKX, OKXLiveDataClientFactory)
node.add_exec_client_factory(OKX, OKXLiveExecClientFactory)
node.build()
threading.Timer(15, node.stop).start()
try:
    node.run()
finally:
    node.dispose()
