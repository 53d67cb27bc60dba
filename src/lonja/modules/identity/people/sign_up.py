"""Signing up: form, code to the contact, user.

Invariant: whether a contact is taken shows in no answer and no timing; its owner hears of it by message. A user exists
only after the code sent to the contact came back.
"""

from typing import Final

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from lonja.modules.identity.people.connected_rows import link_connected
from lonja.modules.identity.people.contacts import Contact, ContactKind, parse_contact
from lonja.modules.identity.people.events import UserCreated
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.passwords import check_password
from lonja.modules.identity.people.providers import NamedPerson
from lonja.modules.identity.people.tables import AgreementRow, SignUpRow
from lonja.modules.identity.people.tokens import digest_of, new_token
from lonja.primitives.errors import RefusedError

_PURPOSE: Final = "sign_up"
_INVITATION_LENGTH_MAX: Final = 32


class SignUpForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person gives. ``agreements`` are the text hashes agreed to, ``invitation`` a code or "" for none."""

    contact: str
    password: str
    residence: str
    agreements: list[str]
    invitation: str = ""


class _Kept(msgspec.Struct, frozen=True):
    kind: str
    value: str
    password_hash: str
    residence: str
    agreements: list[tuple[str, str, str]]
    invitation: str
    named: NamedPerson | None = None


class SignUps:
    """Sign-ups under way, in the users' database. Blocking; every method is a transaction of its own."""

    def __init__(self, parts: Parts) -> None:
        """Made by ``People``."""
        self._transaction = parts.transaction
        self._users = parts.users
        self._rules = parts.rules
        self._hasher = parts.hasher
        self._breaches = parts.breaches
        self._messages = parts.messages
        self._codes = parts.codes
        self._facts = parts.facts

    def begin(self, form: SignUpForm, now_ms: int) -> str:
        """Check the form and send a code; the token of the sign-up. Raises ``RefusedError``."""
        contact = parse_contact(form.contact)
        self._rules.check_residence(form.residence, now_ms)
        agreed = self._agreed(form.residence, form.agreements, now_ms)
        policy, known = self._rules.policy(form.residence, now_ms), contact.value
        check_password(form.password, policy, [known, known.partition("@")[0], "lonja"], self._breaches)
        _check_invitation(form.invitation)
        hashed = self._hasher.hash(form.password)
        return self._begin(
            _Kept(contact.kind, contact.value, hashed, form.residence, agreed, form.invitation), contact, now_ms
        )

    def begin_named(  # a form that has no password
        self,
        person: NamedPerson,
        identifier: str,
        residence: str,
        agreements: list[str],
        invitation: str,
        *,
        now_ms: int,
    ) -> str:
        """Begin for somebody whom a provider named, who needs no password here. Raises ``RefusedError``."""
        contact = parse_contact(identifier)
        self._rules.check_residence(residence, now_ms)
        agreed = self._agreed(residence, agreements, now_ms)
        _check_invitation(invitation)
        return self._begin(
            _Kept(contact.kind, contact.value, "", residence, agreed, invitation, person), contact, now_ms
        )

    def _begin(self, kept: _Kept, contact: Contact, now_ms: int) -> str:
        policy = self._rules.policy(kept.residence, now_ms)
        token, subject = new_token(), contact.value
        with self._transaction() as session:
            held = self._users.find_by_contact(session, contact)
            holder = None if held is None else self._users.open(held)
            values = self._codes.make(session, _PURPOSE, subject, policy, now_ms)
            self._keep(session, token, kept, now_ms + policy.sign_up_life_ms)
        if holder is not None:
            self._messages.send(contact, "sign_up_taken", {}, holder)
        else:
            self._messages.send(contact, "sign_up_code", values)
        return token

    def resend(self, token: str, now_ms: int) -> None:
        """Send another code. Raises ``RefusedError``."""
        with self._transaction() as session:
            kept = self._find(session, token, now_ms)
            contact = Contact(ContactKind(kept.kind), kept.value)
            is_taken = self._users.find_by_contact(session, contact) is not None
            policy = self._rules.policy(kept.residence, now_ms)
            values = self._codes.make(session, _PURPOSE, kept.value, policy, now_ms)
        if not is_taken:
            self._messages.send(contact, "sign_up_code", values)

    def confirm(self, token: str, code: str, now_ms: int) -> int:
        """Make the user when ``code`` is the one that was sent; the user's id. Raises ``RefusedError``."""
        wrong = RefusedError("code_wrong", "This code is wrong or over.", "Check it, or ask for another one.")
        with self._transaction() as session:
            kept = self._find(session, token, now_ms)
            policy = self._rules.policy(kept.residence, now_ms)
            is_right = self._codes.check(session, _PURPOSE, kept.value, code, policy, now_ms)
            contact = Contact(ContactKind(kept.kind), kept.value)
            is_taken = self._users.find_by_contact(session, contact) is not None
            user_id = self._make(session, token, kept, contact, now_ms) if is_right and not is_taken else None
        if user_id is None:
            raise wrong
        self._facts.deliver()
        return user_id

    def enroll(self, identifier: str, password: str, residence: str, now_ms: int) -> int:
        """Make a user without a code sent, for accounts that the house makes ready itself; the user's id.

        Raises ``RefusedError``, with ``contact_taken`` when somebody has the contact.
        """
        contact = parse_contact(identifier)
        hashed = self._hasher.hash(password)
        with self._transaction() as session:
            user_id = self._users.create(session, contact, hashed, residence, "", now_ms).user_id
            self._facts.record(session, UserCreated(user_id, residence, now_ms))
        self._facts.deliver()
        return user_id

    def _make(self, session: Session, token: str, kept: _Kept, contact: Contact, now_ms: int) -> int:
        row = self._users.create(session, contact, kept.password_hash, kept.residence, kept.invitation, now_ms)
        session.add_all(
            AgreementRow(user_id=row.user_id, agreement=name, version=version, text_hash=text_hash, agreed_ms=now_ms)
            for name, version, text_hash in kept.agreements
        )
        if kept.named is not None:
            link_connected(session, self._users, row, kept.named, now_ms)
        session.execute(delete(SignUpRow).where(SignUpRow.token_digest == digest_of(token)))
        self._facts.record(session, UserCreated(row.user_id, kept.residence, now_ms))
        return row.user_id

    def _agreed(self, residence: str, agreements: list[str], now_ms: int) -> list[tuple[str, str, str]]:
        wanted = self._rules.agreements(residence, now_ms)
        missing = [agreement.name for agreement in wanted if agreement.text_hash not in agreements]
        if missing:
            message = f"These texts have to be agreed to: {', '.join(missing)}."
            raise RefusedError("agreement_missing", message, "Read them and send the hashes of their texts.")
        return [(agreement.name, agreement.version, agreement.text_hash) for agreement in wanted]

    def _keep(self, session: Session, token: str, kept: _Kept, expires_ms: int) -> None:
        subject = f"sign_up {digest_of(token).hex()}"
        key = self._users.envelopes.new_key(subject)
        sealed = self._users.envelopes.seal(key, subject, "form", msgspec.json.encode(kept))
        row = SignUpRow(token_digest=digest_of(token), sealed_key=key, sealed_form=sealed, expires_ms=expires_ms)
        session.add(row)

    def _find(self, session: Session, token: str, now_ms: int) -> _Kept:
        row = session.get(SignUpRow, digest_of(token))
        if row is None or row.expires_ms <= now_ms:
            raise RefusedError("sign_up_over", "This sign-up is over.", "Begin again.")
        subject = f"sign_up {row.token_digest.hex()}"
        form = self._users.envelopes.open(row.sealed_key, subject, "form", row.sealed_form)
        return msgspec.json.decode(form, type=_Kept)


def _check_invitation(invitation: str) -> None:
    if len(invitation) > _INVITATION_LENGTH_MAX or not (invitation.isalnum() or not invitation):
        raise RefusedError(
            "invitation_invalid", "This is no invitation code.", "Copy the code anew, or go on without one."
        )
