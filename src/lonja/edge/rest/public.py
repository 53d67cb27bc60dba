"""Public questions: time, instruments, price bands, markets, maintenance."""

from lonja.core.kinds import InstrumentState, InstrumentType
from lonja.core.views import InstrumentView
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import (
    CONTRACTS,
    Call,
    instrument_named,
    instrument_type,
    instruments_listed,
    market_limit,
    of_family,
    optional_id,
)
from lonja.edge.services import Services
from lonja.edge.wire import house_push, market, requests
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import integer
from lonja.modules.marketdata.api import BARS, aggregate

BOOK_DEPTH_MAX = 400
FULL_BOOK_DEPTH_MAX = 5_000
CANDLES_MAX = 300
TRADES_MAX = 500
BAR_DEFAULT = "1m"

Rows = list[object]


async def server_time(call: Call, _: requests.Request) -> Rows:
    """The time of the exchange in milliseconds."""
    return [{"ts": str(call.services.engine.now_ms())}]


async def instruments(call: Call, request: requests.Instruments) -> Rows:
    """Instruments of a type; an empty list for types that are not traded."""
    return [form.public_json(view, request.instrument_type) for form, view in listed(call.services, request)]


def listed(services: Services, request: requests.Instruments) -> list[tuple[InstrumentForm, InstrumentView]]:
    """The listed instruments that ``request`` asks for. Raises ``EdgeError`` 51000 or 51001.

    Those of margin are the pairs that are traded with borrowed money, too.
    """
    wanted = instrument_type(request.instrument_type)
    traded = InstrumentType.SPOT if wanted == InstrumentType.MARGIN else wanted
    if request.instrument_id:
        form = instrument_named(services, request.instrument_id)
        found = [(form, services.engine.views.instrument(form.code))]
    else:
        catalogue = services.catalogue
        catalogue.instruments()
        found = [(catalogue.at(view.instrument), view) for view in services.engine.views.instruments()]
    if wanted in CONTRACTS:
        services.catalogue.families()
    return [
        (form, view)
        for form, view in found
        if view is not None
        and view.instrument_type == traded
        and view.state != InstrumentState.DELISTED
        and (wanted not in CONTRACTS or of_family(form, request.instrument_family, request.uly))
        and (wanted != InstrumentType.MARGIN or form.lever)
    ]


async def price_limit(call: Call, request: requests.OneInstrument) -> Rows:
    """The highest price of buy orders and the lowest of sell orders."""
    form = instrument_named(call.services, request.instrument_id)
    view = call.services.engine.views.instrument(form.code)
    return [] if view is None else [market.price_limit_row(form, view, call.services.engine.now_ms())]


async def tickers(call: Call, request: requests.Tickers) -> Rows:
    """Tickers of all instruments of a type."""
    wanted = instrument_type(request.instrument_type)
    if wanted is None:
        raise refusal("50014", "instType")
    services, rows = call.services, Rows()
    kept, market_data, now_ms = services.long_lists.tickers, services.market_data, services.engine.now_ms()
    for form in instruments_listed(services, wanted):
        if wanted in CONTRACTS and not of_family(form, request.instrument_family, request.uly):
            continue
        code = form.code
        mark = market_data.ticker_mark(code)
        row: object = kept.find(code, mark, now_ms)
        if row is None:
            found = market_data.ticker(code)
            row = market.ticker_row(form, found, now_ms)
            # What never changed is dated now.
            row = kept.keep(code, mark, now_ms, market_data.ticker_until(code), row) if found.time_ms else row
        rows.append(row)
    return rows


async def ticker(call: Call, request: requests.OneInstrument) -> Rows:
    """The ticker of an instrument."""
    form = instrument_named(call.services, request.instrument_id)
    found = call.services.market_data.ticker(form.code)
    return [market.ticker_row(form, found, call.services.engine.now_ms())]


async def book(call: Call, request: requests.Book) -> Rows:
    """The best levels of both sides, as of the last acknowledged order."""
    form = instrument_named(call.services, request.instrument_id)
    depth = integer(request.depth, "sz", 1, BOOK_DEPTH_MAX, 1)
    found = call.services.market_data.book(form.code)
    return [market.book_row(form, found, depth, call.services.engine.now_ms())]


async def full_book(call: Call, request: requests.Book) -> Rows:
    """Many levels of both sides, in three columns."""
    form = instrument_named(call.services, request.instrument_id)
    depth = integer(request.depth, "sz", 1, FULL_BOOK_DEPTH_MAX, 1)
    found = call.services.market_data.book(form.code)
    return [market.full_book_row(form, found, depth, call.services.engine.now_ms())]


async def candles(call: Call, request: requests.Candles) -> Rows:
    """Candles, newest first, the running one included."""
    form = instrument_named(call.services, request.instrument_id)
    bar = request.bar or BAR_DEFAULT
    if bar not in BARS:
        raise refusal("51000", "bar")
    rows = await call.services.market_data.older_candles(
        form.code,
        bar,
        optional_id(request.after, "after"),
        optional_id(request.before, "before"),
        market_limit(request.limit, CANDLES_MAX),
    )
    return [market.candle_row(form, candle) for candle in rows]


async def trades(call: Call, request: requests.Trades) -> Rows:
    """The last trades, newest first; what one taker order did at one price is one row."""
    form = instrument_named(call.services, request.instrument_id)
    limit = market_limit(request.limit, TRADES_MAX)
    found = aggregate(call.services.market_data.trades(form.code, TRADES_MAX))
    return [market.trade_row(form, trade) for trade in found[:limit]]


async def system_status(call: Call, request: requests.SystemStatus) -> Rows:
    """Announced maintenance: what is to come or under way, or what is in the state asked for."""
    if request.state not in ("", *house_push.STATUS_STATES):
        raise refusal("51000", "state")
    wanted = (request.state,) if request.state else house_push.STATUS_AHEAD
    announced = reversed(call.services.maintenance.announced())
    return [house_push.status_row(known) for known in announced if known.state.value in wanted]
