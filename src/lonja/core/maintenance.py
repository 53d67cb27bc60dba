"""How near a position is to liquidation: what it has against what keeps it alive, exactly.

Why here: liquidation, warnings and views ask the same question. Source of the rule: issue of a position's margin ratio
= (margin or equity, with unrealized profit) / (value at the mark * (tier rate + taker rate)); at 1 or below it is
liquidated. Nothing is rounded before it is compared, so no position ends a tick too early.
"""

from math import gcd
from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core.contracts import FUTURES, PPM, Contract
from lonja.core.ledger import TRADING
from lonja.core.positions import CROSS, Position
from lonja.core.state import State

NIL: Final[i64] = -1
RATIO_MAX: Final = 1 << 61
"""In millionths: what is told of a ratio fits a word, however little is required."""
WARNING_TIMES: Final = 3


class Standing:
    """What stands behind a position, and what is required, both as fractions of smallest units."""

    def __init__(self) -> None:
        """Nothing and nothing."""
        self.equity_num: int = 0
        self.equity_den: int = 1
        self.required_num: int = 0
        self.required_den: int = 1

    def add_equity(self, numerator: int, denominator: int) -> None:
        """More stands behind it, or less."""
        if denominator == self.equity_den:
            self.equity_num += numerator
        else:
            # Over the least common denominator, which of many positions stays short.
            common: int = gcd(denominator, self.equity_den)
            more = denominator // common
            self.equity_num = self.equity_num * more + numerator * (self.equity_den // common)
            self.equity_den *= more

    def add_required(self, numerator: int, denominator: int) -> None:
        """More is required."""
        if denominator == self.required_den:
            self.required_num += numerator
        else:
            common: int = gcd(denominator, self.required_den)
            more = denominator // common
            self.required_num = self.required_num * more + numerator * (self.required_den // common)
            self.required_den *= more

    def is_within(self, times: int, held: int = 0) -> bool:
        """Whether the equity, less what is ``held``, is at most so many times what is required."""
        equity: int = self.equity_num - held * self.equity_den
        return equity * self.required_den <= times * self.required_num * self.equity_den

    def ratio_ppm(self) -> int:
        """Equity over what is required, in millionths, rounded down, within ``RATIO_MAX``; 0 when nothing is required."""
        if self.required_num == 0:
            return 0
        ratio: int = self.equity_num * self.required_den * PPM // (self.required_num * self.equity_den)
        return max(-RATIO_MAX, min(ratio, RATIO_MAX))


def tier_lots(state: State, contract: Contract, position: Position) -> i64:
    """Lots that find the tier: of the position, or of all cross positions of a family of dated contracts."""
    if position.margin_mode != CROSS or contract.family.instrument_type != FUTURES:
        return position.size()
    total: i64 = 0
    for other in state.positions_of(position.account):
        same_family: bool = other.contract.family is contract.family
        if same_family and other.margin_mode == CROSS:
            total += other.size()
    return total


def tier_index(state: State, contract: Contract, position: Position) -> i64:
    """The tier of a position, counted from 0; the last one for whatever is larger."""
    return contract.family.nearest_tier(tier_lots(state, contract, position))


def required_rate(state: State, contract: Contract, position: Position) -> int:
    """The rate of what is required, in ppm of the value: that of the tier, and the fee of getting out."""
    return rate_of_lots(state, contract, position, tier_lots(state, contract, position))


def rate_of_lots(state: State, contract: Contract, position: Position, lots: i64) -> int:
    """The same in the tier of ``lots``."""
    instrument = state.instruments[position.instrument]
    taker = state.taker_rate(position.account, instrument)
    tier = contract.family.tiers[contract.family.nearest_tier(lots)]
    rate: i64 = tier.maintenance_ppm + (taker if taker > 0 else 0)
    return int(rate)


def required(state: State, contract: Contract, position: Position, lots: i64) -> tuple[int, int]:
    """What keeps ``lots`` of a position alive at the mark."""
    numerator, denominator = contract.value(contract.mark, lots)
    return numerator * required_rate(state, contract, position), denominator * PPM


def isolated_standing(state: State, contract: Contract, position: Position) -> Standing:
    """The standing of an isolated position that is held."""
    found = Standing()
    margin: int = position.margin
    gain_num, gain_den = position.gain(contract, contract.mark, position.size())
    need_num, need_den = required(state, contract, position, position.size())
    found.add_equity(gain_num + margin * gain_den, gain_den)
    found.add_required(need_num, need_den)
    return found


def cross_standing(state: State, account: i64, currency: i64) -> Standing:
    """The standing of all cross positions of an account in a currency."""
    found = Standing()
    slot = state.ledger.find(account, currency, TRADING)
    cash: int = 0 if slot == NIL else state.ledger.get(slot, ld.CASH)
    found.add_equity(cash, 1)
    for position in cross_positions(state, account, currency):
        contract = position.contract
        gain_num, gain_den = position.gain(contract, contract.mark, position.size())
        need_num, need_den = required(state, contract, position, position.size())
        found.add_equity(gain_num, gain_den)
        found.add_required(need_num, need_den)
    return found


def cross_positions(state: State, account: i64, currency: i64) -> list[Position]:
    """The cross positions that an account holds in a currency, the earliest named first."""
    found: list[Position] = []
    for position in state.positions_of(account):
        settles_here: bool = state.instruments[position.instrument].settle == currency
        if position.lots != 0 and position.margin_mode == CROSS and settles_here:
            found.append(position)
    found.reverse()
    return found
