"""Reading positions, margins, families and contracts: copies for everyone outside the core.

Why here: what a position needs and where it would be liquidated is answered by the same fractions that decide it.
Invariant: nothing here changes the state.
"""

from math import gcd
from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core.collateral import is_pooled
from lonja.core.collateral_views import behind_in_pool
from lonja.core.contracts import PPM, Contract, Family, ceil_of
from lonja.core.crossing import currency_standing, stakes_of
from lonja.core.deleveraging import LIGHTS, Known, lights, queue_against
from lonja.core.funds import fund_balance, peak
from lonja.core.ledger import TRADING
from lonja.core.maintenance import (
    Standing,
    isolated_standing,
    required,
    required_rate,
    tier_index,
)
from lonja.core.margin import cross_margin, free_margin, own_equity, spendable
from lonja.core.pool_margin import pool_standing
from lonja.core.positions import ISOLATED, Position, average_of
from lonja.core.state import State
from lonja.core.views import ContractView, FamilyView, MarginView, PositionView, TierView

NIL: Final[i64] = -1
EXACT_MAX: Final = 256
_PARTS: Final = PPM * PPM


def family_view(state: State, family: Family) -> FamilyView:
    """A family with its tiers and what its fund has."""
    tiers = [
        TierView(int(tier.size_max), int(tier.maintenance_ppm), int(tier.initial_ppm), int(tier.leverage_max))
        for tier in family.tiers
    ]
    return FamilyView(
        int(family.code),
        family.name.decode("ascii"),
        int(family.instrument_type),
        int(family.settle),
        int(family.account),
        fund_balance(state, family),
        peak(state, family),
        tuple(tiers),
    )


def contract_view(state: State, code: int) -> ContractView | None:
    """What makes an instrument a contract, or None when it is none."""
    if not 0 <= code < len(state.instruments):
        return None
    contract = state.instruments[code].contract
    if contract is None:
        return None
    return ContractView(
        code,
        int(contract.family.code),
        int(contract.inverse),
        int(contract.contract_value),
        int(contract.contract_scale),
        int(contract.multiplier),
        int(contract.expiry_ms),
        int(contract.mark),
        int(contract.open_lots),
        int(contract.index),
    )


