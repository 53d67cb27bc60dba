"""Signing in: the order of questions, what guessing earns, who lets a device in, and what a session is good for."""

import threading
import time

import pyotp
import pytest
from sqlalchemy.orm import Session

from lonja.modules.identity.people import authenticator, backup_codes
from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.contacts import parse_contact
from lonja.modules.identity.people.events import SignedIn, SignInRefused
from lonja.modules.identity.people.sessions import OpenedSession
from lonja.modules.identity.people.sign_in import SignInStep
from lonja.modules.identity.people.tables import UserRow
from lonja.modules.identity.people.users import UserState
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, PASSWORD, PHONE, Town, refused

PHONE_BROWSER = Client(
    "198.51.100.9", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1"
)


def begin(town: Town, client: Client = LAPTOP, password: str = PASSWORD, identifier: str = EMAIL) -> SignInStep:
    return town.people.sign_ins.begin(identifier, password, client, town.now_ms)


def give_email_code(town: Town, step: SignInStep, client: Client = LAPTOP) -> SignInStep:
    town.people.sign_ins.send_code(step.token, "email", town.now_ms)
    return town.people.sign_ins.factor(step.token, "email", town.post.code(EMAIL), client, town.now_ms)


def opened(step: SignInStep) -> OpenedSession:
    assert step.stage == "done"
    assert step.opened is not None
    return step.opened


def bind(town: Town, user_id: int) -> str:
    """Bind phone and authenticator directly; the authenticator's secret."""
    secret = authenticator.new_secret()
    users = town.people.parts.users
    with Session(town.people.parts.database) as session, session.begin():
        row = users.find(session, user_id)
        users.bind_contact(session, row, parse_contact(PHONE))
        row.sealed_authenticator = users.seal(row, authenticator.FIELD, secret)
    return secret


def totp(secret: str, now_ms: int) -> str:
    return pyotp.TOTP(secret).at(now_ms // 1000)


# -- Password --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identifier", "password"),
    [(EMAIL, "wrong"), ("nobody@example.com", PASSWORD), ("no contact", PASSWORD), ("", ""), (EMAIL, "")],
)
def test_whatever_is_wrong_the_answer_is_the_same(town: Town, identifier: str, password: str) -> None:
    town.sign_up()
    with refused("credentials_wrong"):
        begin(town, identifier=identifier, password=password)


