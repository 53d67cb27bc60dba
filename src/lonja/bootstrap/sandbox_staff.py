"""The ready staff of a sandbox: two people with every role, so that what takes two can be tried.

Why here: ``sandbox.json`` shows their passwords and passkeys again at every start, so this file keeps them sealed beside
the databases. The passkeys are software: a script signs with the private key what an authenticator would. Invariant:
secrets are kept before the accounts that need them are made, so a crash between leaves nobody locked out.
"""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from lonja.adapters.durable_files import write_atomically
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.identity.api import People, Registered, SecretBox
from lonja.primitives.errors import DataCorruptError, RefusedError

FILE_NAME: Final = "sandbox-staff.age"
NAMES: Final = ("ada", "ben")
_CONTEXT: Final = "sandbox staff"
_RESIDENCE: Final = "ES"
_DOMAIN: Final = "localhost"
_MODEL: Final = "software"
_PRESENT_AND_VERIFIED: Final = b"\x05"
"""Flags of an authenticator's answer (W3C Web Authentication, section 6.1): its owner was there and is who they are."""
_COSE_HEAD: Final = bytes.fromhex("a5010203262001215820")
"""A COSE key on P-256 for ES256 (RFC 9053), up to its x; y follows after ``_COSE_Y``."""
_COSE_Y: Final = bytes.fromhex("225820")

_log = structlog.get_logger("lonja.sandbox")


class SandboxPasskey(msgspec.Struct, frozen=True):
    """A passkey in software: ES256, private key as PKCS 8 in PEM, and what it signs for."""

    credential_id: str
    private_key: str
    domain: str
    origin: str


class SandboxStaff(msgspec.Struct, frozen=True):
    """A member of staff as ``sandbox.json`` shows one."""

    name: str
    user_id: int
    identifier: str
    password: str
    roles: list[str]
    passkey: SandboxPasskey


class ReadyDesk:
    """The ready staff as their own sign-in page meets them; nobody before ``people`` is set."""

    def __init__(self) -> None:
        """Nobody is ready yet."""
        self.people: Sequence[SandboxStaff] = ()

    def shown(self) -> Sequence[Mapping[str, object]]:
        """Who still has a role, and how they sign in."""
        names = ("name", "identifier", "password")
        return [{name: getattr(one, name) for name in names} for one in self.people if one.roles]

    def signed(self, name: str, challenge: str) -> Mapping[str, object] | None:
        """What the passkey of ``name`` answers to ``challenge``; None for nobody ready."""
        found = next((one for one in self.people if one.name == name), None)
        return None if found is None else answer_of(found.passkey, challenge)


def answer_of(passkey: SandboxPasskey, challenge: str) -> Mapping[str, object]:
    """What an authenticator with ``passkey`` answers, its owner present and verified, in the form of a browser."""
    key = load_pem_private_key(passkey.private_key.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey), "it was made here"
    client = json.dumps({"type": "webauthn.get", "challenge": challenge, "origin": passkey.origin}).encode()
    # Its counter stays 0, which says that this authenticator does not count.
    data = sha256(passkey.domain.encode()).digest() + _PRESENT_AND_VERIFIED + bytes(4)
    signature = key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
    parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
    response = {name: _base64url(raw) for name, raw in parts.items()}
    shown = _base64url(bytes.fromhex(passkey.credential_id))
    return {"id": shown, "rawId": shown, "type": "public-key", "response": response, "clientExtensionResults": {}}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class _Kept(msgspec.Struct, frozen=True):
    name: str
    password: str
    credential_id: str
    private_key: str

    @property
    def identifier(self) -> str:
        return f"{self.name}@staff.example.com"


def ensure_staff(
    data: Path, box: SecretBox, people: People, office: BackOffice, origin: str, now_ms: int
) -> list[SandboxStaff]:
    """The ready staff of ``data``, made when absent (blocking); ``origin`` is where the house's pages come from.

    Raises ``DataError``.
    """
    return [_ensured(kept, people, office, origin, now_ms) for kept in _kept(data / FILE_NAME, box)]


def _ensured(kept: _Kept, people: People, office: BackOffice, origin: str, now_ms: int) -> SandboxStaff:
    user = people.user_of_contact(kept.identifier)
    user_id = (
        people.sign_ups.enroll(kept.identifier, kept.password, _RESIDENCE, now_ms) if user is None else user.user_id
    )
    if not people.passkeys.all(user_id):
        people.passkeys.enroll(user_id, _registered(kept), "ready", now_ms)
    if not office.staff.roles(user_id):
        try:
            office.staff.make_first(user_id, tuple(office.rules.roles))
        except RefusedError as error:
            # Whoever took the roles away, and has administrators of their own, meant it.
            _log.info("the ready staff have no roles any more", code=error.code)
    passkey = SandboxPasskey(kept.credential_id, kept.private_key, _DOMAIN, origin)
    roles = sorted(office.staff.roles(user_id))
    return SandboxStaff(kept.name, user_id, kept.identifier, kept.password, roles, passkey)


def _registered(kept: _Kept) -> Registered:
    key = load_pem_private_key(kept.private_key.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey), "it was made here"
    numbers = key.public_key().public_numbers()
    public_key = _COSE_HEAD + numbers.x.to_bytes(32) + _COSE_Y + numbers.y.to_bytes(32)
    return Registered(bytes.fromhex(kept.credential_id), public_key, 0, _MODEL)


def _kept(path: Path, box: SecretBox) -> list[_Kept]:
    if path.exists():
        try:
            return msgspec.json.decode(box.open(path.read_bytes(), _CONTEXT), type=list[_Kept])
        except (DataCorruptError, msgspec.DecodeError) as error:
            message = f"{path} is damaged."
            remedy = "Restore it from a copy, or delete it and begin anew in another folder."
            raise DataCorruptError(message, remedy) from error
    made = [_made(name) for name in NAMES]
    write_atomically(path, box.seal(msgspec.json.encode(made), _CONTEXT))
    return made


def _made(name: str) -> _Kept:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    password = urlsafe_b64encode(secrets.token_bytes(15)).decode()
    return _Kept(name, password, secrets.token_hex(16), pem)
