"""A case as staff see it, read from its rows.

Why here: reading is one thing, moving a case on another. Invariant: what is personal is opened here only.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.orm import Session

from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.sealing import Sealing
from lonja.modules.backoffice.tables import CaseRow, EvidenceRow, NoteRow

SUMMARY: Final = "case_summary"
REASON: Final = "case_reason"
NOTE: Final = "case_note"
QUESTION: Final = "question"
"""The kind of a note that the customer was asked."""
ANSWER: Final = "answer"
"""The kind of a note that the customer wrote."""


class CaseState(StrEnum):
    """Where a case stands. It is closed once everything that follows from its decision has happened."""

    OPEN = "open"
    ASSIGNED = "assigned"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    DECIDED = "decided"
    CLOSED = "closed"

    @property
    def is_pending(self) -> bool:
        """Whether it still has to be decided."""
        return self in PENDING


PENDING: Final = (CaseState.OPEN, CaseState.ASSIGNED, CaseState.WAITING_FOR_CUSTOMER)


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """A case in a list: nothing that anybody wrote."""

    case_id: int
    kind: str
    user_id: int
    state: CaseState
    opened_ms: int
    due_ms: int
    assignee: int | None
    proposal_id: int | None
    """The proposal that waits to decide it."""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote to a case: a note for colleagues, a question to the customer, or an answer."""

    author: str
    time_ms: int
    text: str = field(repr=False)
    kind: str


@dataclass(frozen=True, slots=True)
class Case:
    """A whole case."""

    case_id: int
    kind: str
    user_id: int
    state: CaseState
    summary: str = field(repr=False)
    evidence: tuple[str, ...]
    notes: tuple[Note, ...]
    opened_ms: int
    due_ms: int
    assignee: int | None
    proposal_id: int | None
    decision: str
    reason: str = field(repr=False)
    decided_by: int | None
    decided_ms: int | None


@dataclass(frozen=True, slots=True)
class QueueCount:
    """What waits in the queue of a kind: all of it, what is overdue, and what ``mine`` is at the hand of who asks."""

    kind: str
    pending: int
    unassigned: int
    overdue: int
    mine: int


def case_row(session: Session, case_id: int) -> CaseRow:
    """The row as it is now. Raises ``RefusedError``."""
    row = session.get(CaseRow, case_id, populate_existing=True)
    if row is None:
        raise refusal("case_unknown")
    return row


def open_case(session: Session, sealing: Sealing, case_id: int) -> Case:
    """The whole case. Raises ``RefusedError`` and ``DataCorruptError``."""
    row = case_row(session, case_id)
    evidence = select(EvidenceRow.reference).where(EvidenceRow.case_id == case_id)
    notes = session.scalars(select(NoteRow).where(NoteRow.case_id == case_id).order_by(NoteRow.note_id)).all()
    return Case(
        case_id=case_id,
        kind=row.kind,
        user_id=row.user_id,
        state=CaseState(row.state),
        summary=sealing.open(session, row.key_id, SUMMARY, row.summary),
        evidence=tuple(session.scalars(evidence.order_by(EvidenceRow.added_ms, EvidenceRow.reference))),
        notes=tuple(
            Note(note.author, note.time_ms, sealing.open(session, note.key_id, NOTE, note.content), note.kind)
            for note in notes
        ),
        opened_ms=row.opened_ms,
        due_ms=row.due_ms,
        assignee=row.assignee,
        proposal_id=row.proposal_id,
        decision=row.decision,
        reason="" if row.reason is None else sealing.open(session, row.reason_key_id or row.key_id, REASON, row.reason),
        decided_by=row.decided_by,
        decided_ms=row.decided_ms,
    )


def queue_page(
    session: Session,
    kinds: Collection[str],
    states: Collection[CaseState],
    not_about: Collection[int],
    after: tuple[int, int] | None,
    limit: int,
) -> tuple[QueuedCase, ...]:
    """Cases of ``kinds`` in ``states``, the first due first; ``after`` is (due_ms, case_id) of the last one seen."""
    query = select(CaseRow).where(CaseRow.kind.in_(kinds), CaseRow.state.in_(states), CaseRow.user_id.not_in(not_about))
    if after is not None:
        query = query.where(tuple_(CaseRow.due_ms, CaseRow.case_id) > after)
    rows = session.scalars(query.order_by(CaseRow.due_ms, CaseRow.case_id).limit(limit)).all()
    return tuple(
        QueuedCase(
            row.case_id,
            row.kind,
            row.user_id,
            CaseState(row.state),
            row.opened_ms,
            row.due_ms,
            row.assignee,
            row.proposal_id,
        )
        for row in rows
    )


def queue_counts(session: Session, kinds: Collection[str], user_id: int, now_ms: int) -> tuple[QueueCount, ...]:
    """What waits of each of ``kinds``."""
    query = select(
        CaseRow.kind,
        func.count(),
        func.count().filter(CaseRow.assignee.is_(None)),
        func.count().filter(CaseRow.due_ms < now_ms),
        func.count().filter(CaseRow.assignee == user_id),
    )
    found = session.execute(query.where(CaseRow.state.in_(PENDING)).group_by(CaseRow.kind)).all()
    counted = {row[0]: QueueCount(*row) for row in found}
    return tuple(counted.get(kind, QueueCount(kind, 0, 0, 0, 0)) for kind in kinds)


def person_cases(session: Session, sealing: Sealing, user_id: int, kind: str) -> tuple[Case, ...]:
    """The cases of a kind about a user, oldest first, without notes for colleagues."""
    query = select(CaseRow.case_id).where(CaseRow.user_id == user_id, CaseRow.kind == kind).order_by(CaseRow.case_id)
    cases = [open_case(session, sealing, case_id) for case_id in session.scalars(query).all()]
    told = (QUESTION, ANSWER)
    return tuple(replace(case, notes=tuple(note for note in case.notes if note.kind in told)) for case in cases)


def move(session: Session, case_id: int, guards: Sequence[ColumnElement[bool]], **values: object) -> bool:
    """Change a case if all ``guards`` hold at that moment; returns whether they did."""
    statement = update(CaseRow).where(CaseRow.case_id == case_id, *guards).values(**values)
    moved = statement.returning(CaseRow.case_id).execution_options(synchronize_session=False)
    return session.execute(moved).first() is not None
