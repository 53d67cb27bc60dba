"""Marks between which nothing can happen to a position, so that a new mark price need not look at each one exactly.

Why here: comparing exact fractions for each of 100,000 positions at each mark price costs more than all the rest.
Invariant: between ``calm_low`` and ``calm_high`` the exact comparison would come out as it did when the two were set:
as near liquidation, or as far from it, as then. They are no part of a snapshot, and no result depends on them.

What a position stands on and what it requires are linear in the mark, or in its reciprocal. So between two marks their
difference changes by no more than value and requirement do, which gives the distance in ticks that is safe.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core.contracts import Contract
from lonja.core.ledger import TRADING
from lonja.core.maintenance import WARNING_TIMES, Standing
from lonja.core.positions import CROSS, Position
from lonja.core.state import State

_FAR: Final = 1 << 60


def is_calm(state: State, position: Position, mark: i64) -> bool:
    """Whether nothing has happened to a held position since it was looked at, and ``mark`` changes nothing either."""
    if not position.calm_low <= mark <= position.calm_high or position.calm_rates != state.rate_changes:
        return False
    if state.accounts.get(position.account, a.FEE_TIER) != position.calm_tier:
        return False
    if position.margin_mode != CROSS:
        return position.margin == position.calm_behind
    words = state.ledger.words
    slot = position.settle_slot
    if words[slot + ld.CASH] != position.calm_behind or words[slot + ld.HELD] != position.calm_held:
        return False
    return _stands_alone(state, position)


def _stands_alone(state: State, position: Position) -> bool:
    """Whether no other cross position stands on the same money; with a pocket there, nothing is remembered at all."""
    number = state.accounts.get(position.account, a.FIRST_POSITION)
    while number != 0:
        other = state.positions[number - 1]
        same_money: bool = other.settle_slot == position.settle_slot and other.margin_mode == CROSS
        if same_money and other.lots != 0 and other is not position:
            return False
        number = other.next_of_account
    return True


def is_quiet(state: State, account: i64, currency: i64) -> bool:
    """Whether all cross positions of an account in a currency are certainly as far from liquidation as at the last look.

    Profits rounded down and requirements rounded up stay apart by more than the warning needs, so the exact ones do.
    """
    slot = state.ledger.find(account, currency, TRADING)
    known = state.cross_sums.get(slot)
    # One position alone knows its own marks, and further than sums do.
    if known is None or not known.quiet or known.alone:
        return False
    if known.rates != state.rate_changes or known.fee_tier != state.accounts.get(account, a.FEE_TIER):
        known.marks = -1
    sums = state.sums_of(account, slot)
    cash: int = state.ledger.get(slot, ld.CASH)
    held: int = state.ledger.get(slot, ld.HELD)
    equity = cash + sums.gain
    return equity > WARNING_TIMES * sums.keep and equity - held > sums.keep


def passes_alone(state: State, position: Position) -> bool:
    """Whether no mark within its band brings an isolated position near liquidation; then it lets such marks pass."""
    position.look(state.most_rate(position))
    margin: int = position.margin
    keep = position.seen_keep
    if margin + position.seen_gain <= keep + keep + keep + position.seen_swing:
        return False
    position.pass_marks(position.contract.band_low, position.contract.band_high)
    return True


def rouse(state: State, position: Position) -> None:
    """Have a position looked at exactly, with all that stand on the same money, at the next mark of each."""
    position.pass_marks(1, 0)
    state.ledger.words[position.settle_slot + ld.FLOOR] = 0
    if position.sums is not None:
        position.sums.unsettle()


def rouse_sunk(state: State) -> None:
    """Have all cross positions looked at whose money fell below its floor."""
    for slot in state.ledger.sunk:
        for position in state.positions_of(state.ledger.get(slot, ld.ACCOUNT)):
            if position.settle_slot == slot and position.margin_mode == CROSS:
                position.pass_marks(1, 0)
    state.ledger.sunk.clear()


def remember_quiet(state: State, account: i64, positions: list[Position]) -> None:
    """Remember how the exact look at cross ``positions`` that stand together came out."""
    slot = positions[0].settle_slot
    if len(positions) > 1 or slot in state.cross_sums:
        sums = state.sums_of(account, slot)
        sums.quiet = positions[0].warned == 0
        sums.alone = len(positions) == 1


def remember_calm(state: State, contract: Contract, position: Position, standing: Standing) -> None:
    """Remember how far the mark may go. ``standing`` is that of ``position`` alone, which is safe at the present mark."""
    words = state.ledger.words
    slot = position.settle_slot
    held: i64 = 0
    position.calm_behind = position.margin
    if position.margin_mode == CROSS:
        held = words[slot + ld.HELD]
        position.calm_behind = words[slot + ld.CASH]
    position.calm_held = held
    position.calm_tier = state.accounts.get(position.account, a.FEE_TIER)
    position.calm_rates = state.rate_changes
    safe = _safe_ticks(contract, position, standing, WARNING_TIMES, 0)
    if position.warned == 1 or held != 0:
        nearer = _safe_ticks(contract, position, standing, 1, held)
        safe = nearer if nearer < safe else safe
    position.calm_low = contract.mark - safe
    position.calm_high = contract.mark + safe
    if position.margin_mode != CROSS:
        position.pass_marks(position.calm_low, position.calm_high)


def _safe_ticks(contract: Contract, position: Position, standing: Standing, times: int, held: int) -> i64:
    """How far the mark may go before what stands behind crosses ``times`` what is required."""
    value_num, value_den = contract.value(contract.mark, position.size())
    equity_num: int = standing.equity_num - held * standing.equity_den
    need_num: int = times * standing.required_num
    spare: int = abs(equity_num * standing.required_den - need_num * standing.equity_den) * value_den
    swing: int = (value_num * standing.required_den + need_num * value_den) * standing.equity_den
    if contract.inverse:
        # Towards lower marks the value grows faster than in proportion.
        swing += spare
    mark: int = contract.mark
    safe: int = (spare * mark - 1) // swing
    return max(0, min(safe, _FAR))
