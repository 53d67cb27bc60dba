"""Cases: what a person has to decide about a customer, from its opening to everything that follows.

Why here: every kind of case has the same life, whoever opens it. Invariant: a case is decided once, by somebody who had
it, whose role fits and whom it is not about; two who move it at once cannot both succeed.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lonja.modules.backoffice.audit import check_page
from lonja.modules.backoffice.case_rows import (
    ANSWER,
    NOTE,
    PENDING,
    QUESTION,
    REASON,
    SUMMARY,
    Case,
    CaseState,
    QueueCount,
    QueuedCase,
    case_row,
    move,
    open_case,
    person_cases,
    queue_counts,
    queue_page,
)
from lonja.modules.backoffice.database import transaction
from lonja.modules.backoffice.desk import SYSTEM, Desk, Doing, StaffSession, roles_of, user_name
from lonja.modules.backoffice.facts import Facts
from lonja.modules.backoffice.persons import accounts_of_person, same_person
from lonja.modules.backoffice.proposals import Proposal, Proposals
from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.sealing import Sealing, check_name, check_reason, check_text
from lonja.modules.backoffice.staff_rules import ALL_ENTITIES, DECIDE, period_ms
from lonja.modules.backoffice.tables import CaseRow, EvidenceRow, NoteRow
from lonja.storage.rows import insert_new

_TOPIC: Final = "case."
_OPEN_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class CaseDecided:
    """A case was decided; ``decided_by`` is who had it, whoever approved it."""

    case_id: int
    kind: str
    user_id: int
    evidence: tuple[str, ...]
    decision: str
    reason: str = field(repr=False)
    decided_by: int
    decided_ms: int


CaseHandler = Callable[[int, CaseDecided], None]
"""Takes a fact's number and the decided case; raises ``LonjaError`` to be told again later."""


