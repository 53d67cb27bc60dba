"""Second factors by message, authenticator or backup code, checked alike at sign-in and for a step-up.

Invariant: entries are counted before they are compared, per user over all methods, so entering at the same moment or
switching methods buys no more guesses.
"""

from collections.abc import Callable
from typing import Final, Literal

from sqlalchemy.orm import Session

from lonja.modules.identity.people import authenticator, authenticator_clocks, backup_codes
from lonja.modules.identity.people.codes import Codes
from lonja.modules.identity.people.contacts import Contact, ContactKind
from lonja.modules.identity.people.lockouts import Lockouts
from lonja.modules.identity.people.messages import Messages
from lonja.modules.identity.people.passwords import PasswordHasher
from lonja.modules.identity.people.policy import SignInPolicy
from lonja.modules.identity.people.tables import UserRow
from lonja.modules.identity.people.users import User, Users
from lonja.primitives.errors import RefusedError

Method = Literal["authenticator", "sms", "voice", "email", "backup_code"]
"""How somebody may be asked for a second factor."""
METHODS: Final[tuple[Method, ...]] = ("authenticator", "sms", "voice", "email", "backup_code")
_CONTACTS: Final = {"sms": ContactKind.PHONE, "voice": ContactKind.PHONE, "email": ContactKind.EMAIL}


class Factors:
    """Sends and checks second factors."""

    def __init__(
        self, users: Users, codes: Codes, lockouts: Lockouts, hasher: PasswordHasher, messages: Messages
    ) -> None:
        """Made by ``People``."""
        self._users = users
        self._codes = codes
        self._lockouts = lockouts
        self._hasher = hasher
        self._messages = messages
        self.machine_clock: Callable[[], int] | None = None
        """Authenticators in people's hands go by this clock where the exchange's is another one."""

    def methods(self, session: Session, user: User) -> tuple[Method, ...]:
        """By which methods ``user`` can be asked."""
        there = {
            "authenticator": user.has_authenticator,
            "sms": user.phone is not None,
            "voice": user.phone is not None,
            "email": user.email is not None,
            "backup_code": backup_codes.count_left(session, user.user_id) > 0,
        }
        return tuple(method for method in METHODS if there[method])

    def prepare(
        self, session: Session, user: User, purpose: str, method: str, policy: SignInPolicy, now_ms: int
    ) -> tuple[Contact, dict[str, str]]:
        """A code to be sent by ``deliver`` once this transaction is kept. Raises ``RefusedError``."""
        kind = _CONTACTS.get(method)
        contact = None if kind is None else user.contact(kind)
        if contact is None:
            raise RefusedError("method_unavailable", "No code can be sent that way.", "Choose another method.")
        if method == "voice":
            self.count_call(session, user.user_id, policy, now_ms)
        return contact, self._codes.make(session, purpose, _subject(user.user_id, contact), policy, now_ms)

    def deliver(self, user: User, purpose: str, method: str, prepared: tuple[Contact, dict[str, str]]) -> str:
        """Send a prepared code; the contact it went to, masked."""
        contact, values = prepared
        self._messages.send(contact, f"{purpose}_code", values, user, call=method == "voice")
        return contact.masked()

    def count_call(self, session: Session, user_id: int, policy: SignInPolicy, now_ms: int) -> None:
        """Count one telephone call to a user. Raises ``RefusedError`` beyond so many an hour."""
        self._lockouts.count(session, "call", str(user_id), now_ms, policy.calls)

    def count_entry(self, session: Session, user_id: int, policy: SignInPolicy, now_ms: int) -> None:
        """Count one entry of any factor. Raises ``RefusedError`` while too many were wrong; commit this by itself."""
        self._lockouts.count(session, "factor", str(user_id), now_ms, policy.entries)

    def forgive(self, session: Session, user_id: int) -> None:
        """Forget the entries counted: the last one was right."""
        self._lockouts.clear(session, "factor", str(user_id))

    def check(  # one answer to one question
        self, session: Session, row: UserRow, purpose: str, method: str, answer: str, policy: SignInPolicy, now_ms: int
    ) -> bool:
        """Whether ``answer`` is right, used up when it is; a right one clears the count. Commit either way."""
        is_right = self._is_right(session, row, purpose, method, answer, policy, now_ms)
        if is_right:
            self.forgive(session, row.user_id)
        return is_right

    def _is_right(
        self, session: Session, row: UserRow, purpose: str, method: str, answer: str, policy: SignInPolicy, now_ms: int
    ) -> bool:
        if method == "authenticator":
            return self._authenticator_fits(session, row, answer, now_ms)
        if method == "backup_code":
            return backup_codes.use_code(session, row.user_id, answer, self._hasher)
        kind = _CONTACTS.get(method)
        contact = None if kind is None else self._users.open(row).contact(kind)
        if contact is None:
            return False
        return self._codes.check(session, purpose, _subject(row.user_id, contact), answer.strip(), policy, now_ms)

    def _authenticator_fits(self, session: Session, row: UserRow, answer: str, now_ms: int) -> bool:
        if row.sealed_authenticator is None:
            return False
        secret = self._users.open_field(row, authenticator.FIELD, row.sealed_authenticator).decode()
        return authenticator_clocks.code_fits(session, row, secret, answer.strip(), now_ms, self.machine_clock)


def _subject(user_id: int, contact: Contact) -> str:
    return f"{user_id} {contact.value}"
