"""What the person signed in has under way besides their own verification, in one look.

Why here: each of these refuses who has none, and a page that shows them all would be refused at every visit.
"""

import msgspec
from litestar import Router, get

from lonja.edge.account.caller import Live
from lonja.edge.account.institution import Diligence
from lonja.modules.verification.api import FundsState, InstitutionState, ResidenceState


class UnderWayAnswer(msgspec.Struct, frozen=True):
    """States of the newest of each, None when there is none; ``questions_open`` wait for an answer about money."""

    institution: InstitutionState | None
    residence: ResidenceState | None
    questions_open: int


@get("/under-way", sync_to_thread=True, summary="What I have under way")
def under_way(diligence: Diligence, live: Live) -> UnderWayAnswer:
    """The institution, the change of residence, and questions where money comes from."""
    waiting = (FundsState.ASKED, FundsState.MORE_NEEDED)
    return UnderWayAnswer(
        diligence.institutions.state(live.user_id),
        diligence.residence.state(live.user_id),
        sum(question.state in waiting for question in diligence.funds.of(live.user_id)),
    )


def under_way_router() -> Router:
    """The operation."""
    return Router("/", route_handlers=[under_way], tags=["Institution", "Source of funds", "Residence"])
