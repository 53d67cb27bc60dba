"""Balances, settings and fees of an account as rows.

Why here: equity, availability and their many empty companions are the wire's. Invariant: every documented key is
present; in spot mode ``availEq`` is empty, so that clients take ``availBal``, in the others it is filled.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from lonja.core.kinds import AccountMode, Ledger, MarginMode
from lonja.core.views import AccountView, BalanceView, FeeRatesView, MarginView
from lonja.edge.wire.account_settings import RATIO_SCALE
from lonja.edge.wire.exact import price_of, ratio_text, value_of
from lonja.edge.wire.instruments import Catalogue, CurrencyForm, fee_group_id
from lonja.edge.wire.orders import PREVENTION_NAMES
from lonja.edge.wire.pocket_money import NOTHING, PocketMoney, isolated_keys, pocket_money
from lonja.engine.api import EngineViews
from lonja.modules.identity.api import ApiKey, Permission, uid
from lonja.primitives.money import format_scaled, mul_div_floor

USD_SCALE: Final = 12
"""Decimals of values in USD; what is beyond is cut off."""
_USD_UNIT: Final = 10**USD_SCALE
USD_CURRENCIES: Final = ("USDT", "USD", "USDC")
"""Counted as one USD each."""

LEDGER_NAMES: Final[dict[int, str]] = {int(Ledger.FUNDING): "6", int(Ledger.TRADING): "18"}
LEDGERS: Final[dict[str, int]] = {name: ledger for ledger, name in LEDGER_NAMES.items()}
POSITION_MODE_NAMES: Final = ("net_mode", "long_short_mode")
"""In the order of ``kinds.PositionMode``."""
PERMISSION_NAMES: Final[dict[Permission, str]] = {
    Permission.READ: "read_only",
    Permission.WITHDRAW: "withdraw",
    Permission.TRADE: "trade",
}
BALANCE_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("uTime", "totalEq", "isoEq", "adjEq", "availEq", "ordFroz", "imr", "mmr", "borrowFroz"), ""),
    **dict.fromkeys(("mgnRatio", "notionalUsd", "notionalUsdForBorrow", "notionalUsdForSwap"), ""),
    **dict.fromkeys(("notionalUsdForFutures", "notionalUsdForOption", "upl", "delta", "deltaLever"), ""),
    "deltaNeutralStatus": "",
    "details": [],
}
DETAIL_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("ccy", "eq", "cashBal", "uTime", "availEq", "disEq", "availBal", "frozenBal", "ordFrozen"), ""),
    **dict.fromkeys(("liab", "upl", "uplLiab", "crossLiab", "isoLiab", "mgnRatio", "imr", "mmr", "interest"), ""),
    **dict.fromkeys(("frpType", "maxLoan", "eqUsd", "borrowFroz", "notionalLever", "isoUpl", "spotInUseAmt"), ""),
    **dict.fromkeys(("clSpotInUseAmt", "maxSpotInUse", "spotBal", "openAvgPx", "accAvgPx"), ""),
    **dict.fromkeys(("spotUpl", "spotUplRatio", "totalPnl", "totalPnlRatio", "colBorrAutoConversion"), ""),
    **dict.fromkeys(("autoLendStatus", "autoLendMtAmt"), ""),
    **dict.fromkeys(("isoEq", "fixedBal", "rewardBal", "twap", "stgyEq", "spotIsoBal", "smtSyncEq"), "0"),
    **dict.fromkeys(("spotCopyTradingEq", "colRes"), "0"),
    "collateralRestrict": False,
    "collateralEnabled": False,
}
FUNDING_ROW: Final[dict[str, object]] = dict.fromkeys(("ccy", "bal", "frozenBal", "availBal"), "")
CURRENCY_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("ccy", "name", "logoLink", "chain", "ctAddr", "depEstOpenTime", "wdEstOpenTime", "minDep"), ""),
    **dict.fromkeys(("minWd", "minInternal", "maxWd", "wdTickSz", "wdQuota", "usedWdQuota", "fee", "minFee"), ""),
    **dict.fromkeys(("maxFee", "minFeeForCtAddr", "maxFeeForCtAddr", "burningFeeRate", "minDepArrivalConfirm"), ""),
    **dict.fromkeys(("minWdUnlockConfirm", "depQuotaFixed", "usedDepQuotaFixed", "depQuoteDailyLayer2"), ""),
    **dict.fromkeys(("canDep", "canWd", "canInternal", "mainNet", "needTag"), False),
}
CONFIG_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("uid", "mainUid", "acctLv", "acctStpMode", "level", "levelTmp", "spotOffsetType", "kycLv"), ""),
    **dict.fromkeys(("label", "ip", "perm", "settleCcy"), ""),
    "posMode": "net_mode",
    "autoLoan": False,
    "greeksType": "PA",
    "feeType": "0",
    "ctIsoMode": "automatic",
    "mgnIsoMode": "automatic",
    "stgyType": "0",
    "roleType": "0",
    "traderInsts": [],
    "spotRoleType": "0",
    "spotTraderInsts": [],
    "opAuth": "0",
    "liquidationGear": "-1",
    "enableSpotBorrow": False,
    "spotBorrowAutoRepay": False,
    "type": "0",
    "settleCcyList": [],
}
FEE_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("level", "delivery", "exercise", "instType", "ts", "taker", "maker", "takerU", "makerU"), ""),
    **dict.fromkeys(("takerUSDC", "makerUSDC", "settle"), ""),
    "feeGroup": [],
    "ruleType": "normal",
    "category": "1",
    "fiat": [],
}
TRANSFER_ROW: Final[dict[str, object]] = dict.fromkeys(("transId", "clientId", "ccy", "from", "amt", "to"), "")
TIMER_ROW: Final[dict[str, object]] = dict.fromkeys(("triggerTime", "tag", "ts"), "")


class Valuation:
    """Turns amounts into USD at index prices."""

    def __init__(self, catalogue: Catalogue, views: EngineViews) -> None:
        """Index prices are read from ``views`` when asked for."""
        self._catalogue = catalogue
        self._views = views

    def usd(self, currency: CurrencyForm, amount: int) -> int:
        """``amount`` of ``currency`` in units of 10 ** -USD_SCALE USD; 0 when it has no index price."""
        if currency.name in USD_CURRENCIES:
            return mul_div_floor(amount, _USD_UNIT, int(10**currency.scale))
        form = self._catalogue.find(f"{currency.name}-USDT")
        view = self._views.instrument(form.code) if form is not None else None
        if form is None or view is None:
            return 0
        price = view.index_price * form.tick_step
        return mul_div_floor(amount * price, _USD_UNIT, int(10 ** (currency.scale + form.price_scale)))


def usd_text(value: int) -> str:
    """A value in USD as a decimal."""
    return format_scaled(value, USD_SCALE)


def balance_row(
    catalogue: Catalogue, views: EngineViews, account: int, now_ms: int, wanted: frozenset[str] = frozenset()
) -> dict[str, object]:
    """The trading account: total equity over all currencies, details of those ``wanted`` (none named: all)."""
    valuation = Valuation(catalogue, views)
    view = views.account(account)
    has_margin = view is not None and view.account_mode != AccountMode.SPOT
    total, isolated, details = 0, 0, []
    exposed: dict[int, Fraction] = {}
    money = pocket_money(views, account) if has_margin else {}
    held = {balance.currency: balance for balance in views.balances(account) if balance.ledger == Ledger.TRADING}
    for code in sorted(held.keys() | money.keys()):
        balance = held.get(code) or views.balance(account, code, Ledger.TRADING)
        margin = views.margin(account, code) if has_margin else None
        inside = money.get(code, NOTHING)
        equity = balance.cash if margin is None else equity_of(margin) + inside.equity
        if balance.cash == 0 and equity == 0 and not inside.liability:
            continue
        currency = catalogue.currency(code)
        value = valuation.usd(currency, equity)
        total += value
        if margin is not None:
            isolated += valuation.usd(currency, margin.isolated_margin + margin.isolated_gain + inside.equity)
        if not wanted or currency.name in wanted:
            detail = detail_row(currency, balance, value, margin, inside)
            if margin is not None:
                # Only cross positions require anything of a currency.
                exposed = exposed or (_exposed(catalogue, views, account) if margin.maintenance_margin else {})
                detail["notionalLever"] = _leverage(exposed.get(code, Fraction(0)), margin)
            details.append(detail)
    row = {**BALANCE_ROW, "uTime": str(now_ms), "totalEq": usd_text(total), "details": details}
    return {**row, "isoEq": usd_text(isolated)} if has_margin else row


def _exposed(catalogue: Catalogue, views: EngineViews, account: int) -> dict[int, Fraction]:
    """What the cross positions are worth at their marks, by settlement currency."""
    found: dict[int, Fraction] = {}
    for position in views.positions(account):
        contract = views.contract(position.instrument)
        if position.lots and position.margin_mode == MarginMode.CROSS and contract is not None:
            form = catalogue.at(position.instrument)
            value = value_of(form, abs(position.lots), price_of(form, contract.mark))
            found[form.settle.currency] = found.get(form.settle.currency, Fraction(0)) + value
    return found


def _leverage(exposed: Fraction, margin: MarginView) -> str:
    """How many times the equity behind them cross positions are worth."""
    equity = margin.cash + margin.cross_gain
    return ratio_text(exposed / equity) if equity > 0 else "0"


def equity_of(margin: MarginView) -> int:
    """All that an account has of a currency, with what its positions gained and what stands in them."""
    return margin.cash + margin.cross_gain + margin.isolated_margin + margin.isolated_gain


def detail_row(
    currency: CurrencyForm,
    balance: BalanceView,
    usd_value: int,
    margin: MarginView | None = None,
    inside: PocketMoney = NOTHING,
) -> dict[str, object]:
    """One currency of the trading account; ``margin`` is given in the modes that have positions.

    ``inside`` is what stands of it in isolated positions in pairs.
    """
    cash, held, value = currency.text(balance.cash), currency.text(balance.held), usd_text(usd_value)
    row = {
        **DETAIL_ROW,
        "ccy": currency.name,
        "eq": cash,
        "cashBal": cash,
        "uTime": str(balance.updated_time_ms),
        "disEq": value,
        "availBal": currency.text(balance.cash - balance.held),
        "frozenBal": held,
        "ordFrozen": held,
        "eqUsd": value,
    }
    return row if margin is None else {**row, **_margin_keys(currency, margin, inside)}


def _margin_keys(currency: CurrencyForm, margin: MarginView, inside: PocketMoney) -> dict[str, object]:
    """What is frozen of the equity is what orders hold, what cross positions need, and all that stands in isolated ones."""
    isolated = margin.isolated_margin + margin.isolated_gain
    has_cross = margin.maintenance_margin != 0
    owed = currency.text(inside.liability)
    return {
        "eq": currency.text(equity_of(margin) + inside.equity),
        **(
            {"liab": owed, **isolated_keys(currency, inside, isolated)}
            if inside != NOTHING
            else {"isoEq": currency.text(isolated)}
        ),
        "availEq": currency.text(max(margin.free, 0)),
        "availBal": currency.text(max(margin.spendable, 0)),
        "frozenBal": currency.text(margin.held + margin.initial_margin + isolated + inside.equity + inside.liability),
        "upl": currency.text(margin.cross_gain + margin.isolated_gain),
        "isoUpl": currency.text(margin.isolated_gain),
        "imr": currency.text(margin.initial_margin) if has_cross else "",
        "mmr": currency.text(margin.maintenance_margin) if has_cross else "",
        "mgnRatio": format_scaled(margin.ratio_ppm, RATIO_SCALE) if has_cross else "",
    }


def emptied_detail(catalogue: Catalogue, views: EngineViews, account: int, currency: int) -> dict[str, object]:
    """A currency of which nothing is left."""
    view = views.account(account)
    has_margin = view is not None and view.account_mode != AccountMode.SPOT
    margin = views.margin(account, currency) if has_margin else None
    return detail_row(catalogue.currency(currency), views.balance(account, currency, Ledger.TRADING), 0, margin)


def pushed_detail(detail: dict[str, object], usd_price: str) -> dict[str, object]:
    """``detail`` as pushes have it: with the price of the currency, and with another name for one key.

    Never both names: strict clients take them for the same key given twice and refuse the message.
    """
    pushed = {**detail, "maxSpotInUseAmt": detail["maxSpotInUse"], "coinUsdPrice": usd_price}
    del pushed["maxSpotInUse"]
    return pushed


def funding_row(currency: CurrencyForm, balance: BalanceView) -> dict[str, object]:
    """One currency of the funding account."""
    return {
        "ccy": currency.name,
        "bal": currency.text(balance.cash),
        "frozenBal": currency.text(balance.held),
        "availBal": currency.text(balance.cash - balance.held),
    }


def currency_row(currency: CurrencyForm) -> dict[str, object]:
    """A currency; it has no chain that could be deposited from or withdrawn to."""
    return {
        **CURRENCY_ROW,
        "ccy": currency.name,
        "name": currency.name,
        "chain": f"{currency.name}-Internal",
        "mainNet": True,
        "wdTickSz": str(currency.scale),
    }


def config_row(view: AccountView, key: ApiKey, *, borrows: bool) -> dict[str, object]:
    """The settings of an account and of the key that asks; ``borrows``: its orders may sell what it has to borrow."""
    is_sub = view.master >= 0 and view.master != view.account
    return {
        **CONFIG_ROW,
        "uid": uid(view.account),
        "mainUid": uid(view.master if is_sub else view.account),
        "acctLv": str(view.account_mode),
        "posMode": POSITION_MODE_NAMES[view.position_mode],
        "acctStpMode": PREVENTION_NAMES[view.self_trade_prevention],
        "level": level_text(view.fee_tier),
        "autoLoan": borrows,
        "label": key.label,
        "ip": ",".join(_network_text(str(network)) for network in key.networks),
        "perm": ",".join(name for permission, name in PERMISSION_NAMES.items() if permission in key.permissions),
        "type": "1" if is_sub else "0",
    }


def level_text(fee_tier: int) -> str:
    """The name of a fee tier."""
    return f"Lv{fee_tier + 1}"


class FeeGroup(NamedTuple):
    """Rates of a group of instruments; ``is_linear``: of contracts that are settled in their quote currency."""

    group: int
    is_linear: bool
    rates: FeeRatesView


def fee_row(
    instrument_type: str, fee_tier: int, groups: Sequence[FeeGroup], delivery_ppm: int, now_ms: int
) -> dict[str, object]:
    """Fee rates for the given groups of instruments; a rate that is paid is negative, but for that of a delivery."""
    rows = {
        found.group: {
            "taker": rate_text(found.rates.taker_rate_ppm),
            "maker": rate_text(found.rates.maker_rate_ppm),
            "groupId": fee_group_id(found.group),
            "elpMaker": "",
        }
        for found in groups
    }
    first = {found.is_linear: rows[found.group] for found in reversed(groups)}
    return {
        **FEE_ROW,
        "level": level_text(fee_tier),
        "feeGroup": list(rows.values()),
        "instType": instrument_type,
        "ts": str(now_ms),
        "delivery": format_scaled(delivery_ppm, 6) if delivery_ppm else "",
        **{name: first[False][name] for name in ("taker", "maker") if False in first},
        **{name + "U": first[True][name] for name in ("taker", "maker") if True in first},
    }


def rate_text(rate_ppm: int) -> str:
    """A fee rate on the wire, where what is paid is negative."""
    return format_scaled(-rate_ppm, 6)


def _network_text(network: str) -> str:
    """A single address without its prefix length."""
    return network.removesuffix("/32").removesuffix("/128")
