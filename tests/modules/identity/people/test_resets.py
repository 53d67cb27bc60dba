"""A lost factor: proved by the others, reviewed, cooled, canceled or taken off."""

import threading

import pytest

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.resets import ResetState
from lonja.modules.identity.people.sessions import LiveSession
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, PASSWORD, PHONE, Town, refused
from tests.modules.identity.people.test_addresses import with_phone


class Desk:
    """Keeps what staff were asked."""

    def __init__(self) -> None:
        self.cases: dict[int, tuple[int, str, str]] = {}
        self.withdrawn: list[int] = []

    def open(self, user_id: int, reset_id: int, factor: str, reason: str) -> int:
        self.cases[reset_id] = (user_id, factor, reason)
        return 100 + reset_id

    def withdraw(self, case_id: int) -> None:
        self.withdrawn.append(case_id)


def lost_phone(town: Town) -> tuple[LiveSession, Desk, int]:
    """Somebody with e-mail and phone who lost the phone and proved the e-mail."""
    live, desk = with_phone(town), Desk()
    resets = town.people.resets
    resets.desk = desk
    step = resets.begin(live.user_id, "phone", "it fell into the sea", town.now_ms)
    assert step.missing == ("email",)
    resets.send_code(step.token, "email", town.now_ms)
    done = resets.factor(step.token, "email", town.post.code(EMAIL), town.now_ms)
    assert done == ("", ())
    (reset_id,) = desk.cases
    assert desk.cases[reset_id] == (live.user_id, "phone", "it fell into the sea")
    return live, desk, reset_id


def cancel_token(town: Town, contact: str) -> str:
    return town.post.last(contact)[1]["cancel_this_link"].partition("?token=")[2]


def test_a_lost_phone_is_taken_off_after_review_and_cooling(town: Town) -> None:
    live, _, reset_id = lost_phone(town)
    resets = town.people.resets
    assert town.post.last(PHONE)[0] == "factor_reset_asked"
    resets.decided(reset_id, approved=True, now_ms=town.now_ms)
    town.facts.clear()
    town.wait(DAY_MS - 1)
    town.people.keep_house(town.now_ms)
    assert town.people.user(live.user_id).factors == ("phone", "email")
    town.wait(1)
    town.people.keep_house(town.now_ms)
    assert town.people.user(live.user_id).factors == ("email",)
    assert town.facts == [SecurityChanged(live.user_id, "factor_reset", town.now_ms)]
    assert town.post.last(PHONE)[0] == town.post.last(EMAIL)[0] == "factor_reset_done"
    last = resets.last(live.user_id)
    assert last is not None
    assert last.state is ResetState.DONE


def test_every_session_ends_when_a_factor_is_taken_off(town: Town) -> None:
    live = with_phone(town)
    opened = town.people.sign_ins.admit(live.user_id, "passkey", LAPTOP, town.now_ms).opened
    assert opened is not None
    town.people.resets.approve_at_once(live.user_id, "phone", town.now_ms)
    town.wait(DAY_MS)
    town.people.resets.finish_due(town.now_ms)
    with refused("session_ended"):
        town.people.session(opened.token, LAPTOP, town.now_ms)


@pytest.mark.parametrize("contact", [EMAIL, PHONE])
def test_any_contact_can_cancel_by_its_link(town: Town, contact: str) -> None:
    live, desk, reset_id = lost_phone(town)
    town.people.resets.cancel_by_link(cancel_token(town, contact), town.now_ms)
    assert desk.withdrawn == [100 + reset_id]
    town.people.resets.decided(reset_id, approved=True, now_ms=town.now_ms)
    town.wait(2 * DAY_MS)
    town.people.keep_house(town.now_ms)
    assert town.people.user(live.user_id).factors == ("phone", "email")
    with refused("reset_over"):
        town.people.resets.cancel_by_link(cancel_token_of(town, PHONE), town.now_ms)


def cancel_token_of(town: Town, contact: str) -> str:
    """The last token that was sent to ``contact``."""
    links = [
        values["cancel_this_link"]
        for to, _, values in town.post.sent
        if to.address == contact and "cancel_this_link" in values
    ]
    return links[-1].partition("?token=")[2]


def test_the_owner_cancels_from_a_session_while_it_cools(town: Town) -> None:
    live, _, reset_id = lost_phone(town)
    town.people.resets.decided(reset_id, approved=True, now_ms=town.now_ms)
    town.people.resets.cancel(live, town.now_ms)
    town.wait(DAY_MS)
    assert town.people.resets.finish_due(town.now_ms) == 0
    with refused("reset_not_found"):
        town.people.resets.cancel(live, town.now_ms)


def test_a_forged_or_other_link_cancels_nothing(town: Town) -> None:
    live, _, reset_id = lost_phone(town)
    freeze = town.people.recoveries.freeze_link(live.user_id, town.now_ms)
    right = cancel_token(town, PHONE)
    for token in (
        freeze,
        right[:-1] + ("0" if right[-1] != "0" else "1"),
        f"{reset_id}.{town.now_ms + DAY_MS}.",
        "",
        "a.b.c",
    ):
        with refused("link_over"):
            town.people.resets.cancel_by_link(token, town.now_ms)


