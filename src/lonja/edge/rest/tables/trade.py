"""Orders and fills."""

from typing import Final

from lonja.edge.rest import trade
from lonja.edge.rest.operation import (
    Operation,
    order_operation,
    own_operation,
    per_instrument,
    per_tag,
)
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import order_answers, requests
from lonja.edge.wire import orders as order_wire
from lonja.modules.identity.api import Permission

OPERATIONS: Final[tuple[Operation, ...]] = (
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
        Permission.READ,
        (20, 2.0),
        requests.OrderHistory,
        trade.history,
        order_wire.ORDER_ROW,
    ),
    own_operation("GET", "/trade/fills", Permission.READ, (60, 2.0), requests.Fills, trade.fills, order_wire.FILL_ROW),
    own_operation(
        "GET", "/trade/fills-history", Permission.READ, (10, 2.0), requests.Fills, trade.fills, order_wire.FILL_ROW
    ),
    own_operation(
        "POST",
        "/trade/cancel-all-after",
        Permission.TRADE,
        (1, 1.0),
        requests.Timer,
        trade.cancel_all_after,
        account_wire.TIMER_ROW,
        per_tag,
    ),
)
