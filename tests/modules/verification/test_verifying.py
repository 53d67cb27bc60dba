"""A person's verification from the first form to the level, and everything that can come in between."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from lonja.modules.verification.api import Address, Neighbors, Part, Verification
from lonja.modules.verification.tables import UploadRow
from lonja.primitives.errors import LonjaError, RefusedError
from lonja.primitives.instant import DAY_MS
from tests.modules.verification.bureau import ANN, ANSWERS, BOB, KAY, LISTED, NO_LISTS, Bureau, passport, picture
from tests.modules.verification.conftest import Opens


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    return pytest.raises(RefusedError, check=lambda error: error.code == code)


def test_a_person_passes_when_the_zone_fits_and_a_reviewer_knows_the_face(bureau: Bureau) -> None:
    bureau.apply()
    assert (bureau.state(), bureau.level(), bureau.queue("kyc")) == ("in_review", 0, [])
    bureau.decide("liveness", "matched")
    assert (bureau.state(), bureau.level()) == ("verified", 1)
    assert bureau.persons.told == [(ANN, "verification_approved", {"part": "identity"})]


def test_an_application_is_left_and_gone_on_with(bureau: Bureau) -> None:
    def missing() -> tuple[str, ...]:
        return bureau.applications.view(ANN).parts[0].missing

    assert missing() == ("person", "answers", "document_front", "face")
    bureau.applications.state_person(ANN, bureau.person(document_kind="id_card"))
    assert missing() == ("answers", "document_front", "document_back", "face")
    with refused("steps_missing"):
        bureau.applications.submit(ANN, Part.IDENTITY)
    bureau.applications.hand_in(ANN, "document_front", picture())
    again = bureau.open()
    assert again.applications.view(ANN).parts[0].missing == ("answers", "document_back", "face")
    bureau.applications.take_out(ANN, "document_front")
    assert "document_front" in missing()
    with refused("upload_not_found"):
        bureau.applications.take_out(ANN, "document_front")


def test_what_does_not_fit_is_refused_with_its_remedy(bureau: Bureau) -> None:
    bureau.apply(zone=passport(bureau.person(), surname="ERICSON"))
    assert (bureau.state(), bureau.level(), bureau.failures()) == ("refused", 0, ("name_differs",))
    user_id, template, values = bureau.persons.told[-1]
    assert (user_id, template) == (ANN, "verification_refused")
    assert values["remedy"] == "State it as the document has it, letter by letter."
    assert bureau.queue("liveness") == []


UNREAD = [None, "nothing like a zone", "two zones"]


@pytest.mark.parametrize("zone", UNREAD, ids=["not-read", "no-zone", "two-zones"])
def test_what_a_machine_cannot_read_for_certain_a_reviewer_looks_at(bureau: Bureau, zone: str | None) -> None:
    if zone == "two zones":
        other = passport(bureau.person(surname="Somebody", document_number="X1234567"))
        zone = f"{passport(bureau.person())}\n\n{other}"
    bureau.apply(zone=zone)
    bureau.decide("liveness", "matched")
    assert (bureau.state(), bureau.level()) == ("in_review", 0)
    bureau.decide("kyc", "approved")
    assert (bureau.state(), bureau.level()) == ("verified", 1)


class Vendor:
    """A vendor that knows every face, or that it is another."""

    told = ("vendor", "A service compares your face with the document.")

    def __init__(self, *, is_same: bool) -> None:
        self.is_same = is_same

    def compare(self, document: bytes, face: bytes) -> bool:
        assert document != face
        return self.is_same


@pytest.mark.parametrize(("is_same", "state"), [(True, "verified"), (False, "refused")])
def test_a_vendor_may_compare_faces_instead_of_staff(bureau: Bureau, *, is_same: bool, state: str) -> None:
    neighbors = Neighbors(bureau.rights, bureau.office, bureau.persons, bureau.reader, Vendor(is_same=is_same))
    bureau.verification = Verification(bureau.database, bureau.box, bureau.clock, neighbors, NO_LISTS)
    bureau.applications = bureau.verification.applications
    bureau.apply()
    assert (bureau.state(), bureau.queue("liveness")) == (state, [])
    assert bureau.failures() == (() if is_same else ("face_differs",))


@pytest.mark.parametrize(
    ("kind", "decision", "reason", "failure"),
    [
        ("kyc", "refused", "picture_cropped: a corner is missing", "picture_cropped"),
        ("kyc", "more_needed", "picture_unclear", "picture_unclear"),
        ("kyc", "refused", "I do not like it, and he is on a list", "not_accepted"),
        ("liveness", "not_matched", "another nose", "face_differs"),
    ],
)
def test_a_reviewer_refuses_by_a_code_and_no_word_of_theirs_goes_out(
    bureau: Bureau, kind: str, decision: str, reason: str, failure: str
) -> None:
    bureau.apply(zone=None)
    bureau.decide(kind, decision, reason)
    assert (bureau.state(), bureau.failures()) == ("refused", (failure,))
    assert "nose" not in str(bureau.persons.told)
    assert "list" not in str(bureau.persons.told)
    assert bureau.queue("kyc") == bureau.queue("liveness") == []
    assert bureau.applications.view(ANN).parts[0].tries_left == (3 if decision == "more_needed" else 2)


def test_while_it_is_looked_at_nothing_can_be_changed(bureau: Bureau) -> None:
    bureau.apply()
    for change in (
        lambda: bureau.applications.state_person(ANN, bureau.person()),
        lambda: bureau.applications.state_answers(ANN, ANSWERS),
        lambda: bureau.applications.hand_in(ANN, "face", picture()),
        lambda: bureau.applications.take_out(ANN, "face"),
        lambda: bureau.applications.submit(ANN, Part.IDENTITY),
    ):
        with refused("in_review"):
            change()
    bureau.decide("liveness", "matched")
    with refused("verified_already"):
        bureau.applications.state_person(ANN, bureau.person())


def test_an_address_is_proven_after_the_identity(bureau: Bureau) -> None:
    proof = (bureau.today - timedelta(days=20)).isoformat()
    address = Address("Calle de la Lonja 1", "46001", "Valencia", "utility_bill", proof)
    bureau.applications.state_address(ANN, address)
    bureau.applications.hand_in(ANN, "address_proof", picture())
    assert bureau.state(part=Part.ADDRESS) == "locked"
    with refused("part_locked"):
        bureau.applications.submit(ANN, Part.ADDRESS)
    bureau.verify()
    bureau.applications.submit(ANN, Part.ADDRESS)
    bureau.verification.keep_house()
    assert (bureau.state(part=Part.ADDRESS), bureau.level()) == ("in_review", 1)
    bureau.decide("kyc", "approved")
    assert (bureau.state(part=Part.ADDRESS), bureau.level()) == ("verified", 2)
    old = (bureau.today - timedelta(days=120)).isoformat()
    with refused("proof_too_old"):
        bureau.applications.state_address(BOB, Address("Street 1", "1", "City", "utility_bill", old))


def test_a_document_belongs_to_one_account(bureau: Bureau) -> None:
    bureau.verify(ANN)
    bureau.apply(BOB, bureau.person(document_number="L 898902-C3"), zone=None)
    assert bureau.failures(BOB) == ("document_in_use",)
    # Somebody who was refused with it keeps nobody away.
    bureau.apply(BOB, bureau.person(document_number="Z0000001"), zone=None)
    bureau.decide("kyc", "refused", "document_altered")
    bureau.verification.forget(ANN)
    bureau.apply(ANN, bureau.person(document_number="Z0000001"), zone=None)
    assert bureau.state(ANN) == "in_review"


def test_a_verification_ends_with_its_document_and_comes_back_with_another(bureau: Bureau) -> None:
    expires = bureau.today + timedelta(days=10)
    bureau.verify(person=bureau.person(document_expires=expires.isoformat()))
    assert bureau.level() == 1
    bureau.wait(42 * DAY_MS)
    bureau.verification.keep_house()
    assert (bureau.level(), bureau.state()) == (0, "ready")
    assert bureau.persons.told[-1][1] == "verification_expired"
    bureau.verify()
    assert bureau.level() == 1


def test_who_is_about_to_lose_it_may_renew_and_keeps_it_meanwhile(bureau: Bureau) -> None:
    bureau.verify(person=bureau.person(document_expires=(bureau.today + timedelta(days=5)).isoformat()))
    assert (bureau.state(), bureau.is_renewable()) == ("verified", True)
    bureau.apply(person=bureau.person(document_number="NEW000001"))
    assert (bureau.state(), bureau.is_renewable(), bureau.level()) == ("in_review", False, 1)
    bureau.decide("liveness", "matched")
    bureau.wait(100 * DAY_MS)
    bureau.verification.keep_house()
    assert bureau.level() == 1


def test_a_sandbox_knows_specimens_and_faces_by_itself(open_bureau: Opens) -> None:
    bureau = open_bureau(is_sandbox=True)
    person = bureau.person(document_country="UTO")
    bureau.apply(person=person, zone=passport(person, issuer="UTO"))
    assert (bureau.state(), bureau.level()) == ("verified", 1)


def test_who_moved_states_it_before_going_on(bureau: Bureau) -> None:
    bureau.fill()
    bureau.persons.residences[ANN] = "FR"
    with refused("residence_differs"):
        bureau.applications.submit(ANN, Part.IDENTITY)


def test_who_may_not_apply_is_told_why_by_the_rules(bureau: Bureau) -> None:
    bureau.fill()
    bureau.persons.residences[ANN] = "CU"
    with pytest.raises(RefusedError, match="We serve nobody at your place of residence") as caught:
        bureau.applications.submit(ANN, Part.IDENTITY)
    assert caught.value.code == "apply_denied"


def test_the_age_depends_on_the_place(bureau: Bureau) -> None:
    eighteen = (bureau.today.replace(year=bureau.today.year - 18) - timedelta(days=1)).isoformat()
    bureau.applications.state_person(ANN, bureau.person(birth_date=eighteen))
    bureau.persons.residences[BOB] = "KR"
    with refused("under_age"):
        bureau.applications.state_person(BOB, bureau.person(birth_date=eighteen, residence="KR"))


def test_attack_tries_of_a_day_are_counted_also_when_many_come_at_once(bureau: Bureau) -> None:
    for left in (2, 1, 0):
        bureau.apply(zone=passport(bureau.person(), surname="OTHER"))
        assert bureau.applications.view(ANN).parts[0].tries_left == left
    with refused("too_many_tries"):
        bureau.applications.submit(ANN, Part.IDENTITY)
    next_try_ms = bureau.applications.view(ANN).parts[0].next_try_ms
    assert next_try_ms == bureau.now_ms + DAY_MS
    bureau.wait(DAY_MS + 1)
    outcomes = at_once(8, lambda _: bureau.applications.submit(ANN, Part.IDENTITY))
    assert sorted(outcomes) == ["done", *["in_review"] * 7]
    assert bureau.applications.view(ANN).parts[0].tries_left == 2


def test_attack_two_uploads_at_once_leave_one_picture(bureau: Bureau) -> None:
    bureau.applications.state_person(ANN, bureau.person())
    outcomes = at_once(4, lambda number: bureau.applications.hand_in(ANN, "face", picture(f"face {number}")))
    assert outcomes == ["done"] * 4
    with bureau.database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(UploadRow)) == 1


def test_attack_pictures_of_a_day_are_counted_also_broken_ones(bureau: Bureau) -> None:
    outcomes = at_once(4, lambda _: bureau.applications.hand_in(ANN, "face", b"\xff\xd8\xff broken"))
    for _ in range(26):
        with refused("picture_broken"):
            bureau.applications.hand_in(ANN, "face", b"\xff\xd8\xff broken")
    assert outcomes == ["picture_broken"] * 4
    with refused("too_many_uploads"):
        bureau.applications.hand_in(ANN, "face", picture())
    bureau.wait()
    bureau.applications.hand_in(ANN, "face", picture())


def test_a_crash_between_any_two_steps_is_mended(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step of the house fails once, and is taken up where it was left."""
    steps = [
        (bureau.rights.standings, "set_kyc_level"),
        (bureau.office.cases, "open"),
        (bureau.persons, "tell"),
        (bureau.reader, "read"),
        (bureau.verification.screening, "screen"),
        (bureau.verification.levels, "note"),
    ]
    for target, name in steps:
        _fail_once(monkeypatch, target, name)
    bureau.fill()
    bureau.reader.text = passport(bureau.person())
    bureau.applications.submit(ANN, Part.IDENTITY)
    _persist(bureau.verification)
    assert len(bureau.queue("liveness")) == 1
    case = bureau.queue("liveness")[0]
    bureau.office.cases.take(KAY, case)
    bureau.office.cases.decide(KAY, case, "matched", "Same face.")
    bureau.office.keep_house()
    _persist(bureau.verification)
    assert (bureau.level(), bureau.state()) == (1, "verified")
    assert [template for _, template, _ in bureau.persons.told] == ["verification_approved"]


