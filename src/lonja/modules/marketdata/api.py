"""The door of market data: books, trades, tickers, candles."""

from lonja.modules.marketdata.bars import BARS, Bar
from lonja.modules.marketdata.candle_feed import CandleFeed
from lonja.modules.marketdata.market_data import MarketData
from lonja.modules.marketdata.ports import MarketHistory, StoredCandle, StoredTrade
from lonja.modules.marketdata.records import (
    AggregatedTrade,
    BookView,
    CandleView,
    IndexTickerView,
    Mark,
    MarketListener,
    TickerView,
    TradeView,
)
from lonja.modules.marketdata.takers import TakerVolumeView
from lonja.modules.marketdata.trades import aggregate

__all__ = [
    "BARS",
    "AggregatedTrade",
    "Bar",
    "BookView",
    "CandleFeed",
    "CandleView",
    "IndexTickerView",
    "Mark",
    "MarketData",
    "MarketHistory",
    "MarketListener",
    "StoredCandle",
    "StoredTrade",
    "TakerVolumeView",
    "TickerView",
    "TradeView",
    "aggregate",
]
