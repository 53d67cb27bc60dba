"""Trading statistics and announcements: who is told what takers did, and that of options and loans there is nothing.

Why here: what takers did is added up from bars in memory; what was held over time is in ``standings``.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from lonja.edge.rest.calls import Call, instrument_named, market_limit, optional_id
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.rest.standings import (
    CONTRACT_PERIODS,
    CONTRACT_ROWS_MAX,
    PERIOD_DEFAULT,
    PERIODS,
    REACH_MS,
    check_currency,
    window_of,
)
from lonja.edge.wire import requests
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire import statistics as wire
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import integer
from lonja.modules.marketdata.api import BARS, Bar

SPOT, CONTRACTS = "SPOT", "CONTRACTS"
OPTION_PERIODS: Final = ("", "8H", "1D")
BASE_UNIT, CONTRACTS_UNIT, QUOTE_UNIT = "0", "1", "2"
UNITS: Final = ("", BASE_UNIT, CONTRACTS_UNIT, QUOTE_UNIT)
DAY_DIGITS_MAX: Final = 99_999_999
PAGE_MAX: Final = 9_999


async def support_currencies(call: Call, _: requests.Request) -> Rows:
    """Currencies that there are trading statistics of."""
    forms = call.services.catalogue.instruments()
    spot, contracts = ({form.base.name for form in forms if form.is_contract is kind} for kind in (False, True))
    return [{"contract": sorted(contracts), "option": [], "spot": sorted(spot)}]


async def taker_volume(call: Call, request: asked.TakerVolume) -> Rows:
    """What takers sold and bought of a currency, on spot or as contracts on it, newest first."""
    services, market_data = call.services, call.services.market_data
    check_currency(call, request.currency)
    one_of(request.instrument_type, "instType", (SPOT, CONTRACTS))
    window = window_of(call, request)
    bar, end = window.bar, window.end_ms
    oldest = services.engine.now_ms() - REACH_MS[bar.name]
    if request.instrument_type == CONTRACTS:
        counted = [_base_counted(call, form, bar, oldest, end) for form in window.forms]
    else:
        every = services.catalogue.instruments()
        forms = [form for form in every if form.base.name == request.currency and not form.is_contract]
        counted = [
            wire.sizes_counted(form, market_data.taker_volumes(form.code, bar.name, oldest, end)) for form in forms
        ]
    return wire.TakerSums(counted).rows(bar, window.begin_ms, end)


def _base_counted(call: Call, form: InstrumentForm, bar: Bar, begin_ms: int, end_ms: int) -> wire.Counted:
    market_data = call.services.market_data
    bars = market_data.taker_volumes(form.code, bar.name, begin_ms, end_ms)
    # What an inverse contract is in coins, its price tells.
    count = (end_ms - begin_ms) // bar.length_ms + 1 if form.is_inverse else 0
    candles = market_data.candles(form.code, bar.name, after_ms=end_ms + 1, limit=count) if count else []
    return wire.values_counted(form, bars, candles, in_quote=False)


def of_currency(summary: str) -> Callable[[Call, asked.OfCurrency], Awaitable[Rows]]:
    """An empty list for a currency that exists."""

    async def handler(call: Call, request: asked.OfCurrency) -> Rows:
        check_currency(call, request.currency)
        one_of(request.period, "period", PERIODS)
        optional_id(request.begin, "begin")
        optional_id(request.end, "end")
        return []

    handler.__doc__ = summary
    return handler


def of_options(summary: str) -> Callable[[Call, asked.OptionsOfCurrency], Awaitable[Rows]]:
    """An empty list for a currency that exists."""

    async def handler(call: Call, request: asked.OptionsOfCurrency) -> Rows:
        check_currency(call, request.currency)
        one_of(request.period, "period", OPTION_PERIODS)
        return []

    handler.__doc__ = summary
    return handler


async def of_strikes(call: Call, request: asked.StrikesOfCurrency) -> Rows:
    """Open interest and volume of options by their strike price: there are none."""
    check_currency(call, request.currency)
    integer(request.expiry, "expTime", 0, DAY_DIGITS_MAX, 0)
    one_of(request.period, "period", OPTION_PERIODS)
    return []


async def contract_taker_volume(call: Call, request: asked.ContractVolume) -> Rows:
    """What takers sold and bought of a contract in coins, contracts or money, newest first."""
    form, market_data = instrument_named(call.services, request.instrument_id), call.services.market_data
    bar = BARS[one_of(request.period, "period", CONTRACT_PERIODS) or PERIOD_DEFAULT]
    unit = one_of(request.unit, "unit", UNITS) or CONTRACTS_UNIT
    begin, end = optional_id(request.begin, "begin") or 0, optional_id(request.end, "end")
    limit, now_ms = market_limit(request.limit, CONTRACT_ROWS_MAX), call.services.engine.now_ms()
    if not form.is_contract:
        return []
    end = now_ms if end is None else min(end, now_ms)
    bars = market_data.taker_volumes(form.code, bar.name, 0, end)
    if unit == CONTRACTS_UNIT:
        counted = wire.sizes_counted(form, bars)
    else:
        candles = market_data.candles(form.code, bar.name, after_ms=end + 1, limit=limit)
        counted = wire.values_counted(form, bars, candles, in_quote=unit == QUOTE_UNIT)
    return wire.TakerSums([counted]).rows(bar, begin, end)[:limit]


async def announcements(_: Call, request: asked.Announcements) -> Rows:
    """Announcements: none; maintenance is told by the system status."""
    one_of(request.announcement_type, "annType", ("", *wire.ANNOUNCEMENT_TYPES))
    integer(request.page, "page", 1, PAGE_MAX, 1)
    return [{"totalPage": "0", "details": []}]


async def announcement_types(_: Call, __: requests.Request) -> Rows:
    """Kinds of announcements."""
    return wire.announcement_type_rows()
