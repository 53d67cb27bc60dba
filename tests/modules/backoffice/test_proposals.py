"""What hurts most is done by two: proposed by one, approved by another, in time, once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lonja.modules.backoffice.api import Proposal, ProposalState, StaffSession
from lonja.primitives.errors import DataError, RefusedError
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
    SUE,
    Office,
    refused,
)


def propose(office: Office, user_id: int = ALICE) -> int:
    return office.back.proposals.propose(SUE, "factor.reset", user_id, "lost her phone", {"factor": "phone"})


def test_an_approved_act_is_told_with_all_that_it_needs(office: Office) -> None:
    told: list[tuple[int, Proposal]] = []
    office.back.proposals.subscribe("factor.reset", lambda number, act: told.append((number, act)))
    proposal = propose(office)
    assert told == []
    office.back.proposals.approve(SAM, proposal)
    ((_, act),) = told
    assert (act.proposal_id, act.act, act.user_id, act.values) == (proposal, "factor.reset", ALICE, {"factor": "phone"})
    assert (act.proposed_by, act.answered_by, act.state) == (SUE.user_id, SAM.user_id, ProposalState.APPROVED)
    assert act.reason == "lost her phone"
    assert "phone" not in repr(act)
    assert [entry[1] for entry in office.entries()][:2] == ["factor.reset.propose", "proposal.approve"]


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (SUE, "second_person_required"),
        (KAY, "not_permitted"),
        (FIN, "not_permitted"),
        (StaffSession(SAM.user_id, signed_in_with_passkey=False), "passkey_required"),
        (StaffSession(77, signed_in_with_passkey=True), "staff_only"),
    ],
)
def test_who_may_not_approve(office: Office, by: StaffSession, code: str) -> None:
    proposal = propose(office)
    with refused(code):
        office.back.proposals.approve(by, proposal)
    assert office.back.proposals.proposal(SAM, proposal).state is ProposalState.WAITING


@pytest.mark.parametrize(
    ("by", "act", "values", "reason", "code"),
    [
        (KAY, "factor.reset", {"factor": "phone"}, "lost", "not_permitted"),
        (SUE, "factor.reset", {}, "lost", "act_incomplete"),
        (SUE, "factor.reset", {"factor": ""}, "lost", "act_incomplete"),
        (SUE, "factor.reset", {"factor": "phone", "and": "more"}, "lost", "act_incomplete"),
        (SUE, "factor.reset", {"factor": "phone"}, "  ", "reason_required"),
        (SUE, "factor.reset", {"factor": "phone"}, "x" * 10_001, "text_too_long"),
        (SUE, "world.end", {}, "bored", "act_unknown"),
        (KAY, "decide.kyc", {"decision": "approved"}, "past the case", "act_unknown"),
        (SUE, "decide.reset", {"decision": "approved"}, "past the case", "act_unknown"),
    ],
)
def test_what_cannot_be_proposed(
    office: Office, by: StaffSession, act: str, values: dict[str, str], reason: str, code: str
) -> None:
    with refused(code):
        office.back.proposals.propose(by, act, ALICE, reason, values)
    assert office.back.audit.verify().entries == 1


def test_nobody_acts_upon_themselves(office: Office) -> None:
    with refused("conflict_of_interest"):
        propose(office, SUE.user_id)
    about_sam = propose(office, SAM.user_id)
    with refused("conflict_of_interest"):
        office.back.proposals.approve(SAM, about_sam)


def test_the_same_thing_is_proposed_once_at_a_time(office: Office) -> None:
    first = propose(office)
    with refused("already_proposed"):
        office.back.proposals.propose(SAM, "factor.reset", ALICE, "me too", {"factor": "phone"})
    other = office.back.proposals.propose(SAM, "factor.reset", ALICE, "this too", {"factor": "email"})
    office.back.proposals.refuse(SAM, first, "she found it")
    assert len({first, other, propose(office)}) == 3


def test_a_refused_one_is_over(office: Office) -> None:
    proposal = propose(office)
    with refused("reason_required"):
        office.back.proposals.refuse(SAM, proposal, "")
    office.back.proposals.refuse(SAM, proposal, "not proven")
    for answer in (office.back.proposals.approve, lambda by, number: office.back.proposals.refuse(by, number, "no")):
        with refused("proposal_answered"):
            answer(SAM, proposal)
    assert office.back.proposals.proposal(SUE, proposal).state is ProposalState.REFUSED


def test_whoever_proposed_may_withdraw(office: Office) -> None:
    proposal = propose(office)
    with refused("not_permitted"):
        office.back.proposals.refuse(KAY, proposal, "no")
    office.back.proposals.refuse(SUE, proposal, "my mistake")
    assert office.back.proposals.proposal(SUE, proposal).answered_by == SUE.user_id


@pytest.mark.parametrize(("hours", "state"), [(23, ProposalState.APPROVED), (24, ProposalState.EXPIRED)])
def test_an_approval_has_its_time(office: Office, hours: int, state: ProposalState) -> None:
    proposal = propose(office)
    office.wait(hours)
    if state is ProposalState.EXPIRED:
        with refused("proposal_expired"):
            office.back.proposals.approve(SAM, proposal)
        assert ("system", "factor.reset.expire", f"user:{ALICE}", "") in office.entries()
        assert propose(office) != proposal
    else:
        office.back.proposals.approve(SAM, proposal)
    assert office.back.proposals.proposal(SAM, proposal).state is state


def test_who_lost_the_role_meanwhile_has_proposed_nothing(office: Office) -> None:
    proposal = propose(office)
    removal = office.back.proposals.propose(ADA, "staff.remove", SUE.user_id, "leaves", {"role": "security"})
    office.back.proposals.approve(BEN, removal)
    with refused("proposer_without_role"):
        office.back.proposals.approve(SAM, proposal)


def test_what_waits_for_one_leaves_out_what_they_may_not_answer(office: Office) -> None:
    reset, about_cal = propose(office), propose(office, CAL.user_id)
    release = office.back.proposals.propose(CAL, "hold.release", BOB, "proven", {"hold": "3"})
    waiting = {
        by: [proposal.proposal_id for proposal in office.back.proposals.waiting(by)]
        for by in (SUE, SAM, CAL, CLEO, KAY)
    }
    assert waiting == {
        SUE: [release],
        SAM: [reset, about_cal, release],
        CAL: [reset],
        CLEO: [reset, about_cal, release],
        KAY: [],
    }
    assert [row.proposal_id for row in office.back.proposals.waiting(CLEO, after=reset, limit=1)] == [about_cal]


def test_a_proposal_is_read_by_those_it_concerns_only(office: Office) -> None:
    proposal = propose(office)
    with refused("not_permitted"):
        office.back.proposals.proposal(KAY, proposal)
    with refused("proposal_unknown"):
        office.back.proposals.proposal(SUE, proposal + 1)


def test_of_many_who_answer_at_once_one_succeeds(office: Office) -> None:
    told: list[int] = []
    office.back.proposals.subscribe("factor.reset", lambda _, act: told.append(act.proposal_id))
    proposal, together = propose(office), threading.Barrier(4)

    def answer(by: StaffSession) -> str:
        together.wait()
        try:
            office.back.proposals.approve(by, proposal)
        except RefusedError as error:
            return error.code
        return "approved"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(answer, (SAM, CAL, CLEO, SAM)))
    assert answers == ["approved", *["proposal_answered"] * 3]
    office.back.keep_house()
    assert told == [proposal]
    assert office.back.audit.verify().broken is None


def test_a_fact_that_was_not_taken_is_told_again_and_others_are_not_kept_waiting(office: Office) -> None:
    told: list[tuple[str, int, int | None]] = []
    is_broken = True

    def reset(number: int, act: Proposal) -> None:
        if is_broken:
            raise DataError("identity is away")
        told.append(("reset", number, act.user_id))

    office.back.proposals.subscribe("factor.reset", reset)
    office.back.proposals.subscribe("hold.release", lambda number, act: told.append(("hold", number, act.user_id)))
    for user_id in (ALICE, BOB):
        office.back.proposals.approve(SAM, propose(office, user_id))
    release = office.back.proposals.propose(CAL, "hold.release", BOB, "proven", {"hold": "3"})
    office.back.proposals.approve(CLEO, release)
    assert [row[::2] for row in told] == [("hold", BOB)]
    is_broken = False
    office.back.keep_house()
    office.back.keep_house()
    assert [row[::2] for row in told] == [("hold", BOB), ("reset", ALICE), ("reset", BOB)]


def test_facts_outlive_a_crash(office: Office) -> None:
    def away(number: int, act: Proposal) -> None:
        raise DataError(f"cannot take {number} of {act.act}")

    office.back.proposals.subscribe("factor.reset", away)
    proposal = propose(office)
    office.back.proposals.approve(SAM, proposal)
    again, told = Office(office.url, office.box), list[int]()
    again.back.proposals.subscribe("factor.reset", lambda _, act: told.append(act.proposal_id))
    again.back.keep_house()
    again.back.close()
    assert told == [proposal]


def test_who_listens_may_act_in_turn(office: Office) -> None:
    told: list[str] = []

    def reset(_: int, act: Proposal) -> None:
        told.append(act.act)
        if len(told) == 1:
            release = office.back.proposals.propose(CAL, "hold.release", BOB, "follows", {"hold": "3"})
            office.back.proposals.approve(CLEO, release)

    office.back.proposals.subscribe("factor.reset", reset)
    office.back.proposals.subscribe("hold.release", lambda _, act: told.append(act.act))
    office.back.proposals.approve(SAM, propose(office))
    assert told == ["factor.reset", "hold.release"]


def test_an_act_nobody_knows_has_no_listeners(office: Office) -> None:
    with refused("act_unknown"):
        office.back.proposals.subscribe("world.end", lambda number, act: None)


def test_ones_own_proposals_are_told_page_by_page(office: Office) -> None:
    made = [propose(office, user_id) for user_id in (ALICE, BOB)]
    own = office.back.proposals.own
    first = [found.proposal_id for found in own(SUE, limit=1)]
    assert first == [made[1]]
    assert [found.proposal_id for found in own(SUE, before=first[-1], limit=1)] == [made[0]]
    assert own(SAM, before=first[0]) == ()
