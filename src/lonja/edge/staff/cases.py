"""Queues and cases over HTTP: look, claim, ask, note, decide, release; and the evidence behind them."""

from contextlib import suppress
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.staff.caller import By, Confirmed, House
from lonja.edge.staff.numbers import Number, QueryNumber, number_in
from lonja.modules.backoffice.api import Case, CaseState
from lonja.primitives.errors import RefusedError

_UNKNOWN = "case_unknown"
_ENDINGS: Final = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


class QueueAnswer(msgspec.Struct, frozen=True):
    """What waits in a queue: all, what nobody has, what is overdue, what is at your hand."""

    kind: str
    about: str
    pending: int
    unassigned: int
    overdue: int
    mine: int
    decisions: tuple[str, ...]
    four_eyes: tuple[str, ...]


class QueuedCaseAnswer(msgspec.Struct, frozen=True):
    """A case in a list. ``assignee`` is the member of staff who has it, ``proposal`` what waits to decide it."""

    case: int
    kind: str
    user_id: int
    state: CaseState
    opened_ms: int
    due_ms: int
    assignee: int | None
    proposal: int | None


class NoteAnswer(msgspec.Struct, frozen=True):
    """``kind`` is note (for colleagues), question (to the customer) or answer (of theirs)."""

    author: str
    time_ms: int
    kind: Annotated[str, one_of("note", "question", "answer")]
    text: str


class CaseAnswer(msgspec.Struct, frozen=True):
    """A whole case. ``evidence`` names what can be opened below it."""

    case: int
    kind: str
    user_id: int
    state: CaseState
    summary: str
    evidence: tuple[str, ...]
    notes: list[NoteAnswer]
    opened_ms: int
    due_ms: int
    assignee: int | None
    proposal: int | None
    decisions: tuple[str, ...]
    decision: str
    reason: str
    decided_by: int | None
    decided_ms: int | None


class EvidenceAnswer(msgspec.Struct, frozen=True):
    """Evidence that is values and no paper."""

    reference: str
    values: dict[str, str]


class AssignmentForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who shall have the case, and who had it when you looked."""

    to: Number
    seen: Number | None = None


class TextForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something written."""

    text: str


class DecisionForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the decisions of the kind, and why."""

    decision: str
    reason: str


class DecisionAnswer(msgspec.Struct, frozen=True):
    """``state`` is decided, or waiting for a second person to answer ``proposal``."""

    state: Literal["decided", "waiting"]
    proposal: int | None


@get("/queues", sync_to_thread=True, summary="Queues")
def queues(services: House, by: By) -> list[QueueAnswer]:
    """What waits in every queue that your roles work on."""
    cases = services.back_office.rules.cases
    return [
        QueueAnswer(
            found.kind,
            cases[found.kind].about,
            found.pending,
            found.unassigned,
            found.overdue,
            found.mine,
            cases[found.kind].decisions,
            cases[found.kind].four_eyes,
        )
        for found in services.back_office.cases.counts(by)
    ]


@get("/cases", sync_to_thread=True, summary="Cases")
def list_cases(  # one parameter per filter
    services: House,
    by: By,
    kind: FromQuery[str] = "",
    in_state: FromQuery[CaseState | None] = None,
    after_due_ms: QueryNumber = 0,
    after_case: QueryNumber = 0,
    limit: QueryNumber = 50,
) -> list[QueuedCaseAnswer]:
    """Cases you may work on, those still to be decided when no state is given, the first due first.

    To go on, give due time and number of the last one.
    """
    pending = (CaseState.OPEN, CaseState.ASSIGNED, CaseState.WAITING_FOR_CUSTOMER)
    found = services.back_office.cases.queue(
        by,
        kinds=(kind,) if kind else (),
        states=pending if in_state is None else (in_state,),
        after=(after_due_ms, after_case) if after_case else None,
        limit=limit,
    )
    return [
        QueuedCaseAnswer(
            one.case_id, one.kind, one.user_id, one.state, one.opened_ms, one.due_ms, one.assignee, one.proposal_id
        )
        for one in found
    ]


@get("/cases/{case:str}", sync_to_thread=True, summary="A case")
def read_case(services: House, by: By, case: FromPath[str]) -> CaseAnswer:
    """Everything about a case."""
    return _answer(services, services.back_office.cases.read(by, number_in(case, _UNKNOWN)))


@get("/cases/{case:str}/evidence/{reference:str}", sync_to_thread=True, summary="Evidence")
def read_evidence(services: House, by: By, case: FromPath[str], reference: FromPath[str]) -> Response[Any]:
    """A paper or picture as it was handed in, never shown as a page but as a file called by what it is; or values."""
    found = services.back_office.evidence.read(by, number_in(case, _UNKNOWN), reference)
    # What strangers handed in must never become a page of ours.
    headers = {
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "no-store",
    }
    if not found.content:
        return Response(EvidenceAnswer(reference, dict(found.values)), headers=headers)
    ending = _ENDINGS.get(found.media_type, "")
    named = found.name if found.name.replace("_", "").isalnum() and found.name.isascii() else "evidence"
    headers["content-disposition"] = f'attachment; filename="{named}{ending}"'
    return Response(found.content, media_type=found.media_type, headers=headers)


@post("/cases/{case:str}/claim", sync_to_thread=True, status_code=204, summary="Claim a case")
def claim(services: House, by: By, case: FromPath[str]) -> None:
    """Make a case yours; of two who claim it at once, one gets it."""
    services.back_office.cases.take(by, number_in(case, _UNKNOWN))


@post("/cases/{case:str}/release", sync_to_thread=True, status_code=204, summary="Release a case")
def release(services: House, by: By, case: FromPath[str]) -> None:
    """Put your case back into its queue."""
    services.back_office.cases.hand_back(by, number_in(case, _UNKNOWN))


@post("/cases/{case:str}/assignee", sync_to_thread=True, status_code=204, summary="Give a case to a colleague")
def assign(services: House, by: By, case: FromPath[str], data: JSONBody[AssignmentForm]) -> None:
    """Give a case to somebody who may work on it."""
    services.back_office.cases.assign(by, number_in(case, _UNKNOWN), data.to, seen=data.seen)


@post("/cases/{case:str}/notes", sync_to_thread=True, status_code=204, summary="Write a note")
def note(services: House, by: By, case: FromPath[str], data: JSONBody[TextForm]) -> None:
    """Write a note for colleagues; the customer never sees it."""
    services.back_office.cases.note(by, number_in(case, _UNKNOWN), data.text)


@post("/cases/{case:str}/questions", sync_to_thread=True, status_code=204, summary="Ask the customer")
def ask(services: House, by: By, case: FromPath[str], data: JSONBody[TextForm]) -> None:
    """Ask the customer, who is told that there is a question; the deadline stands still until the answer."""
    case_id = number_in(case, _UNKNOWN)
    user_id = services.back_office.cases.ask(by, case_id, data.text)
    # Somebody without contacts, or closed meanwhile, is told nothing; the question stands in the case.
    with suppress(RefusedError):
        services.people.tell(user_id, "notice", {"title": "we have a question to you", "question": data.text})


@post("/cases/{case:str}/answers", sync_to_thread=True, status_code=204, summary="Write an answer down")
def write_answer(services: House, by: By, case: FromPath[str], data: JSONBody[TextForm]) -> None:
    """Write down what the customer answered by mail or in a call; your case goes on, and the deadline with it."""
    services.back_office.cases.write_answer(by, number_in(case, _UNKNOWN), data.text)


@post("/cases/{case:str}/decision", sync_to_thread=True, status_code=200, summary="Decide a case")
def decide(services: House, confirmed: Confirmed, case: FromPath[str], data: JSONBody[DecisionForm]) -> DecisionAnswer:
    """Decide your case; where the rules want four eyes, somebody else approves. Needs the passkey given just now."""
    cases = services.back_office.cases
    proposal = cases.decide(confirmed, number_in(case, _UNKNOWN), data.decision, data.reason)
    return DecisionAnswer("decided" if proposal is None else "waiting", proposal)


ROUTER = Router(
    "/",
    route_handlers=[
        queues,
        list_cases,
        read_case,
        read_evidence,
        claim,
        release,
        assign,
        note,
        ask,
        write_answer,
        decide,
    ],
    tags=["Cases"],
)


def _answer(services: House, case: Case) -> CaseAnswer:
    return CaseAnswer(
        case=case.case_id,
        kind=case.kind,
        user_id=case.user_id,
        state=case.state,
        summary=case.summary,
        evidence=case.evidence,
        notes=[NoteAnswer(note.author, note.time_ms, note.kind, note.text) for note in case.notes],
        opened_ms=case.opened_ms,
        due_ms=case.due_ms,
        assignee=case.assignee,
        proposal=case.proposal_id,
        decisions=services.back_office.rules.case(case.kind).decisions,
        decision=case.decision,
        reason=case.reason,
        decided_by=case.decided_by,
        decided_ms=case.decided_ms,
    )
