"""Questions about an account."""

from lonja.core.kinds import InstrumentType, Ledger
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import (
    PrivateCall,
    catch_up,
    instrument_named,
    instrument_type,
    names_of,
    optional_id,
    optional_instrument,
    page_limit,
)
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.public import Rows, listed
from lonja.edge.wire import account as wire
from lonja.edge.wire import requests
from lonja.edge.wire.instruments import fee_group_id
from lonja.modules.history.api import BillRecord
from lonja.primitives.instant import DAY_MS

CONTRACT_TYPES = ("linear", "inverse")
BILLS_SHOWN_MS = 7 * DAY_MS
BILLS_ARCHIVED_MS = 90 * DAY_MS


async def config(call: PrivateCall, _: requests.Request) -> Rows:
    """Settings of the account and of the key that asks."""
    view = call.services.engine.views.account(call.account)
    return [] if view is None else [wire.config_row(view, call.session.key)]


async def balance(call: PrivateCall, request: requests.Currencies) -> Rows:
    """The trading account, one detail for each currency that is not zero."""
    return balance_rows(call, call.account, request.currencies)


def balance_rows(call: PrivateCall, account: int, currencies: str) -> Rows:
    """What is in the trading account of ``account``: ``currencies``, or all it has."""
    views = call.services.engine.views
    wanted = names_of(currencies, "ccy")
    now_ms = call.services.engine.now_ms()
    return [wire.balance_row(call.services.catalogue, views, views.balances(account), now_ms, wanted)]


async def positions(_: PrivateCall, request: requests.Positions) -> Rows:
    """Positions: none, because only spot is traded."""
    instrument_type(request.instrument_type)
    return []


async def instruments(call: PrivateCall, request: requests.Instruments) -> Rows:
    """Instruments that the account may trade."""
    return [form.account_row(view) for form, view in listed(call.services, request)]


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
    if request.margin_mode or request.contract_type:
        # No bill of a spot account belongs to a position or a contract.
        return []
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
            after_id=after,
            before_id=before,
            begin_ms=max(begin or 0, services.engine.now_ms() - shown_ms),
            end_ms=end,
            limit=limit,
        )
    found.sort(key=lambda bill: bill.bill_id, reverse=True)
    return [wire.bill_row(services.catalogue, bill) for bill in found[:limit]]


async def trade_fee(call: PrivateCall, request: requests.Fees) -> Rows:
    """Fee rates of the account, per group of instruments."""
    services = call.services
    kind = instrument_type(request.instrument_type)
    if request.instrument_id:
        instrument_named(services, request.instrument_id)
    asked = requests.Instruments(instrument_type=request.instrument_type, instrument_id=request.instrument_id)
    views = services.engine.views
    groups = {}
    # The margin rows of other houses have the fees of spot; here there are no such instruments.
    if kind == InstrumentType.SPOT:
        for _, view in listed(services, asked):
            if request.group_id in ("", fee_group_id(view.fee_group)) and view.fee_group not in groups:
                groups[view.fee_group] = views.fee_rates(call.account, view.instrument)
    account = views.account(call.account)
    tier = account.fee_tier if account is not None else 0
    return [wire.fee_row(request.instrument_type, tier, sorted(groups.items()), services.engine.now_ms())]


async def currencies(call: PrivateCall, request: requests.Currencies) -> Rows:
    """All currencies."""
    wanted = names_of(request.currencies, "ccy")
    found = call.services.catalogue.currencies()
    return [wire.currency_row(currency) for currency in found if not wanted or currency.name in wanted]


async def funding_balances(call: PrivateCall, request: requests.Currencies) -> Rows:
    """The funding account: each currency that is not zero."""
    return funding_rows(call, call.account, request.currencies)


def funding_rows(call: PrivateCall, account: int, currencies: str) -> Rows:
    """What is in the funding account of ``account``: ``currencies``, or all it has."""
    wanted = names_of(currencies, "ccy")
    rows: Rows = []
    for view in call.services.engine.views.balances(account):
        currency = call.services.catalogue.currency(view.currency)
        if view.ledger == Ledger.FUNDING and view.cash and (not wanted or currency.name in wanted):
            rows.append(wire.funding_row(currency, view))
    return rows
