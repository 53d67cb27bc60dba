"""The level of verification as steps passed one after the other: identity, address, source of funds.

Why steps: a level falls when a document expires, and comes back when another is handed in, without everything after it
being asked again. Invariant: the level that governance knows is that of the steps, at the latest after ``keep_up``.
"""

from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lonja.modules.governance.api import Standings
from lonja.modules.verification.tables import StepRow
from lonja.modules.verification.vault import Vault
from lonja.storage.rows import insert_once


class Step(StrEnum):
    """The steps, in their order: the level is how many are passed from the first on."""

    IDENTITY = "identity"
    ADDRESS = "address"
    FUNDS = "funds"


class Levels:
    """Steps of people (blocking)."""

    def __init__(self, vault: Vault, standings: Standings) -> None:
        """``standings`` are told every level."""
        self._vault, self._standings = vault, standings

    def pass_step(self, user_id: int, step: Step, until_ms: int | None = None) -> int:
        """A step was passed, until ``until_ms`` (None: without an end); the level now."""
        with self._vault.transaction() as session:
            self.note(session, user_id, step, until_ms)
        return self.keep_up(user_id)

    def take_back(self, user_id: int, step: Step) -> int:
        """A step does not hold any more; the level now."""
        with self._vault.transaction() as session:
            self._vault.claim(session, user_id)
            session.execute(delete(StepRow).where(StepRow.user_id == user_id, StepRow.step == step))
        return self.keep_up(user_id)

    def note(self, session: Session, user_id: int, step: Step, until_ms: int | None) -> None:
        """``pass_step`` within the caller's transaction, who calls ``keep_up`` after it."""
        self._vault.claim(session, user_id)
        now_ms = self._vault.clock()
        if not insert_once(session, StepRow, user_id=user_id, step=step, passed_ms=now_ms, until_ms=until_ms):
            row = session.get_one(StepRow, (user_id, step), populate_existing=True)
            row.passed_ms, row.until_ms = now_ms, until_ms

    def level(self, user_id: int) -> int:
        """The level by the steps that hold now."""
        with self._vault.transaction() as session:
            return self._level(session, user_id)

    def keep_up(self, user_id: int) -> int:
        """Tell governance the level, which is returned; repeating it changes nothing."""
        level = self.level(user_id)
        self._standings.set_kyc_level(user_id, level)
        return level

    def passed(self, session: Session, user_id: int, within_ms: int = 0) -> frozenset[str]:
        """The steps that hold now, and will for ``within_ms`` more."""
        holds = StepRow.until_ms.is_(None) | (StepRow.until_ms > self._vault.clock() + within_ms)
        return frozenset(session.scalars(select(StepRow.step).where(StepRow.user_id == user_id, holds)))

    def until_ms(self, session: Session, user_id: int, step: str) -> int | None:
        """When a step ends; None for never, and for one that was not passed."""
        row = session.get(StepRow, (user_id, step))
        return None if row is None else row.until_ms

    def lapse(self) -> tuple[int, ...]:
        """End the steps whose time is over; the people whose level fell, once each."""
        now_ms = self._vault.clock()
        with self._vault.transaction() as session:
            over = select(StepRow.user_id).where(StepRow.until_ms <= now_ms).distinct()
            lapsed = tuple(session.scalars(over))
        for user_id in lapsed:
            # Governance first: a crash in between leaves the row, and so the work.
            self.keep_up(user_id)
            with self._vault.transaction() as session:
                session.execute(delete(StepRow).where(StepRow.user_id == user_id, StepRow.until_ms <= now_ms))
        return lapsed

    def _level(self, session: Session, user_id: int) -> int:
        passed = self.passed(session, user_id)
        level = 0
        for step in Step:
            if step not in passed:
                break
            level += 1
        return level
