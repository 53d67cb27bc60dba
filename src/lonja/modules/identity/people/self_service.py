"""What people do to their own protection: contacts, authenticator, backup codes, password, anti-phishing code.

The caller has made sure of the person (a session with a step-up). Invariant: a change and the fact that tells of it are
kept together, both the old and the new contact hear of a change, and of two changes at once one is refused.
"""

import re
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from lonja.modules.identity.people import authenticator, authenticator_clocks, backup_codes
from lonja.modules.identity.people.contacts import Contact, parse_contact
from lonja.modules.identity.people.events import FactorBound, SecurityChanged
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.passwords import check_password
from lonja.modules.identity.people.protection_changes import note_change
from lonja.modules.identity.people.sessions import LiveSession, end_sessions
from lonja.modules.identity.people.tables import UserRow
from lonja.modules.identity.people.users import User
from lonja.primitives.errors import RefusedError

_BIND: Final = "bind"
_ANTI_PHISHING: Final = re.compile(r"[A-Za-z0-9]{6,20}")


class AuthenticatorDraft(NamedTuple):
    """An authenticator to be confirmed: its secret, and what a QR code shows. Both are seen this once."""

    secret: str
    address: str


class SelfService:
    """Changes of one's own protection. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, issuer: str) -> None:
        """``issuer`` is how authenticator apps call the house."""
        self._parts = parts
        self._issuer = issuer

    # -- Contacts ----------------------------------------------------------------------------------------------------

    def begin_contact(self, user_id: int, text: str, now_ms: int) -> Contact:
        """Send a code to a new contact, and one to the contact of that kind it replaces. Raises ``RefusedError``."""
        contact, parts = parse_contact(text), self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
            if contact == user.contact(contact.kind):
                raise RefusedError(
                    "nothing_to_change", "This is your contact already.", "Give another one, or leave it."
                )
            held = parts.users.find_by_contact(session, contact)
            holder = None if held is None else parts.users.open(held)
            targets = [target for target in (contact, user.contact(contact.kind)) if target is not None]
            made = [
                parts.codes.make(session, _BIND, _subject(user_id, contact, target), policy, now_ms)
                for target in targets
            ]
        for target, values in zip(targets, made, strict=True):
            # Whoever has the contact already is not told to this person, and no code reaches a stranger.
            if target is contact and holder is not None:
                parts.messages.send(target, "sign_up_taken", {}, holder)
            else:
                parts.messages.send(target, "bind_code", values, user)
        return contact

    def confirm_contact(self, live: LiveSession, text: str, code: str, old_code: str, now_ms: int) -> User:
        """Bind the contact when both codes are right (``old_code`` "" when it replaces none). Raises ``RefusedError``."""
        contact, parts = parse_contact(text), self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            before, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
            replaced = before.contact(contact.kind)
            given = [(contact, code)] + ([] if replaced is None else [(replaced, old_code)])
            right = [
                parts.codes.check(session, _BIND, _subject(live.user_id, contact, target), entered, policy, now_ms)
                for target, entered in given
            ]
        if not all(right):
            raise RefusedError("code_wrong", "A code is wrong or over.", "Check both, or ask for others.")
        with parts.transaction() as session:
            row = self._claimed(session, live.user_id, before.revision)
            parts.users.bind_contact(session, row, contact)
            if replaced is not None:
                self._record(session, row, contact.kind, live, now_ms)
            else:
                parts.facts.record(session, FactorBound(row.user_id, contact.kind, now_ms))
            user = parts.users.open(row)
        self._tell(user, f"{contact.kind}_{'added' if replaced is None else 'changed'}", live, also=replaced)
        return user

    # -- Authenticator and backup codes ------------------------------------------------------------------------------

    def begin_authenticator(self, user_id: int) -> AuthenticatorDraft:
        """A new secret, good once confirmed; the one bound before keeps working until then."""
        parts, secret = self._parts, authenticator.new_secret()
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            row.sealed_authenticator_draft = parts.users.seal(row, authenticator.FIELD, secret)
            user = parts.users.open(row)
        holder = user.email or user.phone
        shown = holder.masked() if holder is not None else str(user_id)
        return AuthenticatorDraft(secret, authenticator.provisioning_address(secret, self._issuer, shown))

    def confirm_authenticator(self, live: LiveSession, code: str, now_ms: int) -> User:
        """Bind the authenticator that gives ``code``. Raises ``RefusedError``."""
        parts = self._parts
        parts.count_entry(live.user_id, now_ms)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            if row.sealed_authenticator_draft is None:
                raise RefusedError("nothing_to_confirm", "No authenticator waits to be confirmed.", "Begin again.")
            secret = parts.users.open_field(row, authenticator.FIELD, row.sealed_authenticator_draft).decode()
            clock = parts.factors.machine_clock
            if not authenticator_clocks.bind(session, row, secret, code.strip(), now_ms, clock):
                raise RefusedError("factor_wrong", "This code is wrong.", "Is the clock of your device right?")
            parts.users.claim(session, row)
            replaced = row.sealed_authenticator is not None
            row.sealed_authenticator, row.sealed_authenticator_draft = row.sealed_authenticator_draft, None
            parts.factors.forgive(session, row.user_id)
            if replaced:
                self._record(session, row, "authenticator", live, now_ms)
            else:
                parts.facts.record(session, FactorBound(row.user_id, "authenticator", now_ms))
            user = parts.users.open(row)
        self._tell(user, f"authenticator_{'changed' if replaced else 'added'}", live)
        return user

    def new_backup_codes(self, live: LiveSession, now_ms: int) -> list[str]:
        """New backup codes to be seen this once; those before become void."""
        parts = self._parts
        policy = parts.rules.policy("", now_ms)
        codes = backup_codes.new_codes(policy.backup_code_count)
        hashes = backup_codes.hash_codes(codes, parts.hasher)
        with parts.transaction() as session:
            user = parts.users.open(parts.users.find(session, live.user_id))
            backup_codes.replace_codes(session, live.user_id, hashes)
            note_change(session, live.user_id, "backup_codes", now_ms)
        self._tell(user, "backup_codes_made", live)
        return codes

    # -- Password and anti-phishing code -----------------------------------------------------------------------------

    def change_password(self, live: LiveSession, old: str, new: str, now_ms: int) -> None:
        """Change the password; every other session ends. Raises ``RefusedError``."""
        parts = self._parts
        parts.count_entry(live.user_id, now_ms)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            stored, user, policy = row.password_hash, parts.users.open(row), parts.rules.policy(row.residence, now_ms)
        if not parts.hasher.fits(old, stored):
            raise RefusedError(
                "credentials_wrong",
                "The old password is wrong.",
                "Check it, or choose a new one by the way for forgotten ones.",
            )
        if new == old:
            raise RefusedError(
                "nothing_to_change", "This is your password already.", "Choose another one, or leave it."
            )
        check_password(new, policy, personal_words(user), parts.breaches)
        hashed = parts.hasher.hash(new)
        with parts.transaction() as session:
            row = self._claimed(session, live.user_id, user.revision)
            set_password(session, row, hashed, now_ms, spared=live.token_digest)
            parts.factors.forgive(session, row.user_id)
            self._record(session, row, "password", live, now_ms)
        self._tell(user, "password_changed", live)

    def set_anti_phishing_code(self, live: LiveSession, code: str) -> User:
        """Show ``code`` in every mail from now on; "" shows none. Raises ``RefusedError``."""
        if code and not _ANTI_PHISHING.fullmatch(code):
            message = "An anti-phishing code has 6 to 20 letters and digits."
            raise RefusedError("anti_phishing_code_form", message, "Choose such a word, one that nobody guesses.")
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            before = parts.users.open(row)
            parts.users.claim(session, row)
            row.sealed_anti_phishing_code = parts.users.seal(row, "anti_phishing_code", code) if code else None
            user = parts.users.open(row)
        # The notice shows the old code: only so can it be told from a forged one.
        self._tell(before, "anti_phishing_code_changed", live)
        return user

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _claimed(self, session: Session, user_id: int, revision: int) -> UserRow:
        row = self._parts.users.find(session, user_id)
        if row.revision != revision:
            raise RefusedError("changed_meanwhile", "Something else was changed at the same time.", "Look again.")
        self._parts.users.claim(session, row)
        return row

    def _record(self, session: Session, row: UserRow, what: str, live: LiveSession, now_ms: int) -> None:
        self._parts.facts.record(session, SecurityChanged(row.user_id, what, now_ms))
        if what != "password":
            end_sessions(session, row.user_id, "factor_changed", now_ms, spared=live.token_digest)

    def _tell(self, user: User, template: str, live: LiveSession, also: Contact | None = None) -> None:
        self._parts.facts.deliver()
        self._parts.tell(user, template, {}, live, also)


def set_password(session: Session, row: UserRow, hashed: str, now_ms: int, *, spared: bytes = b"") -> None:
    """Keep a new password and end all sessions but the one whose digest is ``spared``."""
    row.password_hash, row.password_changed_ms = hashed, now_ms
    end_sessions(session, row.user_id, "password_changed", now_ms, spared=spared)


def personal_words(user: User) -> list[str]:
    """What others know of ``user`` and would try first."""
    contacts = [contact.value for contact in (user.email, user.phone) if contact is not None]
    return ["lonja", *contacts, *(contact.partition("@")[0] for contact in contacts)]


def _subject(user_id: int, contact: Contact, target: Contact) -> str:
    return f"{user_id} {contact.value} {target.value}"
