"""Spot margin as ``workload`` sends it: pockets of both kinds, their orders and leverages, money by hand, prices.

Why here: what pockets own and owe is valued at the prices of currencies, so these follow the markets, up to a jump.
"""

import random

from lonja.core import collateral_commands as cc
from lonja.core import commands as c
from lonja.core import margin_commands as mc
from lonja.core.kinds import Ledger
from tests.simulation.drawn_texts import draw_name
from tests.simulation.mirror import Mirror

TRILLION = 10**12
PRICE_MAX = 2**61
JUMPS = (600, 850, 950, 980, 1_000, 1_000, 1_000, 1_020, 1_060, 1_200, 1_700)


def found_pockets(listings: list[c.ListInstrument], middles: list[int], time_ms: int) -> list[c.Command]:
    """Prices that fit the first markets, and tiers of what is lent in each market."""
    made: list[c.Command] = []
    priced: dict[int, int] = {}
    for number, (terms, middle) in enumerate(zip(listings, middles, strict=True)):
        if terms.base not in priced:
            quote = priced.setdefault(terms.quote, TRILLION)
            priced[terms.base] = min(fair_price(terms, middle, quote), PRICE_MAX)
        for tier, (most, initial, keep) in enumerate(((2**40, 100_000, 40_000), (2**50, 250_000, 80_000)), 1):
            made.append(cc.DefineMarginTier(time_ms, -1, 0, 0, number, tier, most, most, initial, keep))
    return [*(cc.SetCurrencyPrice(time_ms, currency=code, price=price) for code, price in priced.items()), *made]


def fair_price(terms: c.ListInstrument, ticks: int, quote_price: int) -> int:
    """What a whole unit of base is worth when it is traded at ``ticks``."""
    return max(quote_price * ticks * terms.tick_step // 10**terms.price_scale, 1)


class PocketWorkload:
    """Draws one command about pockets after the other."""

    def __init__(self, rng: random.Random, accounts: list[int], middles: list[tuple[int, int]], mirror: Mirror) -> None:
        """``middles`` are price and lots of ordinary orders in each market."""
        self.rng = rng
        self.accounts = accounts
        self.middles = middles
        self.mirror = mirror

    def next(self, time_ms: int) -> c.Command:
        """The next command."""
        known = self.mirror.collateral
        crossed = [(pocket, key[:2], key[2]) for key, pocket in known.cross_pockets.items()]
        isolated = [(pocket, key, -1) for key, pocket in known.pockets.items()]
        pockets = [*crossed * 2, *isolated]
        choice, head = self.rng.random(), (time_ms, self.rng.choice(self.accounts))
        if choice < 0.12 or not pockets:
            return self._open(head)
        if choice < 0.2:
            leverage = self.rng.choice((100, 250, 500, 1_000))
            return mc.SetPocketLeverage(*head, 0, 0, self._market(), self.rng.randrange(2), leverage)
        if choice < 0.34:
            return self._price(time_ms)
        pocket, (owner, instrument), _ = self.rng.choice(pockets)
        if choice < 0.42:
            terms = self.mirror.instruments[instrument]
            ends = (owner, pocket) if self.rng.random() < 0.7 else (pocket, owner)
            currency = self.rng.choice((terms.base, terms.quote))
            amount = max(self.mirror.cash[ends[0], currency, Ledger.TRADING] // self.rng.choice((2, 5, 20)), 1)
            return c.Transfer(time_ms, ends[0], 0, 0, currency, amount, Ledger.TRADING, Ledger.TRADING, ends[1])
        return self._order(time_ms, pocket, instrument)

    def _market(self) -> int:
        return min(self.rng.randrange(len(self.middles)), self.rng.randrange(len(self.middles)))

    def _open(self, head: tuple[int, int]) -> c.Command:
        instrument = self._market()
        terms = self.mirror.instruments[instrument]
        if self.rng.random() < 0.4:
            return cc.OpenPocket(*head, instrument=instrument)
        return mc.OpenCrossPocket(*head, 0, 0, instrument, self.rng.choice((terms.base, terms.quote)))

    def _price(self, time_ms: int) -> c.Command:
        instrument = self._market()
        terms = self.mirror.instruments[instrument]
        quote = self.mirror.collateral.prices.get(terms.quote, TRILLION)
        fair = quote * self.middles[instrument][0] * terms.tick_step // 10**terms.price_scale
        price = fair * self.rng.choice(JUMPS) // 1_000
        return cc.SetCurrencyPrice(time_ms, currency=terms.base, price=min(max(price, 1), PRICE_MAX))

    def _order(self, time_ms: int, pocket: int, instrument: int) -> c.Command:
        """Mostly one that the owner may afford; often one that closes."""
        terms = self.mirror.instruments[instrument]
        middle, lots = self.middles[instrument]
        base = self.mirror.cash[pocket, terms.base, Ledger.TRADING]
        side, reduce_only = self.rng.randrange(2), 0
        if base and self.rng.random() < 0.5:
            side, reduce_only = int(base > 0), int(self.rng.random() < 0.6)
        market = self.rng.random() < 0.3
        return mc.PlaceMarginOrder(
            time_ms,
            pocket,
            instrument=instrument,
            side=side,
            order_type=int(market),
            time_in_force=0 if market else self.rng.choice((0, 0, 0, 1, 2)),
            price=0 if market else max(middle + self.rng.randrange(-2, 3), 1),
            size=self.rng.randrange(1, 2 * lots + 1),
            self_trade_prevention=self.rng.choice((0, 0, 1, 2, 3)),
            client_order_id=draw_name(self.rng),
            margin_currency=self.rng.choice((-1, -1, terms.base, terms.quote)),
            reduce_only=reduce_only,
        )
