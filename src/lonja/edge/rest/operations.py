"""Every REST operation, one row each: this table is the edge's table of contents.

Why here: signature, limits, envelope and errors are the same for all; only what stands in a row differs. OpenAPI and
the reference pages are written from it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from lonja.edge.rate_limit import Rate
from lonja.edge.rest import account, public, trade
from lonja.edge.rest.calls import Call, PrivateCall
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import instruments as instrument_wire
from lonja.edge.wire import market as market_wire
from lonja.edge.wire import order_answers, requests
from lonja.edge.wire import orders as order_wire
from lonja.modules.identity.api import Permission

PREFIX: Final = "/api/v5"
_R = TypeVar("_R", bound=requests.Request)
Params = Mapping[str, object]
Run = Callable[[Call, Params], Awaitable[Rows]]
RunPrivate = Callable[[PrivateCall, Params], Awaitable[Rows]]
Counted = Callable[[Services, Params], str]
Columns = Mapping[str, object] | tuple[str, ...]


def per_caller(_: Services, __: Params) -> str:
    """One window per caller."""
    return ""


def per_instrument_type(_: Services, params: Params) -> str:
    """One window per caller and instrument type; names that do not exist share one."""
    name = params.get("instType")
    return name if isinstance(name, str) and name in instrument_wire.INSTRUMENT_TYPES else ""


def per_instrument(services: Services, params: Params) -> str:
    """One window per caller and instrument; names that do not exist share one."""
    name = params.get("instId")
    return name if isinstance(name, str) and services.catalogue.find(name) is not None else ""


def per_currency(services: Services, params: Params) -> str:
    """One window per caller and currency; names that do not exist share one."""
    name = params.get("ccy")
    return name if isinstance(name, str) and services.catalogue.find_currency(name) is not None else ""


def per_tag(_: Services, params: Params) -> str:
    """One window per caller and tag."""
    tag = params.get("tag")
    return tag[: requests.TAG_MAX] if isinstance(tag, str) else ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table.

    ``permission`` is None for public operations, which have ``run``; private ones have ``run_private``, order
    operations ``order_operation``, the name they have on the WebSocket. ``answer`` holds the keys of a row.
    """

    method: str
    path: str
    summary: str
    permission: Permission | None
    rate: Rate
    counted: Counted
    request: type[requests.Request]
    answer: Columns
    run: Run | None = None
    run_private: RunPrivate | None = None
    order_operation: str = ""

    @property
    def name(self) -> str:
        """Method and path, as metrics and logs call it."""
        return f"{self.method} {self.path}"


def _open(
    path: str,
    rate: tuple[int, float],
    request: type[_R],
    handler: Callable[[Call, _R], Awaitable[Rows]],
    answer: Columns,
    counted: Counted = per_caller,
) -> Operation:
    async def run(call: Call, params: Params) -> Rows:
        return await handler(call, requests.read_request(request, params))

    summary = _summary(handler.__doc__)
    return Operation("GET", PREFIX + path, summary, None, Rate(*rate), counted, request, answer, run=run)


def _own(
    method: str,
    path: str,
    permission: Permission,
    rate: tuple[int, float],
    request: type[_R],
    handler: Callable[[PrivateCall, _R], Awaitable[Rows]],
    answer: Columns,
    counted: Counted = per_caller,
) -> Operation:
    async def run(call: PrivateCall, params: Params) -> Rows:
        return await handler(call, requests.read_request(request, params))

    summary = _summary(handler.__doc__)
    full = PREFIX + path
    return Operation(method, full, summary, permission, Rate(*rate), counted, request, answer, run_private=run)


def _order(path: str, operation: str, request: type[requests.Request], answer: Columns, summary: str) -> Operation:
    # The windows of order operations are counted where REST and WebSocket meet, in ``edge.orders``.
    rate = Rate(300, 2.0) if "batch" in operation else Rate(60, 2.0)
    counted, full = per_instrument, PREFIX + path
    return Operation("POST", full, summary, Permission.TRADE, rate, counted, request, answer, order_operation=operation)


def _summary(docstring: str | None) -> str:
    return " ".join((docstring or "").split())


_READ, _TRADE = Permission.READ, Permission.TRADE
_TIME: Final = {"ts": ""}

