"""Public market rows: tickers, books, trades, candles, price limits.

Why here: their keys are the wire's. Invariant: every documented key is present, "" where nothing is to be said.
"""

from typing import Final

from lonja.core.kinds import Side
from lonja.core.views import InstrumentView, LevelView
from lonja.edge.wire.instruments import InstrumentForm, trade_id_text
from lonja.modules.marketdata.api import AggregatedTrade, BookView, CandleView, TickerView, TradeView

TICKER_ROW: Final[dict[str, object]] = dict.fromkeys(
    (
        *("instType", "instId", "last", "lastSz", "askPx", "askSz", "bidPx", "bidSz", "open24h", "high24h"),
        *("low24h", "volCcy24h", "vol24h", "sodUtc0", "sodUtc8", "ts"),
    ),
    "",
)
BOOK_ROW: Final[dict[str, object]] = {"asks": [], "bids": [], "ts": "", "seqId": 0}
FULL_BOOK_ROW: Final[dict[str, object]] = {"asks": [], "bids": [], "ts": ""}
LITE_BOOK_ROW: Final[dict[str, object]] = FULL_BOOK_ROW
IMPROVED_BOOK_ROW: Final[dict[str, object]] = BOOK_ROW
TRADE_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("instId", "tradeId", "px", "sz", "side", "source", "ts", "count"), ""),
    "seqId": 0,
}
SINGLE_TRADE_ROW: Final[dict[str, object]] = dict.fromkeys(
    ("instId", "tradeId", "px", "sz", "side", "source", "ts"), ""
)
PRICE_LIMIT_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("instType", "instId", "buyLmt", "sellLmt", "ts"), ""),
    "enabled": False,
}
CANDLE_COLUMNS: Final = ("ts", "o", "h", "l", "c", "vol", "volCcy", "volCcyQuote", "confirm")

_SIDES: Final = {int(Side.BUY): "buy", int(Side.SELL): "sell"}


def ticker_row(form: InstrumentForm, ticker: TickerView, now_ms: int = 0) -> dict[str, object]:
    """The ticker of an instrument; ``now_ms`` dates one that never changed."""

    def price(value: int | None) -> str:
        return "" if value is None else form.price_text(value)

    bid, ask = ticker.best_bid, ticker.best_ask
    base, quote = form.traded_texts(ticker.volume_24h, ticker.quote_volume_24h)
    return {
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "last": price(ticker.last),
        "lastSz": "" if ticker.last_size is None else form.size_text(ticker.last_size),
        "askPx": "" if ask is None else form.price_text(ask.price),
        "askSz": "" if ask is None else form.size_text(ask.size),
        "bidPx": "" if bid is None else form.price_text(bid.price),
        "bidSz": "" if bid is None else form.size_text(bid.size),
        "open24h": price(ticker.open_24h),
        "high24h": price(ticker.high_24h),
        "low24h": price(ticker.low_24h),
        # Of contracts it counts coins, of spot, whose volume does, what was paid for them.
        "volCcy24h": base if form.is_contract else quote,
        "vol24h": form.size_text(ticker.volume_24h),
        "sodUtc0": price(ticker.open_utc0),
        "sodUtc8": price(ticker.open_utc8),
        "ts": str(ticker.time_ms or now_ms),
    }


def book_row(form: InstrumentForm, book: BookView, depth: int, now_ms: int) -> dict[str, object]:
    """The best ``depth`` levels of both sides, and the number of the last change."""
    return {
        "asks": [_level(form, level) for level in book.levels(Side.SELL, depth)],
        "bids": [_level(form, level) for level in book.levels(Side.BUY, depth)],
        "ts": str(book.time_ms or now_ms),
        "seqId": book.sequence,
    }


def full_book_row(form: InstrumentForm, book: BookView, depth: int, now_ms: int) -> dict[str, object]:
    """The best ``depth`` levels of both sides in three columns."""
    return {
        "asks": [_short_level(form, level) for level in book.levels(Side.SELL, depth)],
        "bids": [_short_level(form, level) for level in book.levels(Side.BUY, depth)],
        "ts": str(book.time_ms or now_ms),
    }


def improved_book_row(form: InstrumentForm, book: BookView, depth: int, now_ms: int) -> dict[str, object]:
    """The best ``depth`` levels of both sides; the third column is what of the second is no retail price improvement."""
    return {
        "asks": [_improved_level(form, level) for level in book.levels(Side.SELL, depth)],
        "bids": [_improved_level(form, level) for level in book.levels(Side.BUY, depth)],
        "ts": str(book.time_ms or now_ms),
        "seqId": book.sequence,
    }


def trade_row(form: InstrumentForm, trade: AggregatedTrade) -> dict[str, object]:
    """The trades of one taker order at one price."""
    return {
        "instId": form.instrument_id,
        "tradeId": trade_id_text(trade.trade_id),
        "px": form.price_text(trade.price),
        "sz": form.size_text(trade.size),
        "side": _SIDES[trade.side],
        "source": "0",
        "ts": str(trade.time_ms),
        "count": str(trade.trade_count),
        "seqId": trade.sequence,
    }


def single_trade_row(form: InstrumentForm, trade: TradeView) -> dict[str, object]:
    """One match."""
    return {
        "instId": form.instrument_id,
        "tradeId": trade_id_text(trade.trade_id),
        "px": form.price_text(trade.price),
        "sz": form.size_text(trade.size),
        "side": _SIDES[trade.side],
        "source": "0",
        "ts": str(trade.time_ms),
    }


def candle_row(form: InstrumentForm, candle: CandleView) -> list[str]:
    """One candle, in the order of ``CANDLE_COLUMNS``."""
    base, quote = form.traded_texts(candle.volume, candle.quote_volume)
    return [
        str(candle.open_time_ms),
        form.price_text(candle.open),
        form.price_text(candle.high),
        form.price_text(candle.low),
        form.price_text(candle.close),
        form.size_text(candle.volume),
        base if form.is_contract else quote,
        quote,
        "1" if candle.confirmed else "0",
    ]


def price_limit_row(form: InstrumentForm, view: InstrumentView, now_ms: int) -> dict[str, object]:
    """The price band of an instrument; disabled while it has none."""
    return {
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "buyLmt": form.price_text(view.buy_max) if view.buy_max else "",
        "sellLmt": form.price_text(view.sell_min) if view.sell_min else "",
        "ts": str(now_ms),
        "enabled": bool(view.buy_max or view.sell_min),
    }


def _level(form: InstrumentForm, level: LevelView) -> list[str]:
    return [form.price_text(level.price), form.size_text(level.size), "0", str(level.order_count)]


def _improved_level(form: InstrumentForm, level: LevelView) -> list[str]:
    size = form.size_text(level.size)
    return [form.price_text(level.price), size, size, str(level.order_count)]


def _short_level(form: InstrumentForm, level: LevelView) -> list[str]:
    return [form.price_text(level.price), form.size_text(level.size), str(level.order_count)]
