"""Orders and fills as rows, the same for questions and, with a few keys more, for pushes.

Why here: ``ordType``, ``state`` and the sign of fees differ from ours. Invariant: every documented key is present; a
fee that was paid is negative.
"""

from typing import Final

from lonja.core.kinds import (
    CancelReason,
    Liquidity,
    MarginMode,
    OrderState,
    OrderType,
    PositionSide,
    SelfTradePrevention,
    Side,
    SizeUnit,
)
from lonja.edge.errors import CANCEL_SOURCES
from lonja.edge.wire.instruments import (
    INSTRUMENT_TYPES,
    LEVERAGE_SCALE,
    MARGIN,
    Catalogue,
    InstrumentForm,
    trade_id_text,
)
from lonja.edge.wire.order_requests import ORDER_KINDS
from lonja.modules.history.api import (
    LINKED_PROFIT,
    LONE_PROFIT,
    BillRecord,
    FillRecord,
    OrderCategory,
    OrderRecord,
    index_pair,
)
from lonja.primitives.money import format_scaled

ORDER_TYPE_NAMES: Final[dict[tuple[int, int, int], str]] = {
    **{(kind.order_type, kind.time_in_force, kind.post_only): name for name, kind in ORDER_KINDS.items()},
    (int(OrderType.MARKET), 2, 0): "market",
}
SIDE_NAMES: Final[dict[int, str]] = {int(Side.BUY): "buy", int(Side.SELL): "sell"}
STATE_NAMES: Final[dict[int, str]] = {
    int(OrderState.LIVE): "live",
    int(OrderState.PARTIALLY_FILLED): "partially_filled",
    int(OrderState.FILLED): "filled",
    int(OrderState.CANCELED): "canceled",
}
PREVENTION_NAMES: Final[dict[int, str]] = {
    int(SelfTradePrevention.DEFAULT): "",
    int(SelfTradePrevention.CANCEL_MAKER): "cancel_maker",
    int(SelfTradePrevention.CANCEL_TAKER): "cancel_taker",
    int(SelfTradePrevention.CANCEL_BOTH): "cancel_both",
}
LIQUIDITY_NAMES: Final[dict[int, str]] = {int(Liquidity.TAKER): "T", int(Liquidity.MAKER): "M"}
TRADE_MODE_NAMES: Final[dict[int, str]] = {
    -1: "cash",
    int(MarginMode.CROSS): "cross",
    int(MarginMode.ISOLATED): "isolated",
}
POSITION_SIDE_NAMES: Final[dict[int, str]] = {
    int(PositionSide.NET): "net",
    int(PositionSide.LONG): "long",
    int(PositionSide.SHORT): "short",
}
CATEGORY_NAMES: Final[dict[int, str]] = {
    int(OrderCategory.NORMAL): "normal",
    int(OrderCategory.PARTIAL_LIQUIDATION): "partial_liquidation",
    int(OrderCategory.FULL_LIQUIDATION): "full_liquidation",
    int(OrderCategory.DELEVERAGING): "adl",
    int(OrderCategory.DELIVERY): "delivery",
}
_NET, _LONG, _SHORT = int(PositionSide.NET), int(PositionSide.LONG), int(PositionSide.SHORT)
_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_PARTLY, _FULLY = int(OrderCategory.PARTIAL_LIQUIDATION), int(OrderCategory.FULL_LIQUIDATION)
_DELEVERAGED, _DELIVERED = int(OrderCategory.DELEVERAGING), int(OrderCategory.DELIVERY)
FILL_SUBTYPES: Final[dict[tuple[int, int, int], str]] = {
    # Buy, sell, open long, open short, close long, close short.
    (0, _NET, _BUY): "1",
    (0, _NET, _SELL): "2",
    (0, _LONG, _BUY): "3",
    (0, _SHORT, _SELL): "4",
    (0, _LONG, _SELL): "5",
    (0, _SHORT, _BUY): "6",
    (_PARTLY, _LONG, _SELL): "100",
    (_PARTLY, _SHORT, _BUY): "101",
    (_PARTLY, _NET, _BUY): "102",
    (_PARTLY, _NET, _SELL): "103",
    (_FULLY, _LONG, _SELL): "104",
    (_FULLY, _SHORT, _BUY): "105",
    (_FULLY, _NET, _BUY): "106",
    (_FULLY, _NET, _SELL): "107",
    (_DELIVERED, _LONG, _SELL): "112",
    (_DELIVERED, _NET, _SELL): "112",
    (_DELIVERED, _SHORT, _BUY): "113",
    (_DELIVERED, _NET, _BUY): "113",
    (_DELEVERAGED, _LONG, _SELL): "125",
    (_DELEVERAGED, _SHORT, _BUY): "126",
    (_DELEVERAGED, _NET, _BUY): "127",
    (_DELEVERAGED, _NET, _SELL): "128",
}
"""By category, position side and side."""

