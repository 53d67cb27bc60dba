"""Open interest of contracts over time, and how many were long and short: facts of this exchange, sampled as they were.

Why here: all of it stands on the samples of statistics, whose grid decides which periods reach how far back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NamedTuple

from lonja.edge.errors import refusal
from lonja.edge.rest.calls import Call, instrument_named, market_limit, optional_id
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire import standings as wire
from lonja.edge.wire.instruments import InstrumentForm
from lonja.modules.marketdata.api import BARS, Bar
from lonja.modules.statistics.api import SAMPLED_MS, STANDINGS_KEPT_MS, Standing
from lonja.primitives.instant import DAY_MS, HOUR_MS

PERIOD_DEFAULT: Final = "5m"
REACH_MS: Final = {"5m": 2 * DAY_MS, "1H": 30 * DAY_MS, "1D": 180 * DAY_MS}
"""How far back the statistics of a currency reach, by their period."""
PERIODS: Final = ("", *REACH_MS)
CONTRACT_PERIODS: Final = ("", *(name for name in BARS if name not in {"1s", "1m", "3m"}))
CONTRACT_ROWS_MAX: Final = 100
CURRENCY_ROWS_MAX: Final = max(reach_ms // BARS[name].length_ms + 1 for name, reach_ms in REACH_MS.items())
"""The most bars that any reach holds."""

ContractRows = Callable[[InstrumentForm, Iterable[tuple[int, Standing]]], list[object]]


class Window(NamedTuple):
    """Bars that open in [begin, end]; their currency's contracts are ``forms``."""

    bar: Bar
    begin_ms: int
    end_ms: int
    forms: Sequence[InstrumentForm]


def of_contract(summary: str, rows_of: ContractRows) -> Callable[[Call, asked.OfContract], Awaitable[Rows]]:
    """What ``rows_of`` makes of the samples of one contract, newest first; of what is no contract nothing is known."""

    async def handler(call: Call, request: asked.OfContract) -> Rows:
        form = instrument_named(call.services, request.instrument_id)
        bar = BARS[one_of(request.period, "period", CONTRACT_PERIODS) or PERIOD_DEFAULT]
        begin, end = optional_id(request.begin, "begin") or 0, optional_id(request.end, "end")
        limit, now_ms = market_limit(request.limit, CONTRACT_ROWS_MAX), call.services.engine.now_ms()
        if not form.is_contract:
            return []
        begin = max(begin, now_ms - STANDINGS_KEPT_MS[_step_ms(bar)])
        end = now_ms if end is None else min(end, now_ms)
        times_ms = wire.moments(bar, begin, min(end, form.expiry_ms or end), limit)
        (samples,) = await _samples(call, [form], bar, times_ms)
        return rows_of(form, wire.at_each(samples, times_ms))

    handler.__doc__ = summary
    return handler


def window_of(call: Call, request: asked.OfCurrency | asked.TakerVolume) -> Window:
    """What is asked for of the contracts on a currency. Raises ``EdgeError`` 51012 or 51000."""
    check_currency(call, request.currency)
    bar = BARS[one_of(request.period, "period", PERIODS) or PERIOD_DEFAULT]
    begin, end = optional_id(request.begin, "begin") or 0, optional_id(request.end, "end")
    now_ms = call.services.engine.now_ms()
    every = call.services.catalogue.instruments()
    forms = [form for form in every if form.base.name == request.currency and form.is_contract]
    return Window(bar, max(begin, now_ms - REACH_MS[bar.name]), now_ms if end is None else min(end, now_ms), forms)


async def account_ratio(call: Call, request: asked.OfCurrency) -> Rows:
    """How many accounts were long to how many were short in contracts on a currency, newest first."""
    window = window_of(call, request)
    times_ms = wire.moments(window.bar, window.begin_ms, window.end_ms, CURRENCY_ROWS_MAX)
    samples = await _samples(call, window.forms, window.bar, times_ms)
    return wire.all_account_rows(samples, times_ms)


async def interest_volume(call: Call, request: asked.OfCurrency) -> Rows:
    """What was held and traded of contracts on a currency in dollars, newest first."""
    window, market_data = window_of(call, request), call.services.market_data
    times_ms = wire.moments(window.bar, window.begin_ms, window.end_ms, CURRENCY_ROWS_MAX)
    if not times_ms:
        return []
    sums = wire.InterestVolume(times_ms)
    for form, samples in zip(window.forms, await _samples(call, window.forms, window.bar, times_ms), strict=True):
        candles = await market_data.older_candles(
            form.code, window.bar.name, after_ms=times_ms[0] + 1, limit=len(times_ms)
        )
        sums.add(form, samples, candles)
    return sums.rows()


def check_currency(call: Call, name: str) -> None:
    """Raise ``EdgeError`` 51012 unless there is a currency called ``name``."""
    if call.services.catalogue.find_currency(name) is None:
        raise refusal("51012")


async def _samples(
    call: Call, forms: Sequence[InstrumentForm], bar: Bar, times_ms: Sequence[int]
) -> list[list[Standing]]:
    """The samples of each of ``forms`` that tell some times, which come newest first; up to when a contract ended."""
    by_form: dict[int, list[Standing]] = {form.code: [] for form in forms}
    if times_ms and forms:
        statistics, now_ms = call.services.statistics, call.services.engine.now_ms()
        found = await asyncio.to_thread(
            statistics.standings, list(by_form), _step_ms(bar), times_ms[-1], times_ms[0], now_ms
        )
        for one in found:
            by_form[one.instrument].append(one)
    return list(by_form.values())


def _step_ms(bar: Bar) -> int:
    """The steps of the samples that tell where bars open."""
    if bar.months or bar.length_ms >= DAY_MS:
        return DAY_MS
    return HOUR_MS if bar.length_ms >= HOUR_MS else SAMPLED_MS
