"""How much an account may trade, move or borrow at the moment."""

from lonja.core.kinds import Ledger, MarginMode, PositionSide, Side
from lonja.core.views import OrderTerms
from lonja.edge.errors import refusal
from lonja.edge.rest import contract_limits, margin_limits
from lonja.edge.rest.calls import PrivateCall, instrument_named, names_of
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import account_settings as wire
from lonja.edge.wire import requests, requests_account
from lonja.edge.wire.collateral import is_pooled
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.edge.wire.order_requests import CASH, CROSS, OTHER_TRADE_MODES

INSTRUMENTS_MAX = 5


async def max_size(call: PrivateCall, request: requests_account.MaxSize) -> Rows:
    """The largest order each way, in base currency: what the account can pay for at the price, within the limits.

    Without a price, it is that of the last trade; of contracts, for which it tells what may be opened and closed each
    way, the worst price that their limits allow.
    """
    if (contracts := _contracts(call.services, request.instrument_ids, request.trade_mode)) is not None:
        return contract_limits.max_sizes(call, request, contracts)
    terms = margin_limits.terms_meant(call, request.trade_mode, request.currency)
    if terms is not None:
        forms = _named(call.services, request.instrument_ids)
        price = forms[0].parse_price(request.price, "px") if request.price and len(forms) == 1 else 0
        return margin_limits.max_sizes(call, forms, price, terms)
    forms = _instruments(call, request.instrument_ids, request.trade_mode, request.trade_quote_currency)
    price = forms[0].parse_price(request.price, "px") if request.price and len(forms) == 1 else 0
    return [_max_size_row(call, form, price) for form in forms]


async def max_available(call: PrivateCall, request: requests_account.MaxAvailable) -> Rows:
    """What is available: quote currency to buy with, base currency to sell; of contracts, the margin."""
    if (contracts := _contracts(call.services, request.instrument_ids, request.trade_mode)) is not None:
        return contract_limits.max_available(call, request, contracts)
    terms = margin_limits.terms_meant(call, request.trade_mode, request.currency)
    if terms is not None:
        forms = _named(call.services, request.instrument_ids)
        return margin_limits.max_available(call, forms, terms, reduces=request.reduce_only)
    forms = _instruments(call, request.instrument_ids, request.trade_mode, request.trade_quote_currency)
    return [
        wire.max_available_row(form, *(_orderable(call, form, side) for side in (Side.BUY, Side.SELL)))
        for form in forms
    ]


async def max_withdrawal(call: PrivateCall, request: requests.Currencies) -> Rows:
    """How much of each currency can be moved from the trading to the funding account."""
    return withdrawal_rows(call, call.account, request.currencies)


def available(call: PrivateCall, account: int, currency: CurrencyForm) -> int:
    """What ``account`` has of ``currency`` in its trading account and not set aside for orders."""
    views = call.services.engine.views
    if not is_pooled(views, account):
        # What positions need stays.
        return max(views.margin(account, currency.currency).spendable, 0)
    balance = views.balance(account, currency.currency, Ledger.TRADING)
    return max(balance.cash - balance.held, 0) + _borrowable(call, account, currency)


def _orderable(call: PrivateCall, form: InstrumentForm, side: Side) -> int:
    """What an order for a pair may give of what it is paid with: quote currency to buy, base currency to sell.

    Where orders borrow, the collateral may allow less; how much less is asked at the price of the last trade.
    """
    paid = form.quote if side == Side.BUY else form.base
    most = available(call, call.account, paid)
    views = call.services.engine.views
    view, ticks = views.instrument(form.code), _reference_price(call, form)
    if view is None or ticks == 0 or not is_pooled(views, call.account):
        return most
    lots = views.largest_order(_terms(call, form, side, ticks))
    if lots == view.size_limit_max or _given(form, side, ticks, lots + 1) > most:
        return most
    return _given(form, side, ticks, lots)