ORDER_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("instType", "instId", "tgtCcy", "ccy", "ordId", "clOrdId", "tag", "px", "pxUsd", "pxVol"), ""),
    **dict.fromkeys(("pxType", "sz", "ordType", "side", "accFillSz", "fillPx", "tradeId", "fillSz", "fillTime"), ""),
    **dict.fromkeys(("avgPx", "state", "stpId", "stpMode", "lever", "attachAlgoClOrdId", "tpTriggerPx"), ""),
    **dict.fromkeys(("tpTriggerPxType", "tpOrdPx", "slTriggerPx", "slTriggerPxType", "slOrdPx", "feeCcy", "fee"), ""),
    **dict.fromkeys(("rebateCcy", "rebate", "source", "cancelSource", "cancelSourceReason", "quickMgnType"), ""),
    **dict.fromkeys(("algoClOrdId", "algoId", "uTime", "cTime", "tradeQuoteCcy", "outcome"), ""),
    "pnl": "0",
    "posSide": "net",
    "tdMode": "cash",
    "category": "normal",
    "reduceOnly": "false",
    "isTpLimit": "false",
    "attachAlgoOrds": [],
    "linkedAlgoOrd": {"algoId": ""},
}
FILL_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("instType", "instId", "tradeId", "ordId", "clOrdId", "billId", "subType", "tag", "fillPx"), ""),
    **dict.fromkeys(("fillSz", "fillIdxPx", "fillPxVol", "fillPxUsd", "fillMarkVol", "fillFwdPx", "fillMarkPx"), ""),
    **dict.fromkeys(("side", "execType", "feeCcy", "fee", "ts", "fillTime", "feeRate", "tradeQuoteCcy"), ""),
    "posSide": "net",
    "fillPnl": "0",
}


def order_type_name(order: OrderRecord) -> str:
    """Order type, time in force and post-only in one word."""
    return ORDER_TYPE_NAMES[order.order_type, order.time_in_force, order.post_only]


def order_row(catalogue: Catalogue, order: OrderRecord) -> dict[str, object]:
    """An order; its fill fields tell the last fill."""
    form = catalogue.at(order.instrument)
    fee_currency = catalogue.currency(order.fee_currency)
    state, source, reason = _ending(order)
    by_quote = order.size_unit == SizeUnit.QUOTE
    is_market = order.order_type == OrderType.MARKET
    filled = order.last_trade_id != 0
    row = {
        **ORDER_ROW,
        "instType": INSTRUMENT_TYPES[order.instrument_type],
        "instId": form.instrument_id,
        "tgtCcy": ("quote_ccy" if by_quote else "base_ccy") if is_market else "",
        "ordId": str(order.order_id),
        "clOrdId": order.client_order_id,
        "tag": order.tag,
        "px": "" if is_market else form.price_text(order.price),
        "sz": form.quote.text(order.size) if by_quote else form.size_text(order.size),
        "ordType": order_type_name(order),
        "side": SIDE_NAMES[order.side],
        "accFillSz": form.size_text(order.filled),
        "fillPx": form.price_text(order.last_price) if filled else "",
        "tradeId": trade_id_text(order.last_trade_id) if filled else "",
        "fillSz": form.size_text(order.last_size) if filled else "0",
        "fillTime": str(order.last_time_ms) if filled else "",
        "avgPx": _average(form, order),
        "state": state,
        "stpMode": PREVENTION_NAMES[order.self_trade_prevention],
        "feeCcy": fee_currency.name,
        "fee": fee_currency.text(-order.fee),
        "rebateCcy": fee_currency.name,
        "rebate": fee_currency.text(order.rebate),
        "cancelSource": source,
        "cancelSourceReason": reason,
        "uTime": str(order.updated_time_ms),
        "cTime": str(order.created_time_ms),
        "tradeQuoteCcy": form.quote.name,
        **_origin(order),
    }
    if form.is_contract:
        return row | _contract_keys(form, order)
    return row | _margin_keys(catalogue, order) if row["instType"] == MARGIN else row


