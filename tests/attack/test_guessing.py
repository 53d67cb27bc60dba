"""Guessing, spraying, counting answers, replaying and moving clocks: what an attacker learns or opens by it is nothing."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from lonja.adapters.provider_local import NAME, Admission, LocalProvider
from lonja.modules.identity.people.authenticator import STEP_MS
from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.passwords import PasswordHasher
from lonja.modules.identity.people.recovery import PASSWORD as FORGOTTEN
from lonja.modules.identity.people.recovery import UNFREEZE
from lonja.modules.identity.people.sign_up import SignUpForm
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.identity.people.conftest import (
    EMAIL,
    LAPTOP,
    PASSWORD,
    TERMS,
    Town,
    people_postgres,
    refused,
    town,
)

__all__ = ["people_postgres", "town"]

NOBODY, FROZEN = "nobody@example.com", "frozen@example.com"


def outcome(act: Callable[[], Any]) -> str:
    """The code of a refusal, "done" without one."""
    try:
        act()
    except RefusedError as error:
        return error.code
    return "done"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often a password was hashed: what costs time is counted, since time itself is noise."""
    done: list[str] = []

    def counted(name: str) -> None:
        plain = getattr(PasswordHasher, name)

        def method(self: PasswordHasher, *args: str) -> Any:
            done.append(name)
            return plain(self, *args)

        monkeypatch.setattr(PasswordHasher, name, method)

    for name in ("hash", "fits"):
        counted(name)
    return done


def peopled(town: Town) -> Town:
    """Somebody, and somebody who is frozen."""
    town.sign_up()
    town.people.recoveries.freeze(town.sign_up(FROZEN), "lost", town.now_ms)
    return town


# -- Who has an account ----------------------------------------------------------------------------------------------


def test_signing_in_tells_nobody_who_has_an_account(town: Town, hashed: list[str]) -> None:
    peopled(town)
    seen = set()
    for identifier in (EMAIL, FROZEN, NOBODY, "no contact", "+14155550199", "\0", "\ud800", "x" * 5_000):
        hashed.clear()
        sent = len(town.post.sent)
        codes = tuple(
            outcome(lambda: town.people.sign_ins.begin(identifier, "wrong", LAPTOP, town.now_ms))  # noqa: B023
            for _ in range(8)
        )
        seen.add((codes, tuple(hashed), len(town.post.sent) - sent))
    assert len(seen) == 1, "answers, hashes and messages are alike"


def test_signing_up_tells_nobody_who_has_an_account(town: Town, hashed: list[str]) -> None:
    peopled(town)
    town.wait(HOUR_MS)
    seen = set()
    for identifier in (EMAIL, FROZEN, NOBODY):
        hashed.clear()
        sent = len(town.post.sent)
        form = SignUpForm(identifier, PASSWORD, "ES", [TERMS.text_hash])
        token = town.people.sign_ups.begin(form, town.now_ms)
        codes = [outcome(lambda: town.people.sign_ups.resend(token, town.now_ms))]  # noqa: B023
        codes += [
            outcome(lambda: town.people.sign_ups.confirm(token, "0000000", town.now_ms))  # noqa: B023
            for _ in range(8)
        ]
        seen.add((tuple(codes), tuple(hashed), len(town.post.sent) - sent))
    assert len(seen) == 1


@pytest.mark.parametrize("kind", [FORGOTTEN, UNFREEZE])
def test_recovering_tells_nobody_who_has_an_account(town: Town, hashed: list[str], kind: str) -> None:
    peopled(town)
    town.wait(HOUR_MS)
    seen = set()
    for identifier in (EMAIL, FROZEN, NOBODY, "no contact"):
        hashed.clear()
        codes = []
        for _ in range(2):
            # The count goes on in another recovery of the same contact, or does not: alike for everybody.
            step = town.people.recoveries.begin(kind, identifier, "wrong", LAPTOP.address, town.now_ms)
            codes.append(",".join(step.missing))
            codes += [
                outcome(lambda: town.people.recoveries.factor(step.token, "email", "0000000", town.now_ms))  # noqa: B023
                for _ in range(8)
            ]
            codes.append(outcome(lambda: town.people.recoveries.choose_password(step.token, "x", town.now_ms)))  # noqa: B023
        seen.add((tuple(codes), tuple(hashed)))
    assert len(seen) == 1, seen


