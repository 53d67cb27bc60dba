"""Liquidation: what happens at a mark price that leaves a position less than it needs.

Why here: one command, a new mark price, may end many positions, and must end them in an order that anybody can repeat.
The steps: warn at three times what is required; cancel its orders; from the third tier on step down two tiers at a time
until it is safe; take the rest over at the bankruptcy price; close in the market what was taken over; deleverage winners
when the Security Fund cannot carry it. Invariant: the holder loses what stood behind the position and not more, and the
family's fund gets or pays the difference.
"""

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.calm import is_calm, is_quiet, passes_alone, remember_calm, remember_quiet, rouse_sunk
from lonja.core.collateral import is_pooled
from lonja.core.contracts import Contract, floor_of
from lonja.core.cross_liquidation import is_currency_in_danger, liquidate_currency
from lonja.core.crossing import is_crossed
from lonja.core.instruments import Instrument
from lonja.core.maintenance import (
    WARNING_TIMES,
    Standing,
    cross_positions,
    cross_standing,
    isolated_standing,
    required,
)
from lonja.core.pool_liquidation import is_pool_in_danger, liquidate_pool
from lonja.core.positions import CROSS, Position
from lonja.core.reading_ahead import read_stirred
from lonja.core.state import State
from lonja.core.takeovers import step, take, unload_each
from lonja.core.warning import LIQUIDATED_REASON, cancel_of_currency, warn_positions


def watch_margins(state: State, instrument: Instrument, contract: Contract) -> None:
    """Warn and liquidate whoever the mark price of ``contract`` leaves too little, by account and position.

    Who is in danger is decided before anybody is liquidated; what that leaves others with is for the next mark price.
    """
    alone: list[tuple[int, int]] = []
    together: dict[int, bool] = {}
    for position in _restless(state, contract):
        if position.margin_mode == CROSS:
            together[int(position.account)] = True
        elif _is_isolated_in_danger(state, contract, position):
            alone.append((int(position.account), int(position.number)))
    settle = contract.family.settle
    accounts = [account for account in sorted(together) if _is_cross_in_danger(state, contract, account)]
    for _, number in sorted(alone):
        _liquidate_isolated(state, instrument, contract, state.positions[number - 1])
    touched: dict[int, bool] = {int(instrument.code): True}
    for account in accounts:
        if is_pooled(state, account):
            liquidate_pool(state, account, touched)
        elif is_crossed(state, account, settle):
            liquidate_currency(state, account, settle, touched)
        else:
            _liquidate_cross(state, account, settle, touched)
    unload_each(state, touched)


def _restless(state: State, contract: Contract) -> list[Position]:
    """The positions to which the mark price may do something."""
    rouse_sunk(state)
    mark = contract.mark
    leaves_band: bool = not contract.band_low <= mark <= contract.band_high
    if leaves_band:
        contract.set_band()
    everybody: bool = contract.bounds_rates != state.rate_changes
    contract.bounds_rates = state.rate_changes
    read_stirred(state, contract)
    found: list[Position] = []
    bounds = contract.bounds
    count: i64 = len(bounds)
    place: i64 = 0
    while place < count:
        if everybody or not bounds[place] <= mark <= bounds[place + 1]:
            position = state.positions[contract.positions[place >> 1] - 1]
            position.pass_marks(1, 0)
            if position.lots != 0 and not _passes(state, contract, position, leaves_band):
                found.append(position)
        place += 2
    return found


def _passes(state: State, contract: Contract, position: Position, leaves_band: bool) -> bool:
    if position.margin_mode == CROSS:
        # Without sums, as after a restart, nothing is known of what stands beside it.
        if position.sums is not None:
            if leaves_band:
                state.renew_sums(position)
            if state.stays_quiet(position, position.sums):
                return True
    elif position.warned == 0 and passes_alone(state, position):
        return True
    return position.account == contract.family.account or is_calm(state, position, contract.mark)


def _is_isolated_in_danger(state: State, contract: Contract, position: Position) -> bool:
    standing = isolated_standing(state, contract, position)
    if _is_in_danger(state, standing, [position]):
        return True
    remember_calm(state, contract, position, standing)
    return False


def _is_cross_in_danger(state: State, contract: Contract, account: i64) -> bool:
    """The same for all cross positions of a currency; orders that would use up what these require are canceled."""
    if is_pooled(state, account):
        return is_pool_in_danger(state, account)
    settle = contract.family.settle
    if is_crossed(state, account, settle):
        return is_currency_in_danger(state, account, settle)
    if is_quiet(state, account, settle):
        return False
    standing = cross_standing(state, account, settle)
    positions = cross_positions(state, account, settle)
    is_in_danger = _is_in_danger(state, standing, positions)
    remember_quiet(state, account, positions)
    if is_in_danger:
        return True
    held: int = state.ledger.get(positions[0].settle_slot, ld.HELD)
    if held != 0 and standing.is_within(1, held):
        cancel_of_currency(state, account, settle)
    if len(positions) == 1:
        remember_calm(state, contract, positions[0], standing)
    return False


def _is_in_danger(state: State, standing: Standing, positions: list[Position]) -> bool:
    """Whether positions that stand together are to be liquidated; warns once when they come near it."""
    near = standing.is_within(WARNING_TIMES)
    warn_positions(state, positions, near, standing)
    return near and standing.is_within(1)


def _liquidate_isolated(state: State, instrument: Instrument, contract: Contract, position: Position) -> None:
    _cancel_of_position(state, position)
    while position.lots != 0 and isolated_standing(state, contract, position).is_within(1):
        lots = step(state, contract, position)
        take(state, instrument, contract, position, lots, position.margin_of(lots))


def _liquidate_cross(state: State, account: i64, currency: i64, touched: dict[int, bool]) -> None:
    """Take over what an account's cross positions cannot keep; notes in ``touched`` what the fund then keeps."""
    cancel_of_currency(state, account, currency)
    while True:
        held = cross_positions(state, account, currency)
        standing = cross_standing(state, account, currency)
        if not held or not standing.is_within(1):
            return
        worst = _dearest(state, held)
        instrument = state.instruments[worst.instrument]
        contract = worst.contract
        lots = step(state, contract, worst)
        if lots == worst.size() and len(held) == 1:
            share = floor_of((standing.equity_num, standing.equity_den))
        else:
            need_num, need_den = required(state, contract, worst, lots)
            share = (standing.equity_num * need_num * standing.required_den) // (
                standing.equity_den * need_den * standing.required_num
            )
        touched[int(worst.instrument)] = True
        take(state, instrument, contract, worst, lots, share)


def _dearest(state: State, held: list[Position]) -> Position:
    """The position that requires most; of two equals the one that was named first."""
    best = held[0]
    most: int = -1
    for position in held:
        needed = floor_of(required(state, position.contract, position, position.size()))
        if needed > most:
            best, most = position, needed
    return best


def _cancel_of_position(state: State, position: Position) -> None:
    for slot in state.orders_of(position.account):
        if state.orders.get(slot, o.POSITION) == position.number:
            state.end_resting(slot, LIQUIDATED_REASON)
