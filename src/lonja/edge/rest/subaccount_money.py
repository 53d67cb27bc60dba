"""The money of sub-accounts as their master sees it."""

from typing import Final

from lonja.edge.errors import refusal
from lonja.edge.rest.account import balance_rows, funding_rows
from lonja.edge.rest.account_limits import withdrawal_rows
from lonja.edge.rest.calls import PrivateCall, catch_up, optional_id, page_limit
from lonja.edge.rest.closed import check, one_of
from lonja.edge.rest.kinship import master_only, name_of, sub_account
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests_subaccount as asked
from lonja.edge.wire.asset import FROM_MASTER, FROM_SUB, sub_bill_row
from lonja.modules.history.api import BillKind, BillSubkind

_SUBKINDS: Final = {FROM_MASTER: BillSubkind.TRANSFER_OUT, FROM_SUB: BillSubkind.TRANSFER_IN}


async def balance(call: PrivateCall, request: asked.SubAccountOf) -> Rows:
    """The trading account of a sub-account."""
    master_only(call)
    return balance_rows(call, sub_account(call, request.sub_account).account, "")


async def funding(call: PrivateCall, request: asked.SubAccountCurrencies) -> Rows:
    """The funding account of a sub-account."""
    master_only(call)
    return funding_rows(call, sub_account(call, request.sub_account).account, request.currencies)


async def max_withdrawal(call: PrivateCall, request: asked.SubAccountCurrencies) -> Rows:
    """How much of each currency can be moved from the trading to the funding account of a sub-account."""
    master_only(call)
    return withdrawal_rows(call, sub_account(call, request.sub_account).account, request.currencies)


async def bills(call: PrivateCall, request: asked.SubAccountBills) -> Rows:
    """Transfers between the master and its sub-accounts, newest first."""
    services = call.services
    master = master_only(call)
    currency = services.catalogue.find_currency(request.currency) if request.currency else None
    if request.currency and currency is None:
        raise refusal("51012")
    kind = one_of(request.kind, "type", ("", FROM_MASTER, FROM_SUB))
    other = sub_account(call, request.sub_account, "58115").account if request.sub_account else None
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = page_limit(request.limit)
    await catch_up(services)
    found = await services.history.bills(
        master.account,
        None,
        currency=None if currency is None else currency.currency,
        bill_kind=BillKind.TRANSFER,
        bill_subkind=_SUBKINDS.get(kind),
        other_account=other,
        between_accounts=True,
        begin_ms=None if before is None else before + 1,
        end_ms=None if after is None else after - 1,
        limit=limit,
    )
    return [sub_bill_row(services.catalogue, bill, name_of(call, bill.other_account)) for bill in found]


async def managed_bills(call: PrivateCall, request: asked.ManagedBills) -> Rows:
    """Transfers of sub-accounts managed for others: none."""
    master_only(call)
    check(request)
    return []
