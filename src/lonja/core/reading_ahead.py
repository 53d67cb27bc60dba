"""Reading ahead what the next commands of a batch will look at, so that memory is waited for once for many of them.

Why here: the state is larger than the caches of a processor, and a command looks at a dozen places of it, each found
by the one before: it would wait a dozen times. Asked for together, what several commands need arrives together.
Invariant: changes nothing that a command can see, so no result depends on it. What it finds may be out of date once the
command is applied, which costs time and nothing else.
"""

from typing import Final

from librt.strings import read_i64_le
from librt.vecs import vec
from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import book as b
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core import words as w
from lonja.core.ahead import GROUP, Ahead
from lonja.core.index import Index
from lonja.core.instruments import Instrument
from lonja.core.orders import Orders, next_order_id
from lonja.core.seats import seat_key
from lonja.core.state import State

NIL: Final[i64] = -1
BUY: Final[i64] = 0
GTC: Final[i64] = 0

# What a command does, as far as memory is concerned: rest, change an order known by one of its ids, or trade at once.
_RESTS: Final[i64] = 0
_BY_CLIENT_ID: Final[i64] = 1
_BY_ID: Final[i64] = 2
_BUYS: Final[i64] = 3
_SELLS: Final[i64] = 4


def read_ahead(state: State, body: bytes, at: i64) -> i64:
    """Read what the commands from ``at`` on will look at, a group of them. Returns where the next one begins."""
    ahead = state.orders.ahead
    end: i64 = len(body)
    ahead.count = 0
    order_id: i64 = state.last_order_id
    commands: i64 = 0
    while at < end and commands < GROUP:
        order_id = _note(state, ahead, body, at, order_id)
        commands += 1
        at += read_i64_le(body, at) * w.WORD
    # Each step reads what the one before has found, one place right after another, so that none waits for the others.
    ahead.seen = _read_cells(state, ahead) ^ _read_orders(state, ahead) ^ _read_around(state, ahead)
    return at


def _note(state: State, ahead: Ahead, body: bytes, at: i64, last_order_id: i64) -> i64:
    """Take a row for the command at ``at`` if it is one of an order, with the cells where the indexes have what it names.

    Returns the last id of an order there will be when all goes well.
    """
    kind = read_i64_le(body, at + w.COMMAND_KIND)
    places: bool = kind == w.KIND_PLACE_ORDER or kind == w.KIND_PLACE_CONTRACT_ORDER
    if not places and kind != w.KIND_CANCEL_ORDER and kind != w.KIND_AMEND_ORDER:
        return last_order_id
    account = read_i64_le(body, at + w.COMMAND_ACCOUNT)
    instrument = read_i64_le(body, at + w.PLACE_INSTRUMENT)
    if not state.accounts.exists(account) or not 0 <= instrument < len(state.instruments):
        return last_order_id
    row = ahead.count
    ahead.count = row + 1
    ahead.accounts[row] = account << a.SHIFT
    key = seat_key(account, instrument)
    ahead.seat_keys[row] = key
    ahead.seat_cells[row] = state.seats.index.cell_of(key)
    if places:
        last_order_id = next_order_id(last_order_id, read_i64_le(body, at + w.COMMAND_TIME))
        _note_placing(state.orders, ahead, row, body, at, last_order_id)
    elif kind == w.KIND_CANCEL_ORDER:
        _note_order(state.orders, ahead, row, body, account, at + w.CANCEL_ORDER_ID, at + w.CANCEL_CLIENT_ORDER_ID)
    else:
        _note_order(state.orders, ahead, row, body, account, at + w.AMEND_ORDER_ID, at + w.AMEND_CLIENT_ORDER_ID)
    return last_order_id


def _note_placing(orders: Orders, ahead: Ahead, row: i64, body: bytes, at: i64, order_id: i64) -> None:
    """The cells where a new order's ids go, and the book in which it trades at once."""
    ahead.id_cells[row] = orders.by_id.cell_of(order_id)
    ahead.client_cells[row] = 0
    if read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID) != 0:
        key = _client_key(orders, body, read_i64_le(body, at + w.COMMAND_ACCOUNT), at + w.PLACE_CLIENT_ORDER_ID)
        ahead.client_cells[row] = orders.by_client.cell_of(key)
    kind: i64 = _RESTS
    if read_i64_le(body, at + w.PLACE_TIME_IN_FORCE) != GTC:
        kind = _SELLS
        if read_i64_le(body, at + w.PLACE_SIDE) == BUY:
            kind = _BUYS
    ahead.kinds[row] = kind
    ahead.order_keys[row] = read_i64_le(body, at + w.PLACE_INSTRUMENT)


def _note_order(orders: Orders, ahead: Ahead, row: i64, body: bytes, account: i64, id_at: i64, client_at: i64) -> None:
    """The cell of the order that is meant, by either of its ids."""
    ahead.id_cells[row] = 0
    ahead.client_cells[row] = 0
    key = read_i64_le(body, id_at)
    if key > 0:
        ahead.kinds[row] = _BY_ID
        ahead.id_cells[row] = orders.by_id.cell_of(key)
    else:
        key = _client_key(orders, body, account, client_at)
        ahead.kinds[row] = _BY_CLIENT_ID
        ahead.client_cells[row] = orders.by_client.cell_of(key)
    ahead.order_keys[row] = key


