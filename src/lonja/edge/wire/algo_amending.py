"""From the arguments of an amendment of an algo order to a command of the core.

Why here: what may be amended, and how it is called, depends on the kind of the algo order. Invariant: as in
``order_requests``.
"""

from collections.abc import Sequence
from typing import Final

from lonja.core.algo_commands import AmendAlgo, AmendDetailedAlgo
from lonja.core.kinds import AlgoKind, SizeUnit
from lonja.core.texts import Text32
from lonja.edge.errors import refusal
from lonja.edge.wire.algo_leg_changes import LEG_PARAMETERS, Changes, has_leg, leg_changes
from lonja.edge.wire.algo_legs import Argument, order_price, ratio_of, source_of, spread_of
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import text_of, token_of
from lonja.edge.wire.order_requests import CLIENT_ORDER_ID_MAX
from lonja.modules.history.api import AlgoRecord

AlgoAmendment = AmendAlgo | AmendDetailedAlgo

_OF_TRIGGER: Final = ("newTriggerPx", "newOrdPx", "newTriggerPxType", "attachAlgoOrds")
_CALLBACK: Final = ("newCallbackRatio", "newCallbackSpread", "newActivePx")
_PROFITS_MIN: Final = 2


def amend_algo_command(
    arg: Argument, form: InstrumentForm, algo: AlgoRecord, siblings: Sequence[AlgoRecord] = ()
) -> AlgoAmendment:
    """The amendment of ``algo`` that ``arg`` describes; ``siblings`` wait for the same order. Raises ``EdgeError``."""
    if algo.kind > AlgoKind.MOVE_ORDER_STOP:
        raise refusal("51506")
    is_trigger, trails = algo.kind == AlgoKind.TRIGGER, algo.kind == AlgoKind.MOVE_ORDER_STOP
    takes_legs = not (is_trigger or trails)
    for names, is_taken in ((LEG_PARAMETERS, takes_legs), (_OF_TRIGGER, is_trigger), (_CALLBACK, trails)):
        for name in names:
            if arg.get(name) and not is_taken:
                raise refusal("51000", name)
    changes = _size(arg, form, algo)
    row = _attached(arg) if is_trigger else arg
    legs = leg_changes(row, "Tp", form, algo) | leg_changes(row, "Sl", form, algo)
    if algo.close_fraction and max(legs.get("new_profit_price", 0), legs.get("new_loss_price", 0)) > 0:
        raise refusal("51523")
    if takes_legs and not (has_leg(algo, "Tp", legs) or has_leg(algo, "Sl", legs)):
        raise refusal("51531")
    changes |= legs | _callback(row, form, algo) | _cost_stop(arg, algo, siblings)
    if is_trigger:
        changes |= _trigger(arg, form, algo)
    request_id = Text32(token_of(arg, "reqId", CLIENT_ORDER_ID_MAX))
    plain = AmendAlgo(account=algo.account, instrument=form.code, algo_id=algo.algo_id, request_id=request_id)
    if changes.keys() <= set(AmendAlgo._fields):
        return AmendAlgo(**plain._asdict() | changes)
    return AmendDetailedAlgo(**plain._asdict() | changes)


def attached_amendments(arg: Argument) -> list[Argument]:
    """``attachAlgoOrds`` of the amendment of an order, under the names of amendments of algo orders.

    Raises ``EdgeError`` 51000 unless it is a list of objects.
    """
    given = arg.get("attachAlgoOrds")
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise refusal("51000", "attachAlgoOrds")
    return [
        {
            **{name: row.get(name) for name in (*LEG_PARAMETERS, *_CALLBACK, "amendPxOnTriggerType")},
            "newSz": row.get("sz"),
            "reqId": arg.get("reqId"),
            "algoId": text_of(row, "attachAlgoId"),
            "algoClOrdId": text_of(row, "attachAlgoClOrdId"),
        }
        for row in given
    ]


def attached_meant(waiting: Sequence[AlgoRecord], row: Argument) -> AlgoRecord:
    """Which of ``waiting`` a row of ``attached_amendments`` names; the only one when it names none.

    Raises ``EdgeError`` 51538 when nothing is attached at all, 51527 when there is no such one.
    """
    if not waiting:
        raise refusal("51538")
    algo_id, name = row["algoId"], row["algoClOrdId"]
    if not (algo_id or name) and len(waiting) == 1:
        return waiting[0]
    for algo in waiting:
        if str(algo.algo_id) == algo_id or (name and algo.client_algo_id == name):
            return algo
    raise refusal("51527")


def _attached(arg: Argument) -> Argument:
    """``attachAlgoOrds``, of which there is one at most, as the row that it is."""
    given = arg.get("attachAlgoOrds") or [{}]
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
        raise refusal("51000", "attachAlgoOrds")
    row: Argument = given[0]
    return row


def _trigger(arg: Argument, form: InstrumentForm, algo: AlgoRecord) -> Changes:
    """What changes of the trigger itself."""
    trigger, price, kind = (text_of(arg, name) for name in ("newTriggerPx", "newOrdPx", "newTriggerPxType"))
    changes = {}
    if trigger:
        changes["new_trigger_price"] = form.parse_price(trigger, "newTriggerPx")
    if price:
        changes["new_order_price"] = order_price(price, "newOrdPx", form)
    if kind and (source := source_of(arg, "newTriggerPxType", form)) != algo.source:
        changes["new_source"] = source
    return changes


def _callback(row: Argument, form: InstrumentForm, algo: AlgoRecord) -> Changes:
    """What changes of how a trailing stop trails: itself, or what a trigger order attaches."""
    ratio, spread, activation = (text_of(row, name) for name in _CALLBACK)
    if not (ratio or spread or activation):
        return {}
    if ratio and spread:
        raise refusal("51000", "newCallbackSpread")
    is_guard = algo.kind == AlgoKind.TRIGGER
    prefix = "new_guard_" if is_guard else "new_"
    if is_guard and not (algo.guard_callback_ppm or algo.guard_callback_ticks):
        raise refusal("51526")
    changes = {}
    if ratio:
        changes = {f"{prefix}callback_ppm": ratio_of(ratio, "51257"), f"{prefix}callback_ticks": 0}
    if spread:
        changes = {f"{prefix}callback_ppm": 0, f"{prefix}callback_ticks": spread_of(spread, "newCallbackSpread", form)}
    if activation:
        changes[f"{prefix}activation_price"] = form.parse_price(activation, "newActivePx")
    return changes


def _cost_stop(arg: Argument, algo: AlgoRecord, siblings: Sequence[AlgoRecord]) -> Changes:
    """Whether a stop loss is to move to what its order has cost, once one of several take profits was triggered."""
    text = text_of(arg, "amendPxOnTriggerType")
    if text not in ("", "0", "1"):
        raise refusal("51000", "amendPxOnTriggerType")
    if text in ("", str(algo.cost_stop)):
        return {}
    profits = [other for other in siblings if has_leg(other, "Tp", {})]
    if text == "1" and (len(profits) < _PROFITS_MIN or algo in profits):
        raise refusal("51085")
    return {"new_cost_stop": int(text)}


def _size(arg: Argument, form: InstrumentForm, algo: AlgoRecord) -> Changes:
    text = text_of(arg, "newSz")
    if text == "":
        return {}
    if algo.close_fraction:
        raise refusal("51524")
    if algo.linked_order_id and not algo.waiting:
        raise refusal("51090")
    is_quote = algo.size_unit == SizeUnit.QUOTE
    return {"new_size": form.quote.parse(text, "newSz") if is_quote else form.parse_size(text, "newSz")}
