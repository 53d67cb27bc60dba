"""The parameters of every operation but the order operations: one struct each, ours inside, the wire's outside.

Why here: the reference pages and OpenAPI are written from these structs. Invariant: a field is text, "" when absent,
which handlers turn into numbers with bounds; else a flag, a list of names, or whatever JSON stood there.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec

from lonja.edge.errors import refusal
from lonja.edge.wire.numbers import flag_of, names_in, text_of

WIRE_NAMES: Final[dict[str, str]] = {
    "instrument_type": "instType",
    "instrument_id": "instId",
    "instrument_family": "instFamily",
    "order_id": "ordId",
    "client_order_id": "clOrdId",
    "order_type": "ordType",
    "currency": "ccy",
    "currencies": "ccy",
    "depth": "sz",
    "amount": "amt",
    "from_ledger": "from",
    "to_ledger": "to",
    "transfer_type": "type",
    "sub_account": "subAcct",
    "client_transfer_id": "clientId",
    "bill_type": "type",
    "bill_subtype": "subType",
    "group_id": "groupId",
    "timeout": "timeOut",
    "margin_mode": "mgnMode",
    "contract_type": "ctType",
    "position_id": "posId",
    "trade_mode": "tdMode",
    "instrument_code": "instIdCode",
    "size": "sz",
    "price": "px",
    "target_currency": "tgtCcy",
    "fixed_size": "banAmend",
    "price_amend_type": "pxAmendType",
    "self_trade_prevention": "stpMode",
    "reduce_only": "reduceOnly",
    "trade_quote_currency": "tradeQuoteCcy",
    "request_id": "reqId",
    "new_size": "newSz",
    "new_price": "newPx",
    "cancel_on_fail": "cxlOnFail",
    "lock_interval": "lockInterval",
    "position_side": "posSide",
    "attached_orders": "attachAlgoOrds",
}


TAG_MAX: Final = 16


class Request(msgspec.Struct, frozen=True, kw_only=True, rename=WIRE_NAMES.get):
    """No parameters."""


class Paged(Request, frozen=True, kw_only=True):
    """A page of a list, newest first: entries older than ``after`` and newer than ``before``, both exclusive."""

    after: str = ""
    before: str = ""
    limit: str = ""


class History(Paged, frozen=True, kw_only=True):
    """A page of a list that reaches back in time, from ``begin`` to ``end`` in milliseconds."""

    begin: str = ""
    end: str = ""


class Instruments(Request, frozen=True, kw_only=True):
    """Instruments of a type."""

    instrument_type: str
    instrument_family: str = ""
    uly: str = ""
    instrument_id: str = ""


class OneInstrument(Request, frozen=True, kw_only=True):
    """One instrument."""

    instrument_id: str


class Tickers(Request, frozen=True, kw_only=True):
    """Instruments of a type."""

    instrument_type: str
    instrument_family: str = ""
    uly: str = ""


class Book(Request, frozen=True, kw_only=True):
    """One instrument and how many levels a side."""

    instrument_id: str
    depth: str = ""


class Candles(Paged, frozen=True, kw_only=True):
    """One instrument and the bar; ``after`` and ``before`` are opening times in milliseconds."""

    instrument_id: str
    bar: str = ""


class Trades(Request, frozen=True, kw_only=True):
    """One instrument and how many trades."""

    instrument_id: str
    limit: str = ""


class Currencies(Request, frozen=True, kw_only=True):
    """Currencies, separated by commas."""

    currencies: str = ""


class Transfer(Request, frozen=True, kw_only=True):
    """An amount to move between the funding (6) and the trading account (18)."""

    currency: str
    amount: str
    from_ledger: str
    to_ledger: str
    transfer_type: str = ""
    sub_account: str = ""
    client_transfer_id: str = ""


class Bills(History, frozen=True, kw_only=True):
    """Which changes of balances."""

    instrument_type: str = ""
    instrument_id: str = ""
    currency: str = ""
    margin_mode: str = ""
    contract_type: str = ""
    bill_type: str = ""
    bill_subtype: str = ""


class Fees(Request, frozen=True, kw_only=True):
    """Instruments whose fees are asked for."""

    instrument_type: str
    instrument_id: str = ""
    instrument_family: str = ""
    uly: str = ""
    group_id: str = ""


class Positions(Request, frozen=True, kw_only=True):
    """Which positions."""

    instrument_type: str = ""
    instrument_id: str = ""
    position_id: str = ""


class OneOrder(Request, frozen=True, kw_only=True):
    """One order, by either id; the order id wins."""

    instrument_id: str
    order_id: str = ""
    client_order_id: str = ""


class PendingOrders(Paged, frozen=True, kw_only=True):
    """Which open orders; ``after`` and ``before`` are order ids."""

    instrument_type: str = ""
    instrument_family: str = ""
    uly: str = ""
    instrument_id: str = ""
    order_type: str = ""
    state: str = ""


class OrderHistory(History, frozen=True, kw_only=True):
    """Which ended orders; ``after`` and ``before`` are order ids."""

    instrument_type: str
    instrument_family: str = ""
    uly: str = ""
    instrument_id: str = ""
    order_type: str = ""
    state: str = ""
    category: str = ""


class Fills(History, frozen=True, kw_only=True):
    """Which fills; ``after`` and ``before`` are bill ids."""

    instrument_type: str = ""
    instrument_family: str = ""
    uly: str = ""
    instrument_id: str = ""
    order_id: str = ""


class Timer(Request, frozen=True, kw_only=True):
    """In how many seconds to cancel all orders, or those with a tag; 0 switches the timer off."""

    timeout: str
    tag: str = ""


class PlaceOrder(Request, frozen=True, kw_only=True):
    """An order. Either ``instId`` or ``instIdCode`` names the instrument; sizes of contracts count contracts."""

    trade_mode: str
    side: str
    order_type: str
    size: str
    instrument_id: str = ""
    instrument_code: str = ""
    price: str = ""
    client_order_id: str = ""
    tag: str = ""
    target_currency: str = ""
    fixed_size: bool = False
    price_amend_type: str = ""
    self_trade_prevention: str = ""
    reduce_only: bool = False
    position_side: str = ""
    currency: str = ""
    trade_quote_currency: str = ""
    attached_orders: object = None


class CancelOrder(Request, frozen=True, kw_only=True):
    """An open order, by either id; the order id wins."""

    instrument_id: str = ""
    instrument_code: str = ""
    order_id: str = ""
    client_order_id: str = ""


class AmendOrder(Request, frozen=True, kw_only=True):
    """An open order, by either id, and what becomes of it. The new size counts what is filled."""

    instrument_id: str = ""
    instrument_code: str = ""
    order_id: str = ""
    client_order_id: str = ""
    request_id: str = ""
    new_size: str = ""
    new_price: str = ""
    cancel_on_fail: str = ""
    price_amend_type: str = ""
    attached_orders: object = None


class MassCancel(Request, frozen=True, kw_only=True):
    """All orders of a market maker in a family of options, and how long new ones are refused after that."""

    instrument_type: str
    instrument_family: str
    lock_interval: str = ""


class SystemStatus(Request, frozen=True, kw_only=True):
    """Which maintenance."""

    state: str = ""


class Field(msgspec.Struct, frozen=True):
    """One parameter: ``attribute`` of the struct, ``name`` on the wire, ``kind`` the type of the attribute."""

    attribute: str
    name: str
    required: bool
    kind: object = str


_R = TypeVar("_R", bound=Request)
_FIELDS: dict[type[Request], tuple[Field, ...]] = {}


def _anything(params: Mapping[str, object], name: str) -> object:
    return params[name]


_READERS: Final[dict[object, Callable[[Mapping[str, object], str], object]]] = {
    str: text_of,
    str | None: text_of,
    bool: flag_of,
    tuple[str, ...]: names_in,
    object: _anything,
}
"""How a field of each type is read, once something stands there."""


def fields_of(request_type: type[Request]) -> tuple[Field, ...]:
    """The parameters of a request, required ones first."""
    fields = _FIELDS.get(request_type)
    if fields is None:
        found = [Field(f.name, f.encode_name, f.required, f.type) for f in msgspec.structs.fields(request_type)]
        fields = _FIELDS[request_type] = tuple(sorted(found, key=lambda field: not field.required))
    return fields


def read_request(request_type: type[_R], params: Mapping[str, object]) -> _R:
    """The request in ``params``; unknown keys are ignored. Raises ``EdgeError`` 50014 or 51000.

    Absent, null and "" are the same, but for fields that may be None: to these "" is a value.
    """
    values = {}
    for field in fields_of(request_type):
        given = params.get(field.name)
        if given is not None and given != "":
            values[field.attribute] = _READERS[field.kind](params, field.name)
        elif field.required:
            raise refusal("50014", field.name)
        elif given is not None and field.kind == str | None:
            values[field.attribute] = ""
    return request_type(**values)


def on_wire(request: Request) -> dict[str, object]:
    """The parameters of a request under the names they came with."""
    return {field.name: getattr(request, field.attribute) for field in fields_of(type(request))}
