"""What a person may do: one pure function over facts and rules.

The checks stand in ``_CHECKS`` in the order of precedence; for each capability the first that objects decides:

1. the account is closed
2. the residence is under sanctions, or the session comes from such a place
3. a restriction of the account
4. the account is closing, or frozen by its owner
5. no residence declared; the exchange is closed at the residence
6. a required factor is missing
7. the product is closed for the entity or at the residence, or needs a higher KYC level
8. the API key lacks the scope
9. a residence questionnaire is overdue and closes the capability
10. a knowledge test is missing
11. a hold over everything
12. trading only to reduce, because that questionnaire is overdue
13. the ceiling, or what is left of it

What cannot be mended comes before what can, so nobody is sent to prove an identity for a product that stays closed.
What denies comes before what limits.
Invariant: no check but 7 and 13 looks at the KYC level, and both only open with it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from lonja.modules.governance.capabilities import (
    DESCRIPTIONS,
    LIMIT_UNITS,
    PATHS_OF_TRADE,
    SPENT,
    TRADING,
    Capability,
    Unit,
    capabilities,
)
from lonja.modules.governance.facts import (
    ANY_SESSION,
    AccountState,
    Decision,
    Effect,
    Entitlements,
    Reason,
    SessionFacts,
    UserFacts,
)
from lonja.modules.governance.rule_rows import Entity, Row
from lonja.modules.governance.rulebook import RuleBook
from lonja.primitives.instant import DAY_MS

_SCOPES: Final = {
    Capability.API_READ: "read",
    Capability.API_TRADE: "trade",
    Capability.API_WITHDRAW: "withdraw",
}
_NEEDED_SCOPE: Final = {
    **_SCOPES,
    **dict.fromkeys(TRADING, "trade"),
    Capability.MONEY_TRANSFER: "trade",
    Capability.SUB_ACCOUNTS: "trade",
    Capability.MONEY_WITHDRAW: "withdraw",
    Capability.MONEY_SEND: "withdraw",
}
_UNANSWERED: Final = "A question about where you live has not been answered in time."
_PERIODS: Final = {Unit.USD_CENTS_24H: "in 24 hours", Unit.USD_CENTS_LIFETIME: "more in all"}
_FACTOR_NAMES: Final = {
    "authenticator": "an authenticator app",
    "phone": "a phone number",
    "email": "an e-mail address",
}


@dataclass(frozen=True, slots=True)
class _Case:
    """What one call judges by."""

    user: UserFacts
    session: SessionFacts
    rules: RuleBook
    now_ms: int
    entity: Entity
    known: dict[str, frozenset[Capability]] = field(default_factory=dict)

    def row(self, name: str) -> Row:
        return self.rules.row(name, self.entity, self.now_ms, self.user.residence)

    def named(self, name: str) -> frozenset[Capability]:
        """The capabilities that the rule ``name`` lists."""
        found = self.known.get(name)
        if found is None:
            found = _resolved(self.rules.names(name, self.entity, self.now_ms, self.user.residence))
            self.known[name] = found
        return found


_resolved = lru_cache(maxsize=256)(capabilities)


def serving_entity(residence: str, rules: RuleBook, at_ms: int) -> Entity:
    """Which company serves somebody who lives at ``residence``."""
    places = {residence, residence[:2]}
    if not places.isdisjoint(rules.names("serving.us", Entity.US, at_ms)):
        return Entity.US
    if not places.isdisjoint(rules.names("serving.eea", Entity.EEA, at_ms)):
        return Entity.EEA
    return Entity.GLOBAL


def entitlements(user: UserFacts, session: SessionFacts, rules: RuleBook, now_ms: int) -> Entitlements:
    """Everything ``user`` may do in ``session`` at ``now_ms``. Raises ``DataError`` when the rules lack one."""
    entity = Entity.OPERATOR if user.house else serving_entity(user.residence, rules, now_ms)
    case = _Case(user, session, rules, now_ms, entity)
    return Entitlements(
        entity=entity,
        residence=user.residence,
        kyc_level=user.kyc_level,
        at_ms=now_ms,
        until_ms=_until(case),
        rules_version=rules.version(now_ms),
        decisions={capability: _decide(case, capability) for capability in Capability},
    )


@dataclass(frozen=True, slots=True)
class RightOpened:
    """A capability and how it is decided now, and how it would be."""

    capability: Capability
    now: Decision
    then: Decision


def what_opens(user: UserFacts, kyc_level: int, rules: RuleBook, now_ms: int) -> tuple[RightOpened, ...]:
    """Which capabilities would be decided otherwise if ``user`` had ``kyc_level``, told next to what is decided now.

    As if all factors that the rules ask for were linked: who links them later is to know what for.
    """
    entity = serving_entity(user.residence, rules, now_ms)
    linked = user.factors.union(rules.names("factors.required", entity, now_ms, user.residence))
    now = entitlements(user, ANY_SESSION, rules, now_ms)
    before, then = (
        entitlements(replace(user, factors=linked, kyc_level=level), ANY_SESSION, rules, now_ms)
        for level in (user.kyc_level, kyc_level)
    )
    return tuple(
        RightOpened(capability, now.of(capability), then.of(capability))
        for capability in Capability
        if (before.of(capability).effect, before.of(capability).limit)
        != (then.of(capability).effect, then.of(capability).limit)
    )


def objections(
    user: UserFacts, session: SessionFacts, rules: RuleBook, now_ms: int, capability: Capability
) -> tuple[Decision, ...]:
    """Everything that denies or limits ``capability``, the deciding one first; what remains once that is mended."""
    entity = Entity.OPERATOR if user.house else serving_entity(user.residence, rules, now_ms)
    case = _Case(user, session, rules, now_ms, entity)
    return tuple(found for check in _CHECKS if (found := check(case, capability)) is not None)


def _decide(case: _Case, capability: Capability) -> Decision:
    for check in _CHECKS:
        decision = check(case, capability)
        if decision is not None:
            return decision
    row = case.row(f"gate.{capability}")
    return Decision(
        Effect.ALLOW, None, Unit.NONE, Reason.ALLOWED, f"{DESCRIPTIONS[capability]}: open.", row.rule, row.version
    )


def _until(case: _Case) -> int | None:
    return min((moment for moment in _moments(case) if moment > case.now_ms), default=None)


def _moments(case: _Case) -> Iterator[int]:
    """When time alone may change the answer."""
    next_change = case.rules.next_change_ms(case.now_ms)
    if next_change is not None:
        yield next_change
    ends = [hold.until_ms for hold in case.user.holds] + [found.until_ms for found in case.user.restrictions]
    yield from (end for end in ends if end is not None)
    if case.user.questionnaire_since_ms:
        yield case.user.questionnaire_since_ms + _patience_ms(case)


def _deny(capability: Capability, reason: Reason, sentence: str, row: Row) -> Decision:
    said = f"{DESCRIPTIONS[capability]}: not possible. {sentence[0].upper()}{sentence[1:]}"
    return Decision(Effect.DENY, None, Unit.NONE, reason, said, row.rule, row.version)


# -- The checks ------------------------------------------------------------------------------------------------------


def _state(state: AccountState, reason: Reason, sentence: str) -> "Check":
    def check(case: _Case, capability: Capability) -> Decision | None:
        rule = f"state.{state}_keeps"
        if case.user.state is not state or capability in case.named(rule):
            return None
        return _deny(capability, reason, sentence, case.row(rule))

    return check


def _sanctions(case: _Case, capability: Capability) -> Decision | None:
    sanctioned = set(case.rules.names("places.sanctioned", case.entity, case.now_ms))
    row = case.row("places.sanctioned")
    if not sanctioned.isdisjoint({case.user.residence, case.user.residence[:2]}):
        if capability in PATHS_OF_TRADE or capability not in case.named("places.sanctioned_keeps"):
            return _deny(capability, Reason.PLACE_SANCTIONED, "we serve nobody at your place of residence.", row)
    elif not sanctioned.isdisjoint({case.session.place, case.session.place[:2]}) and capability in PATHS_OF_TRADE:
        return _deny(capability, Reason.SESSION_PLACE_SANCTIONED, "we serve nobody at the place you connect from.", row)
    return None


def _restrictions(case: _Case, capability: Capability) -> Decision | None:
    for restriction in case.user.restrictions:
        rule = f"restriction.{restriction.kind}.closes"
        ended = restriction.until_ms is not None and case.now_ms >= restriction.until_ms
        if not ended and capability in case.named(rule):
            told = restriction.told or case.rules.text(f"restriction.{restriction.kind}.told", case.entity, case.now_ms)
            return _deny(capability, Reason.RESTRICTED, told, case.row(rule))
    return None


def _residence(case: _Case, capability: Capability) -> Decision | None:
    if case.user.house or capability in case.named("places.closed_keeps"):
        return None
    residence = case.user.residence
    if not residence:
        row = case.row("places.closed_keeps")
        return _deny(capability, Reason.RESIDENCE_MISSING, "tell us first where you live.", row)
    closed = case.rules.names("places.closed", case.entity, case.now_ms)
    if residence in closed or residence[:2] in closed:
        row = case.row("places.closed")
        return _deny(capability, Reason.PLACE_CLOSED, "the exchange is not offered where you live.", row)
    return None


def _factors(case: _Case, capability: Capability) -> Decision | None:
    required = case.rules.names("factors.required", case.entity, case.now_ms, case.user.residence)
    missing = [name for name in required if name not in case.user.factors]
    if not missing or capability in case.named("factors.missing_keeps"):
        return None
    listed = " and ".join(_FACTOR_NAMES.get(name, name) for name in missing)
    return _deny(capability, Reason.FACTORS_MISSING, f"link {listed} first.", case.row("factors.required"))


def _gate(case: _Case, capability: Capability) -> Decision | None:
    rule = f"gate.{capability}"
    level = case.rules.gate(rule, case.entity, case.now_ms, case.user.residence)
    if level is None:
        row = case.row(rule)
        where = "where you live" if row.places else "by the company that serves you"
        return _deny(capability, Reason.PRODUCT_CLOSED, f"it is not offered {where}.", row)
    if case.user.kyc_level < level:
        sentence = f"it needs verification level {level}, and yours is {case.user.kyc_level}."
        return _deny(capability, Reason.KYC_LEVEL_TOO_LOW, sentence, case.row(rule))
    return None


def _scope(case: _Case, capability: Capability) -> Decision | None:
    scopes = case.session.scopes
    needed = _NEEDED_SCOPE.get(capability)
    if scopes is None or needed is None or needed in scopes:
        return None
    return _deny(
        capability, Reason.SCOPE_MISSING, f"the API key lacks the permission {needed}.", case.row(f"gate.{capability}")
    )


def _questionnaire(case: _Case, capability: Capability) -> Decision | None:
    if not _overdue(case) or capability not in case.named("questionnaire.overdue_closes"):
        return None
    return _deny(capability, Reason.QUESTIONNAIRE_OVERDUE, _UNANSWERED, case.row("questionnaire.overdue_closes"))


def _reduce_only(case: _Case, capability: Capability) -> Decision | None:
    if capability not in TRADING or not _overdue(case):
        return None
    row = case.row("questionnaire.answer_days")
    sentence = f"{DESCRIPTIONS[capability]}: only to reduce what you have. {_UNANSWERED}"
    return Decision(Effect.LIMIT, 0, Unit.REDUCE_ONLY, Reason.QUESTIONNAIRE_OVERDUE, sentence, row.rule, row.version)


def _overdue(case: _Case) -> bool:
    since_ms = case.user.questionnaire_since_ms
    return since_ms != 0 and case.now_ms >= since_ms + _patience_ms(case)


def _patience_ms(case: _Case) -> int:
    return case.rules.number("questionnaire.answer_days", case.entity, case.now_ms, case.user.residence) * DAY_MS


def _tests(case: _Case, capability: Capability) -> Decision | None:
    needed = case.rules.names("tests.needed", case.entity, case.now_ms, case.user.residence)
    for name in needed:
        rule = f"tests.{name}.opens"
        if name not in case.user.tests_passed and capability in case.named(rule):
            return _deny(capability, Reason.KNOWLEDGE_TEST_MISSING, f"pass the test on {name} first.", case.row(rule))
    return None


def _holds(case: _Case, capability: Capability) -> Decision | None:
    stopping = [
        hold
        for hold in case.user.holds
        if (hold.until_ms is None or case.now_ms < hold.until_ms)
        and capability in case.named(f"hold.{hold.kind}.closes")
    ]
    if not stopping:
        return None
    longest = max(stopping, key=lambda hold: (hold.until_ms is None, hold.until_ms or 0, hold.kind))
    why = case.rules.text(f"hold.{longest.kind}.told", case.entity, case.now_ms)
    return _deny(capability, Reason.ON_HOLD, why, case.row(f"hold.{longest.kind}.closes"))


def _ceiling(case: _Case, capability: Capability) -> Decision | None:
    unit = LIMIT_UNITS.get(capability)
    if unit is None:
        return None
    rule = f"limit.{capability}"
    ceiling = case.rules.ceiling(rule, case.user.kyc_level, case.entity, case.now_ms, case.user.residence)
    if ceiling is None:
        return None
    row = case.row(rule)
    left = max(ceiling - case.user.used.get(capability, 0), 0) if unit in SPENT else ceiling
    if left == 0:
        return _deny(capability, Reason.CEILING_REACHED, "the ceiling of your verification level is reached.", row)
    what = f"{left // 100:,}.{left % 100:02d} USD {_PERIODS[unit]}" if unit in SPENT else f"{left} times"
    sentence = f"{DESCRIPTIONS[capability]}: up to {what}."
    return Decision(Effect.LIMIT, left, unit, Reason.CEILING, sentence, row.rule, row.version)


Check = Callable[[_Case, Capability], Decision | None]

_CHECKS: Final[tuple[Check, ...]] = (
    _state(AccountState.CLOSED, Reason.ACCOUNT_CLOSED, "the account is closed."),
    _sanctions,
    _restrictions,
    _state(AccountState.CLOSING, Reason.ACCOUNT_CLOSING, "the account is being closed; cancel that first."),
    _state(AccountState.FROZEN, Reason.ACCOUNT_FROZEN, "the account is frozen; recover it first."),
    _residence,
    _factors,
    _gate,
    _scope,
    _questionnaire,
    _tests,
    _holds,
    _reduce_only,
    _ceiling,
)
