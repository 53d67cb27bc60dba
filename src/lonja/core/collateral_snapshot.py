"""Prices and terms of currencies, the lending desk and accounts in multi-currency mode as the last part of a snapshot.

Why here: ``snapshot`` is long. Invariant: the part is missing while there is no lending desk, as before there were such
accounts; what a currency is worth and how it is borrowed cannot be told without opening it.
"""

from typing import Final

from librt.strings import BytesWriter, write_i64_le
from mypy_extensions import i64

from lonja.core.collateral import is_in_use
from lonja.core.cursor import Cursor
from lonja.core.instruments import DiscountTier, MarginTier
from lonja.core.pools import Pool
from lonja.core.state import State

COLLATERAL: Final[i64] = -2
"""Begins the part; what may stand there otherwise is a count, or the beginning of the part before."""


def dump_collateral(state: State, out: BytesWriter) -> None:
    """Write the part."""
    if state.desk < 0:
        return
    write_i64_le(out, COLLATERAL)
    write_i64_le(out, state.desk)
    for currency in state.currencies:
        for value in (
            currency.price,
            currency.limit_max,
            currency.initial_ppm,
            currency.maintenance_ppm,
            currency.penalty_ppm,
            currency.interest_free,
            i64(len(currency.tiers)),
        ):
            write_i64_le(out, value)
        for tier in currency.tiers:
            write_i64_le(out, tier.amount_max)
            write_i64_le(out, tier.rate_ppm)
    for instrument in state.instruments:
        if instrument.contract is None:
            write_i64_le(out, len(instrument.margin_tiers))
            for known in instrument.margin_tiers:
                for value in (known.base_max, known.quote_max, known.initial_ppm, known.maintenance_ppm):
                    write_i64_le(out, value)
    write_i64_le(out, len(state.pools))
    for account, pool in sorted(state.pools.items()):
        write_i64_le(out, account)
        write_i64_le(out, pool.auto_borrow)
        write_i64_le(out, pool.warned)
        write_i64_le(out, pool.instrument)
        write_i64_le(out, pool.owner)
        write_i64_le(out, len(pool.loans))
        for code, loan in sorted(pool.loans.items()):
            write_i64_le(out, code)
            write_i64_le(out, loan)


def load_collateral(state: State, cursor: Cursor) -> None:
    """Read the part, whose beginning the caller has seen."""
    cursor.word()
    state.desk = cursor.word()
    for currency in state.currencies:
        currency.set_price(cursor.word())
        currency.limit_max = cursor.word()
        currency.initial_ppm = cursor.word()
        currency.maintenance_ppm = cursor.word()
        currency.penalty_ppm = cursor.word()
        currency.interest_free = cursor.word()
        for _ in range(cursor.word()):
            amount_max = cursor.word()
            currency.tiers.append(DiscountTier(amount_max, cursor.word()))
    for instrument in state.instruments:
        if instrument.contract is None:
            for _ in range(cursor.word()):
                base_max = cursor.word()
                quote_max = cursor.word()
                initial_ppm = cursor.word()
                instrument.margin_tiers.append(MarginTier(base_max, quote_max, initial_ppm, cursor.word()))
    for _ in range(cursor.word()):
        account: int = cursor.word()
        pool = Pool()
        pool.auto_borrow = cursor.word()
        pool.warned = cursor.word()
        pool.instrument = cursor.word()
        pool.owner = cursor.word()
        for _ in range(cursor.word()):
            code: int = cursor.word()
            pool.loans[code] = cursor.word()
        state.pools[account] = pool
        if pool.instrument < 0 or is_in_use(state, account):
            state.watched_pools[account] = True
