"""Passkeys: made, used to sign in without a password or to confirm an act, renamed, removed.

Source: domain row 1.06. Invariant: a challenge is used once, before the answer is looked at; a passkey whose counter
went back is blocked for good and its owner told; once there is a passkey, one stays.
"""

import secrets
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.sessions import LiveSession, step_up
from lonja.modules.identity.people.tables import ChallengeRow, PasskeyRow, UserRow
from lonja.modules.identity.people.tokens import digest_of
from lonja.modules.identity.people.webauthn_checks import (
    Credential,
    Registered,
    RelyingParty,
    challenge_of,
    check_assertion,
    check_registration,
    credential_id_of,
)
from lonja.primitives.errors import RefusedError

_MAKE, _SIGN_IN, _STEP_UP, _PROOF = "make", "sign_in", "step_up", "proof"
_NAME_LENGTH_MAX: Final = 50
# Any: the options go to the browser as the library writes them.
Options = dict[str, Any]


class Passkey(NamedTuple):
    """A passkey as its owner sees it."""

    credential_id: str
    name: str
    created_ms: int
    last_used_ms: int
    is_blocked: bool


class Passkeys:
    """Passkeys in the users' database. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, party: RelyingParty) -> None:
        """``party`` is who asks for passkeys."""
        self._parts = parts
        self._party = party

    def move_to(self, origins: tuple[str, ...]) -> None:
        """From now on our own pages come from ``origins``."""
        self._party = self._party._replace(origins=origins)

    # -- Making ------------------------------------------------------------------------------------------------------

    def begin(self, user_id: int, now_ms: int) -> Options:
        """What the browser needs to make a passkey. Raises ``RefusedError``."""
        from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415
        from webauthn.helpers import structs  # noqa: PLC0415

        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            known = session.scalars(select(PasskeyRow.credential_id).where(PasskeyRow.user_id == user_id)).all()
            if len(known) >= parts.rules.policy(row.residence, now_ms).passkeys_max:
                raise RefusedError("passkeys_full", "There are as many passkeys as there may be.", "Remove one first.")
            challenge = self._challenge(session, _MAKE, user_id, now_ms)
            user = parts.users.open(row)
        contact = user.email or user.phone
        options = generate_registration_options(
            rp_id=self._party.domain,
            rp_name=self._party.name,
            user_id=parts.users.index.digest("passkey_user", str(user_id)),
            user_name=contact.masked() if contact is not None else str(user_id),
            challenge=challenge,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
        )
        return msgspec.json.decode(options_to_json(options), type=Options)

    def finish(self, live: LiveSession, credential: Credential, name: str, now_ms: int) -> Passkey:
        """Keep the passkey made. Raises ``RefusedError``."""
        parts, named = self._parts, _checked(name)
        challenge = self._answered(credential, _MAKE, live.user_id, now_ms)
        made = check_registration(credential, challenge, self._party)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            passkey = PasskeyRow(
                credential_id=made.credential_id,
                user_id=live.user_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                model=made.model,
                sealed_name=parts.users.seal(row, "passkey_name", named),
                created_ms=now_ms,
                last_used_ms=now_ms,
            )
            session.add(passkey)
            try:
                session.flush()
            except IntegrityError as error:
                raise RefusedError(
                    "passkey_refused", "This passkey is linked already.", "Use it as it is, or add another one."
                ) from error
            user, shown = parts.users.open(row), self._open(row, passkey)
        parts.tell(user, "passkey_added", {"name": named}, live)
        return shown

    # -- Using -------------------------------------------------------------------------------------------------------

    def ask(self, live: LiveSession | None, now_ms: int) -> Options:
        """What the browser needs to use a passkey: to sign in, or to confirm an act in the session ``live``."""
        user_id = None if live is None else live.user_id
        return self._asked(_SIGN_IN if live is None else _STEP_UP, user_id, now_ms)

    def ask_for_proof(self, user_id: int, now_ms: int) -> Options:
        """What the browser needs to prove, with one of the passkeys of ``user_id``, who opens no session here."""
        return self._asked(_PROOF, user_id, now_ms)

    def prove(self, user_id: int, credential: Credential, now_ms: int, by: Client | None = None) -> None:
        """Check the answer that ``by`` gave to ``ask_for_proof``. Raises ``RefusedError``."""
        challenge = self._answered(credential, _PROOF, user_id, now_ms)
        self._use(credential, challenge, user_id, now_ms, by)

    def enroll(self, user_id: int, made: Registered, name: str, now_ms: int) -> None:
        """Keep a passkey that the house made itself, for accounts that it makes ready; no message tells of it."""
        with self._parts.transaction() as session:
            row = self._parts.users.find(session, user_id)
            passkey = PasskeyRow(
                credential_id=made.credential_id,
                user_id=user_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                model=made.model,
                sealed_name=self._parts.users.seal(row, "passkey_name", _checked(name)),
                created_ms=now_ms,
                last_used_ms=now_ms,
            )
            session.add(passkey)

    def _asked(self, purpose: str, user_id: int | None, now_ms: int) -> Options:
        from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415
        from webauthn.helpers import structs  # noqa: PLC0415

        with self._parts.transaction() as session:
            challenge = self._challenge(session, purpose, user_id, now_ms)
            known = session.scalars(select(PasskeyRow.credential_id).where(PasskeyRow.user_id == user_id)).all()
        options = generate_authentication_options(
            rp_id=self._party.domain,
            challenge=challenge,
            # For signing in nobody is named: which passkeys somebody has is nobody's business.
            allow_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known] or None,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        return msgspec.json.decode(options_to_json(options), type=Options)

    def sign_in(self, credential: Credential, now_ms: int, by: Client | None = None) -> int:
        """Who signs in from ``by`` with ``credential``: the user's id. Raises ``RefusedError``."""
        challenge = self._answered(credential, _SIGN_IN, None, now_ms)
        return self._use(credential, challenge, None, now_ms, by)

    def step_up(self, live: LiveSession, credential: Credential, now_ms: int) -> None:
        """Confirm an act in the session ``live`` by ``credential``. Raises ``RefusedError``."""
        challenge = self._answered(credential, _STEP_UP, live.user_id, now_ms)
        self._use(credential, challenge, live.user_id, now_ms, live)
        with self._parts.transaction() as session:
            step_up(session, live, now_ms)

    # -- Managing ----------------------------------------------------------------------------------------------------

    def all(self, user_id: int) -> list[Passkey]:
        """The passkeys of a user, oldest first."""
        with self._parts.transaction() as session:
            row = self._parts.users.find(session, user_id)
            query = select(PasskeyRow).where(PasskeyRow.user_id == user_id).order_by(PasskeyRow.created_ms)
            return [self._open(row, passkey) for passkey in session.scalars(query)]

    def rename(self, user_id: int, credential_id: str, name: str) -> None:
        """Give a passkey another name. Raises ``RefusedError``."""
        named = _checked(name)
        with self._parts.transaction() as session:
            row = self._parts.users.find(session, user_id)
            self._owned(session, user_id, credential_id).sealed_name = self._parts.users.seal(
                row, "passkey_name", named
            )

    def remove(self, live: LiveSession, credential_id: str, now_ms: int) -> None:
        """Unlink a passkey, unless it is the last. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            # Of two removals at once the second must see what the first left.
            parts.users.claim(session, row)
            passkey = self._owned(session, live.user_id, credential_id)
            left = session.scalar(select(func.count()).where(PasskeyRow.user_id == live.user_id)) or 0
            if left <= 1:
                message = "Once there is a passkey, one has to stay."
                raise RefusedError("last_passkey", message, "Add another one first.")
            name = self._open(row, passkey).name
            session.delete(passkey)
            parts.facts.record(session, SecurityChanged(live.user_id, "passkey", now_ms))
            user = parts.users.open(row)
        parts.facts.deliver()
        parts.tell(user, "passkey_removed", {"name": name}, live)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _challenge(self, session: Session, purpose: str, user_id: int | None, now_ms: int) -> bytes:
        challenge = secrets.token_bytes(32)
        session.add(
            ChallengeRow(
                challenge_digest=digest_of(challenge.hex()),
                purpose=purpose,
                user_id=user_id,
                expires_ms=now_ms + self._parts.rules.policy("", now_ms).passkey_life_ms,
            )
        )
        return challenge

    def _answered(self, credential: Credential, purpose: str, user_id: int | None, now_ms: int) -> bytes:
        """Use up the challenge that ``credential`` answers."""
        challenge = challenge_of(credential)
        at = (ChallengeRow.challenge_digest == digest_of(challenge.hex())) & (ChallengeRow.expires_ms > now_ms)
        whose = ChallengeRow.user_id.is_(None) if user_id is None else ChallengeRow.user_id == user_id
        with self._parts.transaction() as session:
            used = session.execute(
                delete(ChallengeRow)
                .where(at & whose & (ChallengeRow.purpose == purpose))
                .returning(ChallengeRow.purpose)
            ).scalar_one_or_none()
        if used is None:
            raise RefusedError("passkey_over", "This took too long, or was answered already.", "Try again.")
        return challenge

    def _use(
        self,
        credential: Credential,
        challenge: bytes,
        user_id: int | None,
        now_ms: int,
        by: LiveSession | Client | None,
    ) -> int:
        parts, credential_id = self._parts, credential_id_of(credential)
        refused = RefusedError("passkey_refused", "The passkey was not accepted.", "Try another way.")
        with parts.transaction() as session:
            passkey = session.get(PasskeyRow, credential_id)
            if passkey is None or passkey.blocked_ms is not None or user_id not in (None, passkey.user_id):
                raise refused
            public_key, owner = passkey.public_key, passkey.user_id
            name = self._open(parts.users.find(session, owner), passkey).name
        count = check_assertion(credential, challenge, self._party, public_key)
        with parts.transaction() as session:
            at = (PasskeyRow.credential_id == credential_id) & PasskeyRow.blocked_ms.is_(None)
            # Authenticators that do not count say 0 each time.
            moved_on = (PasskeyRow.sign_count < count) | ((PasskeyRow.sign_count == 0) & (count == 0))
            values = {"sign_count": count, "last_used_ms": now_ms}
            used = session.execute(update(PasskeyRow).where(at & moved_on).values(values).returning(PasskeyRow.user_id))
            is_used = used.scalar_one_or_none() is not None
            if not is_used:
                session.execute(update(PasskeyRow).where(at).values(blocked_ms=now_ms))
            user = parts.users.open(parts.users.find(session, owner))
        if not is_used:
            parts.tell(user, "passkey_blocked", {"name": name}, by)
            raise refused
        return owner

    def _owned(self, session: Session, user_id: int, credential_id: str) -> PasskeyRow:
        missing = RefusedError("passkey_not_found", "There is no such passkey.", "Look at the list of your passkeys.")
        try:
            row = session.get(PasskeyRow, bytes.fromhex(credential_id))
        except ValueError as error:
            raise missing from error
        if row is None or row.user_id != user_id:
            raise missing
        return row

    def _open(self, user: UserRow, row: PasskeyRow) -> Passkey:
        name = self._parts.users.open_field(user, "passkey_name", row.sealed_name).decode()
        return Passkey(row.credential_id.hex(), name, row.created_ms, row.last_used_ms, row.blocked_ms is not None)


def _checked(name: str) -> str:
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= _NAME_LENGTH_MAX or not trimmed.isprintable():
        raise RefusedError(
            "name_form", f"A name has 1 to {_NAME_LENGTH_MAX} printable characters.", "Choose a shorter one that shows."
        )
    return trimmed
