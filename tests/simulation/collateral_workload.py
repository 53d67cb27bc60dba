"""Prices, terms, interest and modes of accounts that stand on all their currencies, as ``workload`` sends them.

Why here: the draws of one kind of command together. A whole unit of any currency is worth a few dollars, more or less;
the markets know nothing of it, so that orders often give much away.
"""

import random

from lonja.core import collateral_commands as cc
from lonja.core import commands as c
from lonja.core.kinds import Ledger
from lonja.primitives.money import INT_MAX

TRILLION = 10**12
RATES = ((1_000_000, 900_000), (950_000, 950_000), (800_000, 0))


def found_collateral(rng: random.Random, time_ms: int, scales: list[int], given: list[c.Deposit]) -> list[c.Command]:
    """Prices, tiers and terms for every currency, and about half of the accounts in multi-currency mode.

    Of what they were given they move nearly all of some currencies away, so that they need the others.
    """
    made: list[c.Command] = []
    for currency, scale in enumerate(scales):
        made.append(cc.SetCurrencyPrice(time_ms, currency=currency, price=draw_price(rng)))
        whole = 10**scale
        for tier, rate in enumerate(rng.choice(RATES), 1):
            made.append(cc.DefineDiscountTier(time_ms, -1, 0, 0, currency, tier, 1_000 * whole * 100**tier, rate))
        limit = rng.choice((0, 1_000, 2**52))
        made.append(cc.DefineBorrowTerms(time_ms, -1, 0, 0, currency, limit, 150_000, 40_000, 15_000, 0))
    for account in sorted({deposit.account for deposit in given}):
        if rng.random() < 0.5:
            continue
        made.append(c.ConfigureAccount(time_ms, account, account_mode=3))
        made.append(cc.SetAutoBorrow(time_ms, account, enabled=1))
        for deposit in given:
            if deposit.account == account and deposit.ledger == Ledger.TRADING and rng.random() < 0.5:
                amount = max(deposit.amount * 49 // 50, 1)
                made.append(
                    c.Transfer(time_ms, account, 0, 0, deposit.currency, amount, Ledger.TRADING, Ledger.FUNDING)
                )
    return made


def draw_price(rng: random.Random) -> int:
    """A few dollars, seldom something else."""
    return rng.choice((TRILLION, 2 * TRILLION, 3 * TRILLION, 2_500_000_000_001, rng.randrange(1, 10**13)))


def draw_collateral(rng: random.Random, head: tuple[int, int], currency: int) -> c.Command:
    """A price or interest, a term, or what an account chooses."""
    time_ms = head[0]
    choice = rng.random()
    if choice < 0.4:
        return cc.SetCurrencyPrice(time_ms, currency=currency, price=draw_price(rng))
    if choice < 0.6:
        rate = rng.choice((0, 10**6, 10**8, 10**11))
        return cc.AccrueInterest(time_ms, currency=currency, rate=rate, hour_ms=time_ms)
    if choice < 0.7:
        return cc.ChangeLoan(*head, currency=currency, amount=rng.choice((-1, -1, 1, 5, 1_000, 10**6)))
    if choice < 0.75:
        return cc.SetAutoBorrow(*head, enabled=int(rng.random() < 0.8))
    if choice < 0.9:
        return c.ConfigureAccount(*head, account_mode=rng.choice((1, 3, 3)))
    if choice < 0.95:
        amount_max = rng.choice((10**3, 10**9, INT_MAX))
        return cc.DefineDiscountTier(time_ms, -1, 0, 0, currency, rng.randrange(1, 4), amount_max, rng.randrange(10**6))
    limit = rng.choice((0, 5_000, 10**12))
    return cc.DefineBorrowTerms(time_ms, -1, 0, 0, currency, limit, 200_000, rng.choice((1, 60_000)), 0, 3)
