"""From the arguments of an algo order to a command of the core.

Why here: every type has parameters of its own. Invariant: as in ``order_requests``; a parameter of another type is
refused, since an order that ignored it would not do what its owner believes.
"""

from typing import Final

from lonja.core.algo_commands import AttachAlgo, PlaceAlgo, PlaceDetailedAlgo
from lonja.core.kinds import AlgoKind, PositionSide, Side, TimeInForce
from lonja.core.texts import Text16, Text32
from lonja.edge.errors import EdgeError, refusal
from lonja.edge.wire.algo_legs import (
    Argument,
    callback_of,
    distance_of,
    leg_of,
    order_price,
    ratio_of,
    source_of,
    spread_of,
)
from lonja.edge.wire.algo_requests import Attachment, attached, attached_rows
from lonja.edge.wire.contract_requests import MARGIN_MODES, OffStepError, position_side_of
from lonja.edge.wire.instruments import Catalogue, InstrumentForm
from lonja.edge.wire.numbers import flag_of, required_text, scaled_floor, text_of, token_of
from lonja.edge.wire.order_requests import CLIENT_ORDER_ID_MAX, OTHER_TRADE_MODES, SIDES, SPOT_TRADE_MODES, TAG_MAX
from lonja.primitives.instant import SECOND_MS
from lonja.primitives.money import INT_MAX

ALGO_TYPES: Final[dict[str, int]] = {
    "conditional": int(AlgoKind.CONDITIONAL),
    "oco": int(AlgoKind.OCO),
    "trigger": int(AlgoKind.TRIGGER),
    "move_order_stop": int(AlgoKind.MOVE_ORDER_STOP),
    "twap": int(AlgoKind.TWAP),
    "iceberg": int(AlgoKind.ICEBERG),
    "smart_iceberg": int(AlgoKind.ICEBERG),
    "chase": int(AlgoKind.CHASE),
}
"""What each ``ordType`` stands for."""
INTERVAL_MIN_S: Final = 1
INTERVAL_MAX_S: Final = 86_400
SLICES_MAX: Final = 1_000
"""Into how many parts an iceberg may be cut."""
VARIANCE_MAX_PPM: Final = 10_000

_LEGS: Final = ("tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx")
_TRIGGER: Final = ("triggerPx", "orderPx", "attachAlgoOrds", "advanceOrdType")
_CALLBACK: Final = ("callbackRatio", "callbackSpread", "activePx")
_PARTS: Final = ("szLimit", "pxLimit")
_DISTANCE: Final = ("pxVar", "pxSpread")
_CHASE: Final = ("chaseVal", "maxChaseVal")
_SMART: Final = ("lmtOrderNumber", "aggressiveness")
_OF_SOME_TYPE: Final = (
    *_LEGS, *_TRIGGER, *_CALLBACK, *_PARTS, *_DISTANCE, "timeInterval", *_CHASE, *_SMART, "closeFraction",
    "tpOrdKind",
)  # fmt: skip
_TAKEN: Final[dict[str, tuple[str, ...]]] = {
    "conditional": (*_LEGS, "tpOrdKind", "closeFraction"),
    "oco": (*_LEGS, "tpOrdKind", "closeFraction"),
    "trigger": _TRIGGER,
    "move_order_stop": _CALLBACK,
    "twap": (*_PARTS, *_DISTANCE, "timeInterval"),
    "iceberg": (*_PARTS, *_DISTANCE),
    "smart_iceberg": (*_PARTS, *_SMART),
    "chase": _CHASE,
}
ADVANCED: Final[dict[str, int]] = {"": 0, "ioc": int(TimeInForce.IOC), "fok": int(TimeInForce.FOK)}
"""``advanceOrdType``: how long the order of a trigger order stays."""
AlgoPlacement = PlaceAlgo | PlaceDetailedAlgo
WITH_POSITION: Final = 2
"""``reduce_only`` of what is canceled when its position is closed."""

