"""Users and their sealed fields.

Why here: the one place that opens and seals what is personal. Invariant: a contact belongs to one user at most, held by
the database; a change made on an older state of a user is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lonja.modules.identity.people.contacts import Contact, ContactKind
from lonja.modules.identity.people.tables import HouseKeyRow, UserRow
from lonja.primitives.errors import RefusedError
from lonja.storage.envelopes import BlindIndex, Envelopes, new_index_key
from lonja.storage.ports import SecretBox
from lonja.storage.rows import insert_into

_INDEX_CONTEXT: Final = "people:index"


class UserState(StrEnum):
    """What has become of a user."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class User:
    """A user, opened. Personal values never show in a representation."""

    user_id: int
    account: int | None
    state: UserState
    residence: str
    locale: str
    email: Contact | None = field(repr=False)
    phone: Contact | None = field(repr=False)
    anti_phishing_code: str = field(repr=False)
    has_authenticator: bool
    password_changed_ms: int
    created_ms: int
    last_active_ms: int
    revision: int

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the factors that are bound, in order of strength."""
        bound = {
            "authenticator": self.has_authenticator,
            "phone": self.phone is not None,
            "email": self.email is not None,
        }
        return tuple(name for name, there in bound.items() if there)

    def contact(self, kind: ContactKind) -> Contact | None:
        """The bound contact of ``kind``."""
        return self.email if kind is ContactKind.EMAIL else self.phone


class Users:
    """Users in one database. Methods with a ``session`` run in the caller's transaction."""

    def __init__(self, database: Engine, box: SecretBox) -> None:
        """``box`` seals the keys. Raises ``DataCorruptError`` when the database belongs to another box."""
        self.envelopes = Envelopes(box)
        self.index = BlindIndex(_index_key(database, box))

    def find(self, session: Session, user_id: int) -> UserRow:
        """The row of a user. Raises ``RefusedError``."""
        row = session.get(UserRow, user_id)
        if row is None or row.state == UserState.CLOSED:
            raise RefusedError("user_not_found", "There is no such user.", "Check who is meant.")
        return row

    def find_by_contact(self, session: Session, contact: Contact) -> UserRow | None:
        """The row of the user to whom ``contact`` is bound."""
        digest = self.index.digest(contact.kind, contact.value)
        column = UserRow.email_digest if contact.kind is ContactKind.EMAIL else UserRow.phone_digest
        return session.scalar(select(UserRow).where(column == digest))

    def open(self, row: UserRow) -> User:
        """``row`` with its sealed fields opened."""
        read = self._reader(row)
        email, phone = read("email", row.sealed_email), read("phone", row.sealed_phone)
        return User(
            user_id=row.user_id,
            account=row.account,
            state=UserState(row.state),
            residence=row.residence,
            locale=row.locale,
            email=Contact(ContactKind.EMAIL, email) if email else None,
            phone=Contact(ContactKind.PHONE, phone) if phone else None,
            anti_phishing_code=read("anti_phishing_code", row.sealed_anti_phishing_code),
            has_authenticator=row.sealed_authenticator is not None,
            password_changed_ms=row.password_changed_ms,
            created_ms=row.created_ms,
            last_active_ms=row.last_active_ms,
            revision=row.revision,
        )

    def create(
        self, session: Session, contact: Contact, password_hash: str, residence: str, invitation: str, now_ms: int
    ) -> UserRow:
        """A new user with one contact. Raises ``RefusedError`` when the contact is bound by now."""
        row = UserRow(
            state=UserState.ACTIVE,
            sealed_key=b"",
            password_hash=password_hash,
            password_changed_ms=now_ms,
            residence=residence,
            invitation=invitation,
            created_ms=now_ms,
            last_active_ms=now_ms,
            state_changed_ms=now_ms,
        )
        session.add(row)
        session.flush()
        row.sealed_key = self.envelopes.new_key(_subject(row))
        self.bind_contact(session, row, contact)
        return row

    def bind_contact(self, session: Session, row: UserRow, contact: Contact) -> None:
        """Give ``row`` a contact, replacing the one of that kind. Raises ``RefusedError`` when it is bound elsewhere."""
        digest = self.index.digest(contact.kind, contact.value)
        sealed = self.seal(row, contact.kind, contact.value)
        if contact.kind is ContactKind.EMAIL:
            row.email_digest, row.sealed_email = digest, sealed
        else:
            row.phone_digest, row.sealed_phone = digest, sealed
        try:
            session.flush()
        except IntegrityError as error:
            raise RefusedError("contact_taken", "This contact cannot be used.", "Choose another one.") from error

    def claim(self, session: Session, row: UserRow) -> None:
        """Make sure that nobody else changed ``row`` since it was read. Raises ``RefusedError``."""
        at = (UserRow.user_id == row.user_id) & (UserRow.revision == row.revision)
        claimed = session.execute(
            update(UserRow).where(at).values(revision=UserRow.revision + 1).returning(UserRow.revision)
        )
        revision = claimed.scalar_one_or_none()
        if revision is None:
            raise RefusedError(
                "changed_meanwhile", "Something else was changed at the same time.", "Look, and try again."
            )

    def seal(self, row: UserRow, name: str, value: str | bytes) -> bytes:
        """``value`` sealed as the field ``name`` of ``row``."""
        return self.envelopes.seal(row.sealed_key, _subject(row), name, value)

    def open_field(self, row: UserRow, name: str, sealed: bytes) -> bytes:
        """A sealed field of ``row``."""
        return self.envelopes.open(row.sealed_key, _subject(row), name, sealed)

    def _reader(self, row: UserRow) -> Callable[[str, bytes | None], str]:
        def read(name: str, sealed: bytes | None) -> str:
            return "" if sealed is None else self.open_field(row, name, sealed).decode()

        return read


def _subject(row: UserRow) -> str:
    return f"user {row.user_id}"


def _index_key(database: Engine, box: SecretBox) -> bytes:
    first = insert_into(database, HouseKeyRow).values(
        number=1, sealed_index_key=box.seal(new_index_key(), _INDEX_CONTEXT)
    )
    with Session(database) as session, session.begin():
        session.execute(first.on_conflict_do_nothing())
        return box.open(session.get_one(HouseKeyRow, 1).sealed_index_key, _INDEX_CONTEXT)