def test_nothing_personal_is_readable_in_the_database(bureau: Bureau) -> None:
    bureau.verify()
    with bureau.database.connect() as connection:
        for table in ("applicants", "uploads", "submissions", "documents"):
            rows = connection.exec_driver_sql(f"SELECT * FROM verification_{table}").all()
            assert rows
            assert b"ERIKSSON" not in b"".join(_bytes_of(value) for row in rows for value in row).upper()
    assert "Eriksson" not in repr(bureau.applications.stated(ANN))
    bureau.verification.forget(ANN)
    assert bureau.applications.stated(ANN).person is None
    assert bureau.state() == "open"


def test_staff_look_at_pictures_through_their_case(bureau: Bureau) -> None:
    bureau.apply(zone=None)
    case = bureau.office.cases.read(KAY, bureau.queue("kyc")[0])
    exhibits = [bureau.office.evidence.read(KAY, case.case_id, name) for name in case.evidence]
    assert {exhibit.media_type for exhibit in exhibits} == {"image/jpeg", "text/plain; charset=utf-8"}
    values = next(exhibit.values for exhibit in exhibits if exhibit.values)
    assert (values["surname"], values["uses"]) == ("Eriksson", "trade, hold")
    pictures = [exhibit.content for exhibit in exhibits if exhibit.content]
    assert len(pictures) == 2
    assert all(content.startswith(b"\xff\xd8\xff") for content in pictures)


