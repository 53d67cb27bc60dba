"""Placing orders: admission in the order of ``rejections``, then matching, then what is left.

Why here: each check is one line of the public list of refusals. Invariant: nothing is changed before the last check.
"""

from typing import Final

from librt.strings import read_i64_le
from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import book as b
from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core import words as w
from lonja.core.collateral import is_pocket, pockets_of
from lonja.core.instruments import INT_MAX, LIVE, POST_ONLY_STATE, Instrument
from lonja.core.ledger import TRADING
from lonja.core.margin import spendable
from lonja.core.matching import (
    CANCEL_MAKER,
    STOP_DONE,
    STOP_EMPTY,
    STOP_MATCH_LIMIT,
    STOP_PRICE,
    STOP_SELF_TRADE,
    limit_key_of,
    market_key,
    match,
    walk,
    would_take,
)
from lonja.core.orders import next_order_id
from lonja.core.pocket_reducing import bound_pockets, tell_reducing
from lonja.core.pooled_placing import check_pooled
from lonja.core.settling import bound_reducing
from lonja.core.state import State
from lonja.core.ticket import Taker, Ticket

NIL: Final[i64] = -1
BUY: Final[i64] = 0
MARKET: Final[i64] = 1
GTC: Final[i64] = 0
IOC: Final[i64] = 1
FOK: Final[i64] = 2
CANCEL_BOTH: Final[i64] = 3
MULTI_CURRENCY: Final[i64] = 3

OPEN_ORDERS_ACCOUNT_MAX: Final[i64] = 4000
OPEN_ORDERS_INSTRUMENT_MAX: Final[i64] = 500

# Members of ``rejections.Rejection``.
ACCEPTED: Final[i64] = 0
FIELD_INVALID: Final[i64] = 2
ACCOUNT_NOT_FOUND: Final[i64] = 3
ACCOUNT_FROZEN: Final[i64] = 4
INSTRUMENT_NOT_FOUND: Final[i64] = 6
INSTRUMENT_NOT_LIVE: Final[i64] = 10
ORDER_KIND_INVALID: Final[i64] = 12
SELF_TRADE_PREVENTION_FORBIDS_FOK: Final[i64] = 13
PRICE_NOT_POSITIVE: Final[i64] = 14
SIZE_NOT_POSITIVE: Final[i64] = 16
SIZE_BELOW_MIN: Final[i64] = 18
SIZE_ABOVE_MAX: Final[i64] = 19
MARKET_SIZE_ABOVE_MAX: Final[i64] = 20
MARKET_AMOUNT_ABOVE_MAX: Final[i64] = 21
NOTIONAL_TOO_LARGE: Final[i64] = 22
PRICE_ABOVE_BAND: Final[i64] = 23
PRICE_BELOW_BAND: Final[i64] = 24
CLIENT_ORDER_ID_DUPLICATE: Final[i64] = 25
OPEN_ORDERS_ACCOUNT_REACHED: Final[i64] = 26
OPEN_ORDERS_INSTRUMENT_REACHED: Final[i64] = 27
INSUFFICIENT_BALANCE: Final[i64] = 29

# Members of ``kinds.CancelReason``.
POST_ONLY_WOULD_TAKE: Final[i64] = 2
FOK_NOT_FILLABLE: Final[i64] = 3
IOC_REST: Final[i64] = 4


def place_order(state: State, body: bytes, at: i64) -> i64:
    """Apply the ``PlaceOrder`` at ``at``. Returns the rejection; the order's id is the answer."""
    refusal = admit_order(state, body, at)
    if refusal == ACCEPTED:
        accept(state, state.instruments[state.ticket.instrument], state.ticket, body, at)
    return refusal


def admit_order(state: State, body: bytes, at: i64) -> i64:
    """Whether the ``PlaceOrder`` at ``at`` is accepted; nothing is changed but the ticket."""
    refusal = check_order(state, body, at)
    if refusal == ACCEPTED:
        refusal = check_balance(state, state.instruments[state.ticket.instrument], state.ticket)
    return refusal


