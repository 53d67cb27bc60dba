"""The gate: answers in memory, renewed by events and by the clock, at the cost of a look-up."""

import time
from dataclasses import replace

import pytest

from lonja.modules.governance.api import (
    AccountState,
    Capability,
    Gate,
    Gatekeeper,
    HoldFact,
    OpenGate,
    Reason,
    RuleBook,
    UserFacts,
)
from tests.modules.governance.people import DAY, NOW, RULES, ready

ANN, BOB, ANN_SUB, BOB_SUB = 10, 20, 11, 21
ORDERS = (Capability.API_TRADE, Capability.TRADE_SPOT)


class Person:
    """Somebody whose facts a test changes."""

    def __init__(self, facts: UserFacts) -> None:
        self.facts = facts

    def __call__(self) -> UserFacts:
        return self.facts


def gate_of(rules: RuleBook = RULES) -> Gate:
    return Gate(rules, lambda account: account // 10 * 10)


def reason(gate: Gate, account: int, now_ms: int = NOW, *, reduces: bool = False) -> Reason | None:
    decision = gate.refusal(account, ORDERS, now_ms, reduces=reduces)
    return None if decision is None else decision.reason


def test_an_account_without_a_person_belongs_to_the_operator() -> None:
    gate = gate_of()
    for capability in Capability:
        assert gate.refusal(BOB, (capability,), NOW) is None


def test_a_person_is_governed_and_so_are_the_sub_accounts() -> None:
    gate = gate_of()
    assert reason(gate, ANN_SUB) is None
    gate.govern(ANN, Person(ready("US")))
    assert reason(gate, ANN) is Reason.PLACE_CLOSED
    assert reason(gate, ANN_SUB) is Reason.PLACE_CLOSED
    assert reason(gate, BOB) is None
    assert reason(gate, BOB_SUB) is None


def test_the_place_of_a_request_counts_until_the_facts_or_the_request_change() -> None:
    gate, ann = gate_of(), Person(ready())
    gate.govern(ANN, ann)

    def by(place: str) -> Reason | None:
        decision = gate.refusal(ANN_SUB, ORDERS, NOW, place=place)
        return None if decision is None else decision.reason

    assert [by(place) for place in ("", "CH", "US", "IR", "KP", "")] == [
        None,
        None,
        None,
        Reason.SESSION_PLACE_SANCTIONED,
        Reason.SESSION_PLACE_SANCTIONED,
        None,
    ]
    ann.facts = replace(ready(), state=AccountState.CLOSED)
    gate.renew(ANN)
    assert [by(place) for place in ("", "IR")] == [Reason.ACCOUNT_CLOSED] * 2
    assert gate.refusal(BOB, ORDERS, NOW, place="CU") is not None, "the operator's accounts, too"


def test_a_change_is_seen_at_the_next_look_up() -> None:
    gate, ann = gate_of(), Person(ready())
    gate.govern(ANN, ann)
    assert reason(gate, ANN) is None
    ann.facts = replace(ann.facts, state=AccountState.FROZEN)
    assert reason(gate, ANN_SUB) is None
    gate.renew(ANN)
    assert reason(gate, ANN_SUB) is Reason.ACCOUNT_FROZEN
    gate.renew(BOB)
    assert reason(gate, BOB) is None


def test_what_ends_by_time_ends_without_an_event() -> None:
    gate = gate_of()
    gate.govern(ANN, Person(ready(holds=(HoldFact("new_device", NOW + DAY),))))
    withdraw = (Capability.MONEY_WITHDRAW,)
    assert gate.refusal(ANN, withdraw, NOW + DAY - 1).reason is Reason.ON_HOLD
    assert gate.refusal(ANN, withdraw, NOW + DAY) is None


def test_a_rule_closes_the_gate_at_its_date() -> None:
    gate, end_of_2021 = gate_of(), 1_640_908_800_000
    gate.govern(ANN, Person(ready("CN")))
    assert reason(gate, ANN, end_of_2021 - 1) is None
    assert reason(gate, ANN, end_of_2021) is Reason.PLACE_CLOSED


def test_an_unanswered_questionnaire_lets_nothing_but_reduce() -> None:
    gate = gate_of()
    gate.govern(ANN, Person(ready(questionnaire_since_ms=NOW)))
    assert reason(gate, ANN, NOW + 14 * DAY - 1) is None
    assert reason(gate, ANN, NOW + 14 * DAY) is Reason.QUESTIONNAIRE_OVERDUE
    assert reason(gate, ANN, NOW + 14 * DAY, reduces=True) is None


def test_reducing_does_not_open_what_is_closed() -> None:
    gate = gate_of()
    gate.govern(ANN, Person(ready("CU", questionnaire_since_ms=1)))
    assert reason(gate, ANN, reduces=True) is Reason.PLACE_SANCTIONED


def test_an_open_gate_refuses_nothing() -> None:
    open_gate: Gatekeeper = OpenGate()
    assert open_gate.refusal(ANN, ORDERS, NOW) is None


@pytest.mark.parametrize("facts", [None, ready(), ready(questionnaire_since_ms=1)], ids=["house", "person", "reducing"])
def test_an_order_pays_less_than_a_microsecond(facts: UserFacts | None) -> None:
    """Measured in the quickest of several runs, so that a busy machine does not decide."""
    gate = gate_of()
    if facts is not None:
        gate.govern(ANN, Person(facts))
    count, best = 20_000, 1.0
    refusal = gate.refusal
    for _ in range(12):
        started = time.perf_counter()
        for _ in range(count):
            refusal(ANN, ORDERS, NOW)
        best = min(best, (time.perf_counter() - started) / count)
    assert best < 1e-6
