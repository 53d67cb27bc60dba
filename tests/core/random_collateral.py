"""Random commands from a seed for accounts in multi-currency mode, for the core and its twin alike.

Why here: as ``random_contracts``, with prices of currencies, terms, interest, and accounts that borrow what they sell.
One BTC is worth ten dollars or so, as 1,000 ticks are.
"""

from typing import Any

from lonja.core import algo_commands as ac
from lonja.core import collateral_commands as cc
from lonja.core import commands as c
from lonja.core import margin_commands as mc
from lonja.core.kinds import AlgoKind
from tests.core.naive_contract_parts import Contract
from tests.core.naive_exchange import NaiveExchange
from tests.core.random_commands import START_MS
from tests.core.random_contracts import BASE_PRICE, BTC, SPOT, USD, USDT, RandomContracts, founding

TRILLION = 10**12
POOLED = (2, 3, 4, 7)
BORROWING = (3, 4, 7)
OWNERS, POCKETS = (3, 6), (13, 14)
CROSSED = (15, 16)
"""Of a sub-account in multi-currency mode, and of an account in futures mode; cross pockets are of the latter."""


def founding_with_collateral(cash: int) -> list[c.Command]:
    """What ``founding`` founds, prices and terms of three currencies, and four accounts in multi-currency mode."""
    made = founding(cash)
    made.append(cc.SetCurrencyPrice(START_MS, currency=BTC, price=10 * TRILLION))
    tiers = ((BTC, cash * 20, 950_000), (BTC, cash * 100, 700_000), (USDT, cash, 1_000_000), (USDT, cash * 8, 975_000))
    places = (1, 2, 1, 2)
    for place, (currency, amount_max, rate) in zip(places, tiers, strict=True):
        made.append(cc.DefineDiscountTier(START_MS, -1, 0, 0, currency, place, amount_max, rate))
    made.append(cc.DefineBorrowTerms(START_MS, -1, 0, 0, BTC, cash * 300, 200_000, 50_000, 20_000, cash // 10))
    made.append(cc.DefineBorrowTerms(START_MS, -1, 0, 0, USDT, cash * 30, 100_000, 30_000, 0, 0))
    made += [c.ConfigureAccount(START_MS, account, account_mode=3) for account in POOLED]
    made += [cc.SetAutoBorrow(START_MS, account, enabled=1) for account in BORROWING]
    made.append(cc.DefineMarginTier(START_MS, -1, 0, 0, SPOT, 1, cash * 40, cash * 3, 100_000, 40_000))
    made.append(cc.DefineMarginTier(START_MS, -1, 0, 0, SPOT, 2, cash * 400, cash * 40, 200_000, 70_000))
    for owner, pocket in zip(OWNERS, POCKETS, strict=True):
        made.append(cc.OpenPocket(START_MS, owner, instrument=SPOT))
        made.append(c.Transfer(START_MS, owner, 0, 0, USDT, cash // 2, 1, 1, pocket))
    made += [mc.OpenCrossPocket(START_MS, 6, instrument=SPOT, currency=currency) for currency in (USDT, BTC)]
    for account in POOLED:
        # Little of one currency and much of another, so that they need each other.
        had = cash * (account if account < 6 else 30)
        poor, amount = (USDT, had * 19 // 20) if account % 2 else (BTC, had * 29)
        made.append(c.Transfer(START_MS, account, currency=poor, amount=amount, from_ledger=1, to_ledger=0))
    return made


class RandomCollateral(RandomContracts):
    """Commands without end for the exchange that ``founding_with_collateral`` founds."""

    def __init__(self, seed: int, twin: NaiveExchange) -> None:
        super().__init__(seed, twin)
        self.kinds = [(weight, draw) for weight, draw in self.kinds if draw != self.refill]
        self.kinds += [
            (60, self.place_spot),
            (20, self.buy_back),
            (40, self.fill_up),
            (40, self.set_currency_price),
            (4, self.define_discount_tier),
            (4, self.define_borrow_terms),
            (6, self.set_auto_borrow),
            (6, self.accrue_interest),
            (12, self.change_loan),
            (50, self.trade_in_pocket),
            (40, self.order_with_margin),
            (25, self.reduce_in_pocket),
            (25, self.amend_in_pocket),
            (35, self.algo_in_pocket),
            (8, self.pass_time),
            (4, self.set_pocket_leverage),
            (90, self.trade_crossed),
            (3, self.open_cross_pocket),
            (20, self.fill_pocket),
            (4, self.open_pocket),
            (3, self.define_margin_tier),
            (8, self.change_mode),
        ]

    def currency(self) -> int:
        """Mostly one that is traded."""
        return self.odd(self.rng.choice((BTC, BTC, USDT, USDT, USD)))

    def place_spot(self) -> c.Command:
        """A spot order, often for more than there is."""
        order = super().place_spot()
        assert isinstance(order, c.PlaceOrder)
        known = 0 <= order.account < len(self.twin.accounts)
        if not known or self.rng.random() < 0.4:
            return order
        spot = self.twin.instruments[SPOT]
        side = self.rng.randrange(2)
        own = self.twin.balance(order.account, USDT if side == 0 else BTC)
        lots = own // (spot.cost(BASE_PRICE, 1) if side == 0 else spot.base_per_lot)
        size = max(abs(lots) * self.rng.choice((1, 2, 5, 11, 16, 30)) // 10, 1)
        price = 0 if order.order_type else self.near(self.price_of_btc())
        return order._replace(side=side, size=min(size, 10**15), size_unit=0, price=price)

    def price_of_btc(self) -> int:
        """In ticks of the spot instrument."""
        return max(self.twin.lending.prices.get(BTC, 10 * TRILLION) // (TRILLION // 100), 1)

    def buy_back(self) -> c.Command:
        """Bring something back that an account owes."""
        owed = [
            account for account in POOLED if self.twin.balance(account, BTC) < 0 or self.twin.balance(account, USDT) < 0
        ]
        if not owed:
            return self.place_spot()
        account = self.rng.choice(owed)
        side = int(self.twin.balance(account, BTC) >= 0)
        size = max(-self.twin.balance(account, BTC) // self.twin.instruments[SPOT].base_per_lot, 1)
        market = self.rng.random() < 0.3
        price = 0 if market else self.near(self.price_of_btc())
        return c.PlaceOrder(
            *self.head(account), instrument=SPOT, side=side, order_type=int(market), price=price, size=min(size, 10**15)
        )

    def fill_up(self) -> c.Command:
        """Open about as much of a contract as an account's collateral carries."""
        account = self.rng.choice(POOLED)
        order = self.place_contract()
        assert isinstance(order, c.PlaceContractOrder)
        known = self.twin.instruments[order.instrument] if 0 <= order.instrument < 6 else None
        if not isinstance(known, Contract) or known.mark == 0:
            return order
        free = max(self.twin.free_margin(account, known.family.settle), 0)
        lots = int(free * self.rng.choice((1, 2, 5, 10)) / known.value(known.mark, 1))
        position_side, side = self.sides(account)
        return order._replace(
            account=account, size=max(min(lots, 900), 1), position_side=position_side, side=side, margin_mode=0
        )

    def set_currency_price(self) -> c.Command:
        """Wander, now and then jump, and come back from far."""
        currency = self.currency()
        worth = self.twin.lending.prices.get(currency, TRILLION)
        usual = 10 * TRILLION if currency == BTC else TRILLION
        jump = self.rng.choice((500, 700, 850, 960, 980, 990, 995, 1_003, 1_010, 1_025, 1_040, 1_200, 1_600))
        price = worth * jump // 1_000
        if not usual // 3 < price < usual * 3 or self.rng.random() < 0.1:
            price = usual
        return cc.SetCurrencyPrice(*self.head(-1), currency=currency, price=self.odd(price))

    def define_discount_tier(self) -> c.Command:
        """Any tier, often one that does not fit."""
        tier = self.rng.randrange(1, 4)
        currency = self.currency()
        tiers = self.twin.lending.tiers.get(currency, [])
        usual = tiers[tier - 1].amount_max if tier <= len(tiers) else 10 ** self.rng.randrange(2, 14)
        amount_max = self.odd(self.rng.choice((usual, usual * 2, usual // 2 + 1)))
        rate = self.odd(self.rng.choice((1_000_000, 975_000, 900_000, 600_000, 0)))
        return cc.DefineDiscountTier(*self.head(-1), 0, 0, currency, self.odd(tier), amount_max, rate)

    def define_borrow_terms(self) -> c.Command:
        """Any terms."""
        limit, free = (self.odd(self.rng.choice((0, 10, 10**4, 10**8, 10**12))) for _ in range(2))
        initial, maintenance, penalty = (
            self.odd(self.rng.choice(rates))
            for rates in ((300_000, 100_000, 60_000), (50_000, 30_000, 60_000), (0, 9_000, 40_000))
        )
        return cc.DefineBorrowTerms(
            *self.head(-1), 0, 0, self.currency(), limit, initial, maintenance, penalty, free if self.flag() else 0
        )

    def set_auto_borrow(self) -> c.Command:
        """Mostly on."""
        return cc.SetAutoBorrow(*self.head(), enabled=self.odd(int(self.rng.random() < 0.7)))

    def accrue_interest(self) -> c.Command:
        """An hour of interest, now and then a dear one."""
        rate = self.rng.choice((0, 10**7, 23_456_789, 10**9, 10**11))
        hour = self.time_ms // 3_600_000 * 3_600_000
        return cc.AccrueInterest(*self.head(-1), currency=self.currency(), rate=self.odd(rate), hour_ms=self.odd(hour))

    def change_loan(self) -> c.Command:
        """Borrow about what the collateral bears, or repay some of it."""
        head, currency = self.head(self.rng.choice((None, *POOLED))), self.currency()
        loan = self.twin.lending.loan(head[1], currency)
        if loan and self.rng.random() < 0.5:
            return cc.ChangeLoan(*head, 0, 0, currency, self.odd(-self.rng.choice((loan, loan, loan // 2, loan + 1))))
        known = 0 <= currency < len(self.twin.currencies) and self.twin.pooled(head[1]) if head[1] in POOLED else False
        free = max(self.twin.free_margin(head[1], currency), 0) if known else 0
        return cc.ChangeLoan(*head, 0, 0, currency, self.odd(self.rng.choice((7, free, free * 3, free * 6))))

    def trade_in_pocket(self) -> c.Command:
        """An order of a pocket for about what it can carry; now and then for something that it does not trade."""
        pocket = self.rng.choice(POCKETS)
        choice = self.rng.random()
        if choice < 0.04:
            return cc.ChangeLoan(*self.head(pocket), 0, 0, self.currency(), self.odd(self.rng.choice((5, -5, 10**4))))
        if choice < 0.06:
            return c.PlaceContractOrder(*self.head(pocket), instrument=1, price=1_000, size=1)
        if choice < 0.08:
            return c.SetPositionMode(*self.head(pocket), position_mode=1)
        if choice < 0.1:
            return c.ConfigureAccount(*self.head(pocket), account_mode=2)
        side, market = self.rng.randrange(2), self.rng.random() < 0.3
        price = self.price_of_btc()
        free = max(self.twin.free_margin(pocket, USDT), 0)
        lots = free * self.rng.choice((1, 3, 8, 12)) // max(self.twin.instruments[SPOT].cost(price, 1), 1)
        owed = -self.twin.balance(pocket, BTC) // self.twin.instruments[SPOT].base_per_lot
        if owed > 0 and self.rng.random() < 0.3:
            side, lots = 0, owed
        return c.PlaceOrder(
            *self.head(pocket),
            instrument=SPOT,
            side=side,
            order_type=int(market),
            price=0 if market else self.near(price),
            size=max(min(lots, 10**15), 1),
        )

    def order_with_margin(self) -> c.Command:
        """An order of a pocket for which the owner brings the margin, or one that closes."""
        number = self.rng.randrange(2)
        owner, pocket = OWNERS[number], POCKETS[number]
        spot, side = self.twin.instruments[SPOT], self.rng.randrange(2)
        price, market = self.price_of_btc(), self.rng.random() < 0.4
        currency = self.rng.choice((BTC, USDT, USDT, -1))
        worth = 1 if currency == BTC else max(spot.cost(price, 1), 1)
        free = max(self.twin.spendable(owner, BTC if currency == BTC else USDT), 0)
        lots = free * self.rng.choice((1, 2, 5, 9, 12)) // worth
        closable = self.twin.closable_in(pocket, spot, side)
        if closable > 0 and self.rng.random() < 0.5:
            lots = closable * self.rng.choice((1, 1, 1, 2)) // self.rng.choice((1, 1, 2))
        by_quote = int(market and self.rng.random() < 0.2)
        order = c.PlaceOrder(
            *self.head(self.rng.choice((pocket,) * 30 + (owner,))),
            instrument=self.odd(SPOT),
            side=side,
            order_type=int(market),
            time_in_force=0 if market else self.rng.choice((0, 0, 0, 1)),
            price=0 if market else self.near(price),
            size=max(min(lots * worth if by_quote else lots, 10**15), 1),
            size_unit=by_quote,
        )
        return mc.PlaceMarginOrder(*order, self.odd(currency), self.odd(int(self.rng.random() < 0.2)))

    def reduce_in_pocket(self) -> c.Command:
        """An order that only reduces and stays a while, of any pocket that has something open."""
        spot, price = self.twin.instruments[SPOT], self.price_of_btc()
        opened = [(one, side) for one in (*POCKETS, *CROSSED) for side in (0, 1) if self.twin.open_in(one, spot, side)]
        pocket, side = self.rng.choice(opened or [(POCKETS[0], 0)])
        lots = (
            max(self.twin.open_in(pocket, spot, side), 1) * self.rng.choice((1, 1, 2, 3)) // self.rng.choice((1, 2, 4))
        )
        away = price * self.rng.choice((0, 1, 3, 10)) // 100
        order = c.PlaceOrder(
            *self.head(pocket),
            instrument=SPOT,
            side=side,
            price=max(price + (away if side else -away), 1),
            size=max(min(lots, 10**15), 1),
        )
        return mc.PlaceMarginOrder(*order, -1, 1)

    def amend_in_pocket(self) -> c.Command:
        """Another size or price of an order of a pocket, mostly of one that only reduces."""
        mine = [order for order in self.twin.open_orders.values() if order.account in (*POCKETS, *CROSSED)]
        mine = [order for order in mine if order.reduce_only or self.rng.random() < 0.3]
        if not mine:
            return self.reduce_in_pocket()
        order = self.rng.choice(mine)
        size = order.size * self.rng.choice((1, 2, 3, 4, 6)) // self.rng.choice((1, 2, 3)) + self.rng.randrange(2)
        price = -1 if self.rng.random() < 0.5 else self.near(order.price)
        return c.AmendOrder(
            *self.head(order.account), instrument=SPOT, order_id=order.order_id, new_size=size, new_price=price
        )

    def algo_in_pocket(self) -> c.Command:
        """An algo order of a pocket of any kind, whose margin its owner brings, or which only reduces."""
        pocket = self.rng.choice((*POCKETS, *CROSSED))
        spot, price = self.twin.instruments[SPOT], self.price_of_btc()
        kind = self.rng.choice((0, 0, 1, 2, 2, 2, 3, 4, 4, 5, 5))
        opened = [(self.twin.open_in(pocket, spot, side), side) for side in (0, 1)]
        size, side = max(opened)
        if size == 0 or self.rng.random() < 0.3:
            size, side = max(10 ** self.rng.randrange(8), 1), self.rng.randrange(2)
        fields: dict[str, int] = {}
        sign = 1 if side else -1
        if kind <= AlgoKind.OCO:
            fields |= {
                "loss_trigger": self.near(price) - sign * 5,
                "loss_price": self.rng.choice((0, self.near(price))),
            }
        if kind == AlgoKind.OCO or (kind == AlgoKind.TRIGGER and self.rng.random() < 0.4):
            fields |= {"profit_trigger": self.near(price) + sign * 5}
        if kind == AlgoKind.TRIGGER:
            fields |= {"trigger_price": self.near(price), "order_price": self.rng.choice((0, self.near(price)))}
        if kind == AlgoKind.MOVE_ORDER_STOP:
            fields |= {"callback_ticks": self.rng.randrange(1, 9)}
        if kind >= AlgoKind.TWAP:
            limit = self.rng.choice((self.near(price), price * 2, 1))
            fields |= {"slice_size": max(size // self.rng.choice((1, 2, 5)), 1), "price_limit": limit}
            fields |= {"distance_ticks": self.rng.randrange(1, 5)}
        if kind == AlgoKind.TWAP:
            fields |= {"interval_ms": 1_000}
        reduces = int(self.rng.random() < 0.4) + int(kind <= AlgoKind.OCO and self.rng.random() < 0.3)
        margined = 0 if reduces or kind in (0, 1, 3) or pocket in CROSSED else self.rng.randrange(3)
        margined = margined if self.rng.random() < 0.97 else 1
        more: dict[str, Any] = {
            name: max(value, 1) if name != "loss_price" else max(value, 0) for name, value in fields.items()
        }
        if "order_price" in fields:
            more["order_price"] = fields["order_price"]
        return ac.PlaceAlgo(
            *self.head(self.rng.choice((pocket,) * 30 + (3,))),
            instrument=SPOT,
            kind=kind,
            side=side,
            size=min(size, 10**15),
            position_side=margined,
            reduce_only=reduces,
            **more,
        )

    def pass_time(self) -> c.Command:
        """Seconds, in which slices are due."""
        self.time_ms += self.rng.choice((900, 1_000, 2_500))
        return c.Tick(*self.head(-1))

    def trade_crossed(self) -> c.Command:
        """An order of a cross pocket for about what its owner can carry, or one that closes what it has."""
        number = self.rng.randrange(2)
        pocket, currency = CROSSED[number], (USDT, BTC)[number]
        spot, price = self.twin.instruments[SPOT], self.price_of_btc()
        base = self.twin.balance(pocket, BTC)
        choice = self.rng.random()
        if choice < 0.02:
            return cc.ChangeLoan(*self.head(pocket), 0, 0, self.currency(), 5)
        if choice < 0.04:
            return c.Transfer(
                *self.head(self.rng.choice((pocket, 6))), 0, 0, USDT, 5, 1, 1, self.rng.choice((6, pocket))
            )
        if choice < 0.05:
            return cc.SetAutoBorrow(*self.head(pocket), enabled=0)
        side, market = self.rng.randrange(2), self.rng.random() < 0.4
        free = max(self.twin.free_margin(6, currency), 0) if self.twin.accounts[6].account_mode == 2 else 10
        lots = free * self.rng.choice((1, 3, 6, 9, 11)) // (max(spot.cost(price, 1), 1) if currency == USDT else 1)
        if base and self.rng.random() < 0.5:
            side = int(base > 0)
            lots = (
                max(self.twin.closable_in(pocket, spot, side), 1)
                * self.rng.choice((1, 1, 2, 3))
                // self.rng.choice((1, 2))
            )
        order = c.PlaceOrder(
            *self.head(pocket),
            instrument=SPOT,
            side=side,
            order_type=int(market),
            price=0 if market else self.near(price),
            size=max(min(lots, 10**15), 1),
        )
        reduce_only = int(self.rng.random() < 0.2)
        return mc.PlaceMarginOrder(*order, -1, reduce_only) if reduce_only or self.rng.random() < 0.3 else order

    def open_cross_pocket(self) -> c.Command:
        """Mostly one that there is."""
        return mc.OpenCrossPocket(
            *self.head(self.rng.choice((None, 6, 6))), 0, 0, self.odd(self.rng.choice((SPOT, SPOT, 1))), self.currency()
        )

    def set_pocket_leverage(self) -> c.Command:
        """Of pockets that there are, and now and then of others."""
        head = self.head(self.rng.choice((None, *OWNERS, *OWNERS)))
        leverage = self.odd(self.rng.choice((100, 300, 500, 777, 1_000)))
        return mc.SetPocketLeverage(*head, 0, 0, self.odd(SPOT), self.odd(self.rng.randrange(2)), leverage)

    def fill_pocket(self) -> c.Command:
        """Move money into a pocket, or out of it, or try to withdraw it."""
        number = self.rng.randrange(2)
        owner, pocket = OWNERS[number], POCKETS[number]
        currency = self.rng.choice((BTC, USDT, USDT))
        source, target = (owner, pocket) if self.rng.random() < 0.5 else (pocket, owner)
        amount = max(self.twin.spendable(source, currency) // self.rng.choice((1, 2, 9)), 1)
        if source == pocket and self.rng.random() < 0.1:
            return c.Withdraw(*self.head(pocket), 0, 0, currency, 1, amount)
        return c.Transfer(*self.head(source), 0, 0, currency, self.odd(amount), 1, 1, target)

    def open_pocket(self) -> c.Command:
        """Mostly one that there is."""
        return cc.OpenPocket(*self.head(self.rng.choice((None, 13))), instrument=self.odd(self.rng.choice((SPOT, 1))))

    def define_margin_tier(self) -> c.Command:
        """Any tier, often one that does not fit."""
        tier = self.rng.randrange(1, 4)
        tiers = self.twin.lending.margin_tiers.get(SPOT, [])
        usual = tiers[tier - 1] if tier <= len(tiers) else tiers[-1]._replace(tier=tier)
        return usual._replace(
            time_ms=self.time_ms,
            tier=self.odd(tier),
            instrument=self.odd(self.rng.choice((SPOT, SPOT, 1))),
            base_max=self.odd(usual.base_max * self.rng.choice((1, 1, 2))),
            quote_max=self.odd(usual.quote_max * self.rng.choice((1, 1, 2))),
            maintenance_ppm=self.odd(self.rng.choice((40_000, 60_000))),
        )

    def change_mode(self) -> c.Command:
        """Into multi-currency mode and out of it."""
        mode = self.rng.choice((1, 2, 3, 3, 3))
        return c.ConfigureAccount(*self.head(), account_mode=self.odd(mode), fee_tier=-1, frozen=-1)
