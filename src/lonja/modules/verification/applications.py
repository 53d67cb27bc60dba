"""The application of a person, to be begun, left and gone on with: what is stated, handed in and submitted.

Why nothing is judged here: judging takes time, and its result must not show in how fast an answer comes. Invariant: what
was submitted is not changed until it is decided; of a part there is one submission at a time and so many a day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from lonja.modules.governance.api import ANY_SESSION, Capability, Effect, Rights
from lonja.modules.verification.consents import Consents
from lonja.modules.verification.database import count_up
from lonja.modules.verification.forms import (
    Address,
    Answers,
    Person,
    Stated,
    check_address,
    check_answers,
    check_person,
    day_of,
    slots_of,
)
from lonja.modules.verification.levels import Levels, Step
from lonja.modules.verification.pictures import check_picture
from lonja.modules.verification.policy import Policy, policy_of
from lonja.modules.verification.ports import Persons
from lonja.modules.verification.proofs import check_pdf, is_pdf
from lonja.modules.verification.refusals import REFUSALS, refusal
from lonja.modules.verification.tables import ApplicantRow, SubmissionRow, UploadCountRow, UploadRow
from lonja.modules.verification.vault import Vault
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS


class Part(StrEnum):
    """What is submitted by itself."""

    IDENTITY = "identity"
    ADDRESS = "address"


class PartState(StrEnum):
    """Where a part stands: something is missing, it can be submitted, it waits, it was refused, it is passed."""

    LOCKED = "locked"
    OPEN = "open"
    READY = "ready"
    IN_REVIEW = "in_review"
    REFUSED = "refused"
    VERIFIED = "verified"


class Found(StrEnum):
    """What is known of one thing of a submission."""

    AWAITED = "awaited"
    PASSED = "passed"
    NOT_NEEDED = "not_needed"


RECEIVED: Final = "received"
IN_REVIEW: Final = "in_review"
APPROVED: Final = "approved"
REFUSED: Final = "refused"
CONSENT: Final = "consent"
ADDRESS_PROOF: Final = "address_proof"
SLOTS: Final = {
    "document_front": Part.IDENTITY,
    "document_back": Part.IDENTITY,
    "face": Part.IDENTITY,
    ADDRESS_PROOF: Part.ADDRESS,
}
"""Every picture and the part it belongs to."""


@dataclass(frozen=True, slots=True)
class PartView:
    """A part as its person sees it. ``missing`` names steps; ``next_try_ms`` is set when no try is left."""

    part: Part
    state: PartState
    missing: tuple[str, ...]
    failures: tuple[str, ...]
    tries_left: int
    next_try_ms: int | None
    submitted_ms: int | None
    valid_until_ms: int | None
    is_renewable: bool
    """Whether it holds and may be handed in anew, since it ends soon."""


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application as its person sees it."""

    level: int
    parts: tuple[PartView, ...]
    uploads: tuple[str, ...]
    policy: Policy


