"""Orders of pockets that only reduce: what they may close, and what is cut of them when there is less.

Why here: placing and amending ask before, and look after each order that traded or rests; so does ``pocket_closing``.
Invariant: open orders of a side that only reduce never close more than is open, with what other orders would close.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import orders as o
from lonja.core.contracts import PPM, ceil_of
from lonja.core.instruments import Instrument
from lonja.core.margin_events import OrderReduces
from lonja.core.matching import MATCHES_MAX
from lonja.core.pocket_positions import cash_of
from lonja.core.pools import Pool
from lonja.core.state import State
from lonja.core.ticket import Taker

NIL: Final[i64] = -1
BUY: Final[i64] = 0
NOTHING_TO_REDUCE: Final[i64] = 15


def tell_reducing(state: State, taker: Taker) -> None:
    """Write ``OrderReduces`` of an order that is about to be told."""
    number = state.events.next_sequence()
    names = (int(taker.order_id), int(taker.account), int(taker.instrument))
    state.events.cold(OrderReduces(number, state.time_ms, *names))


def open_lots(state: State, pocket: i64, instrument: Instrument, side: i64) -> int:
    """Lots that orders of a side may close: what sells what is there while quote is owed, or buys back owed base."""
    lot: int = instrument.base_per_lot
    if side != BUY:
        owes: bool = own_cash(state, pocket, instrument.quote) < 0
        return max(own_cash(state, pocket, instrument.base), 0) // lot if owes else 0
    owed = -own_cash(state, pocket, instrument.base)
    if owed <= 0:
        return 0
    taker: int = state.taker_rate(pocket, instrument)
    paid = max(taker, 0)
    # Each fill rounds its fee up.
    rounded: int = MATCHES_MAX if paid > 0 else 0
    return ceil_of(((owed + rounded) * PPM, lot * (PPM - paid)))


def own_cash(state: State, pocket: i64, currency: i64) -> int:
    """The cash of a pocket without what came with lots that have not traded: that pays no debt, and may go back."""
    pool = state.pools[int(pocket)]
    cash = cash_of(state, pocket, currency)
    for order_id, (code, amount, lots, returned) in pool.brought.items():
        if code == currency:
            waits = max(lots - _traded(state, pool, order_id), 0)
            cash -= max(amount * waits // lots - returned, 0)
    return cash


def _traded(state: State, pool: Pool, order_id: int) -> int:
    """Lots that an order which brought something has traded; the taker, while it neither rests nor has ended, too."""
    slot = state.orders.find(order_id)
    if slot != NIL:
        return int(state.orders.get(slot, o.FILLED))
    return pool.ended.get(order_id, int(state.taker.filled))


def closable_lots(state: State, pocket: i64, instrument: Instrument, side: i64) -> int:
    """Those of them that no resting order would close yet; below zero when more is ordered than that."""
    left, reducing = _ordered(state, pocket, side)
    return open_lots(state, pocket, instrument, side) - left - reducing


def _ordered(state: State, pocket: i64, side: i64) -> tuple[int, int]:
    """Lots of the resting orders of a side: of those that may open, and of those that only reduce."""
    words = state.orders.words
    left: int = 0
    reducing: int = 0
    slot = state.accounts.get(pocket, a.FIRST_ORDER)
    while slot != NIL:
        if words[slot + o.SIDE] == side:
            lots: int = words[slot + o.LEFT]
            if words[slot + o.REDUCE_ONLY] == 1:
                reducing += lots
            else:
                left += lots
        slot = words[slot + o.ACCOUNT_NEXT]
    return left, reducing


def grows_beyond(state: State, instrument: Instrument, slot: i64, left: i64) -> bool:
    """Whether an order that only reduces would, with ``left`` lots, close more than there is to close."""
    words = state.orders.words
    more: int = left - words[slot + o.LEFT]
    return more > closable_lots(state, words[slot + o.ACCOUNT], instrument, words[slot + o.SIDE])


def bound_pockets(state: State) -> None:
    """Bound the orders of every pocket that traded or ordered since they were all looked at, by account."""
    for pocket in sorted(state.touched_pockets):
        bound_pocket(state, pocket, state.instruments[state.pools[pocket].instrument])


def bound_pocket(state: State, pocket: i64, instrument: Instrument) -> None:
    """Cut the orders that only reduce to what other orders leave them to close, the latest first."""
    side: i64 = 0
    while side < 2:
        left, reducing = _ordered(state, pocket, side)
        if reducing > 0:
            room = max(open_lots(state, pocket, instrument, side) - left, 0)
            if reducing > room:
                _cut(state, pocket, instrument, side, reducing - room)
        side += 1


def _cut(state: State, pocket: i64, instrument: Instrument, side: i64, excess: int) -> None:
    slots = state.orders_of(pocket)
    while excess > 0:
        slot: i64 = slots.pop()
        words = state.orders.words
        if words[slot + o.SIDE] != side or words[slot + o.REDUCE_ONLY] == 0:
            continue
        lots: int = words[slot + o.LEFT]
        if lots <= excess:
            state.end_resting(slot, NOTHING_TO_REDUCE)
        else:
            state.cut_resting(slot, instrument, lots - excess)
        excess -= lots
