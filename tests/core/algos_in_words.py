"""Algo orders in a trader's words, for scenarios.

ann algo oco sell 10 profit_trigger=110 loss_trigger=95 loss_price=94 [id=s] [on=LIN] [cross|isolated] [long|short]
    [reduce] [close] [quote]         (and any other field of a ``PlaceAlgo`` as field=number; sources are words)
ann attach 5 profit_trigger=110      ann attach loss_trigger=90       (the most it closes; all that is filled)
    (with a field of the detailed command, that is sent; a limit take profit is profit_kind=1, guard= names a guard)
ann amend_algo s new_size=5 [request=r]                               ann cancel_algo s
contract_index LIN 100
"""

from typing import Any

from lonja.core import algo_commands as ac
from lonja.core import algo_events as ae
from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import AlgoEndCause, AlgoKind, AlgoLeg, AlgoState, MarginMode, PositionSide, Side, TriggerSource
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16, Text32
from tests.core.events_in_words import Names

Options = dict[str, str]
_WORDS = ("id", "on", "tag", "request", "guard")


def _instrument(options: Options, names: Names) -> int:
    name = options.get("on", "BTC-USD")
    return names.instruments.index(name) if name in names.instruments else int(name)


def _numbers(options: Options) -> dict[str, Any]:
    return {
        name: TriggerSource[value.upper()] if value.isalpha() else int(value)
        for name, value in options.items()
        if name not in _WORDS
    }


def _detailed(plain: Any, detailed: type[Any], options: Options) -> Any:
    """``plain`` with the numbers of ``options``, or a ``detailed`` command when it has no place for one of them."""
    numbers = _numbers(options) | ({"guard_client_algo_id": Text32(options["guard"])} if "guard" in options else {})
    if numbers.keys() <= set(plain._fields):
        return plain._replace(**numbers)
    return detailed(**plain._asdict() | numbers)


def algo_id(name: str, names: Names) -> int:
    """The newest algo order of that name; a number stands for itself."""
    known = [number for number, known_name in names.algos.items() if known_name == name]
    return known[-1] if known else int(name)


def place_algo(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    """The command that places an algo order."""
    flags = plain[4:]
    placed = ac.PlaceAlgo(
        account=account,
        instrument=_instrument(options, names),
        kind=AlgoKind[plain[2].upper()],
        side=Side[plain[3].upper()],
        size=int(flags[0]) if flags and flags[0].isdigit() else 0,
        size_unit=int("quote" in flags),
        close_fraction=int("close" in flags),
        margin_mode=int("isolated" in flags),
        position_side=next((PositionSide[flag.upper()] for flag in flags if flag in ("long", "short")), 0),
        reduce_only=int("reduce" in flags),
        client_algo_id=Text32(options.get("id", "")),
        tag=Text16(options.get("tag", "")),
    )
    return _detailed(placed, ac.PlaceDetailedAlgo, options)


def attach_algo(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    """The command that attaches one to the next order."""
    attached = ac.AttachAlgo(
        account=account,
        instrument=_instrument(options, names),
        size=int(plain[2]) if len(plain) > 2 and plain[2].isdigit() else 0,
        reduce_only=int("reduce" in plain),
        client_algo_id=Text32(options.get("id", "")),
        tag=Text16(options.get("tag", "")),
    )
    return _detailed(attached, ac.AttachDetailedAlgo, options)


def amend_algo(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    """The command that changes one, named by its id unless ``id=`` names it by that of its client."""
    amended = ac.AmendAlgo(
        account=account,
        instrument=_instrument(options, names),
        algo_id=0 if "id" in options else algo_id(plain[2], names),
        client_algo_id=Text32(options.get("id", "")),
        request_id=Text32(options.get("request", "")),
    )
    return _detailed(amended, ac.AmendDetailedAlgo, options)


def cancel_algo(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    """The command that cancels one."""
    return ac.CancelAlgo(
        account=account,
        instrument=_instrument(options, names),
        algo_id=0 if "id" in options else algo_id(plain[2], names),
        client_algo_id=Text32(options.get("id", "")),
    )


def contract_index(plain: list[str], options: Options, names: Names) -> c.Command:
    """The command that tells an index price."""
    return ac.SetContractIndex(instrument=_instrument({"on": plain[0]}, names), price=int(plain[1]))


def tell_algo(event: e.Event, names: Names) -> str:
    """One line about what happened to an algo order."""
    match event:
        case ae.AlgoPlaced():
            names.algos[event.algo_id] = event.client_algo_id or f"%{len(names.algos) + 1}"
            return _placed(event, names)
        case ae.AlgoAmended():
            fields = event._asdict()
            told = [f"{name}={fields[name]}" for name in event._fields[5:-1] if fields[name]]
            request = f", request {event.request_id}" if event.request_id else ""
            return f"algo {names.algos[event.algo_id]} amended: {' '.join(told)}{request}"
        case ae.AlgoActivated():
            return f"algo {names.algos[event.algo_id]} is live for {event.size}"
        case ae.AlgoFollowing():
            return f"algo {names.algos[event.algo_id]} follows from {event.price}"
        case ae.AlgoTriggered():
            leg = AlgoLeg(event.leg).name.lower()
            return f"algo {names.algos[event.algo_id]} {leg} at {event.price}: orders {event.size}"
        case ae.AlgoEnded():
            cause = AlgoEndCause(event.cause).name.lower()
            refused = f", {Rejection(event.rejection).name.lower()}" if event.rejection else ""
            filled = f", {event.filled} filled" if event.filled else ""
            return f"algo {names.algos[event.algo_id]} {AlgoState(event.algo_state).name.lower()}: {cause}{refused}{filled}"
        case ae.AlgoDetailed():
            return f"algo order asks for {_details(event)}"
        case ae.AlgoLinked():
            order = f"with an order for {event.size}" if event.order_id else "with no order"
            return f"algo {names.algos[event.algo_id]} stops {order}"
        case ae.ContractIndexSet():
            return f"{names.instruments[event.instrument]} index {event.price}"
    raise AssertionError(f"no words for {event}")


def _details(event: ae.AlgoDetailed) -> str:
    fields = {name: value for name, value in event._asdict().items() if value}
    return " ".join(f"{name}={fields[name]}" for name in event._fields[5:] if name in fields) or "nothing besides"


def _placed(event: ae.AlgoPlaced, names: Names) -> str:
    kind, side = AlgoKind(event.kind).name.lower(), Side(event.side).name.lower()
    what = "all" if event.close_fraction else f"{event.size}" if event.size else "what fills"
    on = names.contracts and names.instruments[event.instrument]
    mode = f" {MarginMode(event.margin_mode).name.lower()}" if on in names.contracts else ""
    position = f" {PositionSide(event.position_side).name.lower()}" if event.position_side else ""
    parent = f", when {names.order(event.parent_order_id)} has ended" if event.parent_order_id else ""
    return f"algo {names.algos[event.algo_id]}: {kind} {side} {what}{mode}{position}{parent}"


TRADER_WORDS = {"algo": place_algo, "attach": attach_algo, "amend_algo": amend_algo, "cancel_algo": cancel_algo}
