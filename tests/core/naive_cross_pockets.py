"""Cross pockets, as the naive twin sees them: what they have stands beside positions (``docs/adr/0036``)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import ceil, floor

from lonja.core import collateral_events as ce
from lonja.core import events as e
from lonja.core import margin_commands as mc
from lonja.core import margin_events as me
from lonja.core.kinds import (
    AccountMode,
    CancelReason,
    Ledger,
)
from lonja.core.rejections import Rejection
from lonja.core.texts import EMPTY_32
from lonja.primitives.money import PPM
from tests.core.naive_algos import NaiveAlgos
from tests.core.naive_collateral import Swap
from tests.core.naive_contract_parts import Contract
from tests.core.naive_liquidation import WARNING_TIMES
from tests.core.naive_parts import Instrument, Order, Traded, require

TRADING = Ledger.TRADING


@dataclass
class NaiveCrossPockets(NaiveAlgos):
    """What pairs in cross margin add to what their owner has, and lose with it."""

    def hand_over(self, sender: int, receiver: int, currency: int, amount: int) -> None:
        """Money between a pocket and its owner."""
        left = self.add(sender, currency, TRADING, -amount)
        there = self.add(receiver, currency, TRADING, amount)
        self.emit(e.Transferred, sender, currency, amount, TRADING, TRADING, receiver, left, there, EMPTY_32)

    def trade_rest(self, pocket: int, taken: tuple[int, int], repaid: tuple[int, int]) -> None:
        """The desk takes an amount of a currency and pays one of a debt for it."""
        balance, desk = self.give(pocket, taken[0], -taken[1])
        debt_balance, desk_debt = self.give(pocket, *repaid)
        prices = [self.lending.prices.get(code, 10**12) for code in (taken[0], repaid[0])]
        balances = (balance, debt_balance, desk, desk_debt)
        self.emit(ce.CollateralTaken, pocket, *taken, prices[0], *repaid, prices[1], *balances)

    def end_position(self, pocket: int, *, closed: bool) -> None:
        """Nothing is open any more."""
        traded = self.traded_by_pocket(pocket)
        if closed or traded.lots:
            self.note("pocket flat", pocket)
        traded.lots = traded.cost = 0

    def open_cross_pocket(self, command: mc.OpenCrossPocket) -> int:
        """See ``margin_commands.OpenCrossPocket``."""
        owner = self.party(command)
        require(not owner.frozen, Rejection.ACCOUNT_FROZEN)
        terms = self.instrument(command.instrument).terms
        require(owner.account_mode == AccountMode.FUTURES, Rejection.ACCOUNT_MODE_FORBIDS)
        key = (command.account, command.instrument)
        for pocket, currency in self.lending.crossed.items():
            if (self.lending.pockets[pocket], currency) == (key, command.currency):
                return pocket
        require(bool(self.lending.margin_tiers.get(command.instrument)), Rejection.MARGIN_NOT_OFFERED)
        require(command.currency in (terms.base, terms.quote), Rejection.FIELD_INVALID)
        pocket = self.add_pocket(owner, command.account, command.instrument)
        self.lending.crossed[pocket] = command.currency
        self.emit(me.CrossPocketOpened, *key, command.currency, pocket)
        return pocket

    def crossed_of(self, account: int, currency: int) -> list[int]:
        """The cross pockets of an account whose margin is a currency; those that all its currencies bear have nothing."""
        known = [(p, self.lending.pockets[p][0], code) for p, code in self.lending.crossed.items()]
        return [p for p, owner, code in known if (owner, code) == (account, currency) and not self.pooled(account)]

    def equity(self, account: int, currency: int) -> int:
        """With what cross pockets have, when their orders have cost what they may."""
        sheets = [self.sheet(pocket) for pocket in self.crossed_of(account, currency)]
        staked = sum(self.in_units(currency, sheet.adjusted - sheet.cost) for sheet in sheets)
        return super().equity(account, currency) + staked

    def lacking(self, account: int, currency: int) -> int:
        """What pockets have is there whatever they have ordered."""
        crossed = self.crossed_of(account, currency)
        if not crossed or self.balance(account, currency) >= 0:
            return super().lacking(account, currency)
        costs = sum(
            self.in_units(currency, sheet.adjusted) - self.in_units(currency, sheet.adjusted - sheet.cost)
            for sheet in map(self.sheet, crossed)
        )
        return super().lacking(account, currency) - costs

    def cancel_unpaid(self, account: int, currency: int) -> None:
        """After a delivery, orders of pockets, too."""
        if self.crossed_of(account, currency) and self.equity(account, currency) < self.held(account, currency):
            self.cancel_crossed(account, currency)
        else:
            super().cancel_unpaid(account, currency)

    def free_margin(self, account: int, currency: int) -> int:
        """With what the margins of debts leave free of it."""
        sheets = [self.sheet(pocket) for pocket in self.crossed_of(account, currency)]
        bound = sum(
            self.in_units(currency, sheet.free) - self.in_units(currency, sheet.adjusted - sheet.cost)
            for sheet in sheets
        )
        return super().free_margin(account, currency) + bound

    def require_collateral(self, swap: Swap, account: int, needs: int, without: Order | None = None) -> None:
        """An order of a cross pocket is borne by its owner."""
        currency = self.lending.crossed.get(account)
        if currency is None:
            super().require_collateral(swap, account, needs, without)
            return
        owner, instrument = self.lending.pockets[account]
        terms = self.instruments[instrument].terms
        futures = self.accounts[owner].account_mode == AccountMode.FUTURES
        require(futures, Rejection.ACCOUNT_MODE_FORBIDS)
        require(self.worth(terms.base) * self.worth(terms.quote) > 0, Rejection.CURRENCY_PRICE_MISSING)
        before, after = self.sheet(account), self.sheet(account, more=swap, without=without)
        own = self.balance(account, swap.sold) - after.sold[swap.sold] + swap.gives
        require(needs <= 0 or needs <= own + self.limit_of(account, swap.sold), Rejection.BORROW_LIMIT_REACHED)
        free = self.free_margin(owner, currency)
        free += self.in_units(currency, after.free) - self.in_units(currency, before.free)
        left = self.equity(owner, currency) - self.held(owner, currency)
        left += self.in_units(currency, after.adjusted - after.cost)
        left -= self.in_units(currency, before.adjusted - before.cost)
        helps = self.sheet(account, done=swap, without=without).free >= before.free and left >= 0
        require(free >= 0 or helps, Rejection.COLLATERAL_INSUFFICIENT)

    def together(self, account: int, currency: int) -> tuple[Fraction, Fraction]:
        """What stands behind all cross positions of a currency, pockets included, and what they require."""
        positions = self.cross_positions(account, currency)
        stock = Fraction(self.balance(account, currency))
        stock += sum(position.gain(position.contract.mark, position.size) for position in positions)
        required = sum((self.required(position, position.size) for position in positions), Fraction(0))
        for pocket in self.crossed_of(account, currency):
            adjusted, needed, owes = self.pool_standing(pocket)
            if owes:
                stock += adjusted / self.worth(currency)
                required += needed / self.worth(currency)
        return stock, required

    def owing(self, account: int, currency: int) -> list[int]:
        """Those cross pockets that owe anything."""
        return [pocket for pocket in self.crossed_of(account, currency) if self.pool_standing(pocket)[2]]

    def is_cross_in_danger(self, account: int, currency: int) -> bool:
        """The same where pockets stand among the positions."""
        pockets = self.crossed_of(account, currency)
        if not pockets:
            return super().is_cross_in_danger(account, currency)
        equity, required = self.together(account, currency)
        positions, owing = self.cross_positions(account, currency), self.owing(account, currency)
        near = bool(positions or owing) and equity <= WARNING_TIMES * required
        ratio = floor(equity / required * PPM) if required else 0
        for position in positions:
            if near and not position.warned:
                self.emit(e.MarginWarned, *position.names, ratio)
            position.warned = near
        for pocket in pockets:
            warns = near and pocket in owing
            if warns and not self.lending.warned.get(pocket, False):
                self.emit(ce.AccountWarned, pocket, ratio)
            self.lending.warned[pocket] = warns
        if near and equity <= required:
            return True
        self.cancel_what_costs(account, currency, bool(positions or owing), equity, required)
        return False

    def cancel_what_costs(
        self, account: int, currency: int, stands: bool, equity: Fraction, required: Fraction
    ) -> None:
        """Cancel orders when what they hold and may cost leaves no more than what is required."""
        held = self.held(account, currency)
        for pocket in self.crossed_of(account, currency):
            sheet, cost = self.sheet(pocket), Fraction(0)
            for code, own in sheet.equities.items():
                debt, owed = max(sheet.sold[code] - own, 0), max(-own, 0)
                stands = stands or debt > owed
                cost += self.keep(pocket, code, Fraction(debt)) - self.keep(pocket, code, Fraction(owed))
            held += ceil((sheet.cost + cost) / self.worth(currency)) if self.worth(currency) else 0
        if stands and held and equity - held <= required:
            self.cancel_crossed(account, currency)

    def cancel_crossed(self, account: int, currency: int) -> None:
        """Cancel what holds a currency, and all orders of the cross pockets in it."""
        self.cancel_holding(account, currency)
        for pocket in self.crossed_of(account, currency):
            self.cancel_each(partial(is_of, pocket), CancelReason.LIQUIDATED)

    def liquidate_cross(self, account: int, currency: int) -> Iterable[Contract]:
        """The same where pockets stand among the positions."""
        if not self.crossed_of(account, currency):
            return super().liquidate_cross(account, currency)
        self.cancel_crossed(account, currency)
        touched: list[Contract] = []
        while True:
            held, owing = self.cross_positions(account, currency), self.owing(account, currency)
            equity, required = self.together(account, currency)
            if not held + owing or equity > required:
                return touched
            needs = {position.number: self.required(position, position.size) for position in held}
            owed = {pocket: self.pool_standing(pocket)[1] / self.worth(currency) for pocket in owing}
            last = len(held) + len(owing) == 1
            worst = max(held, key=lambda p: (floor(needs[p.number]), -p.number), default=None)
            pocket = max(owing, key=lambda p: (floor(owed[p]), -p), default=None)
            if worst and (pocket is None or floor(needs[worst.number]) >= floor(owed[pocket])):
                lots = self.step(worst)
                part = self.required(worst, lots) / required
                whole = last and lots == worst.size
                touched.append(worst.contract)
                self.take_over(worst, lots, floor(equity if whole else equity * part))
            else:
                assert pocket is not None
                self.take_pocket(pocket, floor(equity if last else equity * owed[pocket] / required))

    def take_pocket(self, pocket: int, share: int) -> None:
        """The desk takes over a pocket; the owner loses the penalty, and at most a share."""
        (owner, instrument), currency = self.lending.pockets[pocket], self.lending.crossed[pocket]
        terms = self.instruments[instrument].terms
        codes = (terms.base, terms.quote)
        worth = sum(self.balance(pocket, code) * self.worth(code) for code in codes) / self.worth(currency)
        fines = [
            max(-self.balance(pocket, code), 0) * self.worth(code) * Fraction(self.terms_of(code).penalty_ppm, PPM)
            for code in codes
        ]
        amount = floor(worth) - min(ceil(sum(fines, Fraction(0)) / self.worth(currency)), share)
        had = [self.balance(pocket, code) for code in codes]
        for code, own in zip(codes, had, strict=True):
            self.give(pocket, code, -own)
        balance, _ = self.give(owner, currency, amount)
        self.traded_by_pocket(pocket).lots = self.traded_by_pocket(pocket).cost = 0
        self.note("pocket taken", pocket)
        self.lending.warned[pocket] = False
        assert self.lending.desk is not None
        desk = [self.balance(self.lending.desk, code) for code in codes]
        self.emit(me.PocketTakenOver, owner, pocket, instrument, currency, *had, amount, balance, *desk)

    def watch_pools(self) -> None:
        """Cross pockets are looked at with all that stands beside them in their currency."""
        keys: dict[tuple[int, int | None], bool] = {}
        for account in self.watched_pools():
            currency = self.lending.crossed.get(account)
            keys[account if currency is None else self.lending.pockets[account][0], currency] = True
        endangered = [key for key in keys if self.is_key_in_danger(*key)]
        touched: list[Contract] = []
        for account, currency in endangered:
            touched += self.liquidate_pool(account) if currency is None else self.liquidate_cross(account, currency)
        for contract in self.instruments:
            if isinstance(contract, Contract) and contract in touched:
                self.unload(contract)

    def is_key_in_danger(self, account: int, currency: int | None) -> bool:
        """Of an account on all its currencies, or of one currency."""
        return self.is_pool_in_danger(account) if currency is None else self.is_cross_in_danger(account, currency)

    def traded_by_pocket(self, pocket: int) -> Traded:
        """What a pocket has traded."""
        return self.lending.traded.setdefault(pocket, Traded())

    def close_crossed(self, pocket: int, owner: int, instrument: Instrument, *, closed: bool) -> None:
        """What owes nothing, or has closed all it had, is over; the owner gets it, and pays what is still owed."""
        currency = self.lending.crossed[pocket]
        other = instrument.terms.base if currency == instrument.terms.quote else instrument.terms.quote
        asset, margin = self.balance(pocket, other), self.balance(pocket, currency)
        lot = instrument.base_per_lot * self.worth(instrument.terms.base)
        if closed and margin < 0 < asset and asset * self.worth(other) < lot:
            self.trade_rest(pocket, (other, asset), (currency, self.in_units(currency, asset * self.worth(other))))
            asset, margin = 0, self.balance(pocket, currency)
        if asset < 0 or (margin < 0 and asset):
            return
        self.end_position(pocket, closed=closed)
        if asset:
            self.hand_over(pocket, owner, other, asset)
        if margin > 0:
            self.hand_over(pocket, owner, currency, margin)
        if margin < 0:
            self.hand_over(owner, pocket, currency, -margin)
            lacking = self.lacking(owner, currency)
            if lacking > 0:
                self.emit(ce.DebtCovered, owner, currency, lacking, *self.give(owner, currency, lacking))


def is_of(account: int, order: Order) -> bool:
    """Whether an order is one of an account."""
    return order.account == account
