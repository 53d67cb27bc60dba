"""Who is staff: two administrators at the start, then only by two people, each with a passkey."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lonja.modules.backoffice.api import StaffSession
from lonja.primitives.errors import RefusedError
from tests.modules.backoffice.conftest import ADA, ALICE, BEN, CAL, KAY, SAM, SUE, Office, refused

NEW = StaffSession(50, signed_in_with_passkey=True)


def grant(office: Office, user_id: int, role: str) -> None:
    proposal = office.back.proposals.propose(ADA, "staff.grant", user_id, "joins us", {"role": role})
    office.back.proposals.approve(BEN, proposal)


def test_the_first_administrators_need_no_approval_until_there_are_two(unstaffed: Office) -> None:
    staff = unstaffed.back.staff
    staff.make_first(1)
    staff.make_first(1)
    staff.make_first(2, ["admin", "compliance"])
    staff.make_first(2, ["compliance"])
    with refused("administrators_exist"):
        staff.make_first(3)
    assert [(member.user_id, member.roles) for member in staff.members(ADA)] == [
        (1, frozenset({"admin"})),
        (2, frozenset({"admin", "compliance"})),
    ]
    assert unstaffed.back.audit.verify().entries == 3


def test_only_two_of_many_at_once_become_first_administrators(unstaffed: Office) -> None:
    together = threading.Barrier(4)

    def become(user_id: int) -> bool:
        together.wait()
        try:
            unstaffed.back.staff.make_first(user_id)
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(become, range(1, 5))) == 2


def test_a_role_that_does_not_exist(office: Office) -> None:
    with refused("role_unknown"):
        office.back.staff.make_first(9, ["king"])
    with refused("role_unknown"):
        office.back.proposals.propose(ADA, "staff.grant", 9, "why not", {"role": "king"})


def test_a_role_is_granted_by_two_and_taken_by_two(office: Office) -> None:
    grant(office, NEW.user_id, "security")
    assert office.back.staff.roles(NEW.user_id) == {"security"}
    with refused("role_held"):
        office.back.proposals.propose(ADA, "staff.grant", NEW.user_id, "again", {"role": "security"})
    case = office.back.cases.open("reset", ALICE, "lost phone")
    office.back.cases.take(NEW, case)
    removal = office.back.proposals.propose(SUE, "staff.remove", NEW.user_id, "leaves", {"role": "security"})
    office.back.proposals.approve(ADA, removal)
    assert office.back.staff.roles(NEW.user_id) == set()
    assert office.back.cases.read(SUE, case).assignee is None
    with refused("staff_only"):
        office.back.cases.take(NEW, case)
    with refused("role_not_held"):
        office.back.proposals.propose(ADA, "staff.remove", NEW.user_id, "again", {"role": "security"})


def test_two_administrators_remain(office: Office) -> None:
    proposals = office.back.proposals
    removal = proposals.propose(SUE, "staff.remove", BEN.user_id, "leaves", {"role": "admin"})
    with refused("administrators_needed"):
        proposals.approve(ADA, removal)
    grant(office, CAL.user_id, "admin")
    proposals.approve(ADA, removal)
    assert office.back.staff.roles(BEN.user_id) == set()


def test_nobody_grants_or_takes_roles_of_their_own(office: Office) -> None:
    with refused("conflict_of_interest"):
        office.back.proposals.propose(ADA, "staff.grant", ADA.user_id, "more", {"role": "finance"})
    mine = office.back.proposals.propose(ADA, "staff.grant", BEN.user_id, "more", {"role": "finance"})
    with refused("conflict_of_interest"):
        office.back.proposals.approve(BEN, mine)


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (StaffSession(SUE.user_id, signed_in_with_passkey=False), "passkey_required"),
        (NEW, "staff_only"),
        (StaffSession(NEW.user_id, signed_in_with_passkey=False), "staff_only"),
        (KAY, "not_permitted"),
        (StaffSession(ALICE, signed_in_with_passkey=True), "conflict_of_interest"),
    ],
)
def test_who_may_not_read_a_case_leaves_a_trace(office: Office, by: StaffSession, code: str) -> None:
    grant(office, ALICE, "security")
    case = office.back.cases.open("reset", ALICE, "lost phone")
    with refused(code):
        office.back.cases.read(by, case)
    entry = office.back.read_audit(CAL, actor=f"staff:{by.user_id}")[0]
    assert (entry.action, entry.detail) == ("case.read.refused", {"code": code})


@pytest.mark.parametrize(
    ("by", "action", "user_id", "code"),
    [
        (KAY, "document.read", ALICE, ""),
        (SUE, "document.read", ALICE, "not_permitted"),
        (KAY, "world.end", ALICE, "not_permitted"),
        (KAY, "document.read", KAY.user_id, "conflict_of_interest"),
        (SAM, "sessions.end", ALICE, ""),
    ],
)
def test_reads_elsewhere_are_permitted_by_role_and_written_down(
    office: Office, by: StaffSession, action: str, user_id: int, code: str
) -> None:
    if code:
        with refused(code):
            office.back.record(by, action, user_id, {"document": "7"})
        return
    office.back.record(by, action, user_id, {"document": "7"})
    entry = office.back.read_audit(CAL)[0]
    assert (entry.actor, entry.action, entry.subject) == (f"staff:{by.user_id}", action, f"user:{user_id}")
    assert entry.detail == {"document": "7"}


def test_only_administrators_see_who_is_staff(office: Office) -> None:
    with refused("not_permitted"):
        office.back.staff.members(KAY)
    assert len(office.back.staff.members(ADA)) == 8
