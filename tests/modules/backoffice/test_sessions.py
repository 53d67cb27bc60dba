"""Sessions of staff: opened by password and passkey, short, bound to a place, and over with the last role."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lonja.modules.backoffice.api import SessionPolicy, StaffClient
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import HOUR_MS, MINUTE_MS, SECOND_MS
from tests.modules.backoffice.conftest import ADA, ALICE, CAL, Office, refused

DESK = StaffClient("10.0.0.7", "Firefox/130.0")


def opened(office: Office, user_id: int = CAL.user_id, client: StaffClient = DESK) -> str:
    sessions = office.back.sessions
    return sessions.open(sessions.begin(user_id, client), client).token


def test_a_session_follows_password_and_passkey(office: Office) -> None:
    live = office.back.sessions.find(opened(office), DESK)
    assert (live.by.user_id, live.by.signed_in_with_passkey) == (CAL.user_id, True)
    office.back.sessions.require_confirmed(live)
    entries = [entry[:2] for entry in office.entries()]
    assert entries[-2:] == [("staff:6", "sign_in.begin"), ("staff:6", "sign_in.done")]


def test_customers_are_not_let_in(office: Office) -> None:
    with refused("staff_only"):
        office.back.sessions.begin(ALICE, DESK)


@pytest.mark.parametrize(
    ("client", "code"),
    [
        (StaffClient("10.0.0.8", "Firefox/130.0"), "session_ended"),
        (StaffClient("10.0.0.7", "Chrome/130.0"), "session_ended"),
        (StaffClient("10.0.0.7", "Firefox/131.2"), ""),
    ],
)
def test_a_session_is_no_good_elsewhere(office: Office, client: StaffClient, code: str) -> None:
    token = opened(office)
    if not code:
        assert office.back.sessions.find(token, client).user_id == CAL.user_id
        return
    for carried in (client, DESK):
        with refused(code):
            office.back.sessions.find(token, carried)


@pytest.mark.parametrize(
    ("passed_ms", "is_over"),
    [(15 * MINUTE_MS - 1, False), (15 * MINUTE_MS, True), (-1, True)],
    ids=["almost idle", "idle", "clock went back"],
)
def test_a_stale_session_is_over(office: Office, passed_ms: int, *, is_over: bool) -> None:
    token = opened(office)
    office.now_ms += passed_ms
    if is_over:
        with refused("session_ended"):
            office.back.sessions.find(token, DESK)
    else:
        assert office.back.sessions.find(token, DESK).user_id == CAL.user_id


def test_no_session_outlives_its_day_however_busy(office: Office) -> None:
    token = opened(office)
    for _ in range(8 * HOUR_MS // (10 * MINUTE_MS) - 1):
        office.now_ms += 10 * MINUTE_MS
        office.back.sessions.find(token, DESK)
    office.now_ms += 10 * MINUTE_MS
    with refused("session_ended"):
        office.back.sessions.find(token, DESK)


def test_whoever_loses_the_last_role_is_out_at_once(office: Office) -> None:
    token = opened(office)
    assert office.back.staff.take_away(CAL.user_id) == ("compliance",)
    with refused("session_ended"):
        office.back.sessions.find(token, DESK)
    with refused("role_not_held"):
        office.back.staff.take_away(CAL.user_id)


def test_an_act_needs_a_passkey_given_a_moment_ago(office: Office) -> None:
    sessions, token = office.back.sessions, opened(office)
    office.now_ms += 10 * MINUTE_MS + SECOND_MS
    live = sessions.find(token, DESK)
    with refused("step_up_required"):
        sessions.require_confirmed(live)
    sessions.confirm(live)
    sessions.require_confirmed(sessions.find(token, DESK))


def test_a_password_alone_is_good_for_minutes_once_and_in_one_place(office: Office) -> None:
    sessions = office.back.sessions
    token = sessions.begin(CAL.user_id, DESK)
    with refused("sign_in_over"):
        sessions.open(token, StaffClient("10.9.9.9", "Firefox/130.0"))
    sessions.open(token, DESK)
    with refused("sign_in_over"):
        sessions.open(token, DESK)
    late = sessions.begin(CAL.user_id, DESK)
    office.now_ms += SessionPolicy().sign_in_ms
    with refused("sign_in_over"):
        sessions.waiting(late, DESK)


def test_of_two_who_open_one_sign_in_at_once_one_is_let_in(office: Office) -> None:
    token = office.back.sessions.begin(CAL.user_id, DESK)

    def enter(_: int) -> str:
        try:
            return office.back.sessions.open(token, DESK).token
        except RefusedError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(enter, range(4)))
    assert found.count("sign_in_over") == 3


def test_ended_sessions_stay_ended_and_old_ones_are_forgotten(office: Office) -> None:
    sessions = office.back.sessions
    token, other = opened(office), opened(office)
    sessions.sign_out(sessions.find(token, DESK))
    with refused("session_ended"):
        sessions.find(token, DESK)
    assert sessions.end_all(CAL.user_id, "account_changed") == 1
    with refused("session_ended"):
        sessions.find(other, DESK)
    office.wait(91 * 24)
    sessions.forget_expired()
    with refused("signed_out"):
        sessions.find(token, DESK)


def test_a_page_proves_that_it_is_ours(office: Office) -> None:
    sessions = office.back.sessions
    given = sessions.open(sessions.begin(ADA.user_id, DESK), DESK)
    live = sessions.find(given.token, DESK)
    sessions.check_csrf(live, given.csrf_token)
    with refused("csrf_failed"):
        sessions.check_csrf(live, given.token)
