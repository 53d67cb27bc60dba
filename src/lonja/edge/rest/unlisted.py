"""Public questions about options, loans, blocks, spreads and events, none of which exist yet.

Why here: clients ask them at their start. Parameters are checked first, so that a client learns of its own mistakes;
what can be named does not exist (51001), and lists of what exists are empty.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from lonja.edge.errors import refusal
from lonja.edge.rest.calls import Call, instrument_named, market_limit, optional_id
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.contract_terms import DERIVATIVES
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire.numbers import integer
from lonja.modules.marketdata.api import BARS

ROWS_MAX: Final = 100
OPTION_TYPES: Final = ("", "C", "P")
LEVELS: Final = ("", "1", "2", "3", "4", "5")
MODULES: Final = ("1", "2", "3", "4", "5", "6", "7", "8")
EVENT_STATES: Final = ("", "preopen", "live", "settling", "expired")


def of_type(summary: str, *types: str) -> Callable[[Call, asked.OfType], Awaitable[Rows]]:
    """An empty list for instruments of ``types``."""

    async def handler(_: Call, request: asked.OfType) -> Rows:
        one_of(request.instrument_type, "instType", types)
        return []

    handler.__doc__ = summary
    return handler


def of_instrument(summary: str) -> Callable[[Call, requests.OneInstrument], Awaitable[Rows]]:
    """An empty list for an instrument that exists."""

    async def handler(call: Call, request: requests.OneInstrument) -> Rows:
        instrument_named(call.services, request.instrument_id)
        return []

    handler.__doc__ = summary
    return handler


def nothing(summary: str) -> Callable[[Call, requests.Request], Awaitable[Rows]]:
    """An empty list, whatever is asked."""

    async def handler(_: Call, __: requests.Request) -> Rows:
        return []

    handler.__doc__ = summary
    return handler


def page(request: requests.Paged) -> None:
    """Raise ``EdgeError`` 51000 for what is no page."""
    optional_id(request.after, "after")
    optional_id(request.before, "before")
    market_limit(request.limit, ROWS_MAX)


async def option_summary(_: Call, request: asked.OptionSummary) -> Rows:
    """Greeks and volatilities of options: there are none."""
    if not (request.instrument_family or request.uly):
        raise refusal("50015", "instFamily", "uly")
    integer(request.expiry, "expTime", 0, 999_999, 0)
    return []


async def option_trades(call: Call, request: asked.OptionTrades) -> Rows:
    """The last trades of options: none."""
    if not (request.instrument_id or request.instrument_family):
        raise refusal("50015", "instId", "instFamily")
    if request.instrument_id:
        instrument_named(call.services, request.instrument_id)
    one_of(request.option_type, "optType", OPTION_TYPES)
    return []


async def calendar(_: Call, request: asked.Calendar) -> Rows:
    """Events of the economy: none are known here."""
    one_of(request.importance, "importance", ("", "1", "2", "3"))
    page(request)
    return []


async def data_files(_: Call, request: asked.DataFiles) -> Rows:
    """Files of past market data: none are made; operations with pages have it."""
    one_of(request.module, "module", MODULES)
    one_of(request.instrument_type, "instType", ("SPOT", *DERIVATIVES))
    one_of(request.grouping, "dateAggrType", ("daily", "monthly"))
    optional_id(request.begin, "begin")
    optional_id(request.end, "end")
    return []


async def events(_: Call, request: asked.Events) -> Rows:
    """Events that contracts are about: none."""
    one_of(request.state, "state", EVENT_STATES)
    page(request)
    return []


async def event_markets(_: Call, request: asked.EventMarkets) -> Rows:
    """Contracts about an event: none."""
    one_of(request.state, "state", EVENT_STATES)
    page(request)
    return []


async def spread(_: Call, __: asked.OneSpread) -> Rows:
    """The ticker of a spread: there are none."""
    raise refusal("51000", "sprdId")


async def spread_candles(_: Call, request: asked.SpreadCandles) -> Rows:
    """Candles of a spread: there are none."""
    one_of(request.bar or "1m", "bar", tuple(BARS))
    page(request)
    raise refusal("51000", "sprdId")
