"""Rules as data: a rule, its dated rows, and reading them from text.

Why data: a number that a regulator or the house may change has a date from which it holds, a jurisdiction it holds in,
and a source; none of that fits a constant. Invariant: what was read is complete, so that asking cannot fail later.

A file of rules is TOML, one table for each rule::

    ["sign_in.lock_after_failures"]
    about = "Wrong passwords in a row after which sign-in is locked."
    kind = "number"
    rows = [
        { entity = "all", from = 2018-01-01, value = 5, source = "House policy." },
    ]

A row may name ``places`` (countries, or regions such as ``UA-43``) that it is about; without, it is about everywhere.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Final

from lonja.primitives.errors import DataError

KYC_LEVEL_MAX: Final = 3
"""The highest level of verification: 0 none, 1 identity, 2 address, 3 source of funds."""

EVERYWHERE: Final = ""
ALL_ENTITIES: Final = "all"
CLOSED: Final = "closed"
UNLIMITED: Final = "unlimited"

Value = int | str | tuple[str, ...] | tuple[int | None, ...]
"""What a row says. A closed gate is the text ``closed``; None in a ladder means unlimited."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_RULE_KEYS: Final = frozenset({"about", "kind", "rows"})
_ROW_KEYS: Final = frozenset({"entity", "from", "value", "source", "places"})
_NUMBER_MAX: Final = (1 << 63) - 1


class Entity(StrEnum):
    """Which company of the house serves an account; OPERATOR is the house itself and its tools."""

    GLOBAL = "global"
    EEA = "eea"
    US = "us"
    OPERATOR = "operator"


class Kind(StrEnum):
    """What the values of a rule are.

    A gate is the lowest KYC level that may pass, or ``closed``; a ladder has one ceiling for each KYC level, never
    falling, which is why a higher level never takes anything away.
    """

    NUMBER = "number"
    TEXT = "text"
    NAMES = "names"
    GATE = "gate"
    LADDER = "ladder"


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a rule: what holds ``from_ms`` on for ``entity`` (or all) in ``places`` (or everywhere)."""

    rule: str
    entity: str
    places: tuple[str, ...]
    from_ms: int
    value: Value
    source: str

    @property
    def version(self) -> str:
        """The day from which the row holds, as people write it."""
        moment = datetime.fromtimestamp(self.from_ms // 1000, UTC)
        return moment.date().isoformat() if moment.time() == time() else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with all its rows, in the order of the file."""

    name: str
    about: str
    kind: Kind
    rows: tuple[Row, ...]
    file: str


def read_rules(file: str, content: str) -> Iterator[Rule]:
    """The rules of one file. Raises ``DataError`` naming the file, the rule and the row."""
    try:
        tables = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"The rule file {file} is no TOML: {error}.", "Correct the file.") from error
    for name, table in tables.items():
        yield _read_rule(file, name, table)


def _read_rule(file: str, name: str, table: object) -> Rule:
    place = f"{file}: {name}"
    if not _NAME.fullmatch(name) or not isinstance(table, dict):
        raise _wrong(place, 'a rule is a table with a dotted name in quotes, such as ["area.name"]')
    if set(table) != _RULE_KEYS:
        raise _wrong(place, "a rule has exactly about, kind and rows")
    about, rows = table["about"], table["rows"]
    if not isinstance(about, str) or not about.strip():
        raise _wrong(place, "about must say what the rule is")
    if table["kind"] not in set(Kind):
        raise _wrong(place, f"kind must be one of {', '.join(Kind)}")
    if not isinstance(rows, list) or not rows:
        raise _wrong(place, "there must be rows")
    kind = Kind(table["kind"])
    read = tuple(_read_row(f"{place}, row {number}", name, kind, row) for number, row in enumerate(rows, 1))
    _check_rows(place, read)
    return Rule(name, about, kind, read, file)