def test_who_merely_knows_a_contact_locks_nobody_out_of_signing_in(town: Town) -> None:
    town.sign_up()
    step = town.people.recoveries.begin(FORGOTTEN, EMAIL, "", "198.51.100.7", town.now_ms)
    for _ in range(8):
        outcome(lambda: town.people.recoveries.factor(step.token, "email", "0000000", town.now_ms))
    begun = town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    town.people.sign_ins.send_code(begun.token, "email", town.now_ms)
    done = town.people.sign_ins.factor(begun.token, "email", town.post.code(EMAIL), LAPTOP, town.now_ms)
    assert done.stage == "device"


# -- Replays and clocks ----------------------------------------------------------------------------------------------


def with_authenticator(town: Town) -> tuple[int, pyotp.TOTP]:
    """Somebody with an authenticator, whose next code is still unused."""
    user_id = town.sign_up()
    live = session_of(town, user_id)
    secret = town.people.self_service.begin_authenticator(user_id).secret
    generator = pyotp.TOTP(secret)
    town.people.self_service.confirm_authenticator(live, generator.at(town.now_ms // 1000), town.now_ms)
    town.wait(2 * STEP_MS)
    return user_id, generator


def session_of(town: Town, user_id: int, client: Client = LAPTOP) -> Any:
    opened = town.people.sign_ins.admit(user_id, "passkey", client, town.now_ms).opened
    assert opened is not None
    return town.people.session(opened.token, client, town.now_ms)


def test_a_code_of_the_authenticator_is_good_once_wherever_and_whatever_the_clock_does(town: Town) -> None:
    """Replay: what was seen over a shoulder opens nothing, also after the clock was set back."""
    user_id, generator = with_authenticator(town)
    live = session_of(town, user_id)
    code = generator.at(town.now_ms // 1000)
    town.people.step_up(live, "authenticator", code, town.now_ms)
    for moved in (0, STEP_MS, -STEP_MS, -10 * STEP_MS, -HOUR_MS):
        town.wait(max(moved, 0))
        now_ms = max(town.now_ms + min(moved, 0), 1_700_000_000_000)
        begun = town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, now_ms)
        with refused("factor_wrong"):
            town.people.sign_ins.factor(begun.token, "authenticator", code, LAPTOP, now_ms)
        with refused("factor_wrong"):
            town.people.step_up(live, "authenticator", generator.at(now_ms // 1000 - 60), now_ms)
        with town.people.parts.transaction() as session:
            town.people.parts.factors.forgive(session, user_id)


def test_a_clock_set_back_opens_no_lock_and_no_used_code(town: Town) -> None:
    town.sign_up()
    town.wait(HOUR_MS)
    for _ in range(5):
        with refused("credentials_wrong"):
            town.people.sign_ins.begin(EMAIL, "wrong", LAPTOP, town.now_ms)
    for now_ms in (town.now_ms, town.now_ms - 30 * MINUTE_MS):
        with refused("too_many_attempts"):
            town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, now_ms)


def test_a_mailed_code_is_good_for_one_purpose_and_once(town: Town) -> None:
    user_id = town.sign_up()
    live = session_of(town, user_id)
    town.people.send_step_up_code(live, "email", town.now_ms)
    code = town.post.code(EMAIL)
    begun = town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    with refused("factor_wrong"):
        town.people.sign_ins.factor(begun.token, "email", code, LAPTOP, town.now_ms)
    town.people.step_up(live, "email", code, town.now_ms)
    with refused("factor_wrong"):
        town.people.step_up(live, "email", code, town.now_ms)


def test_asking_for_more_codes_buys_no_more_guesses(town: Town) -> None:
    town.sign_up()
    begun = town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    codes = []
    for _ in range(4):
        codes.append(outcome(lambda: town.people.sign_ins.send_code(begun.token, "email", town.now_ms)))
        codes += [
            outcome(lambda: town.people.sign_ins.factor(begun.token, "email", "0000000", LAPTOP, town.now_ms))
            for _ in range(3)
        ]
        town.wait(MINUTE_MS)
    assert codes.count("factor_wrong") <= 6


def test_many_addresses_guess_one_code_no_more_often_than_one(town: Town) -> None:
    """Guessing in parallel sign-ins, each with the right password, shares one count."""
    town.sign_up()
    codes = []
    for number in range(5):
        client = Client(f"198.51.100.{number}", f"browser {number}")
        begun = town.people.sign_ins.begin(EMAIL, PASSWORD, client, town.now_ms)
        codes += [
            outcome(lambda: town.people.sign_ins.factor(begun.token, "email", "0000000", client, town.now_ms))  # noqa: B023
            for _ in range(3)
        ]
    assert (codes.count("factor_wrong"), codes.count("too_many_attempts")) == (6, 9)


# -- Two at once -----------------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """What became of several acts begun at the same moment."""
    ends: list[str] = []
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        barrier.wait()
        ends.append(outcome(act))

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_one_code_of_the_authenticator_used_twice_at_once_is_good_once(town: Town) -> None:
    user_id, generator = with_authenticator(town)
    live, code = session_of(town, user_id), generator.at(town.now_ms // 1000)
    act = lambda: town.people.step_up(live, "authenticator", code, town.now_ms)  # noqa: E731
    assert at_once(act, act, act).count("done") == 1


def brought(town: Town, email: str) -> tuple[str, str, str, Any]:
    """State, code and browser of somebody back from a provider to link, and their session."""
    provider = LocalProvider()
    town.people.connected.offer([provider])
    live = session_of(town, town.sign_up(email))
    setting = town.people.connected.begin(NAME, "security", live, town.now_ms)
    query = {name: values[0] for name, values in parse_qs(urlsplit(setting.address).query).items()}
    asked = Admission(**query)
    return asked.state, provider.admit(asked, "same@example.net"), setting.browser, live


def test_one_way_back_from_a_provider_at_once_counts_once(town: Town) -> None:
    state, code, browser, live = brought(town, EMAIL)
    act = lambda: town.people.connected.link(live, state, code, browser, town.now_ms)  # noqa: E731
    assert at_once(act, act, act) == ["connecting_over", "connecting_over", "done"]


def test_of_two_removals_at_once_one_way_in_is_left(town: Town) -> None:
    state, code, browser, live = brought(town, EMAIL)
    account = town.people.connected.link(live, state, code, browser, town.now_ms)
    act = lambda: town.people.connected.unlink(live, account.connected_id, town.now_ms)  # noqa: E731
    ends = at_once(act, act)
    assert ends.count("done") == 1
    assert set(ends) <= {"done", "connected_not_found", "changed_meanwhile"}


# -- Texts that become headers ---------------------------------------------------------------------------------------

INJECTED = [
    "alice@example.com\r\nBcc: eve@example.com",
    "alice@example.com\nBcc:eve@example.com",
    "alice@example.com%0d%0aBcc: eve@example.com\n",
    "alice@example.com, eve@example.com",
    "alice@example.com;eve@example.com",
    '"eve@example.com\r\n"@example.com',
    "alice@example.com\0",
    "<alice@example.com>",
    "alice@exa\u0441mple.com",
    "+14155550100\r\nX: y",
    "+14155550100;ext=1,eve",
]


@pytest.mark.parametrize("contact", INJECTED)
def test_no_contact_brings_a_header_or_a_second_addressee_along(town: Town, contact: str) -> None:
    form = SignUpForm(contact, PASSWORD, "ES", [TERMS.text_hash])
    ended = outcome(lambda: town.people.sign_ups.begin(form, town.now_ms))
    for to, _, values in town.post.sent:
        for text in (to.address, *values.values()):
            assert text.isprintable()
            assert "eve" not in text
    assert ended in ("email_invalid", "phone_invalid") or town.post.sent


@pytest.mark.parametrize(
    "user_agent", ["x\r\nBcc: eve@example.com", "\0", "<script>alert(1)</script>", "\u202egnp", "x" * 9_000]
)
def test_no_browser_names_itself_into_a_mail(user_agent: str) -> None:
    name = Client("203.0.113.7", user_agent).name
    assert name.isprintable()
    assert len(name) < 60
    assert "<" not in name
