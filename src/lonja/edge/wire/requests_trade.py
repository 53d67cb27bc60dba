"""The parameters of what stands beside orders: algo orders, conversions, repayments, prechecks."""

from typing import Final

from lonja.edge.wire.requests import WIRE_NAMES, Fills, Paged, PlaceOrder, Request

NAMES: Final[dict[str, str]] = {
    **WIRE_NAMES,
    "algo_id": "algoId",
    "client_algo_id": "algoClOrdId",
    "auto_cancel": "autoCxl",
    "close_fraction": "closeFraction",
    "trade_quote_currency": "tradeQuoteCcy",
    "take_price_trigger": "tpTriggerPx",
    "take_price_trigger_type": "tpTriggerPxType",
    "take_price": "tpOrdPx",
    "take_kind": "tpOrdKind",
    "stop_price_trigger": "slTriggerPx",
    "stop_price_trigger_type": "slTriggerPxType",
    "stop_price": "slOrdPx",
    "cancel_on_close": "cxlOnClosePos",
    "chase_type": "chaseType",
    "chase_value": "chaseVal",
    "chase_type_max": "maxChaseType",
    "chase_value_max": "maxChaseVal",
    "trigger_price": "triggerPx",
    "trigger_price_type": "triggerPxType",
    "order_price": "orderPx",
    "advanced_order_type": "advanceOrdType",
    "callback_ratio": "callbackRatio",
    "callback_spread": "callbackSpread",
    "active_price": "activePx",
    "price_ratio": "pxVar",
    "price_spread": "pxSpread",
    "size_limit": "szLimit",
    "price_limit": "pxLimit",
    "time_interval": "timeInterval",
    "order_count": "lmtOrderNumber",
    "trigger_params": "triggerParams",
    "new_take_price_trigger": "newTpTriggerPx",
    "new_take_price": "newTpOrdPx",
    "new_callback_ratio": "newCallbackRatio",
    "new_callback_spread": "newCallbackSpread",
    "new_active_price": "newActivePx",
    "new_stop_price_trigger": "newSlTriggerPx",
    "new_stop_price": "newSlOrdPx",
    "new_take_price_trigger_type": "newTpTriggerPxType",
    "new_stop_price_trigger_type": "newSlTriggerPxType",
    "new_trigger_price": "newTriggerPx",
    "new_order_price": "newOrdPx",
    "new_trigger_price_type": "newTriggerPxType",
    "from_currencies": "fromCcy",
    "to_currency": "toCcy",
    "debt_type": "debtType",
    "debt_currencies": "debtCcy",
    "debt_currency": "debtCcy",
    "repay_currency": "repayCcy",
    "repay_currencies": "repayCcyList",
    "fill_subtype": "subType",
}


class _Request(Request, frozen=True, kw_only=True, rename=NAMES.get):
    """No parameters."""


class RecentFills(Fills, frozen=True, kw_only=True, rename=NAMES.get):
    """Which fills; ``after`` and ``before`` are bill ids.

    ``subType`` is 1 for purchases and 2 for sales; where there are two positions 3 and 4 open a long and a short one, 5
    and 6 close them, and from 100 on the house did.
    """

    fill_subtype: str = ""


class OlderFills(RecentFills, frozen=True, kw_only=True, rename=NAMES.get):
    """Which fills of a type of instruments; ``after`` and ``before`` are bill ids."""

    instrument_type: str


class ClosePosition(_Request, frozen=True, kw_only=True):
    """A position to close at the market."""

    instrument_id: str
    margin_mode: str
    position_side: str = ""
    currency: str = ""
    auto_cancel: bool = False
    client_order_id: str = ""
    tag: str = ""


class OrderPrecheck(PlaceOrder, frozen=True, kw_only=True, rename=NAMES.get):
    """An order that is not placed."""

    instrument_id: str
    outcome: str = ""


class PlaceAlgo(_Request, frozen=True, kw_only=True):
    """An order that waits for a condition, or is sent in parts."""

    instrument_id: str
    trade_mode: str
    side: str
    order_type: str
    currency: str = ""
    position_side: str = ""
    size: str = ""
    tag: str = ""
    target_currency: str = ""
    client_algo_id: str = ""
    client_order_id: str = ""
    close_fraction: str = ""
    trade_quote_currency: str = ""
    take_price_trigger: str = ""
    take_price_trigger_type: str = ""
    take_price: str = ""
    take_kind: str = ""
    stop_price_trigger: str = ""
    stop_price_trigger_type: str = ""
    stop_price: str = ""
    cancel_on_close: bool = False
    reduce_only: bool = False
    chase_type: str = ""
    chase_value: str = ""
    chase_type_max: str = ""
    chase_value_max: str = ""
    trigger_price: str = ""
    trigger_price_type: str = ""
    order_price: str = ""
    advanced_order_type: str = ""
    attached_orders: object = None
    callback_ratio: str = ""
    callback_spread: str = ""
    active_price: str = ""
    price_ratio: str = ""
    price_spread: str = ""
    size_limit: str = ""
    price_limit: str = ""
    time_interval: str = ""
    order_count: str = ""
    aggressiveness: str = ""
    trigger_params: object = None


class CancelAlgo(_Request, frozen=True, kw_only=True):
    """An algo order, by either id."""

    instrument_id: str
    algo_id: str = ""
    client_algo_id: str = ""


class AmendAlgo(_Request, frozen=True, kw_only=True):
    """An algo order, by either id, and what becomes of it."""

    instrument_id: str
    algo_id: str = ""
    client_algo_id: str = ""
    cancel_on_fail: bool = False
    request_id: str = ""
    new_size: str = ""
    new_take_price_trigger: str = ""
    new_take_price: str = ""
    new_stop_price_trigger: str = ""
    new_stop_price: str = ""
    new_take_price_trigger_type: str = ""
    new_stop_price_trigger_type: str = ""
    new_trigger_price: str = ""
    new_order_price: str = ""
    new_trigger_price_type: str = ""
    new_callback_ratio: str = ""
    new_callback_spread: str = ""
    new_active_price: str = ""
    attached_orders: object = None


class OneAlgo(_Request, frozen=True, kw_only=True):
    """An algo order, by either id."""

    algo_id: str = ""
    client_algo_id: str = ""


class PendingAlgos(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which waiting algo orders; ``after`` and ``before`` are algo ids."""

    order_type: str
    algo_id: str = ""
    instrument_type: str = ""
    instrument_id: str = ""


class EndedAlgos(PendingAlgos, frozen=True, kw_only=True, rename=NAMES.get):
    """Which ended algo orders, by state or id; ``after`` and ``before`` are algo ids."""

    state: str = ""


class ConvertSource(_Request, frozen=True, kw_only=True):
    """1: from the trading account, 2: from the funding account."""

    source: str = ""


class EasyConvert(_Request, frozen=True, kw_only=True):
    """Small balances to turn into one currency."""

    from_currencies: tuple[str, ...]
    to_currency: str
    source: str = ""


class DebtType(_Request, frozen=True, kw_only=True):
    """``cross`` or ``isolated``."""

    debt_type: str = ""


class Repay(_Request, frozen=True, kw_only=True):
    """Debts to repay in one currency."""

    debt_currencies: tuple[str, ...]
    repay_currency: str


class RepayOne(_Request, frozen=True, kw_only=True):
    """A debt to repay in several currencies."""

    debt_currency: str
    repay_currencies: tuple[str, ...]