def check_order(state: State, body: bytes, at: i64) -> i64:
    """The same but for the money; the ticket is read."""
    ticket = state.ticket
    ticket.read(body, at)
    refusal = check_parties(state, ticket)
    if refusal != ACCEPTED:
        return refusal
    instrument = state.instruments[ticket.instrument]
    if instrument.contract is not None:
        return ORDER_KIND_INVALID
    seat_ticket(state, ticket)
    refusal = check_kind(instrument, ticket)
    if refusal == ACCEPTED:
        refusal = check_size(instrument, ticket)
    if refusal == ACCEPTED and ticket.order_type != MARKET:
        refusal = check_band(state, instrument, ticket.side, ticket.price, ticket.size)
    if refusal == ACCEPTED:
        refusal = check_crowding(state, ticket, body, at)
    return refusal


def seat_ticket(state: State, ticket: Ticket) -> None:
    """Fill in what follows from the account: who yields to whom, and its seat when it has one."""
    if ticket.prevention == 0:
        ticket.prevention = state.accounts.get(ticket.account, a.PREVENTION)
    ticket.seat = state.seats.find(ticket.account, ticket.instrument)


def check_parties(state: State, ticket: Ticket) -> i64:
    """The refusals that concern who asks for what, in order."""
    if not ticket.fields_valid():
        return FIELD_INVALID
    if not state.accounts.is_party(ticket.account):
        return ACCOUNT_NOT_FOUND
    if state.accounts.get(ticket.account, a.FROZEN) != 0:
        return ACCOUNT_FROZEN
    if not 0 <= ticket.instrument < len(state.instruments):
        return INSTRUMENT_NOT_FOUND
    return ACCEPTED


def check_kind(instrument: Instrument, ticket: Ticket) -> i64:
    """The refusals that concern the instrument's state and the kind of order, in order; may move the price."""
    if instrument.state != LIVE and (instrument.state != POST_ONLY_STATE or ticket.post_only == 0):
        return INSTRUMENT_NOT_LIVE
    if not ticket.kind_valid():
        return ORDER_KIND_INVALID
    if ticket.prevention == CANCEL_BOTH and ticket.time_in_force == FOK:
        return SELF_TRADE_PREVENTION_FORBIDS_FOK
    if ticket.order_type != MARKET and ticket.price <= 0:
        return PRICE_NOT_POSITIVE
    if ticket.clip_to_band == 1 and ticket.order_type != MARKET:
        ticket.price = clipped(instrument, ticket.side, ticket.price)
    return ACCEPTED


def clipped(instrument: Instrument, side: i64, price: i64) -> i64:
    """``price`` moved to the edge of the band when it lies beyond."""
    if side == BUY:
        return instrument.buy_max if 0 < instrument.buy_max < price else price
    return instrument.sell_min if price < instrument.sell_min else price


def check_size(instrument: Instrument, ticket: Ticket) -> i64:
    """The refusals that concern size, in order."""
    size = ticket.size
    if size <= 0:
        return SIZE_NOT_POSITIVE
    if ticket.by_quote == 1:
        if 0 < instrument.amount_market_max < size:
            return MARKET_AMOUNT_ABOVE_MAX
        return NOTIONAL_TOO_LARGE if size > INT_MAX else ACCEPTED
    if size < instrument.size_min:
        return SIZE_BELOW_MIN
    if ticket.order_type == MARKET:
        if 0 < instrument.size_market_max < size:
            return MARKET_SIZE_ABOVE_MAX
        return ACCEPTED if instrument.fits(1, size) else NOTIONAL_TOO_LARGE
    if 0 < instrument.size_limit_max < size:
        return SIZE_ABOVE_MAX
    return ACCEPTED


def check_band(state: State, instrument: Instrument, side: i64, price: i64, size: i64) -> i64:
    """The refusals that concern the price of a limit order, in order."""
    if not instrument.fits(price, size):
        return NOTIONAL_TOO_LARGE
    if side == BUY and instrument.quote_divisor != 1 and not _level_has_room(state, instrument, price, size):
        return NOTIONAL_TOO_LARGE
    if side == BUY and 0 < instrument.buy_max < price:
        return PRICE_ABOVE_BAND
    if side != BUY and price < instrument.sell_min:
        return PRICE_BELOW_BAND
    return ACCEPTED


def _level_has_room(state: State, instrument: Instrument, price: i64, size: i64) -> bool:
    """Whether the bids at ``price`` can count so many lots more.

    Only where lots may cost less than a unit of quote: otherwise the money that they hold bounds them.
    """
    level = instrument.bids.get(price)
    return level == NIL or state.levels.get(level, b.SIZE) <= INT_MAX - size


