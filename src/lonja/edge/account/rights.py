"""What the person signed in may do and why, what changed, what holds money back; and the rules, for everybody.

Invariant: nothing here decides; every answer is what governance decided, with its reason, rule and version.
"""

from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import House, HttpRequest, Live, client_of
from lonja.modules.governance.api import (
    ANY_SESSION,
    KYC_LEVEL_MAX,
    Capability,
    Decision,
    Effect,
    Entitlements,
    Entity,
    Hold,
    Reason,
    Restriction,
    RightOpened,
    Rights,
    RuleChange,
    SessionFacts,
    Unit,
)
from lonja.primitives.errors import RefusedError

Governed = NamedDependency[Rights]
"""The rights of people, as a parameter ``rights`` of an operation."""


class DecisionAnswer(msgspec.Struct, frozen=True):
    """``effect`` is allow, limit or deny. A ``limit`` counts in ``unit``; money is US cents left of the ceiling."""

    capability: Capability
    effect: Effect
    limit: int | None
    unit: Unit
    reason: Reason
    sentence: str
    rule: str
    version: str


class RightsAnswer(msgspec.Struct, frozen=True):
    """Everything the person may do; it holds until ``until_ms`` unless something changes."""

    entity: Entity
    residence: str
    kyc_level: int
    rules_version: str
    until_ms: int | None
    decisions: list[DecisionAnswer]


class ChangeAnswer(msgspec.Struct, frozen=True):
    """A capability that is decided otherwise now. ``before`` is the effect then, empty for a new capability."""

    before: Annotated[str, one_of("", *Effect)]
    before_reason: Annotated[str, one_of("", *Reason)]
    now: DecisionAnswer


class ChangesAnswer(msgspec.Struct, frozen=True):
    """What changed since the sign-in before this one, at ``since_ms`` (None: there was none)."""

    since_ms: int | None
    rights: list[ChangeAnswer]
    rules: list["RuleChangeAnswer"]


class OpeningAnswer(msgspec.Struct, frozen=True):
    """A capability now, and at another KYC level."""

    now: DecisionAnswer
    then: DecisionAnswer


class HoldAnswer(msgspec.Struct, frozen=True):
    """Money that stays. ``currency`` empty: everything; ``amount`` None: all of it, else smallest units."""

    hold_id: int
    kind: str
    currency: str
    amount: int | None
    from_ms: int
    until_ms: int | None
    reason: str
    releasable_by: tuple[str, ...]


class RestrictionAnswer(msgspec.Struct, frozen=True):
    """A restriction of the account: what it closes, what is wanted until when, and whether an appeal is possible."""

    restriction_id: int
    kind: str
    closes: tuple[str, ...]
    reason: str
    documents: tuple[str, ...]
    placed_ms: int
    answer_until_ms: int | None
    until_ms: int | None
    can_appeal: bool
    appealed_ms: int | None


class RuleChangeAnswer(msgspec.Struct, frozen=True):
    """A change of a rule; lines of ``diff`` begin with - (no longer) or + (from now on)."""

    from_ms: int
    version: str
    rule: str
    about: str
    entity: str
    places: tuple[str, ...]
    diff: tuple[str, ...]
    source: str


@get("/me/rights", sync_to_thread=True, summary="What I may do")
def my_rights(request: HttpRequest, services: House, rights: Governed, live: Live) -> RightsAnswer:
    """Every permission and limit from where you are, with the reason and the rule that decided."""
    place = services.people.country_of(client_of(request).address)
    return _rights_answer(rights.entitlements(live.user_id, SessionFacts(place)))


@get("/me/rights/changes", sync_to_thread=True, summary="What changed since I last signed in")
def my_changes(rights: Governed, live: Live) -> ChangesAnswer:
    """Rights decided otherwise than at the sign-in before this one, and rules that changed since."""
    user_id = live.user_id
    this = rights.sign_ins.last(user_id)
    before = None if this is None else rights.sign_ins.last(user_id, before=this.sign_in_id)
    if this is None or before is None:
        return ChangesAnswer(None, [], [])
    now = rights.entitlements(user_id, ANY_SESSION)
    changed = [
        ChangeAnswer(
            "" if change.before is None else change.before.effect,
            "" if change.before is None else change.before.reason,
            decision_answer(change.capability, change.after),
        )
        for change in rights.sign_ins.changes_since_last(user_id, now, before=this.sign_in_id)
    ]
    rules = [_rule_change_answer(change) for change in rights.rule_changes(before.time_ms)]
    return ChangesAnswer(before.time_ms, changed, rules)


