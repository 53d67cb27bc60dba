"""What a fill does to a position: margin, profit, fee, a life that ends or begins.

Why here: the two halves of a trade, liquidations and deliveries all end up here. The profit of a position is paid from
the family's clearing balance and a loss into it, because its counterparts are open elsewhere.
Invariant: cash, margins and the house's balances of a currency add up to zero after every change.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import orders as o
from lonja.core.algos import FLAT
from lonja.core.contracts import Contract, floor_of
from lonja.core.instruments import Instrument
from lonja.core.positions import ISOLATED, Position, average_of
from lonja.core.state import State

BUY: Final[i64] = 0
FILLED: Final = 0
LIQUIDATED: Final = 3
NOTHING_TO_REDUCE: Final[i64] = 15


def settle_fill(
    state: State, instrument: Instrument, position: Position, side: i64, price: i64, lots: i64, fee: i64, order_id: i64
) -> None:
    """Let a position trade ``lots`` at ``price`` for ``fee``. It closes first and opens with what is left."""
    closing = position.reducible(side)
    if closing > lots:
        closing = lots
    closing_fee: i64 = 0
    if closing > 0:
        closing_fee = fee
        if closing < lots:
            whole_fee: int = fee
            part: int = closing
            whole: int = lots
            closing_fee = whole_fee * part // whole
        close(state, instrument, position, price, closing, closing_fee, FILLED, order_id)
    opening: i64 = lots - closing
    if opening > 0:
        _open(state, instrument, position, side, price, opening, fee - closing_fee, order_id)
    state.renew_hold(position)


def close(
    state: State, instrument: Instrument, position: Position, price: i64, lots: i64, fee: i64, cause: int, order_id: i64
) -> None:
    """End ``lots`` (without sign) of a position at ``price``."""
    _end(state, instrument, position, price, lots, fee, 0, cause, order_id)


def take_over(
    state: State, instrument: Instrument, position: Position, price: i64, lots: i64, fee: i64, penalty: i64
) -> None:
    """End ``lots`` of a position that is liquidated; ``penalty`` leaves the account for the family's fund."""
    _end(state, instrument, position, price, lots, fee, penalty, LIQUIDATED, 0)


def _end(
    state: State,
    instrument: Instrument,
    position: Position,
    price: i64,
    lots: i64,
    fee: i64,
    penalty: i64,
    cause: int,
    order_id: i64,
) -> None:
    contract = instrument.contract
    assert contract is not None, "only contracts have positions"
    ledger = state.ledger
    gained: i64 = position.floor_gain(contract, price, lots)
    back: i64 = position.margin_of(lots)
    position.take(lots)
    was_long: bool = position.lots > 0
    position.lots += -lots if was_long else lots
    if was_long:
        contract.open_lots -= lots
    if position.lots == 0 and state.algos.count != 0:
        state.algos.queue.append((FLAT, int(position.number), 0))
    state.renew_sums(position)
    position.margin -= back
    position.pnl += gained
    position.fees += fee
    position.penalty -= penalty
    balance = ledger.post(position.settle_slot, back + gained - fee - penalty, state.time_ms)
    ledger.post(contract.family.clearing_slot, -gained, state.time_ms)
    ledger.post(instrument.quote_fee_slot, fee, state.time_ms)
    changed: i64 = -lots if was_long else lots
    tell(state, contract, position, cause, order_id, price, changed, gained, fee, -back, balance)


def _open(
    state: State, instrument: Instrument, position: Position, side: i64, price: i64, lots: i64, fee: i64, order_id: i64
) -> None:
    contract = instrument.contract
    assert contract is not None, "only contracts have positions"
    if position.lots == 0:
        position.begin(state.events.sequence + 1, state.time_ms)
    position.add(contract, price, lots)
    signed: i64 = lots if side == BUY else -lots
    position.lots += signed
    if side == BUY:
        contract.open_lots += lots
    state.renew_sums(position)
    margin: i64 = 0
    if position.margin_mode == ISOLATED:
        margin = floor_of(position.initial_margin(contract, price, lots))
    position.margin += margin
    position.fees += fee
    balance = state.ledger.post(position.settle_slot, -margin - fee, state.time_ms)
    state.ledger.post(instrument.quote_fee_slot, fee, state.time_ms)
    tell(state, contract, position, FILLED, order_id, price, signed, 0, fee, margin, balance)


def tell(
    state: State,
    contract: Contract,
    position: Position,
    cause: int,
    order_id: i64,
    price: i64,
    changed: i64,
    gained: i64,
    fee: i64,
    margin_moved: i64,
    balance: i64,
) -> None:
    """Write ``PositionChanged``."""
    ticks, parts = average_of(contract, position)
    first = state.events.begin_position()
    out = state.events.words
    out[first + 4] = position.account
    out[first + 5] = position.instrument
    out[first + 6] = position.margin_mode
    out[first + 7] = position.side
    out[first + 8] = cause
    out[first + 9] = order_id
    out[first + 10] = price
    out[first + 11] = changed
    out[first + 12] = position.lots
    out[first + 13] = ticks
    out[first + 14] = parts
    out[first + 15] = gained
    out[first + 16] = fee
    out[first + 17] = position.margin
    out[first + 18] = margin_moved
    out[first + 19] = position.life
    out[first + 20] = position.pnl
    out[first + 21] = position.fees
    out[first + 22] = position.funding
    out[first + 23] = position.penalty
    out[first + 24] = balance


def bound_reducing(state: State, instrument: Instrument, position: Position) -> None:
    """Cut the resting orders that only reduce to what other orders leave them to reduce, the latest first.

    So they never trade beyond the position, and nobody who looks at the book counts on more than they can give.
    """
    if position.reducing_lots == 0:
        return
    limit: i64 = position.lots - position.sell_lots if position.lots > 0 else -position.lots - position.buy_lots
    excess: i64 = position.reducing_lots - (limit if limit > 0 else 0)
    slots = state.orders_of(position.account)
    while slots:
        slot: i64 = slots.pop()
        words = state.orders.words
        if words[slot + o.POSITION] != position.number or words[slot + o.REDUCE_ONLY] == 0:
            continue
        left = words[slot + o.LEFT]
        if position.reducible(words[slot + o.SIDE]) == 0:
            # The position has ended or turned round: there the order would open.
            state.end_resting(slot, NOTHING_TO_REDUCE)
        elif excess <= 0:
            return
        elif left <= excess:
            state.end_resting(slot, NOTHING_TO_REDUCE)
        else:
            state.cut_resting(slot, instrument, left - excess)
        excess -= left
