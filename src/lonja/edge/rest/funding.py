"""Funding of perpetual contracts: what is expected, what was paid, and the premiums that it follows from.

Why here: a boundary of funding is named by its time, while what was settled is kept by when that happened, which after a
restart may be later; so both are brought together in one place.
"""

import asyncio
from typing import Final

from lonja.core.kinds import InstrumentType
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import Call, instrument_named, instruments_listed, market_limit, optional_id
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import contract_past, requests
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire.contract_rows import funding_rate_row
from lonja.edge.wire.instruments import InstrumentForm
from lonja.modules.pricing.api import FUNDING
from lonja.primitives.money import INT_MAX

EVERYTHING: Final = "ANY"
PAST_MAX: Final = 400
PREMIUMS_MAX: Final = 100


def perpetual_named(services: Services, name: str) -> InstrumentForm:
    """The perpetual contract called ``name``. Raises ``EdgeError`` 51001: there is no other funding."""
    form = instrument_named(services, name)
    if not form.is_contract or form.expiry_ms:
        raise refusal("51001")
    return form


async def funding_rate(call: Call, request: requests.OneInstrument) -> Rows:
    """The funding rate of a perpetual contract that is expected next, or with ANY of all; of others there is none (51001)."""
    services = call.services
    if request.instrument_id == EVERYTHING:
        forms = instruments_listed(services, InstrumentType.SWAP)
    else:
        forms = [perpetual_named(services, request.instrument_id)]
    found = [(form, services.conductor.funding(form.code)) for form in forms]
    return [funding_rate_row(form, funding) for form, funding in found if funding is not None]


async def funding_history(call: Call, request: asked.OfInstrumentPaged) -> Rows:
    """What funding of a perpetual contract was settled at, newest first."""
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = market_limit(request.limit, PAST_MAX)
    services, form = call.services, perpetual_named(call.services, request.instrument_id)
    boundaries = services.conductor.funding_boundaries
    # A boundary before ``after`` was settled before the boundary at or after it; one after ``before`` not before that.
    end_ms = boundaries(form.underlying, max(after, 1) - 1)[1] if after is not None else INT_MAX
    begin_ms = boundaries(form.underlying, before)[1] - 1 if before is not None else -1
    found = await asyncio.to_thread(
        services.price_records.history, FUNDING, form.code, before_ms=end_ms, after_ms=begin_ms, limit=limit
    )
    rows, last_ms = Rows(), INT_MAX
    for settled in found:
        boundary_ms = boundaries(form.underlying, settled.time_ms)[0]
        if boundary_ms >= last_ms:
            # Settled late, together with the one after it.
            boundary_ms = boundaries(form.underlying, last_ms - 1)[0]
        last_ms = boundary_ms
        rows.append(contract_past.past_funding_row(form, settled, boundary_ms))
    return rows


async def premium_history(call: Call, request: asked.OfInstrumentPaged) -> Rows:
    """How far a perpetual contract stood from its index in each of the last minutes, newest first."""
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = market_limit(request.limit, PREMIUMS_MAX)
    form = perpetual_named(call.services, request.instrument_id)
    newest, oldest = INT_MAX if after is None else after, -1 if before is None else before
    minutes = [one for one in call.services.conductor.premiums(form.code) if oldest < one.time_ms < newest]
    return [contract_past.premium_row(form, one) for one in minutes[:limit]]


async def settlement_time(call: Call, request: requests.OneInstrument) -> Rows:
    """When and at which price a contract is settled next: profits are settled when positions close, so never."""
    instrument_named(call.services, request.instrument_id)
    return []


async def settlements(_: Call, request: asked.OfFamilyPaged) -> Rows:
    """Prices at which contracts were settled before their end: none."""
    optional_id(request.after, "after")
    optional_id(request.before, "before")
    market_limit(request.limit, PREMIUMS_MAX)
    return []
