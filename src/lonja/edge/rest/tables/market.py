"""Market data: books, trades, tickers, candles."""

from typing import Final

from lonja.edge.rest import public
from lonja.edge.rest.operation import (
    Operation,
    open_operation,
)
from lonja.edge.wire import market as market_wire
from lonja.edge.wire import requests

OPERATIONS: Final[tuple[Operation, ...]] = (
    open_operation("/market/tickers", (20, 2.0), requests.Tickers, public.tickers, market_wire.TICKER_ROW),
    open_operation("/market/ticker", (20, 2.0), requests.OneInstrument, public.ticker, market_wire.TICKER_ROW),
    open_operation("/market/books", (40, 2.0), requests.Book, public.book, market_wire.BOOK_ROW),
    open_operation("/market/books-full", (10, 2.0), requests.Book, public.full_book, market_wire.FULL_BOOK_ROW),
    open_operation("/market/candles", (40, 2.0), requests.Candles, public.candles, market_wire.CANDLE_COLUMNS),
    open_operation("/market/history-candles", (20, 2.0), requests.Candles, public.candles, market_wire.CANDLE_COLUMNS),
    open_operation("/market/trades", (100, 2.0), requests.Trades, public.trades, market_wire.TRADE_ROW),
)