_NET: Final = int(PositionSide.NET)
_BUY: Final = int(Side.BUY)
OPENING: Final = ((int(PositionSide.LONG), _BUY), (int(PositionSide.SHORT), int(Side.SELL)))
"""Position sides with the side that opens them."""


PRICES: Final = ("tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx", "triggerPx", "orderPx", "activePx", "pxLimit")
"""Parameters that are prices."""


def algo_instrument(catalogue: Catalogue, arg: Argument) -> InstrumentForm:
    """The instrument meant. Raises ``EdgeError``: what is wrong with the parameters first, then 51001."""
    form = catalogue.find(text_of(arg, "instId"))
    if form is None:
        _check_parameters_of_any(arg)
        raise refusal("51001")
    return form


def _check_parameters_of_any(arg: Argument) -> None:
    """Raise ``EdgeError`` 50014 or 51000 for what is wrong with an algo order whatever it is for."""
    if required_text(arg, "tdMode") not in (*SPOT_TRADE_MODES, *OTHER_TRADE_MODES):
        raise refusal("51000", "tdMode")
    if required_text(arg, "side") not in SIDES:
        raise refusal("51000", "side")
    if required_text(arg, "ordType") not in ALGO_TYPES:
        raise refusal("51000", "ordType")
    position_side_of(text_of(arg, "posSide"))
    for name in ("reduceOnly", "cxlOnClosePos"):
        flag_of(arg, name)
    client_algo_id_of(arg)
    token_of(arg, "tag", TAG_MAX)


def off_step(arg: Argument, form: InstrumentForm, error: EdgeError) -> OffStepError | None:
    """``error``, or what is wrong with the size, which comes first; None when it is not about steps.

    Raises ``EdgeError`` 51000 for a size that is no number.
    """
    if not _is_off_step(arg, form, error):
        return None
    try:
        form.parse_size(text_of(arg, "sz") or form.size_text(form.size_min), "sz")
    except EdgeError as size_error:
        if not _is_off_step(arg, form, size_error):
            raise
        error = size_error
    return OffStepError(error, position_side_of(text_of(arg, "posSide")))


def _is_off_step(arg: Argument, form: InstrumentForm, error: EdgeError) -> bool:
    """Whether ``error`` is about a size or a price that is a positive number, but none the instrument knows."""
    if error.code in ("51020", "51121"):
        return True
    about = [name for name in PRICES if error.code == "51000" and error.message == refusal("51000", name).message]
    return any(scaled_floor(text_of(arg, name), form.price_scale) not in (None, (0, True)) for name in about)


def algo_command(arg: Argument, form: InstrumentForm, account: int) -> AlgoPlacement:
    """The algo order that ``arg`` describes. Raises ``EdgeError``."""
    trade_mode = required_text(arg, "tdMode")
    side = SIDES.get(required_text(arg, "side"))
    if side is None:
        raise refusal("51000", "side")
    name = required_text(arg, "ordType")
    kind = ALGO_TYPES.get(name)
    if kind is None:
        raise refusal("51000", "ordType")
    _check_parameters(arg, name, form)
    terms = _contract_terms(arg, trade_mode) if form.is_contract else _spot_terms(arg, trade_mode)
    margin_mode, position_side, reduce_only = terms
    common = PlaceAlgo(
        account=account,
        instrument=form.code,
        kind=kind,
        side=side,
        margin_mode=margin_mode,
        position_side=position_side,
        reduce_only=reduce_only,
        client_algo_id=Text32(client_algo_id_of(arg)),
        tag=Text16(token_of(arg, "tag", TAG_MAX)),
    )
    return _of_type(arg, form, common, name)


