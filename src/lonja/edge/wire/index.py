"""Index and mark prices as rows and pushes, and the pushes of price limits.

Why here: their keys are the wire's, the same on REST and in pushes. Spot is valued at the index, so mark prices are
index prices; contracts have marks of their own. Invariant: every documented key is present.
"""

from typing import Final

import msgspec

from lonja.core.views import InstrumentView
from lonja.edge.wire.channels import INDEX_CANDLE, INDEX_TICKERS, MARK_PRICE, PRICE_LIMIT
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.market import price_limit_row
from lonja.modules.marketdata.api import CandleView, IndexTickerView

INDEX_TICKER_ROW: Final[dict[str, object]] = dict.fromkeys(
    ("instId", "idxPx", "high24h", "sodUtc0", "open24h", "low24h", "sodUtc8", "ts"), ""
)
MARK_PRICE_ROW: Final[dict[str, object]] = dict.fromkeys(("instType", "instId", "markPx", "ts"), "")
INDEX_CANDLE_COLUMNS: Final = ("ts", "o", "h", "l", "c", "confirm")


def index_ticker_row(form: InstrumentForm, ticker: IndexTickerView) -> dict[str, object]:
    """The index that an instrument follows, at a glance."""
    return {
        "instId": form.underlying,
        "idxPx": form.price_text(ticker.price),
        "high24h": form.price_text(ticker.high_24h),
        "sodUtc0": form.price_text(ticker.open_utc0),
        "open24h": form.price_text(ticker.open_24h),
        "low24h": form.price_text(ticker.low_24h),
        "sodUtc8": form.price_text(ticker.open_utc8),
        "ts": str(ticker.time_ms),
    }


def mark_price_row(form: InstrumentForm, price: int, time_ms: int) -> dict[str, object]:
    """The mark price (ticks) of an instrument."""
    return {
        **MARK_PRICE_ROW,
        # Of spot, mark prices matter to margin alone.
        "instType": form.instrument_type if form.is_contract else "MARGIN",
        "instId": form.instrument_id,
        "markPx": form.price_text(price),
        "ts": str(time_ms),
    }


def index_candle_row(form: InstrumentForm, candle: CandleView) -> list[str]:
    """One candle of index or mark prices, in the order of ``INDEX_CANDLE_COLUMNS``."""
    prices = [form.price_text(price) for price in (candle.open, candle.high, candle.low, candle.close)]
    return [str(candle.open_time_ms), *prices, "1" if candle.confirmed else "0"]


def index_ticker_push(form: InstrumentForm, ticker: IndexTickerView) -> bytes:
    """The index that an instrument follows, at a glance."""
    return _push(INDEX_TICKERS, form.underlying, index_ticker_row(form, ticker))


def mark_price_push(form: InstrumentForm, price: int, now_ms: int) -> bytes:
    """The mark price (ticks) of an instrument."""
    return _push(MARK_PRICE, form.instrument_id, mark_price_row(form, price, now_ms))


def price_limit_push(form: InstrumentForm, view: InstrumentView, now_ms: int) -> bytes:
    """The price band of an instrument."""
    return _push(PRICE_LIMIT, form.instrument_id, price_limit_row(form, view, now_ms))


def index_candle_push(channel: str, form: InstrumentForm, candle: CandleView) -> bytes:
    """One candle of index or mark prices; the running one is not confirmed."""
    name = form.underlying if channel.startswith(INDEX_CANDLE) else form.instrument_id
    return _push(channel, name, index_candle_row(form, candle))


def _push(channel: str, name: str, row: object) -> bytes:
    return msgspec.json.encode({"arg": {"channel": channel, "instId": name}, "data": [row]})
