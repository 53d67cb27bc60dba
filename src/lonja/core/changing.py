"""Canceling and amending open orders.

Why here: both begin by finding the order its owner means. Invariant: an amended order keeps its id, its fills and its
client order id; it keeps its place only when the price stays and the size falls. Amended to no more than it has filled,
it ends there as a filled one.
"""

from typing import Final

from librt.strings import read_i64_le
from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import book as b
from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core import words as w
from lonja.core.commands import AmendOrder
from lonja.core.contract_placing import REDUCES_BEYOND_POSITION, check_limit, judge, spare_to_reduce
from lonja.core.contracts import VALUE_MAX
from lonja.core.events import AmendmentFailed
from lonja.core.instruments import INT_MAX, LIVE, POST_ONLY_STATE, Instrument
from lonja.core.layout import decode_command
from lonja.core.margin import spendable
from lonja.core.matching import CANCEL_MAKER, STOP_EMPTY, STOP_PRICE, match, would_take
from lonja.core.placing import (
    ACCEPTED,
    ACCOUNT_FROZEN,
    ACCOUNT_NOT_FOUND,
    FIELD_INVALID,
    INSTRUMENT_NOT_FOUND,
    INSTRUMENT_NOT_LIVE,
    INSUFFICIENT_BALANCE,
    NOTIONAL_TOO_LARGE,
    PRICE_NOT_POSITIVE,
    SIZE_ABOVE_MAX,
    SIZE_BELOW_MIN,
    SIZE_NOT_POSITIVE,
    check_band,
    clipped,
    finish_immediate,
    prepare,
    rest,
)
from lonja.core.pocket_reducing import bound_pockets, grows_beyond
from lonja.core.pooled_placing import check_pooled_amend
from lonja.core.state import State
from lonja.core.ticket import Taker

NIL: Final[i64] = -1
BUY: Final[i64] = 0
MULTI_CURRENCY: Final[i64] = 3

# Members of ``rejections.Rejection``.
ORDER_NOT_FOUND: Final[i64] = 40
NOTHING_TO_AMEND: Final[i64] = 41
AMEND_POST_ONLY_WOULD_TAKE: Final[i64] = 43

# Members of ``kinds.CancelReason``.
USER: Final[i64] = 1
AMEND_FAILED: Final[i64] = 10
AMENDED_TO_FILLED: Final[i64] = 11


def cancel_order(state: State, body: bytes, at: i64) -> i64:
    """Apply the ``CancelOrder`` at ``at``. Returns the rejection."""
    account = read_i64_le(body, at + w.COMMAND_ACCOUNT)
    instrument = read_i64_le(body, at + w.CANCEL_INSTRUMENT)
    if not state.accounts.is_party(account):
        return ACCOUNT_NOT_FOUND
    if not 0 <= instrument < len(state.instruments):
        return INSTRUMENT_NOT_FOUND
    order_id = read_i64_le(body, at + w.CANCEL_ORDER_ID)
    slot = _find(state, account, instrument, order_id, body, at + w.CANCEL_CLIENT_ORDER_ID)
    if slot == NIL:
        return ORDER_NOT_FOUND
    state.answer_id = state.orders.get(slot, o.ORDER_ID)
    state.end_resting(slot, USER)
    return ACCEPTED


def _find(state: State, account: i64, instrument: i64, order_id: i64, body: bytes, client_at: i64) -> i64:
    """The slot of the order that ``account`` means in ``instrument``, or -1."""
    if order_id != 0:
        slot = state.orders.find(order_id)
    else:
        slot = state.orders.find_client(
            account,
            read_i64_le(body, client_at),
            read_i64_le(body, client_at + 8),
            read_i64_le(body, client_at + 16),
            read_i64_le(body, client_at + 24),
        )
    if slot == NIL:
        return NIL
    if state.orders.get(slot, o.ACCOUNT) != account or state.orders.get(slot, o.INSTRUMENT) != instrument:
        return NIL
    return slot


