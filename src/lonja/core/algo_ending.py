"""Ends of algo orders, whoever causes them.

Why here: what freezes accounts and closes instruments comes before what places orders, and must reach algo orders too.
Invariant: no order of a slice stays in the book when its algo order has ended.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import orders as o
from lonja.core.algo_events import AlgoEnded
from lonja.core.algos import TWAP, UNPLACED, AlgoOrder
from lonja.core.state import State
from lonja.core.timers import rearm

NIL: Final[i64] = -1

# Members of ``kinds.AlgoState``.
EFFECTIVE: Final = 1
CANCELED: Final = 2
ORDER_FAILED: Final = 3
PARTIALLY_FAILED: Final = 4

# Members of ``kinds.AlgoEndCause``.
DONE: Final = 0
CANCELED_BY_USER: Final = 1
ORDER_REFUSED: Final = 2
OWNER_FROZEN: Final = 3
CLOSED: Final = 4
POSITION_CLOSED: Final = 5
POSITION_LIQUIDATED: Final = 6
PARENT_UNFILLED: Final = 7
TOO_FAR: Final = 8
SLICE_CANCELED: Final = 9
PROFIT_TAKEN: Final = 10
STOPPED: Final = 11

# Members of ``kinds.CancelReason``, for what still rests.
_USER: Final[i64] = 1
_INSTRUMENT_CLOSED: Final[i64] = 12
_ACCOUNT_FROZEN: Final[i64] = 13
_STOP_TRIGGERED: Final[i64] = 18
_STOP_CANCELED: Final[i64] = 19


def end_algo(state: State, algo: AlgoOrder, algo_state: int, cause: int, rejection: int) -> None:
    """End an algo order, cancel what rests of it, and tell; one that waits for an order to come was never told of."""
    algos = state.algos
    algos.remove(algo)
    if algo.kind == TWAP and algo.due_ms == state.next_timer:
        rearm(state)
    slot = state.orders.find(algo.child)
    if slot != NIL:
        filled: int = state.orders.get(slot, o.FILLED)
        algo.filled += filled
        state.end_resting(slot, _reason(cause, _USER))
    end_linked(state, algo, _reason(cause, _STOP_CANCELED))
    if algo.stage >= UNPLACED:
        return
    number = state.events.next_sequence()
    names = (algo.algo_id, algo.account, algo.instrument)
    state.events.cold(AlgoEnded(number, state.time_ms, *names, algo_state, cause, rejection, algo.filled))


def _reason(cause: int, otherwise: i64) -> i64:
    """Why what rests for an algo order is canceled."""
    if cause == OWNER_FROZEN:
        return _ACCOUNT_FROZEN
    return _INSTRUMENT_CLOSED if cause == CLOSED else otherwise


def end_linked(state: State, algo: AlgoOrder, reason: i64) -> None:
    """Cancel the take profits that rest for a stop loss."""
    for order_id in algo.linked:
        slot = state.orders.find(order_id)
        if slot != NIL:
            state.end_resting(slot, reason)


def yield_to_stop(state: State, algo: AlgoOrder) -> None:
    """A stop loss fires: the take profits that belong to it end first, so that they hold nothing that it is to close."""
    for order_id in list(algo.linked):
        state.algos.unlink(algo, order_id)
        slot = state.orders.find(order_id)
        if slot != NIL:
            state.end_resting(slot, _STOP_TRIGGERED)
    for other in state.algos.others(algo):
        if not other.has_loss():
            end_algo(state, other, CANCELED, STOPPED, 0)


def fail_algo(state: State, algo: AlgoOrder, rejection: i64) -> None:
    """End an algo order whose order was refused."""
    algo_state = PARTIALLY_FAILED if algo.filled else ORDER_FAILED
    end_algo(state, algo, algo_state, ORDER_REFUSED, int(rejection))


def cancel_algos_of_account(state: State, account: i64) -> None:
    """The account is frozen."""
    for algo in state.algos.of_account(int(account)):
        end_algo(state, algo, CANCELED, OWNER_FROZEN, 0)


def cancel_algos_of_instrument(state: State, instrument: i64) -> None:
    """The instrument trades no more."""
    if state.algos.count == 0:
        return
    for algo in state.algos.of_instrument(int(instrument)):
        end_algo(state, algo, CANCELED, CLOSED, 0)
