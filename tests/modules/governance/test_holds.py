"""Holds: placed by kind, told with their end, released by who may, right also when two act at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from lonja.modules.governance.api import ANY_SESSION, Capability, Holds, entitlements, withdrawable
from lonja.primitives.errors import DataError, RefusedError
from lonja.primitives.instant import DAY_MS, HOUR_MS
from tests.modules.governance.people import HOLDS, NOW, RULES, ready

ANN, BOB = 1, 2


@pytest.fixture
def holds(database: Engine, clock) -> Holds:
    return Holds(database, RULES, clock)


SENSITIVE = (
    "password_changed",
    "email_changed",
    "phone_changed",
    "authenticator_changed",
    "passkey_changed",
    "connected_changed",
    "factor_reset",
    "backup_code_used",
    "new_device",
    "account_unfrozen",
)


@pytest.mark.parametrize("kind", SENSITIVE)
def test_a_sensitive_change_stops_withdrawals_for_a_day(holds: Holds, clock, kind: str) -> None:
    hold = holds.place(ANN, kind, reference="change:1")
    assert (hold.from_ms, hold.until_ms, hold.amount) == (NOW, NOW + DAY_MS, None)
    assert "24 hours" in hold.reason
    assert holds.withdrawable(ANN, "BTC", 500).amount == 0
    clock.now_ms = NOW + DAY_MS
    assert holds.withdrawable(ANN, "BTC", 500).amount == 500
    assert holds.of(ANN) == []


KEPT = [
    # holds (kind, currency, amount), balance of BTC, what may leave
    ([], 100, 100),
    ([("p2p_bought", "BTC", 30)], 100, 70),
    ([("p2p_bought", "BTC", 30), ("p2p_bought", "BTC", 50)], 100, 20),
    ([("p2p_bought", "BTC", 30), ("deposit_protection", "BTC", 50)], 100, 50),
    ([("p2p_bought", "BTC", 130)], 100, 0),
    ([("p2p_bought", "ETH", 30)], 100, 100),
    ([("travel_rule", "BTC", None)], 100, 0),
    ([("case", "", None), ("p2p_bought", "BTC", 30)], 100, 0),
]


@pytest.mark.parametrize(("placed", "balance", "left"), KEPT)
def test_what_may_leave_is_the_minimum_over_the_kinds(holds: Holds, placed, balance: int, left: int) -> None:
    for number, (kind, currency, amount) in enumerate(placed):
        holds.place(ANN, kind, reference=str(number), currency=currency, amount=amount)
    answer = holds.withdrawable(ANN, "BTC", balance)
    assert answer.amount == left
    assert len(answer.holds) == sum(currency in ("", "BTC") for _, currency, _ in placed)


def test_each_hold_is_shown_with_its_end_and_what_it_alone_would_leave(holds: Holds) -> None:
    holds.place(ANN, "p2p_bought", reference="a", currency="BTC", amount=30, hours=72)
    holds.place(ANN, "deposit_protection", reference="b", currency="BTC", amount=60)
    shown = [(hold.kind, hold.until_ms, left) for hold, left in holds.withdrawable(ANN, "BTC", 100).holds]
    assert shown == [("deposit_protection", None, 40), ("p2p_bought", NOW + 72 * HOUR_MS, 70)]


def test_the_period_of_a_rule_is_the_least(holds: Holds) -> None:
    hold = holds.place(ANN, "p2p_bought", reference="a", currency="BTC", amount=1, hours=1)
    assert hold.until_ms == NOW + DAY_MS


def test_a_hold_placed_twice_for_one_cause_is_one(holds: Holds, clock) -> None:
    first = holds.place(ANN, "new_device", reference="fact:7")
    clock.now_ms += HOUR_MS
    assert holds.place(ANN, "new_device", reference="fact:7") == first
    assert len(holds.of(ANN)) == 1
    assert holds.of(BOB) == []


RELEASING = [
    # kind, roles, refused with
    ("case", {"compliance"}, None),
    ("case", {"support", "security"}, "hold_not_releasable"),
    ("password_changed", {"security"}, None),
    ("new_address", {"security", "compliance", "custody"}, "hold_not_releasable"),
]


@pytest.mark.parametrize(("kind", "roles", "refused"), RELEASING)
def test_a_hold_ends_early_only_by_who_may(holds: Holds, kind: str, roles: set[str], refused: str | None) -> None:
    hold = holds.place(ANN, kind, reference="a")
    if refused is None:
        holds.release(hold.hold_id, "staff:1", roles)
        assert holds.of(ANN) == []
    else:
        with pytest.raises(RefusedError) as error:
            holds.release(hold.hold_id, "staff:1", roles)
        assert error.value.code == refused
        assert holds.of(ANN) == [hold]


def test_a_hold_that_is_over_or_was_never_there_can_not_be_released(holds: Holds, clock) -> None:
    hold = holds.place(ANN, "password_changed", reference="a")
    clock.now_ms += DAY_MS
    for hold_id, code in ((hold.hold_id, "hold_over"), (hold.hold_id + 1, "hold_not_found")):
        with pytest.raises(RefusedError) as error:
            holds.release(hold_id, "staff:1", {"security"})
        assert error.value.code == code


def test_a_hold_ends_when_its_cause_is_gone(holds: Holds) -> None:
    holds.place(ANN, "deposit_protection", reference="deposit:9", currency="BTC", amount=5)
    assert holds.release_reference(ANN, "deposit_protection", "deposit:9", "custody")
    assert not holds.release_reference(ANN, "deposit_protection", "deposit:9", "custody")
    assert holds.of(ANN) == []


def test_nonsense_is_refused(holds: Holds) -> None:
    with pytest.raises(DataError, match=r"no rule hold\.moon"):
        holds.place(ANN, "moon", reference="a")
    for amount, currency in ((0, "BTC"), (-1, "BTC"), (5, ""), (1 << 63, "BTC")):
        with pytest.raises(ValueError, match="positive number"):
            holds.place(ANN, "case", reference="a", currency=currency, amount=amount)
    assert holds.of(ANN) == []


def test_a_hold_reaches_the_entitlements(holds: Holds) -> None:
    holds.place(ANN, "password_changed", reference="a")
    holds.place(ANN, "p2p_bought", reference="b", currency="BTC", amount=5)
    answer = entitlements(ready(holds=holds.facts(ANN)), ANY_SESSION, RULES, NOW)
    assert not answer.allows(Capability.MONEY_WITHDRAW)
    assert answer.until_ms == NOW + DAY_MS


def test_two_at_once_place_one_hold_and_release_it_once(holds: Holds) -> None:
    told: list[int] = []
    holds.changes.subscribe(told.append)
    with ThreadPoolExecutor(8) as threads:
        placed = list(threads.map(lambda _: holds.place(ANN, "case", reference="a").hold_id, range(8)))
    assert len(set(placed)) == 1
    assert told == [ANN]

    def release(_: int) -> str:
        try:
            holds.release(placed[0], "staff:1", {"compliance"})
        except RefusedError as error:
            return error.code
        return "released"

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(release, range(8)))
    assert answers == ["hold_over"] * 7 + ["released"]
    assert told == [ANN, ANN]


def test_every_kind_of_hold_has_all_its_rules() -> None:
    named = {rule.name for rule in RULES.rules()}
    for kind in HOLDS:
        assert {f"hold.{kind}.{what}" for what in ("hours", "closes", "releasable_by", "told")} <= named


def test_holds_in_force_are_found_again_after_a_start(holds: Holds, clock) -> None:
    kept = [holds.place(user, "case", reference="a") for user in (ANN, BOB)]
    over = holds.place(ANN, "new_device", reference="b")
    holds.release(over.hold_id, "staff:1", {"security"})
    assert holds.in_force() == kept


def test_withdrawable_is_pure() -> None:
    assert withdrawable([], "BTC", 7, NOW).amount == 7
