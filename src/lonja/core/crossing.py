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


class Stakes:
    """What the cross pockets of an account with one margin currency count, in its smallest units.

    ``worth``: whatever they have ordered. ``stake``: when their orders have cost what they may; below zero when they owe
    more. ``initial``: the initial margins of their debts, present and to come, each pocket's rounded up. ``free``: what
    these leave free of the stake.
    """

    def __init__(self) -> None:
        """Of no pocket."""
        self.worth: int = 0
        self.stake: int = 0
        self.initial: int = 0
        self.free: int = 0


def is_crossed(state: State, account: i64, currency: i64) -> bool:
    """Whether an account has cross pockets whose margin is a currency and that have, owe or have ordered anything."""
    return len(crossed_pockets(state, account, currency)) != 0


def crossed_pockets(state: State, account: i64, currency: i64) -> list[int]:
    """Those of them that have, owe or have ordered anything, the earliest opened first."""
    found = state.crossed.get((int(account), int(currency)), [])
    return [pocket for pocket in found if pocket in state.watched_pools]


def stakes_of(state: State, account: i64, currency: i64) -> Stakes:
    """What they count now; nothing when there are none."""
    found = Stakes()
    if not state.crossed_slots:
        return found
    for pocket in crossed_pockets(state, account, currency):
        sheet = sheet_of(state, pocket)
        found.worth += in_units(state, currency, sheet.equity)
        found.stake += in_units(state, currency, sheet.equity - sheet.cost)
        found.initial += in_units_up(state, currency, sheet.borrowed)
        found.free += in_units(state, currency, sheet.free())
    return found


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