class LightBoard:
    """Lights of positions: how near each is to being deleveraged, 5 the nearest; 0 when flat or the fund's.

    Ranking looks at all positions of a contract, and their holders look again and again. So beyond ``EXACT_MAX`` positions
    a ranking is made again only when as many events have happened as it ranked; a position opened since shows 1.
    """

    def __init__(self, exact_max: int = EXACT_MAX) -> None:
        """Nothing is ranked yet. Contracts with at most ``exact_max`` positions are ranked at every look."""
        self._exact_max = exact_max
        self._ranked: dict[tuple[int, bool], tuple[int, dict[int, int]]] = {}

    def of(self, state: State, position: Position, known: Known) -> int:
        """The light of a position."""
        contract = position.contract
        is_exact: bool = len(contract.positions) <= self._exact_max
        if is_exact or position.lots == 0 or position.account == contract.family.account:
            return lights(state, contract, position, known)
        is_long: bool = position.lots > 0
        key = (int(position.instrument), is_long)
        ranked = self._ranked.get(key)
        sequence: int = state.events.sequence
        if ranked is None or sequence - ranked[0] > len(contract.positions):
            queue = queue_against(state, contract, not is_long, known)
            found = {int(one.number): LIGHTS - place * LIGHTS // len(queue) for place, one in enumerate(queue)}
            ranked = self._ranked[key] = (sequence, found)
        return ranked[1].get(int(position.number), 1)


class SharedStandings:
    """Standings of cross positions of one account, each worked out once for all positions that are told together.

    Each adds up all positions on the same money: made anew for each of them, hundreds of positions take half a second.
    """

    def __init__(self, state: State, account: i64) -> None:
        """Nothing was asked yet; void as soon as the state changes."""
        self.state = state
        self.account = account
        self.pool: Standing | None = None
        self.by_currency: dict[int, Standing] = {}
        self.known: Known = {}

    def of(self, settle: int) -> Standing:
        """The one of a currency, or the one of all together where they are one pool; not to be changed."""
        if is_pooled(self.state, self.account):
            if self.pool is None:
                self.pool = pool_standing(self.state, self.account)
            return self.pool
        found = self.by_currency.get(settle)
        if found is None:
            found = currency_standing(self.state, self.account, settle)
            common: int = gcd(found.equity_num, found.equity_den)
            found.equity_num //= common
            found.equity_den //= common
            self.by_currency[settle] = found
        return found


def position_view(state: State, position: Position, light: int, shared: SharedStandings) -> PositionView:
    """A position with everything that follows from the mark price; a flat one has its settings and last totals."""
    contract = position.contract
    standing = _standing(state, contract, position, shared)
    held = position.lots != 0
    average = average_of(contract, position)
    liquidation = liquidation_price(state, contract, position, standing)
    margin = position.initial_margin(contract, contract.mark, position.size())
    return PositionView(
        account=int(position.account),
        instrument=int(position.instrument),
        margin_mode=int(position.margin_mode),
        position_side=int(position.side),
        leverage=int(position.leverage),
        lots=int(position.lots),
        average_ticks=average[0],
        average_parts=average[1],
        margin=int(position.margin),
        unrealized=position.unrealized(contract),
        initial_margin=ceil_of(margin) if held else 0,
        maintenance_margin=ceil_of(required(state, contract, position, position.size())) if held else 0,
        ratio_ppm=standing.ratio_ppm(),
        liquidation_ticks=liquidation[0],
        liquidation_parts=liquidation[1],
        tier=int(tier_index(state, contract, position)) + 1 if held else 0,
        lights=light,
        held=int(position.held),
        life=int(position.life),
        opened_time_ms=int(position.opened_ms),
        pnl=int(position.pnl),
        fees=int(position.fees),
        funding=int(position.funding),
        penalty=int(position.penalty),
    )


def _standing(state: State, contract: Contract, position: Position, shared: SharedStandings) -> Standing:
    if position.lots == 0:
        return Standing()
    if position.margin_mode == ISOLATED:
        return isolated_standing(state, contract, position)
    return shared.of(int(contract.family.settle))


def liquidation_price(state: State, contract: Contract, position: Position, standing: Standing) -> tuple[int, int]:
    """The mark at which the ratio is 1 when nothing else changes, as ticks and parts; zeros when there is none.

    ``standing`` is that of the position, of all positions on the same money when it is held cross.
    """
    if position.lots == 0:
        return 0, 0
    rate: int = required_rate(state, contract, position)
    if position.margin_mode != ISOLATED and is_pooled(state, position.account):
        behind, counts = behind_in_pool(state, contract, position, standing)
        if counts == 0:
            return 0, 0
        rate = rate * PPM // counts
    else:
        behind = _behind(state, contract, position, standing)
    return last_price(contract, position, rate, behind)


def last_price(contract: Contract, position: Position, rate: int, behind: tuple[int, int]) -> tuple[int, int]:
    """The mark at which a position that is held has no more than it requires, ``behind`` it all else that it has.

    With k = unit / divisor, S the entry sum, n lots, d the direction, r the required rate and E what stands behind the
    position besides its own profit: linear n p k (d - r) = d S k - E, inverse p (E + d S k) = n k (d + r).
    """
    way: int = 1 if position.lots > 0 else -1
    size: int = position.size()
    # E + d S k over a common denominator.
    entry_den: int = position.entry_den * contract.divisor
    entry: int = way * position.entry_num * contract.unit
    if contract.inverse:
        top: int = size * contract.unit * (way * PPM + rate) * behind[1] * position.entry_den
        bottom: int = (behind[0] * entry_den + entry * behind[1]) * PPM
    else:
        top = (entry * behind[1] - behind[0] * entry_den) * PPM
        bottom = size * contract.unit * (way * PPM - rate) * position.entry_den * behind[1]
    if bottom < 0:
        top, bottom = -top, -bottom
    if bottom == 0 or top <= 0:
        return 0, 0
    parts: int = (2 * top * _PARTS + bottom) // (2 * bottom)
    return parts // _PARTS, parts % _PARTS


def _behind(state: State, contract: Contract, position: Position, standing: Standing) -> tuple[int, int]:
    """What stands behind a position besides its own profit, less what other positions beside it require."""
    if position.margin_mode == ISOLATED:
        margin: int = position.margin
        return margin, 1
    gain_num, gain_den = position.gain(contract, contract.mark, position.size())
    need_num, need_den = required(state, contract, position, position.size())
    found = Standing()
    found.add_equity(standing.equity_num, standing.equity_den)
    found.add_equity(-standing.required_num, standing.required_den)
    found.add_equity(-gain_num, gain_den)
    found.add_equity(need_num, need_den)
    return found.equity_num, found.equity_den


def margin_view(state: State, account: int, currency: int) -> MarginView:
    """What an account has of a currency to trade contracts with, and what its positions need of it."""
    slot = state.ledger.find(account, currency, TRADING)
    cash: int = 0 if slot == NIL else state.ledger.get(slot, ld.CASH)
    held: int = 0 if slot == NIL else state.ledger.get(slot, ld.HELD)
    isolated: int = 0
    isolated_gain: int = 0
    for position in state.positions_of(account):
        instrument = state.instruments[position.instrument]
        contract = instrument.contract
        settles_here: bool = instrument.settle == currency
        if contract is not None and position.margin_mode == ISOLATED and settles_here:
            isolated += position.margin
            isolated_gain += position.unrealized(contract)
    stakes = stakes_of(state, account, currency)
    gained = own_equity(state, account, currency) + stakes.worth - cash
    standing = currency_standing(state, account, currency)
    ratio_ppm = standing.ratio_ppm()
    if is_pooled(state, account):
        ratio_ppm = pool_standing(state, account).ratio_ppm()
    return MarginView(
        account,
        currency,
        cash,
        held,
        gained,
        isolated,
        isolated_gain,
        cross_margin(state, account, currency) + stakes.initial,
        ceil_of((standing.required_num, standing.required_den)),
        ratio_ppm,
        free_margin(state, account, currency),
        spendable(state, account, currency),
    )