class Applications:
    """Applications in one database (blocking)."""

    def __init__(
        self,
        vault: Vault,
        levels: Levels,
        rights: Rights,
        persons: Persons,
        consents: Consents,
        *,
        with_specimens: bool = False,
    ) -> None:
        """``with_specimens``: documents of states that there are not may be stated."""
        self._vault, self._levels, self._rights, self._persons = vault, levels, rights, persons
        self._consents = consents
        self._with_specimens = with_specimens
        self.wake: Callable[[], None] = lambda: None
        """Called when something waits to be looked at, on the thread of the request."""

    def view(self, user_id: int) -> ApplicationView:
        """How far an application is. Raises ``RefusedError``."""
        policy = self._policy(user_id)
        with self._vault.transaction() as session:
            stated = self._vault.stated(self._vault.find(session, user_id))
            passed = self._levels.passed(session, user_id)
            uploads = self._current(session, user_id)
            parts = tuple(self._part(session, user_id, part, stated, uploads, passed, policy) for part in Part)
        return ApplicationView(self._levels.level(user_id), parts, tuple(sorted(uploads)), policy)

    def stated(self, user_id: int) -> Stated:
        """What a person stated so far."""
        with self._vault.transaction() as session:
            return self._vault.stated(self._vault.find(session, user_id))

    # -- What is stated ----------------------------------------------------------------------------------------------

    def state_person(self, user_id: int, person: Person) -> None:
        """Who the person is. Raises ``RefusedError``."""
        policy = self._allowed(user_id)
        residence, today = self._persons.residence(user_id), day_of(self._vault.clock())
        check_person(person, residence, policy, today, with_specimens=self._with_specimens)
        with self._vault.transaction() as session:
            row = self._editable(session, user_id, Part.IDENTITY, policy)
            row.sealed_person = self._vault.seal(row, "person", person)
            digest = self._vault.person_digest(person)
            if row.person_digest != digest:
                row.person_digest, row.screened_ms = digest, 0
        self.wake()

    def state_answers(self, user_id: int, answers: Answers) -> None:
        """What the person answers. Raises ``RefusedError``."""
        policy = self._allowed(user_id)
        check_answers(answers, policy)
        with self._vault.transaction() as session:
            row = self._editable(session, user_id, Part.IDENTITY, policy)
            row.sealed_answers = self._vault.seal(row, "answers", answers)

    def state_address(self, user_id: int, address: Address) -> None:
        """Where the person lives. Raises ``RefusedError``."""
        policy = self._allowed(user_id)
        check_address(address, policy, day_of(self._vault.clock()))
        with self._vault.transaction() as session:
            row = self._editable(session, user_id, Part.ADDRESS, policy)
            row.sealed_address = self._vault.seal(row, "address", address)

    # -- What is handed in -------------------------------------------------------------------------------------------

    def hand_in(self, user_id: int, slot: str, raw: bytes) -> None:
        """A picture for a slot, or a PDF as a proof of address, in place of the one before. Raises ``RefusedError``."""
        part = _part_of(slot)
        policy = self._allowed(user_id)
        # Before the picture is opened: opening is what costs.
        self._count_upload(user_id, policy)
        content, width, height = _checked(slot, raw, policy)
        with self._vault.transaction() as session:
            row = self._editable(session, user_id, part, policy)
            self._put_aside(session, user_id, slot)
            session.add(
                UploadRow(
                    user_id=user_id,
                    slot=slot,
                    current_key=f"{user_id}|{slot}",
                    sealed_content=self._vault.seal(row, f"upload {slot}", content),
                    width=width,
                    height=height,
                    uploaded_ms=self._vault.clock(),
                )
            )

    def take_out(self, user_id: int, slot: str) -> None:
        """Take a picture out again. Raises ``RefusedError``."""
        part, policy = _part_of(slot), self._policy(user_id)
        with self._vault.transaction() as session:
            self._editable(session, user_id, part, policy)
            if not self._put_aside(session, user_id, slot):
                raise refusal("upload_not_found")

    # -- Submitting --------------------------------------------------------------------------------------------------

    def submit(self, user_id: int, part: Part) -> int:
        """Have a part looked at; the number of the submission. Raises ``RefusedError``."""
        policy, residence = self._allowed(user_id), self._persons.residence(user_id)
        with self._vault.transaction() as session:
            row = self._editable(session, user_id, part, policy)
            stated, uploads = self._vault.stated(row), self._current(session, user_id)
            passed = self._levels.passed(session, user_id)
            if part is Part.ADDRESS and Step.IDENTITY not in passed:
                raise refusal("part_locked")
            if self._missing(session, user_id, part, stated, uploads):
                raise refusal("steps_missing")
            if stated.person is None or stated.person.residence != residence:
                raise refusal("residence_differs")
            if len(self._tries(session, user_id, part)) >= policy.tries_per_day:
                raise refusal("too_many_tries")
            submission = self._submission(user_id, part)
            session.add(submission)
            session.flush()
            slots = [f"{user_id}|{slot}" for slot in slots_of(part, stated.person)]
            used = update(UploadRow).where(UploadRow.current_key.in_(slots))
            session.execute(used.values(submission_id=submission.submission_id))
            submission_id = submission.submission_id
        self.wake()
        return submission_id

    def _submission(self, user_id: int, part: Part) -> SubmissionRow:
        return SubmissionRow(
            user_id=user_id,
            part=part,
            state=RECEIVED,
            open_key=_open_key(user_id, part),
            document=Found.AWAITED,
            face=Found.AWAITED if part is Part.IDENTITY else Found.NOT_NEEDED,
            has_cases=False,
            is_try=True,
            failures="",
            submitted_ms=self._vault.clock(),
        )

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _policy(self, user_id: int) -> Policy:
        return policy_of(self._rights.rules, self._persons.residence(user_id), self._vault.clock())

    def _allowed(self, user_id: int) -> Policy:
        decision = self._rights.entitlements(user_id, ANY_SESSION).decisions[Capability.VERIFICATION_APPLY]
        if decision.effect is Effect.DENY:
            raise RefusedError("apply_denied", decision.sentence, REFUSALS["apply_denied"].remedy)
        return self._policy(user_id)

    def _editable(self, session: Session, user_id: int, part: Part, policy: Policy) -> ApplicantRow:
        """The row of the person, locked. Raises ``RefusedError`` while ``part`` waits, or is verified for long enough."""
        row = self._vault.claim(session, user_id)
        at = SubmissionRow.open_key == _open_key(user_id, part)
        if session.scalars(select(SubmissionRow.submission_id).where(at)).first() is not None:
            raise refusal("in_review")
        if Step(part) in self._levels.passed(session, user_id, policy.renewal_days * DAY_MS):
            raise refusal("verified_already")
        return row

    def _count_upload(self, user_id: int, policy: Policy) -> None:
        day = self._vault.clock() // DAY_MS
        with self._vault.transaction() as session:
            if not count_up(session, UploadCountRow, policy.uploads_per_day, user_id=user_id, day=day):
                raise refusal("too_many_uploads")
            session.execute(delete(UploadCountRow).where(UploadCountRow.user_id == user_id, UploadCountRow.day < day))

    def _missing(
        self, session: Session, user_id: int, part: Part, stated: Stated, uploads: frozenset[str]
    ) -> tuple[str, ...]:
        """The steps that a part lacks; whoever hands something in knows before what becomes of it."""
        consent = (CONSENT,) if self._consents.is_missing(session, user_id) else ()
        return (*consent, *_missing(part, stated, uploads))

    @staticmethod
    def _put_aside(session: Session, user_id: int, slot: str) -> bool:
        """Make room in a slot. What was submitted once is kept for who looks at it; the rest goes."""
        at = UploadRow.current_key == f"{user_id}|{slot}"
        gone = delete(UploadRow).where(at, UploadRow.submission_id.is_(None)).returning(UploadRow.upload_id)
        kept = update(UploadRow).where(at).values(current_key=None).returning(UploadRow.upload_id)
        changed = [
            session.execute(change.execution_options(synchronize_session=False)).first() for change in (gone, kept)
        ]
        return any(found is not None for found in changed)

    @staticmethod
    def _current(session: Session, user_id: int) -> frozenset[str]:
        at = (UploadRow.user_id == user_id) & UploadRow.current_key.is_not(None)
        return frozenset(session.scalars(select(UploadRow.slot).where(at)))

    def _tries(self, session: Session, user_id: int, part: Part) -> list[int]:
        """When the part was submitted within the last 24 hours, oldest first; what a reviewer sent back does not count."""
        since_ms = self._vault.clock() - DAY_MS
        mine = (SubmissionRow.user_id == user_id) & (SubmissionRow.part == part) & SubmissionRow.is_try
        query = select(SubmissionRow.submitted_ms).where(mine, SubmissionRow.submitted_ms > since_ms)
        return list(session.scalars(query.order_by(SubmissionRow.submitted_ms)))

    def _part(
        self,
        session: Session,
        user_id: int,
        part: Part,
        stated: Stated,
        uploads: frozenset[str],
        passed: frozenset[str],
        policy: Policy,
    ) -> PartView:
        newest = select(func.max(SubmissionRow.submission_id)).where(
            SubmissionRow.user_id == user_id, SubmissionRow.part == part
        )
        last = session.scalars(
            select(SubmissionRow).where(SubmissionRow.submission_id == newest.scalar_subquery())
        ).first()
        missing, tries = self._missing(session, user_id, part, stated, uploads), self._tries(session, user_id, part)
        left = max(0, policy.tries_per_day - len(tries))
        state = _state(part, last, missing, passed)
        lasting = self._levels.passed(session, user_id, policy.renewal_days * DAY_MS)
        is_renewable = state is PartState.VERIFIED and part not in lasting
        return PartView(
            part=part,
            state=state,
            missing=missing if is_renewable or state in (PartState.OPEN, PartState.REFUSED) else (),
            failures=() if last is None else tuple(filter(None, last.failures.split(","))),
            tries_left=left,
            next_try_ms=None if left or not tries else tries[-policy.tries_per_day] + DAY_MS,
            submitted_ms=None if last is None else last.submitted_ms,
            valid_until_ms=self._levels.until_ms(session, user_id, part),
            is_renewable=is_renewable,
        )