def check_crowding(state: State, ticket: Ticket, body: bytes, at: i64) -> i64:
    """Duplicate client order ids and the caps on open orders."""
    first = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID)
    if first != 0:
        second = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 8)
        third = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 16)
        fourth = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 24)
        if state.orders.find_client(ticket.account, first, second, third, fourth) != NIL:
            return CLIENT_ORDER_ID_DUPLICATE
    if ticket.order_type == MARKET or ticket.time_in_force != GTC:
        return ACCEPTED
    if _open_orders(state, ticket.account) >= OPEN_ORDERS_ACCOUNT_MAX:
        return OPEN_ORDERS_ACCOUNT_REACHED
    if ticket.seat != NIL and state.seats.get(ticket.seat, st.OPEN_COUNT) >= OPEN_ORDERS_INSTRUMENT_MAX:
        return OPEN_ORDERS_INSTRUMENT_REACHED
    return ACCEPTED


def _open_orders(state: State, account: i64) -> i64:
    """How many open orders count against the cap of an account: of a pocket those of all pockets of its owner.

    All of them are looked at for each order of a cross pocket.
    """
    if state.accounts.get(account, a.MODE) < MULTI_CURRENCY or not is_pocket(state, account):
        return state.accounts.get(account, a.OPEN_COUNT)
    total: i64 = 0
    for pocket in pockets_of(state, state.pools[int(account)].owner):
        total += state.accounts.get(pocket, a.OPEN_COUNT)
    return total


def check_balance(state: State, instrument: Instrument, ticket: Ticket) -> i64:
    """Whether the account can pay for all of it; a market buy may be reduced to what it can pay."""
    if state.accounts.get(ticket.account, a.MODE) >= MULTI_CURRENCY:
        return check_pooled(state, instrument, ticket)
    if ticket.side == BUY:
        available = _available(state, ticket, instrument.quote, st.QUOTE_SLOT)
        if ticket.order_type != MARKET:
            enough: bool = instrument.notional_ceil(ticket.price, ticket.size) <= available
            return ACCEPTED if enough else INSUFFICIENT_BALANCE
        if ticket.by_quote == 1:
            return ACCEPTED if ticket.size <= available else INSUFFICIENT_BALANCE
        return _reduce_to_balance(state, instrument, ticket, available)
    available = _available(state, ticket, instrument.base, st.BASE_SLOT)
    lots = ticket.size
    if ticket.by_quote == 1:
        lots = _lots_to_raise(state, instrument, ticket)
    # Divided, because the lots of many makers times their worth need not fit a word.
    return ACCEPTED if lots <= available // instrument.base_per_lot else INSUFFICIENT_BALANCE


def _available(state: State, ticket: Ticket, currency: i64, seat_field: i64) -> i64:
    """What the account can spend of a currency, found through its seat when it has one."""
    if state.accounts.get(ticket.account, a.FIRST_POSITION) != 0 or state.crossed_slots:
        free = spendable(state, ticket.account, currency)
        return free if free > 0 else 0
    if ticket.seat == NIL:
        return state.ledger.available(state.ledger.find(ticket.account, currency, TRADING))
    return state.ledger.available(state.seats.get(ticket.seat, seat_field))


def _reduce_to_balance(state: State, instrument: Instrument, ticket: Ticket, available: i64) -> i64:
    found = walk(
        state,
        instrument,
        BUY,
        market_key(instrument, BUY),
        state.accounts.get(ticket.account, a.MASTER),
        ticket.prevention == CANCEL_MAKER,
        ticket.size,
        available,
    )
    if found.affordable < found.lots:
        if ticket.fixed_size == 1 or found.affordable < instrument.size_min:
            return INSUFFICIENT_BALANCE
        ticket.size = found.affordable
    return ACCEPTED


def _lots_to_raise(state: State, instrument: Instrument, ticket: Ticket) -> i64:
    """How many lots a sell sized in quote will trade."""
    found = walk(
        state,
        instrument,
        ticket.side,
        market_key(instrument, ticket.side),
        state.accounts.get(ticket.account, a.MASTER),
        ticket.prevention == CANCEL_MAKER,
        INT_MAX,
        ticket.size,
    )
    return found.affordable