def test_nobody_takes_as_long_as_somebody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both must hash once; the hash is what costs time, so it is counted instead of timed."""
    town.sign_up()
    hasher, hashed = town.people.parts.hasher, list[str]()
    fits = hasher.fits

    def counted(password: str, stored: str) -> bool:
        hashed.append(stored)
        return fits(password, stored)

    monkeypatch.setattr(hasher, "fits", counted)
    for identifier in (EMAIL, "nobody@example.com", "no contact"):
        with refused("credentials_wrong"):
            begin(town, identifier=identifier, password="wrong")
    assert len(hashed) == 3


@pytest.mark.parametrize("identifier", [EMAIL, "nobody@example.com"])
def test_guessing_a_password_locks_it_longer_each_time(town: Town, identifier: str) -> None:
    town.sign_up()
    for lock_hours in (1, 2, 4):
        for _ in range(5):
            with refused("credentials_wrong"):
                begin(town, identifier=identifier, password="wrong")
        with refused("too_many_attempts"):
            begin(town, identifier=identifier)
        town.wait(lock_hours * HOUR_MS - 1)
        with refused("too_many_attempts"):
            begin(town, identifier=identifier)
        town.wait(1)


def test_a_right_password_forgets_the_wrong_ones(town: Town) -> None:
    town.sign_up()
    for _ in range(3):
        for _ in range(4):
            with refused("credentials_wrong"):
                begin(town, password="wrong")
        begin(town)


def test_spraying_one_password_over_many_users_locks_the_address(town: Town) -> None:
    town.sign_up()
    for number in range(50):
        with refused("credentials_wrong"):
            begin(town, identifier=f"user{number}@example.com", password="Spring-2026-!")
    with refused("too_many_attempts"):
        begin(town)
    assert begin(town, LAPTOP._replace(address="192.0.2.1")).stage == "factor"


def test_guesses_at_the_same_moment_count_one_by_one(town: Town) -> None:
    town.sign_up()
    answers: list[str] = []

    def guess() -> None:
        try:
            begin(town, password="wrong")
        except RefusedError as error:
            answers.append(error.code)

    guesses = [threading.Thread(target=guess) for _ in range(12)]
    for thread in guesses:
        thread.start()
    for thread in guesses:
        thread.join()
    assert sorted(answers) == ["credentials_wrong"] * 5 + ["too_many_attempts"] * 7


def test_a_frozen_account_says_so_only_to_who_knows_the_password(town: Town) -> None:
    user_id = town.sign_up()
    with Session(town.people.parts.database) as session, session.begin():
        session.get_one(UserRow, user_id).state = UserState.FROZEN
    with refused("credentials_wrong"):
        begin(town, password="wrong")
    with refused("account_frozen"):
        begin(town)


# -- Second factor ---------------------------------------------------------------------------------------------------


def test_the_methods_offered_are_those_bound(town: Town) -> None:
    user_id = town.sign_up()
    assert begin(town).methods == ("email",)
    bind(town, user_id)
    assert begin(town).methods == ("authenticator", "sms", "voice", "email")


@pytest.mark.parametrize("method", ["authenticator", "sms", "voice", "email", "backup_code"])
def test_each_method_leads_on(town: Town, method: str) -> None:
    user_id = town.sign_up()
    secret = bind(town, user_id)
    client = LAPTOP._replace(device_token=town.device_token(user_id))
    codes = backup_codes.new_codes(10)
    with Session(town.people.parts.database) as session, session.begin():
        backup_codes.replace_codes(session, user_id, backup_codes.hash_codes(codes, town.people.parts.hasher))
    step = begin(town, client)
    if method in ("sms", "voice", "email"):
        masked = town.people.sign_ins.send_code(step.token, method, town.now_ms)
        assert "*" in masked
        to, _, values = town.post.sent[-1]
        assert (to.channel, to.address) == (method, EMAIL if method == "email" else PHONE)
        answer = values["code"]
    else:
        answer = totp(secret, town.now_ms) if method == "authenticator" else codes[3]
    with refused("factor_wrong"):
        town.people.sign_ins.factor(step.token, method, "000000", client, town.now_ms)
    opened(town.people.sign_ins.factor(step.token, method, answer, client, town.now_ms))
    again = begin(town, client)
    with refused("factor_wrong"):
        town.people.sign_ins.factor(again.token, method, answer, client, town.now_ms)


@pytest.mark.parametrize(("steps", "is_good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_an_authenticator_may_be_one_step_off(town: Town, steps: int, is_good: bool) -> None:
    secret = authenticator.new_secret()
    code = totp(secret, town.now_ms + steps * authenticator.STEP_MS)
    assert (authenticator.matching_step(secret, code, town.now_ms) is not None) is is_good


def test_switching_methods_buys_no_guesses(town: Town) -> None:
    secret = bind(town, town.sign_up())
    step = begin(town)
    for method in ("authenticator", "sms", "email", "backup_code", "authenticator", "email"):
        with refused("factor_wrong"):
            town.people.sign_ins.factor(step.token, method, "000000", LAPTOP, town.now_ms)
    with refused("too_many_attempts"):
        town.people.sign_ins.factor(step.token, "authenticator", totp(secret, town.now_ms), LAPTOP, town.now_ms)


def test_a_code_serves_the_contact_it_was_sent_to_only(town: Town) -> None:
    bind(town, town.sign_up())
    step = begin(town)
    town.people.sign_ins.send_code(step.token, "email", town.now_ms)
    with refused("factor_wrong"):
        town.people.sign_ins.factor(step.token, "sms", town.post.code(EMAIL), LAPTOP, town.now_ms)


def test_five_calls_an_hour(town: Town) -> None:
    bind(town, town.sign_up())
    step = begin(town)
    for _ in range(5):
        town.people.sign_ins.send_code(step.token, "voice", town.now_ms)
        town.wait(MINUTE_MS)
    with refused("too_many_attempts"):
        town.people.sign_ins.send_code(step.token, "voice", town.now_ms)


def test_nothing_is_sent_before_the_password(town: Town) -> None:
    town.sign_up()
    before = len(town.post.sent)
    with refused("sign_in_over"):
        town.people.sign_ins.send_code("made up", "email", town.now_ms)
    with refused("credentials_wrong"):
        begin(town, password="wrong")
    assert len(town.post.sent) == before


def test_a_sign_in_does_not_last(town: Town) -> None:
    town.sign_up()
    step = begin(town)
    town.wait(30 * MINUTE_MS)
    with refused("sign_in_over"):
        town.people.sign_ins.send_code(step.token, "email", town.now_ms)


# -- Device ----------------------------------------------------------------------------------------------------------


def test_an_unknown_device_needs_to_be_let_in(town: Town) -> None:
    town.sign_up()
    step = give_email_code(town, begin(town))
    assert (step.stage, step.methods, step.opened) == ("device", ("email_link",), None)
    assert town.people.sign_ins.poll(step.token, LAPTOP, town.now_ms).stage == "device"


def test_by_link(town: Town) -> None:
    user_id = town.sign_up()
    first = begin(town)
    step = give_email_code(town, first)
    town.people.sign_ins.ask_device(step.token, "email_link", town.now_ms)
    template, values = town.post.last(EMAIL)
    assert (template, values["device"]) == ("device_email_link", "Firefox on Linux")
    town.people.sign_ins.answer_device(values["approval"], let_in=True, now_ms=town.now_ms)
    with refused("approval_over"):
        town.people.sign_ins.answer_device(values["approval"], let_in=True, now_ms=town.now_ms)
    done = opened(town.people.sign_ins.poll(step.token, LAPTOP, town.now_ms))
    assert town.facts[-1] == SignedIn(user_id, done.device_id, True, ("password", "email"), town.now_ms)
    known = LAPTOP._replace(device_token=first.device_token)
    assert give_email_code_later(town, known).stage == "done"
    assert [device.name for device in town.people.devices(user_id)] == ["Firefox on Linux"]


def give_email_code_later(town: Town, client: Client) -> SignInStep:
    town.wait(MINUTE_MS)
    return give_email_code(town, begin(town, client), client)


def test_a_link_lives_ten_minutes(town: Town) -> None:
    town.sign_up()
    step = give_email_code(town, begin(town))
    town.people.sign_ins.ask_device(step.token, "email_link", town.now_ms)
    town.wait(10 * MINUTE_MS)
    with refused("approval_over"):
        town.people.sign_ins.answer_device(town.post.last(EMAIL)[1]["approval"], let_in=True, now_ms=town.now_ms)


def test_by_telephone_press_one_or_two(town: Town) -> None:
    user_id = town.sign_up()
    bind(town, user_id)
    for let_in in (True, False):
        town.wait(MINUTE_MS)
        step = give_email_code(town, begin(town))
        town.people.sign_ins.ask_device(step.token, "phone_call", town.now_ms)
        to, template, values = town.post.sent[-1]
        assert (to.channel, to.address, template) == ("voice", PHONE, "device_phone_call")
        town.people.sign_ins.answer_device(values["approval"], let_in=let_in, now_ms=town.now_ms)
        if let_in:
            opened(town.people.sign_ins.poll(step.token, LAPTOP, town.now_ms))
    assert isinstance(town.facts[-1], SignInRefused)
    with refused("sign_in_over"):
        town.people.sign_ins.poll(step.token, LAPTOP, town.now_ms)


def test_from_a_device_let_in_before(town: Town) -> None:
    user_id = town.sign_up()
    town.device_token(user_id)
    step = give_email_code(town, begin(town, PHONE_BROWSER), PHONE_BROWSER)
    shown = town.people.sign_ins.ask_device(step.token, "authorized_device", town.now_ms)
    wrong = f"{(int(shown) + 1) % 10**6:06}"
    with refused("code_wrong"):
        town.people.sign_ins.approve_from(user_id, wrong, town.now_ms)
    town.people.sign_ins.approve_from(user_id, shown, town.now_ms)
    opened(town.people.sign_ins.poll(step.token, PHONE_BROWSER, town.now_ms))


def test_somebody_elses_session_lets_no_device_in(town: Town) -> None:
    mine, other = town.sign_up(), town.sign_up("mallory@example.com")
    town.device_token(mine)
    step = give_email_code(town, begin(town, PHONE_BROWSER), PHONE_BROWSER)
    shown = town.people.sign_ins.ask_device(step.token, "authorized_device", town.now_ms)
    with refused("code_wrong"):
        town.people.sign_ins.approve_from(other, shown, town.now_ms)


def test_by_authenticator(town: Town) -> None:
    secret = bind(town, town.sign_up())
    step = give_email_code(town, begin(town))
    assert "authenticator" in step.methods
    code = totp(secret, town.now_ms)
    opened(town.people.sign_ins.confirm_device(step.token, code, LAPTOP, town.now_ms))


def test_one_factor_does_not_count_twice(town: Town) -> None:
    secret = bind(town, town.sign_up())
    step = begin(town)
    step = town.people.sign_ins.factor(step.token, "authenticator", totp(secret, town.now_ms), LAPTOP, town.now_ms)
    assert "authenticator" not in step.methods
    town.wait(authenticator.STEP_MS)
    with refused("method_unavailable"):
        town.people.sign_ins.confirm_device(step.token, totp(secret, town.now_ms), LAPTOP, town.now_ms)


def test_a_sign_in_ends_where_it_began(town: Town) -> None:
    """Who steals the token of a sign-in under way can do nothing with it elsewhere."""
    town.sign_up()
    step = give_email_code(town, begin(town))
    town.people.sign_ins.ask_device(step.token, "email_link", town.now_ms)
    town.people.sign_ins.answer_device(town.post.last(EMAIL)[1]["approval"], let_in=True, now_ms=town.now_ms)
    with refused("environment_changed"):
        town.people.sign_ins.poll(step.token, PHONE_BROWSER, town.now_ms)


def test_a_removed_device_is_unknown_and_its_sessions_end(town: Town) -> None:
    user_id = town.sign_up()
    step = town.people.sign_ins.admit(user_id, "passkey", LAPTOP, town.now_ms)
    known = LAPTOP._replace(device_token=step.device_token)
    token = opened(step).token
    (device,) = town.people.devices(user_id)
    town.people.remove_device(user_id, device.device_id, town.now_ms)
    with pytest.raises(RefusedError, match="The device was removed"):
        town.people.session(token, LAPTOP, town.now_ms)
    assert give_email_code(town, begin(town, known), known).stage == "device"
    with refused("device_not_found"):
        town.people.remove_device(user_id, device.device_id, town.now_ms)


def test_nobody_removes_the_device_of_another(town: Town) -> None:
    mine, other = town.sign_up(), town.sign_up("mallory@example.com")
    town.device_token(mine)
    (device,) = town.people.devices(mine)
    with refused("device_not_found"):
        town.people.remove_device(other, device.device_id, town.now_ms)


# -- Session ---------------------------------------------------------------------------------------------------------


def session_of(town: Town, user_id: int) -> OpenedSession:
    return opened(town.people.sign_ins.admit(user_id, "passkey", LAPTOP, town.now_ms))


def test_a_session_answers_until_signed_out(town: Town) -> None:
    user_id = town.sign_up()
    session = session_of(town, user_id)
    live = town.people.session(session.token, LAPTOP, town.now_ms)
    assert live.user_id == user_id
    town.people.sign_out(live, town.now_ms)
    with pytest.raises(RefusedError, match="You signed out"):
        town.people.session(session.token, LAPTOP, town.now_ms)


@pytest.mark.parametrize("token", ["", "made up", "\ud800"])
def test_no_token_no_session(town: Town, token: str) -> None:
    with refused("signed_out"):
        town.people.session(token, LAPTOP, town.now_ms)


def test_idle_and_absolute_limits(town: Town) -> None:
    user_id = town.sign_up()
    idle, busy = session_of(town, user_id), session_of(town, user_id)
    for _ in range(12 * 3 - 1):
        town.wait(20 * MINUTE_MS)
        town.people.session(busy.token, LAPTOP, town.now_ms)
    with pytest.raises(RefusedError, match="away for too long"):
        town.people.session(idle.token, LAPTOP, town.now_ms)
    town.wait(20 * MINUTE_MS)
    with pytest.raises(RefusedError, match="lasts only so long"):
        town.people.session(busy.token, LAPTOP, town.now_ms)


def test_another_browser_ends_the_session_for_ever(town: Town) -> None:
    session = session_of(town, town.sign_up())
    updated = LAPTOP._replace(user_agent=LAPTOP.user_agent.replace("130.0", "131.0"))
    town.people.session(session.token, updated, town.now_ms)
    for client in (PHONE_BROWSER, LAPTOP):
        with pytest.raises(RefusedError, match="browser or system behind this session changed"):
            town.people.session(session.token, client, town.now_ms)


def test_a_page_proves_that_it_is_ours(town: Town) -> None:
    session = session_of(town, town.sign_up())
    live = town.people.session(session.token, LAPTOP, town.now_ms)
    town.people.check_csrf(live, session.csrf_token)
    for token in ("", session.token, "made up"):
        with refused("csrf_failed"):
            town.people.check_csrf(live, token)


def test_a_step_up_lasts_five_minutes(town: Town) -> None:
    session = session_of(town, town.sign_up())
    live = town.people.session(session.token, LAPTOP, town.now_ms)
    town.people.require_step_up(live, town.now_ms)
    town.wait(5 * MINUTE_MS + 1)
    with refused("step_up_required"):
        town.people.require_step_up(live, town.now_ms)
    town.people.send_step_up_code(live, "email", town.now_ms)
    with refused("factor_wrong"):
        town.people.step_up(live, "email", "000000", town.now_ms)
    town.people.step_up(live, "email", town.post.code(EMAIL), town.now_ms)
    town.people.require_step_up(town.people.session(session.token, LAPTOP, town.now_ms), town.now_ms)


def test_a_clock_that_steps_back_confirms_nothing(town: Town) -> None:
    town.wait()
    session = session_of(town, town.sign_up())
    live = town.people.session(session.token, LAPTOP, town.now_ms)
    with refused("step_up_required"):
        town.people.require_step_up(live, town.now_ms - 1)


# -- Facts -----------------------------------------------------------------------------------------------------------


def test_a_fact_is_told_again_until_it_is_taken(town: Town) -> None:
    heard: list[int] = []

    def deaf_at_first(number: int, fact: object) -> None:
        heard.append(number)
        if len(heard) == 1:
            raise RefusedError("busy", f"not now: {fact}")

    town.people.subscribe(deaf_at_first)
    town.sign_up()
    town.people.tell_rest()
    town.people.tell_rest()
    assert heard == [heard[0], heard[0]]


def test_what_is_over_is_removed(town: Town) -> None:
    town.sign_up()
    begin(town)
    town.wait()
    town.wait()
    town.people.forget_expired(town.now_ms)
    with town.people.parts.database.connect() as connection:
        counts = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("codes", "sign_ins", "sign_ups", "attempt_counts")
        }
    assert counts == dict.fromkeys(counts, 0)


def test_two_threads_finish_one_sign_in_once(town: Town) -> None:
    secret = bind(town, town.sign_up())
    step = give_email_code(town, begin(town))
    code, ends = totp(secret, town.now_ms), list[str]()

    def finish() -> None:
        try:
            ends.append(town.people.sign_ins.confirm_device(step.token, code, LAPTOP, town.now_ms).stage)
        except RefusedError as error:
            ends.append(error.code)

    threads = [threading.Thread(target=finish) for _ in range(4)]
    for thread in threads:
        thread.start()
        time.sleep(0)
    for thread in threads:
        thread.join()
    assert ends.count("done") == 1