OPERATIONS: Final[tuple[Operation, ...]] = (
    _open("/public/time", (10, 2.0), requests.Request, public.server_time, _TIME),
    _open(
        "/public/instruments",
        (20, 2.0),
        requests.Instruments,
        public.instruments,
        instrument_wire.PUBLIC_ROW,
        per_instrument_type,
    ),
    _open("/public/price-limit", (20, 2.0), requests.OneInstrument, public.price_limit, market_wire.PRICE_LIMIT_ROW),
    _open("/market/tickers", (20, 2.0), requests.Tickers, public.tickers, market_wire.TICKER_ROW),
    _open("/market/ticker", (20, 2.0), requests.OneInstrument, public.ticker, market_wire.TICKER_ROW),
    _open("/market/books", (40, 2.0), requests.Book, public.book, market_wire.BOOK_ROW),
    _open("/market/books-full", (10, 2.0), requests.Book, public.full_book, market_wire.FULL_BOOK_ROW),
    _open("/market/candles", (40, 2.0), requests.Candles, public.candles, market_wire.CANDLE_COLUMNS),
    _open("/market/history-candles", (20, 2.0), requests.Candles, public.candles, market_wire.CANDLE_COLUMNS),
    _open("/market/trades", (100, 2.0), requests.Trades, public.trades, market_wire.TRADE_ROW),
    _open("/system/status", (1, 5.0), requests.SystemStatus, public.system_status, {}),
    _own(
        "GET", "/asset/currencies", _READ, (6, 1.0), requests.Currencies, account.currencies, account_wire.CURRENCY_ROW
    ),
    _own(
        "GET",
        "/asset/balances",
        _READ,
        (6, 1.0),
        requests.Currencies,
        account.funding_balances,
        account_wire.FUNDING_ROW,
    ),
    _own(
        "POST",
        "/asset/transfer",
        _TRADE,
        (2, 1.0),
        requests.Transfer,
        account.transfer,
        account_wire.TRANSFER_ROW,
        per_currency,
    ),
    _own("GET", "/account/config", _READ, (5, 2.0), requests.Request, account.config, account_wire.CONFIG_ROW),
    _own("GET", "/account/balance", _READ, (10, 2.0), requests.Currencies, account.balance, account_wire.BALANCE_ROW),
    _own("GET", "/account/positions", _READ, (10, 2.0), requests.Positions, account.positions, {}),
    _own(
        "GET",
        "/account/instruments",
        _READ,
        (20, 2.0),
        requests.Instruments,
        account.instruments,
        instrument_wire.ACCOUNT_ROW,
        per_instrument_type,
    ),
    _own("GET", "/account/bills", _READ, (5, 1.0), requests.Bills, account.bills, account_wire.BILL_ROW),
    _own("GET", "/account/bills-archive", _READ, (5, 2.0), requests.Bills, account.bills, account_wire.BILL_ROW),
    _own("GET", "/account/trade-fee", _READ, (5, 2.0), requests.Fees, account.trade_fee, account_wire.FEE_ROW),
    _order("/trade/order", "order", requests.PlaceOrder, order_answers.PLACE_ROW, "Place an order."),
    _order(
        "/trade/batch-orders", "batch-orders", requests.PlaceOrder, order_answers.PLACE_ROW, "Place up to 20 orders."
    ),
    _order("/trade/cancel-order", "cancel-order", requests.CancelOrder, order_answers.CANCEL_ROW, "Cancel an order."),
    _order(
        "/trade/cancel-batch-orders",
        "batch-cancel-orders",
        requests.CancelOrder,
        order_answers.CANCEL_ROW,
        "Cancel up to 20 orders.",
    ),
    _order(
        "/trade/amend-order",
        "amend-order",
        requests.AmendOrder,
        order_answers.AMEND_ROW,
        "Change price and or total size of an open order.",
    ),
    _order(
        "/trade/amend-batch-orders",
        "batch-amend-orders",
        requests.AmendOrder,
        order_answers.AMEND_ROW,
        "Change up to 20 open orders.",
    ),
    _own("GET", "/trade/order", _READ, (60, 2.0), requests.OneOrder, trade.order, order_wire.ORDER_ROW, per_instrument),
    _own("GET", "/trade/orders-pending", _READ, (60, 2.0), requests.PendingOrders, trade.pending, order_wire.ORDER_ROW),
    _own("GET", "/trade/orders-history", _READ, (40, 2.0), requests.OrderHistory, trade.history, order_wire.ORDER_ROW),
    _own(
        "GET",
        "/trade/orders-history-archive",
        _READ,
        (20, 2.0),
        requests.OrderHistory,
        trade.history,
        order_wire.ORDER_ROW,
    ),
    _own("GET", "/trade/fills", _READ, (60, 2.0), requests.Fills, trade.fills, order_wire.FILL_ROW),
    _own("GET", "/trade/fills-history", _READ, (10, 2.0), requests.Fills, trade.fills, order_wire.FILL_ROW),
    _own(
        "POST",
        "/trade/cancel-all-after",
        _TRADE,
        (1, 1.0),
        requests.Timer,
        trade.cancel_all_after,
        account_wire.TIMER_ROW,
        per_tag,
    ),
)

BY_PATH: Final[dict[str, dict[str, Operation]]] = {}
for _operation in OPERATIONS:
    BY_PATH.setdefault(_operation.path, {})[_operation.method] = _operation