class Cases:
    """All cases."""

    def __init__(self, desk: Desk, sealing: Sealing, facts: Facts, proposals: Proposals) -> None:
        """Carry out the decisions that ``proposals`` approve."""
        self._desk, self._sealing, self._facts, self._proposals = desk, sealing, facts, proposals
        facts.when_told(_close_told)
        for kind in desk.rules.cases:
            proposals.follow(f"{DECIDE}{kind}", self)

    def subscribe(self, kind: str, handler: CaseHandler) -> None:
        """Tell ``handler`` every decision of a case of ``kind``. Raises ``RefusedError`` for an unknown one."""
        self._desk.rules.case(kind)
        self._facts.subscribe(f"{_TOPIC}{kind}", lambda number, about: handler(number, self._decided(about)))

    def open(
        self,
        kind: str,
        user_id: int,
        summary: str,
        evidence: Collection[str] = (),
        *,
        reference: str = "",
        entity: str = ALL_ENTITIES,
    ) -> int:
        """Open a case about a user and return its number (blocking).

        ``evidence`` names where things lie, like ``document:12``. With ``reference`` there is one case of the kind, user
        and reference at a time: while it is open, its number is returned and the evidence is added to it. ``entity``
        chooses the deadline. Raises ``RefusedError`` and ``DataError``.
        """
        rule = self._desk.rules.case(kind)
        check_text(summary)
        check_name(*evidence, *filter(None, (reference,)))
        now_ms, subject = self._desk.clock(), user_name(user_id)
        with transaction(self._desk.database) as session:
            key_id, sealed = self._sealing.seal(session, subject, SUMMARY, summary)
            values = {
                "kind": kind,
                "user_id": user_id,
                "state": CaseState.OPEN,
                "open_key": f"{kind}|{user_id}|{reference}" if reference else None,
                "key_id": key_id,
                "summary": sealed,
                "opened_ms": now_ms,
                "due_ms": now_ms + period_ms(rule.hours, now_ms, entity),
                "decision": "",
            }
            case_id, action = _insert_or_find(session, values)
            _add_evidence(session, case_id, evidence, now_ms)
            detail = {"evidence": ",".join(evidence)}
            self._desk.audit.add(session, SYSTEM, action, subject, detail, reference=_name(case_id))
            return case_id

    def answer(self, case_id: int, text: str, evidence: Collection[str] = ()) -> None:
        """What the customer answered (blocking); the time they took is added to the deadline. Raises ``RefusedError``."""
        check_text(text)
        check_name(*evidence)
        with transaction(self._desk.database) as session:
            row, now_ms = case_row(session, case_id), self._desk.clock()
            _end_waiting(session, row, now_ms)
            author = user_name(row.user_id)
            self._write(session, row, author, text, now_ms, ANSWER)
            _add_evidence(session, case_id, evidence, now_ms)
            detail = {"evidence": ",".join(evidence)}
            self._desk.audit.add(session, author, "case.answer", author, detail, reference=_name(case_id))

    def withdraw(self, case_id: int, reason: str) -> None:
        """Close a case nobody needs to decide any more (blocking). Raises ``RefusedError`` and ``DataError``."""
        check_reason(reason)
        with transaction(self._desk.database) as session:
            row = case_row(session, case_id)
            guards = (CaseRow.state.in_(PENDING),)
            if not move(session, case_id, guards, state=CaseState.CLOSED, open_key=None, assignee=None):
                raise refusal("case_not_open")
            subject, detail = user_name(row.user_id), {"reason": reason}
            self._desk.audit.add(session, SYSTEM, "case.withdraw", subject, detail, reference=_name(case_id))

    def queue(
        self,
        by: StaffSession,
        *,
        kinds: Collection[str] = (),
        states: Collection[CaseState] = PENDING,
        after: tuple[int, int] | None = None,
        limit: int = 50,
    ) -> tuple[QueuedCase, ...]:
        """Cases that ``by`` may work on, of ``kinds`` (all when empty), the first due first (blocking).

        ``after`` is (due_ms, case_id) of the last one of the page before. Cases about themselves are left out.
        Raises ``RefusedError`` and ``DataError``.
        """
        check_page(limit)
        with self._desk.acting(by, "cases.read") as doing:
            mine = [kind for kind in self._desk.rules.cases if not doing.roles.isdisjoint(self._readers(kind))]
            wanted = [kind for kind in mine if not kinds or kind in kinds]
            found = queue_page(
                doing.session, wanted, states, accounts_of_person(doing.session, by.user_id), after, limit
            )
            doing.detail["cases"] = ",".join(str(case.case_id) for case in found)
            return found

    def read(self, by: StaffSession, case_id: int) -> Case:
        """The whole case (blocking). Raises ``RefusedError`` and ``DataError``."""
        with self._desk.acting(by, "case.read") as doing:
            row = self._begin(doing, case_id)
            doing.require(*self._readers(row.kind))
            return open_case(doing.session, self._sealing, case_id)

    def note_evidence_read(self, by: StaffSession, case_id: int, reference: str) -> None:
        """Write down that ``by`` reads evidence of a case, before they do (blocking).

        Raises ``RefusedError``, also when the case does not name it, and ``DataError``.
        """
        with self._desk.acting(by, "evidence.read") as doing:
            row = self._begin(doing, case_id)
            doing.require(*self._readers(row.kind))
            doing.detail["evidence"] = reference
            if doing.session.get(EvidenceRow, (case_id, reference)) is None:
                raise refusal("evidence_unknown")

    def counts(self, by: StaffSession) -> tuple[QueueCount, ...]:
        """What waits in each queue that ``by`` may work on (blocking). Raises ``RefusedError`` and ``DataError``."""
        with self._desk.acting(by, "queues.read") as doing:
            kinds = [kind for kind in self._desk.rules.cases if not doing.roles.isdisjoint(self._readers(kind))]
            return queue_counts(doing.session, kinds, by.user_id, doing.now_ms)

    def of_person(self, user_id: int, kind: str) -> tuple[Case, ...]:
        """The cases of a kind about a user, oldest first, for the person themselves (blocking).

        Without what staff wrote for each other: only questions and answers are told. Raises ``DataError``.
        """
        with transaction(self._desk.database) as session:
            return person_cases(session, self._sealing, user_id, kind)

    def take(self, by: StaffSession, case_id: int) -> None:
        """Make an open case one's own (blocking). Raises ``RefusedError`` and ``DataError``."""
        with self._desk.acting(by, "case.take") as doing:
            self._begin_work(doing, case_id)
            guards = (CaseRow.assignee.is_(None), CaseRow.state.in_(PENDING))
            if not self._assign(doing, case_id, guards, by.user_id):
                raise refusal("case_taken")

    def assign(self, by: StaffSession, case_id: int, to: int, *, seen: int | None) -> None:
        """Give a case to another who may work on it; ``seen`` is who had it when ``by`` looked (blocking).

        Raises ``RefusedError``, with ``case_taken`` when somebody else has it by now, and ``DataError``.
        """
        with self._desk.acting(by, "case.assign") as doing:
            row = self._begin_work(doing, case_id)
            doing.detail["to"] = str(to)
            if same_person(doing.session, to, row.user_id):
                raise refusal("conflict_of_interest")
            if roles_of(doing.session, to).isdisjoint(self._desk.rules.case(row.kind).roles):
                raise refusal("not_permitted")
            guards = (CaseRow.assignee.is_not_distinct_from(seen), CaseRow.state.in_(PENDING))
            if not self._assign(doing, case_id, guards, to):
                raise refusal("case_taken")

    def hand_back(self, by: StaffSession, case_id: int) -> None:
        """Put one's case back into the queue (blocking). Raises ``RefusedError`` and ``DataError``."""
        with self._desk.acting(by, "case.hand_back") as doing:
            row = self._begin_own(doing, case_id)
            is_waiting = row.state == CaseState.WAITING_FOR_CUSTOMER
            state = row.state if is_waiting else CaseState.OPEN
            self._move_own(doing, case_id, (CaseRow.state == row.state,), state=state, assignee=None)

    def note(self, by: StaffSession, case_id: int, text: str) -> None:
        """Write a note for colleagues (blocking). Raises ``RefusedError`` and ``DataError``."""
        with self._desk.acting(by, "case.note") as doing:
            row = self._begin_work(doing, case_id)
            check_reason(text)
            self._write(doing.session, row, f"staff:{by.user_id}", text, doing.now_ms)

    def ask(self, by: StaffSession, case_id: int, question: str) -> int:
        """Wait for the customer, with what they were asked as a note (blocking), and say who they are.

        The deadline stands still.

        The caller tells the customer. Raises ``RefusedError`` and ``DataError``.
        """
        with self._desk.acting(by, "case.ask") as doing:
            row = self._begin_own(doing, case_id)
            if self._desk.rules.case(row.kind).silent:
                raise refusal("case_silent")
            check_reason(question)
            waiting = {"state": CaseState.WAITING_FOR_CUSTOMER, "waiting_since_ms": doing.now_ms}
            self._move_own(doing, case_id, (CaseRow.state == CaseState.ASSIGNED,), **waiting)
            self._write(doing.session, row, f"staff:{by.user_id}", question, doing.now_ms, QUESTION)
            return row.user_id

    def write_answer(self, by: StaffSession, case_id: int, text: str) -> None:
        """Write down what the customer answered elsewhere: by mail, in a call (blocking); one's case goes on.

        Raises ``RefusedError`` and ``DataError``.
        """
        with self._desk.acting(by, "case.write_answer") as doing:
            row = self._begin_own(doing, case_id)
            check_reason(text)
            _end_waiting(doing.session, row, doing.now_ms)
            self._write(doing.session, row, f"staff:{by.user_id}", text, doing.now_ms, ANSWER)

    def decide(self, by: StaffSession, case_id: int, decision: str, reason: str) -> int | None:
        """Decide one's case (blocking). None: it is decided; a number: that proposal has to be approved first.

        Raises ``RefusedError`` and ``DataError``.
        """
        self._proposals.expire()
        with self._desk.acting(by, "case.decide") as doing:
            row = self._begin_own(doing, case_id)
            rule = self._desk.rules.case(row.kind)
            doing.detail |= {"decision": decision}
            if decision not in rule.decisions:
                raise refusal("decision_unknown")
            check_reason(reason)
            doing.detail["reason"] = reason
            proposal_id = None
            if decision in rule.four_eyes:
                values = {"decision": decision}
                proposal_id = self._proposals.begin(doing, f"{DECIDE}{row.kind}", row.user_id, reason, values)
            else:
                self._end(doing, row, decision, reason, by.user_id)
        self._facts.deliver()
        return proposal_id

    def proposed(self, doing: Doing, proposal: Proposal) -> None:
        """Let the case wait for the second person, whether or not the customer still has to answer."""
        guards = (CaseRow.state.in_((CaseState.ASSIGNED, CaseState.WAITING_FOR_CUSTOMER)),)
        self._move_own(doing, _number(proposal), guards, proposal_id=proposal.proposal_id)

    def approved(self, doing: Doing, proposal: Proposal) -> None:
        """Decide the case as proposed."""
        row = case_row(doing.session, _number(proposal))
        decision = proposal.values.get("decision", "")
        if row.proposal_id != proposal.proposal_id or not decision:
            raise refusal("case_not_open")
        doing.detail["decision"] = decision
        self._end(doing, row, decision, proposal.reason, proposal.proposed_by)

    def dropped(self, session: Session, proposal: Proposal) -> None:
        """Let the case be decided again."""
        guards = (CaseRow.proposal_id == proposal.proposal_id,)
        move(session, _number(proposal), guards, proposal_id=None)

    def _end(self, doing: Doing, row: CaseRow, decision: str, reason: str, decided_by: int) -> None:
        key_id, sealed = self._sealing.seal(doing.session, user_name(row.user_id), REASON, reason)
        guards = (CaseRow.state.in_(PENDING), CaseRow.proposal_id.is_not_distinct_from(row.proposal_id))
        decided = move(
            doing.session,
            row.case_id,
            guards,
            state=CaseState.DECIDED,
            open_key=None,
            proposal_id=None,
            decision=decision,
            reason=sealed,
            reason_key_id=key_id,
            decided_by=decided_by,
            decided_ms=doing.now_ms,
        )
        if not decided:
            raise refusal("case_not_open")
        self._facts.record(doing.session, f"{_TOPIC}{row.kind}", row.case_id)

    def _begin(self, doing: Doing, case_id: int) -> CaseRow:
        row = case_row(doing.session, case_id)
        doing.subject, doing.reference = user_name(row.user_id), _name(case_id)
        doing.require_other(row.user_id)
        return row

    def _begin_work(self, doing: Doing, case_id: int) -> CaseRow:
        row = self._begin(doing, case_id)
        doing.require(*self._desk.rules.case(row.kind).roles)
        if not CaseState(row.state).is_pending:
            raise refusal("case_not_open")
        return row

    def _begin_own(self, doing: Doing, case_id: int) -> CaseRow:
        row = self._begin_work(doing, case_id)
        if row.assignee != doing.user_id:
            raise refusal("case_not_yours")
        if row.proposal_id is not None:
            raise refusal("decision_waits")
        return row

    def _move_own(self, doing: Doing, case_id: int, guards: Sequence[ColumnElement[bool]], **values: object) -> None:
        mine = (CaseRow.assignee == doing.user_id, CaseRow.proposal_id.is_(None))
        if not move(doing.session, case_id, (*guards, *mine), **values):
            raise refusal("case_not_open")

    def _assign(self, doing: Doing, case_id: int, guards: Sequence[ColumnElement[bool]], to: int) -> bool:
        """Whoever waits for the customer goes on waiting."""
        open_or_assigned = (*guards, CaseRow.state != CaseState.WAITING_FOR_CUSTOMER)
        return move(doing.session, case_id, open_or_assigned, assignee=to, state=CaseState.ASSIGNED) or move(
            doing.session, case_id, guards, assignee=to
        )

    def _readers(self, kind: str) -> tuple[str, ...]:
        rule = self._desk.rules.case(kind)
        return (*rule.roles, *rule.approvers)

    def _write(  # everything a note has
        self, session: Session, row: CaseRow, author: str, text: str, now_ms: int, kind: str = NOTE
    ) -> None:
        key_id, sealed = self._sealing.seal(session, user_name(row.user_id), NOTE, text)
        note = NoteRow(case_id=row.case_id, author=author, time_ms=now_ms, key_id=key_id, content=sealed)
        # All are sealed as notes; the kind says who may see them.
        note.kind = "note" if kind == NOTE else kind
        session.add(note)

    def _decided(self, case_id: int) -> CaseDecided:
        with transaction(self._desk.database) as session:
            case = open_case(session, self._sealing, case_id)
        return CaseDecided(
            case_id=case_id,
            kind=case.kind,
            user_id=case.user_id,
            evidence=case.evidence,
            decision=case.decision,
            reason=case.reason,
            decided_by=case.decided_by or 0,
            decided_ms=case.decided_ms or 0,
        )


