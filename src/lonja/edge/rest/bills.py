"""Questions about what changed an account's balances."""

from typing import Final

from lonja.core.kinds import Ledger
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import (
    PrivateCall,
    catch_up,
    instrument_type,
    optional_id,
    optional_instrument,
    page_limit,
)
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import bills as wire
from lonja.edge.wire import requests, requests_account
from lonja.modules.history.api import BillRecord
from lonja.primitives.instant import DAY_MS

INVERSE: Final = "inverse"
CONTRACT_TYPES: Final = ("linear", INVERSE)
BILLS_SHOWN_MS: Final = 7 * DAY_MS
BILLS_ARCHIVED_MS: Final = 90 * DAY_MS


async def bills(call: PrivateCall, request: requests.Bills) -> Rows:
    """Changes of the trading account's balances in the last 7 days, newest first."""
    return await _bills(call, request, BILLS_SHOWN_MS)


async def bills_archive(call: PrivateCall, request: requests.Bills) -> Rows:
    """Changes of the trading account's balances in the last 3 months, newest first."""
    return await _bills(call, request, BILLS_ARCHIVED_MS)


async def _bills(call: PrivateCall, request: requests.Bills, shown_ms: int) -> Rows:
    services = call.services
    currency = services.catalogue.find_currency(request.currency) if request.currency else None
    if request.currency and currency is None:
        raise refusal("51012")
    limit = page_limit(request.limit)
    wanted_type = instrument_type(request.instrument_type)
    wanted_instrument = optional_instrument(services, request.instrument_id)
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    begin, end = optional_id(request.begin, "begin"), optional_id(request.end, "end")
    optional_id(request.bill_type, "type")
    optional_id(request.bill_subtype, "subType")
    one_of(request.margin_mode, "mgnMode", ("", *MARGIN_MODES))
    one_of(request.contract_type, "ctType", ("", *CONTRACT_TYPES))
    await catch_up(services)
    found: list[BillRecord] = []
    for subkind in wire.bill_subkinds(request.bill_type, request.bill_subtype):
        found += await services.history.bills(
            call.account,
            Ledger.TRADING,
            currency=None if currency is None else currency.currency,
            bill_subkind=subkind,
            instrument=wanted_instrument,
            instrument_type=wanted_type,
            margin_mode=MARGIN_MODES.index(request.margin_mode) if request.margin_mode else None,
            inverse=request.contract_type == INVERSE if request.contract_type else None,
            after_id=after,
            before_id=before,
            begin_ms=max(begin or 0, services.engine.now_ms() - shown_ms),
            end_ms=end,
            limit=limit,
        )
    found.sort(key=lambda bill: bill.bill_id, reverse=True)
    return [wire.bill_row(services.catalogue, bill) for bill in found[:limit]]


async def bill_types(_: PrivateCall, request: requests_account.BillTypes) -> Rows:
    """The types of bills and their subtypes."""
    return [row for row in wire.BILL_TYPES if not request.kinds or row["type"] in request.kinds]
