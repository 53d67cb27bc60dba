"""Reading collateral and debts: copies for everyone outside the core.

Why here: as ``position_views``. Invariant: nothing here changes the state.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import orders as o
from lonja.core.collateral import (
    Sheet,
    counted,
    initial_need,
    is_pocket,
    is_pooled,
    lent_at_most,
    more_need,
    pockets_in_use,
    pockets_of,
    rate_at,
    sheet_of,
    value_of,
)
from lonja.core.contracts import Contract, ceil_of, floor_of
from lonja.core.lending import check_mode, owing
from lonja.core.maintenance import Standing
from lonja.core.pool_margin import PoolStanding, need_of, pool_standing
from lonja.core.pools import Pool
from lonja.core.positions import ISOLATED, Position
from lonja.core.state import State
from lonja.core.views import (
    CollateralView,
    CurrencyTermsView,
    DiscountTierView,
    LiabilityView,
    MarginTierView,
    ModeBlockersView,
    PocketView,
)

NIL: Final[i64] = -1
_FINEST: Final = 10**28
"""How many of what the core counts in are 10**-8 US dollars."""


def collateral_view(state: State, account: int) -> CollateralView:
    """What an account has and needs."""
    pooled = is_pooled(state, account)
    sheet = sheet_of(state, account)
    standing = pool_standing(state, account) if pooled else PoolStanding()
    isolated: int = 0
    notional: int = 0
    for position in state.positions_of(account):
        contract = position.contract
        currency = state.currencies[contract.family.settle]
        if position.lots != 0:
            notional += value_of(currency, floor_of(contract.value(contract.mark, position.size())))
        if position.margin_mode == ISOLATED:
            margin: int = position.margin
            isolated += value_of(currency, margin + position.unrealized(contract))
    full: int = 0
    borrowed: int = 0
    for code, stock in sheet.stocks.items():
        full += value_of(state.currencies[code], stock.equity)
        borrowed += value_of(state.currencies[code], max(-stock.equity, 0))
    return CollateralView(
        account,
        (full + isolated) // _FINEST,
        isolated // _FINEST,
        notional // _FINEST,
        borrowed // _FINEST,
        sheet.equity // _FINEST if pooled else 0,
        ceil_of((sheet.cost, _FINEST)) if pooled else 0,
        ceil_of((sheet.needed + sheet.borrowed, _FINEST)) if pooled else 0,
        ceil_of((standing.required_num, standing.required_den * _FINEST)),
        standing.ratio_ppm(),
        sheet.free() // _FINEST if pooled else 0,
        int(state.pools[account].auto_borrow) if pooled else 0,
    )


def liability_views(state: State, account: int) -> list[LiabilityView]:
    """Every currency of an account in multi-currency mode."""
    if not is_pooled(state, account):
        return []
    sheet = sheet_of(state, account)
    return [_liability_view(state, account, sheet, code) for code in sorted(sheet.stocks)]


def _liability_view(state: State, account: int, sheet: Sheet, code: int) -> LiabilityView:
    stock = sheet.stocks[code]
    debts = max(stock.sold - stock.equity, 0)
    pool = state.pools[account]
    return LiabilityView(
        account,
        code,
        stock.equity,
        counted(state, pool, code, stock.equity, 1) // _FINEST,
        max(-stock.cash, 0) + stock.loan,
        stock.loan,
        debts - max(-stock.equity, 0),
        ceil_of((initial_need(state, pool, code, debts), _FINEST)),
        _max_loan(state, pool, sheet, code),
    )


def _max_loan(state: State, pool: Pool, sheet: Sheet, code: int) -> int:
    """The most that may be borrowed by hand; orders that give nothing away may borrow as much."""
    if state.currencies[code].weight == 0:
        return 0
    most = max(lent_at_most(state, pool, code) - sheet.borrowed_of(code), 0)
    least: int = 0
    while least < most:
        middle = (least + most + 1) // 2
        if more_need(state, pool, sheet, code, middle) <= sheet.free():
            least = middle
        else:
            most = middle - 1
    return least


def terms_view(state: State, code: int) -> CurrencyTermsView:
    """What a currency is worth and how it is borrowed."""
    currency = state.currencies[code]
    return CurrencyTermsView(
        code,
        int(currency.price),
        int(currency.limit_max),
        int(currency.initial_ppm),
        int(currency.maintenance_ppm),
        int(currency.penalty_ppm),
        int(currency.interest_free),
        tuple([DiscountTierView(int(tier.amount_max), int(tier.rate_ppm)) for tier in currency.tiers]),
    )


def mode_blockers(state: State, account: int, mode: int) -> ModeBlockersView:
    """Orders, algo orders and positions in contracts, and currencies that are owed, as far as they stand in the way."""
    words = state.orders.words
    orders = [int(words[slot + o.ORDER_ID]) for slot in state.orders_of(account) if words[slot + o.POSITION] != 0]
    algos = [
        algo for algo in state.algos.of_account(account) if state.instruments[algo.instrument].contract is not None
    ]
    held = [p for p in state.positions_of(account) if p.lots != 0]
    held.reverse()
    return ModeBlockersView(
        account,
        mode,
        int(check_mode(state, account, mode)),
        tuple(orders),
        tuple([algo.algo_id for algo in algos]),
        tuple([(int(p.instrument), int(p.margin_mode), int(p.side)) for p in held]),
        tuple(owing(state, account) if account in state.pools else []),
        tuple(pockets_in_use(state, account)),
    )


def pocket_view(state: State, account: int) -> PocketView | None:
    """A pocket by its own number, or None."""
    if not is_pocket(state, account):
        return None
    pool = state.pools[account]
    return PocketView(account, int(pool.owner), int(pool.instrument), pool_standing(state, account).ratio_ppm())


def pocket_views(state: State, account: int) -> list[PocketView]:
    """The pockets of an account, the earliest opened first."""
    found = [pocket_view(state, pocket) for pocket in pockets_of(state, account)]
    return [view for view in found if view is not None]


def margin_tier_views(state: State, instrument: int) -> tuple[MarginTierView, ...]:
    """What pockets may borrow in a spot instrument."""
    tiers = state.instruments[instrument].margin_tiers
    return tuple(
        [
            MarginTierView(int(tier.base_max), int(tier.quote_max), int(tier.initial_ppm), int(tier.maintenance_ppm))
            for tier in tiers
        ]
    )


def behind_in_pool(state: State, contract: Contract, position: Position, pool: Standing) -> tuple[tuple[int, int], int]:
    """What stands behind a cross position besides its own profit, as if all of it were of its settlement currency.

    ``pool`` is the standing of its account.

    In units of that currency, over how much of its last unit counts, which is told besides in ppm. Prices that change
    how much counts make it an estimate.
    """
    settle = contract.family.settle
    currency = state.currencies[settle]
    sheet = sheet_of(state, position.account)
    counts = rate_at(currency, sheet.stocks[int(settle)].equity)
    if counts == 0:
        return (0, 1), 0
    need_num, need_den = need_of(state, position, position.size())
    gain_num, gain_den = position.gain(contract, contract.mark, position.size())
    standing = Standing()
    standing.add_equity(pool.equity_num, pool.equity_den)
    standing.add_equity(-pool.required_num, pool.required_den)
    standing.add_equity(need_num, need_den)
    standing.add_equity(-gain_num * currency.weight * counts, gain_den)
    return (standing.equity_num, standing.equity_den * currency.weight * counts), counts
