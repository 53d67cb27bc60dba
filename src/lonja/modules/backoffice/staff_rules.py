"""Roles, kinds of cases and acts that need two people, as data in ``staff.toml``.

Why data: who may do what, and how long it may take, is the house's policy and changes on dates. Invariant: what was
read is complete and refers only to roles that exist, so that asking cannot fail later.

Each ``hours`` is a list of rows, ``{ entity = "all", from = 2018-01-01, value = 24 }``; the newest whose date has come
holds, one of the entity before one of all.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import msgspec

from lonja.modules.backoffice.refusals import refusal
from lonja.primitives.errors import DataError
from lonja.primitives.instant import HOUR_MS

PACKAGED: Final = Path(__file__).parent / "staff.toml"
ALL_ENTITIES: Final = "all"
ADMINISTRATOR: Final = "admin"
"""The role that a house begins with."""
GRANT: Final = "staff.grant"
REMOVE: Final = "staff.remove"
DECIDE: Final = "decide."
"""Begins the name of the act that decides a case with two people; the kind of the case follows."""


_NAME: Final = re.compile(r"[a-z][a-z0-9_.]{0,39}")


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """How many hours hold from ``start`` on for ``entity``."""

    start: date
    value: int
    entity: str = ALL_ENTITIES


class RoleRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role; ``may`` lists what it may do or read alone."""

    about: str
    may: tuple[str, ...] = ()


class CaseRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of case: who works on it, by when, how it may be decided and which decisions need ``approvers``.

    ``silent``: the person it is about must not learn of it, so nobody may ask them anything.
    """

    about: str
    roles: tuple[str, ...]
    hours: tuple[Hours, ...]
    decisions: tuple[str, ...]
    four_eyes: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    approval_hours: tuple[Hours, ...] = ()
    silent: bool = False


class ActRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act that needs two people, but for the roles in ``alone``; ``values`` are the names of what goes with it."""

    about: str
    propose: tuple[str, ...]
    approve: tuple[str, ...]
    hours: tuple[Hours, ...]
    values: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roles: dict[str, RoleRule]
    cases: dict[str, CaseRule]
    acts: dict[str, ActRule]


@dataclass(frozen=True, slots=True)
class StaffRules:
    """The whole file, checked."""

    roles: Mapping[str, RoleRule]
    cases: Mapping[str, CaseRule]
    acts: Mapping[str, ActRule]

    @classmethod
    def of_file(cls, path: Path = PACKAGED) -> "StaffRules":
        """The rules in ``path``. Raises ``DataError`` naming what is wrong."""
        try:
            content = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"The rules of staff in {path} cannot be read: {error}.", "Check the file.") from error
        return cls.of_text(content)

    @classmethod
    def of_text(cls, content: str) -> "StaffRules":
        """The rules in ``content``. Raises ``DataError`` naming what is wrong."""
        try:
            file = msgspec.convert(tomllib.loads(content), _File)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise _wrong(str(error)) from error
        for name in (*file.roles, *file.cases, *file.acts):
            if not _NAME.fullmatch(name) or name.startswith(DECIDE):
                raise _wrong(f"{name!r} is no name for a role, a kind of case or an act")
        acts = dict(file.acts)
        for kind, rule in file.cases.items():
            _check_case(kind, rule)
            acts[f"{DECIDE}{kind}"] = ActRule(rule.about, rule.roles, rule.approvers, rule.approval_hours)
        rules = cls(file.roles, file.cases, acts)
        rules._check()
        return rules

    def case(self, kind: str) -> CaseRule:
        """The rule of a kind of case. Raises ``RefusedError``."""
        if kind not in self.cases:
            raise refusal("case_kind_unknown")
        return self.cases[kind]

    def act(self, name: str) -> ActRule:
        """The rule of an act. Raises ``RefusedError``."""
        if name not in self.acts:
            raise refusal("act_unknown")
        return self.acts[name]

    def may(self, roles: frozenset[str], action: str) -> bool:
        """Whether one of ``roles`` may do ``action`` alone."""
        return any(action in self.roles[role].may for role in roles if role in self.roles)

    def _check(self) -> None:
        for name in (ADMINISTRATOR, *(role for rule in self.cases.values() for role in rule.roles)):
            self._check_role(name)
        for needed in (GRANT, REMOVE):
            if needed not in self.acts:
                raise _wrong(f"the act {needed} is missing")
        for name, rule in self.acts.items():
            for role in (*rule.propose, *rule.approve):
                self._check_role(role)
            if not set(rule.alone) <= set(rule.propose) or (rule.alone and name in (GRANT, REMOVE)):
                raise _wrong(f"{name} has roles in alone that do not propose it, or is about staff")
            if not name.startswith(DECIDE) or rule.approve:
                _check_hours(name, rule.hours)
                if not rule.propose or not rule.approve:
                    raise _wrong(f"{name} needs roles that propose and roles that approve")

    def _check_role(self, name: str) -> None:
        if name not in self.roles:
            raise _wrong(f"there is no role {name!r}")


def period_ms(rows: tuple[Hours, ...], now_ms: int, entity: str = ALL_ENTITIES) -> int:
    """The period that holds at ``now_ms``. Before the first date the earliest row holds."""
    general = [row for row in rows if row.entity == ALL_ENTITIES]
    for candidates in ([row for row in rows if row.entity == entity], general):
        begun = [row for row in candidates if _from_ms(row) <= now_ms]
        if begun:
            return max(begun, key=_from_ms).value * HOUR_MS
    return min(general, key=_from_ms).value * HOUR_MS


def _from_ms(row: Hours) -> int:
    return int(datetime.combine(row.start, time(), UTC).timestamp()) * 1_000


def _check_case(kind: str, rule: CaseRule) -> None:
    _check_hours(kind, rule.hours)
    if not rule.roles or not rule.decisions:
        raise _wrong(f"{kind} needs roles and decisions")
    if not set(rule.four_eyes) <= set(rule.decisions):
        raise _wrong(f"{kind} has four_eyes that are no decisions")
    if bool(rule.four_eyes) != bool(rule.approvers and rule.approval_hours):
        raise _wrong(f"{kind} needs approvers and approval_hours exactly where it has four_eyes")


def _check_hours(name: str, rows: tuple[Hours, ...]) -> None:
    if not any(row.entity == ALL_ENTITIES for row in rows) or any(row.value <= 0 for row in rows):
        raise _wrong(f"the hours of {name} need a row for all entities, and be above 0")


def _wrong(reason: str) -> DataError:
    return DataError(f"The rules of staff are wrong: {reason}.", "Correct the file.")
