"""Verification in a whole house: handed in, looked at by staff, told, and mended at the next start."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from lonja.adapters.clock import ManualClock
from lonja.adapters.text_reader_tesseract import find_tesseract
from lonja.bootstrap.settings import ReviewSettings, Settings
from lonja.bootstrap.verification import LISTS_FOLDER
from lonja.bootstrap.wiring import House, build_house
from lonja.modules.backoffice.api import StaffSession
from lonja.modules.identity.api import Contact, ContactKind, StateChanged, UserState
from lonja.modules.verification.api import Answers, Part, Person
from lonja.modules.verification.forms import day_of
from lonja.primitives.instant import DAY_MS
from tests.bootstrap.conftest import NOW
from tests.modules.verification.bureau import passport, picture, specimen

EMAIL = "greta@example.org"
REVIEWER, OFFICER = (StaffSession(number, signed_in_with_passkey=True) for number in (901, 902))
SDN = '90003,"LINDQVIST, Greta",individual,TEST,-0-,-0-,-0-,-0-,-0-,-0-,-0-,DOB 1981.\n'


@pytest.fixture
def house(house: House) -> House:
    """With staff."""
    house.back_office.staff.make_first(REVIEWER.user_id, ("kyc_reviewer",))
    house.back_office.staff.make_first(OFFICER.user_id, ("compliance",))
    return house


async def until(what: Callable[[], object]) -> None:
    """Wait for what the house does by itself."""
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110  # the house tells nobody
            await asyncio.sleep(0.02)


def new_user(house: House, email: str = EMAIL) -> int:
    people = house.people.parts
    with people.transaction() as session:
        contact = Contact(ContactKind.EMAIL, email)
        return people.users.create(session, contact, "hash", "ES", "", NOW).user_id


def hand_everything_in(house: House, user_id: int, number: str = "AA0000001") -> None:
    expires = (day_of(house.engine.now_ms()) + timedelta(days=900)).isoformat()
    person = Person("Lindqvist", "Greta", "1981-03-04", "passport", "SE", number, expires, "ES")
    applications, consents = house.verification.applications, house.verification.consents
    consents.give(user_id, [text.text_hash for text in consents.in_force(user_id)])
    applications.state_person(user_id, person)
    applications.state_answers(user_id, Answers("employed", "salary", ("hold",)))
    applications.hand_in(user_id, "document_front", picture("front"))
    applications.hand_in(user_id, "face", picture("face"))
    applications.submit(user_id, Part.IDENTITY)


def queued(house: House, kind: str, by: StaffSession = REVIEWER) -> list[int]:
    return [case.case_id for case in house.back_office.cases.queue(by, kinds=(kind,))]


def decide(house: House, kind: str, decision: str) -> None:
    case = queued(house, kind)[0]
    house.back_office.cases.take(REVIEWER, case)
    house.back_office.cases.decide(REVIEWER, case, decision, "Looked at.")


def level(house: House, user_id: int) -> int:
    return house.rights.facts(user_id).kyc_level


async def test_the_house_asks_to_agree_to_what_it_keeps(house: House) -> None:
    user_id = new_user(house)
    (text,) = await asyncio.to_thread(house.verification.consents.in_force, user_id)
    assert (text.name, text.version) == ("verification_data", "2026-01-01")
    assert "addresses on public chains" in text.text
    (identity, _) = (await asyncio.to_thread(house.verification.applications.view, user_id)).parts
    assert identity.missing[0] == "consent"


async def test_a_person_is_verified_by_staff_and_told_by_mail(house: House) -> None:
    user_id = new_user(house)
    await asyncio.to_thread(hand_everything_in, house, user_id)
    await until(lambda: queued(house, "kyc") and queued(house, "liveness"))
    await asyncio.to_thread(decide, house, "kyc", "approved")
    await asyncio.to_thread(decide, house, "liveness", "matched")
    await until(lambda: level(house, user_id) == 1)
    await until(lambda: house.notices.sent_to(EMAIL))
    assert house.notices.sent_to(EMAIL)[0].template == "verification_approved"


async def test_a_list_put_into_the_folder_screens_everybody_at_once(house: House) -> None:
    user_id = new_user(house)
    await asyncio.to_thread(hand_everything_in, house, user_id)
    await until(lambda: queued(house, "liveness"))
    assert queued(house, "screening_hit", OFFICER) == []
    (house.data / LISTS_FOLDER).mkdir()
    (house.data / LISTS_FOLDER / "sdn.csv").write_text(SDN)
    house.verification.applications.wake()
    await until(lambda: queued(house, "screening_hit", OFFICER))
    # A list that is damaged leaves the last good one in force.
    edition = house.verification.screening.edition
    (house.data / LISTS_FOLDER / "sdn.csv").write_text("broken\n")
    other = new_user(house, "other@example.org")
    await asyncio.to_thread(hand_everything_in, house, other, "AA0000002")
    await until(lambda: len(queued(house, "liveness")) == 2)
    assert house.verification.screening.edition == edition


async def test_what_was_handed_in_before_a_crash_is_looked_at_after_it(tmp_path: Path, clock: ManualClock) -> None:
    house = await build_house(Settings(data=tmp_path), clock)
    user_id = new_user(house)
    house.back_office.staff.make_first(REVIEWER.user_id, ("kyc_reviewer",))
    await house.close()
    # Nobody keeps the house while this is handed in.
    house = await build_house(Settings(data=tmp_path), clock)
    house.verification.applications.wake = lambda: None
    await until(lambda: house.verification.screening.edition)
    await asyncio.to_thread(hand_everything_in, house, user_id)
    await house.close()
    house = await build_house(Settings(data=tmp_path), clock)
    await until(lambda: queued(house, "kyc"))
    await house.close()


async def test_who_is_gone_is_forgotten(house: House) -> None:
    user_id = new_user(house)
    await asyncio.to_thread(hand_everything_in, house, user_id)
    with house.people.parts.transaction() as session:
        gone = StateChanged(user_id, None, UserState.CLOSED, "asked", NOW + DAY_MS)
        house.people.parts.facts.record(session, gone)
    await asyncio.to_thread(house.people.tell_rest)
    assert house.verification.applications.stated(user_id).person is None


@pytest.mark.skipif(find_tesseract() is None, reason="tesseract is not installed")
async def test_a_specimen_passes_by_what_a_sandbox_has(tmp_path: Path, clock: ManualClock) -> None:
    """The passport of the standard, with dates of today, read off its picture; nobody compares the face."""
    settings = Settings(data=tmp_path, review=ReviewSettings(compares_faces=False, specimens=True))
    house = await build_house(settings, clock)
    user_id = new_user(house)
    expires = (day_of(NOW) + timedelta(days=900)).isoformat()
    person = Person("Eriksson", "Anna Maria", "1984-08-12", "passport", "UTO", "L898902C3", expires, "ES")
    front = specimen(passport(person, issuer="UTO").split("\n"))
    applications, consents = house.verification.applications, house.verification.consents
    await asyncio.to_thread(lambda: consents.give(user_id, [text.text_hash for text in consents.in_force(user_id)]))
    await asyncio.to_thread(applications.state_person, user_id, person)
    await asyncio.to_thread(applications.state_answers, user_id, Answers("employed", "salary", ("hold",)))
    await asyncio.to_thread(applications.hand_in, user_id, "document_front", front)
    await asyncio.to_thread(applications.hand_in, user_id, "face", picture("face"))
    await asyncio.to_thread(applications.submit, user_id, Part.IDENTITY)
    await until(lambda: level(house, user_id) == 1)
    await house.close()
