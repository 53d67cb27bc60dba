"""Algo orders that are worked off in parts, or follow the book: twap, iceberg, chase.

Why here: each places one order at a time and waits for its end. Invariant: what rests for an iceberg or a chase is post
only, so looking after one never trades and never makes another move without end.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import book as b
from lonja.core import orders as o
from lonja.core.algo_ending import CANCELED, DONE, EFFECTIVE, TOO_FAR, end_algo, fail_algo
from lonja.core.algo_orders import place_child
from lonja.core.algos import CHASE, LEG_SLICE, AlgoOrder
from lonja.core.changing import amend_order
from lonja.core.commands import AmendOrder
from lonja.core.instruments import LIVE, POST_ONLY_STATE, Instrument
from lonja.core.layout import encode_command
from lonja.core.state import State

NIL: Final[i64] = -1
BUY: Final = 0
SELL: Final = 1
NOTHING_TO_AMEND: Final[i64] = 41
AMEND_POST_ONLY_WOULD_TAKE: Final[i64] = 43


def best_price(state: State, instrument: Instrument, side: int) -> int:
    """The best price of one side of the book, 0 when nobody is there."""
    levels = instrument.bids if side == BUY else instrument.asks
    return int(state.levels.get(levels.best_value(), b.PRICE)) if levels.count > 0 else 0


def twap(state: State, algo: AlgoOrder) -> None:
    """Place the slice that is due, as far as the limit from the other side; no better price means no slice."""
    state.algos.put_off(algo, int(state.time_ms) + algo.interval_ms)
    algo.updated_ms = state.time_ms
    instrument = state.instruments[algo.instrument]
    buys = algo.side == BUY
    best = best_price(state, instrument, SELL if buys else BUY)
    if best == 0 or instrument.state != LIVE or (best > algo.price_limit if buys else best < algo.price_limit):
        return
    away = algo.distance(best)
    price = min(best + away, algo.price_limit) if buys else max(best - away, algo.price_limit)
    _, refusal = place_child(state, algo, LEG_SLICE, best, min(algo.slice_size, algo.left()), price)
    if refusal != 0:
        fail_algo(state, algo, refusal)
        return
    algo.filled += int(state.taker.filled)
    _end_when_done(state, algo)


def _end_when_done(state: State, algo: AlgoOrder) -> bool:
    """End an algo order when no order can be placed for what is left."""
    done: bool = algo.left() <= 0 or algo.left() < state.instruments[algo.instrument].size_min
    if done:
        end_algo(state, algo, EFFECTIVE, DONE, 0)
    return done


def end_slice(state: State, algo: AlgoOrder) -> None:
    """The order of an algo order was filled: go on with what is left."""
    algo.updated_ms = state.time_ms
    if algo.kind == CHASE:
        end_algo(state, algo, EFFECTIVE, DONE, 0)
    elif not _end_when_done(state, algo):
        tend_iceberg(state, algo)


def tend_iceberg(state: State, algo: AlgoOrder) -> None:
    """Keep one slice in the book, its distance from the last price, never taking; moved when that price has left it."""
    instrument = state.instruments[algo.instrument]
    buys = algo.side == BUY
    last: int = instrument.last_price
    if last == 0 or not _takes_orders(instrument):
        return
    away = algo.distance(last)
    price = min(last - away, algo.price_limit) if buys else max(last + away, algo.price_limit)
    other = best_price(state, instrument, SELL if buys else BUY)
    if other != 0:
        price = min(price, other - 1) if buys else max(price, other + 1)
    if price <= 0:
        return
    if algo.child == 0:
        _place_resting(state, algo, last, min(algo.slice_size, algo.left()), price)
        return
    now = _price_of_child(state, algo)
    if now > 0 and (price - now if buys else now - price) > away:
        _move(state, algo, price)


def chase(state: State, algo: AlgoOrder) -> None:
    """Stand at the best price of its own side, or behind it, as long as that is no further from where it began than allowed."""
    instrument = state.instruments[algo.instrument]
    buys = algo.side == BUY
    best = best_price(state, instrument, algo.side)
    if best == 0 or not _takes_orders(instrument):
        return
    if algo.start_price == 0:
        algo.start_price = best
    most = algo.distance(algo.start_price)
    moved = best - algo.start_price if buys else algo.start_price - best
    if moved > most and (algo.distance_ticks or algo.distance_ppm):
        end_algo(state, algo, CANCELED, TOO_FAR, 0)
        return
    price = best - algo.behind(best) if buys else best + algo.behind(best)
    if price <= 0:
        return
    if algo.child == 0:
        _place_resting(state, algo, best, algo.left(), price)
        return
    now = _price_of_child(state, algo)
    if now > 0 and (price > now if buys else price < now):
        _move(state, algo, price)


def _takes_orders(instrument: Instrument) -> bool:
    return instrument.state == LIVE or instrument.state == POST_ONLY_STATE


def _price_of_child(state: State, algo: AlgoOrder) -> int:
    """0 when it has ended, which is to be looked at still."""
    slot = state.orders.find(algo.child)
    return 0 if slot == NIL else int(state.orders.get(slot, o.PRICE))


def _place_resting(state: State, algo: AlgoOrder, cause: int, size: int, price: int) -> None:
    order_id, refusal = place_child(state, algo, LEG_SLICE, cause, size, price)
    algo.updated_ms = state.time_ms
    if refusal != 0:
        fail_algo(state, algo, refusal)
        return
    # Post only, behind the other side, clipped away from it: it rests.
    algo.child = order_id
    state.algos.watch(order_id, algo.algo_id)


def _move(state: State, algo: AlgoOrder, price: int) -> None:
    """Move what rests; when that is refused, the algo order fails, unless it could only have taken or stayed."""
    command = AmendOrder(
        account=algo.account, instrument=algo.instrument, order_id=algo.child, new_price=price, clip_to_band=1
    )
    refusal = amend_order(state, encode_command(command), 0)
    if refusal != 0 and refusal != NOTHING_TO_AMEND and refusal != AMEND_POST_ONLY_WOULD_TAKE:
        fail_algo(state, algo, refusal)
