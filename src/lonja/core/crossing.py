"""What cross pockets count for their owner, in the currency that is their margin.

Why here: orders, transfers and liquidation of the owner ask for it beside cash and cross positions. A pocket is valued at
the prices of both its currencies, in full, as isolated ones are; what that makes in the margin currency rounds down,
each pocket by itself, but for liquidation, where nothing is rounded (``docs/adr/0036``).
"""

from typing import Final

from mypy_extensions import i64

from lonja.core.collateral import Sheet, in_units, in_units_up, keep_rate, sheet_of, value_of
from lonja.core.maintenance import Standing, cross_standing
from lonja.core.pool_margin import pool_standing
from lonja.core.state import State

NIL: Final[i64] = -1


def crossed_pockets(state: State, account: i64, currency: i64) -> list[int]:
    """The cross pockets of an account whose margin is a currency, the earliest opened first."""
    return state.crossed.get((int(account), int(currency)), [])


def stake_of(state: State, account: i64, currency: i64) -> int:
    """What those pockets are worth when their orders have cost what they may; below zero when they owe more."""
    total: int = 0
    for pocket in crossed_pockets(state, account, currency):
        sheet = sheet_of(state, pocket)
        total += in_units(state, currency, sheet.equity - sheet.cost)
    return total


def worth_of(state: State, account: i64, currency: i64) -> int:
    """What they are worth whatever they have ordered."""
    total: int = 0
    for pocket in crossed_pockets(state, account, currency):
        total += in_units(state, currency, sheet_of(state, pocket).equity)
    return total


def initial_of(state: State, account: i64, currency: i64) -> int:
    """The initial margins of their debts, present and to come, each pocket's rounded up."""
    total: int = 0
    for pocket in crossed_pockets(state, account, currency):
        total += in_units_up(state, currency, sheet_of(state, pocket).borrowed)
    return total


def free_of(state: State, account: i64, currency: i64) -> int:
    """What of it the margins of their debts, present and to come, leave free."""
    total: int = 0
    for pocket in crossed_pockets(state, account, currency):
        total += in_units(state, currency, sheet_of(state, pocket).free())
    return total


def currency_standing(state: State, account: i64, currency: i64) -> Standing:
    """The standing of all cross positions of an account in a currency, those of its pockets included."""
    found = cross_standing(state, account, currency)
    unit = value_of(state.currencies[currency], 1)
    for pocket in crossed_pockets(state, account, currency):
        own = pool_standing(state, pocket)
        if own.stands:
            found.add_equity(own.equity_num, own.equity_den * unit)
            found.add_required(own.required_num, own.required_den * unit)
    return found


def needs_to_come(state: State, account: i64, sheet: Sheet) -> tuple[int, bool]:
    """What debts would require more once all orders are filled, and whether there would be any more."""
    total: int = 0
    borrows = False
    for code, stock in sheet.stocks.items():
        debt, owed = max(stock.sold - stock.equity, 0), max(-stock.equity, 0)
        borrows = borrows or debt > owed
        total += _keep(state, account, code, debt) - _keep(state, account, code, owed)
    return total, borrows


def _keep(state: State, account: i64, code: i64, debt: int) -> int:
    """What a debt requires."""
    return debt * state.currencies[code].weight * keep_rate(state, account, code, debt)
