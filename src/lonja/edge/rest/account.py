"""Questions about an account, and moving money between its ledgers."""

from lonja.core.commands import Transfer
from lonja.core.kinds import InstrumentType, Ledger
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.edge.errors import engine_error, refusal, rejection_error
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
from lonja.edge.rest.public import Rows, listed
from lonja.edge.wire import account as wire
from lonja.edge.wire import requests
from lonja.edge.wire.instruments import CurrencyForm, fee_group_id
from lonja.edge.wire.numbers import token
from lonja.modules.history.api import BillRecord
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError

CLIENT_TRANSFER_ID_MAX = 32
WITHIN_ACCOUNT = "0"


async def config(call: PrivateCall, _: requests.Request) -> Rows:
    """Settings of the account and of the key that asks."""
    view = call.services.engine.views.account(call.account)
    return [] if view is None else [wire.config_row(view, call.session.key)]


async def balance(call: PrivateCall, request: requests.Currencies) -> Rows:
    """The trading account, one detail for each currency that is not zero."""
    views = call.services.engine.views
    wanted = names_of(request.currencies, "ccy")
    now_ms = call.services.engine.now_ms()
    return [wire.balance_row(call.services.catalogue, views, views.balances(call.account), now_ms, wanted)]


async def positions(_: PrivateCall, request: requests.Positions) -> Rows:
    """Positions: none, because only spot is traded."""
    instrument_type(request.instrument_type)
    return []


async def instruments(call: PrivateCall, request: requests.Instruments) -> Rows:
    """Instruments that the account may trade."""
    return [form.account_row(view) for form, view in listed(call.services, request)]


async def bills(call: PrivateCall, request: requests.Bills) -> Rows:
    """Changes of the trading account's balances, newest first."""
    services = call.services
    currency = services.catalogue.find_currency(request.currency) if request.currency else None
    if request.currency and currency is None:
        raise refusal("51012")
    limit = page_limit(request.limit)
    wanted_type = instrument_type(request.instrument_type)
    wanted_instrument = optional_instrument(services, request.instrument_id)
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    begin, end = optional_id(request.begin, "begin"), optional_id(request.end, "end")
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
            begin_ms=begin,
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
    wanted = names_of(request.currencies, "ccy")
    rows: Rows = []
    for view in call.services.engine.views.balances(call.account):
        currency = call.services.catalogue.currency(view.currency)
        if view.ledger == Ledger.FUNDING and view.cash and (not wanted or currency.name in wanted):
            rows.append(wire.funding_row(currency, view))
    return rows


async def transfer(call: PrivateCall, request: requests.Transfer) -> Rows:
    """Move an amount between the funding and the trading account."""
    if request.transfer_type not in ("", WITHIN_ACCOUNT) or request.sub_account:
        if request.transfer_type not in ("", "0", "1", "2", "3", "4"):
            raise refusal("51000", "type")
        raise refusal("50062", "A transfer between accounts")
    currency = call.services.catalogue.find_currency(request.currency)
    if currency is None:
        raise refusal("51012")
    for name, text in (("from", request.from_ledger), ("to", request.to_ledger)):
        if text not in wire.LEDGERS:
            raise refusal("51000", name)
    command = Transfer(
        account=call.account,
        currency=currency.currency,
        amount=_amount(currency, request.amount),
        from_ledger=wire.LEDGERS[request.from_ledger],
        to_ledger=wire.LEDGERS[request.to_ledger],
        client_transfer_id=Text32(token(request.client_transfer_id, "clientId", CLIENT_TRANSFER_ID_MAX)),
    )
    try:
        outcome = await call.services.engine.submit(command)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
    row = {
        "transId": str(outcome.id),
        "clientId": request.client_transfer_id,
        "ccy": currency.name,
        "from": request.from_ledger,
        "amt": currency.text(command.amount),
        "to": request.to_ledger,
    }
    return [row]


def _amount(currency: CurrencyForm, text: str) -> int:
    plain = text.removeprefix("-")
    if plain != text or not plain.strip("0."):
        raise refusal("58114")
    return currency.parse(text, "amt")
