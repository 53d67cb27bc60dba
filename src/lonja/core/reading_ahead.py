"""Reading ahead what the next commands of a batch will look at, so that memory is waited for once for many of them.

Why here: the state is larger than the caches of a processor, and a command looks at a dozen places of it, each found
by the one before: it would wait a dozen times. Asked for together, what several commands need arrives together.
Invariant: changes nothing that a command can see, so no result depends on it. What it finds may be out of date once the
command is applied; whoever uses it looks whether it is.
"""

from typing import Final

from librt.strings import read_i64_le
from librt.vecs import vec
from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ahead as ah
from lonja.core import book as b
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core import words as w
from lonja.core.contracts import Contract
from lonja.core.instruments import Instrument
from lonja.core.orders import Orders, next_order_id
from lonja.core.positions import Position
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
_NOTHING: Final[i64] = -1


def read_ahead(state: State, body: bytes, at: i64) -> i64:
    """Read what the commands from ``at`` on will look at, a group of them. Returns where the next one begins."""
    ahead = state.orders.ahead
    rows = ahead.words
    end: i64 = len(body)
    used: i64 = 0
    order_id: i64 = state.last_order_id
    while at < end and used < ah.WORDS:
        order_id = _note(state, rows, used, body, at, order_id)
        used += ah.STRIDE
        at += read_i64_le(body, at) * w.WORD
    # Each step reads what the one before has found, one place right after another, so that none waits for the others.
    ahead.seen = _read_cells(state, rows, used) ^ _read_orders(state, rows, used) ^ _read_around(state, rows, used)
    return at


def expect(state: State, command: i64) -> None:
    """Tell seats and orders what was found for a command of the group; they look whether it is still so."""
    row = command * ah.STRIDE
    state.seats.likely_key = state.orders.ahead.words[row + ah.SEAT_KEY]
    state.seats.likely = state.orders.ahead.words[row + ah.SEAT]
    state.orders.likely = state.orders.ahead.words[row + ah.ORDER]


def _note(state: State, rows: vec[i64], row: i64, body: bytes, at: i64, last_order_id: i64) -> i64:
    """Note the cells where the indexes have what the command at ``at`` names, if it is one of an order.

    Returns the last id of an order there will be when all goes well.
    """
    rows[row + ah.WAY] = _NOTHING
    kind = read_i64_le(body, at + w.COMMAND_KIND)
    places: bool = kind == w.KIND_PLACE_CONTRACT_ORDER or kind == w.KIND_PLACE_ORDER
    if not places and kind != w.KIND_CANCEL_ORDER and kind != w.KIND_AMEND_ORDER:
        return last_order_id
    account = read_i64_le(body, at + w.COMMAND_ACCOUNT)
    instrument = read_i64_le(body, at + w.PLACE_INSTRUMENT)
    if not state.accounts.exists(account) or not 0 <= instrument < len(state.instruments):
        return last_order_id
    rows[row + ah.ACCOUNT] = account << a.SHIFT
    key = seat_key(account, instrument)
    rows[row + ah.SEAT_KEY] = key
    rows[row + ah.SEAT_CELL] = state.seats.index.cell_of(key)
    if places:
        last_order_id = next_order_id(last_order_id, read_i64_le(body, at + w.COMMAND_TIME))
        _note_placing(state.orders, rows, row, body, at, last_order_id)
    elif kind == w.KIND_CANCEL_ORDER:
        _note_order(state.orders, rows, row, body, at + w.CANCEL_ORDER_ID, at + w.CANCEL_CLIENT_ORDER_ID)
    else:
        _note_order(state.orders, rows, row, body, at + w.AMEND_ORDER_ID, at + w.AMEND_CLIENT_ORDER_ID)
    return last_order_id


