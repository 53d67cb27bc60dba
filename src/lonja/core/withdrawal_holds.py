"""Withdrawal holds: money that may be traded but may not leave, until a time or until it is released.

Why here: whether a withdrawal is covered is decided in the order of commands, together with the balance; a hold kept
elsewhere could be overtaken. Why each is and who may end it early is kept outside, by the same numbers.

Amounts of one kind add up, between kinds the strictest counts. A hold over everything stops withdrawals of the whole
family of its account, and of a sub-account also what would move to its relatives; a hold of an amount keeps that much
of the currency in the account itself.

Invariant: a hold is kept at most until the first command about holds of its account after its end; whether it is still
kept then makes no difference to any answer.
"""

from typing import Final

from lonja.core import accounts as a
from lonja.core.commands import Command, SetWithdrawalHold
from lonja.core.events import WithdrawalHoldSet
from lonja.core.instruments import INT_MAX
from lonja.core.ledger import CASH, FUNDING, NIL, TRADING
from lonja.core.rejections import Rejection
from lonja.core.state import State

HOLDS_MAX: Final = 1_000
KIND_MAX: Final = 64
EVERYTHING: Final = -1


def set_withdrawal_hold(state: State, command: Command) -> Rejection:
    """Apply a ``SetWithdrawalHold``."""
    assert isinstance(command, SetWithdrawalHold)
    if not _is_sound(command):
        return Rejection.FIELD_INVALID
    account = command.account
    if not state.accounts.is_party(account):
        return Rejection.ACCOUNT_NOT_FOUND
    if command.currency >= len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    now: int = state.time_ms
    known = state.withdrawal_holds.get(account, {})
    kept = {hold: facts for hold, facts in known.items() if hold != command.hold_id and not _is_over(facts[3], now)}
    if command.amount != 0:
        if len(kept) >= HOLDS_MAX:
            return Rejection.CAPACITY_REACHED
        kept[command.hold_id] = (command.kind, command.currency, command.amount, command.until_ms)
    if kept:
        state.withdrawal_holds[account] = kept
    else:
        state.withdrawal_holds.pop(account, {})
    state.answer_id = command.hold_id
    fields = (account, command.hold_id, command.kind, command.currency, command.amount, command.until_ms)
    state.events.cold(WithdrawalHoldSet(state.events.next_sequence(), state.time_ms, *fields))
    return Rejection.NONE


def _is_sound(command: SetWithdrawalHold) -> bool:
    limit: int = INT_MAX
    over_everything = command.currency == EVERYTHING
    return (
        command.hold_id > 0
        and 0 <= command.kind < KIND_MAX
        and command.currency >= EVERYTHING
        and EVERYTHING <= command.amount <= limit
        and not (over_everything and command.amount > 0)
        and command.until_ms >= 0
    )


def _is_over(until_ms: int, now_ms: int) -> bool:
    return 0 < until_ms <= now_ms


def may_withdraw(state: State, account: int, currency: int, amount: int) -> bool:
    """Whether the holds let ``amount`` leave the house from ``account``."""
    master: int = state.accounts.get(account, a.MASTER)
    if _is_stopped(state, account, currency) or (master != account and _is_stopped(state, master, currency)):
        return False
    return _leaves_enough(state, account, currency, amount)


def may_transfer_out(state: State, account: int, currency: int, amount: int) -> bool:
    """Whether the holds let ``amount`` go from ``account`` to another of its family."""
    master: int = state.accounts.get(account, a.MASTER)
    if master != account and _is_stopped(state, account, currency):
        return False
    return _leaves_enough(state, account, currency, amount)


def _is_stopped(state: State, account: int, currency: int) -> bool:
    """Whether a hold keeps all of ``currency``."""
    now: int = state.time_ms
    for _, held_currency, amount, until_ms in state.withdrawal_holds.get(account, {}).values():
        about: bool = held_currency in (EVERYTHING, currency)
        if about and amount == EVERYTHING and not _is_over(until_ms, now):
            return True
    return False


def _leaves_enough(state: State, account: int, currency: int, amount: int) -> bool:
    """Whether what stays of ``currency``, held for orders or not, covers the amounts of every kind of hold."""
    now: int = state.time_ms
    kept: dict[int, int] = {}
    for kind, held_currency, held_amount, until_ms in state.withdrawal_holds.get(account, {}).values():
        if held_currency == currency and held_amount > 0 and not _is_over(until_ms, now):
            kept[kind] = kept.get(kind, 0) + held_amount
    if not kept:
        return True
    stays: int = _cash(state, account, currency) - amount
    return stays >= max(kept.values())


def _cash(state: State, account: int, currency: int) -> int:
    total: int = 0
    for ledger in (FUNDING, TRADING):
        slot = state.ledger.find(account, currency, ledger)
        if slot != NIL:
            cash: int = state.ledger.get(slot, CASH)
            total += cash
    return total
