"""Money that moves without a trade: deposits, withdrawals, transfers.

Why here: each is one balanced pair of postings. Invariant: the outside account pays for what comes in, so every
currency still sums to zero.
"""

from typing import Final

from librt.strings import read_i64_le
from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import words as w
from lonja.core.collateral import is_cross_pocket, is_pocket
from lonja.core.commands import Command, Deposit, Withdraw
from lonja.core.events import Deposited, Withdrawn
from lonja.core.instruments import INT_MAX
from lonja.core.ledger import TRADING
from lonja.core.margin import may_leave
from lonja.core.placing import ACCEPTED, ACCOUNT_FROZEN, ACCOUNT_NOT_FOUND, FIELD_INVALID
from lonja.core.rejections import Rejection
from lonja.core.state import State
from lonja.core.withdrawal_holds import may_transfer_out, may_withdraw

NIL: Final[i64] = -1

# Members of ``rejections.Rejection``.
CURRENCY_NOT_FOUND: Final[i64] = 5
ACCOUNT_MODE_FORBIDS: Final[i64] = 11
AMOUNT_NOT_POSITIVE: Final[i64] = 60
TRANSFER_SAME_LEDGER: Final[i64] = 61
TRANSFER_ACCOUNTS_UNRELATED: Final[i64] = 62
INSUFFICIENT_FUNDS: Final[i64] = 64
FUNDS_ON_HOLD: Final[i64] = 65


def deposit(state: State, command: Command) -> Rejection:
    """Apply a ``Deposit``."""
    assert isinstance(command, Deposit)
    ledger, account = command.ledger, command.account
    refusal = _check_parties(state, account, command.currency, ledger, ledger, False, account)
    if refusal != ACCEPTED:
        return Rejection(refusal)
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
    ledger, account = command.ledger, command.account
    refusal = _check_parties(state, account, command.currency, ledger, ledger, True, account)
    if refusal != ACCEPTED:
        return Rejection(refusal)
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


def transfer(state: State, body: bytes, at: i64) -> i64:
    """Apply the ``Transfer`` at ``at``, word by word: it is the most frequent of the commands that do not trade."""
    account = read_i64_le(body, at + w.COMMAND_ACCOUNT)
    currency = read_i64_le(body, at + w.TRANSFER_CURRENCY)
    amount = read_i64_le(body, at + w.TRANSFER_AMOUNT)
    from_ledger = read_i64_le(body, at + w.TRANSFER_FROM_LEDGER)
    to_ledger = read_i64_le(body, at + w.TRANSFER_TO_LEDGER)
    receiver = read_i64_le(body, at + w.TRANSFER_TO_ACCOUNT)
    if receiver == NIL:
        receiver = account
    refusal = _check_parties(state, account, currency, from_ledger, to_ledger, True, receiver)
    if refusal == ACCEPTED:
        refusal = _check_transfer(state, account, receiver, amount, from_ledger == to_ledger)
    if refusal != ACCEPTED:
        return refusal
    if may_leave(state, account, currency, from_ledger) < amount:
        return INSUFFICIENT_FUNDS
    if receiver != account and not may_transfer_out(state, int(account), int(currency), int(amount)):
        return FUNDS_ON_HOLD
    to_slot = state.slot(receiver, currency, to_ledger)
    from_balance = state.ledger.post(state.ledger.find(account, currency, from_ledger), -amount, state.time_ms)
    to_balance = state.ledger.post(to_slot, amount, state.time_ms)
    if state.pools:
        state.touch_pocket(account)
        state.touch_pocket(receiver)
    first = state.events.begin_transferred()
    out = state.events.words
    state.answer_id = state.events.sequence
    out[first + 4] = account
    out[first + 5] = currency
    out[first + 6] = amount
    out[first + 7] = from_ledger
    out[first + 8] = to_ledger
    out[first + 9] = receiver
    out[first + 10] = from_balance
    out[first + 11] = to_balance
    word: i64 = 0
    while word < 4:
        out[first + 12 + word] = read_i64_le(body, at + w.TRANSFER_CLIENT_TRANSFER_ID + word * 8)
        word += 1
    return ACCEPTED


def _check_transfer(state: State, account: i64, receiver: i64, amount: i64, same_ledger: bool) -> i64:
    accounts = state.accounts
    if state.pools and (is_cross_pocket(state, account) or is_cross_pocket(state, receiver)):
        return ACCOUNT_MODE_FORBIDS
    if amount <= 0:
        return AMOUNT_NOT_POSITIVE
    if receiver == account and same_ledger:
        return TRANSFER_SAME_LEDGER
    if accounts.get(receiver, a.MASTER) != accounts.get(account, a.MASTER):
        return TRANSFER_ACCOUNTS_UNRELATED
    return ACCEPTED


def _check_parties(
    state: State, account: i64, currency: i64, from_ledger: i64, to_ledger: i64, must_be_free: bool, receiver: i64
) -> i64:
    """The refusals all three share, in order. A frozen account may receive but not send."""
    if not 0 <= from_ledger | to_ledger <= TRADING:
        return FIELD_INVALID
    if not state.accounts.is_party(account) or not state.accounts.is_party(receiver):
        return ACCOUNT_NOT_FOUND
    if must_be_free and state.accounts.get(account, a.FROZEN) != 0:
        return ACCOUNT_FROZEN
    if not 0 <= currency < len(state.currencies):
        return CURRENCY_NOT_FOUND
    return ACCEPTED
