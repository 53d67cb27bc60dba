"""The accounts of people in a sandbox: one more, money in, money out, back to the start.

Why here: play money may do what no exchange allows, yet all of it goes through commands, so the journal still tells
everything: money comes from the outside account and goes back to it, and every currency still sums to zero.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from lonja.core.algo_commands import CancelAlgo
from lonja.core.commands import CancelAllAfter, CancelOrder, Command, CreateAccount, Deposit, Withdraw
from lonja.core.kinds import AccountKind, Ledger
from lonja.core.rejections import Rejection
from lonja.core.views import BalanceView
from lonja.engine.api import Engine
from lonja.modules.identity.api import Account, Identity
from lonja.modules.sandbox.catalogue import CUSTOMER_FEE_TIER, CUSTOMER_FUNDS
from lonja.modules.sandbox.unwinding import Unwinding
from lonja.primitives.errors import LonjaError

LEDGERS = (Ledger.TRADING, Ledger.FUNDING)
_TRIES = 100
Funds = Mapping[str, int]
"""Smallest units by the name of the currency; as much in each of the two ledgers."""


class AccountKey(NamedTuple):
    """How a client signs for an account."""

    api_key: str
    secret_key: str
    passphrase: str
    permissions: str


class AccountFile(Protocol):
    """What is known of sandbox accounts outside the journal: their keys, and what they were made with."""

    def add(self, name: str, account: int, funds: Funds) -> AccountKey:
        """Make a key for a new account and keep both (blocking)."""

    def funds(self, name: str) -> Funds | None:
        """What the account was made with; None for an account that was not made by request."""

    def key(self, name: str) -> AccountKey | None:
        """The key of an account; None for one that ``sandbox.json`` does not list."""


class SandboxAccounts:
    """Accounts of people on one engine."""

    def __init__(self, engine: Engine, identity: Identity, file: AccountFile) -> None:
        """``file`` keeps what the journal does not know."""
        self._engine = engine
        self._identity = identity
        self._file = file
        self._changing = asyncio.Lock()
        self._unwinding = Unwinding(engine, identity)

    def all(self) -> list[Account]:
        """Every account of people, by number."""
        return [known for known in self._identity.accounts() if self._is_customer(known.account)]

    def find(self, name: str) -> Account | None:
        """The account called ``name``, or whose user id that is, if it belongs to people."""
        known = self._identity.account_named(name)
        if known is None:
            number = self._identity.account_of(name)
            known = next((account for account in self.all() if account.account == number), None)
        return known if known is not None and self._is_customer(known.account) else None

    def key(self, name: str) -> AccountKey | None:
        """The key of the account called ``name``; None for accounts that people opened themselves."""
        return self._file.key(name)

    def balances(self, account: int) -> Sequence[BalanceView]:
        """All balances of an account that were ever touched."""
        return self._engine.views.balances(account)

    async def create(self, name: str, funds: Funds | None) -> tuple[Account, AccountKey]:
        """One more account with ``funds`` (None: what the first ones have). Raises ``LonjaError``."""
        async with self._changing:
            return await self._create(name, funds)

    async def _create(self, name: str, funds: Funds | None) -> tuple[Account, AccountKey]:
        if self._identity.account_named(name) is not None:
            raise LonjaError(f"The name {name} is taken.", "Choose another one.")
        given = self._first_funds() if funds is None else funds
        (outcome,) = await self._send([CreateAccount(kind=AccountKind.CUSTOMER, fee_tier=CUSTOMER_FEE_TIER)])
        self._identity.register_account(name, outcome, -1)
        await self._send(
            [
                Deposit(account=outcome, currency=self._currency(currency), ledger=ledger, amount=amount)
                for ledger in LEDGERS
                for currency, amount in given.items()
                if amount
            ]
        )
        # Passphrases are slow to hash, on purpose.
        return Account(outcome, name, -1), await asyncio.to_thread(self._file.add, name, outcome, given)

    async def fund(self, account: int, currency: int, ledger: Ledger, amount: int) -> None:
        """Bring in ``amount``. Raises ``LonjaError`` when more than can exist would."""
        await self._send([Deposit(account=account, currency=currency, ledger=ledger, amount=amount)])

    async def take(self, account: int, currency: int, ledger: Ledger, amount: int) -> None:
        """Take out ``amount``. Raises ``LonjaError`` when less is available."""
        await self._send([Withdraw(account=account, currency=currency, ledger=ledger, amount=amount)])

    async def drain(self, account: int, currencies: Sequence[int]) -> None:
        """Cancel the account's orders and take out all it has of ``currencies``."""
        await self._cancel_orders(account)
        await self._send(
            [
                Withdraw(account=account, currency=view.currency, ledger=view.ledger, amount=view.cash - view.held)
                for view in self.balances(account)
                if view.currency in currencies and view.cash > view.held
            ]
        )

    async def reset(self) -> None:
        """Cancel all orders and timers of people, end their positions, and give each account what it began with.

        Account modes are those of the beginning, too, and Security Funds get what they lost.

        Sub-accounts begin with nothing.
        """
        # Two at once would both see the same money missing, and both bring it.
        async with self._changing:
            for known in self.all():
                await self._cancel_orders(known.account)
            await self._unwinding.end([known.account for known in self.all()])
            await self._unwinding.end_kept()
            await self._unwinding.refill()
            for known in self.all():
                await self._reset(known)

    async def _reset(self, known: Account) -> None:
        """Try until it worked: people who trade on may take or hold what was just going to be taken out."""
        beginning = self._beginning(known)
        for _ in range(_TRIES):
            # A timer with a tag that is still armed finds no order of before; without one it would find new orders.
            clearing: list[Command] = [
                *self._cancels(known.account),
                CancelAllAfter(account=known.account, timeout_ms=0),
            ]
            money = self._back_to(known.account, beginning)
            outcomes = await self._engine.submit_many([*clearing, *money])
            if all(outcome.rejection == Rejection.NONE for outcome in outcomes[len(clearing) :]):
                return
        raise LonjaError(f"The account {known.name} trades too fast to be reset.", "Stop its client first.")

    def _beginning(self, known: Account) -> Funds:
        account = self._engine.views.account(known.account)
        if account is not None and account.master != known.account:
            return {}
        made_with = self._file.funds(known.name)
        return self._first_funds() if made_with is None else made_with

    def _back_to(self, account: int, funds: Funds) -> list[Command]:
        wanted = {(self._currency(name), ledger): amount for name, amount in funds.items() for ledger in LEDGERS}
        held = {(view.currency, Ledger(view.ledger)): view.cash for view in self.balances(account)}
        commands: list[Command] = []
        for key in sorted(wanted.keys() | held.keys()):
            currency, ledger = key
            change = wanted.get(key, 0) - held.get(key, 0)
            if change > 0:
                commands.append(Deposit(account=account, currency=currency, ledger=ledger, amount=change))
            elif change < 0:
                commands.append(Withdraw(account=account, currency=currency, ledger=ledger, amount=-change))
        return commands

    async def _cancel_orders(self, account: int) -> None:
        cancels = self._cancels(account)
        if cancels:
            # An order that was filled or canceled meanwhile is no longer in the way.
            await self._engine.submit_many(cancels)

    def _cancels(self, account: int) -> list[Command]:
        """What cancels all orders of an account and of its pockets; algo orders first, since they would place more."""
        views = self._engine.views
        every = [account, *(one.pocket for one in views.pockets(account))]
        algos = [
            CancelAlgo(account=one, instrument=algo.terms.instrument, algo_id=algo.algo_id)
            for one in every
            for algo in views.algos(one)
        ]
        orders = [
            CancelOrder(account=one, instrument=order.instrument, order_id=order.order_id)
            for one in every
            for order in views.open_orders(one)
        ]
        return [*algos, *orders]

    def _first_funds(self) -> Funds:
        """What the accounts have that every sandbox begins with, in each ledger."""
        scales = {view.name: view.scale for view in self._engine.views.currencies()}
        return {name: units * int(10 ** scales[name]) for name, units in CUSTOMER_FUNDS.items() if name in scales}

    def _is_customer(self, account: int) -> bool:
        view = self._engine.views.account(account)
        return view is not None and view.kind == AccountKind.CUSTOMER

    def _currency(self, name: str) -> int:
        return next(view.currency for view in self._engine.views.currencies() if view.name == name)

    async def _send(self, commands: Sequence[Command]) -> list[int]:
        """Ids of ``commands``. Raises ``LonjaError`` for the first that was refused."""
        outcomes = await self._engine.submit_many(commands) if commands else []
        for outcome in outcomes:
            if outcome.rejection != Rejection.NONE:
                raise LonjaError(_REASONS.get(Rejection(outcome.rejection), Rejection(outcome.rejection).name))
        return [outcome.id for outcome in outcomes]


_REASONS = {
    Rejection.SUPPLY_EXCEEDED: "The amount is more than can exist.",
    Rejection.INSUFFICIENT_FUNDS: "The amount is more than is available.",
}
