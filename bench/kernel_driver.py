"""The book kernel alone: admitted orders into the core's books, balances and events, without commands around them.

Why here: the budget compares a book with balances to a C++ book with balances, so this drives the same functions that
the core drives after admission. Compiled together with the core by ``kernel_bare.py``.
Invariant: it ends with the same trades and balances as the core does on the same messages.
"""

from typing import Final

from librt.strings import read_i64_le
from mypy_extensions import i64

from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core.instruments import Instrument
from lonja.core.matching import match
from lonja.core.placing import prepare, rest
from lonja.core.state import State
from lonja.core.ticket import Taker

NIL: Final[i64] = -1
BUY: Final[i64] = 0
PLACE: Final[i64] = 0
CANCEL: Final[i64] = 2
CANCEL_MAKER: Final[i64] = 1
USER: Final[i64] = 1
MESSAGE_BYTES: Final[i64] = 48
BATCH_BYTES: Final[i64] = 48 * 1024


def run(state: State, messages: bytes, first_account: i64) -> None:
    """Feed ``messages`` (``workloads.py``) to instrument 0; events are taken away as after a group commit."""
    instrument = state.instruments[0]
    at: i64 = 0
    end: i64 = len(messages)
    while at < end:
        number = read_i64_le(messages, at + 8)
        if read_i64_le(messages, at) == CANCEL:
            slot = state.orders.find(number)
            if slot != NIL:
                state.end_resting(slot, USER)
        else:
            _submit(state, instrument, messages, at, first_account)
        at += MESSAGE_BYTES
        if at % BATCH_BYTES == 0:
            state.events.take()


def _submit(state: State, instrument: Instrument, messages: bytes, at: i64, first_account: i64) -> None:
    taker = state.taker
    taker.slot = NIL
    taker.order_id = read_i64_le(messages, at + 8)
    taker.account = first_account + read_i64_le(messages, at + 16)
    taker.instrument = 0
    taker.side = read_i64_le(messages, at + 24)
    taker.price = read_i64_le(messages, at + 32)
    taker.size = read_i64_le(messages, at + 40)
    taker.left = taker.size
    taker.by_quote = False
    taker.filled = 0
    taker.notional = 0
    taker.fee = 0
    taker.rebate = 0
    taker.prevention = CANCEL_MAKER
    seat = state.seat(taker.account, instrument)
    taker.base_slot = state.seats.words[seat + st.BASE_SLOT]
    taker.quote_slot = state.seats.words[seat + st.QUOTE_SLOT]
    if not _affords(state, instrument, taker):
        return
    prepare(state, taker, instrument)
    match(state, taker, instrument)
    if taker.left > 0 and read_i64_le(messages, at) == PLACE:
        _rest(state, instrument, taker, seat)


def _affords(state: State, instrument: Instrument, taker: Taker) -> bool:
    if taker.side == BUY:
        return instrument.notional_ceil(taker.price, taker.size) <= state.ledger.available(taker.quote_slot)
    return taker.size * instrument.base_per_lot <= state.ledger.available(taker.base_slot)


def _rest(state: State, instrument: Instrument, taker: Taker, seat: i64) -> None:
    slot = state.orders.take()
    taker.slot = slot
    words = state.orders.words
    words[slot + o.ACCOUNT] = taker.account
    words[slot + o.MASTER] = taker.master
    words[slot + o.ORDER_ID] = taker.order_id
    words[slot + o.SIDE] = taker.side
    words[slot + o.SEAT] = seat
    words[slot + o.CLIENT_ORDER_ID] = 0
    state.orders.index(slot)
    state.join_account(slot)
    rest(state, taker, instrument)
