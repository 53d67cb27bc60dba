"""Nobody is two people: acts by two accounts of one person, on one's own accounts, and what one may do alone."""

from lonja.modules.backoffice.api import CaseDecided, ProposalState, StaffClient
from tests.modules.backoffice.conftest import ADA, ALICE, BEN, BOB, CAL, CLEO, KAY, SAM, SUE, Office, refused


def sign_in(office: Office, user_id: int, device: str) -> None:
    client = StaffClient("10.0.0.7", "Firefox", device)
    office.back.sessions.open(office.back.sessions.begin(user_id, client), client)


def test_self_approval_by_a_second_account_that_was_noted(office: Office) -> None:
    office.back.staff.note_own_account(CAL.user_id, CLEO.user_id)
    proposal = office.back.proposals.propose(CAL, "restriction.lift", ALICE, "mistaken", {"restriction": "1"})
    with refused("same_person"):
        office.back.proposals.approve(CLEO, proposal)


def test_self_approval_by_a_second_account_on_the_same_device(office: Office) -> None:
    proposal = office.back.proposals.propose(ADA, "staff.grant", BOB, "a friend", {"role": "finance"})
    sign_in(office, ADA.user_id, "laptop")
    sign_in(office, BEN.user_id, "laptop")
    with refused("same_person"):
        office.back.proposals.approve(BEN, proposal)


def test_two_people_on_two_devices(office: Office) -> None:
    proposal = office.back.proposals.propose(ADA, "staff.grant", BOB, "hired", {"role": "finance"})
    sign_in(office, ADA.user_id, "laptop")
    sign_in(office, BEN.user_id, "another laptop")
    office.back.proposals.approve(BEN, proposal)
    assert office.back.staff.roles(BOB) == {"finance"}


def test_nobody_decides_about_their_own_customer_account(office: Office) -> None:
    office.back.staff.note_own_account(KAY.user_id, ALICE)
    case = office.back.cases.open("kyc", ALICE, "documents")
    for attempt in (
        lambda: office.back.cases.take(KAY, case),
        lambda: office.back.cases.read(KAY, case),
        lambda: office.back.record(KAY, "customer.read", ALICE),
    ):
        with refused("conflict_of_interest"):
            attempt()
    assert office.back.cases.queue(KAY) == ()


def test_what_belongs_together_goes_together_over_several_steps(office: Office) -> None:
    note = office.back.staff.note_own_account
    note(CAL.user_id, ALICE)
    note(CLEO.user_id, BOB)
    note(ALICE, BOB)
    proposal = office.back.proposals.propose(CAL, "restriction.place", 999, "court", {"kind": "a", "reference": "b"})
    with refused("same_person"):
        office.back.proposals.approve(CLEO, proposal)


def test_what_protects_is_done_alone_by_whom_the_rules_name(office: Office) -> None:
    done: list[int | None] = []
    office.back.proposals.subscribe("account.freeze", lambda _, act: done.append(act.user_id))
    proposal = office.back.proposals.propose(SUE, "account.freeze", ALICE, "a trojan")
    assert done == [ALICE]
    assert office.back.proposals.proposal(SAM, proposal).state is ProposalState.APPROVED
    with refused("not_permitted"):
        office.back.proposals.propose(KAY, "account.freeze", ALICE, "a trojan")
    with refused("conflict_of_interest"):
        office.back.proposals.propose(SUE, "account.freeze", SUE.user_id, "a trojan")


def test_a_person_sees_questions_and_answers_but_no_notes_of_colleagues(office: Office) -> None:
    cases = office.back.cases
    case = cases.open("appeal", ALICE, "I did nothing", ("restriction:1",))
    cases.take(CAL, case)
    cases.note(CAL, case, "looks like a mule")
    cases.ask(CAL, case, "Whose card was it?")
    cases.answer(case, "My own")
    (seen,) = cases.of_person(ALICE, "appeal")
    assert [(note.kind, note.text) for note in seen.notes] == [("question", "Whose card was it?"), ("answer", "My own")]
    assert cases.of_person(BOB, "appeal") == ()


def test_nobody_warns_whom_sanctions_are_about(office: Office) -> None:
    case = office.back.cases.open("screening_hit", ALICE, "resembles an entry", ("hit:1",))
    office.back.cases.take(CAL, case)
    with refused("case_silent"):
        office.back.cases.ask(CAL, case, "Are you the person on the list?")
    office.back.cases.note(CAL, case, "another birth date")


def test_queues_are_counted(office: Office) -> None:
    cases = office.back.cases
    mine = cases.open("appeal", ALICE, "one")
    cases.open("appeal", BOB, "two")
    cases.take(CAL, mine)
    office.wait(241)
    counted = {row.kind: (row.pending, row.unassigned, row.overdue, row.mine) for row in cases.counts(CAL)}
    assert counted["appeal"] == (2, 1, 2, 1)
    assert "kyc" not in counted, "nobody counts what is not theirs to work on"


def test_evidence_is_read_through_a_case_that_names_it(office: Office) -> None:
    decided: list[CaseDecided] = []
    office.back.cases.subscribe("kyc", lambda _, case: decided.append(case))
    case = office.back.cases.open("kyc", ALICE, "documents", ("document:1",))
    office.back.cases.note_evidence_read(KAY, case, "document:1")
    with refused("evidence_unknown"):
        office.back.cases.note_evidence_read(KAY, case, "document:2")
    with refused("not_permitted"):
        office.back.cases.note_evidence_read(SUE, case, "document:1")
    with refused("evidence_unknown"):
        office.back.evidence.read(KAY, case, "document:1")
    actions = [action for _, action, _, _ in office.entries()]
    assert actions.count("evidence.read") == 2
    assert actions.count("evidence.read.refused") == 2
