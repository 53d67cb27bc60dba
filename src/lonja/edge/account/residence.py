"""A change of residence over HTTP: what it meets, papers, agreements, and how far it is."""

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from lonja.edge.account.caller import HttpRequest, Live, SteppedUp
from lonja.edge.account.institution import Diligence
from lonja.edge.account.papers import (
    PAPER_BYTES_MAX,
    Bounds,
    PaperAnswer,
    TextAnswer,
    paper_answer,
    text_answers,
)
from lonja.edge.account.uploads import UploadOperation
from lonja.modules.verification.api import PostalAddress, ResidenceChange, ResidenceState


class MoveForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to: two letters of a country, or a region like UA-30."""

    to: str


class HandInForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new address, and the hashes of the texts that were read and agreed to."""

    address: PostalAddress
    agreements: list[str]


class HindranceAnswer(msgspec.Struct, frozen=True):
    """Something to know; what ``blocks`` must be settled first."""

    code: str
    sentence: str
    blocks: bool


class PreflightAnswer(msgspec.Struct, frozen=True):
    """What a move meets, and what has to be agreed to."""

    is_possible: bool
    hindrances: list[HindranceAnswer]
    agreements: list[TextAnswer]


class ChangeAnswer(msgspec.Struct, frozen=True):
    """``state`` is preparing, in_review, moving, done, refused or withdrawn.

    ``stopped_by`` are codes of what keeps an approved change from going on; it goes on by itself when they are settled.
    The new address is proved by a paper of ``proof_kinds``, of the last ``proof_months`` months.
    """

    state: ResidenceState
    from_place: str
    to_place: str
    steps_done: int
    stopped_by: tuple[str, ...]
    address: PostalAddress | None
    papers: list[PaperAnswer]
    proof_kinds: tuple[str, ...]
    proof_months: int
    begun_ms: int
    done_ms: int | None


@get("/preflight", sync_to_thread=True, summary="What a move would meet")
def preflight(diligence: Diligence, live: Live, to: FromQuery[str]) -> PreflightAnswer:
    """Open orders, products that close, holds, verification and agreements; what blocks comes first."""
    found = diligence.residence.preflight(live.user_id, to)
    hindrances = [HindranceAnswer(each.code, each.sentence, each.blocks) for each in found]
    possible = not any(each.blocks for each in found)
    return PreflightAnswer(possible, hindrances, text_answers(diligence.residence.agreements(to)))


@get("/", sync_to_thread=True, summary="My change of residence")
def show(diligence: Diligence, live: Live) -> ChangeAnswer:
    """The newest change."""
    return _answer(diligence.residence.find(live.user_id))


@post("/", sync_to_thread=True, status_code=201, summary="Begin to move")
def begin(diligence: Diligence, live: Live, data: JSONBody[MoveForm]) -> ChangeAnswer:
    """Begin, or find the change under way; refused while something blocks."""
    return _answer(diligence.residence.begin(live.user_id, data.to))


@post("/submit", sync_to_thread=True, status_code=202, summary="Hand in the change")
def submit(diligence: Diligence, stepped_up: SteppedUp, data: JSONBody[HandInForm]) -> ChangeAnswer:
    """Have the new address reviewed; once approved, orders are canceled and all sessions end. Needs a step-up."""
    return _answer(diligence.residence.hand_in(stepped_up.user_id, data.address, data.agreements))


@delete("/", sync_to_thread=True, status_code=200, summary="Stay after all")
def withdraw(diligence: Diligence, live: Live) -> ChangeAnswer:
    """Withdraw the change; possible until it was approved."""
    return _answer(diligence.residence.withdraw(live.user_id))


def residence_router() -> Router:
    """The operations."""
    bounds = Bounds()

    @post(
        "/papers/{kind:str}",
        operation_class=UploadOperation,
        request_max_body_size=PAPER_BYTES_MAX,
        status_code=201,
        summary="Hand in a proof of address",
    )
    async def add_paper(
        diligence: Diligence,
        live: Live,
        kind: FromPath[str],
        name: FromQuery[str],
        issued_on: FromQuery[str],
        request: HttpRequest,
    ) -> PaperAnswer:
        """A PDF, JPEG or PNG below 20 MB with name, address and the date ``issued_on``."""
        user_id, residence = live.user_id, diligence.residence
        return await bounds.take(request, kind, name, issued_on, lambda new: residence.add_paper(user_id, new))

    return Router(
        "/residence", route_handlers=[preflight, show, begin, add_paper, submit, withdraw], tags=["Residence"]
    )


def _answer(found: ResidenceChange) -> ChangeAnswer:
    return ChangeAnswer(
        state=found.state,
        from_place=found.from_place,
        to_place=found.to_place,
        steps_done=found.steps_done,
        stopped_by=found.stopped_by,
        address=found.address,
        papers=[paper_answer(paper) for paper in found.papers],
        proof_kinds=found.proof_kinds,
        proof_months=found.proof_months,
        begun_ms=found.begun_ms,
        done_ms=found.done_ms,
    )
