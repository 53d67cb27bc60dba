"""Why a person can or cannot do something; and what staff keep back or close, by one or by two people."""

from collections.abc import Iterable
from typing import Final

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from lonja.edge.account.rights import (
    DecisionAnswer,
    HoldAnswer,
    RestrictionAnswer,
    decision_answer,
    hold_answer,
    restriction_answer,
)
from lonja.edge.staff.caller import By, Confirmed, House
from lonja.edge.staff.numbers import QueryNumber
from lonja.edge.staff.people import ReasonForm, person_in
from lonja.edge.staff.proposals import ProposedAnswer, proposed
from lonja.modules.governance.api import Capability, Decision, Entity, SessionFacts
from lonja.primitives.errors import RefusedError

_SUPPOSED_MAX: Final = 64


class SourceAnswer(msgspec.Struct, frozen=True):
    """A rule that decided: what it is about, since when it holds, and where the house has it from."""

    rule: str
    about: str
    version: str
    source: str


class ExplanationAnswer(msgspec.Struct, frozen=True):
    """``decision`` is what holds; ``objections`` everything that stands in the way, the deciding one first.

    An objection that is mended leaves the next one; none left, it is open. Judged at ``at_ms`` by ``rules_version``, it
    stays so until ``until_ms`` unless something about the person changes.
    """

    user_id: int
    at_ms: int
    until_ms: int | None
    rules_version: str
    entity: Entity
    residence: str
    kyc_level: int
    decision: DecisionAnswer
    objections: list[DecisionAnswer]
    sources: list[SourceAnswer]


class PlaceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of hold or restriction that the rules know, the ticket or case it follows from, and why."""

    kind: str
    reference: str
    reason: str


@get("/{user:str}/rights", sync_to_thread=True, summary="What a person may do")
def rights_of(services: House, by: By, user: FromPath[str]) -> list[DecisionAnswer]:
    """Every permission and limit, with the reason and the rule that decided."""
    user_id = person_in(user)
    services.back_office.record(by, "rights.read", user_id)
    decisions = services.rights.entitlements(user_id, SessionFacts()).decisions
    return [decision_answer(capability, decision) for capability, decision in decisions.items()]


@get("/{user:str}/rights/{capability:str}", sync_to_thread=True, summary="Why a person cannot do something")
def explain(  # one parameter per supposition
    services: House,
    by: By,
    user: FromPath[str],
    capability: FromPath[str],
    place: FromQuery[str] = "",
    scopes: FromQuery[str] = "",
    at_ms: QueryNumber = 0,
) -> ExplanationAnswer:
    """The decision and everything behind it; suppose a place to connect from, or the scopes of an API key by commas.

    With a later ``at_ms`` it is judged by the rules, holds and restrictions of then, and what the person is now.
    """
    user_id = person_in(user)
    supposed = {"place": place, "scopes": scopes, "at_ms": str(at_ms) if at_ms else ""}
    detail = {name: value[:_SUPPOSED_MAX] for name, value in supposed.items() if value}
    services.back_office.record(by, "rights.read", user_id, {"capability": capability[:_SUPPOSED_MAX], **detail})
    if capability not in set(Capability):
        raise RefusedError("capability_unknown", "There is no such capability.", "See the list of all rights.")
    asked, session = Capability(capability), SessionFacts(place, frozenset(scopes.split(",")) if scopes else None)
    if at_ms and at_ms < services.clock():
        raise RefusedError("time_past", "Of the past nothing is supposed.", "See what was kept at each sign-in.")
    found = services.rights.entitlements(user_id, session, at_ms or None)
    objections = services.rights.objections(user_id, session, asked, at_ms or None)
    return ExplanationAnswer(
        user_id,
        found.at_ms,
        found.until_ms,
        found.rules_version,
        found.entity,
        found.residence,
        found.kyc_level,
        decision_answer(asked, found.of(asked)),
        [decision_answer(asked, objection) for objection in objections],
        _sources(services, found.entity, (found.of(asked), *objections)),
    )


@get("/{user:str}/holds", sync_to_thread=True, summary="Holds on a person's money")
def holds(services: House, by: By, user: FromPath[str]) -> list[HoldAnswer]:
    """Holds in force, the longest first, each with who may release it."""
    user_id = person_in(user)
    services.back_office.record(by, "rights.read", user_id, {"read": "holds"})
    return [hold_answer(hold) for hold in services.rights.holds.of(user_id)]


@post("/{user:str}/holds", sync_to_thread=True, status_code=201, summary="Hold what a person may withdraw")
def place_hold(services: House, confirmed: Confirmed, user: FromPath[str], data: JSONBody[PlaceForm]) -> ProposedAnswer:
    """Place a hold over everything, alone or with a second person, as the rules of staff say."""
    values = {"kind": data.kind, "reference": data.reference}
    return proposed(services, confirmed, "hold.place", person_in(user), data.reason, values)


@post("/{user:str}/holds/{hold:str}/release", sync_to_thread=True, status_code=201, summary="Release a hold")
def release_hold(
    services: House, confirmed: Confirmed, user: FromPath[str], hold: FromPath[str], data: JSONBody[ReasonForm]
) -> ProposedAnswer:
    """End a hold before its time."""
    return proposed(services, confirmed, "hold.release", person_in(user), data.reason, {"hold": hold})


@get("/{user:str}/restrictions", sync_to_thread=True, summary="Restrictions of a person")
def restrictions(services: House, by: By, user: FromPath[str]) -> list[RestrictionAnswer]:
    """Restrictions in force, oldest first."""
    user_id = person_in(user)
    services.back_office.record(by, "rights.read", user_id, {"read": "restrictions"})
    return [restriction_answer(found) for found in services.rights.restrictions.of(user_id)]


@post("/{user:str}/restrictions", sync_to_thread=True, status_code=201, summary="Restrict an account")
def place_restriction(
    services: House, confirmed: Confirmed, user: FromPath[str], data: JSONBody[PlaceForm]
) -> ProposedAnswer:
    """Close some of what a person may do."""
    values = {"kind": data.kind, "reference": data.reference}
    return proposed(services, confirmed, "restriction.place", person_in(user), data.reason, values)


@post("/{user:str}/restrictions/{restriction:str}/lift", sync_to_thread=True, status_code=201, summary="Lift")
def lift_restriction(
    services: House, confirmed: Confirmed, user: FromPath[str], restriction: FromPath[str], data: JSONBody[ReasonForm]
) -> ProposedAnswer:
    """End a restriction."""
    values = {"restriction": restriction}
    return proposed(services, confirmed, "restriction.lift", person_in(user), data.reason, values)


@post("/{user:str}/freeze", sync_to_thread=True, status_code=201, summary="Freeze an account")
def freeze(services: House, confirmed: Confirmed, user: FromPath[str], data: JSONBody[ReasonForm]) -> ProposedAnswer:
    """Close everything until the person comes back with all factors."""
    return proposed(services, confirmed, "account.freeze", person_in(user), data.reason, {})


def _sources(services: House, entity: Entity, decisions: Iterable[Decision]) -> list[SourceAnswer]:
    """The rules behind ``decisions``, each once; what decides without a rule of the book has none."""
    wanted = dict.fromkeys((decision.rule, decision.version) for decision in decisions)
    book = {rule.name: rule for rule in services.rights.rules.rules()}
    found = []
    for name, version in wanted:
        rule = book.get(name)
        rows = [row for row in rule.rows if row.version == version] if rule else []
        # A row of the entity's own before one that holds for all.
        rows.sort(key=lambda row: row.entity != entity)
        if rule is not None and rows:
            found.append(SourceAnswer(name, rule.about, version, rows[0].source))
    return found


ROUTER = Router(
    "/people",
    route_handlers=[
        rights_of,
        explain,
        holds,
        place_hold,
        release_hold,
        restrictions,
        place_restriction,
        lift_restriction,
        freeze,
    ],
    tags=["Rights of people"],
)
