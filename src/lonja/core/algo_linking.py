"""Take profits and stop losses that belong together, and what follows from the price of the order they protect.

Why here: one fires or fills, and another changes or ends with it. Invariant: what a take profit has ordered or filled is
no longer for its stop loss to close; nothing of old commands belongs together.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core.algo_ending import CANCELED, DONE, EFFECTIVE, PROFIT_TAKEN, end_algo, fail_algo
from lonja.core.algo_events import AlgoAmended
from lonja.core.algo_orders import price_now, rest_profit, tell_details
from lonja.core.algos import CONDITIONAL, DETAILS, MOVE_ORDER_STOP, OCO, PPM, TRIGGER, AlgoOrder
from lonja.core.contracts import Contract
from lonja.core.instruments import INT_MAX
from lonja.core.positions import NET
from lonja.core.state import State
from lonja.core.texts import Text32

NIL: Final[i64] = -1
BUY: Final = 0


def tell_amended(state: State, algo: AlgoOrder, request_id: Text32) -> None:
    """Write ``AlgoAmended``."""
    number = state.events.next_sequence()
    names = (algo.algo_id, algo.account, algo.instrument)
    prices = (algo.trigger_price, algo.order_price, algo.profit_trigger, algo.profit_price)
    rest = (algo.loss_trigger, algo.loss_price, algo.callback_ppm, algo.callback_ticks, algo.activation_price)
    state.events.cold(AlgoAmended(number, state.time_ms, *names, algo.size, *prices, *rest, request_id))


def guard_of(state: State, algo: AlgoOrder) -> AlgoOrder | None:
    """What a trigger order attaches to the order that it placed: its take profit, its stop loss, both, or what trails."""
    trails: bool = algo.guard_callback_ppm | algo.guard_callback_ticks != 0
    if algo.kind != TRIGGER or not (trails or algo.has_profit() or algo.has_loss()):
        return None
    terms = algo.terms()
    terms[1] = OCO if algo.has_profit() and algo.has_loss() else CONDITIONAL
    if trails:
        terms[1] = MOVE_ORDER_STOP
        terms[19:22] = [algo.guard_callback_ppm, algo.guard_callback_ticks, algo.guard_activation]
    terms[3] = 0
    terms[4] = 0
    is_contract: bool = state.instruments[algo.instrument].contract is not None
    terms[9] = 1 if is_contract and algo.position_side == NET else 0
    if not is_contract:
        # What protects only reduces, and brings nothing.
        terms[8] = 0
    terms[10:13] = [0, 0, 0]
    name = "" if (algo.account, algo.guard_name) in state.algos.by_client else algo.guard_name
    made = AlgoOrder(state.take_id(), algo.account, terms, name, algo.tag)
    details = [0] * DETAILS
    details[2:4] = [algo.profit_ppm, algo.loss_ppm]
    made.set_details(details)
    made.created_ms = state.time_ms
    return made


def settle_terms(state: State, algo: AlgoOrder, paid: tuple[int, int]) -> None:
    """The order that it was attached to has an average price now: triggers that were so far from it are prices.

    They are rounded to the nearest tick. What has become of them is told.
    """
    contract = state.instruments[algo.instrument].contract
    if contract is None or algo.profit_ppm | algo.loss_ppm | algo.cost_stop == 0:
        return
    num, den = average_of(contract, *paid)
    if algo.cost_stop == 1:
        algo.cost = nearest(num, den)
    if algo.profit_ppm | algo.loss_ppm == 0:
        return
    sign = -1 if algo.side == BUY else 1
    if algo.profit_ppm:
        algo.profit_trigger = nearest(num * (PPM + sign * algo.profit_ppm), den * PPM)
        algo.profit_ppm = 0
    if algo.loss_ppm:
        algo.loss_trigger = nearest(num * (PPM - sign * algo.loss_ppm), den * PPM)
        algo.loss_ppm = 0
    tell_details(state, algo)
    tell_amended(state, algo, Text32(""))


def average_of(contract: Contract, paid: int, lots: int) -> tuple[int, int]:
    """The price, in ticks, at which ``lots`` are worth ``paid``, as a fraction."""
    if contract.inverse:
        return lots * contract.unit, max(paid, 1) * contract.divisor
    return paid * contract.divisor, lots * contract.unit


def nearest(num: int, den: int) -> int:
    """A fraction as a price: the nearest tick that there is, upwards from the middle."""
    limit: int = INT_MAX
    return min(max((2 * num + den) // (2 * den), 1), limit)


def begin_profit(state: State, algo: AlgoOrder) -> None:
    """Place a take profit that rests: that of two orders in one, or one alone, which has done then what it is for."""
    if algo.has_loss():
        rest_profit(state, algo, algo)
        return
    stops = [other for other in state.algos.others(algo) if other.has_loss()]
    refusal = rest_profit(state, algo, stops[0] if stops else None)
    if refusal != 0:
        fail_algo(state, algo, refusal)
    else:
        end_algo(state, algo, EFFECTIVE, DONE, 0)


def take_part(state: State, others: list[AlgoOrder], order_id: int, size: int) -> None:
    """A take profit of ``size`` lots has placed its order: the stop losses it belongs to have its part less to close.

    What a market order could not trade is not closed, and stays theirs.
    """
    lots = size if state.orders.find(order_id) != NIL else int(state.taker.filled)
    for stop in others:
        if stop.has_loss() and lots > 0:
            stop.size -= lots
            _lowered(state, stop)


def look_at_profit(state: State, algo_id: int) -> None:
    """A take profit that rests was filled, by which its stop loss has become smaller."""
    stop = state.algos.by_id.get(algo_id)
    if stop is not None:
        _lowered(state, stop)


def _lowered(state: State, stop: AlgoOrder) -> None:
    """Go on with a stop loss that has less to close: nothing, or the rest, from now on maybe at what that had cost."""
    if stop.size <= 0:
        end_algo(state, stop, CANCELED, PROFIT_TAKEN, 0)
        return
    stop.updated_ms = state.time_ms
    if stop.cost != 0 and stop.cost_stop == 1:
        state.algos.lift(stop)
        stop.loss_trigger = stop.cost
        stop.cost = 0
        state.algos.lay(stop)
        state.algos.note_price(stop.loss_source, stop.instrument, price_now(state, stop.instrument, stop.loss_source))
    tell_amended(state, stop, Text32(""))
