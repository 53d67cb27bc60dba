"""Placing orders of pockets: cut to what they close, and with the margin that the owner brings.

Why here: what is asked of every order is asked by ``placing``; the margin has to move with the order or not at all.
Invariant: nothing is changed before the last check.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core.collateral import chosen_rate, in_units_up
from lonja.core.contracts import PPM, ceil_of
from lonja.core.instruments import INT_MAX, Instrument
from lonja.core.layout import decode_command
from lonja.core.margin import spendable
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.orders import next_order_id
from lonja.core.placing import (
    ACCEPTED,
    FIELD_INVALID,
    INSUFFICIENT_BALANCE,
    MARKET,
    NIL,
    accept,
    check_balance,
    check_order,
)
from lonja.core.pocket_closing import move
from lonja.core.pocket_reducing import closable_lots
from lonja.core.pooled_placing import ACCOUNT_MODE_FORBIDS, BORROW_LIMIT_REACHED, COLLATERAL_INSUFFICIENT, look_ahead
from lonja.core.pools import Pool
from lonja.core.state import State
from lonja.core.ticket import Ticket
from lonja.core.withdrawal_holds import may_transfer_out

SPOT_MODE: Final[i64] = 1

POSITION_NOT_FOUND: Final[i64] = 32
FUNDS_ON_HOLD: Final[i64] = 65


def place_margin_order(state: State, body: bytes, at: i64) -> i64:
    """Apply the ``PlaceMarginOrder`` at ``at``. Returns the rejection; the order's id is the answer."""
    command = decode_command(body, at)
    assert isinstance(command, PlaceMarginOrder)
    refusal = admit_margin_order(state, command, body, at)
    if refusal != ACCEPTED:
        return refusal
    ticket = state.ticket
    instrument, pool = state.instruments[ticket.instrument], state.pools[int(ticket.account)]
    asked = take_promised(pool)
    if command.margin_currency != -1:
        pool.returns = 1
        if asked > 0:
            move(state, pool.owner, ticket.account, command.margin_currency, asked)
    lots: int = ticket.size
    state.touch_pocket(ticket.account)
    waits: bool = asked > 0 and ticket.order_type != MARKET
    order_id: int = next_order_id(state.last_order_id, state.time_ms)
    if waits:
        pool.brought[order_id] = (int(pool.promised_currency), asked, lots, 0)
    accept(state, instrument, ticket, body, at)
    if waits:
        pool.ended[order_id] = int(state.taker.filled)
    return ACCEPTED


def take_promised(pool: Pool) -> int:
    """What an order that was admitted brings of ``pool.promised_currency``, which is no longer promised."""
    asked = pool.promised
    pool.promised = 0
    return asked


def admit_margin_order(state: State, command: PlaceMarginOrder, body: bytes, at: i64) -> i64:
    """Whether the ``PlaceMarginOrder`` at ``at`` is accepted; changes nothing but the ticket and what is promised then."""
    if not _fields_valid(state, command):
        return FIELD_INVALID
    refusal = check_order(state, body, at)
    if refusal != ACCEPTED:
        return refusal
    ticket = state.ticket
    pool = state.pools.get(int(ticket.account))
    if pool is None or pool.instrument != ticket.instrument:
        return ACCOUNT_MODE_FORBIDS
    if command.margin_currency != -1 and not _may_bring(state, pool):
        return ACCOUNT_MODE_FORBIDS
    instrument = state.instruments[ticket.instrument]
    closable = closable_lots(state, ticket.account, instrument, ticket.side)
    if command.reduce_only == 1:
        if closable <= 0:
            return POSITION_NOT_FOUND
        ticket.size = min(int(ticket.size), closable)
        ticket.reduce_only = 1
    if command.margin_currency == -1:
        refusal = check_balance(state, instrument, ticket)
    else:
        pool.promised_currency = command.margin_currency
        refusal = _check_funded(state, pool, instrument, closable)
    if refusal != ACCEPTED:
        pool.promised = 0
    return refusal


def _fields_valid(state: State, command: PlaceMarginOrder) -> bool:
    """Whether the fields that other orders do not have go together; the instrument need not exist."""
    if command.reduce_only not in (0, 1) or (command.reduce_only == 1 and command.size_unit != 0):
        return False
    if command.margin_currency == -1 or not 0 <= command.instrument < len(state.instruments):
        return command.margin_currency >= -1
    instrument = state.instruments[command.instrument]
    is_base: bool = command.margin_currency == instrument.base
    is_quote: bool = command.margin_currency == instrument.quote
    return is_base or is_quote


def _may_bring(state: State, pool: Pool) -> bool:
    """Whether an owner may bring the margin of an order: cross pockets have no money, and in spot mode nobody borrows."""
    in_spot: bool = state.accounts.get(pool.owner, a.MODE) == SPOT_MODE
    return pool.currency == NIL and not in_spot


def _check_funded(state: State, pool: Pool, instrument: Instrument, closable: int) -> i64:
    """Whether the pocket could pay with the margin that the order asks, and the owner the margin; it stays promised."""
    ticket = state.ticket
    pool.promised = _first_margin(state, pool, instrument, closable)
    refusal = check_balance(state, instrument, ticket)
    if refusal == COLLATERAL_INSUFFICIENT:
        pool.promised += in_units_up(state, pool.promised_currency, pool.lacking)
        refusal = check_balance(state, instrument, ticket)
    if refusal != ACCEPTED and refusal != BORROW_LIMIT_REACHED and refusal != COLLATERAL_INSUFFICIENT:
        return refusal
    there: int = spendable(state, pool.owner, pool.promised_currency)
    if pool.promised > max(there, 0):
        return INSUFFICIENT_BALANCE
    if refusal == ACCEPTED and pool.promised > 0:
        may_go = may_transfer_out(state, int(pool.owner), int(pool.promised_currency), pool.promised)
        return ACCEPTED if may_go else FUNDS_ON_HOLD
    return refusal


def _first_margin(state: State, pool: Pool, instrument: Instrument, closable: int) -> int:
    """What the lots that open are worth at the worst price at which they may trade, over the leverage, rounded up."""
    lots, price = _trades_at(state, instrument, state.ticket)
    opening = max(lots - max(closable, 0), 0)
    lot: int = instrument.base_per_lot
    value = opening * lot
    if pool.promised_currency == instrument.quote:
        multiplier: int = instrument.quote_multiplier
        divisor: int = instrument.quote_divisor
        value = ceil_of((opening * price * multiplier, divisor))
    first: int = instrument.margin_tiers[0].initial_ppm
    return ceil_of((value * max(first, chosen_rate(state, pool)), PPM))


def _trades_at(state: State, instrument: Instrument, ticket: Ticket) -> tuple[int, int]:
    """The lots of an order and its worst price; of a market order those that it would trade now."""
    if ticket.order_type != MARKET:
        return int(ticket.size), int(ticket.price)
    if ticket.by_quote == 1:
        found = look_ahead(state, instrument, ticket, INT_MAX, ticket.size)
        return int(found.affordable), int(found.last_price)
    found = look_ahead(state, instrument, ticket, ticket.size, NIL)
    return int(found.lots), int(found.last_price)
