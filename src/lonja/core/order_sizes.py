"""How large an order may be: found by asking admission itself, so that both always agree.

Why here: what one order needs is not proportional to its size (fees round, tiers step, a book has levels), and must not
be told twice. Invariant: nothing here changes the state; what is tried out is put back.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core.contract_placing import CANCEL_MAKER, check_limit, is_borne, judge, spare_to_reduce
from lonja.core.contracts import LOTS_MAX, Contract
from lonja.core.instruments import INT_MAX, LIVE, Instrument
from lonja.core.placing import ACCEPTED, check_balance, seat_ticket
from lonja.core.position_settings import entry_margin
from lonja.core.positions import ISOLATED, Position
from lonja.core.state import State
from lonja.core.ticket import Ticket
from lonja.core.views import OrderTerms

SPOT_MODE: Final[i64] = 1


def largest_order(state: State, terms: OrderTerms) -> int:
    """The most lots of an order on ``terms`` that would be admitted now; 0 when none would be."""
    instrument = state.instruments[terms.instrument]
    contract = instrument.contract
    if contract is None:
        return _largest_spot(state, instrument, terms)
    if not _is_open(state, instrument, contract, terms):
        return 0
    found = state.find_position(terms.account, terms.instrument, terms.margin_mode, terms.position_side)
    position = Position(0, terms.account, terms.instrument, contract, terms.margin_mode, terms.position_side)
    position.leverage = state.leverage_to_come(terms.account, contract, terms.margin_mode, terms.position_side)
    if found is not None:
        position = found
    leverage: int = position.leverage
    judged_key = state.taker.judged_key
    before = _lever(state, contract, position, terms.leverage)
    most = _search(state, instrument, position, terms)
    _put_back(state, position, leverage, before)
    state.taker.judged_key = judged_key
    smallest: int = instrument.size_min
    return most if most >= smallest else 0


def _largest_spot(state: State, instrument: Instrument, terms: OrderTerms) -> int:
    """The most lots of a limit order for a spot instrument that the account can pay for, whatever the price band."""
    if instrument.state != LIVE or terms.price <= 0:
        return 0
    ticket = Ticket()
    ticket.account = terms.account
    ticket.instrument = terms.instrument
    ticket.side = terms.side
    ticket.price = terms.price
    seat_ticket(state, ticket)
    limit: i64 = instrument.size_limit_max
    least: int = 0
    most: int = limit if limit > 0 else INT_MAX
    while least < most:
        middle = (least + most + 1) // 2
        ticket.size = middle
        if instrument.fits(ticket.price, ticket.size) and check_balance(state, instrument, ticket) == ACCEPTED:
            least = middle
        else:
            most = middle - 1
    smallest: int = instrument.size_min
    return least if least >= smallest else 0


def _is_open(state: State, instrument: Instrument, contract: Contract, terms: OrderTerms) -> bool:
    """Whether the account may trade the contract at all."""
    if contract.mark == 0 or instrument.state != LIVE:
        return False
    if state.accounts.get(terms.account, a.MODE) == SPOT_MODE:
        return False
    two_sided: bool = state.accounts.get(terms.account, a.POSITION_MODE) != 0
    return two_sided == (terms.position_side != 0)


def _search(state: State, instrument: Instrument, position: Position, terms: OrderTerms) -> int:
    """The most lots that are admitted while one more is not, by halving."""
    limit: i64 = instrument.size_limit_max if terms.price > 0 else instrument.size_market_max
    least: int = 0
    most: int = limit if limit > 0 else LOTS_MAX
    if position.only_reduces(terms.side):
        spare: int = spare_to_reduce(position) if position.reducible(terms.side) > 0 else 0
        most = max(min(most, spare), 0)
    while least < most:
        middle = (least + most + 1) // 2
        if _is_admitted(state, instrument, position, terms, middle):
            least = middle
        else:
            most = middle - 1
    return least


def _is_admitted(state: State, instrument: Instrument, position: Position, terms: OrderTerms, lots: i64) -> bool:
    contract = position.contract
    reduces = position.only_reduces(terms.side)
    if terms.price > 0:
        if check_limit(state, instrument, contract, terms.side, terms.price, lots, reduces) != ACCEPTED:
            return False
    elif not is_borne(contract, contract.mark, lots, reduces):
        return False
    skip_own: bool = state.accounts.get(terms.account, a.PREVENTION) == CANCEL_MAKER
    return judge(state, instrument, position, terms.side, lots, terms.price, skip_own, reduces) == ACCEPTED


def _lever(state: State, contract: Contract, position: Position, leverage: int) -> tuple[int, int]:
    """Let a position have ``leverage`` for a moment (0: keep its own): what more is held, and what margin is topped up."""
    if leverage == 0:
        return 0, 0
    position.set_leverage(leverage)
    if position.number == 0:
        return 0, 0
    state.renew_sums(position)
    instrument = state.instruments[position.instrument]
    held: int = position.need(state.maker_rate(position.account, instrument)) - int(position.held)
    topped: int = 0
    if position.margin_mode == ISOLATED and position.lots != 0:
        topped = max(entry_margin(contract, position) - int(position.margin), 0)
    _shift(state, position, held, topped)
    return held, topped


def _put_back(state: State, position: Position, leverage: int, before: tuple[int, int]) -> None:
    """Undo ``_lever``."""
    position.set_leverage(leverage)
    if position.number != 0:
        state.renew_sums(position)
        _shift(state, position, -before[0], -before[1])


def _shift(state: State, position: Position, held: i64, topped: i64) -> None:
    words = state.ledger.words
    words[position.settle_slot + ld.HELD] += held
    words[position.settle_slot + ld.CASH] -= topped
    position.held += held
    position.margin += topped
