"""How much an account may trade, move or borrow at the moment."""

from lonja.core.kinds import Ledger
from lonja.core.views import InstrumentView
from lonja.edge.errors import refusal
from lonja.edge.rest import contract_limits
from lonja.edge.rest.calls import PrivateCall, instrument_named, names_of
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import account_settings as wire
from lonja.edge.wire import requests, requests_account
from lonja.edge.wire.collateral import is_pooled
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.edge.wire.order_requests import CASH, CROSS, OTHER_TRADE_MODES
from lonja.primitives.money import INT_MAX

INSTRUMENTS_MAX = 5


async def max_size(call: PrivateCall, request: requests_account.MaxSize) -> Rows:
    """The largest order each way, in base currency: what the balance pays for at the price, within the limits.

    Without a price, buying is counted at the last traded price. Of contracts, what may be opened and closed each way.
    """
    if (contracts := _contracts(call.services, request.instrument_ids, request.trade_mode)) is not None:
        return contract_limits.max_sizes(call, request, contracts)
    forms = _instruments(call, request.instrument_ids, request.trade_mode, request.trade_quote_currency)
    price = forms[0].parse_price(request.price, "px") if request.price and len(forms) == 1 else 0
    return [_max_size_row(call, form, price) for form in forms]


async def max_available(call: PrivateCall, request: requests_account.MaxAvailable) -> Rows:
    """What is available: quote currency to buy with, base currency to sell; of contracts, the margin."""
    if (contracts := _contracts(call.services, request.instrument_ids, request.trade_mode)) is not None:
        return contract_limits.max_available(call, request, contracts)
    forms = _instruments(call, request.instrument_ids, request.trade_mode, request.trade_quote_currency)
    return [
        wire.max_available_row(
            form, available(call, call.account, form.quote), available(call, call.account, form.base)
        )
        for form in forms
    ]


async def max_withdrawal(call: PrivateCall, request: requests.Currencies) -> Rows:
    """How much of each currency can be moved from the trading to the funding account."""
    return withdrawal_rows(call, call.account, request.currencies)


def available(call: PrivateCall, account: int, currency: CurrencyForm) -> int:
    """What ``account`` has of ``currency`` in its trading account and not set aside for orders."""
    balance = call.services.engine.views.balance(account, currency.currency, Ledger.TRADING)
    if not is_pooled(call.services.engine.views, account):
        return balance.cash - balance.held
    return max(balance.cash - balance.held, 0) + _borrowable(call, account, currency)


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
    view = call.services.engine.views.instrument(form.code)
    buy = sell = 0
    if view is not None:
        most = view.size_limit_max or INT_MAX
        buy = min(_affordable_lots(call, form, view, price), most)
        sell = min(_lots_held(call, form), most)
    # Less than the smallest order is not an order.
    buy, sell = (lots if lots >= form.size_min else 0 for lots in (buy, sell))
    return wire.max_size_row(form, buy, sell)


def _affordable_lots(call: PrivateCall, form: InstrumentForm, view: InstrumentView, price: int) -> int:
    """How many lots the quote currency pays for at ``price`` ticks; at the last traded or the index price for 0."""
    ticks = price or _last_price(call.services, form) or view.index_price
    if ticks == 0:
        return 0
    funds = available(call, call.account, form.quote)
    # A hold is rounded up, and at most ``funds`` exactly when the unrounded amount is.
    numerator: int = funds * 10 ** (form.price_scale + form.size_scale)
    unit: int = form.tick_step * form.lot_step * 10**form.quote.scale
    return numerator // (ticks * unit)


def _lots_held(call: PrivateCall, form: InstrumentForm) -> int:
    """How many whole lots the account could sell. What is received pays the fee, so nothing is kept back for it."""
    funds = available(call, call.account, form.base)
    lot: int = form.lot_step * 10 ** (form.base.scale - form.size_scale)
    return funds // lot


def _last_price(services: Services, form: InstrumentForm) -> int:
    trades = services.market_data.trades(form.code, 1)
    return trades[0].price if trades else 0
