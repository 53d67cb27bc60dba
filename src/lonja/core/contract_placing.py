"""Placing orders for contracts: what is asked beyond what is asked of every order.

Why here: the shared checks are those of ``placing``; these follow in the same public order. Invariant: nothing is
changed before the last check.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import book as b
from lonja.core.collateral import is_pocket
from lonja.core.contracts import LOTS_MAX, Contract
from lonja.core.instruments import INT_MAX, Instrument
from lonja.core.margin import check_margin, check_tier
from lonja.core.matching import limit_key_of, market_key, walk
from lonja.core.placing import (
    ACCEPTED,
    FIELD_INVALID,
    MARKET,
    NIL,
    NOTIONAL_TOO_LARGE,
    ORDER_KIND_INVALID,
    PRICE_ABOVE_BAND,
    PRICE_BELOW_BAND,
    accept,
    check_crowding,
    check_kind,
    check_parties,
    check_size,
    seat_ticket,
)
from lonja.core.positions import BUY, LONG, NET, SHORT, Position
from lonja.core.state import State
from lonja.core.ticket import Ticket

SPOT_MODE: Final[i64] = 1
MULTI_CURRENCY: Final[i64] = 3
CANCEL_MAKER: Final[i64] = 1

# Members of ``rejections.Rejection``.
ACCOUNT_MODE_FORBIDS: Final[i64] = 11
MARK_PRICE_MISSING: Final[i64] = 30
POSITION_SIDE_INVALID: Final[i64] = 31
POSITION_NOT_FOUND: Final[i64] = 32
REDUCES_BEYOND_POSITION: Final[i64] = 33


def place_contract_order(state: State, body: bytes, at: i64) -> i64:
    """Apply the ``PlaceContractOrder`` at ``at``. Returns the rejection; the order's id is the answer."""
    refusal = admit_contract_order(state, body, at)
    if refusal == ACCEPTED:
        accept(state, state.instruments[state.ticket.instrument], state.ticket, body, at)
    return refusal


def admit_contract_order(state: State, body: bytes, at: i64) -> i64:
    """Whether the ``PlaceContractOrder`` at ``at`` is accepted; nothing is changed but the ticket and ``judged_key``."""
    ticket = state.ticket
    ticket.read(body, at)
    ticket.read_margin(body, at)
    if not ticket.margin_valid():
        return FIELD_INVALID
    refusal = check_parties(state, ticket)
    if refusal != ACCEPTED:
        return refusal
    instrument = state.instruments[ticket.instrument]
    contract = instrument.contract
    if contract is None:
        return ORDER_KIND_INVALID
    seat_ticket(state, ticket)
    refusal = check_kind(instrument, ticket)
    if refusal == ACCEPTED:
        refusal = _check_mode(state, contract, ticket)
    if refusal == ACCEPTED:
        refusal = check_size(instrument, ticket)
    if refusal == ACCEPTED:
        refusal = _check_price(state, instrument, contract, ticket)
    if refusal == ACCEPTED:
        refusal = check_crowding(state, ticket, body, at)
    if refusal == ACCEPTED:
        refusal = _check_position(state, instrument, ticket)
    return refusal


def _check_mode(state: State, contract: Contract, ticket: Ticket) -> i64:
    if contract.mark == 0:
        return MARK_PRICE_MISSING
    mode = state.accounts.get(ticket.account, a.MODE)
    if mode == SPOT_MODE or (mode == MULTI_CURRENCY and is_pocket(state, ticket.account)):
        return ACCOUNT_MODE_FORBIDS
    two_sided: bool = state.accounts.get(ticket.account, a.POSITION_MODE) != 0
    if two_sided == (ticket.position_side == NET):
        return POSITION_SIDE_INVALID
    return ACCEPTED


def _check_price(state: State, instrument: Instrument, contract: Contract, ticket: Ticket) -> i64:
    """The refusals that concern what the order is worth and its price, in order."""
    if ticket.order_type != MARKET:
        return check_limit(state, instrument, contract, ticket.side, ticket.price, ticket.size, _closes(ticket))
    return ACCEPTED if is_borne(contract, contract.mark, ticket.size, _closes(ticket)) else NOTIONAL_TOO_LARGE


