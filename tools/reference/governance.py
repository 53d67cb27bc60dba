"""The pages about rules: what holds for whom since when, and what changed."""

from lonja.modules.governance.api import Capability, Reason, Row, RuleBook, changelog_page, rule_changes

OPENED_MS = 1_514_764_800_000
"""2018-01-01, with which the rules begin; what held from then on is no change."""
_LAST_MS = 1 << 60


def rules_page() -> str:
    """Every rule with its rows."""
    parts = [
        "# Rules",
        (
            "Dated data of `modules/governance/rules`: which row answers and what a gate and a ladder are is told in "
            "[ADR 0023](../adr/0023-rules-are-data-and-holds-reach-the-core.md); what changed, in "
            "[the changelog of the rules](rule-changes.md)."
        ),
        f"Capabilities: {', '.join(f'`{name}`' for name in Capability)}.",
        f"Reasons: {', '.join(f'`{name}`' for name in Reason)}.",
    ]
    rules = RuleBook.of_folder()
    for file in sorted({rule.file for rule in rules.rules()}):
        parts.append(f"## {file}")
        parts += [_table(rule.name, rule.about, rule.kind, rule.rows) for rule in rules.rules() if rule.file == file]
    return "\n\n".join(parts) + "\n"


def rule_changes_page() -> str:
    """What changed since the rules began, and what is announced."""
    rules = RuleBook.of_folder()
    last_ms = max((change.from_ms for change in rule_changes(rules, OPENED_MS, _LAST_MS)), default=OPENED_MS)
    return changelog_page(rules, OPENED_MS, last_ms)


def _table(name: str, about: str, kind: str, rows: tuple[Row, ...]) -> str:
    head = f"### {name}\n\n{about} ({kind})\n\n| from | entity | places | value | source |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *(_line(row) for row in rows)])


def _line(row: Row) -> str:
    value = row.value
    if isinstance(value, tuple):
        told = ", ".join("unlimited" if step is None else str(step) for step in value) or "none"
    else:
        told = str(value)
    return f"| {row.version} | {row.entity} | {', '.join(row.places) or 'all'} | {told} | {row.source} |"
