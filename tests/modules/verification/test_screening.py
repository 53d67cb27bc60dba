"""Screening of people: at once when they state a name, every night, and what follows from a hit."""

import pytest
from sqlalchemy import update

from lonja.modules.backoffice.api import CaseState
from lonja.modules.governance.api import ANY_SESSION, Capability, Effect
from lonja.modules.verification import verification
from lonja.modules.verification.api import Part, lists_of
from lonja.modules.verification.matching import Matcher
from lonja.modules.verification.tables import ApplicantRow
from lonja.primitives.errors import DataCorruptError, LonjaError
from lonja.primitives.instant import DAY_MS, HOUR_MS
from tests.modules.verification.bureau import ANN, BOB, CAL, CLEO, LISTED, Bureau
from tests.modules.verification.conftest import Opens

OTHER = lists_of({"sdn.csv": '90002,"LINDQVIST, Greta",individual,TEST,-0-,-0-,-0-,-0-,-0-,-0-,-0-,DOB 1981.\n'})


@pytest.fixture
def listed(open_bureau: Opens) -> Bureau:
    return open_bureau(lists=LISTED)


def test_a_stated_name_is_screened_before_anything_is_handed_in(listed: Bureau) -> None:
    listed.applications.state_person(ANN, listed.person())
    listed.verification.keep_house()
    listed.verification.keep_house()
    assert len(listed.queue("screening_hit")) == 1
    case = listed.office.cases.read(CAL, listed.queue("screening_hit")[0])
    values = listed.office.evidence.read(CAL, case.case_id, case.evidence[0]).values
    assert values["stated_name"] == "Anna Maria Eriksson"
    assert (values["entry"], values["listed_names"], values["score"]) == ("sdn:90001", "ERIKSSON, Anna Maria", "100")


def test_a_false_hit_is_asked_once_and_again_when_another_name_is_stated(listed: Bureau) -> None:
    listed.applications.state_person(ANN, listed.person())
    listed.verification.keep_house()
    listed.decide("screening_hit", "false_hit")
    listed.wait()
    listed.verification.keep_house()
    assert listed.queue("screening_hit") == []
    listed.applications.state_person(ANN, listed.person(birth_date="1974-08-13"))
    listed.verification.keep_house()
    assert len(listed.queue("screening_hit")) == 1


def test_one_person_of_staff_alone_clears_nobody(listed: Bureau) -> None:
    listed.verify()
    case = listed.queue("screening_hit")[0]
    listed.office.cases.take(CAL, case)
    assert listed.office.cases.decide(CAL, case, "false_hit", "Another birth date.") is not None
    listed.verification.keep_house()
    assert (listed.state(), listed.level()) == ("in_review", 0)


def test_a_true_hit_closes_trade_and_the_person_is_told_of_a_review_only(listed: Bureau) -> None:
    listed.verify()
    listed.decide("screening_hit", "true_hit")
    assert (listed.state(), listed.level(), listed.failures()) == ("in_review", 0, ())
    assert listed.persons.told == []
    decision = listed.rights.entitlements(ANN, ANY_SESSION).decisions[Capability.TRADE_SPOT]
    assert (decision.effect, decision.reason) == (Effect.DENY, "restricted")
    for word in ("sanction", "list", "hit", "OFAC", "screen"):
        assert word not in decision.sentence


def test_everybody_is_screened_every_night_at_its_hour(open_bureau: Opens) -> None:
    bureau = open_bureau()
    bureau.verify(ANN)
    bureau.verify(
        BOB,
        bureau.person(surname="Lindqvist", given_names="Greta", birth_date="1981-03-04", document_number="C1234567"),
    )
    night_ms = bureau.now_ms // DAY_MS * DAY_MS + DAY_MS + 2 * HOUR_MS
    for now_ms, screened in ((night_ms - 1, 0), (night_ms, 2), (night_ms + HOUR_MS, 0), (night_ms + DAY_MS, 2)):
        bureau.now_ms = now_ms
        assert bureau.verification.screening.screen_due(10) == screened


def test_a_night_s_work_is_done_in_portions_between_applications(
    open_bureau: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau, asked = open_bureau(), list[bool]()
    monkeypatch.setattr(verification, "PEOPLE_AT_ONCE", 1)
    for user_id in (ANN, BOB):
        bureau.applications.state_person(user_id, bureau.person(document_number=f"N{user_id}"))
    bureau.applications.wake = lambda: asked.append(True)
    for times in (1, 2, 2):
        bureau.verification.keep_house()
        assert len(asked) == times


def test_a_new_list_finds_who_was_clear_and_takes_nothing_away_by_itself(open_bureau: Opens) -> None:
    bureau = open_bureau(lists=OTHER)
    bureau.verify(ANN)
    bureau.verification.screening.use(LISTED)
    told = list(bureau.persons.told)
    bureau.verification.keep_house()
    assert len(bureau.queue("screening_hit")) == 1
    assert (bureau.level(), bureau.persons.told) == (1, told)


def test_a_hit_found_while_it_is_looked_at_holds_the_approval_back(open_bureau: Opens) -> None:
    bureau = open_bureau()
    bureau.apply()
    bureau.verification.screening.use(LISTED)
    bureau.verification.keep_house()
    bureau.decide("liveness", "matched")
    assert (bureau.state(), bureau.level()) == ("in_review", 0)
    bureau.decide("screening_hit", "false_hit")
    assert (bureau.state(), bureau.level()) == ("verified", 1)


def test_a_crash_between_a_hit_and_its_case_leaves_no_hit_without_one(
    listed: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise LonjaError("The disk is full.")

    listed.applications.state_person(ANN, listed.person())
    with monkeypatch.context() as broken:
        broken.setattr(listed.office.cases, "open", full)
        with pytest.raises(LonjaError):
            listed.verification.keep_house()
        assert listed.queue("screening_hit") == []
    listed.verification.keep_house()
    assert len(listed.queue("screening_hit")) == 1


def test_a_reviewer_of_documents_sees_no_hits(listed: Bureau) -> None:
    listed.fill()
    listed.reader.text = None
    listed.applications.submit(ANN, Part.IDENTITY)
    listed.verification.keep_house()
    kinds = {case.kind for case in listed.office.cases.queue(CLEO, states=(CaseState.OPEN,))}
    assert kinds == {"screening_hit"}
    assert len(listed.queue("kyc")) == 1


def test_one_whose_row_is_damaged_keeps_nobody_else_from_being_screened(listed: Bureau) -> None:
    listed.applications.state_person(BOB, listed.person(document_number="B1234567"))
    listed.applications.state_person(ANN, listed.person())
    with listed.database.begin() as connection:
        damaged = update(ApplicantRow).where(ApplicantRow.user_id == BOB).values(sealed_person=b"x" * 40)
        connection.execute(damaged)
    with pytest.raises(DataCorruptError):
        listed.verification.screening.screen(BOB)
    listed.verification.keep_house()
    assert [case.user_id for case in listed.office.cases.queue(CAL)] == [ANN]


def test_attack_no_request_touches_the_lists_so_none_takes_longer_for_a_listed_name(
    listed: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched(*_: object) -> tuple[()]:
        raise AssertionError("a request looked into the lists")

    with monkeypatch.context() as guarded:
        guarded.setattr(Matcher, "find", touched)
        guarded.setattr(listed.office.cases, "open", touched)
        listed.fill()
        listed.applications.submit(ANN, Part.IDENTITY)
        assert listed.applications.view(ANN).parts[0].state == "in_review"
    listed.verification.keep_house()
    assert len(listed.queue("screening_hit")) == 1
