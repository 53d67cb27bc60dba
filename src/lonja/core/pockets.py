"""Pockets: isolated margin in spot instruments, one for each account and instrument, and the tiers of what they borrow.

Why here: cold commands. A pocket is an account of its owner's family that stands on two currencies alone, so that orders,
fills, interest and liquidation are those of any account that borrows (``docs/adr/0035``). Invariant: a pocket is never an
owner, trades one instrument, and has the settings of its owner.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core.admin import ACCOUNT_MAX
from lonja.core.collateral import is_pocket
from lonja.core.collateral_commands import DefineMarginTier, OpenPocket
from lonja.core.collateral_events import MarginTierDefined, PocketOpened
from lonja.core.commands import Command
from lonja.core.contracts import PPM
from lonja.core.instruments import MarginTier
from lonja.core.lending import LIMIT_MAX, TIERS_MAX
from lonja.core.margin_commands import OpenCrossPocket
from lonja.core.margin_events import CrossPocketOpened
from lonja.core.pocket_positions import register_pocket
from lonja.core.pool_liquidation import watch_pools
from lonja.core.pools import Pool
from lonja.core.position_settings import check_owner
from lonja.core.rejections import Rejection
from lonja.core.state import State

NIL: Final[i64] = -1
SPOT_MODE: Final[i64] = 1
FUTURES_MODE: Final[i64] = 2
MULTI_CURRENCY: Final[i64] = 3


def define_margin_tier(state: State, command: Command) -> Rejection:
    """Apply a ``DefineMarginTier``."""
    assert isinstance(command, DefineMarginTier)
    amounts_valid = 0 < command.base_max <= LIMIT_MAX and 0 < command.quote_max <= LIMIT_MAX
    rates_valid = 0 < command.maintenance_ppm <= command.initial_ppm <= PPM
    if not amounts_valid or not rates_valid or not 1 <= command.tier <= TIERS_MAX:
        return Rejection.FIELD_INVALID
    if not 0 <= command.instrument < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    instrument = state.instruments[command.instrument]
    if instrument.contract is not None or not _fits_between(instrument.margin_tiers, command):
        return Rejection.FIELD_INVALID
    if state.desk == NIL:
        return Rejection.MARGIN_NOT_OFFERED
    made = MarginTier(command.base_max, command.quote_max, command.initial_ppm, command.maintenance_ppm)
    if command.tier > len(instrument.margin_tiers):
        instrument.margin_tiers.append(made)
    else:
        instrument.margin_tiers[command.tier - 1] = made
    state.answer_id = command.tier
    state.events.cold(MarginTierDefined(state.events.next_sequence(), state.time_ms, *command[4:]))
    watch_pools(state)
    return Rejection.NONE


def _fits_between(tiers: list[MarginTier], wanted: DefineMarginTier) -> bool:
    """Whether a tier may stand at its place: larger than the one below at no lower rates, and the reverse above."""
    place = wanted.tier - 1
    if place > len(tiers):
        return False
    made = MarginTier(wanted.base_max, wanted.quote_max, wanted.initial_ppm, wanted.maintenance_ppm)
    if place > 0 and not _follows(tiers[place - 1], made):
        return False
    return place + 1 >= len(tiers) or _follows(made, tiers[place + 1])


def _follows(low: MarginTier, high: MarginTier) -> bool:
    larger: bool = low.base_max < high.base_max and low.quote_max < high.quote_max
    return larger and low.initial_ppm <= high.initial_ppm and low.maintenance_ppm <= high.maintenance_ppm


def open_pocket(state: State, command: Command) -> Rejection:
    """Apply an ``OpenPocket``."""
    assert isinstance(command, OpenPocket)
    account = command.account
    refusal = check_owner(state, account, command.instrument)
    if refusal != Rejection.NONE:
        return refusal
    if state.accounts.get(account, a.MODE) == SPOT_MODE or is_pocket(state, account):
        return Rejection.ACCOUNT_MODE_FORBIDS
    key = (account, command.instrument)
    known = state.pockets.get(key)
    if known is not None:
        state.answer_id = known
        return Rejection.NONE
    if not state.instruments[command.instrument].margin_tiers:
        return Rejection.MARGIN_NOT_OFFERED
    if state.accounts.count >= ACCOUNT_MAX:
        return Rejection.CAPACITY_REACHED
    state.answer_id = _open(state, account, command.instrument, NIL)
    number = state.events.next_sequence()
    state.events.cold(PocketOpened(number, state.time_ms, account, command.instrument, int(state.answer_id)))
    return Rejection.NONE


def open_cross_pocket(state: State, command: Command) -> Rejection:
    """Apply an ``OpenCrossPocket``."""
    assert isinstance(command, OpenCrossPocket)
    account = command.account
    refusal = check_owner(state, account, command.instrument)
    if refusal != Rejection.NONE:
        return refusal
    if state.accounts.get(account, a.MODE) != FUTURES_MODE:
        return Rejection.ACCOUNT_MODE_FORBIDS
    key = (account, command.instrument, command.currency)
    known = state.cross_pockets.get(key)
    if known is not None:
        state.answer_id = known
        return Rejection.NONE
    instrument = state.instruments[command.instrument]
    if not instrument.margin_tiers:
        return Rejection.MARGIN_NOT_OFFERED
    is_base: bool = command.currency == instrument.base
    is_quote: bool = command.currency == instrument.quote
    if not is_base and not is_quote:
        return Rejection.FIELD_INVALID
    if state.accounts.count >= ACCOUNT_MAX:
        return Rejection.CAPACITY_REACHED
    state.answer_id = _open(state, account, command.instrument, command.currency)
    number = state.events.next_sequence()
    state.events.cold(CrossPocketOpened(number, state.time_ms, *key, int(state.answer_id)))
    return Rejection.NONE


def _open(state: State, owner: i64, instrument: i64, currency: i64) -> int:
    accounts = state.accounts
    kind, master = accounts.get(owner, a.KIND), accounts.get(owner, a.MASTER)
    prevention, fee_tier = accounts.get(owner, a.PREVENTION), accounts.get(owner, a.FEE_TIER)
    pocket: int = accounts.add(kind, master, MULTI_CURRENCY, prevention, fee_tier, state.time_ms)
    pool = Pool()
    pool.auto_borrow = 1
    pool.instrument = instrument
    pool.owner = owner
    pool.currency = currency
    state.pools[pocket] = pool
    register_pocket(state, pocket, pool)
    return pocket
