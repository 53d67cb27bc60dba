"""What algo orders do when prices move, orders end or time passes.

Why here: they place ordinary orders through the ordinary admission, after the command that concerns them is done. What
happened is looked at in the order in which it happened, until nothing is left; then each chase looks once at the book.
Invariant: an algo order fires once; whatever it places is refused or accepted like a customer's order.
"""

from lonja.core.algo_ending import (
    CANCELED,
    DONE,
    EFFECTIVE,
    PARENT_UNFILLED,
    POSITION_CLOSED,
    POSITION_LIQUIDATED,
    PROFIT_TAKEN,
    SLICE_CANCELED,
    end_algo,
    fail_algo,
    yield_to_stop,
)
from lonja.core.algo_events import AlgoActivated, AlgoFollowing
from lonja.core.algo_linking import begin_profit, guard_of, look_at_profit, settle_terms, take_part
from lonja.core.algo_orders import aim, attach_to, place_child, price_now, size_now
from lonja.core.algo_slices import chase, end_slice, tend_iceberg, twap
from lonja.core.algos import (
    CANCELED_ORDER,
    FILLED_ORDER,
    LAST,
    LEG_CALLBACK,
    LEG_LOSS,
    LEG_PROFIT,
    LIVE,
    MARK,
    POCKET_FLAT,
    POCKET_TAKEN,
    PROFIT_FILLED,
    STARTED,
    TAKEN_OVER,
    TWAP,
    WAITING,
    WITH_POSITION,
    AlgoOrder,
    by_age,
)
from lonja.core.positions import Position
from lonja.core.state import State
from lonja.core.timers import rearm


def run_algos(state: State) -> None:
    """Look at everything that has happened, and at what that causes; the answer of the command stays."""
    answer = state.answer_id
    _drain(state)
    for algo in by_age(state.algos.chasing):
        chase(state, algo)
    _drain(state)
    state.answer_id = answer


def wake_algos(state: State) -> None:
    """Place the slices that are due, by time and age, each once however much time has passed."""
    now: int = state.time_ms
    answer = state.answer_id
    for algo_id in state.algos.due_slices(now):
        # What a slice trades ends no other twap: that takes a command.
        twap(state, state.algos.by_id[algo_id])
        run_algos(state)
    state.answer_id = answer
    rearm(state)


def _drain(state: State) -> None:
    queue = state.algos.queue
    at = 0
    while at < len(queue):
        kind, subject, value = queue[at]
        at += 1
        if kind <= MARK:
            _look_at_price(state, kind, subject, value)
        elif kind == FILLED_ORDER or kind == CANCELED_ORDER:
            _look_at_end(state, subject, value, kind == FILLED_ORDER)
        elif kind == STARTED:
            _start(state, subject)
        elif kind == PROFIT_FILLED:
            look_at_profit(state, subject)
        elif kind >= POCKET_FLAT:
            _leave_pocket(state, subject, kind)
        else:
            _leave_position(state, state.positions[subject - 1], kind)
    queue.clear()
    state.algos.paid.clear()


def _look_at_price(state: State, source: int, instrument: int, price: int) -> None:
    """Fire what a price fires, the oldest first; then what trails; then slices that stand by the last price."""
    desk = state.algos.desks.get(instrument)
    if desk is None:
        return
    for algo_id, leg in desk.due(source, price):
        algo = state.algos.by_id.get(algo_id)
        if algo is None:
            continue
        if leg == LEG_CALLBACK:
            _follow(state, algo, price)
        else:
            _fire(state, algo, leg, price)
    low, high = desk.calm[source]
    if not low <= price <= high:
        for algo in by_age(desk.trailing[source]):
            if algo.fell_back(price):
                _fire(state, algo, LEG_CALLBACK, price)
        desk.mind_all(source)
    if source == LAST:
        for algo in by_age(desk.icebergs):
            tend_iceberg(state, algo)


def _follow(state: State, algo: AlgoOrder, price: int) -> None:
    state.algos.lift(algo)
    algo.following = 1
    algo.extreme = price
    algo.updated_ms = state.time_ms
    state.algos.lay(algo)
    names = (algo.algo_id, algo.account, algo.instrument)
    state.events.cold(AlgoFollowing(state.events.next_sequence(), state.time_ms, *names, price))