def _given(form: InstrumentForm, side: Side, ticks: int, lots: int) -> int:
    """What an order for ``lots`` at ``ticks`` holds."""
    if side == Side.SELL:
        return int(lots * form.lot_step * 10 ** (form.base.scale - form.size_scale))
    unit: int = form.tick_step * form.lot_step * 10**form.quote.scale
    divisor: int = 10 ** (form.price_scale + form.size_scale)
    return -(-ticks * lots * unit // divisor)


def _borrowable(call: PrivateCall, account: int, currency: CurrencyForm) -> int:
    """What orders of ``account`` in multi-currency mode may sell beyond what is there; its margin may allow less."""
    views = call.services.engine.views
    if not views.collateral(account).auto_borrow:
        return 0
    return sum(view.max_loan for view in views.liabilities(account) if view.currency == currency.currency)


def withdrawal_rows(call: PrivateCall, account: int, currencies: str) -> Rows:
    """What can be moved out of the trading account of ``account``: ``currencies``, or all it has."""
    wanted = names_of(currencies, "ccy")
    rows: Rows = []
    for view in call.services.engine.views.balances(account):
        currency = call.services.catalogue.currency(view.currency)
        if view.ledger == Ledger.TRADING and (currency.name in wanted if wanted else view.cash > 0):
            # What positions need stays.
            spendable = call.services.engine.views.margin(account, view.currency).spendable
            free = currency.text(max(spendable, 0))
            row = {"ccy": currency.name, "maxWd": free, "maxWdEx": free}
            rows.append({**row, "spotOffsetMaxWd": "", "spotOffsetMaxWdEx": ""})
    return rows


def _instruments(call: PrivateCall, names: str, trade_mode: str, quote: str) -> list[InstrumentForm]:
    """The spot pairs called ``names``, traded as the mode of the account has it. Raises ``EdgeError``."""
    pooled = is_pooled(call.services.engine.views, call.account)
    if trade_mode != (CROSS if pooled else CASH):
        raise refusal("51000", "tdMode") if pooled and trade_mode == CASH else refusal("51010")
    forms = _named(call.services, names)
    if quote and any(form.quote.name != quote for form in forms):
        raise refusal("51000", "tradeQuoteCcy")
    return forms


def _contracts(services: Services, names: str, trade_mode: str) -> list[InstrumentForm] | None:
    """The contracts called ``names``, None when they are spot pairs. Raises ``EdgeError`` when some are and some not."""
    one_of(trade_mode, "tdMode", (CASH, *OTHER_TRADE_MODES))
    forms = _named(services, names)
    if len({form.is_contract for form in forms}) > 1:
        raise refusal("51000", "instId")
    return forms if forms[0].is_contract else None


def _named(services: Services, names: str) -> list[InstrumentForm]:
    parts = list(dict.fromkeys(name for name in names.split(",") if name))
    if len(parts) > INSTRUMENTS_MAX:
        raise refusal("50025", "instId", INSTRUMENTS_MAX)
    if not parts:
        raise refusal("51000", "instId")
    return [instrument_named(services, name) for name in parts]


def _max_size_row(call: PrivateCall, form: InstrumentForm, price: int) -> dict[str, object]:
    """The largest order each way at ``price`` ticks; for 0 at the last traded or the index price."""
    ticks = price or _reference_price(call, form)
    buy, sell = (
        call.services.engine.views.largest_order(_terms(call, form, side, ticks)) for side in (Side.BUY, Side.SELL)
    )
    return wire.max_size_row(form, buy, sell)


def _terms(call: PrivateCall, form: InstrumentForm, side: Side, ticks: int) -> OrderTerms:
    return OrderTerms(call.account, form.code, int(MarginMode.CROSS), int(PositionSide.NET), int(side), ticks)


def _reference_price(call: PrivateCall, form: InstrumentForm) -> int:
    """The price of the last trade in ticks, before the first one the index; 0 without either."""
    trades = call.services.market_data.trades(form.code, 1)
    view = call.services.engine.views.instrument(form.code)
    return trades[0].price if trades else 0 if view is None else view.index_price