def _of_type(arg: Argument, form: InstrumentForm, algo: PlaceAlgo, name: str) -> AlgoPlacement:
    """``algo`` with what its type is about."""
    match name:
        case "conditional" | "oco":
            return _stop(arg, form, algo)
        case "trigger":
            return _trigger(arg, form, algo)
        case "move_order_stop":
            return _trailing(arg, form, algo)
        case "twap":
            return _twap(arg, form, algo)
        case "iceberg":
            return _cut(_parts(arg, form, algo))
        case "smart_iceberg":
            return _smart_iceberg(arg, form, algo)
        case _:
            return _chase(arg, form, algo)


def client_algo_id_of(arg: Argument) -> str:
    """The client's own name of an algo order; some clients call it like that of an order. Raises ``EdgeError`` 51000."""
    name = "algoClOrdId" if text_of(arg, "algoClOrdId") else "clOrdId"
    return token_of(arg, name, CLIENT_ORDER_ID_MAX)


def _check_parameters(arg: Argument, name: str, form: InstrumentForm) -> None:
    for other in _OF_SOME_TYPE:
        if arg.get(other) and other not in _TAKEN[name]:
            raise refusal("51000", other)
    if text_of(arg, "tradeQuoteCcy") not in ("", form.quote.name):
        raise refusal("51000", "tradeQuoteCcy")


def _spot_terms(arg: Argument, trade_mode: str) -> tuple[int, int, int]:
    if trade_mode not in SPOT_TRADE_MODES:
        raise refusal("51010") if trade_mode in OTHER_TRADE_MODES else refusal("51000", "tdMode")
    if text_of(arg, "ordType") == "chase":
        raise refusal("51000", "ordType")
    if text_of(arg, "closeFraction"):
        raise refusal("51327")
    if flag_of(arg, "reduceOnly") or flag_of(arg, "cxlOnClosePos"):
        raise refusal("51139")
    return 0, 0, 0


def _contract_terms(arg: Argument, trade_mode: str) -> tuple[int, int, int]:
    margin_mode = MARGIN_MODES.get(trade_mode)
    if margin_mode is None:
        raise refusal("51000", "tdMode")
    position_side = position_side_of(text_of(arg, "posSide"))
    reduce_only = flag_of(arg, "reduceOnly")
    if flag_of(arg, "cxlOnClosePos"):
        if not reduce_only or text_of(arg, "ordType") not in ("conditional", "oco"):
            raise refusal("51000", "cxlOnClosePos")
        return margin_mode, position_side, WITH_POSITION
    # Of two positions side by side the side says what closes, and clients send both.
    return margin_mode, position_side, int(reduce_only and position_side == _NET)


def _sized(arg: Argument, form: InstrumentForm, algo: PlaceAlgo, *, by_amount: bool) -> PlaceAlgo:
    """``algo`` with its size; ``by_amount``: its orders are market orders, which spot may size in quote currency."""
    size_text = required_text(arg, "sz")
    target = text_of(arg, "tgtCcy")
    if target not in ("", "base_ccy", "quote_ccy"):
        raise refusal("51000", "tgtCcy")
    in_quote = target == "quote_ccy" or (target == "" and algo.side == _BUY)
    if by_amount and in_quote and not form.is_contract:
        return algo._replace(size=form.quote.parse(size_text, "sz"), size_unit=1)
    return algo._replace(size=form.parse_size(size_text, "sz"))


def _stop(arg: Argument, form: InstrumentForm, algo: PlaceAlgo) -> AlgoPlacement:
    profit, loss = leg_of(arg, "tp", form), leg_of(arg, "sl", form)
    if profit.kind and not loss.is_there:
        raise refusal("51095")
    if profit.kind and not algo.reduce_only == WITH_POSITION:
        raise refusal("51096")
    found = sum(leg.is_there for leg in (profit, loss))
    if found == 0 or (algo.kind == AlgoKind.OCO and found == 1):
        raise refusal("50015", "tpTriggerPx", "slTriggerPx") if found == 0 else refusal("51000", "ordType")
    algo = algo._replace(
        profit_source=profit.source,
        profit_trigger=profit.trigger,
        profit_price=profit.price,
        loss_source=loss.source,
        loss_trigger=loss.trigger,
        loss_price=loss.price,
    )
    if not text_of(arg, "closeFraction"):
        if text_of(arg, "sz") == "":
            raise refusal("50015", "sz", "closeFraction")
        sized = _sized(arg, form, algo, by_amount=not (profit.price or loss.price))
        return PlaceDetailedAlgo(*sized, profit_kind=profit.kind) if profit.kind else sized
    if text_of(arg, "closeFraction") != "1" or text_of(arg, "sz"):
        raise refusal("51000", "closeFraction")
    if algo.position_side == _NET and not algo.reduce_only:
        raise refusal("51328")
    if profit.price or loss.price:
        raise refusal("51330")
    if (algo.position_side, algo.side) in OPENING:
        raise refusal("51331")
    return algo._replace(close_fraction=1)


