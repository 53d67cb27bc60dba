"""Orders and fills."""

from typing import Final

from lonja.edge.rest import algos, closing, precheck, trade
from lonja.edge.rest import trade_beside as beside
from lonja.edge.rest.closed import nothing, refused
from lonja.edge.rest.operation import (
    Operation,
    order_operation,
    own_array_operation,
    own_operation,
    per_instrument,
    per_tag,
)
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import order_answers, requests
from lonja.edge.wire import orders as order_wire
from lonja.edge.wire import orders_beside as wire
from lonja.edge.wire import requests_trade as asked
from lonja.modules.identity.api import Permission

READ: Final = Permission.READ
TRADE: Final = Permission.TRADE

_ORDERS: Final = (
    order_operation("/trade/order", "order", requests.PlaceOrder, order_answers.PLACE_ROW, "Place an order."),
    order_operation(
        "/trade/batch-orders", "batch-orders", requests.PlaceOrder, order_answers.PLACE_ROW, "Place up to 20 orders."
    ),
    order_operation(
        "/trade/cancel-order", "cancel-order", requests.CancelOrder, order_answers.CANCEL_ROW, "Cancel an order."
    ),
    order_operation(
        "/trade/cancel-batch-orders",
        "batch-cancel-orders",
        requests.CancelOrder,
        order_answers.CANCEL_ROW,
        "Cancel up to 20 orders.",
    ),
    order_operation(
        "/trade/amend-order",
        "amend-order",
        requests.AmendOrder,
        order_answers.AMEND_ROW,
        "Change price and or total size of an open order.",
    ),
    order_operation(
        "/trade/amend-batch-orders",
        "batch-amend-orders",
        requests.AmendOrder,
        order_answers.AMEND_ROW,
        "Change up to 20 open orders.",
    ),
    own_operation(
        "GET",
        "/trade/order",
        Permission.READ,
        (60, 2.0),
        requests.OneOrder,
        trade.order,
        order_wire.ORDER_ROW,
        per_instrument,
    ),
    own_operation(
        "GET",
        "/trade/orders-pending",
        Permission.READ,
        (60, 2.0),
        requests.PendingOrders,
        trade.pending,
        order_wire.ORDER_ROW,
    ),
    own_operation(
        "GET",
        "/trade/orders-history",
        Permission.READ,
        (40, 2.0),
        requests.OrderHistory,
        trade.history,
        order_wire.ORDER_ROW,
    ),
    own_operation(
        "GET",
        "/trade/orders-history-archive",
        READ,
        (20, 2.0),
        requests.OrderHistory,
        trade.history_archive,
        order_wire.ORDER_ROW,
    ),
    own_operation("GET", "/trade/fills", READ, (60, 2.0), asked.RecentFills, trade.fills, order_wire.FILL_ROW),
    own_operation(
        "GET", "/trade/fills-history", READ, (10, 2.0), asked.OlderFills, trade.fills_history, order_wire.FILL_ROW
    ),
    own_operation(
        "POST",
        "/trade/cancel-all-after",
        TRADE,
        (1, 1.0),
        requests.Timer,
        trade.cancel_all_after,
        account_wire.TIMER_ROW,
        per_tag,
    ),
    own_operation(
        "POST",
        "/trade/mass-cancel",
        TRADE,
        (5, 2.0),
        requests.MassCancel,
        beside.cancel_all_of_family,
        {"result": False},
    ),
    own_operation(
        "POST",
        "/trade/close-position",
        TRADE,
        (20, 2.0),
        asked.ClosePosition,
        closing.close_position,
        wire.CLOSED_ROW,
        per_instrument,
    ),
    own_operation(
        "GET",
        "/trade/account-rate-limit",
        READ,
        (1, 1.0),
        requests.Request,
        beside.account_rate_limit,
        wire.RATE_LIMIT_ROW,
    ),
    own_operation(
        "POST",
        "/trade/order-precheck",
        TRADE,
        (5, 2.0),
        asked.OrderPrecheck,
        precheck.order_precheck,
        wire.PRECHECK_ROW,
    ),
)
_ALGOS: Final = (
    own_operation(
        "POST",
        "/trade/order-algo",
        TRADE,
        (20, 2.0),
        asked.PlaceAlgo,
        algos.place_algo,
        wire.PLACE_ALGO_ROW,
        per_instrument,
    ),
    own_array_operation(
        "/trade/cancel-algos",
        TRADE,
        (20, 2.0),
        asked.CancelAlgo,
        algos.cancel_algos,
        wire.CANCEL_ALGO_ROW,
        per_instrument,
    ),
    own_array_operation(
        "/trade/cancel-advance-algos",
        TRADE,
        (20, 2.0),
        asked.CancelAlgo,
        algos.cancel_algos,
        wire.CANCEL_ALGO_ROW,
        per_instrument,
    ),
    own_operation(
        "POST",
        "/trade/amend-algos",
        TRADE,
        (20, 2.0),
        asked.AmendAlgo,
        algos.amend_algo,
        wire.AMEND_ALGO_ROW,
        per_instrument,
    ),
    own_operation("GET", "/trade/order-algo", READ, (20, 2.0), asked.OneAlgo, algos.algo, wire.ALGO_ROW),
    own_operation(
        "GET",
        "/trade/orders-algo-pending",
        READ,
        (20, 2.0),
        asked.PendingAlgos,
        algos.pending_algos,
        wire.LISTED_ALGO_ROW,
    ),
    own_operation(
        "GET", "/trade/orders-algo-history", READ, (20, 2.0), asked.EndedAlgos, algos.ended_algos, wire.LISTED_ALGO_ROW
    ),
)
_CONVERSIONS: Final = (
    own_operation(
        "GET",
        "/trade/easy-convert-currency-list",
        READ,
        (1, 2.0),
        asked.ConvertSource,
        refused("Small balances that could be converted: not offered yet.", "50062", "Easy convert"),
        wire.EASY_CONVERT_CURRENCIES_ROW,
    ),
    own_operation(
        "POST",
        "/trade/easy-convert",
        TRADE,
        (1, 2.0),
        asked.EasyConvert,
        refused("Convert small balances: not offered yet.", "50062", "Easy convert"),
        wire.EASY_CONVERT_ROW,
    ),
    own_operation(
        "GET",
        "/trade/easy-convert-history",
        READ,
        (1, 2.0),
        requests.Paged,
        nothing("Converted small balances: none."),
        wire.EASY_CONVERTED_ROW,
    ),
    own_operation(
        "GET",
        "/trade/one-click-repay-currency-list",
        READ,
        (1, 2.0),
        asked.DebtType,
        refused("Debts that could be repaid: not offered yet.", "50062", "One-click repay"),
        wire.REPAY_CURRENCIES_ROW,
    ),
    own_operation(
        "POST",
        "/trade/one-click-repay",
        TRADE,
        (1, 2.0),
        asked.Repay,
        refused("Repay debts in one currency: not offered yet.", "50062", "One-click repay"),
        wire.REPAY_ROW,
    ),
    own_operation(
        "GET",
        "/trade/one-click-repay-history",
        READ,
        (1, 2.0),
        requests.Paged,
        nothing("Repaid debts: none."),
        wire.REPAID_ROW,
    ),
    own_operation(
        "GET",
        "/trade/one-click-repay-currency-list-v2",
        READ,
        (1, 2.0),
        requests.Request,
        refused("Debts that could be repaid: not offered yet.", "50062", "One-click repay"),
        wire.REPAY_CURRENCIES_V2_ROW,
    ),
    own_operation(
        "POST",
        "/trade/one-click-repay-v2",
        TRADE,
        (1, 2.0),
        asked.RepayOne,
        refused("Repay a debt in several currencies: not offered yet.", "50062", "One-click repay"),
        wire.REPAY_V2_ROW,
    ),
    own_operation(
        "GET",
        "/trade/one-click-repay-history-v2",
        READ,
        (1, 2.0),
        requests.Paged,
        nothing("Repaid debts: none."),
        wire.REPAID_V2_ROW,
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (*_ORDERS, *_ALGOS, *_CONVERSIONS)
