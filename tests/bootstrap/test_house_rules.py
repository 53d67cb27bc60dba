"""The numbers that serve people come from the rule files, and a changed row changes them."""

from dataclasses import fields
from pathlib import Path
from shutil import copytree

import pytest

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.identity import ruled_keys
from lonja.bootstrap.people import HouseRules
from lonja.modules.governance.api import Entity, RuleBook
from lonja.modules.governance.rulebook import PACKAGED
from lonja.modules.identity.api import KeyPolicy, SignInPolicy
from lonja.primitives.errors import DataError
from lonja.primitives.instant import DAY_MS, HOUR_MS

NOW_MS = 1_790_000_000_000


class Sevens(RuleBook):
    """Rules in which every number is seven."""

    def __init__(self) -> None:
        super().__init__({})

    def number(self, name: str, entity: Entity, at_ms: int, place: str = "") -> int:
        assert name
        assert entity
        assert NOW_MS - HOUR_MS < at_ms <= NOW_MS
        assert place in ("", "ES")
        return 7

    def names(self, name: str, entity: Entity, at_ms: int, place: str = "") -> tuple[str, ...]:
        return (str(self.number(name, entity, at_ms, place)),)


def test_no_number_of_signing_in_stands_in_the_program() -> None:
    built_in, ruled = SignInPolicy(), HouseRules(Sevens()).policy("ES", NOW_MS)
    assert [
        field.name for field in fields(SignInPolicy) if getattr(ruled, field.name) == getattr(built_in, field.name)
    ] == []


def test_no_limit_of_keys_stands_in_the_program() -> None:
    assert ruled_keys(Sevens(), lambda: NOW_MS)() == KeyPolicy(7, 7, 7, 7)
    assert ruled_keys(RuleBook.of_folder(), lambda: NOW_MS)() == KeyPolicy()


def test_a_new_limit_of_keys_holds_within_the_hour() -> None:
    content = (PACKAGED / "keys.toml").read_text("utf-8")
    old = '{ entity = "all", from = 2018-01-01, value = 14'
    later = old.replace("2018-01-01", "2030-01-01").replace("14", "30") + ', source = "A test." },\n    '
    assert content.count(old) == 1
    clock = ManualClock(NOW_MS)
    keys = ruled_keys(RuleBook({"keys.toml": content.replace(old, later + old)}), clock.now_ms)
    assert keys().unused_days_max == 14
    clock.set_ms(1_893_456_000_000)
    assert keys().unused_days_max == 30


def test_the_rules_begin_with_the_numbers_that_were_built_in() -> None:
    assert HouseRules(RuleBook.of_folder()).policy("ES", NOW_MS) == SignInPolicy()


def edited(tmp_path: Path, old: str, new: str) -> HouseRules:
    """The house's rules with one value changed."""
    folder = Path(copytree(PACKAGED, tmp_path / "rules"))
    file = folder / "protection.toml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")
    return HouseRules(RuleBook.of_folder(folder))


def test_what_the_rules_say_of_keys_and_emergency_contacts() -> None:
    policy = HouseRules(RuleBook.of_folder()).policy("ES", NOW_MS)
    assert (policy.withdraw_key_ms, policy.inactivity_months, policy.response_days) == (
        DAY_MS,
        (3, 6, 12, 18),
        (7, 14, 30),
    )


def test_a_changed_row_is_what_holds(tmp_path: Path) -> None:
    periods = edited(tmp_path, '["3", "6", "12", "18"]', '["1", "2"]').policy("ES", NOW_MS)
    assert periods.inactivity_months == (1, 2)


def test_a_new_wait_of_keys_is_what_holds(tmp_path: Path) -> None:
    row = 'value = 24, source = "Domain row 5.07."'
    assert edited(tmp_path, row, row.replace("24", "72")).policy("ES", NOW_MS).withdraw_key_ms == 72 * HOUR_MS


def test_a_choice_that_is_no_number_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="response_days"):
        edited(tmp_path, '["7", "14", "30"]', '["7", "soon"]').policy("ES", NOW_MS)