def _state(part: Part, last: SubmissionRow | None, missing: tuple[str, ...], passed: frozenset[str]) -> PartState:
    if last is not None and last.open_key is not None:
        return PartState.IN_REVIEW
    if part in passed:
        return PartState.VERIFIED
    if part is Part.ADDRESS and Step.IDENTITY not in passed:
        return PartState.LOCKED
    if last is not None and last.state == REFUSED:
        return PartState.REFUSED
    return PartState.OPEN if missing else PartState.READY


def _missing(part: Part, stated: Stated, uploads: frozenset[str]) -> tuple[str, ...]:
    """What of a part is not stated or not handed in."""
    slots = tuple(slot for slot in slots_of(part, stated.person) if slot not in uploads)
    if part is Part.ADDRESS:
        return (*(() if stated.address is not None else ("address",)), *slots)
    forms = {"person": stated.person, "answers": stated.answers}
    return (*(name for name, given in forms.items() if given is None), *slots)


def _checked(slot: str, raw: bytes, policy: Policy) -> tuple[bytes, int, int]:
    """What is kept of a file, and its points in both directions. Raises ``RefusedError``."""
    if slot == ADDRESS_PROOF and is_pdf(raw):
        return check_pdf(raw, policy.pictures.bytes_max), 0, 0
    picture = check_picture(raw, policy.pictures)
    return picture.content, picture.width, picture.height


def _part_of(slot: str) -> Part:
    if slot not in SLOTS:
        raise refusal("slot_unknown")
    return SLOTS[slot]


def _open_key(user_id: int, part: Part) -> str:
    return f"{user_id}|{part}"
