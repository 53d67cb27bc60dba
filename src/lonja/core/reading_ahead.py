"""Reading ahead what the next commands of a batch will look at, so that memory is waited for once for many of them.

Why here: the state is larger than the caches of a processor, and a command looks at a dozen places of it, each found
by the one before: it would wait a dozen times. Asked for together, what several commands need arrives together.
Invariant: changes nothing that a command can see, so no result depends on it. What it finds may be out of date once the
command is applied, which costs time and nothing else.
"""

from typing import Final

from librt.strings import read_i64_le
from mypy_extensions import i64

from lonja.core import book as b
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core import words as w
from lonja.core.ahead import GROUP, Ahead
from lonja.core.instruments import Instrument
from lonja.core.orders import next_order_id
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
    seen = state.seats.index.read(ahead.seat_cells)
    seen ^= state.orders.by_client.read(ahead.client_cells) ^ state.orders.by_id.read(ahead.id_cells)
    _find(state, ahead)
    seen ^= ahead.seats.read(state.seats.words) ^ ahead.orders.read(state.orders.words)
    _follow(state, ahead)
    seen ^= ahead.orders.read(state.orders.words) ^ state.orders.by_id.read(ahead.id_cells)
    seen ^= ahead.balances.read(state.ledger.words) ^ ahead.levels.read(state.levels.words)
    ahead.seen = seen ^ _read_positions(state, ahead)
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
    key = seat_key(account, instrument)
    ahead.seats_of[ahead.count] = key
    ahead.seat_cells.add(state.seats.index.cell_of(key))
    if places:
        last_order_id = next_order_id(last_order_id, read_i64_le(body, at + w.COMMAND_TIME))
        ahead.id_cells.add(state.orders.by_id.cell_of(last_order_id))
        _note_placing(state, ahead, body, at, account)
    elif kind == w.KIND_CANCEL_ORDER:
        _note_order(state, ahead, body, account, at + w.CANCEL_ORDER_ID, at + w.CANCEL_CLIENT_ORDER_ID)
    else:
        _note_order(state, ahead, body, account, at + w.AMEND_ORDER_ID, at + w.AMEND_CLIENT_ORDER_ID)
    ahead.count += 1
    return last_order_id


def _note_placing(state: State, ahead: Ahead, body: bytes, at: i64, account: i64) -> None:
    """The cell where a new order's client order id goes, and the book in which it trades at once."""
    if read_i64_le(body, at + w.PLACE_CLIENT_ORDER_ID) != 0:
        key = _client_key(state, body, account, at + w.PLACE_CLIENT_ORDER_ID)
        ahead.client_cells.add(state.orders.by_client.cell_of(key))
    kind: i64 = _RESTS
    if read_i64_le(body, at + w.PLACE_TIME_IN_FORCE) != GTC:
        kind = _SELLS
        if read_i64_le(body, at + w.PLACE_SIDE) == BUY:
            kind = _BUYS
    ahead.kinds[ahead.count] = kind
    ahead.orders_of[ahead.count] = read_i64_le(body, at + w.PLACE_INSTRUMENT)


def _note_order(state: State, ahead: Ahead, body: bytes, account: i64, id_at: i64, client_at: i64) -> None:
    """The cell of the order that is meant, by either of its ids."""
    key = read_i64_le(body, id_at)
    if key > 0:
        ahead.kinds[ahead.count] = _BY_ID
        ahead.id_cells.add(state.orders.by_id.cell_of(key))
    else:
        key = _client_key(state, body, account, client_at)
        ahead.kinds[ahead.count] = _BY_CLIENT_ID
        ahead.client_cells.add(state.orders.by_client.cell_of(key))
    ahead.orders_of[ahead.count] = key


def _client_key(state: State, body: bytes, account: i64, at: i64) -> i64:
    return state.orders.client_hash(
        account,
        read_i64_le(body, at),
        read_i64_le(body, at + 8),
        read_i64_le(body, at + 16),
        read_i64_le(body, at + 24),
    )


def _find(state: State, ahead: Ahead) -> None:
    """Find the seats and the orders, and have these read."""
    row: i64 = 0
    while row < ahead.count:
        seat = state.seats.index.get(ahead.seats_of[row])
        ahead.seats_of[row] = seat
        if seat != NIL:
            ahead.seats.add(seat)
        slot = _order_of(state, ahead, row)
        ahead.orders_of[row] = slot
        if slot != NIL:
            ahead.orders.add(slot)
            ahead.orders.add(slot + o.SIDE)
            ahead.orders.add(slot + o.FILLED)
            ahead.orders.add(slot + o.TAG)
        row += 1


def _order_of(state: State, ahead: Ahead, row: i64) -> i64:
    """The slot of the order that a command is about first, or -1."""
    kind, key = ahead.kinds[row], ahead.orders_of[row]
    if kind == _RESTS:
        return NIL
    if kind == _BY_CLIENT_ID:
        return state.orders.by_client.get(key)
    if kind == _BY_ID:
        return state.orders.by_id.get(key)
    instrument = state.instruments[key]
    return _first_of(state, instrument, kind == _BUYS)


def _first_of(state: State, instrument: Instrument, buys: bool) -> i64:
    """The order that a taker would trade with first, or -1."""
    opposite = instrument.asks if buys else instrument.bids
    if opposite.count == 0:
        return NIL
    return state.levels.words[opposite.best_value() + b.HEAD]


def _follow(state: State, ahead: Ahead) -> None:
    """Have read what orders and seats lead to: neighbors, levels, balances, positions."""
    words = state.orders.words
    row: i64 = 0
    while row < ahead.count:
        seat = ahead.seats_of[row]
        slot = ahead.orders_of[row]
        if seat != NIL:
            _follow_seat(state, ahead, seat)
        if slot != NIL:
            _follow_order(state, ahead, slot)
            if ahead.kinds[row] >= _BUYS:
                _follow_seat(state, ahead, words[slot + o.SEAT])
        row += 1


def _follow_seat(state: State, ahead: Ahead, seat: i64) -> None:
    words = state.seats.words
    ahead.balances.add(words[seat + st.BASE_SLOT] + ld.CASH)
    ahead.balances.add(words[seat + st.QUOTE_SLOT] + ld.CASH)
    number = words[seat + st.FIRST_POSITION]
    if number != 0:
        ahead.positions.add(number - 1)


def _follow_order(state: State, ahead: Ahead, slot: i64) -> None:
    """What an order that ends has around it."""
    words = state.orders.words
    ahead.levels.add(words[slot + o.LEVEL])
    ahead.id_cells.add(state.orders.by_id.cell_of(words[slot + o.ORDER_ID]))
    if words[slot + o.NEXT] != NIL:
        ahead.orders.add(words[slot + o.NEXT])
    if words[slot + o.PREVIOUS] != NIL:
        ahead.orders.add(words[slot + o.PREVIOUS])
    if words[slot + o.ACCOUNT_NEXT] != NIL:
        ahead.orders.add(words[slot + o.ACCOUNT_NEXT] + o.SIDE)
    if words[slot + o.ACCOUNT_PREVIOUS] != NIL:
        ahead.orders.add(words[slot + o.ACCOUNT_PREVIOUS] + o.SIDE)


def _read_positions(state: State, ahead: Ahead) -> i64:
    """Read each line of memory of the positions."""
    places = ahead.positions
    seen: i64 = 0
    row: i64 = 0
    while row < places.count:
        position = state.positions[places.offsets[row]]
        seen ^= position.number ^ position.lots ^ position.held ^ position.place ^ position.pnl ^ position.calm_low
        row += 1
    places.count = 0
    return seen
