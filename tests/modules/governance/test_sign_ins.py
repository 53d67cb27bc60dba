"""What was decided at sign-ins, what changed since, and the public changelog."""

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lonja.modules.governance.api import (
    ANY_SESSION,
    Capability,
    Effect,
    HoldFact,
    RuleBook,
    SignIns,
    changelog_page,
    entitlements,
    rule_changes,
)
from lonja.modules.governance.tables import AnswerRow
from tests.modules.governance.people import DAY, NOW, RULES, ready

ANN = 1
DAY_2021, DAY_2022, DAY_2023 = 1_609_459_200_000, 1_640_995_200_000, 1_672_531_200_000


@pytest.fixture
def sign_ins(database: Engine) -> SignIns:
    return SignIns(database)


def decided(now_ms: int = NOW, **facts):
    return entitlements(ready(**facts), ANY_SESSION, RULES, now_ms)


def test_at_the_first_sign_in_nothing_has_changed(sign_ins: SignIns) -> None:
    assert sign_ins.last(ANN) is None
    assert sign_ins.changes_since_last(ANN, decided()) == ()


def test_what_changed_since_the_last_sign_in_is_told(sign_ins: SignIns) -> None:
    sign_ins.record(ANN, decided(level=1), NOW)
    assert sign_ins.changes_since_last(ANN, decided(level=1)) == ()
    held = decided(level=1, holds=(HoldFact("new_device", NOW + DAY),))
    changes = {change.capability: change for change in sign_ins.changes_since_last(ANN, held)}
    assert set(changes) == {c for c in Capability if held.of(c).reason == "on_hold"}
    change = changes[Capability.MONEY_WITHDRAW]
    assert (change.before.effect, change.after.effect) == (Effect.LIMIT, Effect.DENY)


def test_a_change_of_the_rules_is_told_at_the_next_sign_in(sign_ins: SignIns) -> None:
    sign_ins.record(ANN, decided(DAY_2021, residence="CN"), DAY_2021)
    changed = sign_ins.changes_since_last(ANN, decided(DAY_2022, residence="CN"))
    assert {(c.after.reason, c.after.version) for c in changed if c.capability == "trade.spot"} == {
        ("place_closed", "2021-12-31")
    }


def test_during_a_session_the_sign_in_before_it_counts(sign_ins: SignIns) -> None:
    sign_ins.record(ANN, decided(level=1), NOW)
    this = sign_ins.record(ANN, decided(level=2), NOW + 1)
    assert sign_ins.changes_since_last(ANN, decided(level=2)) == ()
    assert sign_ins.changes_since_last(ANN, decided(level=2), before=this) != ()
    assert sign_ins.last(ANN).kyc_level == 2
    assert sign_ins.last(ANN, before=this).kyc_level == 1


def test_what_is_left_of_a_ceiling_is_no_change_of_rights(sign_ins: SignIns) -> None:
    sign_ins.record(ANN, decided(level=1), NOW)
    assert sign_ins.changes_since_last(ANN, decided(level=1, used={Capability.MONEY_WITHDRAW: 5})) == ()


def test_equal_answers_are_kept_once(sign_ins: SignIns, database: Engine) -> None:
    for user in range(5):
        sign_ins.record(user, decided(), NOW + user)
    with Session(database) as session:
        assert session.scalar(select(func.count()).select_from(AnswerRow)) == 1


def test_the_changelog_tells_what_changed_when_and_why() -> None:
    changes = rule_changes(RULES, DAY_2022, DAY_2023)
    assert [(change.version, change.rule, change.diff) for change in changes] == [
        ("2022-02-21", "places.sanctioned", ("+ UA-09", "+ UA-14")),
        ("2022-04-01", "verification.age_min", ("- 20", "+ 18")),
    ]
    assert "14065" in changes[0].source


def test_the_page_shows_the_newest_day_first() -> None:
    page = changelog_page(RULES, DAY_2021, NOW)
    assert page.index("## 2024-12-30") < page.index("## 2022-02-21") < page.index("## 2021-12-31")
    assert "```diff\n- from level 0\n+ from level 1\n```" in page
    assert "Nothing between 2022-01-01 and 2022-01-01." in changelog_page(RULES, DAY_2022, DAY_2022 + 1)


LADDER = """
["a.ladder"]
about = "A ladder."
kind = "ladder"
rows = [
    { entity = "all", from = 2020-01-01, value = [0, 1, 2, 3], source = "s" },
    { entity = "all", from = 2022-01-01, value = [0, 1, 2, "unlimited"], source = "t" },
]
"""


def test_the_steps_of_a_ladder_are_compared_one_by_one() -> None:
    changes = rule_changes(RuleBook({"a.toml": LADDER}), DAY_2021, DAY_2023)
    assert [change.diff for change in changes] == [("- level 3: 3", "+ level 3: unlimited")]
