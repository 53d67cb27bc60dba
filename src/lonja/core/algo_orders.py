"""The orders that algo orders place, and algo orders that hang on orders.

Why here: both sides of that tie: an algo order begets an order through the ordinary admission, and an order that was
accepted gets what was to be attached to it. Invariant: an id told in ``AlgoTriggered`` or ``AlgoLinked`` is used by that
order or by none.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import orders as o
from lonja.core.algo_ending import end_algo
from lonja.core.algo_events import AlgoDetailed, AlgoLinked, AlgoPlaced, AlgoTriggered
from lonja.core.algos import (
    CANCELED_ORDER,
    CONDITIONAL,
    FILLED_ORDER,
    INDEX,
    LAST,
    LEG_PROFIT,
    LEG_SLICE,
    MARK,
    MOVE_ORDER_STOP,
    NAME_IN_USE,
    OCO,
    TRIGGER,
    TWAP,
    UNPLACED,
    WAITING,
    AlgoOrder,
)
from lonja.core.collateral import is_pocket
from lonja.core.commands import PlaceContractOrder, PlaceOrder
from lonja.core.contract_placing import place_contract_order, spare_to_reduce
from lonja.core.layout import encode_command
from lonja.core.margin import spendable
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.margin_placing import place_margin_order
from lonja.core.orders import next_order_id
from lonja.core.placing import place_order
from lonja.core.positions import NET
from lonja.core.state import State
from lonja.core.texts import Text16, Text32

NIL: Final[i64] = -1
SELL: Final = 1
_IOC: Final = 1
_IN_BASE: Final = 1
_PROTECTING: Final = (CONDITIONAL, OCO, MOVE_ORDER_STOP)
NOTHING_TO_REDUCE: Final[i64] = 15
CLIENT_ALGO_ID_DUPLICATE: Final[i64] = 104
OPEN_ALGOS_MAX: Final[i64] = 105
_CANCELED: Final = 2
_USER: Final = 1


def price_now(state: State, code: int, source: int) -> int:
    """The price of an instrument by source, in ticks; 0 when there is none.

    Before the first trade the mark, of spot the index, stands for the last price.
    """
    instrument = state.instruments[code]
    contract = instrument.contract
    if source == LAST:
        if instrument.last_price != 0:
            return int(instrument.last_price)
        source = INDEX if contract is None else MARK
    if source == INDEX:
        return int(instrument.index_price) if contract is None else int(contract.index)
    return 0 if contract is None else int(contract.mark)


def place_child(state: State, algo: AlgoOrder, leg: int, price: int, size: int, order_price: int) -> tuple[int, int]:
    """Tell and place an order for an algo order. Its id, and why it was refused."""
    order_id: int = next_order_id(state.last_order_id, state.time_ms)
    tell_triggered(state, algo, leg, price, order_id, size)
    return order_id, place_for(state, algo, order_id, leg == LEG_SLICE, size, order_price)


def tell_triggered(state: State, algo: AlgoOrder, leg: int, price: int, order_id: int, size: int) -> None:
    """Write ``AlgoTriggered``."""
    number = state.events.next_sequence()
    names = (algo.algo_id, algo.account, algo.instrument)
    state.events.cold(AlgoTriggered(number, state.time_ms, *names, leg, price, order_id, size))


def tell_linked(state: State, stop: AlgoOrder, order_id: int, size: int) -> None:
    """Write ``AlgoLinked``."""
    number = state.events.next_sequence()
    names = (stop.algo_id, stop.account, stop.instrument)
    state.events.cold(AlgoLinked(number, state.time_ms, *names, order_id, size))


def place_for(state: State, algo: AlgoOrder, order_id: int, is_slice: bool, size: int, order_price: int) -> int:
    """Place the order that was told as ``order_id``. Why it was refused, 0 if it was not."""
    takes = algo.kind == TWAP
    common = PlaceOrder(
        account=algo.account,
        instrument=algo.instrument,
        side=algo.side,
        order_type=0 if order_price else 1,
        time_in_force=_IOC if takes else algo.time_in_force,
        post_only=1 if is_slice and not takes else 0,
        price=order_price,
        size=size,
        size_unit=algo.size_unit,
        self_trade_prevention=algo.prevention,
        clip_to_band=1 if is_slice else 0,
        tag=Text16(algo.tag),
    )
    refusal: i64 = 0
    if is_pocket(state, algo.account):
        refusal = place_margin_order(state, encode_command(PlaceMarginOrder(*common, *_margin_of(state, algo))), 0)
    elif state.instruments[algo.instrument].contract is None:
        refusal = place_order(state, encode_command(common), 0)
    else:
        margins = (algo.margin_mode, algo.position_side, min(algo.reduce_only, 1))
        refusal = place_contract_order(state, encode_command(PlaceContractOrder(*common, *margins)), 0)
    if refusal != 0:
        state.last_order_id = order_id
    return int(refusal)


def _margin_of(state: State, algo: AlgoOrder) -> tuple[int, int]:
    """In which currency the owner of a pocket brings the margin of an order, and whether that only reduces.

    The position may have ended otherwise since; what protects never opens another.
    """
    if algo.kind in _PROTECTING or algo.reduce_only != 0:
        return -1, 1
    if algo.position_side == NET:
        return -1, 0
    instrument = state.instruments[algo.instrument]
    return int(instrument.base if algo.position_side == _IN_BASE else instrument.quote), 0


def aim(state: State, algo: AlgoOrder) -> None:
    """Note from which side its price is to come, or where a trailing order begins."""
    if algo.kind == TRIGGER:
        algo.rises = 1 if algo.trigger_price > price_now(state, algo.instrument, algo.source) else 0
    elif algo.kind == MOVE_ORDER_STOP:
        now = price_now(state, algo.instrument, algo.source)
        algo.rises = 1 if algo.activation_price > now else 0
        if algo.activation_price == 0 or algo.activation_price == now:
            algo.following = 1
            algo.extreme = now


def rest_profit(state: State, algo: AlgoOrder, stop: AlgoOrder | None) -> int:
    """Place a take profit that is to rest. Why it was refused, 0 if it was not.

    Its stop loss, if there is one, is told of what it fills; of two orders in one, that is its own.
    """
    size = size_now(state, algo)
    order_id: int = next_order_id(state.last_order_id, state.time_ms)
    if stop is not algo:
        tell_triggered(state, algo, LEG_PROFIT, algo.profit_price, order_id, size)
    if stop is None:
        return place_for(state, algo, order_id, False, size, algo.profit_price)
    tell_linked(state, stop, order_id, size)
    state.algos.link(stop, order_id)
    refusal = place_for(state, algo, order_id, False, size, algo.profit_price)
    if refusal != 0:
        tell_linked(state, stop, 0, 0)
    if state.orders.find(order_id) == NIL:
        state.algos.unlink(stop, order_id)
    return refusal


def size_now(state: State, algo: AlgoOrder) -> int:
    """Lots of the order that an algo order places: what it closes is no more than there is to close.

    0 when it was to close a position that is no more.
    """
    instrument = state.instruments[algo.instrument]
    if instrument.contract is None:
        return _spot_size(state, algo)
    position = state.find_position(algo.account, algo.instrument, algo.margin_mode, algo.position_side)
    if position is None:
        return algo.size
    if algo.close_fraction == 1:
        for slot in state.orders_of(algo.account):
            words = state.orders.words
            if words[slot + o.POSITION] == position.number and words[slot + o.SIDE] == algo.side:
                state.end_resting(slot, NOTHING_TO_REDUCE)
        return int(position.reducible(algo.side))
    spare: int = spare_to_reduce(position)
    if spare > 0 and (algo.reduce_only != 0 or position.only_reduces(algo.side)):
        return min(algo.size, spare)
    return algo.size


def _spot_size(state: State, algo: AlgoOrder) -> int:
    """What was bought has paid a fee: what is attached to a purchase sells what there is of it."""
    instrument = state.instruments[algo.instrument]
    if algo.parent == 0 or algo.side != SELL:
        return algo.size
    free: int = spendable(state, algo.account, instrument.base)
    lots = free // int(instrument.base_per_lot)
    return min(algo.size, lots) if lots >= instrument.size_min else algo.size


def refusal_of_attached(state: State, account: i64, instrument: i64) -> i64:
    """Why an order is refused for what was to be attached to it, 0 if it is not."""
    owner: int = account
    code: int = instrument
    for algo in state.algos.unplaced.get(owner, []):
        if algo.instrument == code and algo.stage != UNPLACED:
            return CLIENT_ALGO_ID_DUPLICATE if algo.stage == NAME_IN_USE else OPEN_ALGOS_MAX
    return 0


def settle_attached(state: State, account: i64, instrument: i64, refusal: i64) -> None:
    """An order was placed or refused: what waited for it is attached to it or forgotten."""
    owner: int = account
    code: int = instrument
    found = [algo for algo in state.algos.unplaced.get(owner, []) if algo.instrument == code]
    for algo in found:
        if refusal != 0:
            end_algo(state, algo, _CANCELED, _USER, 0)
        else:
            state.algos.remove(algo)
    if refusal == 0 and found:
        attach_to(state, int(state.answer_id), found)


def attach_to(state: State, order_id: int, found: list[AlgoOrder]) -> None:
    """Let algo orders wait for the end of an order that was placed just now, which the ticket still describes."""
    ticket, taker = state.ticket, state.taker
    for algo in found:
        algo.parent = order_id
        algo.stage = WAITING
        algo.side = 1 - ticket.side
        if state.instruments[algo.instrument].contract is not None:
            algo.margin_mode = ticket.margin_mode
            algo.position_side = ticket.position_side
            if algo.position_side != NET:
                algo.reduce_only = 0
        state.algos.add(algo)
        tell_placed(state, algo)
    if state.orders.find(order_id) == NIL:
        whole: bool = taker.left == 0
        kind = FILLED_ORDER if whole else CANCELED_ORDER
        state.algos.note_end(kind, order_id, int(taker.filled), int(taker.notional))


def tell_placed(state: State, algo: AlgoOrder) -> None:
    """Write ``AlgoPlaced``, and before it what else it asks for."""
    if max(algo.details()) > 0 or algo.guard_name:
        tell_details(state, algo)
    number = state.events.next_sequence()
    fields = [number, int(state.time_ms), algo.algo_id, algo.account, algo.parent, *algo.terms()]
    state.events.cold(AlgoPlaced._make([*fields, algo.client_algo_id, algo.tag]))


def tell_details(state: State, algo: AlgoOrder) -> None:
    """Write ``AlgoDetailed``."""
    number = state.events.next_sequence()
    names = [number, int(state.time_ms), algo.algo_id, algo.account, algo.instrument]
    sources = [algo.source, algo.profit_source, algo.loss_source]
    state.events.cold(AlgoDetailed._make([*names, *sources, *algo.details(), Text32(algo.guard_name)]))