def amend_order(state: State, body: bytes, at: i64) -> i64:
    """Apply the ``AmendOrder`` at ``at``. Returns the rejection."""
    account = read_i64_le(body, at + w.COMMAND_ACCOUNT)
    code = read_i64_le(body, at + w.AMEND_INSTRUMENT)
    cancel_on_fail = read_i64_le(body, at + w.AMEND_CANCEL_ON_FAIL)
    clip_to_band = read_i64_le(body, at + w.AMEND_CLIP_TO_BAND)
    if not 0 <= cancel_on_fail | clip_to_band <= 1:
        return FIELD_INVALID
    if not state.accounts.is_party(account):
        return ACCOUNT_NOT_FOUND
    if state.accounts.get(account, a.FROZEN) != 0:
        return ACCOUNT_FROZEN
    if not 0 <= code < len(state.instruments):
        return INSTRUMENT_NOT_FOUND
    order_id = read_i64_le(body, at + w.AMEND_ORDER_ID)
    slot = _find(state, account, code, order_id, body, at + w.AMEND_CLIENT_ORDER_ID)
    if slot == NIL:
        return ORDER_NOT_FOUND
    words = state.orders.words
    instrument = state.instruments[code]
    price = read_i64_le(body, at + w.AMEND_NEW_PRICE)
    size = read_i64_le(body, at + w.AMEND_NEW_SIZE)
    if price == NIL:
        price = words[slot + o.PRICE]
    elif price > 0 and clip_to_band == 1:
        price = clipped(instrument, words[slot + o.SIDE], price)
    if size == NIL:
        size = words[slot + o.SIZE]
    refusal = _check_amend(state, instrument, slot, price, size)
    if refusal == ACCEPTED:
        state.answer_id = words[slot + o.ORDER_ID]
        if size <= words[slot + o.FILLED]:
            # It ends, so it is asked for no other price: nothing of it would ever trade there.
            price = words[slot + o.PRICE]
            size = words[slot + o.FILLED]
        _change(state, instrument, slot, price, size, body, at)
    elif cancel_on_fail == 1:
        _end_failed(state, slot, refusal, body, at)
    return refusal


def _end_failed(state: State, slot: i64, refusal: i64, body: bytes, at: i64) -> None:
    """End the order of a refused amendment that asked for it, and tell which one that was."""
    command = decode_command(body, at)
    assert isinstance(command, AmendOrder)
    words = state.orders.words
    order_id, account, instrument = words[slot + o.ORDER_ID], words[slot + o.ACCOUNT], words[slot + o.INSTRUMENT]
    number = state.events.next_sequence()
    state.events.cold(
        AmendmentFailed(number, state.time_ms, order_id, account, instrument, refusal, command.request_id)
    )
    state.end_resting(slot, AMEND_FAILED)


def _check_amend(state: State, instrument: Instrument, slot: i64, price: i64, size: i64) -> i64:
    words = state.orders.words
    if instrument.state != LIVE and instrument.state != POST_ONLY_STATE:
        return INSTRUMENT_NOT_LIVE
    if price == words[slot + o.PRICE] and size == words[slot + o.SIZE]:
        return NOTHING_TO_AMEND
    if price <= 0:
        return PRICE_NOT_POSITIVE
    if size <= 0:
        return SIZE_NOT_POSITIVE
    if size <= words[slot + o.FILLED]:
        return ACCEPTED  # the rest is asked of orders that go on
    if size < instrument.size_min:
        return SIZE_BELOW_MIN
    if 0 < instrument.size_limit_max < size:
        return SIZE_ABOVE_MAX
    side = words[slot + o.SIDE]
    left: i64 = size - words[slot + o.FILLED]
    contract = instrument.contract
    if price != words[slot + o.PRICE] or size > words[slot + o.SIZE]:
        most: i64 = VALUE_MAX if contract is not None else state.owned_total(instrument.quote)
        if words[slot + o.NOTIONAL] > INT_MAX - most:
            return NOTIONAL_TOO_LARGE  # what it trades next may be worth all there is
        if contract is not None:
            refusal = check_limit(state, instrument, contract, side, price, left, words[slot + o.REDUCE_ONLY] == 1)
        else:
            refusal = check_band(state, instrument, side, price, size)
        if refusal != ACCEPTED:
            return refusal
    must_rest: bool = words[slot + o.POST_ONLY] == 1 or instrument.state == POST_ONLY_STATE
    if must_rest and would_take(instrument, side, price):
        return AMEND_POST_ONLY_WOULD_TAKE
    if contract is not None:
        return _check_position(state, instrument, slot, price, left)
    if state.accounts.get(words[slot + o.ACCOUNT], a.MODE) >= MULTI_CURRENCY:
        if words[slot + o.REDUCE_ONLY] == 1 and grows_beyond(state, instrument, slot, left):
            return REDUCES_BEYOND_POSITION
        return check_pooled_amend(state, instrument, slot, price, left)
    hold = instrument.notional_ceil(price, left) if side == BUY else left * instrument.base_per_lot
    more: i64 = hold - words[slot + o.HOLD]
    currency = instrument.quote if side == BUY else instrument.base
    if more > 0 and more > spendable(state, words[slot + o.ACCOUNT], currency):
        return INSUFFICIENT_BALANCE
    return ACCEPTED


