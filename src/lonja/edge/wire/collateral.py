"""Balances of accounts in multi-currency mode, where everything owned stands behind everything owed.

Why here: what the engine counts in US dollars has a dozen names on the wire. Invariant: each key says the same as the
one of ``core.views`` it is made of; what only single-currency accounts have is empty.
"""

from fractions import Fraction
from typing import Final, NamedTuple

from lonja.core.kinds import AccountMode, InstrumentType, Ledger
from lonja.core.views import BalanceView, CollateralView, CurrencyTermsView, LiabilityView, MarginView
from lonja.edge.wire import account as wire
from lonja.edge.wire.account_settings import RATIO_SCALE, WORTH_SCALE
from lonja.edge.wire.exact import price_of, value_of
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, Catalogue, CurrencyForm
from lonja.edge.wire.order_requests import CROSS
from lonja.edge.wire.pocket_money import NOTHING, PocketMoney, isolated_keys, pocket_money
from lonja.engine.api import EngineViews
from lonja.primitives.money import PPM, format_scaled, mul_div_floor

PRICE_SCALE: Final = 12
"""Decimals of prices of currencies."""
_NOTIONALS: Final = {
    INSTRUMENT_TYPES[InstrumentType.SWAP]: "notionalUsdForSwap",
    INSTRUMENT_TYPES[InstrumentType.FUTURES]: "notionalUsdForFutures",
}
_NOTHING_OWED: Final = LiabilityView(0, 0, 0, 0, 0, 0, 0, 0, 0)


class Stock(NamedTuple):
    """A currency of an account: its balance, what positions did to it, what is owed of it, its price and whether it counts.

    ``inside`` is what stands of it in isolated positions in pairs.
    """

    balance: BalanceView
    margin: MarginView
    owed: LiabilityView
    price: int
    is_collateral: bool
    inside: PocketMoney = NOTHING

    @property
    def isolated(self) -> int:
        """What stands in isolated positions in contracts."""
        return self.margin.isolated_margin + self.margin.isolated_gain

    @property
    def equity(self) -> int:
        """All of it, less what was borrowed, with what positions gained and what stands in them."""
        return self.owed.equity + self.isolated + self.inside.equity

    @property
    def has_any(self) -> bool:
        """Whether there is anything to tell of it."""
        return any((self.balance.cash, self.equity, self.owed.liability, self.owed.to_come, self.inside.liability))


def counted(terms: CurrencyTermsView, equity: Fraction) -> Fraction:
    """How much of an amount counts as collateral: each tier at its rate; in full when it is owed."""
    if equity <= 0:
        return equity
    found, below = Fraction(0), Fraction(0)
    for tier in terms.tiers:
        within = min(equity, Fraction(tier.amount_max)) - below
        found += max(within, Fraction(0)) * tier.rate_ppm / PPM
        below = Fraction(tier.amount_max)
    return found


def is_pooled(views: EngineViews, account: int) -> bool:
    """Whether ``account`` is in multi-currency mode."""
    view = views.account(account)
    return view is not None and view.account_mode == AccountMode.MULTI_CURRENCY


def as_traded(row: dict[str, object], views: EngineViews, account: int) -> dict[str, object]:
    """The row of an order with the trade mode of the account's present mode, which is not remembered with spot orders."""
    is_spot = row["instType"] == INSTRUMENT_TYPES[InstrumentType.SPOT]
    return row | {"tdMode": CROSS} if is_spot and is_pooled(views, account) else row


def worth_text(worth: int) -> str:
    """What an account has or needs in USD, from 10**-8 USD."""
    return format_scaled(worth, WORTH_SCALE)


def stocks_of(views: EngineViews, account: int) -> list[Stock]:
    """The currencies of an account in multi-currency mode of which there is anything to tell."""
    owed = {view.currency: view for view in views.liabilities(account)}
    money = pocket_money(views, account)
    held = {balance.currency for balance in views.balances(account) if balance.ledger == Ledger.TRADING}
    found = [
        _stock(views, account, code, owed.get(code, _NOTHING_OWED), money.get(code, NOTHING))
        for code in sorted(held | money.keys())
    ]
    return [stock for stock in found if stock.has_any]


def _stock(views: EngineViews, account: int, code: int, owed: LiabilityView, inside: PocketMoney = NOTHING) -> Stock:
    balance, margin = views.balance(account, code, Ledger.TRADING), views.margin(account, code)
    terms = views.currency_terms(code)
    return Stock(balance, margin, owed, terms.price, bool(terms.tiers), inside)


