"""What accounts in multi-currency mode own and owe, as the naive twin sees it (``docs/adr/0035``).

Why apart: nothing else looks at more than one currency. Everything is an exact fraction of US dollars; only what any
set of orders may cost is rounded up, to 10**-36.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from lonja.core import collateral_commands as cc
from lonja.core import commands as c
from lonja.core.kinds import AccountMode, Ledger, OrderType, Side, SizeUnit
from lonja.core.rejections import Rejection
from lonja.primitives.money import INT_MAX, PPM
from tests.core.naive_books import MATCHES_MAX
from tests.core.naive_contract_parts import VALUE_MAX, Position
from tests.core.naive_liquidation import NaiveLiquidation
from tests.core.naive_parts import Instrument, Order, require
from tests.core.naive_risk import Asked

FINEST = 10**36


@dataclass
class Swap:
    """What an order gives of one currency for what it brings of another."""

    sold: int
    gives: int
    bought: int
    brings: int


@dataclass
class Sheet:
    """An account in US dollars, and what it has, what is sold and what is brought of each currency."""

    adjusted: Fraction
    cost: Fraction
    margins: Fraction
    borrowed: Fraction
    equities: dict[int, int]
    sold: dict[int, int]

    @property
    def free(self) -> Fraction:
        """The free collateral."""
        return self.adjusted - self.cost - self.margins - self.borrowed


class NaiveCollateral(NaiveLiquidation):
    """Values, the sheet of an account, and what is admitted by it."""

    # Values.

    def pooled(self, account: int) -> bool:
        """Whether all currencies of an account stand together."""
        return self.accounts[account].account_mode == AccountMode.MULTI_CURRENCY

    def worth(self, currency: int) -> Fraction:
        """What a smallest unit is worth."""
        terms = self.currencies[currency]
        told = self.lending.prices.get(currency, 10**12 if terms.name == "USDT" else 0)
        return Fraction(told, 10**12 * 10**terms.scale)

    def traded_by(self, pocket: int) -> tuple[int, int]:
        """The currencies that a pocket trades."""
        terms = self.instruments[self.lending.pockets[pocket][1]].terms
        return terms.base, terms.quote

    def counted(self, account: int, currency: int, amount: Fraction) -> Fraction:
        """What an amount counts as collateral: by tiers; in full what is owed, and what a pocket trades."""
        if amount < 0:
            return amount * self.worth(currency)
        if account in self.lending.pockets:
            return amount * self.worth(currency) * (currency in self.traded_by(account))
        counted = below = Fraction(0)
        for tier in self.lending.tiers.get(currency, []):
            counted += max(min(amount, Fraction(tier.amount_max)) - below, Fraction(0)) * tier.rate_ppm / PPM
            below = Fraction(tier.amount_max)
        return counted * self.worth(currency)

    def counted_last(self, account: int, currency: int, amount: int) -> Fraction:
        """What the last unit of an amount counts."""
        if account in self.lending.pockets and amount > 0:
            return self.worth(currency) * (currency in self.traded_by(account))
        tiers = [tier for tier in self.lending.tiers.get(currency, []) if amount <= tier.amount_max]
        rate = PPM if amount <= 0 else tiers[0].rate_ppm if tiers else 0
        return self.worth(currency) * rate / PPM

    def terms_of(self, currency: int) -> cc.DefineBorrowTerms:
        """How a currency is borrowed; not at all, and for no margin, when nothing was defined."""
        return self.lending.terms.get(currency, cc.DefineBorrowTerms())

    def tier_of_debt(self, pocket: int, currency: int, debt: int) -> cc.DefineMarginTier:
        """The tier of what a pocket owes; the last one for whatever is larger."""
        instrument = self.lending.pockets[pocket][1]
        tiers = self.lending.margin_tiers[instrument]
        buys = currency == self.instruments[instrument].terms.base
        return next((tier for tier in tiers if debt <= (tier.base_max if buys else tier.quote_max)), tiers[-1])

    def initial_need(self, account: int, currency: int, debt: int) -> Fraction:
        """The initial margin of a debt."""
        terms = self.terms_of(currency)
        if account in self.lending.pockets:
            rate = max(self.tier_of_debt(account, currency, debt).initial_ppm, self.chosen_rate(account))
        else:
            rate = terms.initial_ppm
        return debt * self.worth(currency) * rate / PPM

    def chosen_rate(self, pocket: int) -> int:
        """The rate of initial margin that the leverage of a pocket asks."""
        owner, instrument = self.lending.pockets[pocket]
        leverage = self.lending.leverages.get((owner, instrument, int(pocket not in self.lending.crossed)), 0)
        return ceil(Fraction(100 * PPM, leverage)) if leverage else 0

    def keep(self, account: int, currency: int, debt: Fraction) -> Fraction:
        """What a debt requires; of pockets with the fee of buying it back."""
        rate = self.terms_of(currency).maintenance_ppm
        if account in self.lending.pockets:
            instrument = self.instruments[self.lending.pockets[account][1]]
            taker = max(self.rates(account, instrument)[1], 0)
            rate = self.tier_of_debt(account, currency, ceil(debt)).maintenance_ppm + taker
        return debt * self.worth(currency) * rate / PPM

    def lent_at_most(self, account: int, currency: int) -> int:
        """What may be borrowed of a currency."""
        if account not in self.lending.pockets:
            return self.terms_of(currency).limit_max
        last = self.lending.margin_tiers[self.lending.pockets[account][1]][-1]
        base, quote = self.traded_by(account)
        return {base: last.base_max, quote: last.quote_max}.get(currency, 0)

    # The sheet.

    def swap(self, order: Order, price: int, lots: int) -> Swap:
        """What a spot order for ``lots`` gives and brings at ``price``, less the dearer fee and what fills may round."""
        instrument = self.instruments[order.instrument]
        terms = instrument.terms
        quote, base = instrument.cost(price, lots), lots * instrument.base_per_lot
        buys = order.side == Side.BUY
        whole = base if buys else instrument.notional(price, lots)
        rate = max(*self.rates(order.account, instrument), 0)
        divides = instrument.quote_per_tick_lot.denominator > 1 and not buys
        rounded = ((rate > 0) + divides) * min(lots, MATCHES_MAX)
        brings = max(whole - ceil(Fraction(whole * rate, PPM)) - rounded, 0)
        return Swap(terms.quote, quote, terms.base, brings) if buys else Swap(terms.base, base, terms.quote, brings)

    def swaps_of(self, account: int, without: Order | None) -> list[Swap]:
        """What all orders of an account give and bring; what isolated orders of contracts hold brings nothing."""
        mine = [o for o in self.open_orders.values() if o.account == account and o is not without]
        found = [self.swap(order, order.price, order.left) for order in mine if not order.position]
        for position in self.positions:
            if position.account == account and position.isolated:
                settle = position.contract.family.settle
                found.append(Swap(settle, self.need(position), settle, 0))
        return [swap for swap in found if swap.gives]

    def sheet(
        self, account: int, more: Swap | None = None, done: Swap | None = None, without: Order | None = None
    ) -> Sheet:
        """The sheet of an account with one order more, one that is done, or without one."""
        codes = range(len(self.currencies))
        equities = {code: self.equity(account, code) - self.lending.loan(account, code) for code in codes}
        if done:
            equities[done.sold] -= done.gives
            equities[done.bought] += done.brings
        swaps = [*self.swaps_of(account, without), *([more] if more else [])]
        sold = {code: sum(swap.gives for swap in swaps if swap.sold == code) for code in codes}
        adjusted = sum((self.counted(account, code, Fraction(equities[code])) for code in codes), Fraction(0))
        margins = borrowed = Fraction(0)
        for code in codes:
            held = sum(position.mark_margin() for position in self.cross_positions(account, code))
            held += sum(self.need(p) for p in self.positions if p.account == account and self.is_cross_in(p, code))
            margins += held * self.worth(code)
            borrowed += self.initial_need(account, code, max(sold[code] - equities[code], 0))
        return Sheet(adjusted, self.cost(account, swaps, equities), margins, borrowed, equities, sold)

    def is_cross_in(self, position: Position, currency: int) -> bool:
        """Whether a position, held or only ordered, is cross and settled in a currency."""
        return not position.isolated and position.contract.family.settle == currency

    def cost(self, account: int, swaps: list[Swap], equities: dict[int, int]) -> Fraction:
        """What any set of swaps costs at most: sold at the average of all that is sold, brought as the last unit."""
        total = Fraction(0)
        for code in {swap.sold for swap in swaps}:
            sold = sum(swap.gives for swap in swaps if swap.sold == code)
            left = Fraction(equities[code] - sold)
            drop = self.counted(account, code, Fraction(equities[code])) - self.counted(account, code, left)
            lost = Fraction(0)
            for swap in (swap for swap in swaps if swap.sold == code):
                brought = sum(other.brings for other in swaps if other.bought == swap.bought)
                brings = swap.brings * self.counted_last(account, swap.bought, equities[swap.bought] + brought)
                lost += max(drop * swap.gives / sold - brings if sold else Fraction(0), Fraction(0))
            total += Fraction(ceil(lost * FINEST), FINEST)
        return total

    def in_units(self, currency: int, dollars: Fraction) -> int:
        """US dollars as units of a currency, rounded down; 0 when it is worth nothing."""
        return floor(dollars / self.worth(currency)) if self.worth(currency) else 0

    # What may be used.

    def free_margin(self, account: int, currency: int) -> int:
        """What is left to open positions with."""
        if not self.pooled(account):
            return super().free_margin(account, currency)
        free = self.in_units(currency, self.sheet(account).free)
        return min(free, INT_MAX - self.held(account, currency) + min(self.balance(account, currency), 0))

    def at_stake(self, account: int, currency: int) -> int:
        """What may be lost without owing anything."""
        sheet = self.sheet(account)
        return self.in_units(currency, sheet.adjusted - sheet.cost)

    def lacking(self, account: int, currency: int) -> int:
        """What nothing of an account pays any more."""
        if not self.pooled(account):
            return super().lacking(account, currency)
        full = sum((own * self.worth(code) for code, own in self.sheet(account).equities.items()), Fraction(0))
        return min(max(-self.in_units(currency, full), 0), VALUE_MAX)

    def may_go(self, account: int, currency: int, amount: int) -> bool:
        """Whether an amount may leave an account."""
        sheet = self.sheet(account, more=Swap(currency, amount, currency, 0))
        there = min(self.balance(account, currency), sheet.equities[currency])
        return sheet.sold[currency] <= there and sheet.free >= 0

    def spendable(self, account: int, currency: int, ledger: int = Ledger.TRADING) -> int:
        """What may leave, or become an isolated margin."""
        if not self.pooled(account) or ledger == Ledger.FUNDING:
            return super().spendable(account, currency, ledger)
        sheet = self.sheet(account)
        most = min(self.balance(account, currency), sheet.equities[currency]) - sheet.sold[currency]
        if most <= 0 or self.may_go(account, currency, most):
            return most
        least = 0
        while least < most:
            middle = (least + most + 1) // 2
            least, most = (middle, most) if self.may_go(account, currency, middle) else (least, middle - 1)
        return least

    # Contracts.

    def means(self, position: Position, opening: int) -> int:
        """What pays for an order of a position that opens so many lots."""
        if self.pooled(position.account) and not position.isolated and not opening:
            return self.at_stake(position.account, position.contract.family.settle)
        return super().means(position, opening)

    def cost_of_opening(self, position: Position, asked: Asked, lots: int) -> int:
        """The same; what a cross position is settled in needs a price."""
        if self.pooled(position.account) and not position.isolated:
            require(self.worth(position.contract.family.settle) > 0, Rejection.CURRENCY_PRICE_MISSING)
        return super().cost_of_opening(position, asked, lots)

    def can_lose(self, position: Position, amount: int) -> bool:
        """Whether an account can bear a loss of a cross position."""
        account, settle = position.account, position.contract.family.settle
        return amount <= (self.at_stake if self.pooled(account) else self.equity)(account, settle)

    def equity_behind(self, position: Position) -> int:
        """What stands behind a position, for its rank in deleveraging."""
        if self.pooled(position.account) and not position.isolated:
            return self.at_stake(position.account, position.contract.family.settle)
        return super().equity_behind(position)

    def behind(self, position: Position, lots: int) -> int:
        """What ending ``lots`` may lose without leaving the account below nothing."""
        if position.isolated or not self.pooled(position.account):
            return super().behind(position, lots)
        gained = floor(position.gain(position.contract.mark, lots))
        return self.at_stake(position.account, position.contract.family.settle) - gained

    # Spot orders.

    def fit_to_balance(self, order: Order, command: c.PlaceOrder, instrument: Instrument) -> None:
        """Refuse what the account cannot pay or borrow, or reduce a market buy to what it can."""
        if not self.pooled(order.account):
            super().fit_to_balance(order, command, instrument)
            return
        _, traded = self.lending.pockets.get(order.account, (0, order.instrument))
        require(traded == order.instrument, Rejection.ACCOUNT_MODE_FORBIDS)
        price, lots, needs = self.trades_at(order, command, instrument)
        self.require_collateral(self.swap(order, price, lots), order.account, needs)

    def trades_at(self, order: Order, command: c.PlaceOrder, instrument: Instrument) -> tuple[int, int, int]:
        """The worst price of an order, the lots that it trades there at most, and what must be there for it."""
        if command.order_type == OrderType.LIMIT:
            return order.price, order.size, self.swap(order, order.price, order.size).gives
        if command.size_unit == SizeUnit.QUOTE:
            lots, _, worst = self.met(order, None, order.size)
            return worst, lots, order.size if order.side == Side.BUY else lots * instrument.base_per_lot
        if order.side == Side.SELL:
            lots, _, worst = self.met(order, order.size, None)
            return worst, lots, order.size * instrument.base_per_lot
        lots, enough, worst = self.met(order, order.size, self.room(order.account, instrument.terms.quote))
        if not enough:
            affordable = not command.fixed_size and lots >= instrument.terms.size_min
            require(affordable, Rejection.INSUFFICIENT_BALANCE)
            order.size = lots
        return worst, lots, 0

    def met(self, order: Order, wanted: int | None, amount: int | None) -> tuple[int, bool, int]:
        """The lots that a market order finds, whether the amount pays for all of them, the price of the last maker."""
        instrument = self.instruments[order.instrument]
        edge = instrument.buy_max() if order.side == Side.BUY else instrument.sell_min()
        lots = worst = 0
        for maker in self.reachable(order, edge):
            more = maker.left if wanted is None else min(maker.left, wanted - lots)
            if more == 0:
                break
            worst = maker.price
            paid = more if amount is None else min(more, instrument.lots_for(worst, amount))
            lots += paid
            if paid < more:
                return lots, False, worst
            amount = None if amount is None else amount - instrument.cost(worst, paid)
        return lots, True, worst

    def room(self, account: int, currency: int) -> int:
        """What a spot order may sell of a currency."""
        own = self.balance(account, currency) - self.sheet(account).sold[currency]
        borrows = self.lending.auto_borrow.get(account, False) and self.worth(currency) > 0
        return max(own + (self.limit_of(account, currency) if borrows else 0), 0)

    def limit_of(self, account: int, currency: int) -> int:
        """How far an account may go below zero."""
        return max(self.lent_at_most(account, currency) - self.lending.loan(account, currency), 0)

    def require_collateral(self, swap: Swap, account: int, needs: int, without: Order | None = None) -> None:
        """Refuse what is neither there nor may be borrowed, and what the collateral does not bear."""
        after = self.sheet(account, more=swap, without=without)
        own = self.balance(account, swap.sold) - after.sold[swap.sold] + swap.gives
        if needs > 0 and needs > own:
            require(self.lending.auto_borrow.get(account, False), Rejection.INSUFFICIENT_BALANCE)
            require(self.worth(swap.sold) > 0, Rejection.CURRENCY_PRICE_MISSING)
            require(needs <= own + self.limit_of(account, swap.sold), Rejection.BORROW_LIMIT_REACHED)
        if after.free < 0:
            done = self.sheet(account, done=swap, without=without)
            helps = done.free >= self.sheet(account).free and after.adjusted >= after.cost
            require(helps, Rejection.COLLATERAL_INSUFFICIENT)

    def require_more(self, order: Order, changed: Order) -> None:
        """Refuse a change that cannot be paid; one that is only cut may always be."""
        if not self.pooled(order.account):
            super().require_more(order, changed)
        elif changed.price != order.price or changed.left >= order.left:
            swap = self.swap(changed, changed.price, changed.left)
            self.require_collateral(swap, order.account, swap.gives, order)
