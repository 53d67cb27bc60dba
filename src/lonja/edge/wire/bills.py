"""Bills as rows, with the names of their types.

Why here: types and subtypes are the wire's numbers. Invariant: every kind of bill has a type and a subtype, and every
documented key is present.
"""

from typing import Final

from lonja.core.kinds import InstrumentType
from lonja.edge.wire.account import LEDGER_NAMES
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, MARGIN, Catalogue, CurrencyForm, trade_id_text
from lonja.edge.wire.orders import LIQUIDITY_NAMES, TRADE_MODE_NAMES, price_keys
from lonja.modules.history.api import BillKind, BillRecord, BillSubkind

BILL_NAMES: Final[dict[BillSubkind, tuple[str, str]]] = {
    BillSubkind.BUY: ("2", "1"),
    BillSubkind.SELL: ("2", "2"),
    BillSubkind.OPEN_LONG: ("2", "3"),
    BillSubkind.OPEN_SHORT: ("2", "4"),
    BillSubkind.CLOSE_LONG: ("2", "5"),
    BillSubkind.CLOSE_SHORT: ("2", "6"),
    BillSubkind.TRANSFER_IN: ("1", "11"),
    BillSubkind.TRANSFER_OUT: ("1", "12"),
    BillSubkind.DEPOSIT: ("1", "11"),
    BillSubkind.WITHDRAWAL: ("1", "12"),
    BillSubkind.CORRECTION_IN: ("1", "200"),
    BillSubkind.CORRECTION_OUT: ("1", "201"),
    BillSubkind.DELIVERED_LONG: ("3", "112"),
    BillSubkind.DELIVERED_SHORT: ("3", "113"),
    BillSubkind.LIQUIDATED_PARTLY_LONG: ("5", "100"),
    BillSubkind.LIQUIDATED_PARTLY_SHORT: ("5", "101"),
    BillSubkind.LIQUIDATED_PARTLY_BUY: ("5", "102"),
    BillSubkind.LIQUIDATED_PARTLY_SELL: ("5", "103"),
    BillSubkind.LIQUIDATED_LONG: ("5", "104"),
    BillSubkind.LIQUIDATED_SHORT: ("5", "105"),
    BillSubkind.LIQUIDATED_BUY: ("5", "106"),
    BillSubkind.LIQUIDATED_SELL: ("5", "107"),
    BillSubkind.LIQUIDATION_PENALTY: ("5", "109"),
    BillSubkind.MARGIN_ADDED: ("6", "160"),
    BillSubkind.MARGIN_REMOVED: ("6", "161"),
    BillSubkind.MARGIN_TOPPED_UP: ("6", "162"),
    BillSubkind.FUNDING_PAID: ("8", "173"),
    BillSubkind.FUNDING_RECEIVED: ("8", "174"),
    BillSubkind.DELEVERAGED_LONG: ("9", "125"),
    BillSubkind.DELEVERAGED_SHORT: ("9", "126"),
    BillSubkind.DELEVERAGED_BUY: ("9", "127"),
    BillSubkind.DELEVERAGED_SELL: ("9", "128"),
    BillSubkind.CLAWBACK: ("10", "108"),
    BillSubkind.DEBT_COVERED: ("10", "108"),
    BillSubkind.INTEREST_PAID: ("7", "9"),
    BillSubkind.LOAN_TAKEN: ("16", "306"),
    BillSubkind.LOAN_REPAID: ("22", "308"),
    BillSubkind.DEBT_BOUGHT: ("4", "114"),
    BillSubkind.COLLATERAL_SOLD: ("4", "115"),
}
"""``type`` and ``subType``; what enters or leaves the house directly looks like a transfer, a correction like the system's."""

_TYPES: Final = {
    "1": "Transfer",
    "2": "Trade",
    "3": "Delivery",
    "4": "Forced repayment",
    "5": "Liquidation",
    "6": "Margin transfer",
    "7": "Interest deduction",
    "8": "Funding fee",
    "9": "ADL",
    "10": "Clawback",
    "16": "Borrowing",
    "22": "Repay",
}
_SUBTYPES: Final = {
    "1": "Buy",
    "2": "Sell",
    "3": "Open long",
    "4": "Open short",
    "5": "Close long",
    "6": "Close short",
    "9": "Interest deduction for market loans",
    "11": "Transfer in",
    "12": "Transfer out",
    "100": "Partial liquidation close long",
    "101": "Partial liquidation close short",
    "102": "Partial liquidation buy",
    "103": "Partial liquidation sell",
    "104": "Liquidation long",
    "105": "Liquidation short",
    "106": "Liquidation buy",
    "107": "Liquidation sell",
    "108": "Clawback",
    "109": "Liquidation fees",
    "112": "Delivery long",
    "113": "Delivery short",
    "114": "Forced repayment buy",
    "115": "Forced repayment sell",
    "125": "ADL close long",
    "126": "ADL close short",
    "127": "ADL buy",
    "128": "ADL sell",
    "160": "Manual margin increase",
    "161": "Manual margin decrease",
    "162": "Auto margin increase",
    "173": "Funding fee expense",
    "174": "Funding fee income",
    "200": "System transfer in",
    "201": "System transfer out",
    "306": "Manual borrow",
    "308": "Manual repay",
}


