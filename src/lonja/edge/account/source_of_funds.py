"""Questions where money comes from over HTTP: papers, wallets proved by a signature, and the answer."""

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from lonja.edge.account.caller import HttpRequest, Live
from lonja.edge.account.institution import Diligence, ProblemAnswer, RemedyAnswer, remedy_answers
from lonja.edge.account.papers import (
    PAPER_BYTES_MAX,
    Bounds,
    ChallengeAnswer,
    PaperAnswer,
    ProofForm,
    WalletAnswer,
    WalletForm,
    challenge_answer,
    number_of,
    paper_answer,
    wallet_answer,
)
from lonja.edge.account.uploads import UploadOperation
from lonja.modules.verification.api import FundsAnswer, FundsRequest, FundsState, Question, SourceKind, Wallet


class SourceWants(msgspec.Struct, frozen=True):
    """The papers that a kind of source asks for; of each group one is enough."""

    kind: SourceKind
    papers: list[list[str]]


class QuestionAnswer(msgspec.Struct, frozen=True):
    """``question`` is source_of_funds or source_of_wealth.

    ``state`` is asked, in_review, more_needed, accepted or refused. Without an answer by ``due_ms`` the account is
    restricted.
    """

    request_id: str
    question: Question
    state: FundsState
    asked_ms: int
    due_ms: int
    is_restricting: bool
    remedies: list[RemedyAnswer]
    answer: FundsAnswer | None
    papers: list[PaperAnswer]
    wallets: list[WalletAnswer]
    wanted: list[SourceWants]


@get("/", sync_to_thread=True, summary="Where my money comes from")
def show(diligence: Diligence, live: Live) -> list[QuestionAnswer]:
    """Questions that were asked, newest first."""
    return [_answer(found) for found in diligence.funds.of(live.user_id)]


@post("/{request_id:str}/check", sync_to_thread=True, status_code=200, summary="What an answer lacks")
def check(
    diligence: Diligence, live: Live, request_id: FromPath[str], data: JSONBody[FundsAnswer]
) -> list[ProblemAnswer]:
    """What would still be missing; nothing is kept."""
    found = diligence.funds.problems(live.user_id, _number(request_id), data)
    return [ProblemAnswer(*problem) for problem in found]


@post("/{request_id:str}/answer", sync_to_thread=True, status_code=202, summary="Answer")
def answer(diligence: Diligence, live: Live, request_id: FromPath[str], data: JSONBody[FundsAnswer]) -> QuestionAnswer:
    """Hand in the answer for review; it must be complete."""
    return _answer(diligence.funds.answer(live.user_id, _number(request_id), data))


@delete("/{request_id:str}/papers/{paper_id:str}", sync_to_thread=True, status_code=204, summary="Take a paper back")
def remove_paper(diligence: Diligence, live: Live, request_id: FromPath[str], paper_id: FromPath[str]) -> None:
    """Take a paper back."""
    number = number_of(paper_id, "paper_not_found")
    diligence.funds.remove_paper(live.user_id, _number(request_id), number)


@post("/{request_id:str}/challenge", sync_to_thread=True, status_code=201, summary="A text for a wallet to sign")
def challenge(
    diligence: Diligence, live: Live, request_id: FromPath[str], data: JSONBody[WalletForm]
) -> ChallengeAnswer:
    """A text that proves a wallet once it is signed; good for one use and some minutes."""
    wallet = Wallet(data.chain, data.address)
    return challenge_answer(diligence.funds.challenge(live.user_id, _number(request_id), wallet))


@post("/{request_id:str}/proof", sync_to_thread=True, status_code=200, summary="Prove a wallet")
def prove(diligence: Diligence, live: Live, request_id: FromPath[str], data: JSONBody[ProofForm]) -> WalletAnswer:
    """Give the signature."""
    number = number_of(data.challenge_id, "challenge_over")
    return wallet_answer(diligence.funds.prove(live.user_id, _number(request_id), number, data.signature))


def source_of_funds_router() -> Router:
    """The operations."""
    bounds = Bounds()

    @post(
        "/{request_id:str}/papers/{kind:str}",
        operation_class=UploadOperation,
        request_max_body_size=PAPER_BYTES_MAX,
        status_code=201,
        summary="Hand in a paper",
    )
    async def add_paper(
        diligence: Diligence,
        live: Live,
        request_id: FromPath[str],
        kind: FromPath[str],
        name: FromQuery[str],
        request: HttpRequest,
        issued_on: FromQuery[str] = "",
    ) -> PaperAnswer:
        """A PDF, JPEG or PNG below 20 MB."""
        user_id, number, funds = live.user_id, _number(request_id), diligence.funds
        return await bounds.take(request, kind, name, issued_on, lambda new: funds.add_paper(user_id, number, new))

    handlers = [show, check, answer, add_paper, remove_paper, challenge, prove]
    return Router("/source-of-funds", route_handlers=handlers, tags=["Source of funds"])


def _number(request_id: str) -> int:
    return number_of(request_id, "question_not_found")


def _answer(found: FundsRequest) -> QuestionAnswer:
    return QuestionAnswer(
        request_id=str(found.request_id),
        question=found.question,
        state=found.state,
        asked_ms=found.asked_ms,
        due_ms=found.due_ms,
        is_restricting=found.is_restricting,
        remedies=remedy_answers(found.remedies),
        answer=found.answer,
        papers=[paper_answer(paper) for paper in found.papers],
        wallets=[wallet_answer(wallet) for wallet in found.wallets],
        wanted=[SourceWants(kind, [group.split("|") for group in groups]) for kind, groups in found.wanted.items()],
    )
