"""Leverage, position mode, and the margin of isolated positions: what a holder chooses beside orders.

Why here: cold commands, decoded whole. Invariant: none of them leaves a position nearer to liquidation than its initial
margin, and none changes what an open order was admitted for.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core.collateral import is_pocket
from lonja.core.commands import AdjustMargin, Command, SetLeverage, SetPositionMode
from lonja.core.contracts import HUNDRED, Contract, ceil_of
from lonja.core.events import LeverageSet, PositionModeSet
from lonja.core.instruments import INT_MAX
from lonja.core.margin import beside, free_margin, spendable
from lonja.core.positions import CROSS, ISOLATED, Position
from lonja.core.rejections import Rejection
from lonja.core.settling import tell
from lonja.core.state import State

_SPOT_MODE: Final[i64] = 1
_MARGIN_ADJUSTED: Final = 1
_LEVERAGE_CHANGED: Final = 2


def set_leverage(state: State, command: Command) -> Rejection:
    """Apply a ``SetLeverage``."""
    assert isinstance(command, SetLeverage)
    if command.margin_mode not in (0, 1) or not 0 <= command.position_side <= 2:
        return Rejection.FIELD_INVALID
    refusal = check_parties(state, command.account, command.instrument, command.position_side)
    if refusal != Rejection.NONE:
        return refusal
    instrument = state.instruments[command.instrument]
    contract = instrument.contract
    assert contract is not None, "checked above"
    found = state.find_position(command.account, command.instrument, command.margin_mode, command.position_side)
    refusal = _check_leverage(state, contract, found, command.leverage)
    if refusal != Rejection.NONE:
        return refusal
    position = state.position(command.account, instrument, command.margin_mode, command.position_side)
    position.set_leverage(command.leverage)
    state.renew_sums(position)
    state.renew_hold(position)
    state.answer_id = command.instrument
    state.events.cold(LeverageSet(state.events.next_sequence(), state.time_ms, command.account, *command[4:]))
    if position.lots != 0 and position.margin_mode == ISOLATED:
        _top_up(state, contract, position)
    return Rejection.NONE


def _check_leverage(state: State, contract: Contract, position: Position | None, leverage: int) -> Rejection:
    """Whether the tier of what is held and ordered allows it, and the account can pay for it."""
    tiers = contract.family.tiers
    if not tiers:
        return Rejection.POSITION_ABOVE_MAX
    first: int = tiers[0].leverage_max
    hundred: int = HUNDRED
    if not hundred <= leverage <= first:
        return Rejection.LEVERAGE_OUT_OF_RANGE
    if position is None:
        return Rejection.NONE
    size = position.most_lots()
    if size > 0:
        for other in beside(state, contract, position):
            size += other.most_lots()
    tier = contract.family.tier_of(size)
    last: i64 = len(tiers) - 1
    most: int = tiers[tier if tier < last else last].leverage_max
    if leverage > most:
        return Rejection.LEVERAGE_ABOVE_TIER
    before = position.leverage
    needed = need_now(state, contract, position)
    position.set_leverage(leverage)
    more = need_now(state, contract, position) - needed
    if position.margin_mode != CROSS and position.lots != 0:
        # Fills round margins down one by one, so even at the same leverage something may be missing.
        more += max(entry_margin(contract, position) - int(position.margin), 0)
    position.set_leverage(before)
    settle = contract.family.settle
    if position.margin_mode == CROSS:
        left = free_margin(state, position.account, settle)
    else:
        left = spendable(state, position.account, settle)
    return Rejection.INSUFFICIENT_FUNDS if more > 0 and more > left else Rejection.NONE


def need_now(state: State, contract: Contract, position: Position) -> int:
    """What orders, and a cross position at the mark, need at its leverage."""
    instrument = state.instruments[position.instrument]
    needed = position.need(state.maker_rate(position.account, instrument))
    if position.lots == 0 or position.margin_mode != CROSS:
        return needed
    return needed + ceil_of(position.initial_margin(contract, contract.mark, position.size()))


def entry_margin(contract: Contract, position: Position) -> int:
    """The initial margin of a position at its entry, rounded down as it was when it was opened."""
    numerator, denominator = position.entry_num, position.entry_den
    leverage: int = position.leverage
    return numerator * contract.unit * HUNDRED // (denominator * contract.divisor * leverage)


def _top_up(state: State, contract: Contract, position: Position) -> None:
    """Bring an isolated margin up to what its leverage asks; it is never lowered."""
    missing: i64 = entry_margin(contract, position) - int(position.margin)
    if missing > 0:
        _move(state, contract, position, missing, _LEVERAGE_CHANGED)


def _move(state: State, contract: Contract, position: Position, amount: i64, cause: int) -> None:
    position.margin += amount
    state.renew_sums(position)
    balance = state.ledger.post(position.settle_slot, -amount, state.time_ms)
    tell(state, contract, position, cause, 0, contract.mark, 0, 0, 0, amount, balance)


def adjust_margin(state: State, command: Command) -> Rejection:
    """Apply an ``AdjustMargin``."""
    assert isinstance(command, AdjustMargin)
    limit: int = INT_MAX
    if not 0 <= command.position_side <= 2 or not -limit <= command.amount <= limit:
        return Rejection.FIELD_INVALID
    refusal = check_parties(state, command.account, command.instrument, command.position_side)
    if refusal != Rejection.NONE:
        return refusal
    contract = state.instruments[command.instrument].contract
    assert contract is not None, "checked above"
    position = state.find_position(command.account, command.instrument, ISOLATED, command.position_side)
    if position is None or position.lots == 0:
        return Rejection.POSITION_NOT_FOUND
    if command.amount == 0:
        return Rejection.AMOUNT_NOT_POSITIVE
    if command.amount > 0 and command.amount > spendable(state, command.account, contract.family.settle):
        return Rejection.INSUFFICIENT_FUNDS
    if command.amount < 0 and -command.amount > removable(contract, position):
        return Rejection.MARGIN_NOT_REMOVABLE
    _move(state, contract, position, command.amount, _MARGIN_ADJUSTED)
    state.answer_id = command.instrument
    return Rejection.NONE


def removable(contract: Contract, position: Position) -> int:
    """What exceeds the initial margin of an isolated position, unrealized losses first."""
    margin: int = position.margin
    gained = position.unrealized(contract)
    left = margin + min(gained, 0) - entry_margin(contract, position)
    return max(left, 0)


def set_position_mode(state: State, command: Command) -> Rejection:
    """Apply a ``SetPositionMode``."""
    assert isinstance(command, SetPositionMode)
    account = command.account
    if command.position_mode not in (0, 1):
        return Rejection.FIELD_INVALID
    if not state.accounts.is_party(account):
        return Rejection.ACCOUNT_NOT_FOUND
    if state.accounts.get(account, a.FROZEN) != 0:
        return Rejection.ACCOUNT_FROZEN
    if state.accounts.get(account, a.MODE) == _SPOT_MODE or is_pocket(state, account):
        return Rejection.ACCOUNT_MODE_FORBIDS
    wanted: int = command.position_mode
    same: bool = state.accounts.get(account, a.POSITION_MODE) == wanted
    if not same and has_contracts_open(state, account):
        return Rejection.POSITIONS_OR_ORDERS_OPEN
    state.accounts.set(account, a.POSITION_MODE, command.position_mode)
    state.answer_id = account
    state.events.cold(PositionModeSet(state.events.next_sequence(), state.time_ms, account, command.position_mode))
    return Rejection.NONE


def has_contracts_open(state: State, account: i64) -> bool:
    """Whether an account holds or has ordered any contract, or has algo orders for one."""
    for algo in state.algos.of_account(int(account)):
        if state.instruments[algo.instrument].contract is not None:
            return True
    for position in state.positions_of(account):
        if position.lots != 0 or position.buy_lots != 0 or position.sell_lots != 0:
            return True
    return False


def check_owner(state: State, account: i64, instrument: i64) -> Rejection:
    """The refusals that everything shares by which an account settles how it trades an instrument, in order."""
    if not state.accounts.is_party(account):
        return Rejection.ACCOUNT_NOT_FOUND
    if state.accounts.get(account, a.FROZEN) != 0:
        return Rejection.ACCOUNT_FROZEN
    if not 0 <= instrument < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    return Rejection.NONE


def check_parties(state: State, account: i64, instrument: i64, side: i64) -> Rejection:
    """The refusals that leverage and margin of a position share, in order."""
    refusal = check_owner(state, account, instrument)
    if refusal != Rejection.NONE:
        return refusal
    contract = state.instruments[instrument].contract
    if contract is None:
        return Rejection.FIELD_INVALID
    if contract.mark == 0:
        return Rejection.MARK_PRICE_MISSING
    if state.accounts.get(account, a.MODE) == _SPOT_MODE or is_pocket(state, account):
        return Rejection.ACCOUNT_MODE_FORBIDS
    two_sided: bool = state.accounts.get(account, a.POSITION_MODE) != 0
    if two_sided == (side == 0):
        return Rejection.POSITION_SIDE_INVALID
    return Rejection.NONE
