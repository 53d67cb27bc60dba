"""Private pushes about orders and fills: one row per update, with every documented key.

Why here: their keys are the wire's. A row is that of a question about the order, except that the fill keys describe
this update and are blank when it is no fill. Invariant: fees are negative when paid.
"""

from typing import Final, NamedTuple

from lonja.core.kinds import OrderType, SizeUnit
from lonja.core.rejections import Rejection
from lonja.edge.errors import REJECTION_CODES
from lonja.edge.wire.account import Valuation, usd_text
from lonja.edge.wire.instruments import Catalogue, trade_id_text
from lonja.edge.wire.orders import LIQUIDITY_NAMES, SIDE_NAMES, order_row, price_keys
from lonja.modules.history.api import AmendResult, FillRecord, OrderChange, OrderRecord, OrderUpdate

_PUSH_ONLY: Final[dict[str, object]] = {
    **dict.fromkeys(("notionalUsd", "fillFeeCcy", "fillPxVol", "fillPxUsd", "fillMarkVol", "fillFwdPx"), ""),
    **dict.fromkeys(("fillMarkPx", "fillIdxPx", "execType", "fillNotionalUsd", "amendSource", "reqId"), ""),
    **dict.fromkeys(("amendResult", "lastPx", "msg"), ""),
    "fillPnl": "0",
    "fillFee": "0",
    "code": "0",
}
_NO_FILL: Final[dict[str, object]] = {"fillPx": "", "tradeId": "", "fillSz": "0", "fillTime": ""}
_AMEND_RESULTS: Final = {None: "", AmendResult.AMENDED: "0", AmendResult.CANCELED: "1"}


class PushContext(NamedTuple):
    """What a row tells besides the order: names, values in USD, and the last price (ticks, 0 for none)."""

    catalogue: Catalogue
    valuation: Valuation
    last_price: int


def order_push_row(update: OrderUpdate, context: PushContext) -> dict[str, object]:
    """The row of one update of an order."""
    order = update.order
    form = context.catalogue.at(order.instrument)
    row = order_row(context.catalogue, order) | _PUSH_ONLY
    if not (form.is_contract or row["lever"]):
        row["lever"] = "0"
    row |= _NO_FILL if update.fill is None else _fill_keys(update.fill, context)
    row["notionalUsd"] = _notional_usd(order, context)
    row["amendSource"] = "1" if update.change is OrderChange.AMENDED else ""
    row["reqId"] = update.request_id
    row["amendResult"] = _AMEND_RESULTS[update.amend_result]
    row["code"] = REJECTION_CODES[Rejection(update.rejection)][0]
    row["lastPx"] = form.price_text(context.last_price) if context.last_price else ""
    return row


def fill_push_row(catalogue: Catalogue, fill: FillRecord) -> dict[str, object]:
    """The row of one fill."""
    form = catalogue.at(fill.instrument)
    return {
        "instId": form.instrument_id,
        "fillSz": form.size_text(fill.size),
        "fillPx": form.price_text(fill.price),
        "side": SIDE_NAMES[fill.side],
        "ts": str(fill.time_ms),
        "ordId": str(fill.order_id),
        "clOrdId": fill.client_order_id,
        "tradeId": trade_id_text(fill.trade_id),
        "execType": LIQUIDITY_NAMES[fill.liquidity],
        "count": "1",
    }


def _fill_keys(fill: FillRecord, context: PushContext) -> dict[str, object]:
    form = context.catalogue.at(fill.instrument)
    currency = context.catalogue.currency(fill.fee_currency)
    return {
        "fillPx": form.price_text(fill.price),
        "tradeId": trade_id_text(fill.trade_id),
        "fillSz": form.size_text(fill.size),
        "fillTime": str(fill.time_ms),
        "fillFee": currency.text(-fill.fee),
        "fillFeeCcy": currency.name,
        "execType": LIQUIDITY_NAMES[fill.liquidity],
        "fillPnl": form.settle.text(fill.pnl),
        "fillNotionalUsd": usd_text(context.valuation.usd(form.quote, form.quote_value(fill.size, fill.price))),
        **price_keys(context.catalogue, fill),
    }


def _notional_usd(order: OrderRecord, context: PushContext) -> str:
    form = context.catalogue.at(order.instrument)
    if order.size_unit == SizeUnit.QUOTE:
        return usd_text(context.valuation.usd(form.quote, order.size))
    price = context.last_price if order.order_type == OrderType.MARKET else order.price
    return usd_text(context.valuation.usd(form.quote, form.quote_value(order.size, price)))
