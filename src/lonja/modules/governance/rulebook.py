"""The rule book: what each rule says for an entity, a place and a moment.

Why here: whoever needs a number asks the book by name, so that a new value takes effect by the clock and nowhere by a
release. Invariant: an answer changes only at the date of a row.

The row that answers is the closest one: of the place itself before its country before everywhere, of the entity before
all entities, and of these the newest that holds. Before the first date of a rule its earliest general row holds, so
that a house whose clock stands in the past is not without rules.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, Self, cast

from lonja.modules.governance.rule_rows import (
    ALL_ENTITIES,
    CLOSED,
    EVERYWHERE,
    Entity,
    Kind,
    Row,
    Rule,
    read_rules,
)
from lonja.primitives.errors import DataError

PACKAGED: Final = Path(__file__).parent / "rules"
"""The house's own rules."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row that took effect: what held before (None: nothing) and what holds since."""

    row: Row
    before: Row | None


class RuleBook:
    """All rules, immutable once read."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """``files`` maps names of files to their content. Raises ``DataError`` naming file and row."""
        self._rules: dict[str, Rule] = {}
        for file, content in sorted(files.items()):
            for rule in read_rules(file, content):
                if rule.name in self._rules:
                    other = self._rules[rule.name].file
                    raise DataError(f"Rule file {file}: {rule.name} stands in {other} already.", "Remove one of them.")
                self._rules[rule.name] = rule
        self._tracks = {name: _Tracks(rule) for name, rule in self._rules.items()}
        self._dates = sorted({row.from_ms for rule in self._rules.values() for row in rule.rows})
        self.digest = sha256("\0".join(f"{file}\0{files[file]}" for file in sorted(files)).encode()).hexdigest()[:12]
        """Tells apart two editions of the book."""

    @classmethod
    def of_folder(cls, folder: Path = PACKAGED) -> Self:
        """The book of all ``*.toml`` files in ``folder``. Raises ``DataError``."""
        try:
            return cls({file.name: file.read_text("utf-8") for file in folder.glob("*.toml")})
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"The rules in {folder} cannot be read: {error}.", "Check the folder.") from error

    # -- What holds --------------------------------------------------------------------------------------------------

    def number(self, name: str, entity: Entity, at_ms: int, place: str = EVERYWHERE) -> int:
        """The number that holds. Raises ``DataError`` when there is no such rule."""
        return cast("int", self._row(name, Kind.NUMBER, entity, at_ms, place).value)

    def text(self, name: str, entity: Entity, at_ms: int, place: str = EVERYWHERE) -> str:
        """The text that holds. Raises ``DataError``."""
        return cast("str", self._row(name, Kind.TEXT, entity, at_ms, place).value)

    def names(self, name: str, entity: Entity, at_ms: int, place: str = EVERYWHERE) -> tuple[str, ...]:
        """The names that hold, in the order of the file. Raises ``DataError``."""
        return cast("tuple[str, ...]", self._row(name, Kind.NAMES, entity, at_ms, place).value)

    def gate(self, name: str, entity: Entity, at_ms: int, place: str = EVERYWHERE) -> int | None:
        """The lowest KYC level that may pass, None when the gate is closed. Raises ``DataError``."""
        value = self._row(name, Kind.GATE, entity, at_ms, place).value
        return None if value == CLOSED else cast("int", value)

    def ceiling(self, name: str, kyc_level: int, entity: Entity, at_ms: int, place: str = EVERYWHERE) -> int | None:
        """The step of a ladder for ``kyc_level``, None for unlimited. Raises ``DataError``."""
        return cast("tuple[int | None, ...]", self._row(name, Kind.LADDER, entity, at_ms, place).value)[kyc_level]

    def row(self, name: str, entity: Entity, at_ms: int, place: str = EVERYWHERE) -> Row:
        """The row that decides: its version and its source. Raises ``DataError``."""
        tracks = self._tracks.get(name)
        if tracks is None:
            raise DataError(f"There is no rule {name}.", "Add it to a rule file.")
        return tracks.row(entity, at_ms, place)

    def _row(self, name: str, kind: Kind, entity: Entity, at_ms: int, place: str) -> Row:
        row = self.row(name, entity, at_ms, place)
        if self._rules[name].kind is not kind:
            raise DataError(f"The rule {name} is a {self._rules[name].kind}, not a {kind}.")
        return row

    # -- When --------------------------------------------------------------------------------------------------------

    def version(self, at_ms: int) -> str:
        """Which edition of the rules holds: the date of the newest row in effect, and the book's digest."""
        position = bisect_right(self._dates, at_ms)
        first = self._dates[max(position - 1, 0)] if self._dates else 0
        return f"{Row('', '', (), first, '', '').version}+{self.digest}"

    def next_change_ms(self, at_ms: int) -> int | None:
        """The first moment after ``at_ms`` at which any row takes effect."""
        position = bisect_right(self._dates, at_ms)
        return self._dates[position] if position < len(self._dates) else None

    def rules(self) -> Iterator[Rule]:
        """All rules by name."""
        return (self._rules[name] for name in sorted(self._rules))

    def changes(self, since_ms: int, until_ms: int) -> Iterator[Change]:
        """Rows that took effect after ``since_ms`` and by ``until_ms``, oldest first."""
        return (change for change in self._changes if since_ms < change.row.from_ms <= until_ms)

    @cached_property
    def _changes(self) -> list[Change]:
        found = [change for tracks in self._tracks.values() for change in tracks.changes()]
        return sorted(found, key=lambda change: (change.row.from_ms, change.row.rule, change.row.entity))


class _Tracks:
    """The rows of one rule, sorted by whom and where they are about and by date."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._tracks: dict[tuple[str, str], tuple[list[int], list[Row]]] = {}
        for row in sorted(rule.rows, key=lambda row: row.from_ms):
            for place in row.places or (EVERYWHERE,):
                dates, rows = self._tracks.setdefault((row.entity, place), ([], []))
                dates.append(row.from_ms)
                rows.append(row)

    def row(self, entity: str, at_ms: int, place: str) -> Row:
        for where in (place, place[:2], EVERYWHERE) if place else (EVERYWHERE,):
            for who in (entity, ALL_ENTITIES):
                track = self._tracks.get((who, where))
                if track is not None and track[0][0] <= at_ms:
                    return track[1][bisect_right(track[0], at_ms) - 1]
        return self._first(entity)

    def changes(self) -> Iterator[Change]:
        for row in self._rule.rows:
            before = self.row(row.entity, row.from_ms - 1, row.places[0] if row.places else EVERYWHERE)
            yield Change(row, before if before.from_ms < row.from_ms else None)

    def _first(self, entity: str) -> Row:
        """The earliest row that holds everywhere; a row for all entities stands in for one that has none."""
        tracks = (self._tracks.get((who, EVERYWHERE)) for who in (entity, ALL_ENTITIES))
        found = [track[1][0] for track in tracks if track is not None]
        return min(found or [self._rule.rows[0]], key=lambda row: row.from_ms)
