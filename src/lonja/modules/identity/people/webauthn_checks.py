"""What an authenticator answers, checked by W3C Web Authentication (level 3, sections 7.1 and 7.2).

Pure: no database and no clock; the challenge is looked up by the caller. Invariant: an answer is good for one challenge,
one of our own origins and our own domain only, and its giver was verified by the authenticator (PIN, finger, face).
"""

from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from typing import Any, Final, NamedTuple

import msgspec

from lonja.primitives.errors import RefusedError

CREDENTIAL_BYTES_MAX: Final = 1 << 16
# Any: what a browser sends is read by the library, which checks it.
Credential = dict[str, Any]


class RelyingParty(NamedTuple):
    """Who asks: the name people see, the domain that passkeys belong to, and where our pages come from."""

    name: str
    domain: str
    origins: tuple[str, ...]


class Registered(NamedTuple):
    """A new passkey: id, public key (COSE), counter, and the model of the authenticator (AAGUID)."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    model: str


def challenge_of(credential: Credential) -> bytes:
    """The challenge that ``credential`` says it answers. Raises ``RefusedError``."""
    try:
        if len(msgspec.json.encode(credential)) > CREDENTIAL_BYTES_MAX:
            raise _refused()
        client_data = msgspec.json.decode(_bytes(credential["response"]["clientDataJSON"]))
        return _bytes(client_data["challenge"])
    except (KeyError, TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        raise _refused() from error


def credential_id_of(credential: Credential) -> bytes:
    """The id of the passkey that ``credential`` comes from. Raises ``RefusedError``."""
    try:
        return _bytes(credential["rawId"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refused() from error


def check_registration(credential: Credential, challenge: bytes, party: RelyingParty) -> Registered:
    """The passkey made. Raises ``RefusedError``."""
    from webauthn import verify_registration_response  # noqa: PLC0415

    try:
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except Exception as error:
        # The library raises whatever the bytes of a stranger lead to; all of it means the same here.
        raise _refused() from error
    return Registered(found.credential_id, found.credential_public_key, found.sign_count, found.aaguid)


def check_assertion(credential: Credential, challenge: bytes, party: RelyingParty, public_key: bytes) -> int:
    """The counter of the passkey after this use. Raises ``RefusedError``."""
    from webauthn import verify_authentication_response  # noqa: PLC0415

    try:
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=list(party.origins),
            credential_public_key=public_key,
            # Compared by the caller, who must also block a passkey whose counter went back.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:
        raise _refused() from error
    return found.new_sign_count


def _bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except Base64Error as error:
        raise ValueError(text) from error


def _refused() -> RefusedError:
    return RefusedError("passkey_refused", "The passkey was not accepted.", "Try again, or use another way to sign in.")
