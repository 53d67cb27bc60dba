"""Roles, cases and acts come from a file that is checked as a whole."""

import pytest

from lonja.modules.backoffice.api import REFUSALS, StaffRules
from lonja.modules.backoffice.staff_rules import PACKAGED, Hours, period_ms
from lonja.primitives.errors import DataError
from lonja.primitives.instant import HOUR_MS
from tests.modules.backoffice.conftest import START_MS

SMALL = """
[roles.admin]
about = "Grants."
may = ["staff.read"]
[roles.clerk]
about = "Decides."
[cases.tea]
about = "Tea."
roles = ["clerk"]
hours = [{ from = 2018-01-01, value = 24 }]
decisions = ["black", "green"]
four_eyes = ["green"]
approvers = ["admin"]
approval_hours = [{ from = 2018-01-01, value = 12 }]
[acts."staff.grant"]
about = "Grant."
propose = ["admin"]
approve = ["admin"]
hours = [{ from = 2018-01-01, value = 72 }]
values = ["role"]
[acts."staff.remove"]
about = "Remove."
propose = ["admin"]
approve = ["admin"]
hours = [{ from = 2018-01-01, value = 72 }]
values = ["role"]
"""


def test_the_packaged_rules_know_what_the_house_needs() -> None:
    rules = StaffRules.of_file()
    assert {"support", "kyc_reviewer", "security", "compliance", "finance", "admin"} <= set(rules.roles)
    needed = {"kyc", "reset", "restriction", "appeal", "source_of_funds", "screening_hit", "unfreeze"}
    assert needed <= set(rules.cases)
    for name, rule in rules.acts.items():
        if not name.startswith("decide.") or rule.approve:
            assert rule.propose
            assert rule.approve


def test_what_a_role_may_do_alone() -> None:
    rules = StaffRules.of_text(SMALL)
    assert rules.may(frozenset({"clerk", "admin"}), "staff.read")
    assert not rules.may(frozenset({"clerk"}), "staff.read")
    assert not rules.may(frozenset({"gone"}), "staff.read")


@pytest.mark.parametrize(
    ("entity", "at_ms", "hours"),
    [
        ("all", START_MS - 1, 24),
        ("all", START_MS, 24),
        ("all", START_MS + HOUR_MS * 24 * 60, 12),
        ("eea", START_MS, 48),
        ("us", START_MS, 24),
        ("all", 0, 24),
        ("eea", 0, 24),
    ],
)
def test_the_newest_row_that_has_begun_holds_and_one_of_the_entity_first(entity: str, at_ms: int, hours: int) -> None:
    text = SMALL.replace(
        "hours = [{ from = 2018-01-01, value = 24 }]",
        "hours = [{ from = 2018-01-01, value = 24 }, { from = 2027-02-01, value = 12 },"
        " { from = 2020-01-01, value = 48, entity = 'eea' }]",
    )
    rows: tuple[Hours, ...] = StaffRules.of_text(text).cases["tea"].hours
    assert period_ms(rows, at_ms, entity) == hours * HOUR_MS


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("[roles.admin]", "[roles.king]", "no role 'admin'"),
        ('roles = ["clerk"]', 'roles = ["king"]', "no role 'king'"),
        ('roles = ["clerk"]', "roles = []", "tea needs roles and decisions"),
        ('four_eyes = ["green"]', 'four_eyes = ["white"]', "four_eyes that are no decisions"),
        ('approvers = ["admin"]', "approvers = []", "tea needs approvers"),
        ('four_eyes = ["green"]', "four_eyes = []", "exactly where it has four_eyes"),
        ('[acts."staff.remove"]', '[acts."staff.leave"]', "the act staff.remove is missing"),
        ('propose = ["admin"]', 'propose = ["king"]', "no role 'king'"),
        ('approve = ["admin"]', "approve = []", "needs roles that propose"),
        ("value = 24", "value = 0", "above 0"),
        ("value = 24", "value = 24, entity = 'eea'", "a row for all entities"),
        ("value = 24", "value = 'long'", "Expected `int`"),
        ('about = "Tea."', 'about = "Tea."\nsugar = true', "unknown field `sugar`"),
        ("[cases.tea]", '[cases."two words"]', "'two words' is no name"),
        ("[cases.tea]", f"[cases.{'x' * 41}]", "is no name"),
        ('[acts."staff.remove"]', '[acts."decide.tea"]', "'decide.tea' is no name"),
        ("[cases.tea]", "[cases.tea", "staff are wrong"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(right: str, wrong: str, problem: str) -> None:
    assert right in SMALL
    with pytest.raises(DataError, match=problem):
        StaffRules.of_text(SMALL.replace(right, wrong))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(DataError, match="cannot be read"):
        StaffRules.of_file(PACKAGED.with_name("nothing.toml"))


def test_every_refusal_has_a_status_and_a_sentence() -> None:
    assert all(row.status in (401, 403, 404, 409, 422) and row.message.endswith(".") for row in REFUSALS.values())