def test_refused_by_staff_nothing_changes_and_it_can_be_asked_again(town: Town) -> None:
    live, _, reset_id = lost_phone(town)
    town.people.resets.decided(reset_id, approved=False, now_ms=town.now_ms)
    assert town.post.last(PHONE)[0] == "factor_reset_refused"
    assert town.people.user(live.user_id).factors == ("phone", "email")
    assert town.people.resets.begin(live.user_id, "phone", "again", town.now_ms).missing == ("email",)


def test_one_reset_at_a_time(town: Town) -> None:
    live, _, _ = lost_phone(town)
    with refused("reset_open"):
        town.people.resets.begin(live.user_id, "phone", "once more", town.now_ms)


@pytest.mark.parametrize(
    ("factor", "code"),
    [("authenticator", "factor_not_bound"), ("passkey", "factor_unknown"), ("email", "last_contact")],
)
def test_what_cannot_be_reset(town: Town, factor: str, code: str) -> None:
    user_id = town.sign_up()
    with refused(code):
        town.people.resets.begin(user_id, factor, "lost", town.now_ms)


def test_the_lost_factor_proves_nothing_about_itself(town: Town) -> None:
    live = with_phone(town)
    step = town.people.resets.begin(live.user_id, "phone", "lost", town.now_ms)
    with refused("method_unavailable"):
        town.people.resets.send_code(step.token, "sms", town.now_ms)
    with refused("factor_wrong"):
        town.people.resets.factor(step.token, "sms", "123456", town.now_ms)


def test_a_reset_begins_from_a_sign_in_whose_password_was_right(town: Town) -> None:
    with_phone(town)
    phone_less = Client("198.51.100.9", LAPTOP.user_agent)
    begun = town.people.sign_ins.begin(EMAIL, PASSWORD, phone_less, town.now_ms)
    assert town.people.resets.begin_signing_in(begun.token, "phone", "lost", town.now_ms).missing == ("email",)
    with refused("sign_in_over"):
        town.people.resets.begin_signing_in("nothing", "phone", "lost", town.now_ms)
    town.wait(HOUR_MS)
    with refused("sign_in_over"):
        town.people.resets.begin_signing_in(begun.token, "phone", "lost", town.now_ms)


def test_guessing_codes_of_a_reset_is_counted_with_all_others(town: Town) -> None:
    live = with_phone(town)
    step = town.people.resets.begin(live.user_id, "phone", "lost", town.now_ms)
    town.people.resets.send_code(step.token, "email", town.now_ms)
    right = town.post.code(EMAIL)
    answers = []
    for guess in range(8):
        try:
            town.people.resets.factor(step.token, "email", f"{(int(right) + guess + 1) % 10**6:06}", town.now_ms)
        except RefusedError as error:
            answers.append(error.code)
    assert answers[:5] == ["factor_wrong"] * 5
    assert answers[-1] == "too_many_attempts"
    with refused("too_many_attempts"):
        town.people.resets.factor(step.token, "email", right, town.now_ms)


def test_of_canceling_and_finishing_at_once_one_wins(town: Town) -> None:
    live, _, reset_id = lost_phone(town)
    town.people.resets.decided(reset_id, approved=True, now_ms=town.now_ms)
    town.wait(DAY_MS)
    outcomes: list[str] = []

    def cancel() -> None:
        try:
            town.people.resets.cancel(live, town.now_ms)
            outcomes.append("canceled")
        except RefusedError as error:
            outcomes.append(error.code)

    def finish() -> None:
        outcomes.append("done" if town.people.resets.finish_due(town.now_ms) else "nothing")

    threads = [threading.Thread(target=act) for act in (cancel, finish)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    factors = town.people.user(live.user_id).factors
    assert ("done" in outcomes) == (factors == ("email",))
    assert ("canceled" in outcomes) == (factors == ("phone", "email"))


def test_a_crash_before_the_case_is_mended(town: Town) -> None:
    live = with_phone(town)
    step = town.people.resets.begin(live.user_id, "phone", "lost", town.now_ms)
    town.people.resets.send_code(step.token, "email", town.now_ms)
    with refused("reset_unavailable"):
        town.people.resets.factor(step.token, "email", town.post.code(EMAIL), town.now_ms)
    desk = town.people.resets.desk = Desk()
    town.people.keep_house(town.now_ms)
    assert [case[1] for case in desk.cases.values()] == ["phone"]
    town.wait(MINUTE_MS)
    town.people.keep_house(town.now_ms)
    assert len(desk.cases) == 1


def test_a_frozen_account_keeps_its_factors(town: Town) -> None:
    live, _, reset_id = lost_phone(town)
    town.people.resets.decided(reset_id, approved=True, now_ms=town.now_ms)
    town.people.recoveries.freeze(live.user_id, "person", town.now_ms)
    town.wait(DAY_MS)
    assert town.people.resets.finish_due(town.now_ms) == 0
    with refused("state_changed"):
        town.people.resets.begin(live.user_id, "email", "lost", town.now_ms)
