"""The leverage of an account's pockets in a spot instrument: what the owner chooses beside orders.

Why here: a cold command like those of ``pockets``. Invariant: no debt that there is asks for more than stands behind it.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core.collateral import is_pocket, sheet_of
from lonja.core.commands import Command
from lonja.core.contracts import HUNDRED, PPM
from lonja.core.margin import free_margin
from lonja.core.margin_commands import SetPocketLeverage
from lonja.core.margin_events import PocketLeverageSet
from lonja.core.position_settings import check_owner
from lonja.core.rejections import Rejection
from lonja.core.state import State

SPOT_MODE: Final[i64] = 1
FUTURES_MODE: Final[i64] = 2


def set_pocket_leverage(state: State, command: Command) -> Rejection:
    """Apply a ``SetPocketLeverage``."""
    assert isinstance(command, SetPocketLeverage)
    account = command.account
    if command.margin_mode not in (0, 1):
        return Rejection.FIELD_INVALID
    refusal = check_owner(state, account, command.instrument)
    if refusal != Rejection.NONE:
        return refusal
    if not _may_have(state, account, command.margin_mode):
        return Rejection.ACCOUNT_MODE_FORBIDS
    tiers = state.instruments[command.instrument].margin_tiers
    if not tiers:
        return Rejection.MARGIN_NOT_OFFERED
    first: int = tiers[0].initial_ppm
    hundred: int = HUNDRED
    if not hundred <= command.leverage <= PPM * hundred // first:
        return Rejection.LEVERAGE_OUT_OF_RANGE
    if not _is_covered(state, command):
        return Rejection.COLLATERAL_INSUFFICIENT
    state.pocket_leverages[account, command.instrument, command.margin_mode] = command.leverage
    state.answer_id = command.instrument
    fields = (account, command.instrument, command.margin_mode, command.leverage)
    state.events.cold(PocketLeverageSet(state.events.next_sequence(), state.time_ms, *fields))
    return Rejection.NONE


def _may_have(state: State, account: i64, margin_mode: int) -> bool:
    """Whether an account may have pockets of a margin mode: cross ones only where one currency is the margin."""
    mode = state.accounts.get(account, a.MODE)
    if is_pocket(state, account):
        return False
    return mode == FUTURES_MODE if margin_mode == 0 else mode != SPOT_MODE


def _is_covered(state: State, command: SetPocketLeverage) -> bool:
    """Whether what there is bears the leverage, or asks for no more than before."""
    key = (command.account, command.instrument, command.margin_mode)
    before = _free(state, command)
    known = state.pocket_leverages.get(key)
    state.pocket_leverages[key] = command.leverage
    after = _free(state, command)
    if known is None:
        del state.pocket_leverages[key]
    else:
        state.pocket_leverages[key] = known
    return all(left >= 0 or left >= before[place] for place, left in enumerate(after))


def _free(state: State, command: SetPocketLeverage) -> list[int]:
    """What is free of what stands behind the pockets that the leverage is for: their own, or margins of the owner."""
    if command.margin_mode == 1:
        pocket = state.pockets.get((command.account, command.instrument))
        return [] if pocket is None else [sheet_of(state, pocket).free()]
    instrument = state.instruments[command.instrument]
    return [free_margin(state, command.account, code) for code in (instrument.base, instrument.quote)]
