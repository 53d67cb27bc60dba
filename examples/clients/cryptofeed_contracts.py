"""Follow perpetual and dated contracts with cryptofeed: books with its checksum check on, trades, funding, open interest.

cryptofeed speaks TLS only, so it is told to trust the sandbox's own authority.

Usage: python examples/clients/cryptofeed_contracts.py [DATA]
"""

import asyncio
import json
import os
import sys
from pathlib import Path

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
sandbox = json.loads((folder / "sandbox.json").read_text())
os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = sandbox["ca_file"]

from cryptofeed import FeedHandler  # noqa: E402  # its TLS settings are read when it is imported
from cryptofeed.defines import FUNDING, FUTURES, L2_BOOK, OPEN_INTEREST, TRADES  # noqa: E402
from cryptofeed.exchanges import OKX  # noqa: E402
from cryptofeed.types import Funding, OpenInterest, OrderBook, Trade  # noqa: E402

for endpoint in OKX.websocket_endpoints:
    endpoint.address = endpoint.address.replace("wss://ws.okx.com:8443/ws/v5", sandbox["ws_tls"])
for endpoint in OKX.rest_endpoints:
    endpoint.address = sandbox["rest_tls"]
OKX.api = sandbox["rest_tls"] + "/api/v5/"


async def on_book(book: OrderBook, _receipt_time: float) -> None:
    """Show the best prices."""
    bids, asks = book.book.bids, book.book.asks
    print("book", book.symbol, bids.index(0)[0], asks.index(0)[0], flush=True)


async def on_trade(trade: Trade, _receipt_time: float) -> None:
    """Show a trade; amounts are contracts."""
    print("trade", trade.symbol, trade.amount, trade.price, flush=True)


async def on_funding(funding: Funding, _receipt_time: float) -> None:
    """Show the rate to come."""
    print("funding", funding.symbol, funding.rate, flush=True)


async def on_open_interest(interest: OpenInterest, _receipt_time: float) -> None:
    """Show how many contracts are held."""
    print("open_interest", interest.symbol, interest.open_interest, flush=True)


async def main() -> None:
    """Follow two perpetual contracts and a dated one for some seconds."""
    handler = FeedHandler(config={"log": {"disabled": True}})  # or it leaves a file where it runs
    dated = next(name for name in OKX.symbols() if name.startswith("BTC-USDT") and OKX.instrument_type(name) == FUTURES)
    books = {L2_BOOK: on_book, TRADES: on_trade}
    held = {FUNDING: on_funding, OPEN_INTEREST: on_open_interest}
    for name, callbacks in (("BTC-USDT-PERP", books | held), ("BTC-USD-PERP", books | held), (dated, books)):
        feed = OKX(symbols=[name], channels=list(callbacks), callbacks=callbacks, checksum_validation=True)
        handler.add_feed(feed)
    handler.run(start_loop=False)
    await asyncio.sleep(10)
    await handler.stop_async()


asyncio.run(main())
