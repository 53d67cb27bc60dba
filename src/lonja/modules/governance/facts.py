"""What the rules judge by: facts about a person, about a session, and the answer.

Pure data. Invariant: equal facts give equal answers; nothing here is read from a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lonja.modules.governance.capabilities import Capability, Unit
from lonja.modules.governance.rule_rows import Entity


class AccountState(StrEnum):
    """Where a person's account stands in its life."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSING = "closing"
    CLOSED = "closed"


class Effect(StrEnum):
    """The three answers."""

    ALLOW = "allow"
    LIMIT = "limit"
    DENY = "deny"


class Reason(StrEnum):
    """Why; the codes never change. ``docs`` of the account API lists them."""

    ALLOWED = "allowed"
    ACCOUNT_CLOSED = "account_closed"
    PLACE_SANCTIONED = "place_sanctioned"
    SESSION_PLACE_SANCTIONED = "session_place_sanctioned"
    RESTRICTED = "restricted"
    ACCOUNT_CLOSING = "account_closing"
    ACCOUNT_FROZEN = "account_frozen"
    RESIDENCE_MISSING = "residence_missing"
    PLACE_CLOSED = "place_closed"
    FACTORS_MISSING = "factors_missing"
    PRODUCT_CLOSED = "product_closed"
    KYC_LEVEL_TOO_LOW = "kyc_level_too_low"
    SCOPE_MISSING = "scope_missing"
    QUESTIONNAIRE_OVERDUE = "questionnaire_overdue"
    KNOWLEDGE_TEST_MISSING = "knowledge_test_missing"
    ON_HOLD = "on_hold"
    CEILING = "ceiling"
    CEILING_REACHED = "ceiling_reached"


@dataclass(frozen=True, slots=True)
class RestrictionFact:
    """A restriction. ``told`` is what the person may know of it; ``until_ms`` None: until somebody lifts it."""

    kind: str
    told: str = ""
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class HoldFact:
    """A hold over everything; ``until_ms`` None: until somebody releases it."""

    kind: str
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class UserFacts:
    """A person as the rules see one.

    ``residence`` is a country or a region of one (``UA-43``), empty when not declared. ``questionnaire_since_ms`` is
    when an unanswered residence questionnaire was opened, 0 for none. ``used`` says how much of a ceiling is used up, in
    its unit. ``house``: an account without a person, governed by the rules of the operator.
    """

    residence: str = ""
    kyc_level: int = 0
    state: AccountState = AccountState.ACTIVE
    factors: frozenset[str] = frozenset()
    tests_passed: frozenset[str] = frozenset()
    restrictions: tuple[RestrictionFact, ...] = ()
    holds: tuple[HoldFact, ...] = ()
    questionnaire_since_ms: int = 0
    used: Mapping[Capability, int] = field(default_factory=dict)
    house: bool = False


HOUSE: Final = UserFacts(house=True)
"""An account of the operator."""


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Where and how somebody acts: ``place`` by network address, ``scopes`` of an API key (None: signed in)."""

    place: str = ""
    scopes: frozenset[str] | None = None


ANY_SESSION: Final = SessionFacts()
"""The session that takes nothing away."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer; ``limit`` counts in ``unit`` and is None where there is none."""

    effect: Effect
    limit: int | None
    unit: Unit
    reason: Reason
    sentence: str
    rule: str
    version: str

    @property
    def allowed(self) -> bool:
        """Whether it may be done at all, be it within a limit."""
        return self.effect is not Effect.DENY


@dataclass(frozen=True, slots=True)
class Entitlements:
    """All answers for one person in one session at one moment.

    They hold until ``until_ms``, unless the facts change; None: until then.
    """

    entity: Entity
    residence: str
    kyc_level: int
    at_ms: int
    until_ms: int | None
    rules_version: str
    decisions: Mapping[Capability, Decision]

    def of(self, capability: Capability) -> Decision:
        """The answer for ``capability``."""
        return self.decisions[capability]

    def allows(self, capability: Capability) -> bool:
        """Whether ``capability`` is allowed, be it within a limit."""
        return self.decisions[capability].allowed
