"""Appeals of the person signed in against restrictions: made once, asked about, answered, decided.

Invariant: an appeal is a case before the restriction counts as appealed, so none is used up without anybody to read it;
what staff write for each other is never told.
"""

from typing import Annotated, Final

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import Live
from lonja.edge.account.rights import Governed
from lonja.modules.backoffice.api import BackOffice, Case, CaseState
from lonja.primitives.errors import RefusedError

_KIND: Final = "appeal"
_ID_DIGITS_MAX: Final = 18
_TEXT_LENGTH_MAX: Final = 5_000
_STATES: Final = {
    CaseState.OPEN: "in_review",
    CaseState.ASSIGNED: "in_review",
    CaseState.WAITING_FOR_CUSTOMER: "waiting_for_you",
}

Desk = NamedDependency[BackOffice]
"""The back office, as a parameter ``back_office`` of an operation."""


class AppealForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Against which restriction, and why it is wrong."""

    restriction_id: Annotated[int, msgspec.Meta(ge=0, le=10**_ID_DIGITS_MAX)]
    text: str


class AppealReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to what was asked."""

    text: str


class AppealMessage(msgspec.Struct, frozen=True):
    """``kind`` is question (ours) or answer (yours)."""

    kind: Annotated[str, one_of("question", "answer")]
    time_ms: int
    text: str


class AppealAnswer(msgspec.Struct, frozen=True):
    """``state`` is in_review, waiting_for_you, granted or refused; ``reason`` is told once it is decided."""

    appeal: int
    restriction_ids: tuple[int, ...]
    state: Annotated[str, one_of("in_review", "waiting_for_you", "granted", "refused", "withdrawn")]
    text: str
    reason: str
    opened_ms: int
    due_ms: int
    decided_ms: int | None
    messages: list[AppealMessage]


@get("/", sync_to_thread=True, summary="My appeals")
def my_appeals(back_office: Desk, live: Live) -> list[AppealAnswer]:
    """All appeals you made, oldest first."""
    return [_answer(case) for case in back_office.cases.of_person(live.user_id, _KIND)]


@post("/", sync_to_thread=True, status_code=201, summary="Appeal")
def appeal(back_office: Desk, rights: Governed, live: Live, data: JSONBody[AppealForm]) -> AppealAnswer:
    """Ask for a restriction to be looked at again, once, by somebody who decides with a second person."""
    text = _checked(data.text)
    found = next(
        (one for one in rights.restrictions.of(live.user_id) if one.restriction_id == data.restriction_id), None
    )
    if found is None:
        raise RefusedError(
            "restriction_not_found", "There is no such restriction.", "Look at the list of your restrictions."
        )
    if not found.can_appeal:
        raise RefusedError(
            "appeal_not_possible",
            "No appeal is possible against this restriction.",
            "Do what the restriction asks for.",
        )
    if found.appealed_ms is not None:
        raise RefusedError(
            "appeal_made_already", "You have appealed already; the answer is on its way.", "Wait for the answer."
        )
    name = f"restriction:{found.restriction_id}"
    # The case first: an appeal noted without one would be used up and read by nobody. Sent again, it is the same case.
    case_id = back_office.cases.open(_KIND, live.user_id, text, (name,), reference=name)
    rights.restrictions.appeal(live.user_id, found.restriction_id)
    return _own(back_office, live.user_id, case_id)


@get("/{appeal:str}", sync_to_thread=True, summary="An appeal")
def read(back_office: Desk, live: Live, appeal: FromPath[str]) -> AppealAnswer:
    """One appeal of yours, with what was asked and answered."""
    return _own(back_office, live.user_id, _number(appeal))


@post("/{appeal:str}/answer", sync_to_thread=True, status_code=200, summary="Answer what was asked")
def answer(back_office: Desk, live: Live, appeal: FromPath[str], data: JSONBody[AppealReply]) -> AppealAnswer:
    """Answer the question that an appeal waits for."""
    number, text = _number(appeal), _checked(data.text)
    _own(back_office, live.user_id, number)
    back_office.cases.answer(number, text)
    return _own(back_office, live.user_id, number)


def appeals_router() -> Router:
    """The operations, for a house with governance and a back office."""
    return Router("/appeals", route_handlers=[my_appeals, appeal, read, answer], tags=["Appeals"])


def _own(back_office: BackOffice, user_id: int, case_id: int) -> AppealAnswer:
    for case in back_office.cases.of_person(user_id, _KIND):
        if case.case_id == case_id:
            return _answer(case)
    # The same whether it is somebody else's, another kind of case, or none at all.
    raise RefusedError("appeal_not_found", "There is no such appeal.", "Look at the list of your appeals.")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX):
        raise RefusedError("appeal_not_found", "There is no such appeal.", "Look at the list of your appeals.")
    return int(text)


def _checked(text: str) -> str:
    if not text.strip() or len(text) > _TEXT_LENGTH_MAX:
        raise RefusedError(
            "text_form", f"Write between 1 and {_TEXT_LENGTH_MAX} characters.", "Shorten it, or say what happened."
        )
    return text.strip()


def _answer(case: Case) -> AppealAnswer:
    names = [name.partition(":") for name in case.evidence]
    return AppealAnswer(
        appeal=case.case_id,
        restriction_ids=tuple(int(number) for kind, _, number in names if kind == "restriction"),
        state=_STATES.get(case.state, case.decision or "withdrawn"),
        text=case.summary,
        reason=case.reason,
        opened_ms=case.opened_ms,
        due_ms=case.due_ms,
        decided_ms=case.decided_ms,
        messages=[AppealMessage(note.kind, note.time_ms, note.text) for note in case.notes],
    )