def account_row(
    catalogue: Catalogue, views: EngineViews, account: int, now_ms: int, wanted: frozenset[str] = frozenset()
) -> dict[str, object]:
    """The trading account in whatever mode it is, with details of the currencies ``wanted`` (none named: all)."""
    if not is_pooled(views, account):
        return wire.balance_row(catalogue, views, account, now_ms, wanted)
    stocks = stocks_of(views, account)
    forms = [catalogue.currency(stock.balance.currency) for stock in stocks]
    gains = sum(worth_of(form, stock.price, stock.margin.cross_gain) for form, stock in zip(forms, stocks, strict=True))
    return {
        **wire.BALANCE_ROW,
        "uTime": str(now_ms),
        **_account_keys(
            views.collateral(account),
            sum(_inside_worth(form, stock) for form, stock in zip(forms, stocks, strict=True)),
        ),
        "borrowFroz": worth_text(sum(stock.owed.frozen for stock in stocks)),
        "upl": wire.usd_text(gains),
        **_notionals(catalogue, views, account),
        "details": [
            pool_detail(form, stock)
            for form, stock in zip(forms, stocks, strict=True)
            if not wanted or form.name in wanted
        ],
    }


def emptied_detail(catalogue: Catalogue, views: EngineViews, account: int, currency: int) -> dict[str, object]:
    """A currency of which nothing is left, in whatever mode the account is."""
    if not is_pooled(views, account):
        return wire.emptied_detail(catalogue, views, account, currency)
    return pool_detail(catalogue.currency(currency), _stock(views, account, currency, _NOTHING_OWED))


def worth_of(form: CurrencyForm, price: int, amount: int) -> int:
    """``amount`` at the price that counts for collateral, in 10**-12 USD."""
    return mul_div_floor(amount, price, int(10**form.scale))


def _inside_worth(form: CurrencyForm, stock: Stock) -> int:
    """What isolated positions in pairs have of a currency, in 10**-8 USD."""
    return stock.inside.equity * stock.price // int(10 ** (form.scale + PRICE_SCALE - WORTH_SCALE))


def _account_keys(collateral: CollateralView, inside: int) -> dict[str, object]:
    """What is there and what is needed; the ratio only where something is required. ``inside``: in positions in pairs."""
    has_need = collateral.maintenance_margin != 0
    return {
        "totalEq": worth_text(collateral.total_equity + inside),
        "isoEq": worth_text(collateral.isolated_equity + inside),
        "adjEq": worth_text(collateral.adjusted_equity),
        "availEq": worth_text(max(collateral.free, 0)),
        "ordFroz": worth_text(collateral.order_cost),
        "imr": worth_text(collateral.initial_margin),
        "mmr": worth_text(collateral.maintenance_margin),
        "mgnRatio": format_scaled(collateral.ratio_ppm, RATIO_SCALE) if has_need else "",
        "notionalUsd": worth_text(collateral.notional),
        "notionalUsdForBorrow": worth_text(collateral.borrowed),
    }


def _notionals(catalogue: Catalogue, views: EngineViews, account: int) -> dict[str, object]:
    """The value of positions at their marks, by what they are positions in."""
    found = {**dict.fromkeys(_NOTIONALS.values(), 0), "notionalUsdForOption": 0}
    for position in views.positions(account):
        form, contract = catalogue.at(position.instrument), views.contract(position.instrument)
        if position.lots and contract is not None:
            value = int(value_of(form, abs(position.lots), price_of(form, contract.mark)))
            price = views.currency_terms(form.settle.currency).price
            found[_NOTIONALS[form.instrument_type]] += worth_of(form.settle, price, value)
    return {name: wire.usd_text(worth) for name, worth in found.items()}


def pool_detail(form: CurrencyForm, stock: Stock) -> dict[str, object]:
    """One currency. What it lacks for contracts is asked of all together, so it has no margins of its own."""
    balance, margin, owed, isolated = stock.balance, stock.margin, stock.owed, stock.isolated
    by_cash = max(owed.loan - balance.cash, 0)
    return {
        **wire.detail_row(form, balance, worth_of(form, stock.price, stock.equity)),
        "eq": form.text(stock.equity),
        **isolated_keys(form, stock.inside, isolated),
        "availEq": form.text(max(owed.equity - balance.held, 0)),
        "availBal": form.text(max(margin.spendable, 0)),
        "frozenBal": form.text(balance.held + isolated + stock.inside.equity + stock.inside.liability),
        "disEq": worth_text(owed.discounted),
        "liab": form.text(owed.liability + stock.inside.liability),
        "crossLiab": form.text(owed.liability),
        "interest": "0",
        "upl": form.text(margin.cross_gain + margin.isolated_gain),
        "isoUpl": form.text(margin.isolated_gain),
        "uplLiab": form.text(max(max(-owed.equity, 0) - by_cash, 0)),
        "maxLoan": form.text(owed.max_loan),
        "borrowFroz": worth_text(owed.frozen),
        "twap": "0",
        "frpType": "0",
        "collateralEnabled": stock.is_collateral,
    }
