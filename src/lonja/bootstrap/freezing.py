"""Carries it to the engine that a person froze the account, came back, or is gone.

Why here: identity knows the person's state, the engine the orders; neither knows the other. Governance closes the gate
first, so no order comes after those that are canceled here. Invariant: a frozen person has no open order in any account
of the family once the fact is taken, and a fact that the engine did not take is told again.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from lonja.bootstrap.engine_calls import ANSWER_SECONDS, LoopCaller, cancels_of
from lonja.core.commands import ConfigureAccount
from lonja.core.rejections import Rejection
from lonja.engine.api import Engine
from lonja.modules.identity.api import PeopleEvent, StateChanged, UserState
from lonja.primitives.errors import DataError

_FROZEN: Final = {UserState.ACTIVE: 0, UserState.FROZEN: 1, UserState.CLOSED: 1}
"""What a state means for the master account; others leave it as it is."""
_GONE: Final = (Rejection.NONE, Rejection.ORDER_NOT_FOUND, Rejection.ALGO_NOT_FOUND)


class AccountFreezer:
    """Freezes and unfreezes the trading accounts of people."""

    def __init__(
        self, engine: Engine, subs_of: Callable[[int], Sequence[int]], answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        """Commands are sent from the running loop; ``subs_of`` gives the sub-accounts of a master (blocking)."""
        self._engine = engine
        self._subs_of = subs_of
        self._caller = LoopCaller(answer_seconds)

    def follow(self, _: int, event: PeopleEvent) -> None:
        """Take a fact about a person; on another thread than the loop's, which this waits for.

        Raises ``LonjaError`` when the engine does not take it, so that the fact is told again.
        """
        if isinstance(event, StateChanged) and event.account is not None:
            frozen = _FROZEN.get(UserState(event.state))
            if frozen is not None:
                self._caller.wait(self.carry(event.account, frozen))

    async def carry(self, account: int, frozen: int) -> None:
        """Freeze (1) or unfreeze (0) a master account; freezing cancels the orders of the whole family.

        A sub-account keeps what its master chose for it: the gate holds it anyway as long as the master is frozen.
        Raises ``DataError`` when the core refuses, and what ``Engine.submit`` raises.
        """
        outcome = await self._engine.submit(ConfigureAccount(account=account, frozen=frozen))
        if outcome.rejection != Rejection.NONE:
            why = Rejection(outcome.rejection).name.lower()
            raise DataError(f"Account {account} could not be frozen or unfrozen: {why}.", "Try again.")
        if frozen:
            # What was sent before the gate closed has been applied by now, so this list is complete.
            cancels = cancels_of(self._engine, await asyncio.to_thread(self._subs_of, account))
            outcomes = await self._engine.submit_many(cancels) if cancels else []
            left = [outcome for outcome in outcomes if outcome.rejection not in _GONE]
            if left:
                raise DataError(f"{len(left)} orders of account {account} could not be canceled.", "Try again.")