def accept(state: State, instrument: Instrument, ticket: Ticket, body: bytes, at: i64) -> None:
    """Give the order its id, tell it, and let it trade and rest."""
    taker = state.taker
    account = ticket.account
    state.last_order_id = next_order_id(state.last_order_id, state.time_ms)
    state.answer_id = state.last_order_id
    taker.begin(
        state.last_order_id,
        account,
        ticket.instrument,
        ticket.side,
        ticket.price,
        ticket.size,
        ticket.prevention,
    )
    taker.reduce_only = ticket.reduce_only
    if ticket.by_quote == 1:
        taker.by_quote = True
        taker.quote_left = ticket.size
        taker.left = 1
    if ticket.seat == NIL:
        ticket.seat = state.seat(account, instrument)
    taker.base_slot = state.seats.get(ticket.seat, st.BASE_SLOT)
    taker.quote_slot = state.seats.get(ticket.seat, st.QUOTE_SLOT)
    prepare(state, taker, instrument)
    if ticket.order_type == MARKET:
        taker.limit_key = market_key(instrument, ticket.side)
    if taker.reduce_only == 1 and instrument.contract is None:
        tell_reducing(state, taker)
    _emit_placed(state, ticket, body, at)
    if instrument.contract is not None:
        _name_position(state, taker, ticket)
    if ticket.order_type == MARKET:
        match(state, taker, instrument)
        finish_immediate(state, taker, 0)
    else:
        _run_limit(state, taker, instrument, ticket, body, at)
    if state.has_touched_pockets():
        bound_pockets(state)


def _name_position(state: State, taker: Taker, ticket: Ticket) -> None:
    """Say which position the order means, taking it in when nothing has named it before."""
    if ticket.position != 0:
        position = state.positions[ticket.position - 1]
    else:
        drafted = state.draft
        assert drafted is not None, "admission has drafted what it has not found"
        position = drafted
        state.take_in(position, ticket.seat)
    taker.position = position.number
    first = state.events.begin_margined()
    out = state.events.words
    out[first + 4] = taker.order_id
    out[first + 5] = ticket.account
    out[first + 6] = ticket.instrument
    out[first + 7] = ticket.margin_mode
    out[first + 8] = ticket.position_side
    out[first + 9] = ticket.reduce_only
    out[first + 10] = position.leverage


def prepare(state: State, taker: Taker, instrument: Instrument) -> None:
    """Fill in what follows from the account: master, fee rate, limit."""
    taker.master = state.accounts.get(taker.account, a.MASTER)
    taker.rate_ppm = state.taker_rate(taker.account, instrument)
    taker.limit_key = limit_key_of(taker.side, taker.price)


def _emit_placed(state: State, ticket: Ticket, body: bytes, at: i64) -> None:
    first = state.events.begin_placed()
    out = state.events.words
    out[first + 4] = state.last_order_id
    out[first + 5] = ticket.account
    out[first + 6] = ticket.instrument
    out[first + 7] = ticket.side
    out[first + 8] = ticket.order_type
    out[first + 9] = ticket.time_in_force
    out[first + 10] = ticket.post_only
    out[first + 11] = ticket.price
    out[first + 12] = ticket.size
    out[first + 13] = ticket.by_quote
    out[first + 14] = ticket.prevention
    out[first + 15] = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID)
    out[first + 16] = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 8)
    out[first + 17] = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 16)
    out[first + 18] = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 24)
    out[first + 19] = read_i64_le(body, at + w.PLACE_TAG)
    out[first + 20] = read_i64_le(body, at + w.PLACE_TAG + 8)


def _run_limit(state: State, taker: Taker, instrument: Instrument, ticket: Ticket, body: bytes, at: i64) -> None:
    if ticket.post_only == 1 and would_take(instrument, ticket.side, ticket.price):
        emit_unrested_cancel(state, taker, POST_ONLY_WOULD_TAKE)
        return
    if ticket.time_in_force == FOK:
        skip_own: bool = taker.prevention == CANCEL_MAKER
        found = walk(state, instrument, taker.side, taker.limit_key, taker.master, skip_own, taker.left, NIL)
        if found.lots < taker.left:
            emit_unrested_cancel(state, taker, FOK_NOT_FILLABLE)
            return
    match(state, taker, instrument)
    if ticket.time_in_force != GTC:
        finish_immediate(state, taker, IOC_REST)
    elif taker.stop == STOP_PRICE or taker.stop == STOP_EMPTY:
        _rest_new(state, taker, instrument, ticket, body, at)
    else:
        finish_immediate(state, taker, 0)


