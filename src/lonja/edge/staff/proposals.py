"""Acts of two people over HTTP: propose, look, approve, refuse."""

from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from lonja.edge.staff.caller import By, Confirmed, House, refusal
from lonja.edge.staff.numbers import Number, QueryNumber, number_in
from lonja.edge.staff.services import StaffServices
from lonja.modules.backoffice.api import Proposal, ProposalState, StaffSession

_UNKNOWN = "proposal_unknown"


class ProposalForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act, whom it is about (None: the house), why, and the values that the act needs."""

    act: str
    reason: str
    user_id: Number | None = None
    values: dict[str, str] = {}


class ReasonForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: str


class ProposedAnswer(msgspec.Struct, frozen=True):
    """``state`` is waiting, or approved where the rules let you do it alone."""

    proposal: int
    state: ProposalState


class ProposalAnswer(msgspec.Struct, frozen=True):
    """A proposed act. It is done once somebody else approves it before ``expires_ms``."""

    proposal: int
    act: str
    user_id: int | None
    reference: str
    values: dict[str, str]
    reason: str
    state: ProposalState
    proposed_by: int
    proposed_ms: int
    expires_ms: int
    answered_by: int | None
    answered_ms: int | None


@get("/", sync_to_thread=True, summary="What waits for an approval")
def waiting(services: House, by: By, after: QueryNumber = 0, limit: QueryNumber = 50) -> list[ProposalAnswer]:
    """Proposals that you may answer, oldest first; your own, and those about you, are left out."""
    return [_answer(found) for found in services.back_office.proposals.waiting(by, after=after, limit=limit)]


@post("/", sync_to_thread=True, status_code=201, summary="Propose an act")
def propose(services: House, confirmed: Confirmed, data: JSONBody[ProposalForm]) -> ProposedAnswer:
    """Propose an act that needs a second person. Needs the passkey given just now."""
    return proposed(services, confirmed, data.act, data.user_id, data.reason, data.values)


@get("/own", sync_to_thread=True, summary="What I proposed")
def own(services: House, by: By, before: QueryNumber = 0, limit: QueryNumber = 50) -> list[ProposalAnswer]:
    """Your own proposals, newest first, before number ``before``, and what has become of them."""
    return [_answer(found) for found in services.back_office.proposals.own(by, before=before or None, limit=limit)]


@get("/{proposal:str}", sync_to_thread=True, summary="A proposal")
def read(services: House, by: By, proposal: FromPath[str]) -> ProposalAnswer:
    """One proposal and what has become of it."""
    return _answer(services.back_office.proposals.proposal(by, number_in(proposal, _UNKNOWN)))


@post("/{proposal:str}/approve", sync_to_thread=True, status_code=204, summary="Approve")
def approve(services: House, confirmed: Confirmed, proposal: FromPath[str]) -> None:
    """Approve what somebody else proposed; it is done with that. Needs the passkey given just now."""
    services.back_office.proposals.approve(confirmed, number_in(proposal, _UNKNOWN))


@post("/{proposal:str}/refuse", sync_to_thread=True, status_code=204, summary="Refuse, or withdraw your own")
def refuse(services: House, by: By, proposal: FromPath[str], data: JSONBody[ReasonForm]) -> None:
    """Refuse a proposal, or withdraw your own."""
    services.back_office.proposals.refuse(by, number_in(proposal, _UNKNOWN), data.reason)


ROUTER = Router(
    "/proposals", route_handlers=[waiting, own, propose, read, approve, refuse], tags=["Acts of two people"]
)


def proposed(  # everything a proposal has
    services: StaffServices, by: StaffSession, act: str, user_id: int | None, reason: str, values: dict[str, str]
) -> ProposedAnswer:
    """Propose ``act``, or do it where the rules let ``by`` do it alone. Raises ``RefusedError``."""
    proposals = services.back_office.proposals
    if act in services.back_office.rules.acts and not proposals.is_carried_out(act):
        services.back_office.record(by, "house.read", None, {"refused": act})
        raise refusal("act_not_offered")
    number = proposals.propose(by, act, user_id, reason, values)
    return ProposedAnswer(number, proposals.proposal(by, number).state)


def _answer(found: Proposal) -> ProposalAnswer:
    # Any: the fields pass from one record to the other by name.
    fields: dict[str, Any] = {
        name: getattr(found, name) for name in ProposalAnswer.__struct_fields__ if name not in ("proposal", "values")
    }
    return ProposalAnswer(proposal=found.proposal_id, values=dict(found.values), **fields)
