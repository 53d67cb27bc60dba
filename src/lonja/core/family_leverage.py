"""One leverage for all dated contracts of a family that an account holds cross: they find one tier together.

Why here: a cold command like those of ``position_settings``. Invariant: after it all cross positions of that side in the
family, those to come included, have the same leverage.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core.commands import Command
from lonja.core.contracts import FUTURES, HUNDRED, Family
from lonja.core.events import LeverageSet
from lonja.core.instruments import DELISTED
from lonja.core.margin import free_margin
from lonja.core.margin_commands import SetFamilyLeverage
from lonja.core.margin_events import FamilyLeverageSet
from lonja.core.position_settings import check_parties, need_now
from lonja.core.positions import CROSS, Position
from lonja.core.rejections import Rejection
from lonja.core.state import State

_CROSS: Final = 0


def set_family_leverage(state: State, command: Command) -> Rejection:
    """Apply a ``SetFamilyLeverage``."""
    assert isinstance(command, SetFamilyLeverage)
    if not 0 <= command.position_side <= 2:
        return Rejection.FIELD_INVALID
    refusal = check_parties(state, command.account, command.instrument, command.position_side)
    if refusal != Rejection.NONE:
        return refusal
    contract = state.instruments[command.instrument].contract
    assert contract is not None, "checked above"
    family = contract.family
    if family.instrument_type != FUTURES:
        return Rejection.FIELD_INVALID
    refusal = _check_leverage(state, family, command)
    if refusal != Rejection.NONE:
        return refusal
    code: int = family.code
    state.answer_id = command.instrument
    state.family_leverages[command.account, code, command.position_side] = command.leverage
    names = (command.account, code, command.position_side)
    state.events.cold(FamilyLeverageSet(state.events.next_sequence(), state.time_ms, *names, command.leverage))
    for number in family.instruments:
        if _may_be_traded(state, number) or _is_named(state, number, command):
            _set_one(state, number, command)
    return Rejection.NONE


def _check_leverage(state: State, family: Family, command: SetFamilyLeverage) -> Rejection:
    """Whether the tier of all that is held and ordered allows it, and the account can pay for it."""
    if not family.tiers:
        return Rejection.POSITION_ABOVE_MAX
    first: int = family.tiers[0].leverage_max
    hundred: int = HUNDRED
    if not hundred <= command.leverage <= first:
        return Rejection.LEVERAGE_OUT_OF_RANGE
    size: i64 = 0
    more: int = 0
    for position in state.positions_of(command.account):
        same_family: bool = position.contract.family is family
        if same_family and position.margin_mode == CROSS:
            size += position.most_lots()
            if position.side == command.position_side:
                more += _more_need(state, position, command.leverage)
    most: int = family.tiers[family.nearest_tier(size)].leverage_max
    if command.leverage > most:
        return Rejection.LEVERAGE_ABOVE_TIER
    left = free_margin(state, command.account, family.settle)
    return Rejection.INSUFFICIENT_FUNDS if more > 0 and more > left else Rejection.NONE


def _more_need(state: State, position: Position, leverage: i64) -> int:
    """How much more a position and its orders would need."""
    before = position.leverage
    needed = need_now(state, position.contract, position)
    position.set_leverage(leverage)
    more = need_now(state, position.contract, position) - needed
    position.set_leverage(before)
    return more


def _may_be_traded(state: State, number: int) -> bool:
    """Whether a contract has a mark price and has not ended."""
    contract = state.instruments[number].contract
    assert contract is not None, "only contracts are of families"
    return contract.mark != 0 and state.instruments[number].state != DELISTED


def _is_named(state: State, number: int, command: SetFamilyLeverage) -> bool:
    """Whether something has named the position, so that it has a leverage of its own."""
    return state.find_position(command.account, number, CROSS, command.position_side) is not None


def _set_one(state: State, number: int, command: SetFamilyLeverage) -> None:
    position = state.position(command.account, state.instruments[number], CROSS, command.position_side)
    position.set_leverage(command.leverage)
    state.renew_sums(position)
    state.renew_hold(position)
    names = (command.account, number, _CROSS, command.position_side)
    state.events.cold(LeverageSet(state.events.next_sequence(), state.time_ms, *names, command.leverage))