def finish_immediate(state: State, taker: Taker, rest_reason: i64) -> None:
    """End an order that may not rest. ``rest_reason`` names an ordinary rest; 0 says why matching stopped instead."""
    stop = taker.stop
    if stop == STOP_DONE:
        if taker.by_quote and taker.left != 0:
            if taker.filled == 0:
                emit_unrested_cancel(state, taker, STOP_EMPTY)
            else:
                state.events.mark_filled()
        return
    if rest_reason != 0 and stop != STOP_SELF_TRADE and stop != STOP_MATCH_LIMIT:
        stop = rest_reason
    emit_unrested_cancel(state, taker, stop)


def emit_unrested_cancel(state: State, taker: Taker, reason: i64) -> None:
    """``OrderCanceled`` for an order that is not in the book."""
    left = 0 if taker.by_quote else taker.left
    state.events.canceled(taker.order_id, taker.account, taker.instrument, taker.side, taker.price, left, 0, reason)


def _rest_new(state: State, taker: Taker, instrument: Instrument, ticket: Ticket, body: bytes, at: i64) -> None:
    slot = state.orders.take()
    words = state.orders.words
    taker.slot = slot
    words[slot + o.ACCOUNT] = taker.account
    words[slot + o.MASTER] = taker.master
    words[slot + o.ORDER_ID] = taker.order_id
    words[slot + o.SIDE] = taker.side
    words[slot + o.INSTRUMENT] = ticket.instrument
    words[slot + o.POST_ONLY] = ticket.post_only
    words[slot + o.PREVENTION] = taker.prevention
    words[slot + o.SEAT] = ticket.seat
    words[slot + o.CREATED] = state.time_ms
    words[slot + o.POSITION] = taker.position
    words[slot + o.REDUCE_ONLY] = taker.reduce_only
    words[slot + o.HOLD] = 0
    words[slot + o.LEFT] = 0
    words[slot + o.TAG] = read_i64_le(body, at + w.PLACE_TAG)
    words[slot + o.TAG + 1] = read_i64_le(body, at + w.PLACE_TAG + 8)
    words[slot + o.CLIENT_ORDER_ID] = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID)
    words[slot + o.CLIENT_ORDER_ID + 1] = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 8)
    words[slot + o.CLIENT_ORDER_ID + 2] = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 16)
    words[slot + o.CLIENT_ORDER_ID + 3] = read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID + 24)
    state.orders.index(slot)
    state.join_account(slot)
    rest(state, taker, instrument)


def rest(state: State, taker: Taker, instrument: Instrument) -> None:
    """Put what is left of the taker into the book, in its slot, and hold what it may cost."""
    slot = taker.slot
    words = state.orders.words
    words[slot + o.PRICE] = taker.price
    if taker.position != 0:
        state.count_in_position(slot, instrument, taker.left)
    elif taker.side == BUY:
        words[slot + o.HOLD] = instrument.notional_ceil(taker.price, taker.left)
        state.ledger.hold(taker.quote_slot, words[slot + o.HOLD], state.time_ms)
    else:
        words[slot + o.HOLD] = taker.left * instrument.base_per_lot
        state.ledger.hold(taker.base_slot, words[slot + o.HOLD], state.time_ms)
    words[slot + o.LEFT] = taker.left
    words[slot + o.SIZE] = taker.size
    words[slot + o.FILLED] = taker.filled
    words[slot + o.NOTIONAL] = taker.notional
    words[slot + o.FEE] = taker.fee
    words[slot + o.REBATE] = taker.rebate
    words[slot + o.UPDATED] = state.time_ms
    b.link(words, state.levels, instrument, slot)
    state.events.rested(taker.order_id, taker.account, taker.instrument, taker.side, taker.price, taker.left)
    if taker.position != 0:
        bound_reducing(state, instrument, state.positions[taker.position - 1])
    elif state.has_pockets:
        state.touch_pocket(taker.account)
