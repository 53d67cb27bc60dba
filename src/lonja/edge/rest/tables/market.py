"""Market data: books, trades, tickers, candles, index and mark prices."""

from typing import Final

from lonja.edge.rest import index, market, public
from lonja.edge.rest.operation import Operation, open_operation, per_instrument
from lonja.edge.wire import index as index_wire
from lonja.edge.wire import market as market_wire
from lonja.edge.wire import requests, statistics
from lonja.edge.wire import requests_market as asked

_PRICES: Final = (
    open_operation("/market/tickers", (20, 2.0), requests.Tickers, public.tickers, market_wire.TICKER_ROW),
    open_operation("/market/ticker", (20, 2.0), requests.OneInstrument, public.ticker, market_wire.TICKER_ROW),
    open_operation("/market/books", (40, 2.0), requests.Book, public.book, market_wire.BOOK_ROW),
    open_operation("/market/books-full", (10, 2.0), requests.Book, public.full_book, market_wire.FULL_BOOK_ROW),
    open_operation("/market/books-lite", (6, 1.0), requests.OneInstrument, market.lite_book, market_wire.LITE_BOOK_ROW),
    open_operation("/market/books-rpi", (40, 2.0), requests.Book, market.improved_book, market_wire.IMPROVED_BOOK_ROW),
    open_operation("/market/books-sbe", (10, 10.0), asked.BinaryBook, market.binary_book, {}),
    open_operation("/market/candles", (40, 2.0), requests.Candles, public.candles, market_wire.CANDLE_COLUMNS),
    open_operation("/market/history-candles", (20, 2.0), requests.Candles, public.candles, market_wire.CANDLE_COLUMNS),
    open_operation("/market/trades", (100, 2.0), requests.Trades, public.trades, market_wire.TRADE_ROW),
    open_operation(
        "/market/history-trades", (20, 2.0), asked.TradeHistory, market.trade_history, market_wire.SINGLE_TRADE_ROW
    ),
)
_INDEX: Final = (
    open_operation(
        "/market/index-tickers", (20, 2.0), asked.IndexTickers, index.index_tickers, index_wire.INDEX_TICKER_ROW
    ),
    open_operation(
        "/market/index-candles", (20, 2.0), asked.IndexCandles, index.index_candles, index_wire.INDEX_CANDLE_COLUMNS
    ),
    open_operation(
        "/market/history-index-candles",
        (10, 2.0),
        asked.IndexCandles,
        index.index_candles,
        index_wire.INDEX_CANDLE_COLUMNS,
    ),
    open_operation(
        "/market/index-components",
        (20, 2.0),
        asked.IndexComponents,
        index.index_components,
        statistics.INDEX_COMPONENTS_ROW,
        gives_one=True,
    ),
    open_operation(
        "/public/mark-price",
        (10, 2.0),
        asked.MarkPrices,
        index.mark_prices,
        index_wire.MARK_PRICE_ROW,
        per_instrument,
    ),
    open_operation(
        "/market/mark-price-candles",
        (20, 2.0),
        asked.IndexCandles,
        index.mark_price_candles,
        index_wire.INDEX_CANDLE_COLUMNS,
    ),
    open_operation(
        "/market/history-mark-price-candles",
        (20, 2.0),
        asked.IndexCandles,
        index.mark_price_candles,
        index_wire.INDEX_CANDLE_COLUMNS,
    ),
)
_WHOLE: Final = (
    open_operation(
        "/market/platform-24-volume",
        (2, 2.0),
        requests.Request,
        market.platform_volume,
        statistics.PLATFORM_VOLUME_ROW,
    ),
    open_operation(
        "/market/exchange-rate", (1, 2.0), requests.Request, market.exchange_rate, statistics.EXCHANGE_RATE_ROW
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (*_PRICES, *_INDEX, *_WHOLE)
