"""What is known of a user besides holds: the KYC level, the residence questionnaire, passed tests, spent ceilings.

Invariant: of two spendings at once that do not both fit under a ceiling, one is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, Engine, func, select, update
from sqlalchemy.orm import Session

from lonja.modules.governance.capabilities import LIMIT_UNITS, Capability, Unit
from lonja.modules.governance.changes import Listeners
from lonja.modules.governance.facts import UserFacts
from lonja.modules.governance.rule_rows import KYC_LEVEL_MAX
from lonja.modules.governance.tables import SpendingRow, StandingRow
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS
from lonja.storage.rows import insert_once

WINDOW_MS: Final = DAY_MS
"""Ceilings per 24 hours look back this far from each moment."""


class Standings:
    """Standings in one database (blocking)."""

    def __init__(self, database: Engine, clock: Callable[[], int]) -> None:
        """``clock`` gives the exchange's time in milliseconds."""
        self._database = database
        self._clock = clock
        self.changes = Listeners()

    # -- Verification ------------------------------------------------------------------------------------------------

    def set_kyc_level(self, user_id: int, level: int) -> bool:
        """A verification was decided, or has run out; whether the level is another now."""
        if not 0 <= level <= KYC_LEVEL_MAX:
            raise ValueError(f"there is no KYC level {level}")
        return self._change(user_id, StandingRow.kyc_level != level, kyc_level=level)

    # -- Residence questionnaire and tests ---------------------------------------------------------------------------

    def open_questionnaire(self, user_id: int, reason: str) -> bool:
        """Ask where the user lives; whether it is a new question (an open one keeps its first date)."""
        return self._change(
            user_id,
            StandingRow.questionnaire_since_ms == 0,
            questionnaire_since_ms=self._clock(),
            questionnaire_reason=reason,
        )

    def close_questionnaire(self, user_id: int) -> bool:
        """The question was answered; whether one was open."""
        return self._change(
            user_id, StandingRow.questionnaire_since_ms != 0, questionnaire_since_ms=0, questionnaire_reason=""
        )

    def pass_test(self, user_id: int, name: str) -> None:
        """The user passed the test of knowledge called ``name``."""
        with Session(self._database) as session, session.begin():
            row = self._touch(session, user_id)
            passed = set(filter(None, row.tests_passed.split(","))) | {name}
            row.tests_passed = ",".join(sorted(passed))
        self.changes.tell(user_id)

    def complete(self, facts: UserFacts, user_id: int) -> UserFacts:
        """``facts`` with what is known here: the level, the questionnaire, the tests and what is used up."""
        with Session(self._database) as session:
            row = session.get(StandingRow, user_id)
        if row is None:
            return replace(facts, used=self.used(user_id))
        return replace(
            facts,
            kyc_level=row.kyc_level,
            questionnaire_since_ms=row.questionnaire_since_ms,
            tests_passed=frozenset(filter(None, row.tests_passed.split(","))),
            used=self.used(user_id),
        )

    # -- Ceilings ----------------------------------------------------------------------------------------------------

    def used(self, user_id: int) -> Mapping[Capability, int]:
        """US cents used up of each ceiling, in the last 24 hours or in all."""
        with Session(self._database) as session:
            return self._used(session, user_id)

    def spend(self, user_id: int, capability: Capability, cents: int, ceiling: int | None, reference: str) -> int:
        """Count ``cents`` against ``ceiling`` (None: unlimited) and return what is used now.

        ``ceiling`` is the whole ceiling, not what is left of it. A ``reference`` counts once. Raises ``RefusedError``
        (ceiling_reached) when it does not fit.
        """
        with Session(self._database) as session, session.begin():
            # Counting up first makes concurrent spendings of one user wait for each other.
            self._touch(session, user_id)
            values = {"capability": capability, "reference": reference, "user_id": user_id}
            counted = insert_once(session, SpendingRow, **values, cents=cents, time_ms=self._clock())
            used = self._used(session, user_id).get(capability, 0)
            if counted and ceiling is not None and used > ceiling:
                left = max(ceiling - (used - cents), 0)
                said = f"{left // 100:,}.{left % 100:02d} USD"
                message = f"That is more than the ceiling of your verification level leaves: {said}."
                raise RefusedError("ceiling_reached", message, "Verify further, or wait until the period has passed.")
        self.changes.tell(user_id)
        return used

    def give_back(self, user_id: int, capability: Capability, reference: str) -> None:
        """What was counted did not happen after all."""
        with Session(self._database) as session, session.begin():
            row = session.get(SpendingRow, (capability, reference))
            if row is not None and row.user_id == user_id:
                session.delete(row)
        self.changes.tell(user_id)

    def _used(self, session: Session, user_id: int) -> dict[Capability, int]:
        since_ms = self._clock() - WINDOW_MS
        lifetime = [str(name) for name, unit in LIMIT_UNITS.items() if unit is Unit.USD_CENTS_LIFETIME]
        counted = SpendingRow.capability.in_(lifetime) | (SpendingRow.time_ms > since_ms)
        query = (
            select(SpendingRow.capability, func.sum(SpendingRow.cents))
            .where(SpendingRow.user_id == user_id, counted)
            .group_by(SpendingRow.capability)
        )
        return {Capability(name): int(cents) for name, cents in session.execute(query)}

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _change(self, user_id: int, guard: ColumnElement[bool], **values: object) -> bool:
        with Session(self._database) as session, session.begin():
            self._touch(session, user_id)
            statement = update(StandingRow).where(StandingRow.user_id == user_id, guard).values(**values)
            changed = session.execute(statement.returning(StandingRow.user_id)).first() is not None
        if changed:
            self.changes.tell(user_id)
        return changed

    @staticmethod
    def _touch(session: Session, user_id: int) -> StandingRow:
        """The user's row, locked until the end of the transaction, made when there is none."""
        blank = {"kyc_level": 0, "questionnaire_since_ms": 0, "questionnaire_reason": "", "tests_passed": ""}
        insert_once(session, StandingRow, user_id=user_id, revision=0, **blank)
        counted = update(StandingRow).where(StandingRow.user_id == user_id).values(revision=StandingRow.revision + 1)
        session.execute(counted)
        return session.get_one(StandingRow, user_id, populate_existing=True)