def _end_waiting(session: Session, row: CaseRow, now_ms: int) -> None:
    """The customer answered; the time they took is added to the deadline. Raises ``RefusedError``."""
    waited_ms = max(0, now_ms - (row.waiting_since_ms or now_ms))
    state = CaseState.OPEN if row.assignee is None else CaseState.ASSIGNED
    guards = (CaseRow.state == CaseState.WAITING_FOR_CUSTOMER, CaseRow.assignee.is_not_distinct_from(row.assignee))
    if not move(session, row.case_id, guards, state=state, waiting_since_ms=None, due_ms=row.due_ms + waited_ms):
        raise refusal("case_not_waiting")


def _insert_or_find(session: Session, values: dict[str, object]) -> tuple[int, str]:
    """The number of the new case, or of the open one with the same key, and what was done."""
    for _ in range(_OPEN_TRIES):
        case_id = insert_new(session, CaseRow, **values)
        if case_id is not None:
            return case_id, "case.open"
        # It may be closed between these two.
        known = session.scalars(select(CaseRow.case_id).where(CaseRow.open_key == values["open_key"])).one_or_none()
        if known is not None:
            return known, "case.add"
    raise refusal("case_taken")


def _add_evidence(session: Session, case_id: int, evidence: Collection[str], now_ms: int) -> None:
    for reference in evidence:
        insert_new(session, EvidenceRow, case_id=case_id, reference=reference, added_ms=now_ms)


def _close_told(session: Session, topic: str, about: int) -> None:
    """Everything that follows from a decision has happened."""
    if topic.startswith(_TOPIC):
        move(session, about, (CaseRow.state == CaseState.DECIDED,), state=CaseState.CLOSED)


def _name(case_id: int) -> str:
    return f"case:{case_id}"


def _number(proposal: Proposal) -> int:
    return int(proposal.reference.removeprefix("case:"))