def _client_key(orders: Orders, body: bytes, account: i64, at: i64) -> i64:
    return orders.client_hash(
        account,
        read_i64_le(body, at),
        read_i64_le(body, at + 8),
        read_i64_le(body, at + 16),
        read_i64_le(body, at + 24),
    )


def _read_cells(state: State, ahead: Ahead) -> i64:
    """Read the cells of the indexes, and the accounts."""
    accounts, seat_cells = state.accounts.words, state.seats.index.cells
    id_cells, client_cells = state.orders.by_id.cells, state.orders.by_client.cells
    seen: i64 = 0
    row: i64 = 0
    while row < ahead.count:
        seen ^= seat_cells[ahead.seat_cells[row]] ^ id_cells[ahead.id_cells[row]]
        seen ^= client_cells[ahead.client_cells[row]]
        account = ahead.accounts[row]
        seen ^= accounts[account] ^ accounts[account + a.FIRST_ORDER]
        row += 1
    return seen


def _read_orders(state: State, ahead: Ahead) -> i64:
    """Find the seats and the orders, and read these."""
    seats, words = state.seats.words, state.orders.words
    seen: i64 = 0
    row: i64 = 0
    while row < ahead.count:
        seat = state.seats.index.get(ahead.seat_keys[row])
        ahead.seats[row] = seat
        if seat != NIL:
            seen ^= seats[seat]
        slot = _order_of(state, ahead.kinds[row], ahead.order_keys[row])
        ahead.orders[row] = slot
        if slot != NIL:
            seen ^= words[slot] ^ words[slot + o.SIDE] ^ words[slot + o.FILLED]
        row += 1
    return seen


def _order_of(state: State, kind: i64, key: i64) -> i64:
    """The slot of the order that a command is about first, or -1."""
    if kind == _RESTS:
        return NIL
    if kind == _BY_CLIENT_ID:
        return state.orders.by_client.get(key)
    if kind == _BY_ID:
        return state.orders.by_id.get(key)
    return _first_of(state, state.instruments[key], kind == _BUYS)


def _first_of(state: State, instrument: Instrument, buys: bool) -> i64:
    """The order that a taker would trade with first, or -1."""
    opposite = instrument.asks if buys else instrument.bids
    if opposite.count == 0:
        return NIL
    return state.levels.words[opposite.best_value() + b.HEAD]


def _read_around(state: State, ahead: Ahead) -> i64:
    """Read what orders and seats lead to: neighbors, levels, balances, positions."""
    words = state.orders.words
    ahead.positions_count = 0
    seen: i64 = 0
    row: i64 = 0
    while row < ahead.count:
        slot = ahead.orders[row]
        if ahead.seats[row] != NIL:
            seen ^= _read_seat(state, ahead, ahead.seats[row])
        if slot != NIL:
            seen ^= _read_neighbors(state, words, slot)
            if ahead.kinds[row] >= _BUYS:
                seen ^= _read_seat(state, ahead, words[slot + o.SEAT]) ^ words[slot + o.FEE]
        row += 1
    return seen ^ _read_positions(state, ahead)


def _read_seat(state: State, ahead: Ahead, seat: i64) -> i64:
    """Both balances, and note the first position."""
    words, balances = state.seats.words, state.ledger.words
    number = words[seat + st.FIRST_POSITION]
    if number != 0:
        ahead.positions[ahead.positions_count] = number
        ahead.positions_count += 1
    return balances[words[seat + st.BASE_SLOT] + ld.CASH] ^ balances[words[seat + st.QUOTE_SLOT] + ld.CASH]


def _read_positions(state: State, ahead: Ahead) -> i64:
    """Read the lines of memory of the positions, then what they share."""
    positions, numbers = state.positions, ahead.positions
    seen: i64 = 0
    row: i64 = 0
    while row < ahead.positions_count:
        position = positions[numbers[row] - 1]
        seen ^= position.number ^ position.lots ^ position.held ^ position.place ^ position.pnl ^ position.calm_low
        row += 1
    row = 0
    while row < ahead.positions_count:
        sums = positions[numbers[row] - 1].sums
        if sums is not None:
            seen ^= sums.marks
        row += 1
    return seen


def _read_neighbors(state: State, words: vec[i64], slot: i64) -> i64:
    """What an order that ends has around it."""
    index: Index = state.orders.by_id
    seen = state.levels.words[words[slot + o.LEVEL]] ^ index.cells[index.cell_of(words[slot + o.ORDER_ID])]
    if words[slot + o.NEXT] != NIL:
        seen ^= words[words[slot + o.NEXT]]
    if words[slot + o.PREVIOUS] != NIL:
        seen ^= words[words[slot + o.PREVIOUS]]
    if words[slot + o.ACCOUNT_NEXT] != NIL:
        seen ^= words[words[slot + o.ACCOUNT_NEXT] + o.SIDE]
    if words[slot + o.ACCOUNT_PREVIOUS] != NIL:
        seen ^= words[words[slot + o.ACCOUNT_PREVIOUS] + o.SIDE]
    return seen
