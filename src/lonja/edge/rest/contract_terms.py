"""What contracts are and how much of them is held: underlyings, tiers, open interest, deliveries, other units.

Why here: all of it is read from the engine's present state, by family.
"""

import asyncio
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from lonja.core.views import FamilyView
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import (
    CONTRACTS,
    Call,
    instrument_named,
    instruments_listed,
    market_limit,
    of_family,
    optional_id,
)
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import contract_past, contract_sizes, margin_rows, requests
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire.contract_rows import estimated_price_row, open_interest_row
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, MARGIN, InstrumentForm
from lonja.edge.wire.numbers import DIGITS_MAX, integer, scaled_floor
from lonja.modules.pricing.api import DELIVERY

DERIVATIVES: Final = ("SWAP", "FUTURES", "OPTION")
ISOLATED: Final = MARGIN_MODES[1]
WITH_MARGIN: Final = (MARGIN, *DERIVATIVES)
TIER_MAX: Final = 999
FAMILIES_MAX: Final = 5
DELIVERIES_MAX: Final = 400
PAGE_MAX: Final = 100
TO_CONTRACTS, TO_AMOUNT = "1", "2"
BASE, QUOTE = "coin", "usds"
OPEN, CLOSE = "open", "close"


def contracts_of(services: Services, instrument_type: str) -> list[InstrumentForm]:
    """Listed contracts of a type; of options there are none."""
    kinds = [kind for kind in CONTRACTS if INSTRUMENT_TYPES[kind] == instrument_type]
    return instruments_listed(services, *kinds)


async def underlying(call: Call, request: asked.OfType) -> Rows:
    """Names of what contracts of a type follow, in one list."""
    kind = one_of(request.instrument_type, "instType", DERIVATIVES)
    return [sorted({form.underlying for form in contracts_of(call.services, kind)})]


async def open_interest(call: Call, request: asked.OfType) -> Rows:
    """How much of contracts is held, each lot counted once."""
    kind, views = one_of(request.instrument_type, "instType", DERIVATIVES), call.services.engine.views
    rows, now_ms = Rows(), call.services.engine.now_ms()
    for form in contracts_of(call.services, kind):
        contract = views.contract(form.code)
        is_wanted = request.instrument_id in ("", form.instrument_id)
        if is_wanted and contract is not None and of_family(form, request.instrument_family, request.uly):
            rows.append(open_interest_row(form, contract, now_ms))
    return rows


async def estimated_price(call: Call, request: requests.OneInstrument) -> Rows:
    """At which price a dated contract is going to be delivered, once its last minutes have begun."""
    form = instrument_named(call.services, request.instrument_id)
    estimate = call.services.conductor.delivery_estimate(form.code)
    return [] if estimate is None else [estimated_price_row(form, estimate)]


async def deliveries(call: Call, request: asked.Deliveries) -> Rows:
    """Prices at which dated contracts were delivered, newest first; of options none."""
    services, kind = call.services, one_of(request.instrument_type, "instType", ("FUTURES", "OPTION"))
    if not (request.instrument_family or request.uly):
        raise refusal("50015", "instFamily", "uly")
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = market_limit(request.limit, PAGE_MAX)
    codes = [
        form.code
        for form in services.catalogue.instruments()
        if form.instrument_type == kind
        and of_family(form, request.instrument_family, request.uly)
        and (after is None or form.expiry_ms < after)
        and (before is None or form.expiry_ms > before)
    ]
    found = await asyncio.to_thread(services.price_records.history, DELIVERY, *codes, limit=DELIVERIES_MAX)
    return contract_past.delivery_rows(services.catalogue, found)[:limit]


