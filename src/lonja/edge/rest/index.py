"""Index prices and mark prices: now, over 24 hours, as candles.

Why here: of spot both are read from one series, so that they can not differ. An index is asked for by its name, which
need not be that of a spot pair; a mark price by its instrument. What has no price yet has no row.
"""

from collections.abc import Sequence
from typing import Final

from lonja.core.kinds import InstrumentType
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import (
    Call,
    instrument_named,
    instrument_type,
    instruments_listed,
    market_limit,
    of_family,
    optional_id,
)
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import BAR_DEFAULT, Rows
from lonja.edge.services import Services
from lonja.edge.wire import index as wire
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire import statistics
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, InstrumentForm
from lonja.modules.marketdata.api import BARS

INDEX_CANDLES_MAX: Final = 100
INDEX_BARS: Final = tuple(name for name in BARS if name != "1s")
"""Of prices that are set, not traded, there are no candles of a second."""
MARKED: Final[dict[InstrumentType | None, tuple[InstrumentType, ...]]] = {
    None: (InstrumentType.SPOT, InstrumentType.SWAP, InstrumentType.FUTURES),
    InstrumentType.SPOT: (InstrumentType.SPOT,),
    InstrumentType.MARGIN: (InstrumentType.SPOT,),
    InstrumentType.SWAP: (InstrumentType.SWAP,),
    InstrumentType.FUTURES: (InstrumentType.FUTURES,),
    InstrumentType.OPTION: (),
}
"""Which instruments have the mark prices of a type: those of spot pairs are found as margin, too."""
HOUSE: Final = "lonja"


async def index_tickers(call: Call, request: asked.IndexTickers) -> Rows:
    """Index prices: one, or all with a quote currency."""
    services, wanted = call.services, request.quote_currency
    if not (wanted or request.instrument_id):
        raise refusal("50015", "quoteCcy", "instId")
    if request.instrument_id:
        forms = [index_named(services, request.instrument_id)]
    else:
        forms = [form for form in _all_indices(services) if not services.market_data.is_delisted(form.code)]
    return _index_rows(services, [form for form in forms if wanted in ("", form.quote.name)])


def index_named(services: Services, name: str) -> InstrumentForm:
    """The instrument that tells the index called ``name``. Raises ``EdgeError`` 51001."""
    code = services.market_data.index_source(name)
    if code is None:
        raise refusal("51001")
    return services.catalogue.at(code)


def _all_indices(services: Services) -> list[InstrumentForm]:
    market_data = services.market_data
    codes = [market_data.index_source(name) for name in market_data.index_names()]
    return [services.catalogue.at(code) for code in codes if code is not None]


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
    types = MARKED[instrument_type(request.instrument_type)]
    if request.instrument_id:
        names = {INSTRUMENT_TYPES[kind] for kind in types}
        named = instrument_named(call.services, request.instrument_id)
        forms = [named] if named.instrument_type in names else []
    else:
        forms = instruments_listed(call.services, *types)
    found = [form for form in forms if of_family(form, request.instrument_family, request.uly)]
    return _mark_rows(call.services, found)


def _mark_rows(services: Services, forms: Sequence[InstrumentForm]) -> Rows:
    kept, mark_price = services.long_lists.mark_prices, services.market_data.mark_price
    now_ms = services.engine.now_ms()
    rows: Rows = []
    time_text = b"%d" % now_ms
    for form in forms:
        code = form.code
        price = mark_price(code)
        if not price:
            continue
        if not kept.is_kept(code, price):
            kept.keep(code, price, wire.mark_price_row(form, price, now_ms))
        rows.append(kept.dated(code, time_text))
    return rows


async def index_candles(call: Call, request: asked.IndexCandles) -> Rows:
    """Candles of an index, newest first, the running one included."""
    form = index_named(call.services, request.instrument_id)
    rows = await call.services.market_data.older_index_candles(form.code, *_page(request))
    return [wire.index_candle_row(form, candle) for candle in rows]


async def mark_price_candles(call: Call, request: asked.IndexCandles) -> Rows:
    """Candles of a mark price, newest first, the running one included."""
    form = instrument_named(call.services, request.instrument_id)
    rows = await call.services.market_data.older_mark_candles(form.code, *_page(request))
    return [wire.index_candle_row(form, candle) for candle in rows]


def _page(request: asked.IndexCandles) -> tuple[str, int | None, int | None, int]:
    """Bar, end, begin and number of rows. Raises ``EdgeError`` 51000."""
    return (
        one_of(request.bar or BAR_DEFAULT, "bar", INDEX_BARS),
        optional_id(request.after, "after"),
        optional_id(request.before, "before"),
        market_limit(request.limit, INDEX_CANDLES_MAX),
    )


async def index_components(call: Call, request: asked.IndexComponents) -> Rows:
    """Of what an index price is made: of other exchanges where contracts follow it, else of the exchange itself."""
    services = call.services
    code = services.market_data.index_source(request.index)
    ticker = None if code is None else services.market_data.index_ticker(code)
    if code is None or ticker is None:
        raise refusal("51000", "index")
    form = services.catalogue.at(code)
    parts = services.conductor.board.parts(request.index, services.engine.now_ms()) if form.is_contract else []
    return [statistics.index_components_row(form, ticker, parts, HOUSE)]
