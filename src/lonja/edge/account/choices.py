"""What the rules let be chosen, for the OpenAPI files: kinds that are data and not code.

Why here: such kinds come and go by a dated row, and a client that knows them all is told nothing it cannot read. Invariant:
a field that is listed here is listed with every value of any row, for any company and date.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from lonja.modules.governance.api import RuleBook

Choices = Mapping[tuple[str, str], tuple[str, ...]]
"""The values of a field, by the name of its record in the file and its own."""

_STATED: Final = {
    ("Person", "document_kind"): "verification.document_kinds",
    ("Address", "proof_kind"): "verification.address_proof_kinds",
    ("Answers", "occupation"): "verification.occupations",
    ("Answers", "income_source"): "verification.income_sources",
    ("Answers", "uses"): "verification.uses",
    ("ChoicesAnswer", "document_kinds"): "verification.document_kinds",
    ("ChoicesAnswer", "address_proof_kinds"): "verification.address_proof_kinds",
    ("ChoicesAnswer", "occupations"): "verification.occupations",
    ("ChoicesAnswer", "income_sources"): "verification.income_sources",
    ("ChoicesAnswer", "uses"): "verification.uses",
}


def account_choices(rules: RuleBook) -> Choices:
    """The choices of the account API."""
    return {**{field: _values(rules, name) for field, name in _STATED.items()}, **_protecting(rules)}


def staff_choices(rules: RuleBook, roles: Iterable[str], acts: Iterable[str], cases: Iterable[str]) -> Choices:
    """The choices of the staff API: also ``roles``, ``acts`` and kinds of ``cases`` of those who work for the house."""
    named, done, kinds = tuple(roles), tuple(acts), tuple(cases)
    protecting = _protecting(rules)
    return {
        **protecting,
        ("PlaceForm", "kind"): tuple(dict.fromkeys(kind for found in protecting.values() for kind in found)),
        ("RoleAnswer", "role"): named,
        ("MemberAnswer", "roles"): named,
        ("MeAnswer", "roles"): named,
        ("ActAnswer", "act"): done,
        ("ProposalForm", "act"): done,
        ("ProposalAnswer", "act"): done,
        **{(record, "kind"): kinds for record in ("QueueAnswer", "QueuedCaseAnswer", "CaseAnswer")},
    }


def _protecting(rules: RuleBook) -> Choices:
    return {("HoldAnswer", "kind"): _kinds(rules, "hold"), ("RestrictionAnswer", "kind"): _kinds(rules, "restriction")}


def _values(rules: RuleBook, name: str) -> tuple[str, ...]:
    """Every name in any row of a rule, in the order of its file."""
    rows = (row for rule in rules.rules() if rule.name == name for row in rule.rows)
    return tuple(dict.fromkeys(str(value) for row in rows if isinstance(row.value, tuple) for value in row.value))


def _kinds(rules: RuleBook, of: str) -> tuple[str, ...]:
    """The kinds of holds or restrictions: those of which the rules say what they close."""
    names = (rule.name.split(".") for rule in rules.rules())
    return tuple(parts[1] for parts in names if len(parts) == 3 and parts[0] == of and parts[2] == "closes")
