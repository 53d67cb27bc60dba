"""Opening the trading account of a new user: an account of the core, its name, then the user's own note of it.

Why in this order: what the core acknowledged is durable, and an account that nobody's name leads to harms nobody.
Invariant: a user gets one account, however often a crash interrupts the opening.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from lonja.core.commands import CreateAccount
from lonja.core.kinds import AccountKind
from lonja.core.rejections import Rejection
from lonja.engine.api import Engine
from lonja.modules.identity.handlers import Identity
from lonja.modules.identity.people.people import People
from lonja.primitives.errors import RefusedError

_NAME: Final = "user-{}"


class TradingAccounts:
    """Opens trading accounts one after another."""

    def __init__(
        self,
        engine: Engine,
        identity: Identity,
        people: People,
        fee_tier: int,
        opened: Callable[[int], None] = lambda _: None,
    ) -> None:
        """``fee_tier`` is where a new customer begins; ``opened`` hears of each user who got an account (blocking)."""
        self._engine = engine
        self._identity = identity
        self._people = people
        self._fee_tier = fee_tier
        self._opened = opened
        self._lock = asyncio.Lock()

    async def ensure(self, user_id: int) -> int:
        """The trading account of a user, opened when there is none yet.

        Raises ``RefusedError``, ``DataError``, and what ``Engine.submit`` raises.
        """
        async with self._lock:
            user = await asyncio.to_thread(self._people.user, user_id)
            if user.account is not None:
                return user.account
            name = _NAME.format(user_id)
            named = await asyncio.to_thread(self._identity.account_named, name)
            account = await self._create(name) if named is None else named.account
            attached = await asyncio.to_thread(self._people.attach_account, user_id, account)
            await asyncio.to_thread(self._opened, user_id)
            return attached

    async def _create(self, name: str) -> int:
        outcome = await self._engine.submit(CreateAccount(kind=AccountKind.CUSTOMER, fee_tier=self._fee_tier))
        if outcome.rejection != Rejection.NONE:
            raise RefusedError("house_full", "The house can not have more accounts now.", "Try again later.")
        await asyncio.to_thread(self._identity.register_account, name, outcome.id, -1)
        return outcome.id
