"""An institution's application: filled in by sections, attested, reviewed by two, mended and handed in again.

Source: domain rows 3.11 to 3.13. Invariant: what staff review is what was attested, because any change after the
attestation voids it; a person has one application under way; of two changes at once one is refused; nobody is approved
before every name was screened, and nothing that the person sees tells of that.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec
import structlog
from sqlalchemy import ColumnElement, String, cast, literal, select
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence import ivms101
from lonja.modules.verification.due_diligence.database import move, rows_of
from lonja.modules.verification.due_diligence.institution_forms import (
    Addresses,
    EntityData,
    EntityType,
    Form,
    FormRules,
    HeldPaper,
    Officials,
    Role,
    SectionData,
    SectionProgress,
    check_entity,
    check_officials,
    named_in,
    progress_of,
)
from lonja.modules.verification.due_diligence.name_screening import AT_ONCE, Finding, NameScreening, check_readable
from lonja.modules.verification.due_diligence.ownership import Ownership, check_ownership
from lonja.modules.verification.due_diligence.papers import NewPaper, Paper, Papers
from lonja.modules.verification.due_diligence.parts import Parts
from lonja.modules.verification.due_diligence.ports import Decision, Wording
from lonja.modules.verification.due_diligence.reviewing import evidence_name, kept, listed, remedies_in, round_of
from lonja.modules.verification.due_diligence.tables import InstitutionRow, ScreeningRow, SubjectRow
from lonja.primitives.errors import LonjaError, RefusedError
from lonja.primitives.instant import DAY_MS
from lonja.storage.rows import insert_new

KIND: Final = "institution"
CASE: Final = "kyb"
_FORM, _SIGNER = "institution_form", "institution_signer"
_SETTLED: Final = "settled"
"""Staff approved, and only names are still looked at: for everybody else it is in review."""
_SIGNERS: Final = frozenset({Role.DIRECTOR, Role.AUTHORIZED_TRADER, Role.TRUSTEE, Role.PARTNER})


class InstitutionState(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    MORE_NEEDED = "more_needed"
    APPROVED = "approved"
    REFUSED = "refused"


_log = structlog.get_logger("lonja.due_diligence")
_EDITABLE: Final = (InstitutionState.DRAFT, InstitutionState.MORE_NEEDED)
_UNDECIDED: Final = (*_EDITABLE, InstitutionState.IN_REVIEW, _SETTLED)
_HANDED_IN: Final = (InstitutionState.IN_REVIEW, _SETTLED, InstitutionState.MORE_NEEDED, InstitutionState.APPROVED)
_DECIDED: Final = {
    "approved": InstitutionState.APPROVED,
    "refused": InstitutionState.REFUSED,
    "more_needed": InstitutionState.MORE_NEEDED,
}


@dataclass(frozen=True, slots=True)
class Institution:
    """An application as its person sees it."""

    application_id: int
    entity_type: EntityType
    state: InstitutionState
    revision: int
    form: Form = field(repr=False)
    progress: tuple[SectionProgress, ...]
    papers: tuple[Paper, ...] = field(repr=False)
    remedies: tuple[str, ...]
    attestation: Wording = field(repr=False)
    attested_ms: int | None
    submitted_ms: int | None
    decided_ms: int | None
    rules: FormRules
    """What is asked of an institution of this type."""
    in_force_since_ms: int | None
    """When what is in force was approved, also while a change of it is under way; None when nothing is."""


class Institutions:
    """All applications. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, papers: Papers, names: NameScreening) -> None:
        """Made once; follows what is decided about ``names``."""
        self._parts, self._papers, self._names = parts, papers, names
        names.follow(self._go_on)

    # -- Filling in --------------------------------------------------------------------------------------------------

    def begin(self, user_id: int, entity_type: EntityType) -> Institution:
        """Begin an application, or find the one under way or approved. Raises ``RefusedError``."""
        parts = self._parts
        self._check_may_apply(user_id)
        with parts.transaction() as session:
            last, in_force = self._last_row(session, user_id), self._row_in_force(session, user_id)
            if last is None and parts.house.governing.kyc_level(user_id) > 0:
                message = "This account was verified as a person and cannot become an institution's."
                raise RefusedError("account_personal", message, "Sign up with another contact for the institution.")
            if in_force is None:
                self._begin(session, user_id, last, entity_type, Form())
        return self.find(user_id)

    def begin_change(self, user_id: int) -> Institution:
        """Begin to change what an approved institution stated, or find the change under way; papers are handed in anew.

        What was approved stays in force until the change is approved too. Raises ``RefusedError``.
        """
        self._check_may_apply(user_id)
        with self._parts.transaction() as session:
            last, in_force = self._last_row(session, user_id), self._row_in_force(session, user_id)
            if in_force is None:
                message = "No institution of yours is approved yet."
                raise RefusedError("not_approved", message, "Change the application itself.")
            # Of two who begin at once the second finds what the first began.
            at = (InstitutionRow.application_id == in_force.application_id, InstitutionRow.live_user == user_id)
            move(session, InstitutionRow, at, live_user=None)
            self._begin(session, user_id, last, EntityType(in_force.entity_type), self._form(session, in_force))
        return self.find(user_id)

    def find(self, user_id: int) -> Institution:
        """The person's newest application. Raises ``RefusedError`` when there is none."""
        with self._parts.transaction() as session:
            row = self._last_row(session, user_id)
            if row is None:
                raise RefusedError("application_not_found", "There is no application.", "Begin one.")
            return self._institution(session, row)

    def state(self, user_id: int) -> InstitutionState | None:
        """Where the newest application stands as its person is told, None when there is none."""
        with self._parts.transaction() as session:
            row = self._last_row(session, user_id)
            return None if row is None else _told(row)

    def save(self, user_id: int, revision: int, data: SectionData) -> Institution:
        """Fill in one section; ``revision`` is the one that was seen. Raises ``RefusedError``."""
        today = self._today()
        match data:
            case EntityData():
                check_entity(data, today)
                changes: dict[str, object] = {"entity": data}
            case Addresses():
                changes = {"addresses": data}
            case Officials():
                check_officials(data)
                changes = {"people": data}
            case Ownership():
                check_ownership(data)
                changes = {"ownership": data}
        parts = self._parts
        with parts.transaction() as session:
            row = self._claim(session, user_id, revision)
            form = msgspec.structs.replace(self._form(session, row), **changes)
            check_readable(named_in(form))
            row.sealed_form = parts.vault.seal(session, user_id, _FORM, msgspec.json.encode(form))
            self._names.want(session, user_id, _about(row), named_in(form))
        self._names.wake()
        return self.find(user_id)

    def add_paper(self, user_id: int, revision: int, new: NewPaper) -> Paper:
        """Hand in a paper. Raises ``RefusedError``."""
        media_type = self._papers.check(user_id, new)
        with self._parts.transaction() as session:
            row = self._claim(session, user_id, revision)
            known = {kind for group in self._rules(row).papers for kind in group.split("|")} | {"other"}
            if new.kind not in known:
                remedy = f"Kinds are: {', '.join(sorted(known))}."
                raise RefusedError("paper_kind", "No paper of this kind is asked for.", remedy)
            return self._papers.add(session, user_id, _about(row), new, media_type)

    def remove_paper(self, user_id: int, revision: int, paper_id: int) -> None:
        """Take a paper back. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            row = self._claim(session, user_id, revision)
            self._papers.remove(session, _about(row), paper_id)

    # -- Handing in --------------------------------------------------------------------------------------------------

    def attest(self, user_id: int, revision: int, text_hash: str, person_id: str, signed_name: str) -> Institution:
        """Sign the text whose hash is given, for the form as it is. Raises ``RefusedError``."""
        parts, now_ms = self._parts, self._parts.clock()
        with parts.transaction() as session:
            row = self._claim(session, user_id, revision)
            wording, form = self._wording(user_id), self._form(session, row)
            if text_hash != wording.text_hash:
                raise RefusedError("attestation_changed", "This is not the text in force.", "Read the one shown now.")
            people = () if form.people is None else form.people.people
            signer = next((person for person in people if person.person_id == person_id), None)
            if signer is None or _SIGNERS.isdisjoint(signer.roles):
                remedy = "Name a director, an authorized trader, a trustee or a partner from the list of people."
                raise RefusedError("signer_unfit", "This person cannot sign for the institution.", remedy)
            full_name = f"{signer.given_names} {signer.family_names}"
            if signed_name.strip().casefold() != full_name.casefold():
                raise RefusedError("signature_differs", "The name signed is not that person's.", "Write the full name.")
            row.attested_text, row.attested_hash = f"{wording.name} {wording.version}", wording.text_hash
            row.attested_form, row.attested_ms = self._digest(session, row), now_ms
            row.sealed_signer = parts.vault.seal(session, user_id, _SIGNER, f"{person_id}\n{signed_name}")
        return self.find(user_id)

    def submit(self, user_id: int, revision: int) -> Institution:
        """Hand in for review. Raises ``RefusedError``: application_incomplete."""
        with self._parts.transaction() as session:
            row = self._claim(session, user_id, revision, keep_attestation=True)
            unfinished = [part.section for part in self._progress(session, row) if part.state != "complete"]
            if unfinished:
                message = f"The application is not complete: {', '.join(unfinished)}."
                raise RefusedError("application_incomplete", message, "Finish the sections shown as unfinished.")
            row.state, row.round, row.remedies = InstitutionState.IN_REVIEW, row.round + 1, ""
            row.submitted_ms, row.case_id = self._parts.clock(), None
            self._names.want(session, user_id, _about(row), named_in(self._form(session, row)))
        self._names.wake()
        self.open_missing_cases()
        return self.find(user_id)

    # -- Deciding ----------------------------------------------------------------------------------------------------

    def decided(self, number: int, decision: Decision) -> None:
        """Follow a decided case; told again, it does the same. Raises ``LonjaError`` to be told again."""
        del number
        found, state = round_of(decision, KIND), _DECIDED.get(decision.decision)
        if found is None or state is None:
            return
        at = (
            InstitutionRow.application_id == found.number,
            InstitutionRow.round == found.round,
            InstitutionRow.user_id == decision.user_id,
        )
        in_review = InstitutionRow.state == InstitutionState.IN_REVIEW
        with self._parts.transaction() as session:
            if state is InstitutionState.APPROVED:
                # Nothing that is shown may change before the names are clear.
                move(session, InstitutionRow, (*at, in_review), state=_SETTLED)
            else:
                self._end(session, (*at, in_review), state, kept(remedies_in(decision.reason)))
            now = session.scalar(select(InstitutionRow.state).where(*at))
        if now == _SETTLED:
            self._names.screen(f"{KIND}:{found.number}")
            self._go_on(decision.user_id)
        elif now == state:
            self._follow_up(decision.user_id, state)

    def keep_house(self) -> None:
        """Open missing cases, and go on with what waited for names alone."""
        self.open_missing_cases()
        self._watch_old_ones()
        with self._parts.transaction() as session:
            waiting = list(session.scalars(select(InstitutionRow.user_id).where(InstitutionRow.state == _SETTLED)))
        for user_id in waiting:
            try:
                self._go_on(user_id)
            except LonjaError as error:
                _log.warning("an application is stuck", user=user_id, problem=error.message)

    def open_missing_cases(self) -> None:
        """Open the case of every application in review that has none yet."""
        house = self._parts.house
        with self._parts.transaction() as session:
            at = (InstitutionRow.state == InstitutionState.IN_REVIEW, InstitutionRow.case_id.is_(None))
            rows = rows_of(session, select(InstitutionRow).where(*at))
            waiting = [(row, self._papers.of(session, _about(row)), self._compared_with(session, row)) for row in rows]
        for row, papers, before in waiting:
            reference = evidence_name(KIND, row.application_id, row.round)
            evidence = [reference, *before, *(f"paper:{paper.paper_id}" for paper in papers)]
            what = "Change of" if before else "Application of"
            summary = f"{what} an institution ({row.entity_type}), handed in for the {row.round}. time."
            entity = house.rules.entity(house.residents.residence(row.user_id), self._parts.clock())
            case_id = house.reviews.open(CASE, row.user_id, summary, evidence, reference=reference, entity=entity)
            with self._parts.transaction() as session:
                same = (InstitutionRow.application_id == row.application_id, InstitutionRow.round == row.round)
                move(session, InstitutionRow, same, case_id=case_id)

    def close(self, session: Session, user_id: int) -> None:
        """The person is gone: nobody in their institution is screened any more."""
        self._end_screening(session, InstitutionRow.user_id == user_id)

    def legal_person(self, user_id: int) -> ivms101.Person | None:
        """The approved institution of a user in the words of IVMS101, None when there is none."""
        with self._parts.transaction() as session:
            row = self._row_in_force(session, user_id)
            if row is None:
                return None
            form = self._form(session, row)
        assert form.entity is not None and form.addresses is not None, "approved, so complete"  # noqa: PT018
        return ivms101.legal_person(form.entity, form.addresses, str(user_id))

    def _watch_old_ones(self) -> None:
        """Have those screened that were handed in before names were."""
        about = literal(f"{KIND}:").concat(cast(InstitutionRow.application_id, String))
        at = (
            InstitutionRow.state.in_(_HANDED_IN),
            InstitutionRow.user_id.not_in(select(SubjectRow.user_id).where(SubjectRow.closed_ms.is_not(None))),
            about.not_in(select(ScreeningRow.about)),
        )
        with self._parts.transaction() as session:
            old = session.scalars(select(InstitutionRow.application_id).where(*at).limit(AT_ONCE)).all()
        for number in old:
            try:
                with self._parts.transaction() as session:
                    # Once more: it may have been changed meanwhile, and is watched since.
                    still = select(InstitutionRow).where(InstitutionRow.application_id == number, *at)
                    for row in session.scalars(still).all():
                        self._names.want(session, row.user_id, _about(row), named_in(self._form(session, row)))
            except LonjaError as error:
                # One whose row is damaged keeps nobody else from being screened.
                _log.warning("an application cannot be screened", application=number, problem=error.message)

    # -- Following ---------------------------------------------------------------------------------------------------

    def _go_on(self, user_id: int) -> None:
        """Do what follows from what is known of the names: approve what staff approved, or refuse."""
        with self._parts.transaction() as session:
            row = self._last_row(session, user_id)
            if row is None or row.state not in _UNDECIDED:
                return
            is_settled, about, case_id = row.state == _SETTLED, _about(row), row.case_id
            at = (InstitutionRow.application_id == row.application_id, InstitutionRow.round == row.round)
        finding = self._names.finding(about)
        if finding is Finding.CLEAR and is_settled:
            # Before it is noted: a crash in between does it once more.
            self._raise_level(user_id)
            self._decide(user_id, (*at, InstitutionRow.state == _SETTLED), InstitutionState.APPROVED)
        elif finding is Finding.CONFIRMED:
            self._decide(user_id, (*at, InstitutionRow.state.in_(_UNDECIDED)), InstitutionState.REFUSED)
            if case_id is not None:
                with suppress(RefusedError):
                    self._parts.house.reviews.withdraw(case_id, "The application was refused for another reason.")

    def _decide(self, user_id: int, at: Sequence[ColumnElement[bool]], state: InstitutionState) -> None:
        with self._parts.transaction() as session:
            is_done = self._end(session, at, state)
            in_force = self._row_in_force(session, user_id) if is_done else None
            if in_force is not None and state is InstitutionState.APPROVED:
                older = InstitutionRow.application_id < in_force.application_id
                self._end_screening(session, InstitutionRow.user_id == user_id, older)
        if is_done:
            self._follow_up(user_id, state)

    def _end(
        self, session: Session, at: Sequence[ColumnElement[bool]], state: InstitutionState, remedies: str = ""
    ) -> bool:
        values = {"state": state, "decided_ms": self._parts.clock(), "remedies": remedies}
        if state is InstitutionState.REFUSED:
            values["live_user"] = None
            self._end_screening(session, *at)
        return move(session, InstitutionRow, at, revision=InstitutionRow.revision + 1, **values)

    def _end_screening(self, session: Session, *at: ColumnElement[bool]) -> None:
        for number in session.scalars(select(InstitutionRow.application_id).where(*at)):
            self._names.end(session, f"{KIND}:{number}")

    def _follow_up(self, user_id: int, state: InstitutionState) -> None:
        if state is InstitutionState.APPROVED:
            self._raise_level(user_id)
        with self._parts.transaction() as session:
            row = self._last_row(session, user_id)
            is_change = row is not None and self._approved_before(session, row) is not None
        self._parts.house.residents.tell(user_id, (_TITLES_OF_CHANGES if is_change else _TITLES)[state])

    def _compared_with(self, session: Session, row: InstitutionRow) -> list[str]:
        """What reviewers compare a change with; the newest in a case is the one that is decided."""
        before = self._approved_before(session, row)
        return [] if before is None else [evidence_name(KIND, before.application_id, before.round)]

    def _approved_before(self, session: Session, row: InstitutionRow) -> InstitutionRow | None:
        at = (
            InstitutionRow.user_id == row.user_id,
            InstitutionRow.state == InstitutionState.APPROVED,
            InstitutionRow.application_id < row.application_id,
        )
        return session.scalar(select(InstitutionRow).where(*at).order_by(InstitutionRow.application_id.desc()).limit(1))

    def _raise_level(self, user_id: int) -> None:
        level = self._parts.number(user_id, "institution.kyc_level")
        self._parts.house.governing.raise_kyc_level(user_id, level)

    def _check_may_apply(self, user_id: int) -> None:
        if not self._parts.house.governing.may_apply(user_id):
            raise RefusedError("apply_denied", "You cannot apply for verification now.", "Look at your rights.")

    def _begin(
        self, session: Session, user_id: int, last: InstitutionRow | None, entity_type: EntityType, form: Form
    ) -> None:
        """A new draft, unless one is under way. Raises ``RefusedError`` soon after a refusal."""
        now_ms = self._parts.clock()
        if last is not None and last.state == InstitutionState.REFUSED:
            again_ms = (last.decided_ms or 0) + self._parts.number(user_id, "institution.again_days") * DAY_MS
            if now_ms < again_ms:
                day = datetime.fromtimestamp(again_ms // 1000, UTC).date().isoformat()
                raise RefusedError("applied_recently", "An application was refused not long ago.", f"From {day}.")
        values = {
            "user_id": user_id,
            "live_user": user_id,
            "state": InstitutionState.DRAFT,
            "revision": 0,
            "round": 0,
            "entity_type": entity_type,
            "sealed_form": self._parts.vault.seal(session, user_id, _FORM, msgspec.json.encode(form)),
            **_NOT_ATTESTED,
            "remedies": "",
            "begun_ms": now_ms,
        }
        insert_new(session, InstitutionRow, **values)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _claim(
        self, session: Session, user_id: int, revision: int, *, keep_attestation: bool = False
    ) -> InstitutionRow:
        """The row, while it can be changed and nobody changed it since; what was attested before is void."""
        row = self._last_row(session, user_id)
        if row is None:
            raise RefusedError("application_not_found", "There is no application.", "Begin one.")
        if row.state not in _EDITABLE:
            raise RefusedError("not_editable", "This application cannot be changed now.", "Look at its state.")
        at = (
            InstitutionRow.application_id == row.application_id,
            InstitutionRow.revision == revision,
            InstitutionRow.state.in_(_EDITABLE),
        )
        if not move(session, InstitutionRow, at, revision=InstitutionRow.revision + 1):
            raise RefusedError("changed_meanwhile", "Something else was changed at the same time.", "Look again.")
        claimed = session.get_one(InstitutionRow, row.application_id, populate_existing=True)
        if not keep_attestation:
            for name, blank in _NOT_ATTESTED.items():
                setattr(claimed, name, blank)
        return claimed

    def _row_in_force(self, session: Session, user_id: int) -> InstitutionRow | None:
        at = (InstitutionRow.user_id == user_id, InstitutionRow.state == InstitutionState.APPROVED)
        return session.scalar(select(InstitutionRow).where(*at).order_by(InstitutionRow.application_id.desc()).limit(1))

    def _last_row(self, session: Session, user_id: int) -> InstitutionRow | None:
        query = select(InstitutionRow).where(InstitutionRow.user_id == user_id)
        return session.scalar(query.order_by(InstitutionRow.application_id.desc()).limit(1))

    def _form(self, session: Session, row: InstitutionRow) -> Form:
        return msgspec.json.decode(self._parts.vault.open(session, row.user_id, _FORM, row.sealed_form), type=Form)

    def _digest(self, session: Session, row: InstitutionRow) -> bytes:
        """Of everything that was attested: the form as it was written, and each paper by its bytes."""
        whole = sha256(self._parts.vault.open(session, row.user_id, _FORM, row.sealed_form))
        for paper in self._papers.of(session, _about(row)):
            whole.update(f"\0{paper.paper_id} {paper.kind} {paper.size}".encode())
        return whole.digest()

    def _progress(self, session: Session, row: InstitutionRow) -> tuple[SectionProgress, ...]:
        wording = self._wording(row.user_id)
        is_attested = row.attested_ms is not None and row.attested_hash == wording.text_hash
        is_attested = is_attested and row.attested_form == self._digest(session, row)
        papers = [HeldPaper(paper.kind, paper.issued_on) for paper in self._papers.of(session, _about(row))]
        form, rules = self._form(session, row), self._rules(row)
        return progress_of(form, papers, is_attested=is_attested, rules=rules, today=self._today())

    def _rules(self, row: InstitutionRow) -> FormRules:
        parts, user_id = self._parts, row.user_id
        groups = parts.names(user_id, f"institution.papers.{row.entity_type}")
        months = dict(named.split(":") for named in parts.names(user_id, "institution.paper_months"))
        return FormRules(
            papers={group: int(months.get(group, 0)) for group in groups},
            roles=parts.names(user_id, f"institution.roles.{row.entity_type}"),
            needs_ownership=row.entity_type in parts.names(user_id, "institution.ownership_needed"),
            line_bps=parts.number(user_id, "institution.owner_line_bps"),
            age_min=parts.number(user_id, "institution.age_min"),
        )

    def _wording(self, user_id: int) -> Wording:
        house = self._parts.house
        return house.wordings.attestation(house.residents.residence(user_id), self._parts.clock())

    def _today(self) -> date:
        return datetime.fromtimestamp(self._parts.clock() // 1000, UTC).date()

    def _institution(self, session: Session, row: InstitutionRow) -> Institution:
        in_force = self._row_in_force(session, row.user_id)
        return Institution(
            application_id=row.application_id,
            entity_type=EntityType(row.entity_type),
            state=_told(row),
            revision=row.revision,
            form=self._form(session, row),
            progress=self._progress(session, row),
            papers=self._papers.of(session, _about(row)),
            remedies=listed(row.remedies),
            attestation=self._wording(row.user_id),
            attested_ms=row.attested_ms,
            submitted_ms=row.submitted_ms,
            decided_ms=row.decided_ms,
            rules=self._rules(row),
            in_force_since_ms=None if in_force is None else in_force.decided_ms,
        )


def _told(row: InstitutionRow) -> InstitutionState:
    return InstitutionState.IN_REVIEW if row.state == _SETTLED else InstitutionState(row.state)


_NOT_ATTESTED: Final[dict[str, object]] = {
    "attested_text": "",
    "attested_hash": "",
    "attested_form": b"",
    "sealed_signer": b"",
    "attested_ms": None,
}
_TITLES_OF_CHANGES: Final = {
    InstitutionState.APPROVED: "the change of your institution was approved",
    InstitutionState.REFUSED: "the change of your institution could not be approved",
    InstitutionState.MORE_NEEDED: "we need more for the change of your institution",
}
_TITLES: Final = {
    InstitutionState.APPROVED: "your institution was verified",
    InstitutionState.REFUSED: "your institution could not be verified",
    InstitutionState.MORE_NEEDED: "we need more for the verification of your institution",
}


def _about(row: InstitutionRow) -> str:
    return f"{KIND}:{row.application_id}"
