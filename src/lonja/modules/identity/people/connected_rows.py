"""The rows of connected accounts: found by what a provider says, linked to one user each, counted as ways in.

Invariant: an account at a provider belongs to one user at most, held by the database.
"""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lonja.modules.identity.people.contacts import parse_email
from lonja.modules.identity.people.providers import NamedPerson
from lonja.modules.identity.people.tables import ConnectedRow, PasskeyRow, UserRow
from lonja.modules.identity.people.users import Users
from lonja.primitives.errors import RefusedError

_LABEL = "connected_label"


def find_connected(session: Session, users: Users, person: NamedPerson) -> ConnectedRow | None:
    """The row of the account that ``person`` has at a provider."""
    at = (ConnectedRow.provider == person.provider) & (ConnectedRow.subject_digest == _digest(users, person))
    return session.scalar(select(ConnectedRow).where(at))


def link_connected(session: Session, users: Users, row: UserRow, person: NamedPerson, now_ms: int) -> ConnectedRow:
    """Let ``row`` sign in as ``person``. Raises ``RefusedError`` when one of the two is connected already."""
    connected = ConnectedRow(
        user_id=row.user_id,
        provider=person.provider,
        subject_digest=_digest(users, person),
        sealed_label=users.seal(row, _LABEL, label_of(person)),
        created_ms=now_ms,
        last_used_ms=now_ms,
    )
    session.add(connected)
    try:
        session.flush()
    except IntegrityError as error:
        message = "This account, or another one of that provider, is connected already."
        raise RefusedError("connected_already", message, "Disconnect it first.") from error
    return connected


def label_of(person: NamedPerson) -> str:
    """What tells the owner which account it is: its address, masked, "" when the provider gave none of use."""
    try:
        return parse_email(person.email).masked() if person.email else ""
    except RefusedError:
        return ""


def opened_label(users: Users, row: UserRow, connected: ConnectedRow) -> str:
    """The label kept with ``connected``."""
    return users.open_field(row, _LABEL, connected.sealed_label).decode()


def ways_in(session: Session, row: UserRow, providers: frozenset[str]) -> int:
    """How many ways ``row`` has to begin a sign-in; of connected accounts those at ``providers`` count."""
    passkeys = select(func.count()).where(PasskeyRow.user_id == row.user_id, PasskeyRow.blocked_ms.is_(None))
    connected = select(func.count()).where(ConnectedRow.user_id == row.user_id, ConnectedRow.provider.in_(providers))
    return bool(row.password_hash) + (session.scalar(passkeys) or 0) + (session.scalar(connected) or 0)


def _digest(users: Users, person: NamedPerson) -> bytes:
    return users.index.digest(f"connected:{person.provider}", person.subject)
