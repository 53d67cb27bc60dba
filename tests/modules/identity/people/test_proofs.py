"""Password and passkey asked for by somebody who opens no session here: the entrance of staff."""

import pytest

from lonja.modules.identity.people.webauthn_checks import Registered
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, PASSWORD, Town, refused
from tests.modules.identity.people.soft_authenticator import SoftAuthenticator


@pytest.fixture
def ready(town: Town) -> tuple[int, SoftAuthenticator]:
    """A user that the house made ready, with a passkey."""
    user_id, key = town.people.sign_ups.enroll(EMAIL, PASSWORD, "ES", town.now_ms), SoftAuthenticator()
    made = Registered(key.credential_id, key.public_key, 0, "software")
    town.people.passkeys.enroll(user_id, made, "ready", town.now_ms)
    return user_id, key


def test_password_and_passkey(town: Town, ready: tuple[int, SoftAuthenticator]) -> None:
    user_id, key = ready
    assert town.people.sign_ins.check_password(EMAIL, PASSWORD, LAPTOP, town.now_ms) == user_id
    options = town.people.passkeys.ask_for_proof(user_id, town.now_ms)
    answer = key.use(options)
    town.people.passkeys.prove(user_id, answer, town.now_ms)
    with refused("passkey_over"):
        town.people.passkeys.prove(user_id, answer, town.now_ms)


def test_an_answer_for_one_purpose_is_no_good_for_another(town: Town, ready: tuple[int, SoftAuthenticator]) -> None:
    user_id, key = ready
    to_sign_in = key.use(town.people.passkeys.ask(None, town.now_ms))
    with refused("passkey_over"):
        town.people.passkeys.prove(user_id, to_sign_in, town.now_ms)
    to_prove = key.use(town.people.passkeys.ask_for_proof(user_id, town.now_ms))
    with refused("passkey_over"):
        town.people.passkeys.sign_in(to_prove, town.now_ms)


def test_a_challenge_for_one_person_is_not_answered_by_another(
    town: Town, ready: tuple[int, SoftAuthenticator]
) -> None:
    user_id, key = ready
    other = town.sign_up("mallory@example.com")
    answer = key.use(town.people.passkeys.ask_for_proof(user_id, town.now_ms))
    with refused("passkey_over"):
        town.people.passkeys.prove(other, answer, town.now_ms)
    foreign = key.use(town.people.passkeys.ask_for_proof(other, town.now_ms))
    with refused("passkey_refused"):
        town.people.passkeys.prove(other, foreign, town.now_ms)


def test_guesses_are_counted_as_at_any_sign_in(town: Town, ready: tuple[int, SoftAuthenticator]) -> None:
    for _ in range(5):
        with refused("credentials_wrong"):
            town.people.sign_ins.check_password(EMAIL, "Wrong-9-password", LAPTOP, town.now_ms)
    with refused("too_many_attempts"):
        town.people.sign_ins.check_password(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    with refused("credentials_wrong"):
        town.people.sign_ins.check_password("nobody@example.com", PASSWORD, LAPTOP, town.now_ms)


def test_a_contact_is_made_ready_once(town: Town, ready: tuple[int, SoftAuthenticator]) -> None:
    with refused("contact_taken"):
        town.people.sign_ups.enroll(EMAIL, PASSWORD, "ES", town.now_ms)
    found = town.people.user_of_contact(EMAIL)
    assert found is not None
    assert found.user_id == ready[0]
    assert town.people.user_of_contact("nobody@example.com") is None
