"""Prices, terms and debts as their events tell them.

Why here: views and projections know only events. ``fold`` takes in what was defined and tells what money moved,
``compare`` expects the state to hold what was told.
"""

from dataclasses import dataclass, field

from lonja.core import collateral_events as ce
from lonja.core import events as e
from lonja.core import margin_events as me
from lonja.core.state import State

Post = tuple[int, int, int, int]
"""Account, currency, amount, balance."""


@dataclass
class CollateralMirror:
    """What was told of currencies as collateral, and of accounts in multi-currency mode."""

    desk: int = -1
    prices: dict[int, int] = field(default_factory=dict)
    tiers: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    terms: dict[int, tuple[int, ...]] = field(default_factory=dict)
    modes: dict[int, int] = field(default_factory=dict)
    auto_borrow: dict[int, int] = field(default_factory=dict)
    loans: dict[tuple[int, int], int] = field(default_factory=dict)
    margin_tiers: dict[int, list[tuple[int, ...]]] = field(default_factory=dict)
    pockets: dict[tuple[int, int], int] = field(default_factory=dict)
    cross_pockets: dict[tuple[int, int, int], int] = field(default_factory=dict)
    leverages: dict[tuple[int, int, int], int] = field(default_factory=dict)
    pairs: dict[int, tuple[int, int]] = field(default_factory=dict)

    def fold(self, event: e.Event) -> list[Post]:
        """Take in an event, and tell what it moves."""
        if isinstance(event, ce.LendingDeskOpened):
            assert self.desk == -1, "a second desk was opened"
            self.desk = event.account
        elif isinstance(event, (e.AccountCreated, e.AccountConfigured)):
            self.modes[event.account] = event.account_mode
            if event.account_mode != 3:
                self.auto_borrow.pop(event.account, None)
        elif isinstance(event, ce.CurrencyPriceSet):
            self.prices[event.currency] = event.price
        elif isinstance(event, ce.DiscountTierDefined):
            self.tiers.setdefault(event.currency, [])[event.tier - 1 : event.tier] = [
                (event.amount_max, event.rate_ppm)
            ]
        elif isinstance(event, ce.BorrowTermsDefined):
            self.terms[event.currency] = event[3:]
        elif isinstance(event, ce.MarginTierDefined):
            self.margin_tiers.setdefault(event.instrument, [])[event.tier - 1 : event.tier] = [event[4:]]
        elif isinstance(event, ce.AutoBorrowSet):
            self.auto_borrow[event.account] = event.enabled
        self._fold_pockets(event)
        return self._moves(event)

    def _fold_pockets(self, event: e.Event) -> None:
        if isinstance(event, e.InstrumentListed):
            self.pairs[event.instrument] = (event.base, event.quote)
        elif isinstance(event, ce.PocketOpened):
            self.pockets[event.account, event.instrument] = event.pocket
        elif isinstance(event, me.CrossPocketOpened):
            self.cross_pockets[event.account, event.instrument, event.currency] = event.pocket
        elif isinstance(event, me.PocketLeverageSet):
            self.leverages[event.account, event.instrument, event.margin_mode] = event.leverage
        if isinstance(event, (ce.PocketOpened, me.CrossPocketOpened)):
            self.modes[event.pocket] = 3
            self.auto_borrow[event.pocket] = 1

    def _moves(self, event: e.Event) -> list[Post]:
        if isinstance(event, ce.InterestAccrued):
            assert min(event.liability, event.amount) > 0, "interest on nothing"
            return [
                (event.account, event.currency, -event.amount, event.balance),
                (self.desk, event.currency, event.amount, event.desk_balance),
            ]
        if isinstance(event, ce.CollateralTaken):
            assert (event.price, event.debt_price) == (self._price(event.currency), self._price(event.debt_currency))
            return [
                (event.account, event.currency, -event.taken, event.balance),
                (self.desk, event.currency, event.taken, event.desk_balance),
                (event.account, event.debt_currency, event.repaid, event.debt_balance),
                (self.desk, event.debt_currency, -event.repaid, event.desk_debt_balance),
            ]
        if isinstance(event, ce.LoanChanged):
            before = self.loans.get((event.account, event.currency), 0)
            assert event.loan == before + event.amount >= 0, "a loan is told with another sum"
            self.loans[event.account, event.currency] = event.loan
        if isinstance(event, me.PocketTakenOver):
            return self._taken_over(event)
        if isinstance(event, ce.DebtCovered):
            alone = self.modes[event.account] == 3
            assert event.balance == 0 or (not alone and event.balance < 0), "a debt was covered by halves"
        if isinstance(event, (ce.DebtCovered, ce.LoanChanged)):
            return [
                (event.account, event.currency, event.amount, event.balance),
                (self.desk, event.currency, -event.amount, event.desk_balance),
            ]
        return []

    def _taken_over(self, event: me.PocketTakenOver) -> list[Post]:
        """The pocket is empty; what the desk has of the margin currency is told once all has moved."""
        base, quote = self.pairs[event.instrument]
        moved = {base: event.base, quote: event.quote}
        moved[event.currency] -= event.amount
        return [
            (event.pocket, base, -event.base, 0),
            (event.pocket, quote, -event.quote, 0),
            (event.account, event.currency, event.amount, event.balance),
            (self.desk, base, moved[base], event.desk_base_balance),
            (self.desk, quote, moved[quote], event.desk_quote_balance),
        ]

    def _price(self, currency: int) -> int:
        """Only a currency of the value of a dollar has a price that nobody told."""
        return self.prices.get(currency, 10**12)

    def compare(self, state: State) -> None:
        """Expect the state to hold what was told."""
        assert state.desk == self.desk
        for code, currency in enumerate(state.currencies):
            assert code not in self.prices or currency.price == self.prices[code], "a price was not told"
            assert [(tier.amount_max, tier.rate_ppm) for tier in currency.tiers] == self.tiers.get(code, [])
            terms = (currency.limit_max, currency.initial_ppm, currency.maintenance_ppm, currency.penalty_ppm)
            assert (*terms, currency.interest_free) == self.terms.get(code, (0, 0, 0, 0, 0)), "terms were not told"
        for code, instrument in enumerate(state.instruments):
            tiers = [(t.base_max, t.quote_max, t.initial_ppm, t.maintenance_ppm) for t in instrument.margin_tiers]
            assert tiers == self.margin_tiers.get(code, []), "a margin tier was not told"
        assert state.pockets == self.pockets, "a pocket was not told"
        assert state.cross_pockets == self.cross_pockets, "a cross pocket was not told"
        assert state.pocket_leverages == self.leverages, "a leverage of pockets was not told"
        pooled = [account for account, mode in self.modes.items() if mode == 3]
        assert sorted(state.pools) == sorted(pooled), "an account stands on all its currencies that should not"
        for account, pool in state.pools.items():
            told = {code: loan for (owner, code), loan in self.loans.items() if owner == account and loan}
            assert pool.loans == told, "a loan was not told"
            assert pool.auto_borrow == self.auto_borrow.get(account, 0), "auto-borrow was not told"
