"""How near an account in multi-currency mode is to liquidation, exactly.

Why here: liquidation, warnings and views ask the same question. Everything is in 10**-36 USD; profits are fractions of
units, and nothing is rounded before it is compared (``docs/adr/0035``).
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core.collateral import counted, keep_rate, value_of
from lonja.core.contracts import ceil_of
from lonja.core.ledger import TRADING
from lonja.core.maintenance import Standing, required
from lonja.core.positions import CROSS, Position
from lonja.core.state import State

NIL: Final[i64] = -1


class PoolStanding(Standing):
    """What stands behind all cross positions and debts of an account, and what they require."""

    def __init__(self) -> None:
        """``full`` is the equity at full value; ``owes`` whether there is any debt, ``stands`` any debt or position."""
        super().__init__()
        self.full_num: int = 0
        self.full_den: int = 1
        self.owes: bool = False
        self.stands: bool = False

    def add_full(self, numerator: int, denominator: int) -> None:
        """More is there at full value, or less."""
        self.full_num = self.full_num * denominator + numerator * self.full_den
        self.full_den *= denominator

    def left(self) -> tuple[int, int]:
        """What is left to lose: the adjusted equity; below zero only what even the full value lacks."""
        if self.equity_num >= 0:
            return self.equity_num, self.equity_den
        return min(self.full_num, 0), self.full_den


def all_cross_positions(state: State, account: i64) -> list[Position]:
    """The cross positions that an account holds, the earliest named first."""
    found = [p for p in state.positions_of(account) if p.lots != 0 and p.margin_mode == CROSS]
    found.reverse()
    return found


def need_of(state: State, position: Position, lots: i64) -> tuple[int, int]:
    """What keeps ``lots`` of a position alive at the mark, as a fraction of 10**-36 USD."""
    numerator, denominator = required(state, position.contract, position, lots)
    return value_of(state.currencies[position.contract.family.settle], numerator), denominator


def pool_standing(state: State, account: i64) -> PoolStanding:
    """The standing of an account."""
    found = PoolStanding()
    words = state.ledger.words
    held = all_cross_positions(state, account)
    slot = state.accounts.get(account, a.FIRST_SLOT)
    while slot != NIL:
        if words[slot + ld.LEDGER] == TRADING:
            code: int = words[slot + ld.CURRENCY]
            add_currency(state, found, account, code, int(words[slot + ld.CASH]), held)
        slot = words[slot + ld.NEXT]
    for position in held:
        need_num, need_den = need_of(state, position, position.size())
        found.add_required(need_num, need_den)
        found.stands = True
    return found


def add_currency(state: State, found: PoolStanding, account: i64, code: int, cash: int, held: list[Position]) -> None:
    """Count ``cash`` of a currency and what those of the positions ``held`` gained that are settled in it."""
    own = Standing()
    pool = state.pools[int(account)]
    own.add_equity(cash - pool.loan(code), 1)
    for position in held:
        if position.contract.family.settle == code:
            gain_num, gain_den = position.gain(position.contract, position.contract.mark, position.size())
            own.add_equity(gain_num, gain_den)
    currency = state.currencies[code]
    found.add_equity(counted(state, pool, code, own.equity_num, own.equity_den), own.equity_den)
    found.add_full(value_of(currency, own.equity_num), own.equity_den)
    if own.equity_num < 0:
        rate = keep_rate(state, account, code, ceil_of((-own.equity_num, own.equity_den)))
        found.add_required(-own.equity_num * currency.weight * rate, own.equity_den)
        found.owes = True
        found.stands = True
