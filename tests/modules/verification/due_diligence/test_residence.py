"""A change of residence: what it meets, its review, and steps that survive a crash between any two."""

from datetime import UTC, datetime

import pytest

from lonja.modules.governance.api import ANY_SESSION, Capability
from lonja.modules.identity.api import Agreement, ResidenceChanged, StateChanged, UserState
from lonja.modules.verification.api import DueDiligence, FundsState, PostalAddress, Question, ResidenceState, Step
from lonja.primitives.errors import DataError
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, TERMS
from tests.modules.verification.due_diligence.conftest import Bureau, paper, refused

NEW_HOME = PostalAddress("Calle Mayor 1", "Valencia", "46001", "ES")
STEPS = 7


def hand_in(bureau: Bureau, user_id: int, to_place: str = "ES") -> None:
    residence = bureau.diligence.residence
    residence.begin(user_id, to_place)
    today = datetime.fromtimestamp(bureau.clock() // 1000, UTC).date().isoformat()
    residence.add_paper(user_id, paper("utility_bill", issued_on=today))
    residence.hand_in(user_id, NEW_HOME if to_place == "ES" else _home(to_place), [TERMS.text_hash])


def _home(place: str) -> PostalAddress:
    return PostalAddress("Street 1", "Town", "1", place[:2])


def passed(bureau: Bureau, user_id: int, level: int) -> None:
    for step in tuple(Step)[:level]:
        bureau.levels.pass_step(user_id, step)


def session_of(bureau: Bureau, user_id: int) -> str:
    people = bureau.town.people
    step = people.sign_ins.admit(user_id, "passkey", LAPTOP, bureau.clock())
    assert step.opened is not None
    return step.opened.token


def test_a_whole_move_from_the_list_to_the_new_rules(bureau: Bureau) -> None:
    ann = bureau.person()
    passed(bureau, ann, 3)
    bureau.rights.standings.open_questionnaire(ann, "vpn")
    token = session_of(bureau, ann)
    listed = {each.code: each.blocks for each in bureau.diligence.residence.preflight(ann, "ES")}
    assert listed["verify_again"] is False
    assert listed["entity_changes"] is False
    hand_in(bureau, ann)
    (case_id,) = bureau.cases("residence")
    assert f"residence:{bureau.diligence.residence.find(ann).change_id}.1" in bureau.evidence(case_id)
    bureau.decide("residence", "approved")
    found = bureau.diligence.residence.find(ann)
    assert (found.state, found.steps_done, found.done_ms) == (ResidenceState.DONE, STEPS, bureau.clock())
    facts = bureau.rights.facts(ann)
    assert (facts.residence, facts.kyc_level, facts.questionnaire_since_ms) == ("ES", 1, 0)
    assert bureau.rights.restrictions.of(ann) == []
    assert ResidenceChanged(ann, "ES", bureau.clock()) in bureau.town.facts
    with refused("session_ended"):
        bureau.town.people.session(token, LAPTOP, bureau.clock())
    assert bureau.titles()[-1] == "your residence was changed"
    assert bureau.rights.entitlements(ann, ANY_SESSION).entity == "eea"


class _CrashError(DataError):
    """The machine stops."""


@pytest.mark.parametrize("crash_at", range(STEPS))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_around_any_step_is_gone_on_from(small_bureau: Bureau, crash_at: int, moment: str) -> None:
    bureau = small_bureau
    ann = bureau.person()
    passed(bureau, ann, 2)
    hand_in(bureau, ann)
    steps = list(bureau.diligence.residence._steps)
    real = steps[crash_at]

    def crash(row) -> bool:
        if moment == "after":
            real(row)
        raise _CrashError("The machine stops.")

    steps[crash_at] = crash
    bureau.diligence.residence._steps = tuple(steps)  # type: ignore[misc]
    bureau.decide("residence", "approved")
    stopped = bureau.diligence.residence.find(ann)
    assert (stopped.state, stopped.steps_done) == (ResidenceState.MOVING, crash_at)
    closed = crash_at >= 2 or (crash_at == 1 and moment == "after")
    still_closed = closed and not (crash_at == STEPS - 1 and moment == "after")
    assert bool(bureau.rights.restrictions.of(ann)) == still_closed
    again = bureau.open()
    for _ in range(2):
        again.keep_house()
    assert again.residence.find(ann).state is ResidenceState.DONE
    facts = bureau.rights.facts(ann)
    assert (facts.residence, facts.kyc_level, facts.restrictions) == ("ES", 1, ())
    assert [fact for fact in bureau.town.facts if isinstance(fact, ResidenceChanged) and fact.residence == "ES"] == [
        ResidenceChanged(ann, "ES", bureau.clock())
    ]
    again.close()


def test_while_it_moves_nothing_is_traded_and_nothing_leaves(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    hand_in(small_bureau, ann)
    steps = list(small_bureau.diligence.residence._steps)
    steps[4] = lambda _: False
    small_bureau.diligence.residence._steps = tuple(steps)  # type: ignore[misc]
    small_bureau.decide("residence", "approved")
    told = small_bureau.rights.entitlements(ann, ANY_SESSION)
    assert not any(
        told.allows(name) for name in (Capability.TRADE_SPOT, Capability.MONEY_WITHDRAW, Capability.API_TRADE)
    )


def test_what_blocks_is_named_before_and_stops_an_approved_move_without_closing_the_account(
    small_bureau: Bureau,
) -> None:
    bureau = small_bureau
    ann = bureau.person()
    bureau.rights.holds.place(ann, "case", reference="case:1")
    with refused("residence_hindered"):
        bureau.diligence.residence.begin(ann, "ES")
    bureau.rights.holds.release_reference(ann, "case", "case:1", "staff:1")
    hand_in(bureau, ann)
    bureau.rights.holds.place(ann, "travel_rule", reference="deposit:1", currency="BTC", amount=5)
    bureau.decide("residence", "approved")
    found = bureau.diligence.residence.find(ann)
    assert (found.state, found.steps_done, found.stopped_by) == (ResidenceState.MOVING, 0, ("money_held",))
    assert bureau.rights.restrictions.of(ann) == []
    for _ in range(3):
        bureau.diligence.keep_house()
    assert bureau.titles().count("your change of residence waits for you") == 1
    bureau.rights.holds.release_reference(ann, "travel_rule", "deposit:1", "rules")
    bureau.diligence.keep_house()
    assert bureau.diligence.residence.find(ann).state is ResidenceState.DONE


def test_a_hold_after_a_sensitive_change_goes_along(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    small_bureau.rights.holds.place(ann, "password_changed", reference="fact:99")
    listed = {each.code: each.blocks for each in small_bureau.diligence.residence.preflight(ann, "ES")}
    assert listed["money_held"] is False


def test_products_that_close_at_the_new_place_are_named(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    people = small_bureau.town.people
    passed(small_bureau, ann, 2)
    with people.parts.transaction() as session:
        row = people.parts.users.find(session, ann)
        row.sealed_phone = people.parts.users.seal(row, "phone", "+41790000000")
        row.sealed_authenticator = people.parts.users.seal(row, "authenticator", "x")
    small_bureau.rights.changed(ann)
    found = small_bureau.diligence.residence.preflight(ann, "US")
    closing = [each for each in found if each.code == "product_closes"]
    assert closing
    assert not any(each.blocks for each in closing)


@pytest.mark.parametrize(("place", "code"), [("CU", "residence_closed"), ("CH", "residence_same")])
def test_attack_nobody_moves_to_a_closed_place(small_bureau: Bureau, place: str, code: str) -> None:
    ann = small_bureau.person()
    for attempt in (small_bureau.diligence.residence.preflight, small_bureau.diligence.residence.begin):
        with refused(code):
            attempt(ann, place)


def test_papers_agreements_and_the_address_are_checked(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann, residence = bureau.person(), bureau.diligence.residence
    with refused("change_not_found"):
        residence.hand_in(ann, NEW_HOME, [])
    residence.begin(ann, "ES")
    with refused("agreements_missing"):
        residence.hand_in(ann, NEW_HOME, [])
    with refused("address_elsewhere"):
        residence.hand_in(ann, PostalAddress("Rue 1", "Paris", "75001", "FR"), [TERMS.text_hash])
    with refused("paper_kind"):
        residence.add_paper(ann, paper("envelope"))
    residence.add_paper(ann, paper("utility_bill", "undated"))
    residence.add_paper(ann, paper("utility_bill", "old", issued_on="2023-08-01"))
    with refused("proof_missing"):
        residence.hand_in(ann, NEW_HOME, [TERMS.text_hash])
    residence.add_paper(ann, paper("utility_bill", "new", issued_on="2023-09-01"))
    assert residence.hand_in(ann, NEW_HOME, [TERMS.text_hash]).address == NEW_HOME
    with refused("not_editable"):
        residence.hand_in(ann, NEW_HOME, [TERMS.text_hash])


def test_a_change_can_be_withdrawn_with_its_case_until_it_was_approved(bureau: Bureau) -> None:
    ann, residence = bureau.person(), bureau.diligence.residence
    residence.begin(ann, "ES")
    with refused("change_under_way"):
        residence.begin(ann, "FR")
    handed_in = residence.add_paper(ann, paper("utility_bill"))
    assert residence.withdraw(ann).state is ResidenceState.WITHDRAWN
    with refused("paper_not_found"):  # nobody looked at it, so nothing is kept
        bureau.diligence.read_paper(ann, handed_in.paper_id)
    hand_in(bureau, ann, "FR")
    residence.withdraw(ann)
    assert bureau.cases("residence") == []
    with refused("not_editable"):
        residence.withdraw(ann)
    hand_in(bureau, ann)
    bureau.decide("residence", "refused")
    assert residence.find(ann).state is ResidenceState.REFUSED
    assert bureau.rights.facts(ann).residence == "CH"
    assert bureau.titles()[-1] == "your change of residence was not approved"


def test_changes_are_half_a_year_apart(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann, residence = bureau.person(), bureau.diligence.residence
    hand_in(bureau, ann)
    bureau.decide("residence", "approved")
    with refused("residence_hindered"):
        residence.begin(ann, "FR")
    bureau.wait(days=181)
    hand_in(bureau, ann, "FR")
    bureau.decide("residence", "approved")
    assert bureau.rights.facts(ann).residence == "FR"
    bureau.wait(days=183)
    (blocking,) = [each for each in residence.preflight(ann, "CH") if each.blocks]
    assert blocking.sentence.endswith("from 2024-11-13 again.")  # a year after the first of two
    bureau.wait(days=1)
    assert not any(each.blocks for each in residence.preflight(ann, "CH"))


def test_moving_somebody_twice_keeps_what_was_agreed_once(small_bureau: Bureau) -> None:
    ann, moving = small_bureau.person(), small_bureau.town.people.moving
    texts = [Agreement("terms_eea", "1", "0" * 64, "")]
    assert moving.move(ann, "ES", texts, small_bureau.clock())
    assert not moving.move(ann, "ES", texts, small_bureau.clock())
    assert moving.move(ann, "FR", texts, small_bureau.clock())
    with refused("residence_closed"):
        moving.move(ann, "CU", texts, small_bureau.clock())
    assert small_bureau.town.people.user(ann).residence == "FR"


def test_who_is_gone_keeps_nobody_waiting(bureau: Bureau) -> None:
    ann, bob = bureau.person(), bureau.person("bob@example.com")
    bureau.diligence.funds.ask(ann, Question.FUNDS, reference="r:1", asked_by="staff:1")
    hand_in(bureau, ann)
    bureau.rights.holds.place(ann, "case", reference="case:1")
    bureau.decide("residence", "approved")
    assert bureau.diligence.residence.find(ann).state is ResidenceState.MOVING
    people = bureau.town.people
    with people.parts.transaction() as session:
        people.parts.users.find(session, ann).state = UserState.CLOSED
        people.parts.facts.record(session, StateChanged(ann, None, "closed", "closed", bureau.clock()))
    people.tell_rest()
    hand_in(bureau, bob)
    bureau.decide("residence", "approved")
    bureau.wait(days=20)
    bureau.diligence.keep_house()
    assert bureau.diligence.residence.find(bob).state is ResidenceState.DONE
    assert bureau.diligence.residence.find(ann).state is ResidenceState.WITHDRAWN
    assert [found.state for found in bureau.diligence.funds.of(ann)] == [FundsState.CLOSED]
    assert bureau.titles().count("we still wait for your answer about your money") == 0


def test_another_start_finds_nothing_left_to_do(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    hand_in(small_bureau, ann)
    small_bureau.decide("residence", "approved")
    sent = len(small_bureau.town.post.sent)
    again: DueDiligence = small_bureau.open()
    again.keep_house()
    assert len(small_bureau.town.post.sent) == sent
    assert small_bureau.town.people.user(ann).email.value == EMAIL
    again.close()
