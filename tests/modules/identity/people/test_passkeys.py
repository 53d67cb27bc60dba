"""Passkeys: the published vectors, sign-in without a password, and what an attacker tries with them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.webauthn_checks import (
    RelyingParty,
    challenge_of,
    check_assertion,
    check_registration,
)
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import MINUTE_MS
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, Town, refused
from tests.modules.identity.people.soft_authenticator import PRESENT, SoftAuthenticator, text_of

EXAMPLE = RelyingParty("example", "example.org", ("https://example.org",))


def vectors(shared_folder: Path) -> list[dict[str, Any]]:
    found = json.loads((shared_folder / "data/webauthn_vectors/vectors.json").read_text())
    return [vector for vector in found if "registration" in vector]


def credential_of(vector: dict[str, str], credential_id: str, names: tuple[str, ...]) -> dict[str, Any]:
    shown = text_of(bytes.fromhex(credential_id))
    response = {name: text_of(bytes.fromhex(vector[name])) for name in names}
    return {"id": shown, "rawId": shown, "type": "public-key", "response": response}


def test_the_published_vectors_are_judged_rightly(shared_folder: Path) -> None:
    """Those whose giver was verified (flag UV) are accepted, as far as their algorithm is one that browsers offer."""
    accepted = []
    for vector in vectors(shared_folder):
        made, used = vector["registration"], vector["authentication"]
        made_names = ("clientDataJSON", "attestationObject")
        credential = credential_of(made, made["credential_id"], made_names)
        assert challenge_of(credential).hex() == made["challenge"]
        try:
            registered = check_registration(credential, bytes.fromhex(made["challenge"]), EXAMPLE)
        except RefusedError:
            continue
        used_names = ("clientDataJSON", "authenticatorData", "signature")
        assertion = credential_of(used, made["credential_id"], used_names)
        is_verified = bool(bytes.fromhex(used["authenticatorData"])[32] & 0x04)
        try:
            check_assertion(assertion, bytes.fromhex(used["challenge"]), EXAMPLE, registered.public_key)
        except RefusedError:
            assert not is_verified, vector["name"]
        else:
            assert is_verified, vector["name"]
            accepted.append(vector["name"])
    assert accepted


def session_of(town: Town, user_id: int) -> LiveSession:
    step = town.people.sign_ins.admit(user_id, "sign_up", LAPTOP, town.now_ms)
    assert step.opened is not None
    return town.people.session(step.opened.token, LAPTOP, town.now_ms)


def link(town: Town, live: LiveSession, key: SoftAuthenticator, name: str = "my key") -> None:
    town.people.passkeys.finish(
        live, key.make(town.people.passkeys.begin(live.user_id, town.now_ms)), name, town.now_ms
    )


def test_a_passkey_alone_signs_in(town: Town) -> None:
    live, key = session_of(town, town.sign_up()), SoftAuthenticator()
    link(town, live, key)
    template, values = town.post.last(EMAIL)
    assert (template, values["name"]) == ("passkey_added", "my key")
    assert values["device"], "a notice says on which device it was done"
    assert values["place"]
    options = town.people.passkeys.ask(None, town.now_ms)
    assert "allowCredentials" not in options or options["allowCredentials"] == []
    assert town.people.passkeys.sign_in(key.use(options), town.now_ms) == live.user_id


def test_an_answer_is_good_once(town: Town) -> None:
    live, key = session_of(town, town.sign_up()), SoftAuthenticator()
    link(town, live, key)
    answer = key.use(town.people.passkeys.ask(None, town.now_ms))
    town.people.passkeys.sign_in(answer, town.now_ms)
    with refused("passkey_over"):
        town.people.passkeys.sign_in(answer, town.now_ms)


def test_a_challenge_lives_five_minutes_and_serves_one_purpose(town: Town) -> None:
    live, key = session_of(town, town.sign_up()), SoftAuthenticator()
    link(town, live, key)
    late = key.use(town.people.passkeys.ask(None, town.now_ms))
    with refused("passkey_over"):
        town.people.passkeys.sign_in(late, town.now_ms + 5 * MINUTE_MS)
    for_step_up = key.use(town.people.passkeys.ask(live, town.now_ms))
    with refused("passkey_over"):
        town.people.passkeys.sign_in(for_step_up, town.now_ms)


def _elsewhere(key: SoftAuthenticator) -> None:
    key.origin = "http://localhost.evil.example"


def _other_domain(key: SoftAuthenticator) -> None:
    key.domain = "evil.example"


def _unverified(key: SoftAuthenticator) -> None:
    key.flags = PRESENT


def _other_key(key: SoftAuthenticator) -> None:
    key.key = SoftAuthenticator().key


def _unknown(key: SoftAuthenticator) -> None:
    key.credential_id = b"unknown"


@pytest.mark.parametrize("attack", [_elsewhere, _other_domain, _unverified, _other_key, _unknown])
def test_forged_answers_are_refused(town: Town, attack: Callable[[SoftAuthenticator], None]) -> None:
    live, key = session_of(town, town.sign_up()), SoftAuthenticator()
    link(town, live, key)
    attack(key)
    answer = key.use(town.people.passkeys.ask(None, town.now_ms))
    with refused("passkey_refused"):
        town.people.passkeys.sign_in(answer, town.now_ms)


@pytest.mark.parametrize("attack", [_elsewhere, _other_domain, _unverified])
def test_a_passkey_made_elsewhere_is_not_linked(town: Town, attack: Callable[[SoftAuthenticator], None]) -> None:
    live, key = session_of(town, town.sign_up()), SoftAuthenticator()
    attack(key)
    with refused("passkey_refused"):
        link(town, live, key)
    assert town.people.passkeys.all(live.user_id) == []


def test_a_copied_passkey_is_blocked_and_its_owner_told(town: Town) -> None:
    live, key = session_of(town, town.sign_up()), SoftAuthenticator()
    link(town, live, key)
    for count in (5, 3):
        key.count = count
        answer = key.use(town.people.passkeys.ask(None, town.now_ms))
        if count == 5:
            town.people.passkeys.sign_in(answer, town.now_ms)
            continue
        with refused("passkey_refused"):
            town.people.passkeys.sign_in(answer, town.now_ms, LAPTOP)
    seen = {"name": "my key", "device": LAPTOP.name, "place": f"Valencia ({LAPTOP.address})"}
    assert town.post.last(EMAIL) == ("passkey_blocked", seen)
    assert [passkey.is_blocked for passkey in town.people.passkeys.all(live.user_id)] == [True]
    key.count = 100
    with refused("passkey_refused"):
        town.people.passkeys.sign_in(key.use(town.people.passkeys.ask(None, town.now_ms)), town.now_ms)


def test_a_passkey_confirms_acts_of_its_owner_only(town: Town) -> None:
    live, other = session_of(town, town.sign_up()), session_of(town, town.sign_up("mallory@example.com"))
    key = SoftAuthenticator()
    link(town, other, key)
    with refused("passkey_refused"):
        town.people.passkeys.step_up(live, key.use(town.people.passkeys.ask(live, town.now_ms)), town.now_ms)
    town.people.passkeys.step_up(other, key.use(town.people.passkeys.ask(other, town.now_ms)), town.now_ms)


def test_one_has_to_stay(town: Town) -> None:
    live, first, second = session_of(town, town.sign_up()), SoftAuthenticator(), SoftAuthenticator()
    link(town, live, first, "old")
    with refused("last_passkey"):
        town.people.passkeys.remove(live, first.credential_id.hex(), town.now_ms)
    link(town, live, second, "new")
    town.people.passkeys.remove(live, first.credential_id.hex(), town.now_ms)
    town.people.passkeys.rename(live.user_id, second.credential_id.hex(), "newer")
    assert [passkey.name for passkey in town.people.passkeys.all(live.user_id)] == ["newer"]
    with refused("passkey_refused"):
        town.people.passkeys.sign_in(first.use(town.people.passkeys.ask(None, town.now_ms)), town.now_ms)


@pytest.mark.parametrize("credential_id", ["", "zz", "00", "ab" * 5000])
def test_no_such_passkey(town: Town, credential_id: str) -> None:
    live = session_of(town, town.sign_up())
    with refused("passkey_not_found"):
        town.people.passkeys.remove(live, credential_id, town.now_ms)


def test_a_passkey_belongs_to_one_person(town: Town) -> None:
    live, other, key = (
        session_of(town, town.sign_up()),
        session_of(town, town.sign_up("mallory@example.com")),
        SoftAuthenticator(),
    )
    link(town, live, key)
    with refused("passkey_refused"):
        link(town, other, key)
    with refused("passkey_not_found"):
        town.people.passkeys.rename(other.user_id, key.credential_id.hex(), "mine")


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"response": None},
        {"response": {"clientDataJSON": "!"}},
        {"response": {"clientDataJSON": "bnVsbA"}},
        {"x": "y" * 70_000},
    ],
)
def test_nonsense_is_refused(town: Town, credential: dict[str, Any]) -> None:
    with refused("passkey_refused"):
        town.people.passkeys.sign_in(credential, town.now_ms)
