"""The public, dated changelog of the rules: what changed, from what to what, and why.

Why from the data: rows carry their dates, so the history cannot differ from what the rules did. Invariant: entries come
oldest first, and each is a row that took effect.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import ndiff

from lonja.modules.governance.rule_rows import CLOSED, UNLIMITED, Kind, Row, Value
from lonja.modules.governance.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One change. ``diff`` has lines that begin with ``-`` (no longer) and ``+`` (from now on)."""

    from_ms: int
    version: str
    rule: str
    about: str
    entity: str
    places: tuple[str, ...]
    diff: tuple[str, ...]
    source: str


def rule_changes(rules: RuleBook, since_ms: int, until_ms: int) -> tuple[RuleChange, ...]:
    """Changes that took effect after ``since_ms`` and by ``until_ms``, oldest first.

    Rows with which a rule began are changes for those who knew the house before; pass the date of its opening to leave
    them out.
    """
    kinds = {rule.name: rule for rule in rules.rules()}
    return tuple(
        RuleChange(
            from_ms=change.row.from_ms,
            version=change.row.version,
            rule=change.row.rule,
            about=kinds[change.row.rule].about,
            entity=change.row.entity,
            places=change.row.places,
            diff=_diff(change.before, change.row, kinds[change.row.rule].kind),
            source=change.row.source,
        )
        for change in rules.changes(since_ms, until_ms)
    )


def changelog_page(rules: RuleBook, since_ms: int, until_ms: int) -> str:
    """The changelog as Markdown, newest day first."""
    days: dict[str, list[RuleChange]] = {}
    for change in rule_changes(rules, since_ms, until_ms):
        days.setdefault(change.version[:10], []).append(change)
    lines = ["# What changed in the rules", ""]
    for day in sorted(days, reverse=True):
        lines += [f"## {day}", ""]
        for change in days[day]:
            where = f" in {', '.join(change.places)}" if change.places else ""
            lines += [f"**{change.rule}** ({change.entity}{where}): {change.about} {change.source}", ""]
            lines += ["```diff", *change.diff, "```", ""]
    if not days:
        lines += [f"Nothing between {_day(since_ms)} and {_day(until_ms)}.", ""]
    return "\n".join(lines)


def _day(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms // 1000, UTC).date().isoformat()


def _diff(before: Row | None, after: Row, kind: Kind) -> tuple[str, ...]:
    old = _lines(before.value, kind) if before is not None else []
    return tuple(line for line in ndiff(old, _lines(after.value, kind)) if line[0] in "+-")


def _lines(value: Value, kind: Kind) -> list[str]:
    if kind is Kind.NAMES and isinstance(value, tuple):
        return sorted(str(name) for name in value)
    if kind is Kind.LADDER and isinstance(value, tuple):
        return [f"level {level}: {UNLIMITED if step is None else step}" for level, step in enumerate(value)]
    if kind is Kind.GATE:
        return [CLOSED if value == CLOSED else f"from level {value}"]
    return [str(value)]
