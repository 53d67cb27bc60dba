"""Self-service in a whole house: staff decide resets, sign-ins raise questions, guides close what they have to."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.protection import ResidenceDoubts, VerifiedHolders
from lonja.bootstrap.wiring import House
from lonja.modules.backoffice.api import StaffSession
from lonja.modules.governance.api import ANY_SESSION, Capability, Entity, Reason
from lonja.modules.identity.api import Client, Contact, ContactKind, LiveSession, SignedIn, UserState
from lonja.modules.verification.api import Person
from lonja.primitives.instant import DAY_MS
from tests.bootstrap.conftest import NOW

EMAIL, PHONE = "greta@example.org", "+34600111222"
REVIEWER, OFFICER = (StaffSession(number, signed_in_with_passkey=True) for number in (901, 902))
HERE = Client("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0")
ABROAD = Client("8.8.8.8", HERE.user_agent)

_Result = TypeVar("_Result")


@pytest.fixture
def house(house: House) -> House:
    """With staff."""
    house.back_office.staff.make_first(REVIEWER.user_id, ("security",))
    house.back_office.staff.make_first(OFFICER.user_id, ("compliance",))
    return house


def greta(house: House) -> int:
    """Somebody in Spain with e-mail and phone."""
    people = house.people.parts
    with people.transaction() as session:
        row = people.users.create(session, Contact(ContactKind.EMAIL, EMAIL), "hash", "ES", "", NOW)
        people.users.bind_contact(session, row, Contact(ContactKind.PHONE, PHONE))
        return row.user_id


def signed_in(house: House, user_id: int, client: Client = HERE) -> LiveSession:
    opened = house.people.sign_ins.admit(user_id, "passkey", client, NOW).opened
    assert opened is not None
    return house.people.session(opened.token, client, NOW)


async def on_thread(act: Callable[[], _Result]) -> _Result:
    return await asyncio.to_thread(act)


def reset_phone(house: House, user_id: int) -> None:
    resets = house.people.resets
    step = resets.begin(user_id, "phone", "it was stolen", NOW)
    resets.send_code(step.token, "email", NOW)
    code = next(
        word for word in house.notices.sent_to(EMAIL)[0].content.text.split() if word.isdigit() and len(word) == 6
    )  # type: ignore[union-attr]
    assert resets.factor(step.token, "email", code, NOW).missing == ()
    office = house.back_office
    (case,) = office.cases.of_person(user_id, "reset")
    office.cases.take(REVIEWER, case.case_id)
    assert "it was stolen" in office.cases.read(REVIEWER, case.case_id).summary
    assert office.evidence.read(REVIEWER, case.case_id, case.evidence[0]).values["factor"] == "phone"
    proposal = office.cases.decide(REVIEWER, case.case_id, "approved", "The face fits.")
    assert proposal is not None
    office.proposals.approve(OFFICER, proposal)
    office.keep_house()


async def test_two_of_staff_decide_a_reset_and_money_is_held_after_it(house: House, clock: ManualClock) -> None:
    user_id = await on_thread(lambda: greta(house))
    await on_thread(lambda: reset_phone(house, user_id))
    last = house.people.resets.last(user_id)
    assert last is not None
    assert (last.state, last.due_ms) == ("cooling", NOW + DAY_MS)
    clock.set_ms(NOW + DAY_MS)
    await on_thread(lambda: house.people.keep_house(NOW + DAY_MS))
    assert house.people.user(user_id).factors == ("email",)
    assert [hold.kind for hold in house.rights.holds.of(user_id)] == ["factor_reset"]
    denied = house.rights.entitlements(user_id, ANY_SESSION).of(Capability.TRADE_SPOT)
    assert denied.reason is Reason.FACTORS_MISSING


async def test_factors_that_are_missing_deny_with_their_reason(house: House) -> None:
    user_id = await on_thread(lambda: greta(house))
    decided = house.rights.entitlements(user_id, ANY_SESSION)
    assert decided.of(Capability.ACCOUNT_OPERATE).reason is Reason.FACTORS_MISSING
    assert decided.allows(Capability.SECURITY_MANAGE)


async def test_a_sign_in_from_elsewhere_opens_the_question_and_an_answer_keeps_it_quiet(house: House) -> None:
    user_id = await on_thread(lambda: greta(house))
    await on_thread(lambda: signed_in(house, user_id))
    assert house.rights.facts(user_id).questionnaire_since_ms == 0
    abroad = await on_thread(lambda: signed_in(house, user_id, ABROAD))
    assert house.rights.facts(user_id).questionnaire_since_ms == NOW
    assert "residence_question" in [message.template for message in house.notices.sent_to(EMAIL)]
    house.people.residence_answers.keep(user_id, "still_here", NOW)
    house.rights.standings.close_questionnaire(user_id)
    doubts = ResidenceDoubts(house.people, house.rights, lambda: NOW + 29 * DAY_MS)
    event = SignedIn(user_id, abroad.device_id, is_new_device=False, passed=("password",), time_ms=NOW)
    await on_thread(lambda: doubts.follow(1, event))
    assert house.rights.facts(user_id).questionnaire_since_ms == 0
    later = ResidenceDoubts(house.people, house.rights, lambda: NOW + 30 * DAY_MS)
    await on_thread(lambda: later.follow(1, event))
    assert house.rights.facts(user_id).questionnaire_since_ms == NOW


async def test_a_guide_closes_trading_and_withdrawals_until_it_is_finished(house: House) -> None:
    user_id = await on_thread(lambda: greta(house))
    live = await on_thread(lambda: signed_in(house, user_id))
    await on_thread(lambda: house.people.guides.start(live, "trojan", NOW))
    (restriction,) = house.rights.restrictions.of(user_id)
    assert (restriction.kind, restriction.closes) == ("guided_steps", ("trading", "money_out"))
    decided = house.rights.entitlements(user_id, ANY_SESSION)
    assert decided.of(Capability.MONEY_WITHDRAW).reason is Reason.RESTRICTED
    assert decided.allows(Capability.SECURITY_MANAGE)


async def test_this_was_not_me_in_a_mail_freezes_and_opens_a_case(house: House) -> None:
    user_id = await on_thread(lambda: greta(house))
    await on_thread(lambda: signed_in(house, user_id))
    mail = house.notices.sent_to(EMAIL)[0]
    assert (mail.template, mail.content is not None) == ("new_device", True)
    text = mail.content.text if mail.content is not None else ""
    assert "Firefox on Linux" in text
    token = text.partition("/account/not-me?token=")[2].split()[0]
    await on_thread(lambda: house.people.guides.not_me(token, NOW))
    assert house.people.user(user_id).state is UserState.FROZEN
    assert len(house.back_office.cases.of_person(user_id, "unusual_activity")) == 1


async def test_messages_to_who_has_left_are_unreadable(house: House, clock: ManualClock) -> None:
    user_id = await on_thread(lambda: greta(house))
    live = await on_thread(lambda: signed_in(house, user_id))
    await on_thread(lambda: house.people.closing.begin(live, "", NOW))
    assert len(house.notices.sent_to(EMAIL)) > 1
    clock.set_ms(NOW + 30 * DAY_MS)
    await on_thread(lambda: house.people.closing.finish_due(NOW + 30 * DAY_MS))
    left = [message.content.text for message in house.notices.sent_to(EMAIL) if message.content is not None]
    assert len(left) == 1
    assert "closed" in left[0]


async def test_how_long_messages_are_kept_is_a_rule(house: House) -> None:
    days = house.rights.rules.number("notices.kept_days", Entity.OPERATOR, NOW)
    assert house.notices.kept_ms() == days * DAY_MS


HOLDERS = {"Greta Lindqvist": True, "LINDQVIST, Greta": True, "Greta Lindquist": False, "Greta": False, "": False}


async def test_the_holder_is_the_verified_name(house: House) -> None:
    user_id = await on_thread(lambda: greta(house))
    holders = VerifiedHolders(house.verification, house.rights)
    assert holders.matches(user_id, "Greta Lindqvist") is None
    person = Person("Lindqvist", "Greta", "1981-03-04", "passport", "SE", "AA0000001", "2030-01-01", "ES")
    await on_thread(lambda: house.verification.applications.state_person(user_id, person))
    assert holders.matches(user_id, "Greta Lindqvist") is None, "stated is not verified"
    house.rights.standings.set_kyc_level(user_id, 1)
    assert {holder: holders.matches(user_id, holder) for holder in HOLDERS} == HOLDERS