def test_attack_a_listed_name_sees_what_everybody_sees(open_bureau: Opens) -> None:
    """Two people do the same; one is on a list. What they are answered, and what the house writes, is equal."""
    bureau = open_bureau(lists=LISTED)
    clear = bureau.person(surname="Lindqvist", given_names="Greta", birth_date="1981-03-04", document_number="C1234567")
    seen = []
    for user_id, person in ((ANN, bureau.person()), (BOB, clear)):
        bureau.apply(user_id, person)
        view = bureau.applications.view(user_id)
        seen.append((view.parts, view.level, bureau.persons.told[:]))
    assert seen[0] == seen[1]
    bureau.decide("liveness", "matched")
    bureau.decide("liveness", "matched")
    assert (bureau.state(ANN), bureau.state(BOB)) == ("in_review", "verified")
    assert [user_id for user_id, _, _ in bureau.persons.told] == [BOB]
    bureau.decide("screening_hit", "false_hit")
    assert (bureau.state(ANN), bureau.level(ANN)) == ("verified", 1)


def at_once(count: int, act: Callable[[int], object]) -> list[str]:
    """What becomes of ``count`` acts begun together: done, or the code of the refusal."""
    outcomes, together = [""] * count, Barrier(count)

    def run(number: int) -> None:
        together.wait()
        try:
            act(number)
            outcomes[number] = "done"
        except RefusedError as error:
            outcomes[number] = error.code

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _fail_once(monkeypatch: pytest.MonkeyPatch, target: object, name: str) -> None:
    real, failed = getattr(target, name), []

    def failing(*args: object, **options: object) -> object:
        if not failed:
            failed.append(name)
            raise LonjaError(f"{name} failed.")
        return real(*args, **options)

    monkeypatch.setattr(target, name, failing)


def _persist(verification: Verification) -> None:
    for _ in range(8):
        try:
            verification.keep_house()
        except LonjaError:
            continue


def _bytes_of(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