def _fire(state: State, algo: AlgoOrder, leg: int, price: int) -> None:
    """Place the order of a leg; the other leg is over with it."""
    if algo.size <= 0 and algo.close_fraction == 0:
        end_algo(state, algo, CANCELED, PROFIT_TAKEN, 0)
        return
    if leg == LEG_LOSS:
        yield_to_stop(state, algo)
    size = size_now(state, algo)
    if size == 0:
        end_algo(state, algo, CANCELED, POSITION_CLOSED, 0)
        return
    order_price = algo.price_of(leg)
    order_id, refusal = place_child(state, algo, leg, price, size, order_price)
    if refusal != 0:
        fail_algo(state, algo, refusal)
        return
    others = state.algos.others(algo)
    end_algo(state, algo, EFFECTIVE, DONE, 0)
    if leg == LEG_PROFIT:
        take_part(state, others, order_id, algo.size)
    guard = guard_of(state, algo)
    if guard is not None:
        attach_to(state, order_id, [guard])


def _look_at_end(state: State, order_id: int, filled: int, whole: bool) -> None:
    """An order ended: what is attached to it goes live, or a slice is done."""
    found = [
        state.algos.by_id[number] for number in state.algos.watched.pop(order_id, []) if number in state.algos.by_id
    ]
    left = filled
    paid = state.algos.paid.get(order_id, 0)
    for algo in found:
        if algo.stage == WAITING:
            size = filled if algo.size == 0 else min(algo.size, left)
            if algo.size != 0:
                left -= size
            _go_live(state, algo, size, (paid, filled))
        elif order_id in algo.linked:
            state.algos.unlink(algo, order_id)
        else:
            algo.child = 0
            algo.filled += filled
            if not whole:
                end_algo(state, algo, CANCELED, SLICE_CANCELED, 0)
            else:
                end_slice(state, algo)


def _go_live(state: State, algo: AlgoOrder, size: int, paid: tuple[int, int]) -> None:
    """``size`` lots were filled of the order that it is attached to: it waits for its price, which may be there.

    ``paid`` is what that order traded for, and how many lots.
    """
    if size == 0:
        end_algo(state, algo, CANCELED, PARENT_UNFILLED, 0)
        return
    algo.stage = LIVE
    settle_terms(state, algo, paid)
    algo.size = size
    algo.updated_ms = state.time_ms
    aim(state, algo)
    state.algos.lay(algo)
    names = (algo.algo_id, algo.account, algo.instrument)
    state.events.cold(AlgoActivated(state.events.next_sequence(), state.time_ms, *names, size))
    for source, _, _, _ in algo.legs():
        price = price_now(state, algo.instrument, source)
        if price > 0:
            state.algos.queue.append((source, algo.instrument, price))
    if algo.rests_for_profit():
        state.algos.queue.append((STARTED, algo.algo_id, 0))


def _start(state: State, algo_id: int) -> None:
    algo = state.algos.by_id.get(algo_id)
    if algo is None:
        return
    if algo.rests_for_profit():
        begin_profit(state, algo)
    elif algo.kind == TWAP:
        twap(state, algo)
        if algo_id in state.algos.timed and (state.next_timer == 0 or algo.due_ms < state.next_timer):
            state.next_timer = algo.due_ms
    else:
        tend_iceberg(state, algo)


def _leave_position(state: State, position: Position, kind: int) -> None:
    """Cancel what meant a position that is closed or was taken over."""
    for algo in state.algos.of_account(int(position.account)):
        names: bool = algo.instrument == position.instrument and algo.margin_mode == position.margin_mode
        if not names or algo.position_side != position.side:
            continue
        if kind == TAKEN_OVER:
            end_algo(state, algo, CANCELED, POSITION_LIQUIDATED, 0)
        elif algo.close_fraction == 1 or algo.reduce_only == WITH_POSITION:
            end_algo(state, algo, CANCELED, POSITION_CLOSED, 0)


def _leave_pocket(state: State, pocket: int, kind: int) -> None:
    """The same of what meant the position of a pocket; all of a pocket's algo orders mean the one it may have."""
    for algo in state.algos.of_account(pocket):
        if kind == POCKET_TAKEN:
            end_algo(state, algo, CANCELED, POSITION_LIQUIDATED, 0)
        elif algo.reduce_only == WITH_POSITION:
            end_algo(state, algo, CANCELED, POSITION_CLOSED, 0)
