"""Balances, settings, bills and fees of an account as rows.

Why here: equity, availability and their many empty companions are the wire's. Invariant: every documented key is
present; in spot mode ``availEq`` is empty, so that clients take ``availBal``.
"""

from collections.abc import Iterable
from typing import Final

from lonja.core.kinds import Ledger
from lonja.core.views import AccountView, BalanceView, FeeRatesView
from lonja.edge.wire.instruments import Catalogue, CurrencyForm, fee_group_id, trade_id_text
from lonja.edge.wire.orders import LIQUIDITY_NAMES, PREVENTION_NAMES
from lonja.engine.api import EngineViews
from lonja.modules.history.api import BillKind, BillRecord, BillSubkind
from lonja.modules.identity.api import ApiKey, Permission, uid
from lonja.primitives.money import format_scaled, mul_div_floor

USD_SCALE: Final = 12
"""Decimals of values in USD; what is beyond is cut off."""
_USD_UNIT: Final = 10**USD_SCALE
USD_CURRENCIES: Final = ("USDT", "USD", "USDC")
"""Counted as one USD each."""

LEDGER_NAMES: Final[dict[int, str]] = {int(Ledger.FUNDING): "6", int(Ledger.TRADING): "18"}
LEDGERS: Final[dict[str, int]] = {name: ledger for ledger, name in LEDGER_NAMES.items()}
PERMISSION_NAMES: Final[dict[Permission, str]] = {
    Permission.READ: "read_only",
    Permission.WITHDRAW: "withdraw",
    Permission.TRADE: "trade",
}
BILL_NAMES: Final[dict[BillSubkind, tuple[str, str]]] = {
    BillSubkind.BUY: ("2", "1"),
    BillSubkind.SELL: ("2", "2"),
    BillSubkind.TRANSFER_IN: ("1", "11"),
    BillSubkind.TRANSFER_OUT: ("1", "12"),
    BillSubkind.DEPOSIT: ("1", "11"),
    BillSubkind.WITHDRAWAL: ("1", "12"),
    BillSubkind.CORRECTION_IN: ("1", "200"),
    BillSubkind.CORRECTION_OUT: ("1", "201"),
}
"""``type`` and ``subType``; what enters or leaves the house directly looks like a transfer, a correction like the system's."""

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
BILL_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("instType", "billId", "type", "subType", "ts", "balChg", "bal", "sz", "px", "ccy", "fee"), ""),
    **dict.fromkeys(("earnAmt", "earnApr", "mgnMode", "instId", "ordId", "execType", "from", "to", "notes"), ""),
    **dict.fromkeys(("interest", "tag", "fillTime", "tradeId", "clOrdId", "fillIdxPx", "fillMarkPx"), ""),
    **dict.fromkeys(("fillPxVol", "fillPxUsd", "fillMarkVol", "fillFwdPx"), ""),
    **dict.fromkeys(("posBalChg", "posBal", "pnl"), "0"),
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
    catalogue: Catalogue,
    views: EngineViews,
    balances: Iterable[BalanceView],
    now_ms: int,
    wanted: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """The trading account: total equity over all currencies, details of those ``wanted`` (none named: all)."""
    valuation = Valuation(catalogue, views)
    total, details = 0, []
    for balance in balances:
        if balance.ledger != Ledger.TRADING or balance.cash == 0:
            continue
        currency = catalogue.currency(balance.currency)
        value = valuation.usd(currency, balance.cash)
        total += value
        if not wanted or currency.name in wanted:
            details.append(detail_row(currency, balance, value))
    return {**BALANCE_ROW, "uTime": str(now_ms), "totalEq": usd_text(total), "details": details}


def detail_row(currency: CurrencyForm, balance: BalanceView, usd_value: int) -> dict[str, object]:
    """One currency of the trading account."""
    cash, held, value = currency.text(balance.cash), currency.text(balance.held), usd_text(usd_value)
    return {
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


def config_row(view: AccountView, key: ApiKey) -> dict[str, object]:
    """The settings of an account and of the key that asks."""
    is_sub = view.master >= 0 and view.master != view.account
    return {
        **CONFIG_ROW,
        "uid": uid(view.account),
        "mainUid": uid(view.master if is_sub else view.account),
        "acctLv": str(view.account_mode),
        "acctStpMode": PREVENTION_NAMES[view.self_trade_prevention],
        "level": level_text(view.fee_tier),
        "label": key.label,
        "ip": ",".join(_network_text(str(network)) for network in key.networks),
        "perm": ",".join(name for permission, name in PERMISSION_NAMES.items() if permission in key.permissions),
        "type": "1" if is_sub else "0",
    }


def level_text(fee_tier: int) -> str:
    """The name of a fee tier."""
    return f"Lv{fee_tier + 1}"


def fee_row(
    instrument_type: str, fee_tier: int, groups: Iterable[tuple[int, FeeRatesView]], now_ms: int
) -> dict[str, object]:
    """Fee rates for the given groups of instruments; a rate that is paid is negative."""
    rows = [
        {
            "taker": rate_text(rates.taker_rate_ppm),
            "maker": rate_text(rates.maker_rate_ppm),
            "groupId": fee_group_id(group),
            "elpMaker": "",
        }
        for group, rates in groups
    ]
    return {
        **FEE_ROW,
        "level": level_text(fee_tier),
        "feeGroup": rows,
        "instType": instrument_type,
        "ts": str(now_ms),
        "taker": rows[0]["taker"] if rows else "",
        "maker": rows[0]["maker"] if rows else "",
    }


def rate_text(rate_ppm: int) -> str:
    """A fee rate on the wire, where what is paid is negative."""
    return format_scaled(-rate_ppm, 6)


def bill_subkinds(bill_type: str, bill_subtype: str) -> list[BillSubkind | None]:
    """The kinds of bills that two filters ("" for none) let through; [None] for all."""
    if not (bill_type or bill_subtype):
        return [None]
    return [
        subkind
        for subkind, (type_name, subtype_name) in BILL_NAMES.items()
        if bill_type in ("", type_name) and bill_subtype in ("", subtype_name)
    ]


def bill_row(catalogue: Catalogue, bill: BillRecord) -> dict[str, object]:
    """One change of one balance of the trading account."""
    bill_type, bill_subtype = BILL_NAMES[BillSubkind(bill.subkind)]
    currency = catalogue.currency(bill.currency)
    row = {
        **BILL_ROW,
        "billId": str(bill.bill_id),
        "type": bill_type,
        "subType": bill_subtype,
        "ts": str(bill.time_ms),
        "balChg": currency.text(bill.change),
        "bal": currency.text(bill.balance),
        "sz": currency.text(abs(bill.change)),
        "ccy": currency.name,
        "fee": currency.text(-bill.fee),
    }
    if bill.kind == BillKind.TRADE:
        form = catalogue.at(bill.instrument)
        row |= {
            "instType": form.instrument_type,
            "instId": form.instrument_id,
            "sz": form.size_text(bill.size),
            "px": form.price_text(bill.price),
            "ordId": str(bill.order_id),
            "clOrdId": bill.client_order_id,
            "tag": bill.tag,
            "tradeId": trade_id_text(bill.trade_id),
            "execType": LIQUIDITY_NAMES[bill.liquidity],
            "fillTime": str(bill.time_ms),
        }
    elif bill.kind == BillKind.TRANSFER:
        row |= {"from": LEDGER_NAMES[bill.from_ledger], "to": LEDGER_NAMES[bill.to_ledger]}
    return row


def _network_text(network: str) -> str:
    """A single address without its prefix length."""
    return network.removesuffix("/32").removesuffix("/128")
