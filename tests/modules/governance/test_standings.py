"""Restrictions, questionnaires, tests and spent ceilings."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from lonja.modules.governance.api import (
    ANY_SESSION,
    Capability,
    Reason,
    Restrictions,
    Standings,
    entitlements,
)
from lonja.primitives.errors import DataError, RefusedError
from lonja.primitives.instant import DAY_MS
from tests.modules.governance.people import NOW, RESTRICTIONS, RULES, ready

ANN, BOB = 1, 2
OUT = Capability.MONEY_WITHDRAW


@pytest.fixture
def restrictions(database: Engine, clock) -> Restrictions:
    return Restrictions(database, RULES, clock)


@pytest.fixture
def standings(database: Engine, clock) -> Standings:
    return Standings(database, clock)


@pytest.mark.parametrize("kind", RESTRICTIONS)
def test_a_restriction_has_a_reason_a_scope_and_closes_it(restrictions: Restrictions, kind: str) -> None:
    placed = restrictions.place(ANN, kind, reference="case:1", placed_by="staff:1")
    assert placed.told.endswith(".")
    assert placed.closes
    answer = entitlements(ready(restrictions=restrictions.facts(ANN)), ANY_SESSION, RULES, NOW)
    closed = {decision.reason for decision in answer.decisions.values() if not decision.allowed}
    assert Reason.RESTRICTED in closed


def test_a_restriction_tells_documents_deadline_and_appeal(restrictions: Restrictions) -> None:
    review = restrictions.place(ANN, "risk_review", reference="a", placed_by="staff:1")
    assert (review.documents, review.answer_until_ms) == (("identity", "source_of_funds"), NOW + 14 * DAY_MS)
    appealed = restrictions.appeal(ANN, review.restriction_id)
    assert appealed.appealed_ms == NOW


APPEALS = [
    # whose appeal, kind, times, refused with
    (ANN, "judicial", 1, "appeal_not_possible"),
    (BOB, "risk_review", 1, "restriction_not_found"),
    (ANN, "risk_review", 2, "appeal_made_already"),
]


@pytest.mark.parametrize(("user", "kind", "times", "code"), APPEALS)
def test_appeals_that_are_refused(restrictions: Restrictions, user: int, kind: str, times: int, code: str) -> None:
    placed = restrictions.place(ANN, kind, reference="a", placed_by="staff:1")
    for _ in range(times - 1):
        restrictions.appeal(user, placed.restriction_id)
    with pytest.raises(RefusedError) as error:
        restrictions.appeal(user, placed.restriction_id)
    assert error.value.code == code


def test_a_restriction_is_lifted_once_by_who_may(restrictions: Restrictions) -> None:
    told: list[int] = []
    restrictions.changes.subscribe(told.append)
    placed = restrictions.place(ANN, "judicial", reference="a", placed_by="staff:1")
    answers = []
    for number, roles in ((placed.restriction_id, {"compliance"}), (placed.restriction_id, {"legal"})) * 2:
        try:
            restrictions.lift(number, "staff:2", roles)
            answers.append("lifted")
        except RefusedError as error:
            answers.append(error.code)
    assert answers == ["restriction_not_liftable", "lifted", "restriction_not_liftable", "restriction_over"]
    assert restrictions.of(ANN) == []
    assert told == [ANN, ANN]
    with pytest.raises(RefusedError, match="no such restriction"):
        restrictions.lift(99, "staff:2", {"legal"})


def test_the_limit_on_canceled_orders_ends_by_itself(restrictions: Restrictions, clock) -> None:
    restrictions.place(ANN, "p2p_cancels", reference="day:1", placed_by="rules")
    before = entitlements(ready(restrictions=restrictions.facts(ANN)), ANY_SESSION, RULES, NOW)
    assert before.of(Capability.P2P_BUY).reason is Reason.RESTRICTED
    assert before.until_ms == NOW + DAY_MS
    facts = restrictions.facts(ANN)
    assert entitlements(ready(restrictions=facts), ANY_SESSION, RULES, NOW + DAY_MS).allows(Capability.P2P_BUY)
    clock.now_ms += DAY_MS
    assert restrictions.of(ANN) == []


def test_an_unknown_restriction_is_an_error(restrictions: Restrictions) -> None:
    with pytest.raises(DataError, match="no rule restriction"):
        restrictions.place(ANN, "moon", reference="a", placed_by="staff:1")


def test_a_questionnaire_keeps_its_first_date_until_it_is_answered(standings: Standings, clock) -> None:
    assert standings.open_questionnaire(ANN, "vpn")
    clock.now_ms += DAY_MS
    assert not standings.open_questionnaire(ANN, "place")
    assert standings.complete(ready(), ANN).questionnaire_since_ms == NOW
    assert standings.close_questionnaire(ANN)
    assert not standings.close_questionnaire(ANN)
    assert standings.complete(ready(), ANN).questionnaire_since_ms == 0


def test_a_passed_test_opens_what_it_opens(standings: Standings) -> None:
    def allowed() -> bool:
        facts = standings.complete(ready("DE"), ANN)
        return entitlements(facts, ANY_SESSION, RULES, NOW).allows(Capability.TRADE_PERPETUAL)

    standings.set_kyc_level(ANN, 2)
    assert not allowed()
    standings.pass_test(ANN, "leverage")
    standings.pass_test(ANN, "payment_tokens")
    assert allowed()


def test_a_ceiling_looks_back_24_hours_from_each_moment(standings: Standings, clock) -> None:
    assert standings.spend(ANN, OUT, 600, 1_000, "w1") == 600
    clock.now_ms += DAY_MS // 2
    assert standings.spend(ANN, OUT, 400, 1_000, "w2") == 1_000
    with pytest.raises(RefusedError) as error:
        standings.spend(ANN, OUT, 1, 1_000, "w3")
    assert error.value.code == "ceiling_reached"
    clock.now_ms += DAY_MS // 2
    assert standings.used(ANN) == {OUT: 400}
    assert standings.spend(ANN, OUT, 600, 1_000, "w3") == 1_000


def test_a_lifetime_ceiling_never_forgets(standings: Standings, clock) -> None:
    standings.spend(ANN, Capability.P2P_BUY, 300, 500, "a")
    clock.now_ms += 400 * DAY_MS
    with pytest.raises(RefusedError, match=r"leaves: 2\.00 USD"):
        standings.spend(ANN, Capability.P2P_BUY, 201, 500, "b")


def test_a_spending_counts_once_and_can_be_given_back(standings: Standings) -> None:
    for _ in range(2):
        assert standings.spend(ANN, OUT, 600, 1_000, "w1") == 600
    standings.give_back(BOB, OUT, "w1")
    assert standings.used(ANN) == {OUT: 600}
    standings.give_back(ANN, OUT, "w1")
    assert standings.used(ANN) == {}


def test_what_is_used_lowers_what_is_left(standings: Standings) -> None:
    standings.set_kyc_level(ANN, 1)
    standings.spend(ANN, OUT, 100_000, None, "w1")
    answer = entitlements(standings.complete(ready(), ANN), ANY_SESSION, RULES, NOW)
    assert answer.of(OUT).limit == 50_000_000 - 100_000


def test_of_two_at_once_that_do_not_both_fit_one_is_refused(standings: Standings) -> None:
    def spend(number: int) -> str:
        try:
            standings.spend(ANN, OUT, 600, 1_000, f"w{number}")
        except RefusedError as error:
            return error.code
        return "spent"

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(spend, range(6)))
    assert answers == ["ceiling_reached"] * 5 + ["spent"]
    assert standings.used(ANN) == {OUT: 600}
