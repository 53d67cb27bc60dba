"""The parameters of the operations on the funding account."""

from typing import Final

from lonja.edge.wire.requests import WIRE_NAMES, Paged, Request, Transfer

NAMES: Final[dict[str, str]] = {
    **WIRE_NAMES,
    "loan_transfer": "loanTrans",
    "ignore_risk": "omitPosRisk",
    "transfer_id": "transId",
    "custodian": "thirdPartyType",
    "paging": "pagingType",
    "client_withdrawal_id": "clientId",
    "deposit_id": "depId",
    "from_withdrawal_id": "fromWdId",
    "withdrawal_id": "wdId",
    "transaction_id": "txId",
    "kind": "type",
    "destination": "dest",
    "address": "toAddr",
    "address_type": "toAddrType",
    "area_code": "areaCode",
    "receiver": "rcvrInfo",
    "from_currency": "fromCcy",
    "to_currency": "toCcy",
    "convert_mode": "convertMode",
    "base_currency": "baseCcy",
    "quote_currency": "quoteCcy",
    "quote_size": "rfqSz",
    "size_currency": "rfqSzCcy",
    "client_quote_id": "clQReqId",
    "quote_id": "quoteId",
    "convert_currency": "szCcy",
    "client_convert_id": "clTReqId",
}


class _Request(Request, frozen=True, kw_only=True, rename=NAMES.get):
    """No parameters."""


class MoveFunds(Transfer, frozen=True, kw_only=True, rename=NAMES.get):
    """An amount to move between the funding (6) and the trading account (18), of one account or of two.

    ``type`` is 0 within the account, 1 from master to sub-account and 2 back, asked by the master, 3 from sub-account to
    master and 4 to another sub-account, asked by the sub-account. ``subAcct`` names the other account of 1, 2 and 4.
    """

    loan_transfer: bool = False
    ignore_risk: str = ""


class TransferState(_Request, frozen=True, kw_only=True):
    """A transfer, by either id; ``transId`` wins. ``type`` as in the request for it."""

    transfer_id: str = ""
    client_transfer_id: str = ""
    transfer_type: str = ""


class Valuation(_Request, frozen=True, kw_only=True):
    """The currency to value in; BTC unless given."""

    currency: str = ""


class FundingBills(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which changes of the funding account; ``after`` and ``before`` are times in milliseconds."""

    currency: str = ""
    bill_type: str = ""
    custodian: str = ""
    client_transfer_id: str = ""


class FundingBillHistory(FundingBills, frozen=True, kw_only=True, rename=NAMES.get):
    """Which changes of the funding account; ``after`` and ``before`` are times, with ``pagingType`` 2 bill ids."""

    paging: str = ""


class DepositAddress(_Request, frozen=True, kw_only=True):
    """A currency."""

    currency: str


class Deposits(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which deposits; ``after`` and ``before`` are times in milliseconds."""

    currency: str = ""
    deposit_id: str = ""
    from_withdrawal_id: str = ""
    transaction_id: str = ""
    kind: str = ""
    state: str = ""


class Withdrawals(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which withdrawals; ``after`` and ``before`` are times in milliseconds."""

    currency: str = ""
    withdrawal_id: str = ""
    client_withdrawal_id: str = ""
    transaction_id: str = ""
    kind: str = ""
    state: str = ""


class Withdraw(_Request, frozen=True, kw_only=True):
    """An amount to send to an address, on a chain (``dest`` 4) or inside the house (3)."""

    currency: str
    amount: str
    destination: str
    address: str
    address_type: str = ""
    chain: str = ""
    area_code: str = ""
    receiver: object = None
    client_withdrawal_id: str = ""


class OneWithdrawal(_Request, frozen=True, kw_only=True):
    """A withdrawal."""

    withdrawal_id: str


class Progress(_Request, frozen=True, kw_only=True):
    """A withdrawal, or a deposit by its transaction."""

    withdrawal_id: str = ""
    transaction_id: str = ""
    currency: str = ""
    to: str = ""
    chain: str = ""


class ApplyStatement(_Request, frozen=True, kw_only=True):
    """A month, ``Jan`` to ``Dec``."""

    month: str = ""


class Statement(_Request, frozen=True, kw_only=True):
    """A month, ``Jan`` to ``Dec``."""

    month: str


class ConvertPair(_Request, frozen=True, kw_only=True):
    """Two currencies."""

    from_currency: str = ""
    to_currency: str = ""
    convert_mode: str = ""


class Quote(_Request, frozen=True, kw_only=True):
    """What a quote is asked for."""

    base_currency: str
    quote_currency: str
    side: str
    quote_size: str
    size_currency: str
    client_quote_id: str = ""
    tag: str = ""
    convert_mode: str = ""


class Convert(_Request, frozen=True, kw_only=True):
    """The quote to trade at."""

    quote_id: str
    base_currency: str
    quote_currency: str
    side: str
    size: str
    convert_currency: str
    client_convert_id: str = ""
    tag: str = ""
    convert_mode: str = ""


class Converted(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which conversions; ``after`` and ``before`` are times in milliseconds."""

    client_convert_id: str = ""
    tag: str = ""
