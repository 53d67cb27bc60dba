"""The Travel Rule over HTTP: transfers that wait until it is known who is on the other side."""

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from lonja.edge.account.caller import Live
from lonja.edge.account.institution import Diligence
from lonja.edge.account.papers import ChallengeAnswer, ProofForm, challenge_answer, number_of
from lonja.modules.verification.api import Declaration, Direction, Transfer, TransferState


class TransferAnswer(msgspec.Struct, frozen=True):
    """``direction`` is withdrawal or deposit; ``state`` data_needed, proof_needed, in_review, cleared or returned.

    Whoever names somebody else reads in_review for a moment at least. ``missing`` names fields of the other side that are
    wanted; ``amount`` counts smallest units. ``can_prove``: a signature of the wallet is taken.
    """

    transfer_id: str
    direction: Direction
    state: TransferState
    currency: str
    amount: str
    chain: str
    address: str
    missing: tuple[str, ...]
    asked_ms: int
    due_ms: int
    can_prove: bool


@get("/", sync_to_thread=True, summary="Transfers that wait for me")
def show(diligence: Diligence, live: Live) -> list[TransferAnswer]:
    """Withdrawals and locked deposits whose other side is not known yet, newest first."""
    return [_answer(found) for found in diligence.travel_rule.of(live.user_id)]


@get("/exchanges", sync_to_thread=True, summary="Exchanges that can be named")
def exchanges(diligence: Diligence, live: Live) -> list[str]:
    """Exchanges that are told who sends; nothing can be sent to others yet."""
    return list(diligence.travel_rule.vasps(live.user_id))


@get("/{transfer_id:str}", sync_to_thread=True, summary="A transfer")
def show_one(diligence: Diligence, live: Live, transfer_id: FromPath[str]) -> TransferAnswer:
    """One transfer."""
    return _answer(diligence.travel_rule.show(live.user_id, _number(transfer_id)))


@post("/{transfer_id:str}/answer", sync_to_thread=True, status_code=200, summary="Say who is on the other side")
def answer(diligence: Diligence, live: Live, transfer_id: FromPath[str], data: JSONBody[Declaration]) -> TransferAnswer:
    """``vasp`` names an exchange, empty for a self-hosted wallet; ``other`` is null when it is yourself."""
    return _answer(diligence.travel_rule.answer(live.user_id, _number(transfer_id), data))


@post("/{transfer_id:str}/challenge", sync_to_thread=True, status_code=201, summary="A text for the wallet to sign")
def challenge(diligence: Diligence, live: Live, transfer_id: FromPath[str]) -> ChallengeAnswer:
    """A text that proves the wallet of the transfer once it is signed."""
    return challenge_answer(diligence.travel_rule.challenge(live.user_id, _number(transfer_id)))


@post("/{transfer_id:str}/proof", sync_to_thread=True, status_code=200, summary="Prove the wallet")
def prove(diligence: Diligence, live: Live, transfer_id: FromPath[str], data: JSONBody[ProofForm]) -> TransferAnswer:
    """Give the signature."""
    number = number_of(data.challenge_id, "challenge_over")
    return _answer(diligence.travel_rule.prove(live.user_id, _number(transfer_id), number, data.signature))


def travel_rule_router() -> Router:
    """The operations."""
    handlers = [show, exchanges, show_one, answer, challenge, prove]
    return Router("/travel-rule", route_handlers=handlers, tags=["Travel Rule"])


def _number(transfer_id: str) -> int:
    return number_of(transfer_id, "transfer_not_found")


def _answer(found: Transfer) -> TransferAnswer:
    return TransferAnswer(
        transfer_id=str(found.transfer_id),
        direction=found.direction,
        state=found.state,
        currency=found.currency,
        amount=str(found.amount),
        chain=found.chain,
        address=found.address,
        missing=found.missing,
        asked_ms=found.asked_ms,
        due_ms=found.due_ms,
        can_prove=found.can_prove,
    )
