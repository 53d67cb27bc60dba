"""What becomes of a submission: read by a machine, looked at by people where that is needed, decided and told.

Each step can be done again after a crash: it begins where the rows say. Invariant: a submission is decided once; it is
approved only when everything awaited has passed and no hit on a list counts.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final

import structlog
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from lonja.modules.backoffice.api import CaseDecided
from lonja.modules.governance.api import serving_entity
from lonja.modules.verification.applications import APPROVED, IN_REVIEW, RECEIVED, REFUSED, Found, Part
from lonja.modules.verification.document_check import Judged, document_name, judge_document
from lonja.modules.verification.failures import FAILURES, failure_of
from lonja.modules.verification.forms import Person, day_of
from lonja.modules.verification.levels import Levels, Step
from lonja.modules.verification.neighbors import Neighbors
from lonja.modules.verification.policy import Policy, policy_of
from lonja.modules.verification.reading import zones_in
from lonja.modules.verification.screening import Screening
from lonja.modules.verification.tables import DocumentRow, SubmissionRow, UploadRow
from lonja.modules.verification.vault import Vault
from lonja.primitives.errors import LonjaError, RefusedError
from lonja.primitives.instant import DAY_MS
from lonja.storage.rows import insert_once

_READ_SLOTS: Final = ("document_front", "document_back")
_CASE_KINDS: Final = {"document": "kyc", "face": "liveness"}
_SETTLED: Final = (Found.PASSED, Found.NOT_NEEDED)

_log = structlog.get_logger("lonja.verification")


class Reviewing:
    """Submissions on their way (blocking); whoever calls does so from one place at a time."""

    def __init__(
        self,
        vault: Vault,
        levels: Levels,
        screening: Screening,
        neighbors: Neighbors,
        *,
        with_specimens: bool,
    ) -> None:
        """Follow the decisions of staff."""
        office = neighbors.office
        self._vault, self._levels, self._screening, self._office = vault, levels, screening, office
        self._rules, self._persons = neighbors.rights.rules, neighbors.persons
        self._reader, self._faces = neighbors.reader, neighbors.faces
        self._with_specimens = with_specimens
        office.cases.subscribe(_CASE_KINDS["document"], lambda _, case: self._on_document(case))
        office.cases.subscribe(_CASE_KINDS["face"], lambda _, case: self._on_face(case))

    def go_on(self) -> None:
        """Do whatever is due: judge, open cases, approve, tell."""
        self._each(SubmissionRow.state == RECEIVED, self._judge)
        self._each((SubmissionRow.state == IN_REVIEW) & ~SubmissionRow.has_cases, self._open_cases)
        settled = SubmissionRow.document.in_(_SETTLED) & SubmissionRow.face.in_(_SETTLED)
        self._each((SubmissionRow.state == IN_REVIEW) & settled, self._approve)
        decided = SubmissionRow.state.in_((APPROVED, REFUSED)) & SubmissionRow.told_ms.is_(None)
        self._each(decided, self._tell)

    def lapse(self) -> None:
        """End verifications whose documents have expired, and tell their people."""
        for user_id in self._levels.lapse():
            self._persons.tell(user_id, "verification_expired", {})

    # -- Judging -----------------------------------------------------------------------------------------------------

    def _judge(self, submission_id: int) -> None:
        with self._vault.transaction() as session:
            row = session.get_one(SubmissionRow, submission_id)
            user_id, part = row.user_id, Part(row.part)
            applicant = self._vault.find(session, user_id)
            person = self._vault.stated(applicant).person
            pictures = self._pictures(session, submission_id)
        if person is None:
            self._refuse(submission_id, ("not_accepted",))
            return
        policy = policy_of(self._rules, person.residence, self._vault.clock())
        judged = Judged((), is_certain=False, zone=None)
        if part is Part.IDENTITY:
            judged = self._judge_document(pictures, person, policy)
            if not judged.failures and not self._claim_document(user_id, submission_id, person):
                judged = replace(judged, failures=("document_in_use",))
        if judged.failures:
            self._refuse(submission_id, judged.failures)
            return
        face = self._face(part, pictures)
        if face is None:
            self._refuse(submission_id, ("face_differs",))
            return
        self._begin_review(submission_id, person, policy, face, is_certain=judged.is_certain)
        self._screening.screen(user_id)

    def _judge_document(self, pictures: dict[str, bytes], person: Person, policy: Policy) -> Judged:
        today = day_of(self._vault.clock())
        texts = [self._reader.read(pictures[slot]) for slot in _READ_SLOTS if slot in pictures]
        zones = zones_in("\n".join(filter(None, texts)), today)
        return judge_document(zones, person, policy, today, with_specimens=self._with_specimens)

    def _face(self, part: Part, pictures: dict[str, bytes]) -> Found | None:
        """What is known of the face, None when it is another."""
        if part is not Part.IDENTITY:
            return Found.NOT_NEEDED
        is_same = self._faces.compare(pictures["document_front"], pictures["face"])
        if is_same is None:
            return Found.AWAITED
        return Found.PASSED if is_same else None

    def _begin_review(
        self, submission_id: int, person: Person, policy: Policy, face: Found, *, is_certain: bool
    ) -> None:
        ends_ms = None
        if face is not Found.NOT_NEEDED and person.expires is not None:
            ends_ms = _end_of(person.expires) + policy.expiry_grace_days * DAY_MS
        with self._vault.transaction() as session:
            begun = update(SubmissionRow).where(
                SubmissionRow.submission_id == submission_id, SubmissionRow.state == RECEIVED
            )
            document = Found.PASSED if is_certain else Found.AWAITED
            session.execute(begun.values(state=IN_REVIEW, document=document, face=face, valid_until_ms=ends_ms))

    def _claim_document(self, user_id: int, submission_id: int, person: Person) -> bool:
        """Note whose the document is; False when it is somebody else's."""
        digest = self._vault.index.digest("document", document_name(person))
        with self._vault.transaction() as session:
            values = {"user_id": user_id, "submission_id": submission_id}
            if insert_once(session, DocumentRow, document_digest=digest, **values):
                return True
            return session.get_one(DocumentRow, digest).user_id == user_id

    def _pictures(self, session: Session, submission_id: int) -> dict[str, bytes]:
        rows = session.scalars(select(UploadRow).where(UploadRow.submission_id == submission_id)).all()
        applicant = self._vault.find(session, rows[0].user_id) if rows else None
        if applicant is None:
            return {}
        return {row.slot: self._vault.open(applicant, f"upload {row.slot}", row.sealed_content) for row in rows}

    # -- Cases -------------------------------------------------------------------------------------------------------

    def _open_cases(self, submission_id: int) -> None:
        with self._vault.transaction() as session:
            row = session.get_one(SubmissionRow, submission_id)
            user_id, part = row.user_id, row.part
            awaited = [what for what in _CASE_KINDS if getattr(row, what) == Found.AWAITED]
            uploads = session.scalars(select(UploadRow.upload_id).where(UploadRow.submission_id == submission_id))
            evidence = [f"submission:{submission_id}", *(f"upload:{number}" for number in uploads)]
        entity = serving_entity(self._residence(user_id), self._rules, self._vault.clock())
        opened = {
            f"{what}_case": self._office.cases.open(
                _CASE_KINDS[what],
                user_id,
                f"Verification of {part}: the {what} is to be looked at.",
                evidence,
                reference=f"submission:{submission_id}",
                entity=entity,
            )
            for what in awaited
        }
        with self._vault.transaction() as session:
            noted = update(SubmissionRow).where(SubmissionRow.submission_id == submission_id)
            session.execute(noted.values(has_cases=True, **opened))

    def _residence(self, user_id: int) -> str:
        try:
            return self._persons.residence(user_id)
        except RefusedError:
            return ""

    def _on_document(self, case: CaseDecided) -> None:
        for submission_id in _submissions_of(case):
            if case.decision == "approved":
                self._pass(submission_id, "document")
            else:
                is_try = case.decision == "refused"
                self._refuse(submission_id, (failure_of(case.reason),), is_try=is_try)

    def _on_face(self, case: CaseDecided) -> None:
        for submission_id in _submissions_of(case):
            if case.decision == "matched":
                self._pass(submission_id, "face")
            else:
                self._refuse(submission_id, ("face_differs",))

    # -- Deciding ----------------------------------------------------------------------------------------------------

    def _pass(self, submission_id: int, what: str) -> None:
        with self._vault.transaction() as session:
            awaited = update(SubmissionRow).where(
                SubmissionRow.submission_id == submission_id, SubmissionRow.state == IN_REVIEW
            )
            session.execute(awaited.values({what: Found.PASSED}))
        self.go_on_with(submission_id)

    def go_on_with(self, submission_id: int) -> None:
        """Approve a submission if nothing is awaited, and tell."""
        self._approve(submission_id)
        self._tell(submission_id)

    def go_on_for(self, user_id: int) -> None:
        """The same for whatever a person has under review."""
        mine = (SubmissionRow.state == IN_REVIEW) & (SubmissionRow.user_id == user_id)
        for submission_id in self._in_state(mine):
            self.go_on_with(submission_id)

    def _approve(self, submission_id: int) -> None:
        with self._vault.transaction() as session:
            user_id = session.get_one(SubmissionRow, submission_id).user_id
        with self._vault.transaction() as session:
            applicant = self._vault.claim(session, user_id)
            row = session.get_one(SubmissionRow, submission_id, populate_existing=True)
            is_settled = row.document in _SETTLED and row.face in _SETTLED
            if row.state != IN_REVIEW or not is_settled:
                return
            if not self._screening.is_clear(session, applicant, row.submitted_ms):
                return
            row.state, row.open_key, row.decided_ms = APPROVED, None, self._vault.clock()
            self._levels.note(session, user_id, Step(row.part), row.valid_until_ms)

    def _refuse(self, submission_id: int, failures: tuple[str, ...], *, is_try: bool = True) -> None:
        with self._vault.transaction() as session:
            refused = update(SubmissionRow).where(
                SubmissionRow.submission_id == submission_id, SubmissionRow.state.in_((RECEIVED, IN_REVIEW))
            )
            values = {"state": REFUSED, "open_key": None, "failures": ",".join(failures), "is_try": is_try}
            done = refused.values(**values, decided_ms=self._vault.clock()).returning(SubmissionRow.submission_id)
            if session.execute(done.execution_options(synchronize_session=False)).first() is None:
                return
            # Whose document it is stays open: a thief must not keep the owner away.
            session.execute(delete(DocumentRow).where(DocumentRow.submission_id == submission_id))
            row = session.get_one(SubmissionRow, submission_id, populate_existing=True)
            cases = [case for case in (row.document_case, row.face_case) if case is not None]
        for case_id in cases:
            with suppress(RefusedError):
                self._office.cases.withdraw(case_id, "The submission was refused for another reason.")
        self._tell(submission_id)

    def _tell(self, submission_id: int) -> None:
        """Tell governance and the person; after a crash both may hear it twice, and never not at all."""
        with self._vault.transaction() as session:
            row = session.get_one(SubmissionRow, submission_id)
            if row.state not in (APPROVED, REFUSED) or row.told_ms is not None:
                return
            user_id, part, is_approved, failures = row.user_id, row.part, row.state == APPROVED, row.failures
        self._levels.keep_up(user_id)
        values = {"part": part}
        if not is_approved:
            first = FAILURES[failures.split(",")[0]]
            values |= {"reason": first.message, "remedy": first.remedy}
        self._persons.tell(user_id, f"verification_{'approved' if is_approved else 'refused'}", values)
        with self._vault.transaction() as session:
            told = update(SubmissionRow).where(SubmissionRow.submission_id == submission_id)
            session.execute(told.values(told_ms=self._vault.clock()))

    def _each(self, at: ColumnElement[bool], act: Callable[[int], None]) -> None:
        """``act`` on every submission ``at``; one that fails waits for the next time, and keeps no other waiting."""
        for submission_id in self._in_state(at):
            try:
                act(submission_id)
            except LonjaError as error:
                _log.warning("a submission is stuck", submission=submission_id, problem=error.message)

    def _in_state(self, at: ColumnElement[bool]) -> list[int]:
        query = select(SubmissionRow.submission_id).where(at)
        with self._vault.transaction() as session:
            return list(session.scalars(query.order_by(SubmissionRow.submission_id)))


def _submissions_of(case: CaseDecided) -> list[int]:
    return [int(name.partition(":")[2]) for name in case.evidence if name.startswith("submission:")]


def _end_of(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000 + DAY_MS
