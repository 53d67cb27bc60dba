"""From the arguments of an amendment of an algo order to a command of the core.

Why here: what may be amended, and how it is called, depends on the kind of the algo order. Invariant: as in
``order_requests``.
"""

from collections.abc import Sequence
from typing import Final

from lonja.core.algo_commands import AmendAlgo
from lonja.core.kinds import AlgoKind, SizeUnit
from lonja.core.texts import Text32
from lonja.edge.errors import refusal
from lonja.edge.wire.algo_legs import Argument, order_price
from lonja.edge.wire.algos import SOURCE_NAMES
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import scaled_floor, text_of, token_of
from lonja.edge.wire.order_requests import CLIENT_ORDER_ID_MAX
from lonja.modules.history.api import AlgoRecord

_LEAVE: Final = -1
_LEGS: Final = ("newTpTriggerPx", "newTpOrdPx", "newSlTriggerPx", "newSlOrdPx")
_TYPES: Final = ("newTpTriggerPxType", "newSlTriggerPxType")
_OF_TRIGGER: Final = ("newTriggerPx", "newOrdPx", "newTriggerPxType", "attachAlgoOrds")


def amend_algo_command(arg: Argument, form: InstrumentForm, algo: AlgoRecord) -> AmendAlgo:
    """The amendment of ``algo`` that ``arg`` describes. Raises ``EdgeError``."""
    if algo.kind > AlgoKind.MOVE_ORDER_STOP:
        raise refusal("51506")
    is_trigger = algo.kind == AlgoKind.TRIGGER
    takes_legs = algo.kind in (AlgoKind.CONDITIONAL, AlgoKind.OCO)
    for names, is_taken in (((*_LEGS, *_TYPES), takes_legs), (_OF_TRIGGER, is_trigger)):
        for name in names:
            if arg.get(name) and not is_taken:
                raise refusal("51000", name)
    rows = _attached(arg) if is_trigger else [arg]
    profit = _leg(rows[0], "Tp", form, (algo.profit_source, algo.profit_trigger), algo)
    loss = _leg(rows[0], "Sl", form, (algo.loss_source, algo.loss_trigger), algo)
    if takes_legs and not _left(profit[0], algo.profit_trigger) and not _left(loss[0], algo.loss_trigger):
        raise refusal("51531")
    trigger, price = text_of(arg, "newTriggerPx"), text_of(arg, "newOrdPx")
    if is_trigger:
        _check_source(arg, "newTriggerPxType", algo.source)
    return AmendAlgo(
        account=algo.account,
        instrument=form.code,
        algo_id=algo.algo_id,
        new_size=_size(arg, form, algo),
        new_trigger_price=form.parse_price(trigger, "newTriggerPx") if trigger else _LEAVE,
        new_order_price=order_price(price, "newOrdPx", form) if price else _LEAVE,
        new_profit_trigger=profit[0],
        new_profit_price=profit[1],
        new_loss_trigger=loss[0],
        new_loss_price=loss[1],
        request_id=Text32(token_of(arg, "reqId", CLIENT_ORDER_ID_MAX)),
    )


def attached_amendments(arg: Argument) -> list[Argument]:
    """``attachAlgoOrds`` of the amendment of an order, under the names of amendments of algo orders.

    Raises ``EdgeError`` 51000 unless it is a list of objects, 50062 for what can not be changed.
    """
    given = arg.get("attachAlgoOrds")
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise refusal("51000", "attachAlgoOrds")
    for row in given:
        if text_of(row, "amendPxOnTriggerType") not in ("", "0"):
            raise refusal("50062", "amendPxOnTriggerType")
    return [
        {
            **{name: row.get(name) for name in (*_LEGS, *_TYPES)},
            "newSz": row.get("sz"),
            "reqId": arg.get("reqId"),
            "algoId": text_of(row, "attachAlgoId"),
            "algoClOrdId": text_of(row, "attachAlgoClOrdId"),
        }
        for row in given
    ]


def attached_meant(waiting: Sequence[AlgoRecord], row: Argument) -> AlgoRecord:
    """Which of ``waiting`` a row of ``attached_amendments`` names; the only one when it names none.

    Raises ``EdgeError`` 51527 when there is none.
    """
    algo_id, name = row["algoId"], row["algoClOrdId"]
    if not (algo_id or name) and len(waiting) == 1:
        return waiting[0]
    for algo in waiting:
        if str(algo.algo_id) == algo_id or (name and algo.client_algo_id == name):
            return algo
    raise refusal("51527")


def _attached(arg: Argument) -> list[Argument]:
    """``attachAlgoOrds``, of which there is one at most, as the row that it is."""
    given = arg.get("attachAlgoOrds") or [{}]
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
        raise refusal("51000", "attachAlgoOrds")
    return given


def _leg(arg: Argument, name: str, form: InstrumentForm, known: tuple[int, int], algo: AlgoRecord) -> tuple[int, int]:
    """New trigger and price of a leg of which ``known`` are source and trigger; -1 leaves, a trigger of 0 ends it."""
    if text_of(arg, f"new{name}TriggerRatio"):
        raise refusal("50062", f"new{name}TriggerRatio")
    trigger_name, price_name = f"new{name}TriggerPx", f"new{name}OrdPx"
    trigger, price = text_of(arg, trigger_name), text_of(arg, price_name)
    if not (trigger or price):
        return _LEAVE, _LEAVE
    source, had = known
    if _is_zero(trigger) or _is_zero(price):
        return (0, 0) if had else (_LEAVE, _LEAVE)
    if not had and algo.kind != AlgoKind.TRIGGER:
        raise refusal("51526")
    if not had and not (trigger and price):
        raise refusal("50014", price_name if trigger else trigger_name)
    _check_source(arg, f"new{name}TriggerPxType", source)
    new_price = order_price(price, price_name, form) if price else _LEAVE
    if algo.close_fraction and new_price > 0:
        raise refusal("51523")
    return form.parse_price(trigger, trigger_name) if trigger else _LEAVE, new_price


def _size(arg: Argument, form: InstrumentForm, algo: AlgoRecord) -> int:
    text = text_of(arg, "newSz")
    if text == "":
        return _LEAVE
    if algo.close_fraction:
        raise refusal("51524")
    return form.quote.parse(text, "newSz") if algo.size_unit == SizeUnit.QUOTE else form.parse_size(text, "newSz")


def _check_source(arg: Argument, name: str, source: int) -> None:
    """Clients repeat the type of a trigger price, which stays what it is. Raises ``EdgeError`` 51000 or 51528."""
    text = text_of(arg, name)
    if text and text != SOURCE_NAMES[source]:
        raise refusal("51528" if text in SOURCE_NAMES.values() else "51000", name)


def _left(new_trigger: int, known: int) -> bool:
    return bool(known if new_trigger == _LEAVE else new_trigger)


def _is_zero(text: str) -> bool:
    return text != "" and scaled_floor(text, 0) == (0, True)
