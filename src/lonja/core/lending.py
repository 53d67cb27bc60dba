"""Prices and terms of currencies as collateral and as debts, auto-borrow, interest, and who may be in which mode.

Why here: cold commands like those of ``families``. Invariant: discount rates never rise with the amount, so that any
part of what an account has counts at least as much as its share of the whole.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core.collateral import (
    MULTI_CURRENCY,
    is_pocket,
    lent_at_most,
    more_need,
    pockets_in_use,
    sheet_of,
    watched_pools,
)
from lonja.core.collateral_commands import (
    AccrueInterest,
    ChangeLoan,
    DefineBorrowTerms,
    DefineDiscountTier,
    SetAutoBorrow,
    SetCurrencyPrice,
)
from lonja.core.collateral_events import (
    AutoBorrowSet,
    BorrowTermsDefined,
    CurrencyPriceSet,
    DiscountTierDefined,
    InterestAccrued,
    LendingDeskOpened,
)
from lonja.core.commands import Command
from lonja.core.contracts import PPM, ceil_of
from lonja.core.instruments import INT_MAX, DiscountTier
from lonja.core.ledger import TRADING
from lonja.core.pool_liquidation import change_loan_by, watch_pools
from lonja.core.pools import Pool
from lonja.core.position_settings import has_contracts_open
from lonja.core.rejections import Rejection
from lonja.core.state import State

NIL: Final[i64] = -1
TIERS_MAX: Final = 100
LIMIT_MAX: Final = 1 << 52
TRILLION: Final = 10**12
_HOUSE_KIND: Final[i64] = 0


def _open_desk(state: State) -> None:
    """Open the lending desk when it is not there yet."""
    if state.desk == NIL:
        state.desk = state.accounts.add(_HOUSE_KIND, -1, 1, 1, 0, state.time_ms)
        state.events.cold(LendingDeskOpened(state.events.next_sequence(), state.time_ms, int(state.desk)))


def set_currency_price(state: State, command: Command) -> Rejection:
    """Apply a ``SetCurrencyPrice``."""
    assert isinstance(command, SetCurrencyPrice)
    limit: int = INT_MAX
    if not 0 < command.price <= limit:
        return Rejection.FIELD_INVALID
    if not 0 <= command.currency < len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    _open_desk(state)
    state.currencies[command.currency].set_price(command.price)
    state.answer_id = command.currency
    state.events.cold(CurrencyPriceSet(state.events.next_sequence(), state.time_ms, *command[4:]))
    watch_pools(state)
    return Rejection.NONE


def define_discount_tier(state: State, command: Command) -> Rejection:
    """Apply a ``DefineDiscountTier``."""
    assert isinstance(command, DefineDiscountTier)
    limit: int = INT_MAX
    if not 0 < command.amount_max <= limit or not 0 <= command.rate_ppm <= PPM or not 1 <= command.tier <= TIERS_MAX:
        return Rejection.FIELD_INVALID
    if not 0 <= command.currency < len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    tiers = state.currencies[command.currency].tiers
    if not _fits_between(tiers, command):
        return Rejection.FIELD_INVALID
    _open_desk(state)
    made = DiscountTier(command.amount_max, command.rate_ppm)
    if command.tier > len(tiers):
        tiers.append(made)
    else:
        tiers[command.tier - 1] = made
    state.answer_id = command.tier
    state.events.cold(DiscountTierDefined(state.events.next_sequence(), state.time_ms, *command[4:]))
    watch_pools(state)
    return Rejection.NONE


def _fits_between(tiers: list[DiscountTier], wanted: DefineDiscountTier) -> bool:
    """Whether a tier may stand at its place: larger than the one below, at no higher rate, and the reverse above."""
    place = wanted.tier - 1
    if place > len(tiers):
        return False
    if place > 0 and (tiers[place - 1].amount_max >= wanted.amount_max or tiers[place - 1].rate_ppm < wanted.rate_ppm):
        return False
    if place + 1 >= len(tiers):
        return True
    above = tiers[place + 1]
    return above.amount_max > wanted.amount_max and above.rate_ppm <= wanted.rate_ppm


def define_borrow_terms(state: State, command: Command) -> Rejection:
    """Apply a ``DefineBorrowTerms``."""
    assert isinstance(command, DefineBorrowTerms)
    limit: int = INT_MAX
    rates_valid = 0 <= command.penalty_ppm <= command.maintenance_ppm <= command.initial_ppm <= PPM
    amounts_valid = 0 <= command.limit_max <= LIMIT_MAX and 0 <= command.interest_free <= limit
    if not rates_valid or not amounts_valid or command.maintenance_ppm == 0:
        return Rejection.FIELD_INVALID
    if not 0 <= command.currency < len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    _open_desk(state)
    currency = state.currencies[command.currency]
    currency.limit_max = command.limit_max
    currency.initial_ppm = command.initial_ppm
    currency.maintenance_ppm = command.maintenance_ppm
    currency.penalty_ppm = command.penalty_ppm
    currency.interest_free = command.interest_free
    state.answer_id = command.currency
    state.events.cold(BorrowTermsDefined(state.events.next_sequence(), state.time_ms, *command[4:]))
    watch_pools(state)
    return Rejection.NONE


def set_auto_borrow(state: State, command: Command) -> Rejection:
    """Apply a ``SetAutoBorrow``."""
    assert isinstance(command, SetAutoBorrow)
    account = command.account
    if command.enabled not in (0, 1):
        return Rejection.FIELD_INVALID
    if not state.accounts.is_party(account):
        return Rejection.ACCOUNT_NOT_FOUND
    if state.accounts.get(account, a.FROZEN) != 0:
        return Rejection.ACCOUNT_FROZEN
    pool = state.pools.get(account)
    if pool is None or pool.currency != NIL:
        return Rejection.ACCOUNT_MODE_FORBIDS
    if command.enabled == 0 and pool.auto_borrow == 1 and owing(state, account):
        return Rejection.LIABILITY_OPEN
    pool.auto_borrow = command.enabled
    state.answer_id = account
    state.events.cold(AutoBorrowSet(state.events.next_sequence(), state.time_ms, account, command.enabled))
    return Rejection.NONE


def change_loan(state: State, command: Command) -> Rejection:
    """Apply a ``ChangeLoan``."""
    assert isinstance(command, ChangeLoan)
    limit: int = INT_MAX
    if not -limit <= command.amount <= limit:
        return Rejection.FIELD_INVALID
    account = command.account
    if not state.accounts.is_party(account):
        return Rejection.ACCOUNT_NOT_FOUND
    if state.accounts.get(account, a.FROZEN) != 0:
        return Rejection.ACCOUNT_FROZEN
    if not 0 <= command.currency < len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    pool = state.pools.get(account)
    if pool is None or pool.currency != NIL:
        return Rejection.ACCOUNT_MODE_FORBIDS
    if command.amount > 0:
        refusal = _check_loan(state, account, command.currency, command.amount)
    else:
        refusal = _check_repayment(state, account, pool.loan(command.currency), command)
    if refusal != Rejection.NONE:
        return refusal
    change_loan_by(state, account, command.currency, command.amount)
    state.answer_id = command.currency
    return Rejection.NONE


def _check_loan(state: State, account: i64, code: int, amount: int) -> Rejection:
    """Whether an account may borrow so much: within the limit, and with initial margin for all of it."""
    currency = state.currencies[code]
    if currency.weight == 0:
        return Rejection.CURRENCY_PRICE_MISSING
    sheet = sheet_of(state, account)
    pool = state.pools[int(account)]
    if sheet.borrowed_of(code) + amount > lent_at_most(state, pool, code):
        return Rejection.BORROW_LIMIT_REACHED
    enough = more_need(state, pool, sheet, code, amount) <= sheet.free()
    return Rejection.NONE if enough else Rejection.COLLATERAL_INSUFFICIENT


def _check_repayment(state: State, account: i64, loan: int, command: ChangeLoan) -> Rejection:
    """Whether an account owes so much, and has it unheld."""
    if command.amount == 0:
        return Rejection.AMOUNT_NOT_POSITIVE
    if loan < -command.amount:
        return Rejection.NOTHING_BORROWED
    unheld = state.ledger.available(state.ledger.find(account, command.currency, TRADING))
    there: int = unheld
    return Rejection.NONE if there >= -command.amount else Rejection.INSUFFICIENT_FUNDS


def owing(state: State, account: i64) -> list[int]:
    """The currencies of which an account owes something, or would if its orders were filled."""
    words = state.ledger.words
    pool = state.pools[int(account)]
    found: list[int] = []
    slot = state.accounts.get(account, a.FIRST_SLOT)
    while slot != NIL:
        code: int = words[slot + ld.CURRENCY]
        short: bool = words[slot + ld.CASH] < words[slot + ld.HELD] or pool.loan(code) > 0
        if words[slot + ld.LEDGER] == TRADING and short:
            found.append(code)
        slot = words[slot + ld.NEXT]
    found.sort()
    return found


def check_mode(state: State, account: i64, mode: i64) -> Rejection:
    """Whether an account may change to ``mode``, which is another than it has."""
    if is_pocket(state, account):
        return Rejection.ACCOUNT_MODE_FORBIDS
    pooled: bool = mode >= MULTI_CURRENCY
    if pooled and (state.desk == NIL or not state.accounts.is_party(account)):
        return Rejection.ACCOUNT_MODE_FORBIDS
    if has_contracts_open(state, account) or pockets_in_use(state, account):
        return Rejection.POSITIONS_OR_ORDERS_OPEN
    if int(account) in state.pools and owing(state, account):
        return Rejection.LIABILITY_OPEN
    return Rejection.NONE


def enter_mode(state: State, account: i64, mode: i64) -> None:
    """Keep what accounts in ``mode`` choose, and nothing of any other mode."""
    if mode < MULTI_CURRENCY:
        state.pools.pop(int(account), None)
        state.watched_pools.pop(int(account), None)
    elif int(account) not in state.pools:
        state.pools[int(account)] = Pool()
        state.watched_pools[int(account)] = True


def accrue_interest(state: State, command: Command) -> Rejection:
    """Apply an ``AccrueInterest``."""
    assert isinstance(command, AccrueInterest)
    if not 0 <= command.rate <= TRILLION or command.hour_ms < 0:
        return Rejection.FIELD_INVALID
    if not 0 <= command.currency < len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    state.answer_id = command.currency
    for account in watched_pools(state):
        slot = state.ledger.find(account, command.currency, TRADING)
        if slot != NIL:
            _charge(state, account, slot, command)
    watch_pools(state)
    return Rejection.NONE


def _charge(state: State, account: i64, slot: i64, command: AccrueInterest) -> None:
    free: int = 0 if is_pocket(state, account) else int(state.currencies[command.currency].interest_free)
    below: int = -state.ledger.get(slot, ld.CASH)
    liability: int = max(below, 0) + state.pools[int(account)].loan(command.currency) - free
    amount: int = ceil_of((liability * command.rate, TRILLION))
    if amount <= 0:
        return
    desk_slot = state.slot(state.desk, command.currency, TRADING)
    balance = state.ledger.post(slot, -amount, state.time_ms)
    desk_balance = state.ledger.post(desk_slot, amount, state.time_ms)
    what = (command.currency, command.hour_ms, liability, command.rate, amount, int(balance), int(desk_balance))
    state.events.cold(InterestAccrued(state.events.next_sequence(), state.time_ms, int(account), *what))