def _note_placing(orders: Orders, rows: vec[i64], row: i64, body: bytes, at: i64, order_id: i64) -> None:
    """The cells where a new order's ids go, and the book in which it trades at once."""
    rows[row + ah.ID_CELL] = orders.by_id.cell_of(order_id)
    cell: i64 = 0
    if read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID) != 0:
        cell = orders.by_client.cell_of(_client_key(orders, rows, row, body, at + w.PLACE_CLIENT_ORDER_ID))
    rows[row + ah.CLIENT_CELL] = cell
    way: i64 = _RESTS
    if read_i64_le(body, at + w.PLACE_TIME_IN_FORCE) != GTC:
        way = _SELLS
        if read_i64_le(body, at + w.PLACE_SIDE) == BUY:
            way = _BUYS
    rows[row + ah.WAY] = way
    rows[row + ah.KEY] = read_i64_le(body, at + w.PLACE_INSTRUMENT)


def _note_order(orders: Orders, rows: vec[i64], row: i64, body: bytes, id_at: i64, client_at: i64) -> None:
    """The cell of the order that is meant, by either of its ids."""
    key = read_i64_le(body, id_at)
    way: i64 = _BY_ID
    id_cell: i64 = 0
    client_cell: i64 = 0
    if key > 0:
        id_cell = orders.by_id.cell_of(key)
    else:
        way = _BY_CLIENT_ID
        key = _client_key(orders, rows, row, body, client_at)
        client_cell = orders.by_client.cell_of(key)
    rows[row + ah.WAY] = way
    rows[row + ah.KEY] = key
    rows[row + ah.ID_CELL] = id_cell
    rows[row + ah.CLIENT_CELL] = client_cell


def _client_key(orders: Orders, rows: vec[i64], row: i64, body: bytes, at: i64) -> i64:
    return orders.client_hash(
        rows[row + ah.ACCOUNT] >> a.SHIFT,
        read_i64_le(body, at),
        read_i64_le(body, at + 8),
        read_i64_le(body, at + 16),
        read_i64_le(body, at + 24),
    )


def _read_cells(state: State, rows: vec[i64], used: i64) -> i64:
    """Read the cells of the indexes, and the accounts."""
    accounts, seat_cells = state.accounts.words, state.seats.index.cells
    id_cells, client_cells = state.orders.by_id.cells, state.orders.by_client.cells
    seen: i64 = 0
    row: i64 = 0
    while row < used:
        if rows[row + ah.WAY] != _NOTHING:
            seen ^= seat_cells[rows[row + ah.SEAT_CELL]] ^ id_cells[rows[row + ah.ID_CELL]]
            seen ^= client_cells[rows[row + ah.CLIENT_CELL]]
            account = rows[row + ah.ACCOUNT]
            seen ^= accounts[account] ^ accounts[account + a.FIRST_ORDER]
        row += ah.STRIDE
    return seen


def _read_orders(state: State, rows: vec[i64], used: i64) -> i64:
    """Find the seats and the orders, and read these."""
    seats, words = state.seats.words, state.orders.words
    index = state.seats.index
    seen: i64 = 0
    row: i64 = 0
    while row < used:
        if rows[row + ah.WAY] != _NOTHING:
            seat = index.get_at(rows[row + ah.SEAT_CELL], rows[row + ah.SEAT_KEY])
            rows[row + ah.SEAT] = seat
            if seat != NIL:
                seen ^= seats[seat]
            slot = _order_of(state, rows, row)
            rows[row + ah.ORDER] = slot
            if slot != NIL:
                seen ^= words[slot] ^ words[slot + o.SIDE] ^ words[slot + o.FILLED]
        row += ah.STRIDE
    return seen


def _order_of(state: State, rows: vec[i64], row: i64) -> i64:
    """The slot of the order that a command is about first, or -1."""
    way = rows[row + ah.WAY]
    if way == _RESTS:
        return NIL
    key = rows[row + ah.KEY]
    if way == _BY_CLIENT_ID:
        return state.orders.by_client.get_at(rows[row + ah.CLIENT_CELL], key)
    if way == _BY_ID:
        return state.orders.by_id.get_at(rows[row + ah.ID_CELL], key)
    return _first_of(state, state.instruments[key], way == _BUYS)


