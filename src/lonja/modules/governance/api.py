"""The door of governance: the rule book, and what follows from it."""

from lonja.modules.governance.rule_rows import KYC_LEVEL_MAX, Entity, Kind, Row, Rule
from lonja.modules.governance.rulebook import PACKAGED, Change, RuleBook

__all__ = [
    "KYC_LEVEL_MAX",
    "PACKAGED",
    "Change",
    "Entity",
    "Kind",
    "Row",
    "Rule",
    "RuleBook",
]
