"""Questions about the funding account; custody does not exist yet, so nothing comes from or goes to a chain."""

from typing import Final

from lonja.core.kinds import Ledger
from lonja.edge.errors import refusal
from lonja.edge.gate import require_right
from lonja.edge.rest.calls import Call, PrivateCall, catch_up, optional_id, page_limit
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.kinship import is_sub, own_view
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import asset as wire
from lonja.edge.wire import requests
from lonja.edge.wire import requests_asset as asked
from lonja.edge.wire.instruments import CurrencyForm
from lonja.edge.wire.numbers import integer, token
from lonja.modules.governance.api import Capability
from lonja.modules.history.api import BillRecord
from lonja.primitives.instant import DAY_MS
from lonja.primitives.money import format_scaled, mul_div_floor

BILLS_SHOWN_MS: Final = 30 * DAY_MS
BY_TIME, BY_ID = "1", "2"
VALUATION_UNIT: Final = "BTC"
BILL_TYPE_MAX: Final = 9_999


async def bills(call: PrivateCall, request: asked.FundingBills) -> Rows:
    """Changes of the funding account in the last month, newest first."""
    since_ms = call.services.engine.now_ms() - BILLS_SHOWN_MS
    return await _bills(call, request, since_ms=since_ms, by_id=False)


async def bills_history(call: PrivateCall, request: asked.FundingBillHistory) -> Rows:
    """Changes of the funding account since ever, newest first."""
    paging = one_of(request.paging or BY_TIME, "pagingType", (BY_TIME, BY_ID))
    return await _bills(call, request, since_ms=0, by_id=paging == BY_ID)


async def valuation(call: PrivateCall, request: asked.Valuation) -> Rows:
    """What both accounts are worth in one currency."""
    services = call.services
    worth = account_wire.Valuation(services.catalogue, services.engine.views)
    unit = services.catalogue.find_currency(request.currency or VALUATION_UNIT)
    if unit is None:
        # Values are kept in USD, which need not be a currency of the house.
        unit = CurrencyForm(-1, one_of(request.currency, "ccy", account_wire.USD_CURRENCIES), 8)
    price = worth.usd(unit, int(10**unit.scale))
    if price == 0:
        raise refusal("51000", "ccy")
    totals = {Ledger.FUNDING: 0, Ledger.TRADING: 0}
    views = services.engine.views
    # What stands in positions in pairs, owned or owed, is a part of the trading account.
    for account in (call.account, *(pocket.pocket for pocket in views.pockets(call.account))):
        for view in views.balances(account):
            totals[Ledger(view.ledger)] += worth.usd(services.catalogue.currency(view.currency), view.cash)
    shown = {
        ledger: format_scaled(mul_div_floor(usd, int(10**unit.scale), price), unit.scale)
        for ledger, usd in totals.items()
    }
    total = mul_div_floor(sum(totals.values()), int(10**unit.scale), price)
    details = {"funding": shown[Ledger.FUNDING], "trading": shown[Ledger.TRADING], "classic": "0", "earn": "0"}
    row = {"totalBal": format_scaled(total, unit.scale), "ts": str(services.engine.now_ms())}
    return [{**row, "details": details}]


async def deposit_address(call: PrivateCall, request: asked.DepositAddress) -> Rows:
    """Addresses to deposit to: none without custody."""
    if call.services.catalogue.find_currency(request.currency) is None:
        raise refusal("51012")
    return []


async def withdraw(call: PrivateCall, request: asked.Withdraw) -> Rows:
    """Send an amount out of the house: not without custody."""
    if is_sub(own_view(call)):
        raise refusal("59504")
    currency = call.services.catalogue.find_currency(request.currency)
    if currency is None:
        raise refusal("51012")
    one_of(request.destination, "dest", ("3", "4"))
    currency.parse(request.amount, "amt")
    token(request.client_withdrawal_id, "clientId", 32)
    require_right(call.services, call.session, Capability.API_WITHDRAW, Capability.MONEY_WITHDRAW)
    raise refusal("58013")


async def progress(_: PrivateCall, request: asked.Progress) -> Rows:
    """How far a withdrawal or a deposit is: there are none."""
    if not (request.withdrawal_id or request.transaction_id):
        raise refusal("50015", "wdId", "txId")
    if request.withdrawal_id:
        raise refusal("58215")
    return []


async def exchanges(_: Call, __: requests.Request) -> Rows:
    """Exchanges that withdrawals can go to: none without custody."""
    return []


async def _bills(call: PrivateCall, request: asked.FundingBills, since_ms: int, *, by_id: bool) -> Rows:
    services = call.services
    currency = services.catalogue.find_currency(request.currency) if request.currency else None
    if request.currency and currency is None:
        raise refusal("51012")
    names = wire.SUB_BILLS if is_sub(own_view(call)) else wire.MASTER_BILLS
    integer(request.bill_type, "type", 0, BILL_TYPE_MAX, 0)
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    client_id = token(request.client_transfer_id, "clientId", 32)
    limit = page_limit(request.limit)
    told = names.get(request.bill_type)
    if request.bill_type and told is None:
        return []
    await catch_up(services)
    found: list[BillRecord] = await services.history.bills(
        call.account,
        Ledger.FUNDING,
        currency=None if currency is None else currency.currency,
        bill_kind=None if told is None else told.kind,
        bill_subkind=None if told is None else told.subkind,
        between_accounts=None if told is None else told.between_accounts,
        client_transfer_id=client_id or None,
        after_id=after if by_id else None,
        before_id=before if by_id else None,
        begin_ms=max(since_ms, 0 if by_id or before is None else before + 1),
        end_ms=None if by_id or after is None else after - 1,
        limit=limit,
    )
    return [wire.funding_bill_row(services.catalogue, bill, names) for bill in found]