def _trigger(arg: Argument, form: InstrumentForm, algo: PlaceAlgo) -> AlgoPlacement:
    trigger, price_text = required_text(arg, "triggerPx"), required_text(arg, "orderPx")
    price = order_price(price_text, "orderPx", form)
    stays = ADVANCED.get(text_of(arg, "advanceOrdType"))
    if stays is None or (stays and not price):
        raise refusal("51000", "advanceOrdType")
    algo = algo._replace(
        source=source_of(arg, "triggerPxType", form), trigger_price=form.parse_price(trigger, "triggerPx")
    )
    algo = algo._replace(order_price=price)
    rows = attached_rows({"attachAlgoOrds": arg.get("attachAlgoOrds")})
    if not rows:
        sized = _sized(arg, form, algo, by_amount=price == 0)
        return PlaceDetailedAlgo(*sized, time_in_force=stays) if stays else sized
    if len(rows) > 1 or text_of(rows[0], "sz") or text_of(rows[0], "tpOrdKind") == "limit":
        raise refusal("51000", "attachAlgoOrds")
    # It is placed at about the trigger price when it is a market order.
    placed = {**arg, "px": price_text if price else trigger, "ordType": "limit"}
    (guard,) = attached(placed, form, algo.account)
    algo = algo._replace(
        profit_source=guard.profit_source,
        profit_trigger=guard.profit_trigger,
        profit_price=guard.profit_price,
        loss_source=guard.loss_source,
        loss_trigger=guard.loss_trigger,
        loss_price=guard.loss_price,
    )
    sized = _sized(arg, form, algo, by_amount=not (price or guard.profit_price or guard.loss_price))
    return _detailed_trigger(sized, guard, stays)


def _detailed_trigger(algo: PlaceAlgo, guard: Attachment, stays: int) -> AlgoPlacement:
    """``algo`` with what else there is of its guard."""
    if isinstance(guard, AttachAlgo):
        if not (stays or guard.client_algo_id):
            return algo
        return PlaceDetailedAlgo(*algo, time_in_force=stays, guard_client_algo_id=guard.client_algo_id)
    return PlaceDetailedAlgo(
        *algo,
        time_in_force=stays,
        profit_ppm=guard.profit_ppm,
        loss_ppm=guard.loss_ppm,
        guard_callback_ppm=guard.callback_ppm,
        guard_callback_ticks=guard.callback_ticks,
        guard_activation_price=guard.activation_price,
        guard_client_algo_id=guard.client_algo_id,
    )


def _trailing(arg: Argument, form: InstrumentForm, algo: PlaceAlgo) -> PlaceAlgo:
    callback_ppm, callback_ticks, activation = callback_of(arg, form)
    trail = {"callback_ppm": callback_ppm, "callback_ticks": callback_ticks, "activation_price": activation}
    return _sized(arg, form, PlaceAlgo(**algo._asdict() | trail), by_amount=True)


