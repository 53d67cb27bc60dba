"""Algo orders as rows, the same for questions and, with a few keys more, for pushes.

Why here: ``ordType``, ``state`` and the many ways to write a price are the wire's. Invariant: every documented key is
present, "" where it means nothing for a type.
"""

from collections.abc import Sequence
from typing import Final

from lonja.core.kinds import (
    AlgoKind,
    AlgoLeg,
    AlgoState,
    InstrumentState,
    InstrumentType,
    ProfitKind,
    Side,
    SizeUnit,
    TimeInForce,
    TriggerSource,
)
from lonja.core.rejections import Rejection
from lonja.edge.errors import REJECTION_CODES, rejection_error
from lonja.edge.wire.account import Valuation, usd_text
from lonja.edge.wire.algo_legs import MARKET, RATIO_SCALE
from lonja.edge.wire.collateral import as_traded
from lonja.edge.wire.instruments import MARGIN, Catalogue, InstrumentForm
from lonja.edge.wire.orders import POSITION_SIDE_NAMES, SIDE_NAMES, TRADE_MODE_NAMES, leverage_text
from lonja.edge.wire.orders_beside import ALGO_ROW, LISTED_ALGO_ROW
from lonja.engine.api import EngineViews
from lonja.modules.history.api import AlgoChange, AlgoRecord, AlgoUpdate
from lonja.primitives.money import INT_MAX, PPM, format_scaled

TYPE_NAMES: Final[dict[int, str]] = {
    int(AlgoKind.CONDITIONAL): "conditional",
    int(AlgoKind.OCO): "oco",
    int(AlgoKind.TRIGGER): "trigger",
    int(AlgoKind.MOVE_ORDER_STOP): "move_order_stop",
    int(AlgoKind.TWAP): "twap",
    int(AlgoKind.ICEBERG): "iceberg",
    int(AlgoKind.CHASE): "chase",
}
SMART: Final = "smart_iceberg"
STATE_NAMES: Final[dict[int, str]] = {
    int(AlgoState.LIVE): "live",
    int(AlgoState.EFFECTIVE): "effective",
    int(AlgoState.CANCELED): "canceled",
    int(AlgoState.ORDER_FAILED): "order_failed",
    int(AlgoState.PARTIALLY_FAILED): "partially_failed",
}
SOURCE_NAMES: Final[dict[int, str]] = {
    int(TriggerSource.LAST): "last",
    int(TriggerSource.INDEX): "index",
    int(TriggerSource.MARK): "mark",
}
ADVANCED_NAMES: Final[dict[int, str]] = {
    int(TimeInForce.GTC): "",
    int(TimeInForce.IOC): "ioc",
    int(TimeInForce.FOK): "fok",
}
ACTUAL_SIDES: Final[dict[int, str]] = {int(AlgoLeg.TAKE_PROFIT): "tp", int(AlgoLeg.STOP_LOSS): "sl"}
ADVANCED: Final = (int(AlgoKind.MOVE_ORDER_STOP), int(AlgoKind.TWAP), int(AlgoKind.ICEBERG))
"""Kinds that are pushed on the channel for advanced ones."""

_NO_ATTACHED: Final = dict.fromkeys(
    (
        *("attachAlgoClOrdId", "tpTriggerPx", "tpTriggerRatio", "tpTriggerPxType", "tpOrdPx", "slTriggerPx"),
        *("slTriggerRatio", "slTriggerPxType", "slOrdPx", "callbackRatio", "callbackSpread", "activePx"),
    ),
    "",
)
ATTACHED_ROW: Final[dict[str, object]] = {
    **_NO_ATTACHED,
    **dict.fromkeys(("attachAlgoId", "tpOrdKind", "sz", "failCode", "failReason", "algoId"), ""),
    "amendPxOnTriggerType": "0",
}
_PUSH_ONLY: Final[dict[str, object]] = {**dict.fromkeys(("notionalUsd", "reqId", "amendResult"), ""), "lever": "0"}
_SLICED: Final = (int(AlgoKind.TWAP), int(AlgoKind.ICEBERG))


def type_name(algo: AlgoRecord) -> str:
    """``ordType``; an iceberg that keeps no distance is one of the newer type."""
    if algo.kind == AlgoKind.ICEBERG and not (algo.distance_ppm or algo.distance_ticks):
        return SMART
    return TYPE_NAMES[algo.kind]


def state_name(algo: AlgoRecord) -> str:
    """``state``; what is worked off in parts and has traded some is partially effective."""
    if algo.state == AlgoState.LIVE and algo.kind in _SLICED and algo.filled:
        return "partially_effective"
    return STATE_NAMES[algo.state]


