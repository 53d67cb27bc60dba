"""The door of governance: the rule book, and what follows from it."""

from lonja.modules.governance.capabilities import Capability, Unit
from lonja.modules.governance.entitlements import entitlements, serving_entity
from lonja.modules.governance.facts import (
    ANY_SESSION,
    HOUSE,
    AccountState,
    Decision,
    Effect,
    Entitlements,
    HoldFact,
    Reason,
    RestrictionFact,
    SessionFacts,
    UserFacts,
)
from lonja.modules.governance.rule_rows import KYC_LEVEL_MAX, Entity, Kind, Row, Rule
from lonja.modules.governance.rulebook import PACKAGED, Change, RuleBook

__all__ = [
    "ANY_SESSION",
    "HOUSE",
    "KYC_LEVEL_MAX",
    "PACKAGED",
    "AccountState",
    "Capability",
    "Change",
    "Decision",
    "Effect",
    "Entitlements",
    "Entity",
    "HoldFact",
    "Kind",
    "Reason",
    "RestrictionFact",
    "Row",
    "Rule",
    "RuleBook",
    "SessionFacts",
    "Unit",
    "UserFacts",
    "entitlements",
    "serving_entity",
]