def _check_position(state: State, instrument: Instrument, slot: i64, price: i64, left: i64) -> i64:
    """The refusals that concern the position of an order for a contract, judged as if it were placed anew.

    One that is only cut stays what it was admitted for, so its owner may always take risk away.
    """
    words = state.orders.words
    if price == words[slot + o.PRICE] and left < words[slot + o.LEFT]:
        return ACCEPTED
    position = state.positions[words[slot + o.POSITION] - 1]
    side, before = words[slot + o.SIDE], words[slot + o.LEFT]
    reduce_only: bool = words[slot + o.REDUCE_ONLY] == 1
    if reduce_only and left - before > spare_to_reduce(position):
        return REDUCES_BEYOND_POSITION
    state.count_in_position(slot, instrument, 0)
    skip_own: bool = words[slot + o.PREVENTION] == CANCEL_MAKER
    refusal = judge(state, instrument, position, side, left, price, skip_own, reduce_only)
    state.count_in_position(slot, instrument, before)
    return refusal


def _change(state: State, instrument: Instrument, slot: i64, price: i64, size: i64, body: bytes, at: i64) -> None:
    words = state.orders.words
    old_price = words[slot + o.PRICE]
    old_left = words[slot + o.LEFT]
    left: i64 = size - words[slot + o.FILLED]
    keeps: bool = price == old_price and 0 < left < old_left
    if not keeps:
        b.unlink(words, state.levels, instrument, slot)
    _emit_amended(state, slot, old_price, old_left, price, size, left, keeps, body, at)
    if keeps:
        state.shrink(slot, instrument, left)
        state.touch_pocket(words[slot + o.ACCOUNT])
        return
    state.release_hold(slot, instrument)
    if left == 0:
        _end_filled(state, slot)
        return
    taker = state.taker
    _load(state, taker, slot, price, size, left)
    prepare(state, taker, instrument)
    match(state, taker, instrument)
    if taker.stop == STOP_PRICE or taker.stop == STOP_EMPTY:
        rest(state, taker, instrument)
    else:
        finish_immediate(state, taker, 0)
        state.forget(slot)
    if state.has_touched_pockets():
        bound_pockets(state)


def _end_filled(state: State, slot: i64) -> None:
    """Nothing is left of an order that has left its place."""
    words = state.orders.words
    state.events.canceled(
        words[slot + o.ORDER_ID],
        words[slot + o.ACCOUNT],
        words[slot + o.INSTRUMENT],
        words[slot + o.SIDE],
        words[slot + o.PRICE],
        0,
        0,
        AMENDED_TO_FILLED,
    )
    state.forget(slot)


def _load(state: State, taker: Taker, slot: i64, price: i64, size: i64, left: i64) -> None:
    """Make a taker of an order that has left its place."""
    words = state.orders.words
    taker.slot = slot
    taker.order_id = words[slot + o.ORDER_ID]
    taker.account = words[slot + o.ACCOUNT]
    taker.instrument = words[slot + o.INSTRUMENT]
    taker.side = words[slot + o.SIDE]
    taker.price = price
    taker.size = size
    taker.left = left
    taker.by_quote = False
    taker.quote_left = 0
    taker.filled = words[slot + o.FILLED]
    taker.notional = words[slot + o.NOTIONAL]
    taker.fee = words[slot + o.FEE]
    taker.rebate = words[slot + o.REBATE]
    taker.prevention = words[slot + o.PREVENTION]
    taker.position = words[slot + o.POSITION]
    taker.reduce_only = words[slot + o.REDUCE_ONLY]
    seat = words[slot + o.SEAT]
    taker.base_slot = state.seats.get(seat, st.BASE_SLOT)
    taker.quote_slot = state.seats.get(seat, st.QUOTE_SLOT)


def _emit_amended(
    state: State,
    slot: i64,
    old_price: i64,
    old_left: i64,
    price: i64,
    size: i64,
    left: i64,
    keeps: bool,
    body: bytes,
    at: i64,
) -> None:
    words = state.orders.words
    first = state.events.begin_amended()
    out = state.events.words
    out[first + 4] = words[slot + o.ORDER_ID]
    out[first + 5] = words[slot + o.ACCOUNT]
    out[first + 6] = words[slot + o.INSTRUMENT]
    out[first + 7] = words[slot + o.SIDE]
    out[first + 8] = old_price
    out[first + 9] = old_left
    out[first + 10] = price
    out[first + 11] = size
    out[first + 12] = left
    out[first + 13] = 0
    if keeps:
        out[first + 13] = 1
    word: i64 = 0
    while word < 4:
        out[first + 14 + word] = read_i64_le(body, at + w.AMEND_REQUEST_ID + word * 8)
        word += 1
