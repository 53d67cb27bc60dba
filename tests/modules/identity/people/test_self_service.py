"""Changing one's own protection, and the ways back in: what is asked, who is told, what ends."""

import threading

import pyotp
import pytest

from lonja.modules.identity.people import authenticator
from lonja.modules.identity.people.events import FactorBound, SecurityChanged, StateChanged
from lonja.modules.identity.people.recovery import PASSWORD as FORGOTTEN
from lonja.modules.identity.people.recovery import UNFREEZE
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.users import UserState
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, PASSWORD, PHONE, Town, refused

NEW_EMAIL, NEW_PASSWORD = "alice@example.net", "Lantern-8-quarry"


def session_of(town: Town, user_id: int) -> LiveSession:
    step = town.people.sign_ins.admit(user_id, "passkey", LAPTOP, town.now_ms)
    assert step.opened is not None
    return town.people.session(step.opened.token, LAPTOP, town.now_ms)


def bind_phone(town: Town, live: LiveSession, phone: str = PHONE) -> None:
    town.people.self_service.begin_contact(live.user_id, phone, town.now_ms)
    town.people.self_service.confirm_contact(live, phone, town.post.code(phone), "", town.now_ms)


def bind_authenticator(town: Town, live: LiveSession) -> pyotp.TOTP:
    draft = town.people.self_service.begin_authenticator(live.user_id)
    generator = pyotp.TOTP(draft.secret)
    town.people.self_service.confirm_authenticator(live, generator.at(town.now_ms // 1000), town.now_ms)
    return generator


def bound(town: Town) -> tuple[LiveSession, pyotp.TOTP]:
    """Somebody with every factor."""
    live = session_of(town, town.sign_up())
    bind_phone(town, live)
    return live, bind_authenticator(town, live)


# -- Contacts --------------------------------------------------------------------------------------------------------


def test_a_first_phone_needs_one_code_and_is_no_change(town: Town) -> None:
    live = session_of(town, town.sign_up())
    bind_phone(town, live)
    assert town.people.user(live.user_id).factors == ("phone", "email")
    assert not any(isinstance(fact, SecurityChanged) for fact in town.facts)
    assert town.facts[-1] == FactorBound(live.user_id, "phone", town.now_ms)


def test_replacing_an_address_needs_both_codes_and_tells_both(town: Town) -> None:
    live = session_of(town, town.sign_up())
    other = town.people.sign_ins.admit(live.user_id, "passkey", LAPTOP, town.now_ms).opened
    assert other is not None
    town.people.self_service.begin_contact(live.user_id, NEW_EMAIL, town.now_ms)
    new_code, old_code = town.post.code(NEW_EMAIL), town.post.code(EMAIL)
    for given in ((new_code, ""), (new_code, new_code), (old_code, old_code)):
        with refused("code_wrong"):
            town.people.self_service.confirm_contact(live, NEW_EMAIL, *given, town.now_ms)
    town.wait(MINUTE_MS)
    town.people.self_service.begin_contact(live.user_id, NEW_EMAIL, town.now_ms)
    codes = town.post.code(NEW_EMAIL), town.post.code(EMAIL)
    user = town.people.self_service.confirm_contact(live, NEW_EMAIL, *codes, town.now_ms)
    assert user.email is not None
    assert user.email.value == NEW_EMAIL
    assert town.facts[-1] == SecurityChanged(live.user_id, "email", town.now_ms)
    assert [town.post.last(address)[0] for address in (EMAIL, NEW_EMAIL)] == ["email_changed"] * 2
    with pytest.raises(RefusedError, match="sign-in factor was changed"):
        town.people.session(other.token, LAPTOP, town.now_ms)


def test_a_contact_of_another_user_cannot_be_bound_and_is_not_betrayed(town: Town) -> None:
    town.sign_up(NEW_EMAIL)
    live = session_of(town, town.sign_up(PHONE))
    town.people.self_service.begin_contact(live.user_id, NEW_EMAIL, town.now_ms)
    assert town.post.last(NEW_EMAIL) == ("sign_up_taken", {})
    with refused("code_wrong"):
        town.people.self_service.confirm_contact(live, NEW_EMAIL, "000000", "", town.now_ms)


def test_a_code_for_one_address_binds_no_other(town: Town) -> None:
    live = session_of(town, town.sign_up(PHONE))
    town.people.self_service.begin_contact(live.user_id, NEW_EMAIL, town.now_ms)
    with refused("code_wrong"):
        town.people.self_service.confirm_contact(live, EMAIL, town.post.code(NEW_EMAIL), "", town.now_ms)


def told(town: Town, count: int) -> list[tuple[str, str, str]]:
    """Whom the last messages told of what, and from which device and place."""
    return [
        (to.address, template, f"{values['device']}, {values['place']}")
        for to, template, values in town.post.sent[-count:]
    ]


def test_everybody_hears_of_a_first_factor_but_of_none_that_opened_the_account(town: Town) -> None:
    # Whoever signs up reads the code that binds the contact in the same moment: to tell them once more says nothing new.
    # What is bound later, in a session, may be the work of a thief who knows the password and finds no factor yet.
    live = session_of(town, town.sign_up())
    assert [template for _, template, _ in town.post.sent] == ["sign_up_code"]
    seen = f"{LAPTOP.name}, Valencia ({LAPTOP.address})"
    bind_phone(town, live)
    assert told(town, 2) == [(EMAIL, "phone_added", seen), (PHONE, "phone_added", seen)]
    bind_authenticator(town, live)
    assert told(town, 2) == [(EMAIL, "authenticator_added", seen), (PHONE, "authenticator_added", seen)]
    town.people.self_service.new_backup_codes(live, town.now_ms)
    assert told(town, 2) == [(EMAIL, "backup_codes_made", seen), (PHONE, "backup_codes_made", seen)]


def test_both_hear_of_a_first_address(town: Town) -> None:
    live = session_of(town, town.sign_up(PHONE))
    town.people.self_service.begin_contact(live.user_id, EMAIL, town.now_ms)
    town.people.self_service.confirm_contact(live, EMAIL, town.post.code(EMAIL), "", town.now_ms)
    assert [(to, template) for to, template, _ in told(town, 2)] == [(EMAIL, "email_added"), (PHONE, "email_added")]


# -- Authenticator, backup codes, password ---------------------------------------------------------------------------


def test_an_authenticator_counts_once_confirmed(town: Town) -> None:
    live = session_of(town, town.sign_up())
    draft = town.people.self_service.begin_authenticator(live.user_id)
    assert draft.address.startswith("otpauth://totp/lonja%3Aal%2A%2A%2A%40example.com?secret=")
    with refused("factor_wrong"):
        town.people.self_service.confirm_authenticator(live, "000000", town.now_ms)
    assert not town.people.user(live.user_id).has_authenticator
    code = pyotp.TOTP(draft.secret).at(town.now_ms // 1000)
    assert town.people.self_service.confirm_authenticator(live, code, town.now_ms).has_authenticator
    with refused("nothing_to_confirm"):
        town.people.self_service.confirm_authenticator(live, code, town.now_ms)


def test_the_code_that_confirmed_it_signs_nobody_in(town: Town) -> None:
    live, generator = bound(town)
    step = town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    code = generator.at(town.now_ms // 1000)
    with refused("factor_wrong"):
        town.people.sign_ins.factor(step.token, "authenticator", code, LAPTOP, town.now_ms)
    town.wait(authenticator.STEP_MS)
    later = generator.at(town.now_ms // 1000)
    assert town.people.sign_ins.factor(step.token, "authenticator", later, LAPTOP, town.now_ms).stage == "device"
    assert live.user_id


def test_replacing_an_authenticator_is_told_and_holds(town: Town) -> None:
    live, _ = bound(town)
    town.wait(MINUTE_MS)
    bind_authenticator(town, live)
    assert town.facts[-1] == SecurityChanged(live.user_id, "authenticator", town.now_ms)
    assert town.post.last(EMAIL)[0] == town.post.last(PHONE)[0] == "authenticator_changed"


def test_new_backup_codes_void_the_old(town: Town) -> None:
    live = session_of(town, town.sign_up())
    old = town.people.self_service.new_backup_codes(live, town.now_ms)
    new = town.people.self_service.new_backup_codes(live, town.now_ms)
    assert len(set(old) | set(new)) == 20
    with refused("factor_wrong"):
        town.people.step_up(live, "backup_code", old[0], town.now_ms)
    town.people.step_up(live, "backup_code", new[0].upper(), town.now_ms)
    with refused("factor_wrong"):
        town.people.step_up(live, "backup_code", new[0], town.now_ms)


CHANGES = [
    ("wrong", NEW_PASSWORD, "credentials_wrong"),
    (PASSWORD, PASSWORD, "nothing_to_change"),
    (PASSWORD, "P@ssw0rd", "password_leaked"),
    (PASSWORD, "short", "password_form"),
]


@pytest.mark.parametrize(("old", "new", "code"), CHANGES)
def test_refused_changes_of_password(town: Town, old: str, new: str, code: str) -> None:
    live = session_of(town, town.sign_up())
    with refused(code):
        town.people.self_service.change_password(live, old, new, town.now_ms)


def test_a_new_password_ends_all_other_sessions(town: Town) -> None:
    user_id = town.sign_up()
    live, other = session_of(town, user_id), town.people.sign_ins.admit(user_id, "passkey", LAPTOP, town.now_ms).opened
    assert other is not None
    town.people.self_service.change_password(live, PASSWORD, NEW_PASSWORD, town.now_ms)
    assert town.facts[-1] == SecurityChanged(user_id, "password", town.now_ms)
    with pytest.raises(RefusedError, match="The password was changed"):
        town.people.session(other.token, LAPTOP, town.now_ms)
    town.people.require_step_up(live, town.now_ms)
    with refused("credentials_wrong"):
        town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    town.people.sign_ins.begin(EMAIL, NEW_PASSWORD, LAPTOP, town.now_ms)


def test_of_two_changes_at_once_one_is_refused(town: Town) -> None:
    live = session_of(town, town.sign_up())
    ends: list[str] = []

    def change(new: str) -> None:
        try:
            town.people.self_service.change_password(live, PASSWORD, new, town.now_ms)
        except RefusedError as error:
            ends.append(error.code)
        else:
            ends.append("done")

    threads = [threading.Thread(target=change, args=(f"Lantern-{number}-quarry",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count("done") == 1
    assert set(ends) <= {"done", "changed_meanwhile", "credentials_wrong"}


@pytest.mark.parametrize("code", ["short", "x" * 21, "with space", "ümlauts", "<b>code</b>"])
def test_anti_phishing_codes_have_a_form(town: Town, code: str) -> None:
    with refused("anti_phishing_code_form"):
        town.people.self_service.set_anti_phishing_code(session_of(town, town.sign_up()), code)


def test_mail_shows_the_anti_phishing_code_and_texts_do_not(town: Town) -> None:
    live = session_of(town, town.sign_up())
    bind_phone(town, live)
    town.people.self_service.set_anti_phishing_code(live, "Blue42heron")
    assert town.post.sent[-2][0].anti_phishing_code == "", "the notice of the change shows the code before"
    town.people.self_service.change_password(live, PASSWORD, NEW_PASSWORD, town.now_ms)
    (mail, _, _), (text, _, _) = town.post.sent[-2:]
    assert (mail.channel, mail.anti_phishing_code) == ("email", "Blue42heron")
    assert (text.channel, text.anti_phishing_code) == ("sms", "")


def test_a_mailbox_that_is_not_bound_yet_does_not_learn_the_anti_phishing_code(town: Town) -> None:
    live = session_of(town, town.sign_up())
    town.people.self_service.set_anti_phishing_code(live, "Blue42heron")

    def shown(count: int) -> dict[str, str]:
        return {to.address: to.anti_phishing_code for to, _, _ in town.post.sent[-count:]}

    town.people.self_service.begin_contact(live.user_id, NEW_EMAIL, town.now_ms)
    assert shown(2) == {NEW_EMAIL: "", EMAIL: "Blue42heron"}
    codes = town.post.code(NEW_EMAIL), town.post.code(EMAIL)
    town.people.self_service.confirm_contact(live, NEW_EMAIL, *codes, town.now_ms)
    assert shown(2) == {NEW_EMAIL: "Blue42heron", EMAIL: "Blue42heron"}, "both were or are theirs"


# -- Forgotten password ----------------------------------------------------------------------------------------------


def recover(town: Town, kind: str, password: str = "", identifier: str = EMAIL) -> str:
    return town.people.recoveries.begin(kind, identifier, password, "203.0.113.7", town.now_ms).token


def give(town: Town, token: str, method: str, answer: str = "") -> tuple[str, ...]:
    if method != "authenticator":
        town.people.recoveries.send_code(token, method, town.now_ms)
        answer = answer or town.post.code(EMAIL if method == "email" else PHONE)
    return town.people.recoveries.factor(token, method, answer, town.now_ms).missing


def test_a_forgotten_password_takes_every_bound_factor(town: Town) -> None:
    live, generator = bound(town)
    town.wait(MINUTE_MS)
    token = recover(town, FORGOTTEN)
    with refused("factors_missing"):
        town.people.recoveries.choose_password(token, NEW_PASSWORD, town.now_ms)
    assert give(town, token, "email") == ("authenticator", "phone")
    assert give(town, token, "sms") == ("authenticator",)
    assert give(town, token, "authenticator", generator.at(town.now_ms // 1000)) == ()
    town.people.recoveries.choose_password(token, NEW_PASSWORD, town.now_ms)
    assert town.facts[-1] == SecurityChanged(live.user_id, "password", town.now_ms)
    town.people.sign_ins.begin(EMAIL, NEW_PASSWORD, LAPTOP, town.now_ms)
    with refused("recovery_over"):
        town.people.recoveries.choose_password(token, PASSWORD, town.now_ms)


def test_nobodys_recovery_looks_like_anybodys(town: Town) -> None:
    town.sign_up()
    before = len(town.post.sent)
    for identifier in ("nobody@example.com", "no contact"):
        step = town.people.recoveries.begin(FORGOTTEN, identifier, "", "203.0.113.7", town.now_ms)
        assert step.missing == ("authenticator", "phone", "email")
        town.people.recoveries.send_code(step.token, "email", town.now_ms)
        with refused("factor_wrong"):
            town.people.recoveries.factor(step.token, "email", "000000", town.now_ms)
        with refused("factors_missing"):
            town.people.recoveries.choose_password(step.token, NEW_PASSWORD, town.now_ms)
    assert len(town.post.sent) == before


def test_recoveries_cannot_be_begun_without_end(town: Town) -> None:
    for _ in range(5):
        recover(town, FORGOTTEN)
    with refused("too_many_attempts"):
        recover(town, FORGOTTEN)


# -- Freezing --------------------------------------------------------------------------------------------------------


def test_freezing_ends_everything_and_takes_all_factors_to_undo(town: Town) -> None:
    live, generator = bound(town)
    town.wait(MINUTE_MS)
    town.people.recoveries.freeze(live.user_id, "lost laptop", town.now_ms)
    town.people.recoveries.freeze(live.user_id, "again", town.now_ms)
    frozen = [fact for fact in town.facts if isinstance(fact, StateChanged)]
    assert frozen == [StateChanged(live.user_id, None, "frozen", "lost laptop", town.now_ms)]
    with refused("account_frozen"):
        town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    token = recover(town, UNFREEZE, PASSWORD)
    give(town, token, "email")
    give(town, token, "sms")
    with refused("factors_missing"):
        town.people.recoveries.unfreeze(token, town.now_ms)
    give(town, token, "authenticator", generator.at(town.now_ms // 1000))
    town.people.recoveries.unfreeze(token, town.now_ms, LAPTOP)
    assert town.post.last(EMAIL)[1]["place"] == f"Valencia ({LAPTOP.address})"
    assert town.people.user(live.user_id).state is UserState.ACTIVE
    assert town.facts[-1] == StateChanged(live.user_id, None, "active", "unfrozen", town.now_ms)


@pytest.mark.parametrize(("kind", "password"), [(UNFREEZE, "wrong"), (FORGOTTEN, PASSWORD)])
def test_a_forgotten_password_unfreezes_nothing(town: Town, kind: str, password: str) -> None:
    live, _ = bound(town)
    town.wait(MINUTE_MS)
    town.people.recoveries.freeze(live.user_id, "", town.now_ms)
    before = len(town.post.sent)
    token = recover(town, kind, password)
    town.people.recoveries.send_code(token, "email", town.now_ms)
    assert len(town.post.sent) == before


def test_the_link_in_a_mail_freezes_for_a_day_and_does_nothing_else(town: Town) -> None:
    user_id, other = town.sign_up(), town.sign_up(PHONE)
    link = town.people.recoveries.freeze_link(user_id, town.now_ms)
    forged = link.replace(f"{user_id}.", f"{other}.", 1)
    for wrong in (forged, "", "a.b.c", link[:-1], f"{user_id}.99999999999999.{'0' * 64}", "\ud800"):
        with refused("link_over"):
            town.people.recoveries.freeze_by_link(wrong, town.now_ms)
    town.wait(DAY_MS - HOUR_MS)
    town.people.recoveries.freeze_by_link(link, town.now_ms)
    assert town.people.user(user_id).state is UserState.FROZEN
    assert town.people.user(other).state is UserState.ACTIVE
    town.wait(HOUR_MS)
    with refused("link_over"):
        town.people.recoveries.freeze_by_link(link, town.now_ms)
