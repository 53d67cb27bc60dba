"""Market data beside books and tickers: short books, past trades, volumes and rates of the whole exchange."""

from typing import Final

from lonja.edge.errors import refusal
from lonja.edge.rest.calls import Call, instrument_named, market_limit, optional_id
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import BOOK_DEPTH_MAX, Rows
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import market as wire
from lonja.edge.wire import requests, statistics
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire.instruments import TRADE_ID_BASE, CurrencyForm
from lonja.edge.wire.numbers import integer
from lonja.primitives.money import INT_MAX

LITE_DEPTH: Final = 25
TRADES_MAX: Final = 100
BY_ID, BY_TIME = "1", "2"


async def lite_book(call: Call, request: requests.OneInstrument) -> Rows:
    """The best 25 levels of both sides."""
    form = instrument_named(call.services, request.instrument_id)
    found = call.services.market_data.book(form.code)
    row = wire.book_row(form, found, LITE_DEPTH, call.services.engine.now_ms())
    return [{name: row[name] for name in wire.LITE_BOOK_ROW}]


async def improved_book(call: Call, request: requests.Book) -> Rows:
    """The best levels of both sides and what of them is no retail price improvement: all of it."""
    form = instrument_named(call.services, request.instrument_id)
    depth = integer(request.depth, "sz", 1, BOOK_DEPTH_MAX, 1)
    found = call.services.market_data.book(form.code)
    return [wire.improved_book_row(form, found, depth, call.services.engine.now_ms())]


async def binary_book(call: Call, request: asked.BinaryBook) -> Rows:
    """The book in a binary encoding: not offered yet."""
    if call.services.catalogue.find_wire_code(integer(request.instrument_code, "instIdCode", 0, INT_MAX, 0)) is None:
        raise refusal("51001")
    one_of(request.source, "source", ("0",))
    raise refusal("50062", "Binary market data")


async def trade_history(call: Call, request: asked.TradeHistory) -> Rows:
    """The last 16,000 trades, newest first, each match a row; a page begins at a trade id or at a time."""
    form = instrument_named(call.services, request.instrument_id)
    by_time = one_of(request.paging or BY_ID, "type", (BY_ID, BY_TIME)) == BY_TIME
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = market_limit(request.limit, TRADES_MAX)
    older = INT_MAX if after is None else after
    found = await call.services.market_data.older_trades(
        form.code,
        after_id=INT_MAX if by_time else older - TRADE_ID_BASE,
        before_id=-1 if before is None else before - TRADE_ID_BASE,
        end_ms=older - 1 if by_time else INT_MAX,
        limit=limit,
    )
    return [wire.single_trade_row(form, trade) for trade in found]


async def platform_volume(call: Call, _: requests.Request) -> Rows:
    """What was traded on the whole exchange in 24 hours, in USD and CNY."""
    services, volumes = call.services, dict[CurrencyForm, int]()
    for form in services.catalogue.instruments():
        volumes[form.settle] = volumes.get(form.settle, 0) + services.market_data.quote_volume(form.code)
    worth = account_wire.Valuation(services.catalogue, services.engine.views)
    total = sum(worth.usd(paid, volume) for paid, volume in volumes.items())
    return [statistics.platform_volume_row(total, account_wire.USD_SCALE, services.engine.now_ms())]


async def exchange_rate(_: Call, __: requests.Request) -> Rows:
    """The rate of dollar and yuan, which never changes here."""
    return [{"usdCny": statistics.USD_CNY}]
