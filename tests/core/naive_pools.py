"""Prices and terms of currencies, interest, and the liquidation of accounts in multi-currency mode, as the twin does it.

Why apart: what such an account may do stands in ``naive_collateral``; this is what prices do to it (``docs/adr/0035``).
"""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from lonja.core import collateral_commands as cc
from lonja.core import collateral_events as ce
from lonja.core.kinds import AccountKind, AccountMode, CancelReason, Ledger
from lonja.core.rejections import Rejection
from lonja.primitives.money import INT_MAX, PPM
from tests.core.naive_collateral import FINEST, NaiveCollateral
from tests.core.naive_contract_parts import TIERS_MAX, VALUE_MAX, Contract, Position
from tests.core.naive_liquidation import TRILLION, WARNING_TIMES
from tests.core.naive_parts import Account, require

LIMIT_MAX = 2**52


class NaivePools(NaiveCollateral):
    """What prices, terms and interest do."""

    # The operator's.

    def open_desk(self) -> None:
        """The lending desk, when it is not there yet."""
        if self.lending.desk is None:
            self.lending.desk = len(self.accounts)
            self.accounts.append(Account(AccountKind.HOUSE, self.lending.desk))
            self.emit(ce.LendingDeskOpened, self.lending.desk)

    def set_currency_price(self, command: cc.SetCurrencyPrice) -> int:
        """See ``collateral_commands.SetCurrencyPrice``."""
        require(0 < command.price <= INT_MAX, Rejection.FIELD_INVALID)
        self.currency(command.currency)
        self.open_desk()
        self.lending.prices[command.currency] = command.price
        self.emit(ce.CurrencyPriceSet, command.currency, command.price)
        self.watch_pools()
        return command.currency

    def define_discount_tier(self, command: cc.DefineDiscountTier) -> int:
        """See ``collateral_commands.DefineDiscountTier``."""
        sound = 0 < command.amount_max <= INT_MAX and 0 <= command.rate_ppm <= PPM
        require(sound and 1 <= command.tier <= TIERS_MAX, Rejection.FIELD_INVALID)
        self.currency(command.currency)
        tiers = [*self.lending.tiers.get(command.currency, [])]
        require(command.tier <= len(tiers) + 1, Rejection.FIELD_INVALID)
        tiers[command.tier - 1 : command.tier] = [command]
        grows = all(a.amount_max < b.amount_max for a, b in pairwise(tiers))
        falls = all(a.rate_ppm >= b.rate_ppm for a, b in pairwise(tiers))
        require(grows and falls, Rejection.FIELD_INVALID)
        self.open_desk()
        self.lending.tiers[command.currency] = tiers
        self.emit(ce.DiscountTierDefined, *command[4:])
        self.watch_pools()
        return command.tier

    def define_borrow_terms(self, command: cc.DefineBorrowTerms) -> int:
        """See ``collateral_commands.DefineBorrowTerms``."""
        rates = 0 <= command.penalty_ppm <= command.maintenance_ppm <= command.initial_ppm <= PPM
        require(rates and command.maintenance_ppm > 0, Rejection.FIELD_INVALID)
        amounts = 0 <= command.limit_max <= LIMIT_MAX and 0 <= command.interest_free <= INT_MAX
        require(amounts, Rejection.FIELD_INVALID)
        self.currency(command.currency)
        self.open_desk()
        self.lending.terms[command.currency] = command
        self.emit(ce.BorrowTermsDefined, *command[4:])
        self.watch_pools()
        return command.currency

    def set_auto_borrow(self, command: cc.SetAutoBorrow) -> int:
        """See ``collateral_commands.SetAutoBorrow``."""
        require(command.enabled in (0, 1), Rejection.FIELD_INVALID)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        may = self.pooled(command.account) and command.account not in self.lending.crossed
        require(may, Rejection.ACCOUNT_MODE_FORBIDS)
        ends = self.lending.auto_borrow.get(command.account, False) and not command.enabled
        require(not (ends and self.owes(command.account)), Rejection.LIABILITY_OPEN)
        self.lending.auto_borrow[command.account] = bool(command.enabled)
        self.emit(ce.AutoBorrowSet, command.account, command.enabled)
        return command.account

    def define_margin_tier(self, command: cc.DefineMarginTier) -> int:
        """See ``collateral_commands.DefineMarginTier``."""
        sound = 0 < command.base_max <= LIMIT_MAX and 0 < command.quote_max <= LIMIT_MAX
        rates = 0 < command.maintenance_ppm <= command.initial_ppm <= PPM
        require(sound and rates and 1 <= command.tier <= TIERS_MAX, Rejection.FIELD_INVALID)
        instrument = self.instrument(command.instrument)
        tiers = [*self.lending.margin_tiers.get(command.instrument, [])]
        require(not isinstance(instrument, Contract) and command.tier <= len(tiers) + 1, Rejection.FIELD_INVALID)
        tiers[command.tier - 1 : command.tier] = [command]
        for low, high in pairwise(tiers):
            larger = low.base_max < high.base_max and low.quote_max < high.quote_max
            dearer = low.initial_ppm <= high.initial_ppm and low.maintenance_ppm <= high.maintenance_ppm
            require(larger and dearer, Rejection.FIELD_INVALID)
        require(self.lending.desk is not None, Rejection.MARGIN_NOT_OFFERED)
        self.lending.margin_tiers[command.instrument] = tiers
        self.emit(ce.MarginTierDefined, *command[4:])
        self.watch_pools()
        return command.tier

    def open_pocket(self, command: cc.OpenPocket) -> int:
        """See ``collateral_commands.OpenPocket``."""
        owner = self.party(command)
        require(not owner.frozen, Rejection.ACCOUNT_FROZEN)
        self.instrument(command.instrument)
        spot = owner.account_mode == AccountMode.SPOT
        require(not spot and command.account not in self.lending.pockets, Rejection.ACCOUNT_MODE_FORBIDS)
        for pocket, key in self.lending.pockets.items():
            if key == (command.account, command.instrument) and pocket not in self.lending.crossed:
                return pocket
        require(bool(self.lending.margin_tiers.get(command.instrument)), Rejection.MARGIN_NOT_OFFERED)
        pocket = self.add_pocket(owner, command.account, command.instrument)
        self.emit(ce.PocketOpened, command.account, command.instrument, pocket)
        return pocket

    def add_pocket(self, owner: Account, account: int, instrument: int) -> int:
        """An account of the owner's family, with the owner's settings."""
        pocket = len(self.accounts)
        settings = (owner.self_trade_prevention, owner.fee_tier)
        self.accounts.append(Account(owner.kind, owner.master, AccountMode.MULTI_CURRENCY, *settings))
        self.lending.pockets[pocket] = (account, instrument)
        self.lending.auto_borrow[pocket] = True
        return pocket

    def accrue_interest(self, command: cc.AccrueInterest) -> int:
        """See ``collateral_commands.AccrueInterest``."""
        require(0 <= command.rate <= TRILLION and command.hour_ms >= 0, Rejection.FIELD_INVALID)
        self.currency(command.currency)
        for account in self.watched_pools():
            owed = max(-self.balance(account, command.currency), 0) + self.lending.loan(account, command.currency)
            free = 0 if account in self.lending.pockets else self.terms_of(command.currency).interest_free
            liability = owed - free
            amount = ceil(Fraction(max(liability, 0) * command.rate, TRILLION))
            if amount:
                balances = self.give(account, command.currency, -amount)
                what = (command.currency, command.hour_ms, liability, command.rate, amount)
                self.emit(ce.InterestAccrued, account, *what, *balances)
        self.watch_pools()
        return command.currency

    def change_loan(self, command: cc.ChangeLoan) -> int:
        """See ``collateral_commands.ChangeLoan``."""
        require(abs(command.amount) <= INT_MAX, Rejection.FIELD_INVALID)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        self.currency(command.currency)
        may = self.pooled(command.account) and command.account not in self.lending.crossed
        require(may, Rejection.ACCOUNT_MODE_FORBIDS)
        owner, code, amount = command.account, command.currency, command.amount
        loan = self.lending.loan(owner, code)
        if amount > 0:
            require(self.worth(code) > 0, Rejection.CURRENCY_PRICE_MISSING)
            sheet = self.sheet(owner)
            borrowed = loan + max(sheet.sold[code] - self.balance(owner, code), 0)
            require(borrowed + amount <= self.lent_at_most(owner, code), Rejection.BORROW_LIMIT_REACHED)
            more = self.initial_need(owner, code, borrowed + amount) - self.initial_need(owner, code, borrowed)
            require(more <= sheet.free, Rejection.COLLATERAL_INSUFFICIENT)
        else:
            require(amount != 0, Rejection.AMOUNT_NOT_POSITIVE)
            require(-amount <= loan, Rejection.NOTHING_BORROWED)
            require(-amount <= self.available(owner, code), Rejection.INSUFFICIENT_FUNDS)
        self.lend(owner, code, amount)
        return code

    def lend(self, account: int, currency: int, amount: int) -> None:
        """Lend an account an amount, or let it repay one."""
        loan = self.lending.loan(account, currency) + amount
        self.lending.loans[account, currency] = loan
        self.emit(ce.LoanChanged, account, currency, amount, loan, *self.give(account, currency, amount))

    def give(self, account: int, currency: int, amount: int) -> tuple[int, int]:
        """Move an amount from the desk to an account; both balances."""
        assert self.lending.desk is not None
        balance = self.add(account, currency, Ledger.TRADING, amount)
        return balance, self.add(self.lending.desk, currency, Ledger.TRADING, -amount)

    # Looking.

    def pools(self) -> list[int]:
        """All accounts in multi-currency mode."""
        return [account for account in range(len(self.accounts)) if self.pooled(account)]

    def watched_pools(self) -> list[int]:
        """The same but pockets that have, owe and have ordered nothing."""
        return [account for account in self.pools() if account not in self.lending.pockets or self.is_in_use(account)]

    def watch_pools(self) -> None:
        """Look at all of them; who is in danger is decided before anybody is liquidated."""
        touched: list[Contract] = []
        for account in [account for account in self.watched_pools() if self.is_pool_in_danger(account)]:
            touched += self.liquidate_pool(account)
        for contract in self.instruments:
            if isinstance(contract, Contract) and contract in touched:
                self.unload(contract)

    def is_cross_in_danger(self, account: int, currency: int) -> bool:
        """The same of accounts with cross positions in a contract, of whichever mode."""
        return (
            self.is_pool_in_danger(account) if self.pooled(account) else super().is_cross_in_danger(account, currency)
        )

    def exact(self, account: int) -> dict[int, Fraction]:
        """Cash and profits of each currency, not rounded."""
        codes = range(len(self.currencies))
        found = {code: Fraction(self.balance(account, code) - self.lending.loan(account, code)) for code in codes}
        for position in self.crossed(account):
            found[position.contract.family.settle] += position.gain(position.contract.mark, position.size)
        return found

    def crossed(self, account: int) -> list[Position]:
        """All cross positions of an account, the earliest named first."""
        return [p for p in self.positions if p.account == account and p.lots and not p.isolated]

    def weighs(self, position: Position) -> tuple[int, int]:
        """What requires more comes first, of equals what was named first."""
        return floor(self.needs(position, position.size) * FINEST), -position.number

    def needs(self, position: Position, lots: int) -> Fraction:
        """What keeps lots of a position alive, in US dollars."""
        return self.required(position, lots) * self.worth(position.contract.family.settle)

    def pool_standing(self, account: int) -> tuple[Fraction, Fraction, bool]:
        """Adjusted equity, what is required, and whether anything is owed."""
        equities = self.exact(account)
        adjusted = sum((self.counted(account, code, amount) for code, amount in equities.items()), Fraction(0))
        required = sum((self.needs(position, position.size) for position in self.crossed(account)), Fraction(0))
        for code, amount in equities.items():
            required += self.keep(account, code, max(-amount, Fraction(0)))
        return adjusted, required, any(amount < 0 for amount in equities.values())

    def is_pool_in_danger(self, account: int) -> bool:
        """Whether an account is to be liquidated; warns once, cancels orders that it could not lose."""
        adjusted, required, owes = self.pool_standing(account)
        near = (owes or bool(self.crossed(account))) and adjusted <= WARNING_TIMES * required
        if near and not self.lending.warned.get(account, False):
            self.emit(ce.AccountWarned, account, floor(adjusted / required * PPM) if required else 0)
        self.lending.warned[account] = near
        if near and adjusted <= required:
            return True
        self.cancel_uncovered(account)
        return False

    def cancel_uncovered(self, account: int) -> None:
        """Cancel all orders of an account when what they may cost is not covered."""
        adjusted, required, owes = self.pool_standing(account)
        sheet = self.sheet(account)
        borrows = False
        for code, equity in sheet.equities.items():
            debt, owed = max(sheet.sold[code] - equity, 0), max(-equity, 0)
            borrows = borrows or debt > owed
            required += self.keep(account, code, Fraction(debt)) - self.keep(account, code, Fraction(owed))
        stands = owes or borrows or self.crossed(account)
        if stands and adjusted - sheet.cost <= required:
            self.cancel_each(lambda o: o.account == account, CancelReason.LIQUIDATED)

    def cancel_unpaid(self, account: int, currency: int) -> None:
        """After a delivery, cancel what is not there any more."""
        if self.pooled(account):
            self.cancel_uncovered(account)
        else:
            super().cancel_unpaid(account, currency)

    # Liquidating.

    def liquidate_cross(self, account: int, currency: int) -> Iterable[Contract]:
        """Of an account of whichever mode; tells which contracts were taken over."""
        return self.liquidate_pool(account) if self.pooled(account) else super().liquidate_cross(account, currency)

    def liquidate_pool(self, account: int) -> list[Contract]:
        """Orders, then positions, then debts."""
        self.cancel_each(lambda o: o.account == account, CancelReason.LIQUIDATED)
        if account in self.lending.pockets:
            self.note("pocket taken", account)
        touched: list[Contract] = []
        while True:
            adjusted, required, owes = self.pool_standing(account)
            held = self.crossed(account)
            if not (held or owes) or adjusted > required:
                return touched
            if not held:
                self.pay_debts(account)
                return touched
            dearest = max(held, key=self.weighs)
            lots = self.step(dearest)
            last = lots == dearest.size and len(held) == 1 and not owes
            part = Fraction(1) if last else self.needs(dearest, lots) / required
            share = floor(self.left(account, adjusted) * part / self.worth(dearest.contract.family.settle))
            share = max(share, -VALUE_MAX)
            touched.append(dearest.contract)
            self.take_over(dearest, lots, share)

    def left(self, account: int, adjusted: Fraction) -> Fraction:
        """What is left to lose: nothing while only the full value is above it, less than nothing when that is not."""
        full = sum((amount * self.worth(code) for code, amount in self.exact(account).items()), Fraction(0))
        return adjusted if adjusted >= 0 else min(full, Fraction(0))

    def pay_debts(self, account: int) -> None:
        """Repay loans, then pay each debt with what is owned, the most valuable first; the desk pays what is left."""
        for code in range(len(self.currencies)):
            if self.lending.loan(account, code):
                self.lend(account, code, -self.lending.loan(account, code))
        for code in self.most_valuable(account, -1):
            for owned in self.most_valuable(account, 1):
                if self.balance(account, code) < 0:
                    self.pay_debt(account, code, owned)
            owed = -self.balance(account, code)
            if owed > 0:
                self.emit(ce.DebtCovered, account, code, owed, *self.give(account, code, owed))

    def most_valuable(self, account: int, sign: int) -> list[int]:
        """Currencies of which something is owned (or owed), by value."""
        values = {code: sign * self.balance(account, code) * self.worth(code) for code in range(len(self.currencies))}
        return [code for _, code in sorted((-value, code) for code, value in values.items() if value > 0)]

    def pay_debt(self, account: int, debt: int, owned: int) -> None:
        """The desk takes what the debt and the penalty are worth, or all there is."""
        due, there = -self.balance(account, debt), self.balance(account, owned)
        dear = self.worth(debt) * (1 + Fraction(self.terms_of(debt).penalty_ppm, PPM))
        taken, repaid = ceil(due * dear / self.worth(owned)), due
        if taken > there:
            taken, repaid = there, min(due, floor(there * self.worth(owned) / dear))
        balance, desk = self.give(account, owned, -taken)
        debt_balance, desk_debt = self.give(account, debt, repaid)
        prices = [self.lending.prices.get(code, 10**12) for code in (owned, debt)]
        balances = (balance, debt_balance, desk, desk_debt)
        self.emit(ce.CollateralTaken, account, owned, taken, prices[0], debt, repaid, prices[1], *balances)