def _details(kind: str) -> list[dict[str, str]]:
    names = sorted({subtype for known, subtype in BILL_NAMES.values() if known == kind}, key=int)
    return [{"subType": name, "subTypeDesc": _SUBTYPES[name]} for name in names]


BILL_TYPES: Final[tuple[dict[str, object], ...]] = tuple(
    {"type": kind, "typeDesc": title, "subTypeDetails": _details(kind)} for kind, title in _TYPES.items()
)
"""The types of bills there are."""

BILL_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("instType", "billId", "type", "subType", "ts", "balChg", "bal", "sz", "px", "ccy", "fee"), ""),
    **dict.fromkeys(("earnAmt", "earnApr", "mgnMode", "instId", "ordId", "execType", "from", "to", "notes"), ""),
    **dict.fromkeys(("interest", "tag", "fillTime", "tradeId", "clOrdId", "fillIdxPx", "fillMarkPx"), ""),
    **dict.fromkeys(("fillPxVol", "fillPxUsd", "fillMarkVol", "fillFwdPx"), ""),
    **dict.fromkeys(("posBalChg", "posBal", "pnl"), "0"),
}


_OF_POSITIONS: Final = (
    BillKind.TRADE,
    BillKind.DELIVERY,
    BillKind.LIQUIDATION,
    BillKind.MARGIN,
    BillKind.FUNDING,
    BillKind.DELEVERAGING,
    BillKind.CLAWBACK,
)


_OF_ACCOUNTS: Final = (BillKind.MARGIN, BillKind.LIQUIDATION)
"""What changes the balance of an account although it is about a position in a pair."""


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
    in_position = bill.instrument_type == InstrumentType.MARGIN and bill.kind not in _OF_ACCOUNTS
    row = {
        **BILL_ROW,
        "billId": str(bill.bill_id),
        "type": bill_type,
        "subType": bill_subtype,
        "ts": str(bill.time_ms),
        "balChg": currency.text(bill.change),
        # What happens in a position in a pair leaves the balance as it was, whatever that is.
        "bal": "" if in_position else currency.text(bill.balance),
        "sz": currency.text(abs(bill.margin_change if in_position else bill.change)),
        "ccy": currency.name,
        "fee": currency.text(-bill.fee),
    }
    if bill.kind in _OF_POSITIONS and bill.instrument >= 0:
        row |= _trade_keys(catalogue, bill)
    elif in_position:
        form = catalogue.at(bill.instrument)
        row |= {"instType": MARGIN, "instId": form.instrument_id}
    if bill.margin_mode >= 0:
        row |= _position_keys(currency, bill)
    if bill.kind == BillKind.INTEREST:
        row["interest"] = currency.text(bill.margin_change if in_position else bill.change)
    if bill.kind == BillKind.TRANSFER and not in_position:
        row |= {"from": LEDGER_NAMES[bill.from_ledger], "to": LEDGER_NAMES[bill.to_ledger]}
    return row


def _trade_keys(catalogue: Catalogue, bill: BillRecord) -> dict[str, object]:
    form = catalogue.at(bill.instrument)
    row: dict[str, object] = {
        "instType": INSTRUMENT_TYPES[bill.instrument_type],
        "instId": form.instrument_id,
        "px": form.price_text(bill.price) if bill.price else "",
        "ordId": str(bill.order_id) if bill.order_id else "",
        "clOrdId": bill.client_order_id,
        "tag": bill.tag,
    }
    if bill.kind != BillKind.MARGIN and bill.size:
        row["sz"] = form.size_text(bill.size)
    if bill.trade_id:
        row |= {
            "tradeId": trade_id_text(bill.trade_id),
            "execType": LIQUIDITY_NAMES[bill.liquidity],
            "fillTime": str(bill.time_ms),
            **price_keys(catalogue, bill),
        }
    return row


def _position_keys(currency: CurrencyForm, bill: BillRecord) -> dict[str, object]:
    row: dict[str, object] = {
        "mgnMode": TRADE_MODE_NAMES[bill.margin_mode],
        "pnl": currency.text(bill.pnl),
        "posBalChg": currency.text(bill.margin_change),
        "posBal": currency.text(bill.margin),
    }
    if bill.kind == BillKind.MARGIN:
        row["sz"] = currency.text(abs(bill.margin_change))
    return row
