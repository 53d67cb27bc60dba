"""Opening a sub-account: an account of the core first, its name second.

Why in this order: what the core acknowledged is durable, and an account without a name harms nobody. Invariant: no
account of a master stays without a name for long: the next sub-account opened under it is the one a crash left behind.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from lonja.core.commands import CreateAccount
from lonja.core.kinds import AccountKind
from lonja.core.rejections import Rejection
from lonja.core.views import AccountView
from lonja.engine.api import Engine
from lonja.modules.identity.domain import LimitReachedError, NameTakenError, SubAccount
from lonja.modules.identity.sub_accounts import SubAccounts

_CHUNK: Final = 500


class SubAccountOpening:
    """Opens sub-accounts one after another."""

    def __init__(self, engine: Engine, sub_accounts: SubAccounts, per_master_max: Callable[[], int]) -> None:
        """``per_master_max`` says how many sub-accounts a master may have now."""
        self._engine = engine
        self._sub_accounts = sub_accounts
        self._per_master_max = per_master_max
        self._lock = asyncio.Lock()
        self._searched = 0
        self._nameless: dict[int, list[int]] = {}

    async def open(self, master: AccountView, name: str, label: str) -> SubAccount:
        """A new account under ``master``, set up like it.

        Raises ``NameTakenError``, ``LimitReachedError``, ``DataError``, and what ``Engine.submit`` raises.
        """
        async with self._lock:
            if self._sub_accounts.is_taken(name):
                raise NameTakenError(f"The name {name} is taken.")
            count_max = self._per_master_max()
            if self._sub_accounts.count(master.account) >= count_max:
                raise LimitReachedError(f"An account can have at most {count_max} sub-accounts.")
            await self._search()
            left_behind = self._nameless.setdefault(master.account, [])
            if not left_behind:
                left_behind.append(await self._create(master))
            register = self._sub_accounts.register
            made = await asyncio.to_thread(register, master.account, left_behind[-1], name, label)
            left_behind.pop()
            return made

    async def _create(self, master: AccountView) -> int:
        command = CreateAccount(
            kind=master.kind,
            master=master.account,
            account_mode=master.account_mode,
            self_trade_prevention=master.self_trade_prevention,
            fee_tier=master.fee_tier,
        )
        outcome = await self._engine.submit(command)
        if outcome.rejection != Rejection.NONE:
            raise LimitReachedError("The house can not have more accounts.")
        # Known by now, so the search need not find it again.
        self._searched = max(self._searched, outcome.id + 1)
        return outcome.id

    async def _search(self) -> None:
        """Find sub-accounts of customers that came into being since the last search and have no name."""
        count = self._engine.views.account_count()
        while self._searched < count:
            numbers = range(self._searched, min(self._searched + _CHUNK, count))
            views = (self._engine.views.account(number) for number in numbers)
            found = {
                view.account: view.master
                for view in views
                if view is not None
                and view.master != view.account
                and view.kind == AccountKind.CUSTOMER
                # What holds a position in a pair is of the family, but nobody's sub-account.
                and self._engine.views.pocket(view.account) is None
            }
            named = self._sub_accounts.registered(found) if found else set()
            for account in found.keys() - named:
                self._nameless.setdefault(found[account], []).append(account)
            self._searched = numbers.stop
            # Trading goes on while a house with many accounts is searched.
            await asyncio.sleep(0)
