"""Index prices, and the mark prices of spot, which are the same.

Why here: both are read from one series, so that they can not differ. Pairs without an index price have no rows.
"""

from collections.abc import Sequence
from typing import Final

from lonja.core.kinds import InstrumentType
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import Call, instrument_named, instrument_type, market_limit, optional_id, spot_listed
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import BAR_DEFAULT, Rows
from lonja.edge.services import Services
from lonja.edge.wire import index as wire
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire import statistics
from lonja.edge.wire.instruments import InstrumentForm
from lonja.modules.marketdata.api import BARS

INDEX_CANDLES_MAX: Final = 100
INDEX_BARS: Final = tuple(name for name in BARS if name != "1s")
"""Of prices that are set, not traded, there are no candles of a second."""
MARKED: Final = (None, InstrumentType.SPOT, InstrumentType.MARGIN)
"""Types under which the mark prices of spot pairs are found."""
HOUSE: Final = "lonja"


async def index_tickers(call: Call, request: asked.IndexTickers) -> Rows:
    """Index prices: one, or all with a quote currency."""
    if not (request.quote_currency or request.instrument_id):
        raise refusal("50015", "quoteCcy", "instId")
    if request.instrument_id:
        forms = [instrument_named(call.services, request.instrument_id)]
    else:
        forms = spot_listed(call.services)
    return _index_rows(call.services, [form for form in forms if request.quote_currency in ("", form.quote.name)])


def _index_rows(services: Services, forms: Sequence[InstrumentForm]) -> Rows:
    kept, market_data = services.long_lists.index_tickers, services.market_data
    rows, now_ms = Rows(), services.engine.now_ms()
    for form in forms:
        code = form.code
        mark = market_data.index_mark(code)
        row: object = kept.find(code, mark, now_ms)
        if row is None:
            ticker = market_data.index_ticker(code)
            if ticker is None:
                continue
            until_ms = market_data.index_until(code)
            row = kept.keep(code, mark, now_ms, until_ms, wire.index_ticker_row(form, ticker))
        rows.append(row)
    return rows


async def mark_prices(call: Call, request: asked.MarkPrices) -> Rows:
    """Mark prices: of one instrument, or of all of a type."""
    wanted = instrument_type(request.instrument_type)
    if request.instrument_id:
        forms = [instrument_named(call.services, request.instrument_id)]
    else:
        forms = spot_listed(call.services)
    if wanted not in MARKED or request.instrument_family or request.uly:
        return []
    return _mark_rows(call.services, forms)


def _mark_rows(services: Services, forms: Sequence[InstrumentForm]) -> Rows:
    kept, index_price = services.long_lists.mark_prices, services.market_data.index_price
    now_ms = services.engine.now_ms()
    rows: Rows = []
    time_text = b"%d" % now_ms
    for form in forms:
        code = form.code
        price = index_price(code)
        if not price:
            continue
        if not kept.is_kept(code, price):
            kept.keep(code, price, wire.mark_price_row(form, price, now_ms))
        rows.append(kept.dated(code, time_text))
    return rows


async def index_candles(call: Call, request: asked.IndexCandles) -> Rows:
    """Candles of an index, newest first, the running one included."""
    return await _candles(call, request)


async def mark_price_candles(call: Call, request: asked.IndexCandles) -> Rows:
    """Candles of a mark price, newest first, the running one included."""
    return await _candles(call, request)


async def _candles(call: Call, request: asked.IndexCandles) -> Rows:
    form = instrument_named(call.services, request.instrument_id)
    bar = one_of(request.bar or BAR_DEFAULT, "bar", INDEX_BARS)
    rows = await call.services.market_data.older_index_candles(
        form.code,
        bar,
        optional_id(request.after, "after"),
        optional_id(request.before, "before"),
        market_limit(request.limit, INDEX_CANDLES_MAX),
    )
    return [wire.index_candle_row(form, candle) for candle in rows]


async def index_components(call: Call, request: asked.IndexComponents) -> Rows:
    """Of what an index price is made: it has one source, the exchange itself."""
    form = call.services.catalogue.find(request.index)
    ticker = None if form is None else call.services.market_data.index_ticker(form.code)
    if form is None or ticker is None:
        raise refusal("51000", "index")
    return [statistics.index_components_row(form, ticker.price, ticker.time_ms, HOUSE)]
