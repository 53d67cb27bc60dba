"""Money that moves without a trade: deposits, withdrawals, transfers.

Why here: each is one balanced pair of postings. Invariant: the outside account pays for what comes in, so every
currency still sums to zero.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core.collateral import is_cross_pocket, is_pocket
from lonja.core.commands import Command, Deposit, Transfer, Withdraw
from lonja.core.events import Deposited, Transferred, Withdrawn
from lonja.core.instruments import INT_MAX
from lonja.core.margin import may_leave
from lonja.core.rejections import Rejection
from lonja.core.state import State
from lonja.core.withdrawal_holds import may_transfer_out, may_withdraw

_LEDGERS: Final = (0, 1)


def deposit(state: State, command: Command) -> Rejection:
    """Apply a ``Deposit``."""
    assert isinstance(command, Deposit)
    ledgers = (command.ledger, command.ledger)
    refusal = _check_parties(state, command.account, command.currency, ledgers, False, command.account)
    if refusal != Rejection.NONE:
        return refusal
    if is_cross_pocket(state, command.account):
        return Rejection.ACCOUNT_MODE_FORBIDS
    if command.amount <= 0:
        return Rejection.AMOUNT_NOT_POSITIVE
    limit: int = INT_MAX
    issued: int = state.issued_total(command.currency)
    owned: int = state.owned_total(command.currency)
    if command.amount > limit - max(issued, owned):
        return Rejection.SUPPLY_EXCEEDED
    slot = state.slot(command.account, command.currency, command.ledger)
    balance = state.ledger.post(slot, command.amount, state.time_ms)
    state.ledger.post(state.currencies[command.currency].outside_slot, -command.amount, state.time_ms)
    state.touch_pocket(command.account)
    sequence = state.events.next_sequence()
    state.answer_id = sequence
    event = Deposited(
        sequence, state.time_ms, command.account, command.currency, command.ledger, command.amount, balance
    )
    state.events.cold(event)
    return Rejection.NONE


def withdraw(state: State, command: Command) -> Rejection:
    """Apply a ``Withdraw``."""
    assert isinstance(command, Withdraw)
    ledgers = (command.ledger, command.ledger)
    refusal = _check_parties(state, command.account, command.currency, ledgers, True, command.account)
    if refusal != Rejection.NONE:
        return refusal
    if command.amount <= 0:
        return Rejection.AMOUNT_NOT_POSITIVE
    if is_pocket(state, command.account):
        return Rejection.ACCOUNT_MODE_FORBIDS
    slot = state.ledger.find(command.account, command.currency, command.ledger)
    if may_leave(state, command.account, command.currency, command.ledger) < command.amount:
        return Rejection.INSUFFICIENT_FUNDS
    if not may_withdraw(state, command.account, command.currency, command.amount):
        return Rejection.FUNDS_ON_HOLD
    balance = state.ledger.post(slot, -command.amount, state.time_ms)
    state.ledger.post(state.currencies[command.currency].outside_slot, command.amount, state.time_ms)
    sequence = state.events.next_sequence()
    state.answer_id = sequence
    event = Withdrawn(
        sequence, state.time_ms, command.account, command.currency, command.ledger, command.amount, balance
    )
    state.events.cold(event)
    return Rejection.NONE


def transfer(state: State, command: Command) -> Rejection:
    """Apply a ``Transfer``."""
    assert isinstance(command, Transfer)
    ledgers = (command.from_ledger, command.to_ledger)
    receiver = command.account if command.to_account == -1 else command.to_account
    refusal = _check_parties(state, command.account, command.currency, ledgers, True, receiver)
    if refusal != Rejection.NONE:
        return refusal
    if is_cross_pocket(state, command.account) or is_cross_pocket(state, receiver):
        return Rejection.ACCOUNT_MODE_FORBIDS
    refusal = _check_transfer(state, command, receiver)
    if refusal != Rejection.NONE:
        return refusal
    from_slot: i64 = state.ledger.find(command.account, command.currency, command.from_ledger)
    if may_leave(state, command.account, command.currency, command.from_ledger) < command.amount:
        return Rejection.INSUFFICIENT_FUNDS
    moves_away = receiver != command.account
    if moves_away and not may_transfer_out(state, command.account, command.currency, command.amount):
        return Rejection.FUNDS_ON_HOLD
    to_slot = state.slot(receiver, command.currency, command.to_ledger)
    from_balance = state.ledger.post(from_slot, -command.amount, state.time_ms)
    to_balance = state.ledger.post(to_slot, command.amount, state.time_ms)
    state.touch_pocket(command.account)
    state.touch_pocket(receiver)
    sequence = state.events.next_sequence()
    state.answer_id = sequence
    event = Transferred(
        sequence,
        state.time_ms,
        command.account,
        command.currency,
        command.amount,
        command.from_ledger,
        command.to_ledger,
        receiver,
        from_balance,
        to_balance,
        command.client_transfer_id,
    )
    state.events.cold(event)
    return Rejection.NONE


def _check_transfer(state: State, command: Transfer, receiver: int) -> Rejection:
    accounts = state.accounts
    if command.amount <= 0:
        return Rejection.AMOUNT_NOT_POSITIVE
    if receiver == command.account and command.from_ledger == command.to_ledger:
        return Rejection.TRANSFER_SAME_LEDGER
    if accounts.get(receiver, a.MASTER) != accounts.get(command.account, a.MASTER):
        return Rejection.TRANSFER_ACCOUNTS_UNRELATED
    return Rejection.NONE


def _check_parties(
    state: State, account: int, currency: int, ledgers: tuple[int, int], must_be_free: bool, receiver: int
) -> Rejection:
    """The refusals all three share, in order. A frozen account may receive but not send."""
    if ledgers[0] not in _LEDGERS or ledgers[1] not in _LEDGERS:
        return Rejection.FIELD_INVALID
    if not state.accounts.is_party(account) or not state.accounts.is_party(receiver):
        return Rejection.ACCOUNT_NOT_FOUND
    if must_be_free and state.accounts.get(account, a.FROZEN) != 0:
        return Rejection.ACCOUNT_FROZEN
    if not 0 <= currency < len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    return Rejection.NONE