def _closes(ticket: Ticket) -> bool:
    """Whether the order opens nothing, whatever is held."""
    closing_side: i64 = SHORT if ticket.side == BUY else LONG
    return ticket.reduce_only == 1 or ticket.position_side == closing_side


def is_borne(contract: Contract, price: i64, lots: i64, closes: bool) -> bool:
    """Whether sums bear all open lots at ``price``, and have room for ``lots`` besides unless they close some of these."""
    if closes:
        return lots <= LOTS_MAX and contract.bears(price, 0)
    return contract.has_room(price, lots)


def check_limit(
    state: State, instrument: Instrument, contract: Contract, side: i64, price: i64, lots: i64, closes: bool
) -> i64:
    """The same for lots at a limit price, placed or amended."""
    if not is_borne(contract, price, lots, closes):
        return NOTIONAL_TOO_LARGE
    level = b.level_at(instrument, side, price)
    if level != NIL and state.levels.get(level, b.SIZE) > INT_MAX - lots:
        return NOTIONAL_TOO_LARGE
    if side == BUY and price > instrument.buy_max:
        return PRICE_ABOVE_BAND
    if side != BUY and price < instrument.sell_min:
        return PRICE_BELOW_BAND
    return ACCEPTED


def _check_position(state: State, instrument: Instrument, ticket: Ticket) -> i64:
    """Reduce-only, leverage and tier, balance, in this order."""
    found = state.position_at(ticket.seat, ticket.margin_mode, ticket.position_side)
    if found is not None:
        ticket.position = found.number
    else:
        ticket.position = 0
        found = state.draft_position(ticket.account, instrument, ticket.margin_mode, ticket.position_side)
        state.draft = found
    if found.only_reduces(ticket.side):
        ticket.reduce_only = 1
    if ticket.reduce_only == 1:
        if found.reducible(ticket.side) == 0:
            return POSITION_NOT_FOUND
        spare = spare_to_reduce(found)
        if spare <= 0 or (ticket.position_side != NET and ticket.size > spare):
            return REDUCES_BEYOND_POSITION
        if ticket.size > spare:
            ticket.size = spare
    limit: i64 = 0
    if ticket.order_type != MARKET:
        limit = ticket.price
    skip_own: bool = ticket.prevention == CANCEL_MAKER
    return judge(state, instrument, found, ticket.side, ticket.size, limit, skip_own, ticket.reduce_only == 1)


def spare_to_reduce(position: Position) -> i64:
    """Lots that no resting order would close yet."""
    if position.lots > 0:
        return position.lots - position.sell_lots - position.reducing_lots
    return -position.lots - position.buy_lots - position.reducing_lots


def judge(
    state: State,
    instrument: Instrument,
    position: Position,
    side: i64,
    lots: i64,
    limit: i64,
    skip_own: bool,
    reduce_only: bool,
) -> i64:
    """Whether the position's tier and the account's money allow ``lots`` at a price of ``limit`` (0: any)."""
    contract = instrument.contract
    assert contract is not None, "only contracts have positions"
    risk = state.risk
    risk.ask(side, lots, limit, reduce_only)
    key = market_key(instrument, side) if limit == 0 else limit_key_of(side, limit)
    opposite = instrument.asks if side == BUY else instrument.bids
    if opposite.count > 0 and opposite.best_key() >= key:
        risk.takes = True
        best = state.levels.get(opposite.best_value(), b.PRICE)
        if limit == 0:
            master = state.accounts.get(position.account, a.MASTER)
            risk.price = walk(state, instrument, side, key, master, skip_own, lots, NIL).last_price
        # The lower the price, the more a coin-settled contract is worth; the higher, the more any other.
        if (side == BUY) == contract.inverse:
            risk.dear = best
        else:
            risk.dear = risk.price
    if risk.price == 0:
        # Nobody is there to trade with.
        risk.price = contract.mark
    if risk.dear == 0:
        risk.dear = risk.price
    # What matching cancels on the way does not let a market order go further than it is judged by.
    state.taker.judged_key = limit_key_of(side, risk.price)
    refusal = check_tier(state, contract, position, risk)
    if refusal != ACCEPTED:
        return refusal
    return check_margin(state, instrument, position, risk)
