"""Questions about an account."""

from lonja.core.kinds import InstrumentType, Ledger
from lonja.edge.rest.calls import (
    PrivateCall,
    instrument_named,
    instrument_type,
    names_of,
)
from lonja.edge.rest.public import Rows, listed
from lonja.edge.wire import account as wire
from lonja.edge.wire import requests
from lonja.edge.wire.collateral import account_row
from lonja.edge.wire.instruments import fee_group_id


async def config(call: PrivateCall, _: requests.Request) -> Rows:
    """Settings of the account and of the key that asks."""
    views = call.services.engine.views
    view = views.account(call.account)
    if view is None:
        return []
    borrows = views.collateral(call.account).auto_borrow == 1
    return [wire.config_row(view, call.session.key, borrows=borrows)]


async def balance(call: PrivateCall, request: requests.Currencies) -> Rows:
    """The trading account, one detail for each currency that is not zero."""
    return balance_rows(call, call.account, request.currencies)


def balance_rows(call: PrivateCall, account: int, currencies: str) -> Rows:
    """What is in the trading account of ``account``: ``currencies``, or all it has."""
    views = call.services.engine.views
    wanted = names_of(currencies, "ccy")
    return [account_row(call.services.catalogue, views, account, call.services.engine.now_ms(), wanted)]


async def instruments(call: PrivateCall, request: requests.Instruments) -> Rows:
    """Instruments that the account may trade."""
    return [form.account_row(view, request.instrument_type) for form, view in listed(call.services, request)]


async def trade_fee(call: PrivateCall, request: requests.Fees) -> Rows:
    """Fee rates of the account, per group of instruments; of contracts those settled in their base currency apart."""
    services = call.services
    kind = instrument_type(request.instrument_type)
    if request.instrument_id:
        instrument_named(services, request.instrument_id)
    asked = requests.Instruments(
        instrument_type=request.instrument_type,
        instrument_id=request.instrument_id,
        instrument_family=request.instrument_family,
        uly=request.uly,
    )
    views = services.engine.views
    groups: dict[tuple[int, bool], wire.FeeGroup] = {}
    delivery_ppm = 0
    # Trading with borrowed money costs what spot costs.
    for form, view in listed(services, asked):
        key = view.fee_group, form.is_inverse
        if request.group_id in ("", fee_group_id(view.fee_group)) and key not in groups:
            rates = views.fee_rates(call.account, view.instrument)
            groups[key] = wire.FeeGroup(view.fee_group, form.is_contract and not form.is_inverse, rates)
            if kind == InstrumentType.FUTURES:
                delivery_ppm = services.conductor.delivery_fee_ppm(form.underlying)
    account = views.account(call.account)
    tier = account.fee_tier if account is not None else 0
    found = [groups[key] for key in sorted(groups)]
    return [wire.fee_row(request.instrument_type, tier, found, delivery_ppm, services.engine.now_ms())]


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
