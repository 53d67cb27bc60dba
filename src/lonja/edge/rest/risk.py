"""What became of positions that lost too much: liquidations, and the Security Funds that stand behind them.

Why here: both are public, so that anybody can see on a bad day who paid for what. Invariant: nobody's account is named.
"""

import asyncio
from typing import Final

from lonja.core.kinds import MarginMode
from lonja.core.views import FamilyView
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import Call, catch_up, market_limit, of_family, optional_id
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.contract_terms import WITH_MARGIN, families_named
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import contract_past as wire
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire.instruments import MARGIN
from lonja.edge.wire.units import CurrencyForm
from lonja.modules.pricing.api import DELEVERAGED, FundChange
from lonja.primitives.instant import DAY_MS, HOUR_MS
from lonja.primitives.money import INT_MAX

PAGE_MAX: Final = 100
FUND_KINDS: Final = ("", wire.REGULAR, *wire.FUND_KINDS.values())
LIQUIDATION_STATES: Final = ("", "filled", "unfilled")
KEPT_MS: Final = 7 * DAY_MS
PEAK_MS: Final = 8 * HOUR_MS


async def liquidations(call: Call, request: asked.Liquidations) -> Rows:
    """Positions that were liquidated in the last week, newest first."""
    services, kind = call.services, one_of(request.instrument_type, "instType", WITH_MARGIN)
    mode = one_of(request.margin_mode, "mgnMode", ("", *MARGIN_MODES))
    state = one_of(request.state, "state", LIQUIDATION_STATES)
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = market_limit(request.limit, PAGE_MAX)
    if kind == MARGIN:
        return [] if state == "unfilled" else await _liquidated_pairs(call, request, after, before, limit)
    codes = [
        form.code
        for form in services.catalogue.instruments()
        if form.instrument_type == kind
        and request.instrument_id in ("", form.instrument_id)
        and request.currency in ("", form.settle.name)
        and of_family(form, request.instrument_family, request.uly)
    ]
    # What is liquidated is taken over at once, so nothing waits.
    if state == "unfilled" or not codes:
        return []
    found = await asyncio.to_thread(
        services.price_records.liquidations,
        codes,
        MarginMode[mode.upper()] if mode else None,
        before_ms=after,
        after_ms=-1 if before is None else before,
        limit=limit,
    )
    return wire.liquidation_rows(services.catalogue, found)


async def _liquidated_pairs(
    call: Call, request: asked.Liquidations, after: int | None, before: int | None, limit: int
) -> Rows:
    """Of positions in pairs; ``ccy`` is what was held: the base of long ones, the quote of short ones."""
    services, now_ms = call.services, call.services.engine.now_ms()
    forms = [
        form
        for form in services.catalogue.instruments()
        if not form.is_contract
        and request.instrument_id in ("", form.instrument_id)
        and of_family(form, request.instrument_family, request.uly)
    ]
    await catch_up(services)
    found = await services.history.liquidated_pairs(
        [form.code for form in forms if request.currency in ("", form.base.name)],
        [form.code for form in forms if request.currency in ("", form.quote.name)],
        MarginMode[request.margin_mode.upper()] if request.margin_mode else None,
        begin_ms=max(now_ms - KEPT_MS, 0 if before is None else before + 1),
        end_ms=None if after is None else after - 1,
        limit=limit,
    )
    return wire.pair_liquidation_rows(services.catalogue, found)


async def insurance_fund(call: Call, request: asked.InsuranceFund) -> Rows:
    """The Security Fund of a family of contracts: what it has, and how it came to that in the last week."""
    kind = one_of(request.instrument_type, "instType", WITH_MARGIN)
    one_of(request.kind, "type", FUND_KINDS)
    if request.currency and call.services.catalogue.find_currency(request.currency) is None:
        raise refusal("51012")
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    page = (
        INT_MAX if after is None else after,
        -1 if before is None else before,
        market_limit(request.limit, PAGE_MAX),
    )
    if kind == "MARGIN":
        return []
    names = {name for name in (request.instrument_family, request.uly) if name}
    if not names:
        raise refusal("50015", "instFamily", "uly")
    families = families_named(call.services, kind, names)
    return [await _fund(call.services, kind, family, request.kind, page) for family in families]


async def _fund(services: Services, kind: str, family: FamilyView, wanted: str, page: tuple[int, int, int]) -> object:
    currency = services.catalogue.currency(family.settle)
    worth = account_wire.Valuation(services.catalogue, services.engine.views)
    total = account_wire.usd_text(worth.usd(currency, family.fund_balance))
    now_ms = services.engine.now_ms()
    details = await asyncio.to_thread(_details, services, family.family, currency, wanted, page, now_ms)
    return wire.fund_row(kind, family.name, total, details)


def _details(  # one question about one fund
    services: Services, family: int, currency: CurrencyForm, wanted: str, page: tuple[int, int, int], now_ms: int
) -> list[dict[str, object]]:
    """The balance at each full hour and each change, newest first; blocking."""
    records, (end_ms, begin_ms, limit) = services.price_records, page
    dated: list[tuple[int, dict[str, object]]] = []
    if wanted in ("", wire.REGULAR):
        newest = min(now_ms, end_ms - 1)
        hours = range(newest - newest % HOUR_MS, max(begin_ms, now_ms - KEPT_MS), -HOUR_MS)[:limit]
        balances = records.fund_balances(family, hours[0], HOUR_MS, len(hours)) if hours else []
        dated += [(one.time_ms, wire.balance_detail(currency, one)) for one in balances]
    kinds = [kind for kind, name in wire.FUND_KINDS.items() if wanted in ("", name)]
    changes = records.fund_changes(family, kinds, before_ms=end_ms, after_ms=begin_ms, limit=limit)
    dated += zip((change.time_ms for change in changes), _change_details(services, currency, changes), strict=True)
    dated.sort(key=lambda one: one[0], reverse=True)
    return [detail for _, detail in dated[:limit]]


def _change_details(services: Services, currency: CurrencyForm, changes: list[FundChange]) -> list[dict[str, object]]:
    last_resorts = [change for change in changes if change.kind == DELEVERAGED]
    peaks = dict(zip(last_resorts, services.price_records.fund_peaks(last_resorts, PEAK_MS), strict=True))
    return [
        wire.deleveraging_detail(currency, change, peaks[change])
        if change in peaks
        else wire.change_detail(currency, change)
        for change in changes
    ]
