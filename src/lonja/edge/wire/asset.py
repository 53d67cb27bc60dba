"""Rows of the funding account and of sub-accounts.

Why here: what a bill is called depends on who sees it. Invariant: every documented key is there.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from lonja.core.views import AccountView
from lonja.edge.wire.account import PERMISSION_NAMES
from lonja.edge.wire.blank import blank
from lonja.edge.wire.instruments import Catalogue
from lonja.modules.history.api import BillKind, BillRecord, BillSubkind
from lonja.modules.identity.api import KeyEntry, Permission, SubAccount, parse_permissions, uid

NON_TRADABLE_ROW: Final = blank(
    "ccy name logoLink bal chain minWd fee feeCcy burningFeeRate ctAddr wdTickSz",
    canWd=False,
    wdAll=False,
    needTag=False,
)
VALUATION_ROW: Final = blank("totalBal ts", details={"funding": "", "trading": "", "classic": "", "earn": ""})
TRANSFER_STATE_ROW: Final = blank("transId clientId ccy amt type from to subAcct instId toInstId state")
FUNDING_BILL_ROW: Final = blank("billId ccy clientId balChg bal type notes ts")
DEPOSIT_ADDRESS_ROW: Final = blank("addr tag memo pmtId ccy chain to verifiedName ctAddr", addrEx={}, selected=False)
DEPOSIT_ROW: Final = blank("ccy chain amt from areaCodeFrom to txId ts state depId fromWdId actualDepBlkConfirm")
WITHDRAW_ROW: Final = blank("ccy chain amt wdId clientId")
WITHDRAWAL_ROW: Final = blank(
    "ccy chain amt ts from areaCodeFrom to areaCodeTo toAddrType tag pmtId memo txId fee feeCcy state wdId "
    "clientId note",
    nonTradableAsset=False,
    addrEx={},
)
PROGRESS_ROW: Final = blank("estCompleteTime state txId wdId")
EXCHANGE_ROW: Final = blank("exchName exchId")
STATEMENT_ROW: Final = blank("fileHref state")
CONVERT_CURRENCY_ROW: Final = blank("ccy min max")
CONVERT_PAIR_ROW: Final = blank(
    "fromCcy toCcy convertMode instId baseCcy baseCcyMax baseCcyMin quoteCcy quoteCcyMax quoteCcyMin",
)
QUOTE_ROW: Final = blank(
    "quoteTime ttlMs clQReqId quoteId baseCcy quoteCcy side origRfqSz rfqSz rfqSzCcy cnvtPx baseSz quoteSz",
)
CONVERT_ROW: Final = blank(
    "tradeId quoteId clTReqId state instId baseCcy quoteCcy side fillPx fillBaseSz fillQuoteSz ts",
)
CONVERTED_ROW: Final = blank("tradeId clTReqId state instId baseCcy quoteCcy side fillPx fillBaseSz fillQuoteSz ts")
SUB_BILL_ROW: Final = blank("billId ccy amt type subAcct ts")
MANAGED_BILL_ROW: Final = blank("billId ccy amt type subAcct subUid ts")
SUB_ACCOUNT_ROW: Final = blank(
    "type subAcct uid label mobile ts subAcctLv firstLvSubAcct",
    enable=False,
    gAuth=False,
    frozenFunc=[],
    canTransOut=False,
    ifDma=False,
)
CREATED_ROW: Final = blank("subAcct label uid ts")
NEW_KEY_ROW: Final = blank("subAcct label apiKey secretKey passphrase perm ip ts")
KEY_ROW: Final = blank("label apiKey perm ip ts")
CHANGED_KEY_ROW: Final = blank("subAcct apiKey label perm ip ts")


FROM_MASTER, FROM_SUB = "0", "1"
"""Which way a transfer went."""


class BillName(NamedTuple):
    """Which bills of the funding account have a type: None where that does not matter."""

    kind: BillKind
    subkind: BillSubkind | None = None
    between_accounts: bool | None = None


_OWN: Final = {
    "1": BillName(BillKind.DEPOSIT, BillSubkind.DEPOSIT),
    "2": BillName(BillKind.WITHDRAWAL, BillSubkind.WITHDRAWAL),
    "47": BillName(BillKind.CORRECTION),
    "130": BillName(BillKind.TRANSFER, BillSubkind.TRANSFER_IN, between_accounts=False),
    "131": BillName(BillKind.TRANSFER, BillSubkind.TRANSFER_OUT, between_accounts=False),
}
_SENT: Final = BillName(BillKind.TRANSFER, BillSubkind.TRANSFER_OUT, between_accounts=True)
_RECEIVED: Final = BillName(BillKind.TRANSFER, BillSubkind.TRANSFER_IN, between_accounts=True)
MASTER_BILLS: Final = {**_OWN, "20": _SENT, "21": _RECEIVED}
SUB_BILLS: Final = {**_OWN, "22": _SENT, "23": _RECEIVED}
"""Types of funding bills, for masters and for sub-accounts."""


def funding_bill_row(catalogue: Catalogue, bill: BillRecord, names: dict[str, BillName]) -> dict[str, object]:
    """One change of the funding account."""
    currency = catalogue.currency(bill.currency)
    crosses = bill.other_account not in (-1, bill.account)
    wanted = (bill.kind, bill.subkind, crosses)
    kind = next(
        name
        for name, told in names.items()
        if (told.kind, bill.subkind if told.subkind is None else told.subkind, bool(told.between_accounts)) == wanted
    )
    return {
        "billId": str(bill.bill_id),
        "ccy": currency.name,
        "clientId": bill.client_transfer_id,
        "balChg": currency.text(bill.change),
        "bal": currency.text(bill.balance),
        "type": kind,
        "notes": "",
        "ts": str(bill.time_ms),
    }


def sub_bill_row(catalogue: Catalogue, bill: BillRecord, sub_account: str) -> dict[str, object]:
    """A transfer between a master, whose bill it is, and ``sub_account``."""
    currency = catalogue.currency(bill.currency)
    return {
        "billId": str(bill.bill_id),
        "ccy": currency.name,
        "amt": currency.text(abs(bill.change)),
        "type": FROM_MASTER if bill.subkind == BillSubkind.TRANSFER_OUT else FROM_SUB,
        "subAcct": sub_account,
        "ts": str(bill.time_ms),
    }


def sub_account_row(sub: SubAccount, view: AccountView) -> dict[str, object]:
    """A sub-account as its master sees it."""
    frozen = bool(view.frozen)
    return {
        **SUB_ACCOUNT_ROW,
        "type": "1",
        "enable": not frozen,
        "subAcct": sub.name,
        "uid": uid(sub.account),
        "label": sub.label,
        "frozenFunc": ["trading", "transfer"] if frozen else [],
        "canTransOut": sub.can_transfer_out,
        "ts": str(sub.created_ms),
        "subAcctLv": "1",
        "firstLvSubAcct": sub.name,
    }


def key_row(entry: KeyEntry) -> dict[str, object]:
    """A key without its secrets."""
    granted = parse_permissions(entry.permissions.split(","))
    return {
        "label": entry.label,
        "apiKey": entry.api_key,
        "perm": permission_text(granted),
        "ip": address_text(entry.networks.split(",")),
        "ts": str(entry.created_ms),
    }


def permission_text(granted: frozenset[Permission]) -> str:
    """Permissions as they are called on the wire."""
    return ",".join(name for permission, name in PERMISSION_NAMES.items() if permission in granted)


def address_text(networks: Iterable[str]) -> str:
    """Networks with commas between, those of one address without their length."""
    return ",".join(network.removesuffix("/32").removesuffix("/128") for network in networks)
