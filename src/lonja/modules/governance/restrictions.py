"""Restrictions of an account: what each closes is a rule, whom it meets and how it ends is kept here.

Invariant: a restriction is lifted once, by somebody who may; an appeal is made once and answered once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from lonja.modules.governance.changes import Listeners
from lonja.modules.governance.facts import RestrictionFact
from lonja.modules.governance.rule_rows import Entity
from lonja.modules.governance.rulebook import RuleBook
from lonja.modules.governance.tables import RestrictionRow
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS, HOUR_MS
from lonja.storage.rows import insert_once

_ENTITY: Final = Entity.GLOBAL


@dataclass(frozen=True, slots=True)
class Restriction:
    """One restriction in force, as its person may see it."""

    restriction_id: int
    user_id: int
    kind: str
    closes: tuple[str, ...]
    told: str
    documents: tuple[str, ...]
    placed_ms: int
    answer_until_ms: int | None
    until_ms: int | None
    can_appeal: bool
    appealed_ms: int | None


class Restrictions:
    """Restrictions in one database (blocking)."""

    def __init__(self, database: Engine, rules: RuleBook, clock: Callable[[], int]) -> None:
        """``clock`` gives the exchange's time in milliseconds."""
        self._database = database
        self._rules = rules
        self._clock = clock
        self.changes = Listeners()

    def place(self, user_id: int, kind: str, *, reference: str, placed_by: str, told: str = "") -> Restriction:
        """Restrict an account, or find the restriction placed with the same ``reference`` before.

        ``told`` replaces the sentence of the rules. Raises ``DataError`` for an unknown kind.
        """
        now_ms = self._clock()
        days, hours = self._number(kind, "answer_days"), self._number(kind, "hours")
        with Session(self._database) as session, session.begin():
            placed = insert_once(
                session,
                RestrictionRow,
                user_id=user_id,
                kind=kind,
                reference=reference,
                told=told or self._rules.text(f"restriction.{kind}.told", _ENTITY, now_ms),
                placed_by=placed_by,
                placed_ms=now_ms,
                answer_until_ms=now_ms + days * DAY_MS if days else None,
                until_ms=now_ms + hours * HOUR_MS if hours else None,
                appealed_ms=None,
                lifted_ms=None,
                lifted_by="",
            )
            query = select(RestrictionRow).filter_by(user_id=user_id, kind=kind, reference=reference)
            restriction = self._restriction(session.scalars(query).one())
        if placed:
            self.changes.tell(user_id)
        return restriction

    def lift(self, restriction_id: int, actor: str, roles: Iterable[str]) -> Restriction:
        """End a restriction.

        Raises ``RefusedError``: restriction_not_found, restriction_over, restriction_not_liftable.
        """
        with Session(self._database) as session, session.begin():
            restriction = self._restriction(self._find(session, restriction_id))
            liftable_by = self._names(restriction.kind, "liftable_by")
            if set(liftable_by).isdisjoint(roles):
                message = f"This restriction can be lifted by: {', '.join(liftable_by)}."
                raise RefusedError("restriction_not_liftable", message, "Leave it to one of them.")
            lifted = session.execute(
                update(RestrictionRow)
                .where(RestrictionRow.restriction_id == restriction_id, RestrictionRow.lifted_ms.is_(None))
                .values(lifted_ms=self._clock(), lifted_by=actor)
                .returning(RestrictionRow.restriction_id)
            ).first()
            if lifted is None:
                raise RefusedError("restriction_over", "This restriction was lifted already.", "Nothing is to be done.")
        self.changes.tell(restriction.user_id)
        return restriction

    def lift_reference(self, user_id: int, kind: str, reference: str, actor: str) -> bool:
        """End the restriction whose cause is gone (an answer came, a step is done); whether one was in force."""
        statement = (
            update(RestrictionRow)
            .where(RestrictionRow.user_id == user_id, RestrictionRow.kind == kind)
            .where(RestrictionRow.reference == reference, RestrictionRow.lifted_ms.is_(None))
            .values(lifted_ms=self._clock(), lifted_by=actor)
            .returning(RestrictionRow.restriction_id)
        )
        with Session(self._database) as session, session.begin():
            lifted = session.execute(statement).first() is not None
        if lifted:
            self.changes.tell(user_id)
        return lifted

    def appeal(self, user_id: int, restriction_id: int) -> Restriction:
        """Note that the person appeals; the words go to a case.

        Raises ``RefusedError``: restriction_not_found, appeal_not_possible, appeal_made_already.
        """
        with Session(self._database) as session, session.begin():
            restriction = self._restriction(self._find(session, restriction_id))
            if restriction.user_id != user_id:
                raise RefusedError(
                    "restriction_not_found", "There is no such restriction.", "Look at the list of your restrictions."
                )
            if not restriction.can_appeal:
                raise RefusedError(
                    "appeal_not_possible",
                    "No appeal is possible against this restriction.",
                    "Do what the restriction asks for.",
                )
            made = session.execute(
                update(RestrictionRow)
                .where(RestrictionRow.restriction_id == restriction_id, RestrictionRow.appealed_ms.is_(None))
                .values(appealed_ms=self._clock())
                .returning(RestrictionRow.restriction_id)
            ).first()
            if made is None:
                raise RefusedError(
                    "appeal_made_already",
                    "You have appealed already; the answer is on its way.",
                    "Wait for the answer.",
                )
            return self._restriction(self._find(session, restriction_id))

    def find(self, restriction_id: int) -> Restriction:
        """A restriction, in force or not. Raises ``RefusedError``."""
        with Session(self._database) as session:
            return self._restriction(self._find(session, restriction_id))

    def of(self, user_id: int) -> list[Restriction]:
        """The user's restrictions in force, oldest first."""
        now_ms = self._clock()
        query = select(RestrictionRow).where(
            RestrictionRow.user_id == user_id,
            RestrictionRow.lifted_ms.is_(None),
            RestrictionRow.until_ms.is_(None) | (RestrictionRow.until_ms > now_ms),
        )
        with Session(self._database) as session:
            rows = session.scalars(query.order_by(RestrictionRow.restriction_id))
            return [self._restriction(row) for row in rows]

    def facts(self, user_id: int) -> tuple[RestrictionFact, ...]:
        """The restrictions in force, for ``entitlements``."""
        return tuple(RestrictionFact(found.kind, found.told, found.until_ms) for found in self.of(user_id))

    def _find(self, session: Session, restriction_id: int) -> RestrictionRow:
        row = session.get(RestrictionRow, restriction_id, populate_existing=True)
        if row is None:
            raise RefusedError(
                "restriction_not_found", "There is no such restriction.", "Look at the list of your restrictions."
            )
        return row

    def _restriction(self, row: RestrictionRow) -> Restriction:
        return Restriction(
            restriction_id=row.restriction_id,
            user_id=row.user_id,
            kind=row.kind,
            closes=self._names(row.kind, "closes"),
            told=row.told,
            documents=self._names(row.kind, "documents"),
            placed_ms=row.placed_ms,
            answer_until_ms=row.answer_until_ms,
            until_ms=row.until_ms,
            can_appeal=self._number(row.kind, "appeal") == 1,
            appealed_ms=row.appealed_ms,
        )

    def _names(self, kind: str, what: str) -> tuple[str, ...]:
        return self._rules.names(f"restriction.{kind}.{what}", _ENTITY, self._clock())

    def _number(self, kind: str, what: str) -> int:
        return self._rules.number(f"restriction.{kind}.{what}", _ENTITY, self._clock())
