"""Ways back in: choosing a new password, and unfreezing; and the way out that is always open, freezing.

Source: domain rows 2.03 (code to the bound contact and the other factors) and 2.11 (phone, e-mail and authenticator all
passed). Invariant: nobody learns from any answer whether a contact belongs to somebody; a forgotten password cannot
unfreeze an account.
"""

from typing import Final, NamedTuple

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.contacts import Contact, parse_contact
from lonja.modules.identity.people.events import SecurityChanged, StateChanged
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.passwords import check_password
from lonja.modules.identity.people.security_links import FREEZE, SecurityLinks
from lonja.modules.identity.people.self_service import personal_words, set_password
from lonja.modules.identity.people.sessions import LiveSession, end_sessions
from lonja.modules.identity.people.tables import RecoveryRow, UserRow
from lonja.modules.identity.people.tokens import digest_of, new_token
from lonja.modules.identity.people.users import UserState
from lonja.primitives.errors import RefusedError

PASSWORD, UNFREEZE = "password", "unfreeze"
_PURPOSES: Final = {PASSWORD: "reset_password", UNFREEZE: "unfreeze"}
_FACTOR_OF: Final = {"sms": "phone", "voice": "phone", "email": "email", "authenticator": "authenticator"}
_CODE_METHODS: Final = ("email", "sms", "voice")
_ENTRIES: Final = "recovery_entry"


class RecoveryStep(NamedTuple):
    """How far a recovery is: the factors still asked for. For a contact of nobody it looks like any other."""

    token: str
    missing: tuple[str, ...]


