"""The question where somebody lives, raised by a sign-in from elsewhere or through a hosting network.

Source: domain row 1.12. Invariant: who moved is asked until the move is done; saying to live there still is kept.
"""

from typing import Literal

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from lonja.edge.account.caller import House, Live, SteppedUp
from lonja.edge.account.rights import Governed
from lonja.edge.account.services import ACCOUNT_PREFIX
from lonja.modules.governance.api import serving_entity
from lonja.modules.verification.api import DueDiligence
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS

Moves = NamedDependency[DueDiligence | None]
"""Where a change of residence is begun, in a house that has it, as a parameter ``diligence`` of an operation."""


class QuestionAnswer(msgspec.Struct, frozen=True):
    """Whether you are asked; unanswered until ``due_ms``, trading can only reduce."""

    open: bool
    residence: str
    since_ms: int = 0
    due_ms: int = 0


class ResidenceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where you live. Who moved may say ``to`` where: two letters of a country, or a region like UA-30."""

    answer: Literal["still_here", "moved"]
    to: str = ""


class ResidenceNext(msgspec.Struct, frozen=True):
    """What comes next: nothing, or a change of residence, which answers the question when it is done.

    The change is at ``path``, where it shows what is wanted once ``begun``, and is begun by saying where to before.
    """

    next: Literal["", "change_of_residence"]
    path: str = ""
    begun: bool = False


@get("/", sync_to_thread=True, summary="Am I asked where I live?")
def question(services: House, rights: Governed, live: Live) -> QuestionAnswer:
    """The open question, and until when it waits."""
    facts = rights.facts(live.user_id)
    since_ms = facts.questionnaire_since_ms
    if not since_ms:
        return QuestionAnswer(open=False, residence=facts.residence)
    now_ms = services.clock()
    entity = serving_entity(facts.residence, rights.rules, now_ms)
    days = rights.rules.number("questionnaire.answer_days", entity, now_ms, facts.residence)
    return QuestionAnswer(open=True, residence=facts.residence, since_ms=since_ms, due_ms=since_ms + days * DAY_MS)


@post("/", sync_to_thread=True, status_code=200, summary="Say where I live")
def answer(
    services: House, rights: Governed, diligence: Moves, stepped_up: SteppedUp, data: JSONBody[ResidenceForm]
) -> ResidenceNext:
    """Still here: the question is answered. Moved: it stays until the change of residence, begun here, is done."""
    user_id = stepped_up.user_id
    if data.to and data.answer != "moved":
        raise RefusedError("answer_contradicts", "Nobody still here moves somewhere.", "Give one of the two.")
    if not rights.facts(user_id).questionnaire_since_ms:
        raise RefusedError(
            "question_not_open", "You are not asked where you live.", "If you move, begin a change of residence."
        )
    # A move that something keeps from beginning is no answer yet.
    begun = bool(data.to) and _began(diligence, user_id, data.to)
    services.people.residence_answers.keep(user_id, data.answer, services.clock())
    if data.answer == "moved":
        return ResidenceNext("change_of_residence", f"{ACCOUNT_PREFIX}/residence", begun)
    rights.standings.close_questionnaire(user_id)
    return ResidenceNext(next="")


def _began(diligence: DueDiligence | None, user_id: int, to_place: str) -> bool:
    if diligence is None:
        message = "Nobody can look at a change of residence here."
        raise RefusedError("residence_unavailable", message, "Ask whoever runs the house.")
    diligence.residence.begin(user_id, to_place)
    return True


def residence_question_router() -> Router:
    """The operations, for a house with governance."""
    return Router("/residence-question", route_handlers=[question, answer], tags=["Rights"])