def _first_of(state: State, instrument: Instrument, buys: bool) -> i64:
    """The order that a taker would trade with first, or -1."""
    opposite = instrument.asks if buys else instrument.bids
    if opposite.count == 0:
        return NIL
    return state.levels.get(opposite.best_value(), b.HEAD)


def _read_around(state: State, rows: vec[i64], used: i64) -> i64:
    """Read what orders and seats lead to: neighbors, levels, balances, positions."""
    words = state.orders.words
    numbers = state.orders.ahead.positions
    noted: i64 = 0
    seen: i64 = 0
    row: i64 = 0
    while row < used:
        if rows[row + ah.WAY] != _NOTHING:
            slot, seat = rows[row + ah.ORDER], rows[row + ah.SEAT]
            if seat != NIL:
                numbers[noted] = state.seats.get(seat, st.FIRST_POSITION)
                noted += 1
                seen ^= _read_balances(state, seat)
            if slot != NIL:
                seen ^= _read_neighbors(state, words, slot)
                if rows[row + ah.WAY] >= _BUYS:
                    numbers[noted] = words[slot + o.POSITION]
                    noted += 1
                    seen ^= _read_balances(state, words[slot + o.SEAT]) ^ words[slot + o.FEE]
        row += ah.STRIDE
    return seen ^ _read_positions(state, numbers, noted)


def _read_balances(state: State, seat: i64) -> i64:
    base_slot, quote_slot = state.seats.get(seat, st.BASE_SLOT), state.seats.get(seat, st.QUOTE_SLOT)
    return state.ledger.get(base_slot, ld.CASH) ^ state.ledger.get(quote_slot, ld.CASH)


def read_stirred(state: State, contract: Contract) -> None:
    """Read the positions whose bounds the mark price is out of, before they are looked at one by one."""
    mark, bounds, numbers = contract.mark, contract.bounds, contract.positions
    count: i64 = len(bounds)
    seen: i64 = 0
    place: i64 = 0
    while place < count:
        if not bounds[place] <= mark <= bounds[place + 1]:
            seen ^= _read_position(state.positions[numbers[place >> 1] - 1])
        place += 2
    state.orders.ahead.seen = seen


def _read_position(position: Position) -> i64:
    """One word of each line of memory."""
    return position.number ^ position.lots ^ position.held ^ position.place ^ position.pnl ^ position.calm_low


def _read_positions(state: State, numbers: vec[i64], noted: i64) -> i64:
    """Read the lines of memory of the positions with these numbers (0: none), then what they share."""
    positions = state.positions
    seen: i64 = 0
    at: i64 = 0
    while at < noted:
        if numbers[at] != 0:
            seen ^= _read_position(positions[numbers[at] - 1])
        at += 1
    at = 0
    while at < noted:
        if numbers[at] != 0:
            sums = positions[numbers[at] - 1].sums
            if sums is not None:
                seen ^= sums.marks
        at += 1
    return seen


def _read_neighbors(state: State, words: vec[i64], slot: i64) -> i64:
    """What an order that ends has around it."""
    cell = state.orders.by_id.cell_of(words[slot + o.ORDER_ID])
    seen = state.levels.get(words[slot + o.LEVEL], b.PRICE) ^ state.orders.by_id.cells[cell]
    if words[slot + o.NEXT] != NIL:
        seen ^= words[words[slot + o.NEXT]]
    if words[slot + o.PREVIOUS] != NIL:
        seen ^= words[words[slot + o.PREVIOUS]]
    if words[slot + o.ACCOUNT_NEXT] != NIL:
        seen ^= words[words[slot + o.ACCOUNT_NEXT] + o.SIDE]
    if words[slot + o.ACCOUNT_PREVIOUS] != NIL:
        seen ^= words[words[slot + o.ACCOUNT_PREVIOUS] + o.SIDE]
    return seen
