"""The application of an institution over HTTP: sections, papers, attestation, handing in.

Every change names the ``revision`` that was seen, so that of two pages open at once none overwrites the other.
"""

from typing import Annotated

import msgspec
from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import HttpRequest, Live, SteppedUp
from lonja.edge.account.papers import (
    PAPER_BYTES_MAX,
    Bounds,
    PaperAnswer,
    TextAnswer,
    number_of,
    paper_answer,
    text_answers,
)
from lonja.edge.account.uploads import UploadOperation
from lonja.modules.verification.api import (
    REMEDIES,
    Addresses,
    DueDiligence,
    EntityData,
    EntityType,
    FormRules,
    Institution,
    InstitutionState,
    Officials,
    Ownership,
    Section,
)

Diligence = NamedDependency[DueDiligence]
"""Due diligence, as a parameter ``diligence`` of an operation."""


class BeginForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What kind of institution applies."""

    entity_type: EntityType


class AttestationForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs which text: the hash of the text shown, a person of the list, and that person's full name."""

    revision: int
    text_hash: str
    person_id: str
    signed_name: str


class SubmitForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The revision that was seen."""

    revision: int


class ProblemAnswer(msgspec.Struct, frozen=True):
    """Something missing: a code, what it is about, and what to do."""

    code: str
    about: str
    remedy: str


class SectionAnswer(msgspec.Struct, frozen=True):
    """How far a section is: missing, incomplete or complete."""

    section: Section
    state: Annotated[str, one_of("missing", "incomplete", "complete")]
    problems: list[ProblemAnswer]


class RemedyAnswer(msgspec.Struct, frozen=True):
    """What the reviewers ask for."""

    code: str
    sentence: str


class WantedPaper(msgspec.Struct, frozen=True):
    """A paper that is asked for: one of ``kinds``, not older than ``months`` (0: of any age)."""

    kinds: list[str]
    months: int


class WantedAnswer(msgspec.Struct, frozen=True):
    """What is asked of an institution of this type.

    Of each group of ``roles`` one must be held by somebody; who owns ``owner_line_bps`` or more, in hundredths of a
    percent, is named among the people as beneficial owner.
    """

    papers: list[WantedPaper]
    roles: list[list[str]]
    needs_ownership: bool
    owner_line_bps: int
    age_min: int


class InstitutionAnswer(msgspec.Struct, frozen=True):
    """``state`` is draft, in_review, more_needed, approved or refused.

    Sections are filled in while it is draft or more_needed. ``in_force_since_ms`` is when what is in force was approved,
    also while a change of it is under way or was refused.
    """

    entity_type: EntityType
    state: InstitutionState
    revision: int
    entity: EntityData | None
    addresses: Addresses | None
    people: Officials | None
    ownership: Ownership | None
    sections: list[SectionAnswer]
    papers: list[PaperAnswer]
    wanted: WantedAnswer
    remedies: list[RemedyAnswer]
    attestation: TextAnswer
    attested_ms: int | None
    submitted_ms: int | None
    decided_ms: int | None
    in_force_since_ms: int | None


@get("/", sync_to_thread=True, summary="My institution's application")
def show(diligence: Diligence, live: Live) -> InstitutionAnswer:
    """The newest application, with what is missing in each section."""
    return _answer(diligence.institutions.find(live.user_id))


@post("/", sync_to_thread=True, status_code=201, summary="Begin an application")
def begin(diligence: Diligence, live: Live, data: JSONBody[BeginForm]) -> InstitutionAnswer:
    """Begin, or find the one under way."""
    return _answer(diligence.institutions.begin(live.user_id, data.entity_type))


@post("/change", sync_to_thread=True, status_code=201, summary="Begin to change an approved institution")
def begin_change(diligence: Diligence, live: Live) -> InstitutionAnswer:
    """Begin with what was approved, which stays in force until the change is approved too; papers are handed in anew."""
    return _answer(diligence.institutions.begin_change(live.user_id))


@put("/entity", sync_to_thread=True, summary="Fill in the institution")
def save_entity(
    diligence: Diligence, live: Live, revision: FromQuery[int], data: JSONBody[EntityData]
) -> InstitutionAnswer:
    """Name, number, country, day of registration and activity."""
    return _answer(diligence.institutions.save(live.user_id, revision, data))


@put("/addresses", sync_to_thread=True, summary="Fill in addresses")
def save_addresses(
    diligence: Diligence, live: Live, revision: FromQuery[int], data: JSONBody[Addresses]
) -> InstitutionAnswer:
    """Where it is registered and where it works."""
    return _answer(diligence.institutions.save(live.user_id, revision, data))


@put("/people", sync_to_thread=True, summary="Fill in people")
def save_people(
    diligence: Diligence, live: Live, revision: FromQuery[int], data: JSONBody[Officials]
) -> InstitutionAnswer:
    """Everybody with a role: directors, authorized traders, beneficial owners."""
    return _answer(diligence.institutions.save(live.user_id, revision, data))


@put("/ownership", sync_to_thread=True, summary="Fill in who owns it")
def save_ownership(
    diligence: Diligence, live: Live, revision: FromQuery[int], data: JSONBody[Ownership]
) -> InstitutionAnswer:
    """Owners and what each holds, down to people; shares in hundredths of a percent, circles are refused."""
    return _answer(diligence.institutions.save(live.user_id, revision, data))


@delete("/papers/{paper_id:str}", sync_to_thread=True, status_code=200, summary="Take a paper back")
def remove_paper(
    diligence: Diligence, live: Live, paper_id: FromPath[str], revision: FromQuery[int]
) -> InstitutionAnswer:
    """Take a paper back."""
    number = number_of(paper_id, "paper_not_found")
    diligence.institutions.remove_paper(live.user_id, revision, number)
    return _answer(diligence.institutions.find(live.user_id))


@post("/attestation", sync_to_thread=True, status_code=200, summary="Sign the attestation")
def attest(diligence: Diligence, stepped_up: SteppedUp, data: JSONBody[AttestationForm]) -> InstitutionAnswer:
    """Sign the text shown, for the application as it is; any later change voids the signature. Needs a step-up."""
    user_id = stepped_up.user_id
    return _answer(
        diligence.institutions.attest(user_id, data.revision, data.text_hash, data.person_id, data.signed_name)
    )


@post("/submit", sync_to_thread=True, status_code=202, summary="Hand in the application")
def submit(diligence: Diligence, stepped_up: SteppedUp, data: JSONBody[SubmitForm]) -> InstitutionAnswer:
    """Have it reviewed; the answer comes later, here and by message. Needs a step-up."""
    return _answer(diligence.institutions.submit(stepped_up.user_id, data.revision))


def institution_router() -> Router:
    """The operations."""
    bounds = Bounds()

    @post(
        "/papers/{kind:str}",
        operation_class=UploadOperation,
        request_max_body_size=PAPER_BYTES_MAX,
        status_code=201,
        summary="Hand in a paper",
    )
    async def add_paper(
        diligence: Diligence,
        live: Live,
        kind: FromPath[str],
        name: FromQuery[str],
        revision: FromQuery[int],
        request: HttpRequest,
        issued_on: FromQuery[str] = "",
    ) -> PaperAnswer:
        """A PDF, JPEG or PNG below 20 MB; ``issued_on`` is the date on it, like 2026-03-31."""
        user_id, papers = live.user_id, diligence.institutions
        return await bounds.take(request, kind, name, issued_on, lambda new: papers.add_paper(user_id, revision, new))

    handlers = [
        show,
        begin,
        begin_change,
        save_entity,
        save_addresses,
        save_people,
        save_ownership,
        add_paper,
        remove_paper,
    ]
    return Router("/institution", route_handlers=[*handlers, attest, submit], tags=["Institution"])


def remedy_answers(codes: tuple[str, ...]) -> list[RemedyAnswer]:
    """What the reviewers ask for, as answered."""
    return [RemedyAnswer(code, REMEDIES[code]) for code in codes if code in REMEDIES]


def _wanted(rules: FormRules) -> WantedAnswer:
    return WantedAnswer(
        papers=[WantedPaper(group.split("|"), months) for group, months in rules.papers.items()],
        roles=[group.split("|") for group in rules.roles],
        needs_ownership=rules.needs_ownership,
        owner_line_bps=rules.line_bps,
        age_min=rules.age_min,
    )


def _answer(found: Institution) -> InstitutionAnswer:
    form = found.form
    sections = [
        SectionAnswer(part.section, part.state, [ProblemAnswer(*problem) for problem in part.problems])
        for part in found.progress
    ]
    return InstitutionAnswer(
        entity_type=found.entity_type,
        state=found.state,
        revision=found.revision,
        entity=form.entity,
        addresses=form.addresses,
        people=form.people,
        ownership=form.ownership,
        sections=sections,
        papers=[paper_answer(paper) for paper in found.papers],
        wanted=_wanted(found.rules),
        remedies=remedy_answers(found.remedies),
        attestation=text_answers([found.attestation])[0],
        attested_ms=found.attested_ms,
        submitted_ms=found.submitted_ms,
        decided_ms=found.decided_ms,
        in_force_since_ms=found.in_force_since_ms,
    )