def _read_row(place: str, rule: str, kind: Kind, row: object) -> Row:
    if not isinstance(row, dict) or set(row) - _ROW_KEYS or not set(row) >= _ROW_KEYS - {"places"}:
        raise _wrong(place, "a row has entity, from, value, source, and may have places")
    entity, source = row["entity"], row["source"]
    if entity not in {*Entity, ALL_ENTITIES}:
        raise _wrong(place, f"entity must be one of {ALL_ENTITIES}, {', '.join(Entity)}")
    if not isinstance(source, str) or not source.strip():
        raise _wrong(place, "source must say where the value comes from")
    return Row(
        rule, entity, _read_places(place, row), _read_moment(place, row["from"]), _read_value(place, kind, row), source
    )


def _read_places(place: str, row: Mapping[str, object]) -> tuple[str, ...]:
    if "places" not in row:
        return ()
    names = row["places"]
    if not isinstance(names, list) or not names:
        raise _wrong(place, "places must list countries or regions")
    for name in names:
        if not isinstance(name, str) or not _PLACE.fullmatch(name):
            raise _wrong(place, f"{name!r} is no country (two letters) or region of one (such as UA-43)")
    return tuple(names)


def _read_moment(place: str, moment: object) -> int:
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise _wrong(place, "a time of day needs its time zone")
        return int(moment.timestamp()) * 1000
    if isinstance(moment, date):
        return int(datetime.combine(moment, time(), UTC).timestamp()) * 1000
    raise _wrong(place, "from must be a date")


def _read_value(place: str, kind: Kind, row: Mapping[str, object]) -> Value:
    value = row["value"]
    if kind is Kind.NUMBER and _is_number(value):
        return value  # type: ignore[return-value]  # _is_number said so
    if kind is Kind.TEXT and isinstance(value, str):
        return value
    if kind is Kind.GATE and (value == CLOSED or (_is_number(value) and value <= KYC_LEVEL_MAX)):  # type: ignore[operator]
        return value  # type: ignore[return-value]
    if kind is Kind.NAMES and isinstance(value, list) and all(isinstance(name, str) and name for name in value):
        return tuple(value)
    if kind is Kind.LADDER and isinstance(value, list):
        return _read_ladder(place, value)
    needed = {
        Kind.NUMBER: "a whole number, not negative",
        Kind.TEXT: "a text",
        Kind.GATE: f"a KYC level from 0 to {KYC_LEVEL_MAX}, or {CLOSED!r}",
        Kind.NAMES: "a list of texts",
        Kind.LADDER: "a list of numbers",
    }[kind]
    raise _wrong(place, f"value must be {needed}")


def _read_ladder(place: str, steps: list[object]) -> tuple[int | None, ...]:
    ladder = tuple(None if step == UNLIMITED else step for step in steps)
    if len(ladder) != KYC_LEVEL_MAX + 1 or not all(step is None or _is_number(step) for step in ladder):
        raise _wrong(place, f"value must be {KYC_LEVEL_MAX + 1} numbers or {UNLIMITED!r}, one for each KYC level")
    heights = [_NUMBER_MAX if step is None else step for step in ladder]
    if heights != sorted(heights):  # type: ignore[type-var]
        raise _wrong(place, "a higher KYC level must not have a lower ceiling")
    return ladder  # type: ignore[return-value]


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _NUMBER_MAX


def _check_rows(place: str, rows: tuple[Row, ...]) -> None:
    """Every entity has a value that holds everywhere, and no two rows say the same thing's value for one moment."""
    general = {row.entity for row in rows if not row.places}
    if ALL_ENTITIES not in general and not general >= set(Entity):
        missing = ", ".join(entity for entity in Entity if entity not in general)
        raise _wrong(place, f"no row without places says what holds for {missing}")
    seen: set[tuple[str, str, int]] = set()
    for number, row in enumerate(rows, 1):
        for where in row.places or (EVERYWHERE,):
            key = (row.entity, where, row.from_ms)
            if key in seen:
                raise _wrong(f"{place}, row {number}", "another row says what holds there from that day on")
            seen.add(key)


def _wrong(place: str, sentence: str) -> DataError:
    return DataError(f"Rule file {place}: {sentence}.", "Correct the file.")
