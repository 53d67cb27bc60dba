"""Reading the positions of pockets: copies for everyone outside the core.

Why here: as ``collateral_views``. Invariant: nothing here changes the state.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core.collateral import in_units, in_units_up, initial_need, is_pocket, keep_rate, value_of
from lonja.core.contracts import HUNDRED, PPM
from lonja.core.crossing import currency_standing
from lonja.core.instruments import Instrument
from lonja.core.maintenance import Standing
from lonja.core.pocket_positions import cash_of
from lonja.core.pool_margin import PoolStanding, pool_standing
from lonja.core.pools import Pool
from lonja.core.state import State
from lonja.core.views import PocketPositionView

NIL: Final[i64] = -1
_PARTS: Final = PPM * PPM


def pocket_position(state: State, account: int) -> PocketPositionView | None:
    """What a pocket holds and owes, by its own number, or None."""
    if not is_pocket(state, account):
        return None
    pool = state.pools[account]
    instrument = state.instruments[pool.instrument]
    unit = instrument.quote if pool.currency == NIL else pool.currency
    own = pool_standing(state, account)
    base, quote = cash_of(state, account, instrument.base), cash_of(state, account, instrument.quote)
    needed = initial_need(state, pool, instrument.base, max(-base, 0))
    needed += initial_need(state, pool, instrument.quote, max(-quote, 0))
    required = own.required_num // own.required_den
    average = _average(instrument, pool)
    together = own if pool.currency == NIL else currency_standing(state, pool.owner, pool.currency)
    beside = _beside(state, instrument, pool, own, together)
    liquidation = liquidation_price(state, account, instrument, (base, quote), beside)
    return PocketPositionView(
        account=account,
        owner=int(pool.owner),
        instrument=int(pool.instrument),
        margin_currency=int(pool.currency),
        leverage=pocket_leverage(state, int(pool.owner), int(pool.instrument), 1 if pool.currency == NIL else 0),
        base=base,
        quote=quote,
        lots=pool.lots,
        average_ticks=average[0],
        average_parts=average[1],
        realized=pool.pnl,
        unrealized=_unrealized(state, instrument, pool),
        equity=in_units(state, unit, own.equity_num // own.equity_den),
        initial_margin=in_units_up(state, unit, needed),
        maintenance_margin=in_units_up(state, unit, required),
        ratio_ppm=together.ratio_ppm(),
        liquidation_ticks=liquidation[0],
        liquidation_parts=liquidation[1],
        life=int(pool.life),
        opened_time_ms=int(pool.opened_ms),
        returns=int(pool.returns),
    )


def pocket_leverage(state: State, owner: int, instrument: int, margin_mode: int) -> int:
    """The leverage of pockets in hundredths: the one chosen, or the most that the first tier allows; 0 without tiers."""
    tiers = state.instruments[instrument].margin_tiers
    if not tiers:
        return 0
    first: int = tiers[0].initial_ppm
    hundred: int = HUNDRED
    most = hundred * PPM // first
    return min(state.pocket_leverages.get((owner, instrument, margin_mode), most), most)


def _beside(state: State, instrument: Instrument, pool: Pool, own: PoolStanding, together: Standing) -> tuple[int, int]:
    """What stands beside a cross pocket less what that requires, as base and quote, rounded down."""
    if pool.currency == NIL:
        return 0, 0
    unit = value_of(state.currencies[pool.currency], 1)
    rest = Standing()
    rest.add_equity(together.equity_num, together.equity_den)
    rest.add_equity(-together.required_num, together.required_den)
    rest.add_equity(-own.equity_num, own.equity_den * unit)
    rest.add_equity(own.required_num, own.required_den * unit)
    left = rest.equity_num // rest.equity_den
    return (left, 0) if pool.currency == instrument.base else (0, left)


def _average(instrument: Instrument, pool: Pool) -> tuple[int, int]:
    """The average price of the lots as ticks and parts, rounded to nearest; zeros when there are none."""
    if pool.lots == 0:
        return 0, 0
    divisor: int = instrument.quote_divisor
    multiplier: int = instrument.quote_multiplier
    return _in_ticks(pool.cost * divisor, abs(pool.lots) * multiplier)


def _in_ticks(numerator: int, denominator: int) -> tuple[int, int]:
    parts = (2 * numerator * _PARTS + denominator) // (2 * denominator)
    return parts // _PARTS, parts % _PARTS


def _unrealized(state: State, instrument: Instrument, pool: Pool) -> int:
    """What closing all lots at the prices of both currencies would bring, in quote, rounded down."""
    lot: int = instrument.base_per_lot
    value = value_of(state.currencies[instrument.base], pool.lots * lot)
    # Lots are signed, so what short ones are worth is below zero.
    worth = in_units(state, instrument.quote, value)
    return worth - pool.cost if pool.lots >= 0 else worth + pool.cost


def liquidation_price(
    state: State, account: i64, instrument: Instrument, cash: tuple[int, int], beside: tuple[int, int]
) -> tuple[int, int]:
    """The price at which the ratio is 1 when nothing else changes, as ticks and parts; zeros when there is none.

    ``beside`` is what else stands there less what it requires, in base and in quote. With b and q of both currencies,
    their debts B and Q at the rates r and s: (b - B r) p + q - Q s = 0.
    """
    base, quote = cash
    base_owed, quote_owed = max(-base, 0), max(-quote, 0)
    if base_owed == 0 and quote_owed == 0:
        return 0, 0
    slope = (base + beside[0]) * PPM - base_owed * keep_rate(state, account, instrument.base, base_owed)
    rest = (quote + beside[1]) * PPM - quote_owed * keep_rate(state, account, instrument.quote, quote_owed)
    if slope == 0 or (slope > 0) == (rest >= 0):
        return 0, 0
    lot: int = instrument.base_per_lot
    divisor: int = instrument.quote_divisor
    multiplier: int = instrument.quote_multiplier
    return _in_ticks(abs(rest) * divisor * lot, abs(slope) * multiplier)
