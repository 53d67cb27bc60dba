"""What is refused when it is stated, and what a document says against what was stated."""

from datetime import date

import pytest

from lonja.modules.verification.document_check import document_name, judge_document, state_of
from lonja.modules.verification.failures import FAILURES, failure_of
from lonja.modules.verification.forms import (
    Address,
    Answers,
    Person,
    age_on,
    check_address,
    check_answers,
    check_person,
)
from lonja.modules.verification.policy import policy_of
from lonja.modules.verification.reading import zones_in
from lonja.primitives.errors import RefusedError
from tests.modules.verification.bureau import RULES, START_MS, passport

TODAY = date(2026, 9, 21)
POLICY = policy_of(RULES, "ES", START_MS)
VALUES = {
    "surname": "Eriksson",
    "given_names": "Anna Maria",
    "birth_date": "1974-08-12",
    "document_kind": "passport",
    "document_country": "ES",
    "document_number": "L898902C3",
    "document_expires": "2030-01-01",
    "residence": "ES",
}
VISA = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<"


def person(**other: str) -> Person:
    return Person(**{**VALUES, **other})


def code_of(act: object) -> str:
    assert callable(act)
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"surname": "Eriks\u0441on"}, "name_invalid"),
        ({"surname": "\u738b"}, "name_invalid"),
        ({"surname": "<script>"}, "name_invalid"),
        ({"surname": ""}, "name_invalid"),
        ({"given_names": "Anna\u202e"}, "name_invalid"),
        ({"birth_date": "12.08.1974"}, "birth_date_invalid"),
        ({"birth_date": "19740812"}, "birth_date_invalid"),
        ({"birth_date": "1774-08-12"}, "birth_date_invalid"),
        ({"birth_date": "2090-08-12"}, "birth_date_invalid"),
        ({"birth_date": "2012-08-12"}, "under_age"),
        ({"residence": "FR"}, "residence_differs"),
        ({"document_kind": "library_card"}, "document_kind_unknown"),
        ({"document_country": "ZZ"}, "country_unknown"),
        ({"document_country": "UTO"}, "country_unknown"),
        ({"document_number": "A'; DROP"}, "document_number_invalid"),
        ({"document_number": ""}, "document_number_invalid"),
        ({"document_expires": "soon"}, "document_expiry_invalid"),
    ],
)
def test_attack_what_cannot_be_is_refused_when_it_is_stated(other: dict[str, str], code: str) -> None:
    check_person(person(), "ES", POLICY, TODAY, with_specimens=False)
    assert code_of(lambda: check_person(person(**other), "ES", POLICY, TODAY, with_specimens=False)) == code


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        (date(2008, 9, 21), date(2026, 9, 21), 18),
        (date(2008, 9, 22), date(2026, 9, 21), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_in_whole_years(born: date, today: date, age: int) -> None:
    assert age_on(born, today) == age


@pytest.mark.parametrize(
    ("other", "failures"),
    [
        ({}, ()),
        ({"surname": "ERICSON"}, ("name_differs",)),
        ({"born": "740813"}, ("birth_date_differs",)),
        ({"number": "L898902C4"}, ("document_number_differs",)),
        ({"issuer": "FRA"}, ("document_country_differs",)),
        ({"issuer": "UTO"}, ("document_specimen", "document_country_differs")),
        ({"expires": "200101"}, ("document_expired",)),
        ({"expires": "290101"}, ("document_expiry_differs",)),
        ({"given": "BERTA", "born": "740101"}, ("name_differs", "birth_date_differs")),
    ],
)
def test_a_passport_against_what_was_stated(other: dict[str, str], failures: tuple[str, ...]) -> None:
    zones = zones_in(passport(person(), **other), TODAY)
    judged = judge_document(zones, person(), POLICY, TODAY, with_specimens=False)
    assert judged.failures == failures
    assert judged.is_certain


def test_a_passport_is_no_card_and_a_visa_no_document() -> None:
    zones = zones_in(passport(person()), TODAY)
    judged = judge_document(zones, person(document_kind="id_card"), POLICY, TODAY, with_specimens=False)
    assert judged.failures == ("document_kind_differs",)
    judged = judge_document(zones_in(VISA, TODAY), person(), POLICY, TODAY, with_specimens=False)
    assert "document_not_taken" in judged.failures


def test_attack_a_second_zone_in_the_picture_goes_to_a_person() -> None:
    other = passport(person(surname="Somebody", document_number="X1234567"))
    zones = zones_in(f"{passport(person())}\n\n{other}", TODAY)
    judged = judge_document(zones, person(), POLICY, TODAY, with_specimens=False)
    assert (len(zones), judged.is_certain, judged.failures) == (2, False, ())


def test_without_a_zone_what_was_stated_still_counts() -> None:
    judged = judge_document((), person(document_expires="2020-01-01"), POLICY, TODAY, with_specimens=False)
    assert (judged.is_certain, judged.failures) == (False, ("document_expired",))


@pytest.mark.parametrize(("code", "state"), [("D", "DE"), ("GBN", "GB"), ("ESP", "ES"), ("UTO", "UTO"), ("QQQ", "")])
def test_codes_of_states(code: str, state: str) -> None:
    assert state_of(code) == state


def test_a_document_is_the_same_however_its_number_is_written() -> None:
    assert document_name(person(document_number="L 898-902.C3")) == document_name(person())
    assert document_name(person(document_country="FR")) != document_name(person())


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (Address("", "1", "City", "utility_bill", "2026-09-01"), "address_invalid"),
        (Address("Street\x00", "1", "City", "utility_bill", "2026-09-01"), "address_invalid"),
        (Address("Street 1", "1", "City", "envelope", "2026-09-01"), "document_kind_unknown"),
        (Address("Street 1", "1", "City", "utility_bill", "2026-06-20"), "proof_too_old"),
        (Address("Street 1", "1", "City", "utility_bill", "2026-09-22"), "proof_too_old"),
    ],
)
def test_a_proof_of_address_is_whole_and_three_months_old_at_most(address: Address, code: str) -> None:
    check_address(Address("Street 1", "1", "City", "utility_bill", "2026-06-21"), POLICY, TODAY)
    assert code_of(lambda: check_address(address, POLICY, TODAY)) == code


def test_only_listed_answers_are_answers() -> None:
    check_answers(Answers("employed", "salary", ("trade",)), POLICY)
    for answers in (
        Answers("spy", "salary", ("trade",)),
        Answers("employed", "salary", ()),
        Answers("employed", "salary", ("trade", "trade")),
    ):
        assert code_of(lambda given=answers: check_answers(given, POLICY)) == "answer_unknown"


def test_every_failure_has_a_remedy_and_tells_of_no_list() -> None:
    for code, failure in FAILURES.items():
        assert failure.message.endswith("."), code
        assert failure.remedy.endswith("."), code
        assert not {"sanction", "list of", "screen", "suspect"} & set(failure.message.lower().split()), code
    assert failure_of("name_differs: he is called Bob") == "name_differs"
    assert failure_of("camera_denied") == failure_of("whatever") == failure_of("") == "not_accepted"