class Recoveries:
    """Recoveries under way. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """Made by ``People``."""
        self._parts = parts
        self._links = SecurityLinks(parts.users.index)

    # -- Freezing ----------------------------------------------------------------------------------------------------

    def freeze(self, user_id: int, reason: str, now_ms: int, by: LiveSession | Client | None = None) -> None:
        """Close everything until the person comes back with all factors; a second time changes nothing.

        What somebody with their session began to close is frozen instead, and stays. The notice shows the device and place
        of ``by``, who asked for it. Raises ``RefusedError`` (``closed_by_house``) when the house closes the account.
        """
        parts = self._parts
        with parts.transaction() as session:
            is_own = UserRow.state.in_((UserState.ACTIVE, UserState.CLOSING)) & UserRow.closing_from.is_(None)
            at = (UserRow.user_id == user_id) & is_own
            frozen = session.execute(
                update(UserRow)
                .where(at)
                .values(state=UserState.FROZEN, state_changed_ms=now_ms, revision=UserRow.revision + 1)
                .returning(UserRow.account)
            ).one_or_none()
            row = parts.users.find(session, user_id)
            if row.closing_from is not None:
                raise RefusedError("closed_by_house", "The house closes this account.", "Write to support to object.")
            user = parts.users.open(row)
            if frozen is not None:
                end_sessions(session, user_id, "frozen", now_ms)
                parts.facts.record(session, StateChanged(user_id, frozen.account, UserState.FROZEN, reason, now_ms))
        parts.facts.deliver()
        if frozen is not None:
            parts.tell(user, "notice", {"title": "your account was frozen"}, by)

    def freeze_link(self, user_id: int, now_ms: int) -> str:
        """A token for security mails: whoever opens the link within a day can freeze the account, and nothing else."""
        return self._links.make(FREEZE, user_id, now_ms + self._parts.rules.policy("", now_ms).security_link_ms)

    def freeze_by_link(self, token: str, now_ms: int, by: Client | None = None) -> None:
        """Freeze by a link out of a mail. Raises ``RefusedError``."""
        self.freeze(self._links.read(FREEZE, token, now_ms), "emergency_link", now_ms, by)

    # -- The way back ------------------------------------------------------------------------------------------------

    def begin(self, kind: str, identifier: str, password: str, client_address: str, now_ms: int) -> RecoveryStep:
        """Begin to come back. ``password`` is needed to unfreeze. Raises ``RefusedError`` only when asked too often."""
        parts, contact = self._parts, _read(identifier)
        token, policy = new_token(), self._parts.rules.policy("", now_ms)
        with parts.transaction() as session:
            for counted, subject, count_max in (
                ("recovery", contact.value if contact else identifier, policy.failures_max),
                ("address", client_address, policy.address_failures_max),
            ):
                parts.lockouts.count(session, counted, subject[:254], now_ms, policy.failures(count_max))
            row = None if contact is None else parts.users.find_by_contact(session, contact)
            stored, user_id = ("", None) if row is None else (row.password_hash, row.user_id)
            state = UserState.ACTIVE if row is None else UserState(row.state)
        fits = kind == PASSWORD or parts.hasher.fits(password, stored)
        wanted = UserState.FROZEN if kind == UNFREEZE else UserState.ACTIVE
        with parts.transaction() as session:
            session.add(
                RecoveryRow(
                    token_digest=digest_of(token),
                    kind=kind,
                    user_id=user_id if fits and state is wanted else None,
                    passed="",
                    expires_ms=now_ms + policy.sign_in_life_ms,
                    contact_digest=parts.users.index.digest("recovery", contact.value if contact else identifier),
                )
            )
        return RecoveryStep(token, policy.required_factors)

    def send_code(self, token: str, method: str, now_ms: int) -> None:
        """Send a code by ``method`` to the bound contact; for nobody nothing happens, and no answer tells."""
        parts = self._parts
        if method not in _CODE_METHODS:
            raise RefusedError("method_unavailable", "No code can be sent that way.", "Choose another method.")
        with parts.transaction() as session:
            recovery = self._find(session, token, now_ms)
            if recovery.user_id is None:
                return
            row, purpose = parts.users.find(session, recovery.user_id), _PURPOSES[recovery.kind]
            user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
            try:
                prepared = parts.factors.prepare(session, user, purpose, method, policy, now_ms)
            except RefusedError:
                return
        parts.factors.deliver(user, purpose, method, prepared)

    def factor(self, token: str, method: str, answer: str, now_ms: int) -> RecoveryStep:
        """Give one factor. Raises ``RefusedError``."""
        parts, wrong = self._parts, RefusedError("factor_wrong", "This code is wrong or over.", "Check it.")
        if method not in _FACTOR_OF:
            raise wrong
        with parts.transaction() as session:
            self._count_entry(session, self._find(session, token, now_ms), now_ms)
        with parts.transaction() as session:
            recovery = self._find(session, token, now_ms)
            is_right = recovery.user_id is not None and self._passes(session, recovery, method, answer, now_ms)
            if is_right:
                passed = {name for name in recovery.passed.split(",") if name} | {_FACTOR_OF[method]}
                recovery.passed = ",".join(sorted(passed))
                missing = self._missing(session, recovery, now_ms)
                parts.lockouts.clear(session, _ENTRIES, _counted_by(recovery))
        if not is_right:
            raise wrong
        return RecoveryStep(token, missing)

    def choose_password(self, token: str, new: str, now_ms: int, by: Client | None = None) -> None:
        """Choose a new password once every factor was given. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            row = self._completed(session, token, PASSWORD, now_ms)
            user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
        check_password(new, policy, personal_words(user), parts.breaches)
        hashed = parts.hasher.hash(new)
        with parts.transaction() as session:
            row = self._completed(session, token, PASSWORD, now_ms)
            self._use(session, token)
            parts.users.claim(session, row)
            set_password(session, row, hashed, now_ms)
            parts.facts.record(session, SecurityChanged(row.user_id, "password", now_ms))
        parts.facts.deliver()
        parts.tell(user, "password_changed", {}, by)

    def unfreeze(self, token: str, now_ms: int, by: Client | None = None) -> None:
        """Open the account again once every factor was given. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            row = self._completed(session, token, UNFREEZE, now_ms)
            self._use(session, token)
            parts.users.claim(session, row)
            row.state, row.state_changed_ms = UserState.ACTIVE, now_ms
            user = parts.users.open(row)
            parts.facts.record(session, StateChanged(row.user_id, row.account, UserState.ACTIVE, "unfrozen", now_ms))
        parts.facts.deliver()
        parts.tell(user, "notice", {"title": "your account is open again"}, by)

    def unfreeze_by_staff(self, user_id: int, now_ms: int) -> None:
        """Open the account again, as two members of staff decided; a second time changes nothing.

        Raises ``RefusedError``.
        """
        parts = self._parts
        with parts.transaction() as session:
            opened = session.execute(
                update(UserRow)
                .where(UserRow.user_id == user_id, UserRow.state == UserState.FROZEN)
                .values(state=UserState.ACTIVE, state_changed_ms=now_ms, revision=UserRow.revision + 1)
                .returning(UserRow.account)
            ).one_or_none()
            user = parts.users.open(parts.users.find(session, user_id))
            if opened is not None:
                event = StateChanged(user_id, opened.account, UserState.ACTIVE, "unfrozen", now_ms)
                parts.facts.record(session, event)
        parts.facts.deliver()
        if opened is not None:
            parts.messages.tell(user, "notice", {"title": "your account is open again"})

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _count_entry(self, session: Session, recovery: RecoveryRow, now_ms: int) -> None:
        """Count one entry, apart from those of sign-ins: who merely knows a contact locks nobody out of signing in."""
        limit = self._parts.rules.policy("", now_ms).entries
        self._parts.lockouts.count(session, _ENTRIES, _counted_by(recovery), now_ms, limit)

    def _passes(self, session: Session, recovery: RecoveryRow, method: str, answer: str, now_ms: int) -> bool:
        parts = self._parts
        assert recovery.user_id is not None, "asked only for somebody"
        row = parts.users.find(session, recovery.user_id)
        policy = parts.rules.policy(row.residence, now_ms)
        return parts.factors.check(session, row, _PURPOSES[recovery.kind], method, answer, policy, now_ms)

    def _missing(self, session: Session, recovery: RecoveryRow, now_ms: int) -> tuple[str, ...]:
        assert recovery.user_id is not None, "asked only for somebody"
        row = self._parts.users.find(session, recovery.user_id)
        bound = self._parts.users.open(row).factors
        required = self._parts.rules.policy(row.residence, now_ms).required_factors
        # To unfreeze takes the whole set; a forgotten password takes every factor that is bound.
        asked = required if recovery.kind == UNFREEZE else bound
        return tuple(factor for factor in asked if factor not in recovery.passed.split(","))

    def _completed(self, session: Session, token: str, kind: str, now_ms: int) -> UserRow:
        recovery = self._find(session, token, now_ms)
        if recovery.kind != kind or recovery.user_id is None or self._missing(session, recovery, now_ms):
            raise RefusedError("factors_missing", "Not every factor was given yet.", "Give the missing ones first.")
        return self._parts.users.find(session, recovery.user_id)

    def _use(self, session: Session, token: str) -> None:
        at = RecoveryRow.token_digest == digest_of(token)
        used = session.execute(delete(RecoveryRow).where(at).returning(RecoveryRow.kind)).scalar_one_or_none()
        if used is None:
            raise RefusedError("recovery_over", "This recovery is over.", "Begin again.")

    def _find(self, session: Session, token: str, now_ms: int) -> RecoveryRow:
        row = session.get(RecoveryRow, digest_of(token))
        if row is None or row.expires_ms <= now_ms:
            raise RefusedError("recovery_over", "This recovery is over.", "Begin again.")
        return row


def _read(identifier: str) -> Contact | None:
    try:
        return parse_contact(identifier)
    except RefusedError:
        return None


def _counted_by(recovery: RecoveryRow) -> str:
    return (recovery.contact_digest or recovery.token_digest).hex()
