"""The life of a case: opened, taken by one, perhaps asked back, decided once, and closed when all of it has happened."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from lonja.modules.backoffice.api import CaseDecided, CaseState, StaffSession
from lonja.primitives.errors import DataError, RefusedError
from lonja.primitives.instant import HOUR_MS
from tests.modules.backoffice.conftest import (
    ADA,
    ALICE,
    BEN,
    BOB,
    CAL,
    CLEO,
    FIN,
    KAY,
    SAM,
    START_MS,
    SUE,
    Office,
    refused,
)


def taken(office: Office, kind: str, by: StaffSession, user_id: int = ALICE) -> int:
    case = office.back.cases.open(kind, user_id, "please look")
    office.back.cases.take(by, case)
    return case


def state(office: Office, by: StaffSession, case: int) -> CaseState:
    return office.back.cases.read(by, case).state


def test_a_case_from_its_opening_to_its_end(office: Office) -> None:
    told: list[CaseDecided] = []
    cases = office.back.cases
    cases.subscribe("kyc", lambda _, decided: told.append(decided))
    case = cases.open("kyc", ALICE, "Alice Liddell, passport", ["document:1", "document:2"])
    assert state(office, KAY, case) is CaseState.OPEN
    cases.take(KAY, case)
    cases.note(KAY, case, "looks like her sister")
    cases.ask(KAY, case, "a sharper picture, please")
    assert state(office, KAY, case) is CaseState.WAITING_FOR_CUSTOMER
    office.wait(5)
    cases.answer(case, "here it is", ["document:3"])
    assert cases.decide(KAY, case, "approved", "it is her") is None
    found = cases.read(KAY, case)
    assert (found.state, found.decision, found.reason) == (CaseState.CLOSED, "approved", "it is her")
    assert found.evidence == ("document:1", "document:2", "document:3")
    assert [(note.author, note.text) for note in found.notes] == [
        (f"staff:{KAY.user_id}", "looks like her sister"),
        (f"staff:{KAY.user_id}", "a sharper picture, please"),
        (f"user:{ALICE}", "here it is"),
    ]
    assert found.due_ms == START_MS + (24 + 5) * HOUR_MS
    (decided,) = told
    assert (decided.case_id, decided.kind, decided.user_id, decided.decision) == (case, "kyc", ALICE, "approved")
    assert (decided.decided_by, decided.evidence) == (KAY.user_id, found.evidence)
    assert "Liddell" not in repr(found)
    assert "her" not in repr(decided)


def test_every_step_is_in_the_log(office: Office) -> None:
    case = taken(office, "kyc", KAY)
    office.back.cases.read(KAY, case)
    office.back.cases.queue(KAY)
    office.back.cases.decide(KAY, case, "refused", "too blurred")
    about, kay = f"case:{case}", f"staff:{KAY.user_id}"
    assert office.entries() == [
        ("system", "case.open", f"user:{ALICE}", about),
        (kay, "case.take", f"user:{ALICE}", about),
        (kay, "case.read", f"user:{ALICE}", about),
        (kay, "cases.read", "house", ""),
        (kay, "case.decide", f"user:{ALICE}", about),
    ]


def test_nothing_that_people_wrote_is_readable_in_the_database(office: Office, database: Engine) -> None:
    cases = office.back.cases
    case = cases.open("reset", ALICE, "secret one")
    cases.take(SUE, case)
    cases.note(SUE, case, "secret two")
    cases.ask(SUE, case, "secret three")
    cases.answer(case, "secret four")
    proposal = cases.decide(SUE, case, "approved", "secret five")
    assert proposal is not None
    office.back.proposals.approve(SAM, proposal)
    with database.connect() as connection:
        for table in ("cases", "notes", "proposals", "audit", "facts"):
            rows = connection.execute(text(f"SELECT * FROM backoffice_{table}")).all()
            assert all(b"secret" not in bytes(value) for row in rows for value in row if isinstance(value, bytes))
            assert all("secret" not in value for row in rows for value in row if isinstance(value, str))
    assert cases.read(SUE, case).reason == "secret five"
    office.back.forget(ALICE)
    forgotten = cases.read(SUE, case)
    assert {forgotten.summary, forgotten.reason, *(note.text for note in forgotten.notes)} == {"(forgotten)"}


@pytest.mark.parametrize(
    ("open_it", "code"),
    [
        (lambda office: office.back.cases.open("tea", ALICE, "please"), "case_kind_unknown"),
        (lambda office: office.back.cases.open("kyc", ALICE, "x" * 10_001), "text_too_long"),
        (lambda office: office.back.cases.open("kyc", ALICE, "please", ["two\nlines"]), "name_invalid"),
        (lambda office: office.back.cases.open("kyc", ALICE, "please", reference="x" * 81), "name_invalid"),
        (lambda office: office.back.cases.subscribe("tea", lambda number, case: None), "case_kind_unknown"),
        (lambda office: office.back.cases.read(KAY, 9), "case_unknown"),
        (lambda office: office.back.cases.withdraw(9, "gone"), "case_unknown"),
        (lambda office: office.back.cases.queue(KAY, limit=0), "page_invalid"),
    ],
)
def test_bad_input(office: Office, open_it: Callable[[Office], object], code: str) -> None:
    with refused(code):
        open_it(office)


def test_one_case_at_a_time_about_one_thing(office: Office) -> None:
    cases = office.back.cases
    first = cases.open("screening_hit", ALICE, "resembles X", ["hit:1"], reference="ofac:12")
    assert cases.open("screening_hit", ALICE, "again", ["hit:1", "hit:2"], reference="ofac:12") == first
    assert cases.open("screening_hit", BOB, "resembles X", reference="ofac:12") != first
    assert cases.open("screening_hit", ALICE, "resembles Y", reference="ofac:13") != first
    assert cases.read(CAL, first).evidence == ("hit:1", "hit:2")
    cases.take(CAL, first)
    cases.decide(CAL, first, "true_hit", "it is X")
    assert cases.open("screening_hit", ALICE, "once more", reference="ofac:12") != first


def test_of_many_who_open_the_same_at_once_one_opens(office: Office) -> None:
    together = threading.Barrier(4)

    def open_it(number: int) -> int:
        together.wait()
        return office.back.cases.open("kyc", ALICE, f"by {number}", [f"document:{number}"], reference="level:1")

    with ThreadPoolExecutor(4) as pool:
        (case,) = set(pool.map(open_it, range(4)))
    assert set(office.back.cases.read(KAY, case).evidence) == {f"document:{number}" for number in range(4)}


def test_of_many_who_take_at_once_one_has_it(office: Office) -> None:
    case, together = office.back.cases.open("reset", ALICE, "lost phone"), threading.Barrier(4)

    def take(by: StaffSession) -> str:
        together.wait()
        try:
            office.back.cases.take(by, case)
        except RefusedError as error:
            return error.code
        return "taken"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(take, (SUE, SAM, SUE, SAM)))
    assert answers == ["case_taken"] * 3 + ["taken"]


def test_of_many_decisions_at_once_one_counts(office: Office) -> None:
    told: list[str] = []
    office.back.cases.subscribe("kyc", lambda _, case: told.append(case.decision))
    case, together = taken(office, "kyc", KAY), threading.Barrier(3)

    def decide(decision: str) -> str:
        together.wait()
        try:
            office.back.cases.decide(KAY, case, decision, "because")
        except RefusedError as error:
            assert_over(error.code)
            return ""
        return decision

    with ThreadPoolExecutor(3) as pool:
        (decision,) = filter(None, pool.map(decide, ("approved", "refused", "more_needed")))
    office.back.keep_house()
    assert told == [decision] == [office.back.cases.read(KAY, case).decision]


def assert_over(code: str) -> None:
    assert code in ("case_not_open", "case_not_yours")


def test_a_case_is_given_to_another_as_it_was_seen(office: Office) -> None:
    cases = office.back.cases
    case = cases.open("reset", ALICE, "lost phone")
    cases.assign(SUE, case, SAM.user_id, seen=None)
    with refused("case_taken"):
        cases.assign(SUE, case, SUE.user_id, seen=None)
    with refused("case_not_yours"):
        cases.decide(SUE, case, "refused", "no")
    cases.assign(SUE, case, SUE.user_id, seen=SAM.user_id)
    with refused("not_permitted"):
        cases.assign(SUE, case, KAY.user_id, seen=SUE.user_id)
    cases.hand_back(SUE, case)
    found = cases.read(SUE, case)
    assert (found.state, found.assignee) == (CaseState.OPEN, None)


def test_who_waits_for_the_customer_goes_on_waiting_in_other_hands(office: Office) -> None:
    cases, case = office.back.cases, taken(office, "reset", SUE)
    cases.ask(SUE, case, "which phone?")
    with refused("case_not_open"):
        cases.ask(SUE, case, "which one?")
    cases.hand_back(SUE, case)
    assert state(office, SUE, case) is CaseState.WAITING_FOR_CUSTOMER
    cases.take(SAM, case)
    assert state(office, SUE, case) is CaseState.WAITING_FOR_CUSTOMER
    cases.answer(case, "the old one")
    assert state(office, SUE, case) is CaseState.ASSIGNED
    with refused("case_not_waiting"):
        cases.answer(case, "really")


def test_what_the_customer_answered_elsewhere_is_written_down_and_the_case_goes_on(office: Office) -> None:
    cases, case = office.back.cases, taken(office, "reset", SUE)
    with refused("case_not_waiting"):
        cases.write_answer(SUE, case, "the old one")
    due_ms = cases.read(SUE, case).due_ms
    cases.ask(SUE, case, "which phone?")
    office.wait(5)
    with refused("case_not_yours"):
        cases.write_answer(SAM, case, "the old one")
    with refused("reason_required"):
        cases.write_answer(SUE, case, " ")
    cases.write_answer(SUE, case, "by video: the old one")
    found = cases.read(SUE, case)
    assert (found.state, found.notes[-1].author) == (CaseState.ASSIGNED, f"staff:{SUE.user_id}")
    assert found.due_ms > due_ms


def test_four_eyes_decide_a_case_that_nobody_answers(office: Office) -> None:
    cases, case = office.back.cases, taken(office, "reset", SUE)
    cases.ask(SUE, case, "which phone?")
    proposal = cases.decide(SUE, case, "approved", "seen by video")
    assert proposal is not None
    office.back.proposals.approve(SAM, proposal)
    assert cases.read(SUE, case).decision == "approved"


@pytest.mark.parametrize(
    ("by", "decision", "reason", "code"),
    [
        (SAM, "refused", "no", "case_not_yours"),
        (KAY, "refused", "no", "not_permitted"),
        (SUE, "perhaps", "no", "decision_unknown"),
        (SUE, "refused", " ", "reason_required"),
        (SUE, "refused", "x" * 10_001, "text_too_long"),
        (SUE, "approved", "", "reason_required"),
    ],
)
def test_what_is_no_decision(office: Office, by: StaffSession, decision: str, reason: str, code: str) -> None:
    case = taken(office, "reset", SUE)
    with refused(code):
        office.back.cases.decide(by, case, decision, reason)
    assert state(office, SUE, case) is CaseState.ASSIGNED


def test_nobody_sees_takes_or_decides_a_case_about_themselves(office: Office) -> None:
    cases = office.back.cases
    case = cases.open("reset", SUE.user_id, "lost my phone")
    for act in (cases.read, cases.take):
        with refused("conflict_of_interest"):
            act(SUE, case)
    with refused("conflict_of_interest"):
        cases.assign(SAM, case, SUE.user_id, seen=None)
    assert cases.queue(SUE) == ()
    cases.take(SAM, case)
    proposal = cases.decide(SAM, case, "approved", "it is Sue")
    assert proposal is not None
    with refused("conflict_of_interest"):
        office.back.proposals.approve(SUE, proposal)


def test_a_decision_that_needs_two(office: Office) -> None:
    told: list[CaseDecided] = []
    cases = office.back.cases
    cases.subscribe("reset", lambda _, decided: told.append(decided))
    case = taken(office, "reset", SUE)
    proposal = cases.decide(SUE, case, "approved", "proven by call")
    assert proposal is not None
    for act in (lambda: cases.decide(SUE, case, "refused", "no"), lambda: cases.hand_back(SUE, case)):
        with refused("decision_waits"):
            act()
    with refused("second_person_required"):
        office.back.proposals.approve(SUE, proposal)
    assert told == []
    office.back.proposals.approve(CAL, proposal)
    assert [(row.decision, row.reason, row.decided_by) for row in told] == [("approved", "proven by call", SUE.user_id)]
    assert state(office, CAL, case) is CaseState.CLOSED


@pytest.mark.parametrize("how", ["refused", "expired"])
def test_a_decision_that_found_no_second_can_be_made_again(office: Office, how: str) -> None:
    cases, case = office.back.cases, taken(office, "reset", SUE)
    proposal = cases.decide(SUE, case, "approved", "proven by call")
    assert proposal is not None
    if how == "refused":
        office.back.proposals.refuse(SAM, proposal, "call again")
    else:
        office.wait(24)
    assert cases.decide(SUE, case, "refused", "not proven") is None
    assert cases.read(SUE, case).decision == "refused"


def test_a_withdrawn_case_is_decided_no_more(office: Office) -> None:
    cases, case = office.back.cases, taken(office, "reset", SUE)
    proposal = cases.decide(SUE, case, "approved", "proven by call")
    assert proposal is not None
    cases.withdraw(case, "she found her phone")
    with refused("case_not_open"):
        office.back.proposals.approve(SAM, proposal)
    for act in (lambda: cases.take(SAM, case), lambda: cases.withdraw(case, "again")):
        with refused("case_not_open"):
            act()
    assert state(office, SUE, case) is CaseState.CLOSED


def test_a_decided_case_is_closed_when_what_follows_has_happened(office: Office) -> None:
    is_away = True

    def handler(number: int, case: CaseDecided) -> None:
        if is_away:
            raise DataError(f"{number} of {case.case_id} comes too early")

    office.back.cases.subscribe("kyc", handler)
    case = taken(office, "kyc", KAY)
    office.back.cases.decide(KAY, case, "approved", "fine")
    assert state(office, KAY, case) is CaseState.DECIDED
    is_away = False
    office.back.keep_house()
    assert state(office, KAY, case) is CaseState.CLOSED


def test_a_queue_has_what_one_may_work_on_the_first_due_first(office: Office) -> None:
    cases = office.back.cases
    late = cases.open("appeal", ALICE, "unfair")
    hit = cases.open("screening_hit", ALICE, "resembles X")
    kyc = cases.open("kyc", BOB, "passport")
    reset = cases.open("reset", BOB, "lost phone")
    office.wait(1)
    second = cases.open("screening_hit", BOB, "resembles Y")
    queues = {by: [row.case_id for row in cases.queue(by)] for by in (CAL, KAY, SUE, FIN, ADA)}
    assert queues == {CAL: [hit, second, reset, late], KAY: [kyc], SUE: [reset], FIN: [], ADA: []}
    assert [row.case_id for row in cases.queue(CAL, kinds=["appeal", "kyc"])] == [late]
    first = cases.queue(CAL, limit=3)
    rest = cases.queue(CAL, limit=3, after=(first[-1].due_ms, first[-1].case_id))
    assert [row.case_id for row in (*first, *rest)] == queues[CAL]
    cases.take(CAL, hit)
    assert [row.case_id for row in cases.queue(CLEO, states=[CaseState.OPEN])] == [second, reset, late]
    assert [(row.case_id, row.assignee) for row in cases.queue(CLEO, states=[CaseState.ASSIGNED])] == [
        (hit, CAL.user_id)
    ]


PEOPLE = st.sampled_from([SUE, SAM, CAL, KAY, BEN])
STEPS = st.sampled_from(["take", "hand_back", "ask", "answer", "approved", "refused", "approve", "wait"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(STEPS, PEOPLE), max_size=14))
def test_whatever_people_try_a_case_is_decided_once_and_by_two_where_two_are_needed(
    office: Office, steps: list[tuple[str, StaffSession]]
) -> None:
    told: list[CaseDecided] = []
    cases, proposals, approvers = office.back.cases, list[int](), list[StaffSession]()
    case_id = cases.open("reset", ALICE, "lost phone")
    office.back.cases.subscribe("reset", lambda _, row: told.append(row) if row.case_id == case_id else None)
    for step, by in steps:
        try:
            match step:
                case "take" | "hand_back":
                    getattr(cases, step)(by, case_id)
                case "ask":
                    cases.ask(by, case_id, "which?")
                case "answer":
                    cases.answer(case_id, "that")
                case "approve":
                    office.back.proposals.approve(by, proposals[-1] if proposals else 0)
                    approvers.append(by)
                case "wait":
                    office.wait(9)
                case decision:
                    proposals += filter(None, [cases.decide(by, case_id, decision, "because")])
        except RefusedError:
            continue
    assert len(told) <= 1
    for row in told:
        assert row.decision == "refused" or approvers[0].user_id != row.decided_by
    assert (cases.read(SUE, case_id).state is CaseState.CLOSED) == bool(told)
    assert office.back.audit.verify().broken is None