class AlgoRows:
    """Makes rows. What changes with every price is asked of the engine."""

    def __init__(self, catalogue: Catalogue, views: EngineViews) -> None:
        """Names of instruments come from ``catalogue``."""
        self._catalogue = catalogue
        self._views = views
        self._valuation = Valuation(catalogue, views)

    def row(self, algo: AlgoRecord) -> dict[str, object]:
        """An algo order."""
        form = self._catalogue.at(algo.instrument)
        row = {**ALGO_ROW, **_terms(form, algo), **self._progress(form, algo)}
        return as_traded(row, self._views, algo.account)

    def listed(self, algo: AlgoRecord) -> dict[str, object]:
        """An algo order in a list."""
        row = {**LISTED_ALGO_ROW, **self.row(algo)}
        if type_name(algo) == SMART:
            row |= {"lmtOrderNumber": "1", "aggressiveness": "conservative"}
        return row

    def pushed(self, update: AlgoUpdate, now_ms: int) -> dict[str, object]:
        """One update of an algo order."""
        algo = update.algo
        row = self.row(algo)
        row |= {
            **_PUSH_ONLY,
            "lever": row["lever"] or "0",
            "reqId": update.request_id,
            "notionalUsd": self._notional_usd(algo),
        }
        if update.change is AlgoChange.AMENDED:
            row["amendResult"] = "0"
        if algo.kind in ADVANCED:
            row |= {"count": str(algo.order_count), "pTime": str(now_ms), "isTradeBorrowMode": False}
        return row

    def _progress(self, form: InstrumentForm, algo: AlgoRecord) -> dict[str, object]:
        named = algo.orders.split(",") if algo.orders else []
        triggered = bool(algo.triggered_time_ms)
        last = algo.triggered_price if triggered else self._views.last_price(algo.instrument)
        return {
            "state": "pause" if self._pauses(algo) else state_name(algo),
            "ordId": named[-1] if named else "",
            "ordIdList": named,
            "actualSz": _actual_size(form, algo),
            "actualPx": _actual_price(form, algo),
            "actualSide": ACTUAL_SIDES.get(algo.leg, ""),
            "triggerTime": str(algo.triggered_time_ms) if triggered else "",
            "failCode": REJECTION_CODES[Rejection(algo.rejection)][0] if algo.rejection else "",
            "moveTriggerPx": self._moving_trigger(form, algo),
            "last": form.price_text(last) if last else "",
            "lever": self._lever(algo),
        }

    def _pauses(self, algo: AlgoRecord) -> bool:
        """Whether a time-weighted order sends nothing for now: the other side is worse than its limit, or there is none."""
        if algo.kind != AlgoKind.TWAP or algo.state != AlgoState.LIVE:
            return False
        buys = algo.side == Side.BUY
        best = self._views.levels(algo.instrument, Side.SELL if buys else Side.BUY, 1)
        view = self._views.instrument(algo.instrument)
        if not best or view is None or view.state != InstrumentState.LIVE:
            return True
        return best[0].price > algo.price_limit if buys else best[0].price < algo.price_limit

    def _lever(self, algo: AlgoRecord) -> str:
        if algo.instrument_type == InstrumentType.MARGIN:
            return leverage_text(self._views.pocket_leverage(algo.account, algo.instrument, algo.margin_mode))
        if algo.instrument_type == InstrumentType.SPOT:
            return ""
        names = (algo.account, algo.instrument, algo.margin_mode, algo.position_side)
        return leverage_text(self._views.leverage(*names))

    def _moving_trigger(self, form: InstrumentForm, algo: AlgoRecord) -> str:
        """Where a trailing order that follows the price would be placed now."""
        view = self._views.algo(algo.algo_id) if algo.kind == AlgoKind.MOVE_ORDER_STOP else None
        if view is None or not view.following:
            return ""
        sells = algo.side == Side.SELL
        if algo.callback_ticks:
            return form.price_text(view.extreme + (-algo.callback_ticks if sells else algo.callback_ticks))
        share = PPM - algo.callback_ppm if sells else PPM + algo.callback_ppm
        worth = view.extreme * share
        return form.price_text(worth // PPM if sells else -(-worth // PPM))

    def _notional_usd(self, algo: AlgoRecord) -> str:
        form = self._catalogue.at(algo.instrument)
        if algo.size_unit == SizeUnit.QUOTE:
            return usd_text(self._valuation.usd(form.quote, algo.size))
        price = algo.trigger_price or algo.profit_trigger or algo.loss_trigger
        price = price or self._views.last_price(algo.instrument)
        value = form.quote_value(algo.size, price)
        return usd_text(self._valuation.usd(form.quote, value))


def _terms(form: InstrumentForm, algo: AlgoRecord) -> dict[str, object]:
    """What an algo order asks for."""
    by_quote = algo.size_unit == SizeUnit.QUOTE
    size = form.quote.text(algo.size) if by_quote else form.size_text(algo.size)
    row: dict[str, object] = {
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "algoId": str(algo.algo_id),
        "algoClOrdId": algo.client_algo_id,
        "ordType": type_name(algo),
        "side": SIDE_NAMES[algo.side],
        "sz": "" if algo.close_fraction else size,
        "closeFraction": "1" if algo.close_fraction else "",
        "tag": algo.tag,
        "reduceOnly": "true" if algo.reduce_only else "false",
        "cTime": str(algo.created_time_ms),
        "uTime": str(algo.updated_time_ms),
        "amendPxOnTriggerType": str(algo.cost_stop),
        "linkedOrd": {"ordId": str(algo.linked_order_id) if algo.linked_order_id else ""},
    }
    if form.is_contract:
        row |= {
            "ccy": form.settle.name,
            "tdMode": TRADE_MODE_NAMES[algo.margin_mode],
            "posSide": POSITION_SIDE_NAMES[algo.position_side],
        }
    else:
        by_market = algo.kind <= AlgoKind.MOVE_ORDER_STOP and not _priced(algo)
        row |= {
            "tdMode": "cash",
            "posSide": "net",
            "tgtCcy": ("quote_ccy" if by_quote else "base_ccy") if by_market else "",
            "tradeQuoteCcy": form.quote.name,
        }
    if algo.instrument_type == InstrumentType.MARGIN:
        names = ("", form.base.name, form.quote.name)
        row |= {"instType": MARGIN, "tdMode": TRADE_MODE_NAMES[algo.margin_mode], "ccy": names[algo.position_side]}
    return row | _BY_KIND[algo.kind](form, algo)


def _priced(algo: AlgoRecord) -> int:
    return algo.order_price | algo.profit_price | algo.loss_price


def _legs(form: InstrumentForm, algo: AlgoRecord) -> dict[str, object]:
    """Take profit and stop loss."""
    row: dict[str, object] = {}
    if algo.profit_kind == ProfitKind.LIMIT:
        row |= {"tpOrdPx": form.price_text(algo.profit_price)}
    for prefix, source, trigger, price, ratio_ppm in (
        ("tp", algo.profit_source, algo.profit_trigger, algo.profit_price, algo.profit_ppm),
        ("sl", algo.loss_source, algo.loss_trigger, algo.loss_price, algo.loss_ppm),
    ):
        if trigger or ratio_ppm:
            row |= {
                f"{prefix}TriggerPx": form.price_text(trigger) if trigger else "",
                f"{prefix}TriggerPxType": SOURCE_NAMES[source],
                f"{prefix}OrdPx": form.price_text(price) if price else MARKET,
            }
    return row


def _ratios(algo: AlgoRecord, *, buys: bool) -> dict[str, object]:
    """Triggers that are so far from what the order pays, a purchase if it ``buys``; the take profit of a sale is below."""
    sign = "" if buys else "-"
    return {
        "tpTriggerRatio": sign + format_scaled(algo.profit_ppm, RATIO_SCALE) if algo.profit_ppm else "",
        "slTriggerRatio": format_scaled(algo.loss_ppm, RATIO_SCALE) if algo.loss_ppm else "",
    }


def _trigger(form: InstrumentForm, algo: AlgoRecord) -> dict[str, object]:
    return {
        "triggerPx": form.price_text(algo.trigger_price),
        "triggerPxType": SOURCE_NAMES[algo.source],
        "ordPx": form.price_text(algo.order_price) if algo.order_price else MARKET,
        "advanceOrdType": ADVANCED_NAMES[algo.time_in_force],
        "attachAlgoOrds": _guard_rows(form, algo),
    }


def _guard_rows(form: InstrumentForm, algo: AlgoRecord) -> list[dict[str, object]]:
    """What a trigger order attaches to its order."""
    legs = _legs(form, algo)
    trail = _callback(form, algo.guard_callback_ppm, algo.guard_callback_ticks, algo.guard_activation_price)
    if not (legs or any(trail.values())):
        return []
    named = {"attachAlgoClOrdId": algo.guard_client_algo_id}
    return [{**_NO_ATTACHED, **named, **legs, **_ratios(algo, buys=algo.side == Side.BUY), **trail}]


def _trailing(form: InstrumentForm, algo: AlgoRecord) -> dict[str, object]:
    return _callback(form, algo.callback_ppm, algo.callback_ticks, algo.activation_price)


def _callback(form: InstrumentForm, ppm: int, ticks: int, activation: int) -> dict[str, object]:
    return {
        "callbackRatio": format_scaled(ppm, RATIO_SCALE) if ppm else "",
        "callbackSpread": form.price_text(ticks) if ticks else "",
        "activePx": form.price_text(activation) if activation else "",
    }


def _parts(form: InstrumentForm, algo: AlgoRecord) -> dict[str, object]:
    unlimited = algo.price_limit in (1, INT_MAX) and type_name(algo) == SMART
    return {
        "szLimit": form.size_text(algo.slice_size),
        "pxLimit": "" if unlimited else form.price_text(algo.price_limit),
        "pxVar": format_scaled(algo.distance_ppm, RATIO_SCALE) if algo.distance_ppm else "",
        "pxSpread": form.price_text(algo.distance_ticks) if algo.distance_ticks else "",
        "timeInterval": str(algo.interval_ms // 1_000) if algo.interval_ms else "",
    }


def _chase(form: InstrumentForm, algo: AlgoRecord) -> dict[str, object]:
    row: dict[str, object] = {"chaseType": "distance", "chaseVal": "0"}
    if algo.callback_ppm:
        row = {"chaseType": "ratio", "chaseVal": format_scaled(algo.callback_ppm, RATIO_SCALE)}
    elif algo.callback_ticks:
        row["chaseVal"] = form.price_text(algo.callback_ticks)
    if algo.distance_ppm:
        row |= {"maxChaseType": "ratio", "maxChaseVal": format_scaled(algo.distance_ppm, RATIO_SCALE)}
    elif algo.distance_ticks:
        row |= {"maxChaseType": "distance", "maxChaseVal": form.price_text(algo.distance_ticks)}
    return row


_BY_KIND: Final = {
    int(AlgoKind.CONDITIONAL): _legs,
    int(AlgoKind.OCO): _legs,
    int(AlgoKind.TRIGGER): _trigger,
    int(AlgoKind.MOVE_ORDER_STOP): _trailing,
    int(AlgoKind.TWAP): _parts,
    int(AlgoKind.ICEBERG): _parts,
    int(AlgoKind.CHASE): _chase,
}


def _actual_size(form: InstrumentForm, algo: AlgoRecord) -> str:
    """What its orders are for: of parts what they traded, else the size of the order it placed."""
    is_one_order = algo.kind <= AlgoKind.MOVE_ORDER_STOP and bool(algo.orders)
    if is_one_order and algo.size_unit == SizeUnit.BASE:
        return form.size_text(algo.order_size)
    return form.size_text(algo.filled)


def _actual_price(form: InstrumentForm, algo: AlgoRecord) -> str:
    """The average of what its orders traded before it ended, else the price of the order it placed."""
    if algo.filled and algo.notional:
        return form.average_price_text(algo.notional, algo.filled)
    prices = {
        int(AlgoLeg.TRIGGER): algo.order_price,
        int(AlgoLeg.TAKE_PROFIT): algo.profit_price,
        int(AlgoLeg.STOP_LOSS): algo.loss_price,
    }
    price = prices.get(algo.leg, 0) if algo.orders else 0
    return form.price_text(price) if price else ""


def with_origin(row: dict[str, object], algo: AlgoRecord | None) -> dict[str, object]:
    """The row of an order with what the client named the algo order that placed it, if that is known."""
    return row | {"algoClOrdId": algo.client_algo_id} if algo is not None and row["algoId"] else row


def with_attached(row: dict[str, object], form: InstrumentForm, algos: Sequence[AlgoRecord]) -> dict[str, object]:
    """The row of an order with what was attached to it."""
    return row | {"attachAlgoOrds": [_attached_row(form, algo) for algo in algos]} if algos else row


def _attached_row(form: InstrumentForm, algo: AlgoRecord) -> dict[str, object]:
    takes = algo.profit_trigger or algo.profit_ppm or algo.profit_kind
    # What it is for is told of the parts of a split one, and while the order is open, of what was said to be for a part.
    sized = algo.size and (algo.waiting or (algo.together and takes))
    code, reason = _failure(algo)
    return {
        **ATTACHED_ROW,
        "attachAlgoId": str(algo.algo_id),
        "attachAlgoClOrdId": algo.client_algo_id,
        "tpOrdKind": ("limit" if algo.profit_kind == ProfitKind.LIMIT else "condition") if takes else "",
        "sz": form.size_text(algo.size) if sized else "",
        "amendPxOnTriggerType": str(algo.cost_stop),
        "failCode": code,
        "failReason": reason,
        **_legs(form, algo),
        **_ratios(algo, buys=algo.side == Side.SELL),
        **(_trailing(form, algo) if algo.kind == AlgoKind.MOVE_ORDER_STOP else {}),
    }


def _failure(algo: AlgoRecord) -> tuple[str, str]:
    """Why its order was refused, as code and sentence."""
    if not algo.rejection:
        return "", ""
    error = rejection_error(algo.rejection)
    return error.code, error.message