async def position_tiers(call: Call, request: asked.PositionTiers) -> Rows:
    """Steps of the size of positions, with their margin rates and leverage; of margin, steps of what is borrowed."""
    kind = one_of(request.instrument_type, "instType", WITH_MARGIN)
    mode = one_of(request.trade_mode, "tdMode", MARGIN_MODES)
    names = [name for name in request.instrument_id.split(",") if name]
    named = [instrument_named(call.services, name) for name in names]
    if request.currency and call.services.catalogue.find_currency(request.currency) is None:
        raise refusal("51012")
    wanted = str(integer(request.tier, "tier", 1, TIER_MAX, 1)) if request.tier else ""
    if kind == MARGIN:
        return [row for row in _loan_tiers(call.services, mode, named, request.currency) if wanted in ("", row["tier"])]
    families = {part for part in f"{request.instrument_family},{request.uly}".split(",") if part}
    families |= {form.family_name for form in named}
    if not families:
        raise refusal("50015", "instFamily", "uly")
    if len(families) > FAMILIES_MAX:
        raise refusal("50025", "instFamily", FAMILIES_MAX)
    return [row for row in _tiers(call.services, kind, families) if wanted in ("", row["tier"])]


def _loan_tiers(
    services: Services, mode: str, pairs: Sequence[InstrumentForm], currency: str
) -> list[dict[str, object]]:
    """Steps of debts of pairs; of none but a currency, how it is borrowed across all pairs.

    Raises ``EdgeError`` 50015 or 50025.
    """
    views = services.engine.views
    if pairs:
        if len(pairs) > FAMILIES_MAX:
            raise refusal("50025", "instId", FAMILIES_MAX)
        is_isolated = mode == ISOLATED
        return [
            row
            for form in pairs
            if not form.is_contract
            for row in margin_rows.pair_tier_rows(form, views.margin_tiers(form.code), is_isolated=is_isolated)
        ]
    form = services.catalogue.find_currency(currency)
    if form is None:
        raise refusal("50015", "instId", "ccy")
    return margin_rows.currency_tier_rows(form, views.currency_terms(form.currency))


def _tiers(services: Services, kind: str, families: set[str]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for family in families_named(services, kind, families):
        forms = (form for form in services.catalogue.instruments() if form.family == family.family)
        form = next(forms, None)
        # Sizes are told in contracts, and what a lot is, the first contract of the family says.
        if form is not None:
            rows += contract_past.tier_rows(form, family.tiers)
    return rows


def families_named(services: Services, kind: str, names: set[str]) -> Sequence[FamilyView]:
    """Families of a type with one of ``names``."""
    every = services.engine.views.families()
    return [one for one in every if INSTRUMENT_TYPES[one.instrument_type] == kind and one.name in names]


async def convert_units(call: Call, request: asked.ConvertUnits) -> Rows:
    """Turn coins or money into contracts, or contracts into coins or money."""
    kind = one_of(request.kind, "type", ("", TO_CONTRACTS, TO_AMOUNT)) or TO_CONTRACTS
    size = _decimal(request.size, "sz")
    price = _decimal(request.price, "px") if request.price else Fraction(0)
    unit = one_of(request.unit, "unit", ("", BASE, QUOTE)) or BASE
    is_opening = one_of(request.operation_type, "opType", ("", OPEN, CLOSE)) == OPEN
    form, in_quote = instrument_named(call.services, request.instrument_id), unit == QUOTE
    if not form.is_contract:
        raise refusal("51000", "instId")
    if not price and contract_sizes.needs_price(form, in_quote=in_quote):
        raise refusal("50014", "px")
    if kind == TO_CONTRACTS:
        found = contract_sizes.contracts_text(form, size, price, in_quote=in_quote, is_opening=is_opening)
    else:
        found = contract_sizes.amount_text(form, size, price, in_quote=in_quote)
    return [contract_sizes.converted_row(form, kind, found, request.price, unit)]


def _decimal(text: str, name: str) -> Fraction:
    found = scaled_floor(text, DIGITS_MAX)
    if found is None:
        raise refusal("51000", name)
    return Fraction(found[0], 10**DIGITS_MAX)
