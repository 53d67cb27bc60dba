"""What the core can be asked about collateral and borrowing; a part of ``commands``, where the common fields are explained.

Why here: as ``algo_commands``. Invariant: as in ``commands``. The rules are those of ``docs/adr/0035``.
"""

from typing import Any, NamedTuple


class SetCurrencyPrice(NamedTuple):
    """Tell what one whole unit of a currency is worth, in millionths of a millionth of a US dollar. Id: the currency."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    currency: int = 0
    price: int = 0


class DefineDiscountTier(NamedTuple):
    """Set one discount tier of a currency, counted from 1: changes one that there is or adds the next. Id: the tier.

    What an account has of it up to ``amount_max`` smallest units, beyond the tier before, counts at ``rate_ppm``; what
    is beyond the last tier counts nothing. No tier has a higher rate than the one before.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    currency: int = 0
    tier: int = 1
    amount_max: int = 0
    rate_ppm: int = 0


class DefineBorrowTerms(NamedTuple):
    """Say how a currency is borrowed. Id: the currency.

    ``limit_max`` is what one account may borrow by auto-borrow, ``interest_free`` what owes no interest, both in
    smallest units. Margins of a debt are ``initial_ppm`` and ``maintenance_ppm`` of its value; ``penalty_ppm`` is paid
    on top when collateral pays it in a liquidation.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    currency: int = 0
    limit_max: int = 0
    initial_ppm: int = 0
    maintenance_ppm: int = 0
    penalty_ppm: int = 0
    interest_free: int = 0


class SetAutoBorrow(NamedTuple):
    """Choose whether spot orders of an account in multi-currency mode may sell what it has to borrow. Id: the account."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    enabled: int = 0


class AccrueInterest(NamedTuple):
    """Let all who owe a currency pay ``rate`` (millionths of a millionth) of it for the hour that begins at ``hour_ms``.

    Id: the currency.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    currency: int = 0
    rate: int = 0
    hour_ms: int = 0


class ChangeLoan(NamedTuple):
    """Borrow ``amount`` of a currency by hand, or repay it when negative. Id: the currency.

    Only in multi-currency mode. The loan stands beside the cash: it may be spent, but it may not leave the account.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    currency: int = 0
    amount: int = 0


class DefineMarginTier(NamedTuple):
    """Set one tier of what pockets borrow in a spot instrument, counted from 1: changes one or adds the next. Id: the tier.

    A debt of up to ``base_max`` or ``quote_max`` smallest units finds the tier; beyond the last one nothing is lent.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    tier: int = 1
    base_max: int = 0
    quote_max: int = 0
    initial_ppm: int = 0
    maintenance_ppm: int = 0


class OpenPocket(NamedTuple):
    """Give an account a pocket for isolated margin in a spot instrument, or find it. Id: the pocket, an account.

    It trades that instrument alone, stands on its two currencies and borrows what its orders lack. Money comes and goes
    by transfers between accounts; settings follow those of its owner.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0


CollateralCommand = (
    SetCurrencyPrice
    | DefineDiscountTier
    | DefineBorrowTerms
    | SetAutoBorrow
    | AccrueInterest
    | ChangeLoan
    | DefineMarginTier
    | OpenPocket
)

COLLATERAL_COMMAND_KINDS: dict[type[Any], int] = {
    SetCurrencyPrice: 60,
    DefineDiscountTier: 61,
    DefineBorrowTerms: 62,
    SetAutoBorrow: 63,
    AccrueInterest: 64,
    ChangeLoan: 65,
    DefineMarginTier: 66,
    OpenPocket: 67,
}