@get("/me/rights/at-level/{kyc_level:str}", sync_to_thread=True, summary="What verification would open")
def at_level(rights: Governed, live: Live, kyc_level: FromPath[str]) -> list[OpeningAnswer]:
    """What would be decided otherwise at another KYC level, all factors linked; shown before documents are handed in."""
    if kyc_level not in {str(level) for level in range(KYC_LEVEL_MAX + 1)}:
        raise RefusedError("kyc_level_unknown", "There is no such level.", f"Levels go from 0 to {KYC_LEVEL_MAX}.")
    return [opening_answer(found) for found in rights.what_opens(live.user_id, int(kyc_level))]


@get("/me/holds", sync_to_thread=True, summary="What holds my money back")
def my_holds(rights: Governed, live: Live) -> list[HoldAnswer]:
    """Holds in force, the longest first, each with its reason and its end."""
    return [hold_answer(hold) for hold in rights.holds.of(live.user_id)]


@get("/me/restrictions", sync_to_thread=True, summary="Restrictions of my account")
def my_restrictions(rights: Governed, live: Live) -> list[RestrictionAnswer]:
    """Restrictions in force, oldest first."""
    return [restriction_answer(found) for found in rights.restrictions.of(live.user_id)]


@get("/rules/changes", sync_to_thread=True, summary="Changelog of the rules")
def rule_changes(rights: Governed, since_ms: FromQuery[int] = 0) -> list[RuleChangeAnswer]:
    """What changed in the rules after ``since_ms``, oldest first; for everybody."""
    return [_rule_change_answer(change) for change in rights.rule_changes(since_ms)]


def rights_router() -> Router:
    """The operations, for a house with governance."""
    handlers = [my_rights, my_changes, at_level, my_holds, my_restrictions, rule_changes]
    return Router("/", route_handlers=handlers, tags=["Rights"])


def opening_answer(found: RightOpened) -> OpeningAnswer:
    """``found`` as answered."""
    return OpeningAnswer(decision_answer(found.capability, found.now), decision_answer(found.capability, found.then))


def _rights_answer(found: Entitlements) -> RightsAnswer:
    return RightsAnswer(
        entity=found.entity,
        residence=found.residence,
        kyc_level=found.kyc_level,
        rules_version=found.rules_version,
        until_ms=found.until_ms,
        decisions=[decision_answer(capability, decision) for capability, decision in found.decisions.items()],
    )


def decision_answer(capability: Capability, decision: Decision) -> DecisionAnswer:
    """How a capability is decided, as answered."""
    return DecisionAnswer(
        capability,
        decision.effect,
        decision.limit,
        decision.unit,
        decision.reason,
        decision.sentence,
        decision.rule,
        decision.version,
    )


def hold_answer(hold: Hold) -> HoldAnswer:
    """A hold, as answered."""
    return HoldAnswer(
        hold.hold_id,
        hold.kind,
        hold.currency,
        hold.amount,
        hold.from_ms,
        hold.until_ms,
        hold.reason,
        hold.releasable_by,
    )


def restriction_answer(found: Restriction) -> RestrictionAnswer:
    """A restriction, as answered."""
    return RestrictionAnswer(
        restriction_id=found.restriction_id,
        kind=found.kind,
        closes=found.closes,
        reason=found.told,
        documents=found.documents,
        placed_ms=found.placed_ms,
        answer_until_ms=found.answer_until_ms,
        until_ms=found.until_ms,
        can_appeal=found.can_appeal and found.appealed_ms is None,
        appealed_ms=found.appealed_ms,
    )


def _rule_change_answer(change: RuleChange) -> RuleChangeAnswer:
    return RuleChangeAnswer(
        change.from_ms,
        change.version,
        change.rule,
        change.about,
        change.entity,
        change.places,
        change.diff,
        change.source,
    )
