"""Keeps the core's withdrawal holds equal to the holds of people.

Why both: the core decides in the order of commands and must know what may not leave; why a hold is, and who may end it,
is kept in a database. Invariant: after ``bring_up_to_date`` the core's holds of the account are those of its person, and
setting them again changes nothing, so a crash between the two is mended at the next start.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from lonja.core.commands import SetWithdrawalHold
from lonja.core.rejections import Rejection
from lonja.engine.api import Engine
from lonja.modules.governance.holds import Hold, Holds
from lonja.modules.governance.rulebook import RuleBook
from lonja.primitives.errors import DataError

_ALL: Final = -1


class CoreHolds:
    """Sends the differences to the engine."""

    def __init__(self, engine: Engine, holds: Holds, rules: RuleBook, account_of: Callable[[int], int | None]) -> None:
        """``account_of`` gives the master account of a user."""
        self._engine = engine
        self._holds = holds
        self._account_of = account_of
        self._lock = asyncio.Lock()
        kinds = sorted({rule.name.split(".")[1] for rule in rules.rules() if rule.name.startswith("hold.")})
        self._kinds = {kind: number for number, kind in enumerate(kinds, 1)}

    async def bring_all_up_to_date(self) -> int:
        """At a start: set what a crash left out; returns how many were set or released. Raises as below."""
        users = {hold.user_id for hold in await asyncio.to_thread(self._holds.in_force)}
        return sum([await self.bring_up_to_date(user_id) for user_id in sorted(users)])

    async def bring_up_to_date(self, user_id: int) -> int:
        """Set what differs for a user; returns how many holds were set or released.

        Raises ``DataError`` when the core refuses one, and what ``Engine.submit_many`` raises.
        """
        account = await asyncio.to_thread(self._account_of, user_id)
        if account is None:
            return 0
        # One after another, so that no older list of holds overwrites a newer one.
        async with self._lock:
            holds = await asyncio.to_thread(self._holds.of, user_id)
            commands = list(self._differences(account, holds))
            outcomes = await self._engine.submit_many(commands) if commands else []
        for outcome in outcomes:
            if outcome.rejection != Rejection.NONE:
                why = Rejection(outcome.rejection).name.lower()
                raise DataError(f"The core refuses a hold of user {user_id}: {why}.", "Release holds that are over.")
        return len(commands)

    def _differences(self, account: int, holds: list[Hold]) -> Iterator[SetWithdrawalHold]:
        codes = {currency.name: currency.currency for currency in self._engine.views.currencies()}
        wanted: dict[int, SetWithdrawalHold] = {}
        for hold in holds:
            # What the house does not have cannot leave it either.
            if not hold.currency or hold.currency in codes:
                wanted[hold.hold_id] = SetWithdrawalHold(
                    account=account,
                    hold_id=hold.hold_id,
                    kind=self._kinds.get(hold.kind, 0),
                    currency=codes[hold.currency] if hold.currency else _ALL,
                    amount=_ALL if hold.amount is None else hold.amount,
                    until_ms=hold.until_ms or 0,
                )
        known = {view.hold_id: view for view in self._engine.views.withdrawal_holds(account)}
        # What is released makes room for what is set.
        for hold_id in sorted(known.keys() - wanted.keys()):
            yield SetWithdrawalHold(account=account, hold_id=hold_id, amount=0)
        for hold_id, command in wanted.items():
            if known.get(hold_id) != command[4:]:
                yield command
