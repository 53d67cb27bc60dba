"""Take books, trades and tickers with cryptofeed from a sandbox, its checksum check on.

cryptofeed speaks TLS only, so it is told to trust the sandbox's own authority.

Usage: python examples/clients/cryptofeed_books.py [DATA]
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
from cryptofeed.defines import L2_BOOK, TICKER, TRADES  # noqa: E402
from cryptofeed.exchanges import OKX  # noqa: E402
from cryptofeed.types import OrderBook, Ticker, Trade  # noqa: E402

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
    """Show a trade."""
    print("trade", trade.symbol, trade.side, trade.amount, trade.price, trade.id, flush=True)


async def on_ticker(ticker: Ticker, _receipt_time: float) -> None:
    """Show the best prices, as the ticker has them."""
    print("ticker", ticker.symbol, ticker.bid, ticker.ask, flush=True)


async def main() -> None:
    """Follow an instrument for some seconds."""
    handler = FeedHandler(config={"log": {"disabled": True}})  # or it leaves a file where it runs
    callbacks = {L2_BOOK: on_book, TRADES: on_trade, TICKER: on_ticker}
    handler.add_feed(OKX(symbols=["BTC-USDT"], channels=list(callbacks), callbacks=callbacks, checksum_validation=True))
    handler.run(start_loop=False)
    await asyncio.sleep(10)
    await handler.stop_async()


asyncio.run(main())
