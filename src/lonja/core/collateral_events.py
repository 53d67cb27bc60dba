"""What happens to collateral and debts; a part of ``events``.

Why here: as ``algo_events``. Invariant: as in ``events``.
"""

from typing import Any, NamedTuple


class LendingDeskOpened(NamedTuple):
    """The house has an account that pays and takes what no fund does; accounts may be in multi-currency mode."""

    sequence: int
    time_ms: int
    account: int


class CurrencyPriceSet(NamedTuple):
    """What one whole unit of a currency is worth, in millionths of a millionth of a US dollar."""

    sequence: int
    time_ms: int
    currency: int
    price: int


class DiscountTierDefined(NamedTuple):
    """A discount tier; fields as in ``collateral_commands.DefineDiscountTier``."""

    sequence: int
    time_ms: int
    currency: int
    tier: int
    amount_max: int
    rate_ppm: int


class BorrowTermsDefined(NamedTuple):
    """How a currency is borrowed; fields as in ``collateral_commands.DefineBorrowTerms``."""

    sequence: int
    time_ms: int
    currency: int
    limit_max: int
    initial_ppm: int
    maintenance_ppm: int
    penalty_ppm: int
    interest_free: int


class AutoBorrowSet(NamedTuple):
    """Whether an account borrows by itself what its spot orders sell."""

    sequence: int
    time_ms: int
    account: int
    enabled: int


class InterestAccrued(NamedTuple):
    """An account paid ``amount`` for what it owed of a currency: ``rate`` of ``liability``.

    The hour is the one that began at ``hour_ms``. ``balance`` is the cash afterwards, ``desk_balance`` that of the
    lending desk.
    """

    sequence: int
    time_ms: int
    account: int
    currency: int
    hour_ms: int
    liability: int
    rate: int
    amount: int
    balance: int
    desk_balance: int


class AccountWarned(NamedTuple):
    """An account in multi-currency mode came near liquidation: it has ``ratio_ppm`` millionths of what is required."""

    sequence: int
    time_ms: int
    account: int
    ratio_ppm: int


class CollateralTaken(NamedTuple):
    """In a liquidation the lending desk took ``taken`` of a currency and paid ``repaid`` of a debt for it.

    The prices are those of ``CurrencyPriceSet``. The balances are the cash afterwards: of the account and of the desk,
    in the currency taken and in that of the debt.
    """

    sequence: int
    time_ms: int
    account: int
    currency: int
    taken: int
    price: int
    debt_currency: int
    repaid: int
    debt_price: int
    balance: int
    debt_balance: int
    desk_balance: int
    desk_debt_balance: int


class DebtCovered(NamedTuple):
    """The lending desk paid ``amount`` that an account owed and that nothing of its own pays any more."""

    sequence: int
    time_ms: int
    account: int
    currency: int
    amount: int
    balance: int
    desk_balance: int


class LoanChanged(NamedTuple):
    """An account borrowed ``amount`` by hand, or repaid it when negative, also in a liquidation; ``loan`` is what is left.

    ``balance`` is the cash afterwards, ``desk_balance`` that of the lending desk.
    """

    sequence: int
    time_ms: int
    account: int
    currency: int
    amount: int
    loan: int
    balance: int
    desk_balance: int


class MarginTierDefined(NamedTuple):
    """A tier of what pockets borrow; fields as in ``collateral_commands.DefineMarginTier``."""

    sequence: int
    time_ms: int
    instrument: int
    tier: int
    base_max: int
    quote_max: int
    initial_ppm: int
    maintenance_ppm: int


class PocketOpened(NamedTuple):
    """``account`` got a pocket for isolated margin in a spot instrument; ``pocket`` is an account of its family."""

    sequence: int
    time_ms: int
    account: int
    instrument: int
    pocket: int


CollateralEvent = (
    LendingDeskOpened
    | CurrencyPriceSet
    | DiscountTierDefined
    | BorrowTermsDefined
    | AutoBorrowSet
    | InterestAccrued
    | AccountWarned
    | CollateralTaken
    | DebtCovered
    | LoanChanged
    | MarginTierDefined
    | PocketOpened
)

COLLATERAL_EVENT_KINDS: dict[type[Any], int] = {
    LendingDeskOpened: 60,
    CurrencyPriceSet: 61,
    DiscountTierDefined: 62,
    BorrowTermsDefined: 63,
    AutoBorrowSet: 64,
    InterestAccrued: 65,
    AccountWarned: 66,
    CollateralTaken: 67,
    DebtCovered: 68,
    LoanChanged: 69,
    MarginTierDefined: 70,
    PocketOpened: 71,
}
