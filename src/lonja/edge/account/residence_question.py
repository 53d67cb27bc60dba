"""The question where somebody lives, raised by a sign-in from elsewhere or through a hosting network.

Source: domain row 1.12. Invariant: who moved is asked until the move is done; saying to live there still is kept.
"""

from typing import Literal

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from lonja.edge.account.caller import House, Live, SteppedUp
from lonja.edge.account.rights import Governed
from lonja.modules.governance.api import serving_entity
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS


class QuestionAnswer(msgspec.Struct, frozen=True):
    """Whether you are asked; unanswered until ``due_ms``, trading can only reduce."""

    open: bool
    residence: str
    since_ms: int = 0
    due_ms: int = 0


class ResidenceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where you live."""

    answer: Literal["still_here", "moved"]


class ResidenceNext(msgspec.Struct, frozen=True):
    """What comes next: nothing, or a change of residence, which answers the question when it is done."""

    next: str


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
def answer(services: House, rights: Governed, stepped_up: SteppedUp, data: JSONBody[ResidenceForm]) -> ResidenceNext:
    """Still here: the question is answered. Moved: it stays until the change of residence is done."""
    user_id = stepped_up.user_id
    if not rights.facts(user_id).questionnaire_since_ms:
        raise RefusedError(
            "question_not_open", "You are not asked where you live.", "If you move, begin a change of residence."
        )
    services.people.residence_answers.keep(user_id, data.answer, services.clock())
    if data.answer == "moved":
        return ResidenceNext(next="change_of_residence")
    rights.standings.close_questionnaire(user_id)
    return ResidenceNext(next="")


def residence_question_router() -> Router:
    """The operations, for a house with governance."""
    return Router("/residence-question", route_handlers=[question, answer], tags=["Rights"])
