"""Opens governance of a data folder and joins it with people and the engine.

Why here: identity tells facts, governance draws rights and holds from them, the core keeps money in; none of the three
knows the others. Invariant: a fact is taken only after the hold that follows from it is kept.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from lonja.engine.api import Engine
from lonja.modules.governance.api import AccountState, CoreHolds, Rights, RuleBook, UserFacts, open_database
from lonja.modules.identity.api import (
    People,
    PeopleEvent,
    SecurityChanged,
    SignedIn,
    StateChanged,
    UserState,
)
from lonja.primitives.errors import LonjaError, RefusedError

GOVERNANCE_NAME: Final = "governance.sqlite"
_HOLD_OF_CHANGE: Final = {
    "password": "password_changed",
    "email": "email_changed",
    "phone": "phone_changed",
    "authenticator": "authenticator_changed",
    "passkey": "passkey_changed",
    "connected_account": "connected_changed",
    "allow_list": "allow_list_changed",
    "backup_code": "backup_code_used",
}

_log = structlog.get_logger("lonja.governance")


class PeopleProfiles:
    """``Profiles`` by identity (blocking)."""

    def __init__(self, people: People) -> None:
        """Ask ``people``."""
        self._people = people

    def facts(self, user_id: int) -> UserFacts:
        """Residence, state and factors of a user; somebody who is gone is CLOSED."""
        try:
            user = self._people.user(user_id)
        except RefusedError:
            return UserFacts(state=AccountState.CLOSED)
        return UserFacts(residence=user.residence, state=AccountState(user.state), factors=frozenset(user.factors))

    def account_of(self, user_id: int) -> int | None:
        """The trading account of a user."""
        try:
            return self._people.user(user_id).account
        except RefusedError:
            return None

    def user_of(self, account: int) -> int | None:
        """The user whose trading account ``account`` is."""
        user = self._people.user_of_account(account)
        return None if user is None else user.user_id


class RunningRights:
    """Rights, with holds carried to the core on the running loop."""

    def __init__(self, rights: Rights, core: CoreHolds) -> None:
        """Follow every change from now on."""
        self.rights = rights
        self._core = core
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        rights.subscribe(self._on_change)

    async def mend(self) -> None:
        """Carry to the core what a crash left out. Raises ``DataError`` and what the engine raises."""
        await self._core.bring_all_up_to_date()

    async def close(self) -> None:
        """Wait for what is under way and close the database."""
        while self._tasks:
            await asyncio.gather(*self._tasks)
        await asyncio.to_thread(self.rights.close)

    def _on_change(self, user_id: int) -> None:
        self._loop.call_soon_threadsafe(self._begin, user_id)

    def _begin(self, user_id: int) -> None:
        task = self._loop.create_task(self._carry(user_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, user_id: int) -> None:
        try:
            await self._core.bring_up_to_date(user_id)
        except LonjaError as error:
            # It is tried again at the next change of the user and at the next start.
            _log.warning("a hold did not reach the core", user=user_id, problem=error.message)


async def open_rights(data: Path, rules: RuleBook, people: People, engine: Engine) -> RunningRights:
    """Governance of ``data``, following ``people``. Raises ``DataError`` and what the engine raises."""
    database = await asyncio.to_thread(open_database, f"sqlite:///{(data / GOVERNANCE_NAME).resolve()}")
    profiles = PeopleProfiles(people)
    rights = Rights(database, rules, engine.now_ms, profiles, _masters(engine))
    running = RunningRights(rights, CoreHolds(engine, rights.holds, rules, profiles.account_of))
    people.subscribe(lambda number, event: follow(rights, number, event))
    await running.mend()
    return running


def follow(rights: Rights, number: int, event: PeopleEvent) -> None:
    """What follows from fact ``number`` about a person: a hold perhaps, and rights decided anew (blocking)."""
    reference = f"fact:{number}"
    kind = _hold_of(event)
    if kind:
        rights.holds.place(event.user_id, kind, reference=reference, placed_by="identity")
    else:
        rights.changed(event.user_id, event.account if isinstance(event, StateChanged) else None)
    if isinstance(event, SignedIn):
        rights.record_sign_in(event.user_id, reference)


def _hold_of(event: PeopleEvent) -> str:
    match event:
        case SecurityChanged():
            return _HOLD_OF_CHANGE.get(event.what, "factor_reset")
        case SignedIn() if event.is_new_device:
            return "new_device"
        case StateChanged() if event.state == UserState.ACTIVE:
            return "account_unfrozen"
    return ""


def _masters(engine: Engine) -> Callable[[int], int]:
    def master_of(account: int) -> int:
        view = engine.views.account(account)
        return account if view is None else view.master

    return master_of