def _parts(arg: Argument, form: InstrumentForm, algo: PlaceAlgo) -> PlaceAlgo:
    slice_size = form.parse_size(required_text(arg, "szLimit"), "szLimit")
    limit = form.parse_price(required_text(arg, "pxLimit"), "pxLimit")
    is_twap = algo.kind == AlgoKind.TWAP
    ppm, ticks = distance_of(arg, form, "51270" if is_twap else "51272", VARIANCE_MAX_PPM, may_be_none=is_twap)
    algo = algo._replace(slice_size=slice_size, price_limit=limit, distance_ppm=ppm, distance_ticks=ticks)
    return _sized(arg, form, algo, by_amount=False)


def _twap(arg: Argument, form: InstrumentForm, algo: PlaceAlgo) -> PlaceAlgo:
    algo = _parts(arg, form, algo)
    if algo.slice_size > algo.size:
        raise refusal("51274")
    seconds = scaled_floor(required_text(arg, "timeInterval"), 0)
    if seconds is None or not seconds[1]:
        raise refusal("51000", "timeInterval")
    if not INTERVAL_MIN_S <= seconds[0] <= INTERVAL_MAX_S:
        raise refusal("51269", INTERVAL_MIN_S, INTERVAL_MAX_S)
    return algo._replace(interval_ms=seconds[0] * SECOND_MS)


def _cut(algo: PlaceAlgo) -> PlaceAlgo:
    """``algo`` if its slices have a size that one may have. Raises ``EdgeError`` 51255."""
    if not algo.size < algo.slice_size * SLICES_MAX or algo.slice_size > algo.size:
        raise refusal("51255")
    return algo


def _smart_iceberg(arg: Argument, form: InstrumentForm, algo: PlaceAlgo) -> PlaceAlgo:
    """One slice after the other that queues at the best price; the only way of the newer type that there is."""
    if required_text(arg, "aggressiveness") != "conservative":
        raise refusal("50062", "aggressiveness")
    if required_text(arg, "lmtOrderNumber") != "1":
        raise refusal("50062", "lmtOrderNumber")
    starts = arg.get("triggerParams")
    if starts not in (None, "", [], [{"triggerAction": "start", "triggerStrategy": "instant"}]):
        raise refusal("50062", "triggerParams")
    limit = text_of(arg, "pxLimit")
    anything = INT_MAX if algo.side == _BUY else 1
    algo = algo._replace(
        slice_size=form.parse_size(required_text(arg, "szLimit"), "szLimit"),
        price_limit=form.parse_price(limit, "pxLimit") if limit else anything,
    )
    return _cut(_sized(arg, form, algo, by_amount=False))


def _chase(arg: Argument, form: InstrumentForm, algo: PlaceAlgo) -> PlaceAlgo:
    behind, behind_kind = text_of(arg, "chaseVal"), text_of(arg, "chaseType")
    most, most_kind = text_of(arg, "maxChaseVal"), text_of(arg, "maxChaseType")
    for kind, name in ((behind_kind, "chaseType"), (most_kind, "maxChaseType")):
        if kind not in ("", "distance", "ratio"):
            raise refusal("51000", name)
    if behind and scaled_floor(behind, form.price_scale) != (0, True):
        algo = _set_distance(algo, form, ("callback_ppm", "callback_ticks"), behind_kind, behind, "chaseVal")
    if bool(most) != bool(most_kind):
        raise refusal("50014", "maxChaseVal" if most_kind else "maxChaseType")
    if most:
        algo = _set_distance(algo, form, ("distance_ppm", "distance_ticks"), most_kind, most, "maxChaseVal")
    return _sized(arg, form, algo, by_amount=False)


def _set_distance(
    algo: PlaceAlgo, form: InstrumentForm, fields: tuple[str, str], kind: str, text: str, name: str
) -> PlaceAlgo:
    """``algo`` with a share of the price, or a distance in ticks. Raises ``EdgeError`` 51000."""
    by_ratio, by_ticks = fields
    found = {by_ratio: ratio_of(text, "51000", name)} if kind == "ratio" else {by_ticks: spread_of(text, name, form)}
    return PlaceAlgo(**algo._asdict() | found)
