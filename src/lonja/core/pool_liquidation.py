"""Liquidation of accounts in multi-currency mode: their orders, then their positions, then their debts.

Why here: all currencies of such an account stand together, so a price of any of them may end all of it. Invariant: the
account never ends below nothing; what its positions lack the Security Fund pays, and what its debts lack the desk.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core.algos import POCKET_TAKEN
from lonja.core.collateral import is_pocket, sheet_of, value_of, watched_pools
from lonja.core.collateral_events import AccountWarned, CollateralTaken, DebtCovered, LoanChanged
from lonja.core.contracts import PPM, VALUE_MAX, ceil_of, floor_of
from lonja.core.cross_liquidation import is_currency_in_danger, liquidate_currency
from lonja.core.crossing import needs_to_come
from lonja.core.ledger import TRADING
from lonja.core.maintenance import WARNING_TIMES
from lonja.core.pool_margin import PoolStanding, all_cross_positions, need_of, pool_standing
from lonja.core.positions import Position
from lonja.core.state import State
from lonja.core.takeovers import step, take, unload_each

NIL: Final[i64] = -1
LIQUIDATED_REASON: Final[i64] = 16


def watch_pools(state: State) -> None:
    """Warn and liquidate whoever has too little, by account; who is in danger is decided before anybody is liquidated."""
    touched: dict[int, bool] = {}
    endangered: list[tuple[int, int]] = []
    seen: dict[tuple[int, int], bool] = {}
    for account in watched_pools(state):
        pool = state.pools[account]
        key = (account, -1) if pool.currency == NIL else (int(pool.owner), int(pool.currency))
        if key not in seen:
            seen[key] = True
            if _is_in_danger(state, key):
                endangered.append(key)
    for owner, currency in endangered:
        if currency == -1:
            liquidate_pool(state, owner, touched)
        else:
            liquidate_currency(state, owner, currency, touched)
    unload_each(state, touched)


def _is_in_danger(state: State, key: tuple[int, int]) -> bool:
    """Of an account that stands on all its currencies, or of what stands together in a currency."""
    if key[1] == -1:
        return is_pool_in_danger(state, key[0])
    return is_currency_in_danger(state, key[0], key[1])


def is_pool_in_danger(state: State, account: i64) -> bool:
    """Whether an account is to be liquidated; warns once when it comes near it, cancels what it could not lose."""
    standing = pool_standing(state, account)
    pool = state.pools[int(account)]
    near: bool = standing.stands and standing.is_within(WARNING_TIMES)
    if near and pool.warned == 0:
        number = state.events.next_sequence()
        state.events.cold(AccountWarned(number, state.time_ms, int(account), standing.ratio_ppm()))
    pool.warned = 1 if near else 0
    if near and standing.is_within(1):
        return True
    _cancel_uncovered(state, account, standing)
    return False


def cancel_uncovered(state: State, account: i64) -> None:
    """Cancel all orders of an account when what they may cost is not covered any more."""
    _cancel_uncovered(state, account, pool_standing(state, account))


def _cancel_uncovered(state: State, account: i64, standing: PoolStanding) -> None:
    if state.accounts.get(account, a.FIRST_ORDER) == NIL:
        return
    sheet = sheet_of(state, account)
    to_come, borrows = needs_to_come(state, account, sheet)
    if (standing.stands or borrows) and standing.is_within(1, sheet.cost + to_come):
        _cancel_all(state, account)


def _cancel_all(state: State, account: i64) -> None:
    for slot in state.orders_of(account):
        state.end_resting(slot, LIQUIDATED_REASON)


def liquidate_pool(state: State, account: i64, touched: dict[int, bool]) -> None:
    """Take over what the account cannot keep, then pay its debts; notes in ``touched`` what the funds then keep."""
    _cancel_all(state, account)
    state.touch_pocket(account)
    if is_pocket(state, account):
        state.algos.note_pocket(POCKET_TAKEN, int(account))
    while True:
        standing = pool_standing(state, account)
        if not standing.stands or not standing.is_within(1):
            return
        held = all_cross_positions(state, account)
        if not held:
            _pay_debts(state, account)
            return
        worst = _dearest(state, held)
        contract = worst.contract
        lots = step(state, contract, worst)
        left_num, left_den = standing.left()
        if lots != worst.size() or len(held) > 1 or standing.owes:
            need_num, need_den = need_of(state, worst, lots)
            left_num *= need_num * standing.required_den
            left_den *= need_den * standing.required_num
        unit = value_of(state.currencies[contract.family.settle], 1)
        share = max(left_num // (left_den * unit), -VALUE_MAX)
        touched[int(worst.instrument)] = True
        take(state, state.instruments[worst.instrument], contract, worst, lots, share)


def _dearest(state: State, held: list[Position]) -> Position:
    """The position that requires most US dollars; of two equals the one that was named first."""
    best = held[0]
    most: int = -1
    for position in held:
        needed = floor_of(need_of(state, position, position.size()))
        if needed > most:
            best, most = position, needed
    return best


def _pay_debts(state: State, account: i64) -> None:
    """Pay every debt, the most valuable first, with what is owned, and let the desk pay the rest.

    Loans are repaid from the cash first, which may be below zero then.
    """
    loans = state.pools[int(account)].loans
    for code in sorted(loans):
        change_loan_by(state, account, code, -loans[code])
    for _, currency in _by_value(state, account, -1):
        for _, owned in _by_value(state, account, 1):
            if state.ledger.get(state.slot(account, currency, TRADING), ld.CASH) < 0:
                _pay(state, account, currency, owned)
        _cover(state, account, currency)


def _by_value(state: State, account: i64, sign: int) -> list[tuple[int, int]]:
    """Currencies that an account owns (``sign`` 1) or owes (-1) something of, the most valuable first."""
    words = state.ledger.words
    found: list[tuple[int, int]] = []
    slot = state.accounts.get(account, a.FIRST_SLOT)
    while slot != NIL:
        amount: int = words[slot + ld.CASH] * sign
        value = value_of(state.currencies[words[slot + ld.CURRENCY]], amount)
        if words[slot + ld.LEDGER] == TRADING and value > 0:
            found.append((-value, int(words[slot + ld.CURRENCY])))
        slot = words[slot + ld.NEXT]
    found.sort()
    return found


def _pay(state: State, account: i64, debt_currency: i64, currency: i64) -> None:
    """Let the desk take of ``currency`` what the debt is worth and the penalty, as far as it goes."""
    debt, owned = state.currencies[debt_currency], state.currencies[currency]
    debt_slot, slot = state.slot(account, debt_currency, TRADING), state.slot(account, currency, TRADING)
    due: int = -state.ledger.get(debt_slot, ld.CASH)
    there: int = state.ledger.get(slot, ld.CASH)
    penalty: int = debt.penalty_ppm
    dear: int = debt.weight * (PPM + penalty)
    repaid = due
    taken = ceil_of((due * dear, owned.weight * PPM))
    if taken > there:
        taken = there
        repaid = min(due, there * owned.weight * PPM // dear)
    _tell_taken(state, account, (int(currency), taken), (int(debt_currency), repaid))


def change_loan_by(state: State, account: i64, currency: i64, amount: int) -> None:
    """Lend an account ``amount``, or let it repay when negative, and tell it."""
    pool = state.pools[int(account)]
    code: int = currency
    loan = pool.loan(code) + amount
    if loan == 0:
        del pool.loans[code]
    else:
        pool.loans[code] = loan
    balances = _give(state, account, currency, amount)
    state.touch_pocket(account)
    number = state.events.next_sequence()
    state.events.cold(LoanChanged(number, state.time_ms, int(account), code, amount, loan, *balances))


def _tell_taken(state: State, account: i64, taken: tuple[int, int], repaid: tuple[int, int]) -> None:
    """Move both amounts, each a currency and how much of it."""
    balance, desk_balance = _give(state, account, taken[0], -taken[1])
    debt_balance, desk_debt_balance = _give(state, account, repaid[0], repaid[1])
    state.events.cold(
        CollateralTaken(
            state.events.next_sequence(),
            state.time_ms,
            int(account),
            *taken,
            int(state.currencies[taken[0]].price),
            *repaid,
            int(state.currencies[repaid[0]].price),
            balance,
            debt_balance,
            desk_balance,
            desk_debt_balance,
        )
    )


def _cover(state: State, account: i64, currency: i64) -> None:
    """Let the desk pay what is still owed of a currency."""
    owed: int = -state.ledger.get(state.slot(account, currency, TRADING), ld.CASH)
    if owed > 0:
        balances = _give(state, account, currency, owed)
        number = state.events.next_sequence()
        state.events.cold(DebtCovered(number, state.time_ms, int(account), int(currency), owed, *balances))


def _give(state: State, account: i64, currency: i64, amount: int) -> tuple[int, int]:
    """Move an amount of either sign from the desk to an account; both balances afterwards."""
    slot = state.slot(account, currency, TRADING)
    desk_slot = state.slot(state.desk, currency, TRADING)
    balance = state.ledger.post(slot, amount, state.time_ms)
    return int(balance), int(state.ledger.post(desk_slot, -amount, state.time_ms))
