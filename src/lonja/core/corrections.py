"""Corrections: the house moves money between somebody's account and one of its own, each a balanced pair of postings.

Why here: whether an account can pay is decided in the order of commands, and so is whether a correction was made before;
whoever tells it may crash and tell it again. A correction heeds neither a frozen account nor withdrawal holds, which bind
customers: the house decided it, two members of staff at least.

Invariant: every currency still sums to zero, no customer and not the fee income falls below zero by a correction, and a
number is corrected once, for ever.
"""

from typing import Final

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core.commands import Command, CorrectBalance
from lonja.core.events import BalanceCorrected
from lonja.core.instruments import INT_MAX
from lonja.core.margin import may_leave
from lonja.core.rejections import Rejection
from lonja.core.state import State

_LEDGERS: Final = (0, 1)


def correct_balance(state: State, command: Command) -> Rejection:
    """Apply a ``CorrectBalance``."""
    assert isinstance(command, CorrectBalance)
    if not _is_sound(command):
        return Rejection.FIELD_INVALID
    if not state.accounts.is_party(command.account):
        return Rejection.ACCOUNT_NOT_FOUND
    if command.currency >= len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    told = (command.account, command.house_account, command.currency, command.ledger, command.amount)
    known = state.corrections.get(command.correction_id)
    if known is not None:
        state.answer_id = known[5]
        return Rejection.NONE if known[:5] == told else Rejection.NAME_TAKEN
    refusal = _check_payer(state, command)
    if refusal != Rejection.NONE:
        return refusal
    slot = state.slot(command.account, command.currency, command.ledger)
    balance = state.ledger.post(slot, command.amount, state.time_ms)
    house_balance = state.ledger.post(_house_slot(state, command), -command.amount, state.time_ms)
    state.touch_pocket(command.account)
    sequence = state.events.next_sequence()
    state.answer_id = sequence
    state.corrections[command.correction_id] = (*told, sequence)
    event = BalanceCorrected(
        sequence,
        state.time_ms,
        command.account,
        command.correction_id,
        command.house_account,
        command.currency,
        command.ledger,
        command.amount,
        balance,
        house_balance,
    )
    state.events.cold(event)
    return Rejection.NONE


def _is_sound(command: CorrectBalance) -> bool:
    limit: int = INT_MAX
    return (
        command.ledger in _LEDGERS
        and command.house_account in (int(a.OUTSIDE_ACCOUNT), int(a.FEE_ACCOUNT))
        and command.correction_id > 0
        and command.currency >= 0
        and command.amount != 0
        and -limit <= command.amount <= limit
    )


def _check_payer(state: State, command: CorrectBalance) -> Rejection:
    """Whoever gives must have it; the outside has what the largest number leaves room for."""
    if command.amount < 0:
        covered = may_leave(state, command.account, command.currency, command.ledger) >= -command.amount
        return Rejection.NONE if covered else Rejection.INSUFFICIENT_FUNDS
    if command.house_account == a.OUTSIDE_ACCOUNT:
        limit: int = INT_MAX
        total: int = max(int(state.issued_total(command.currency)), int(state.owned_total(command.currency)))
        return Rejection.SUPPLY_EXCEEDED if command.amount > limit - total else Rejection.NONE
    earned: int = state.ledger.get(_house_slot(state, command), ld.CASH)
    return Rejection.NONE if earned >= command.amount else Rejection.INSUFFICIENT_FUNDS


def _house_slot(state: State, command: CorrectBalance) -> int:
    currency = state.currencies[command.currency]
    return currency.outside_slot if command.house_account == a.OUTSIDE_ACCOUNT else currency.fee_slot
