"""Opens the back office of a data folder, keeps its house, and verifies its audit log without opening it.

Why here: only ``bootstrap`` may know that it lies in SQLite.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import create_engine

from lonja.bootstrap.housekeeping import Housekeeper
from lonja.modules.backoffice.api import BackOffice, ChainReport, SessionPolicy, verify_chain
from lonja.modules.governance.api import Entity, RuleBook
from lonja.modules.identity.api import People
from lonja.primitives.instant import DAY_MS, MINUTE_MS
from lonja.storage.ports import SecretBox

BACKOFFICE_NAME: Final = "backoffice.sqlite"
_HOUSEKEEPING_SECONDS: Final = 60.0

_log = structlog.get_logger("lonja.backoffice")


class RunningBackOffice:
    """A back office with its housekeeping on the running loop."""

    def __init__(self, office: BackOffice, forgettable: Callable[[], Iterable[int]] = tuple) -> None:
        """Begin to tell what was not told yet and to end what expires; whoever listens has subscribed before.

        ``forgettable`` names the people about whom nothing has to be kept any longer.
        """
        self.office = office
        self._forgettable = forgettable
        self._housekeeper = Housekeeper("the back office", self.keep_house, _HOUSEKEEPING_SECONDS)

    async def close(self) -> None:
        """Stop and close the database."""
        await self._housekeeper.close()
        await asyncio.to_thread(self.office.close)

    def keep_house(self) -> None:
        """Do what is due (blocking). Raises ``LonjaError``."""
        self.office.keep_house()
        for user_id in self._forgettable():
            if self.office.remembers(user_id):
                self.office.forget(user_id)


def open_back_office(data: Path, box: SecretBox, clock: Callable[[], int], rules: RuleBook | None = None) -> BackOffice:
    """The back office of ``data`` (blocking), with the periods of ``rules`` for its sessions. Raises ``DataError``."""
    url = f"sqlite:///{(data / BACKOFFICE_NAME).resolve()}"
    policy = SessionPolicy if rules is None else session_policy(rules, clock)
    return BackOffice(url, box, clock, session_policy=policy)


def session_policy(rules: RuleBook, clock: Callable[[], int]) -> Callable[[], SessionPolicy]:
    """The periods of sessions of staff, as the rules have them at the exchange's time."""

    def now() -> SessionPolicy:
        def period(name: str) -> int:
            return rules.number(f"staff.{name}_minutes", Entity.OPERATOR, clock()) * MINUTE_MS

        return SessionPolicy(
            sign_in_ms=period("sign_in"),
            idle_ms=period("session_idle"),
            life_ms=period("session_life"),
            confirmed_ms=period("confirmed"),
        )

    return now


def forgettable(people: People, rules: RuleBook, clock: Callable[[], int]) -> Callable[[], Iterable[int]]:
    """Whom the back office may forget: who closed their account so long ago that the law's period is over."""

    def now() -> Iterable[int]:
        days = rules.number("staff.records_keep_days", Entity.OPERATOR, clock())
        return people.closed_until(clock() - days * DAY_MS)

    return now


def verify_audit(data: Path) -> ChainReport | None:
    """Walk the audit log of ``data``, changing nothing (blocking); None when there is none. Raises ``DataError``."""
    path = data / BACKOFFICE_NAME
    if not path.exists():
        return None
    database = create_engine(f"sqlite:///{path.resolve().as_uri()}?mode=ro&uri=true")
    try:
        return verify_chain(database)
    finally:
        database.dispose()