def _margin_keys(catalogue: Catalogue, order: OrderRecord) -> dict[str, object]:
    """What is told of an order for a pair that trades with borrowed money."""
    return {
        "ccy": catalogue.currency(order.margin_currency).name if order.margin_currency >= 0 else "",
        "tdMode": TRADE_MODE_NAMES[order.margin_mode],
        "reduceOnly": "true" if order.reduce_only else "false",
        "lever": leverage_text(order.leverage) if order.leverage else "",
        "category": CATEGORY_NAMES[order.category],
    }


def _origin(order: OrderRecord) -> dict[str, object]:
    """What placed an order. A take profit that rests was placed, not triggered: it names its stop loss."""
    if order.source == LINKED_PROFIT:
        return {"isTpLimit": "true", "linkedAlgoOrd": {"algoId": str(order.algo_id)}}
    return {
        "source": ("7" if order.source == LONE_PROFIT else str(order.source)) if order.source else "",
        "algoId": str(order.algo_id) if order.algo_id else "",
        "isTpLimit": "true" if order.source == LONE_PROFIT else "false",
    }


def _contract_keys(form: InstrumentForm, order: OrderRecord) -> dict[str, object]:
    return {
        "ccy": form.settle.name,
        "tgtCcy": "",
        "tdMode": TRADE_MODE_NAMES[order.margin_mode],
        "posSide": POSITION_SIDE_NAMES[order.position_side],
        "reduceOnly": "true" if order.reduce_only else "false",
        "lever": leverage_text(order.leverage) if order.leverage else "",
        "pnl": form.settle.text(order.pnl),
        "category": CATEGORY_NAMES[order.category],
        "tradeQuoteCcy": "",
    }


def _average(form: InstrumentForm, order: OrderRecord) -> str:
    if order.category:
        return form.price_text(order.last_price)
    return form.average_price_text(order.notional, order.filled, order.last_price)


def closed_row(instrument_id: str, position_side: int, client_order_id: str, tag: str) -> dict[str, object]:
    """The position that an order of its own closes."""
    row = {"instId": instrument_id, "posSide": POSITION_SIDE_NAMES[position_side]}
    return {**row, "clOrdId": client_order_id, "tag": tag}


def leverage_text(hundredths: int) -> str:
    """A leverage as a decimal."""
    return format_scaled(hundredths, LEVERAGE_SCALE)


def fill_row(catalogue: Catalogue, fill: FillRecord) -> dict[str, object]:
    """One order's half of a trade."""
    form = catalogue.at(fill.instrument)
    fee_currency = catalogue.currency(fill.fee_currency)
    time_text = str(fill.time_ms)
    return {
        **FILL_ROW,
        "instType": INSTRUMENT_TYPES[fill.instrument_type],
        "instId": form.instrument_id,
        "tradeId": trade_id_text(fill.trade_id),
        "ordId": str(fill.order_id),
        "clOrdId": fill.client_order_id,
        "billId": str(fill.fill_id),
        "subType": FILL_SUBTYPES[fill.category, fill.position_side, fill.side],
        "tag": fill.tag,
        "fillPx": form.price_text(fill.price),
        "fillSz": form.size_text(fill.size),
        "side": SIDE_NAMES[fill.side],
        "execType": LIQUIDITY_NAMES[fill.liquidity],
        "feeCcy": fee_currency.name,
        "fee": fee_currency.text(-fill.fee),
        "ts": time_text,
        "fillTime": time_text,
        "posSide": POSITION_SIDE_NAMES[fill.position_side],
        "fillPnl": form.settle.text(fill.pnl),
        "tradeQuoteCcy": "" if form.is_contract else form.quote.name,
        **price_keys(catalogue, fill),
    }


def price_keys(catalogue: Catalogue, fill: FillRecord | BillRecord) -> dict[str, object]:
    """What index and mark were at the moment of a fill; blank when there was none."""
    form = catalogue.at(fill.instrument)
    name = form.instrument_id if form.is_contract else index_pair(form.instrument_id, form.base.name, form.quote.name)
    index_form = catalogue.find(name)
    return {
        "fillIdxPx": index_form.price_text(fill.index_price) if index_form is not None and fill.index_price else "",
        "fillMarkPx": form.price_text(fill.mark_price) if fill.mark_price else "",
    }


def _ending(order: OrderRecord) -> tuple[str, str, str]:
    """State, cancel source and its reason."""
    if order.state != OrderState.CANCELED:
        return STATE_NAMES[order.state], "", ""
    source, reason = CANCEL_SOURCES[CancelReason(order.cancel_reason)]
    return STATE_NAMES[order.state], source, reason
