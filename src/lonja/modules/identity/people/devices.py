"""The devices of people: known by a token only they hold, let in once, thrown out with all their sessions.

Invariant: a device that was removed is never known again, also when it still presents its token.
"""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.ports import Atlas, Place
from lonja.modules.identity.people.sessions import end_sessions
from lonja.modules.identity.people.tables import DeviceRow, UserRow
from lonja.modules.identity.people.tokens import digest_of, new_token
from lonja.modules.identity.people.users import Users
from lonja.primitives.errors import RefusedError


class Device(NamedTuple):
    """A device as its owner sees it."""

    device_id: int
    name: str
    place: str
    address: str
    created_ms: int
    last_seen_ms: int
    is_authorized: bool


class Devices:
    """Devices in the users' database. Every method runs in the caller's transaction."""

    def __init__(self, users: Users, atlas: Atlas) -> None:
        """``atlas`` names the places."""
        self._users = users
        self._atlas = atlas

    def place(self, address: str) -> Place:
        """Where a network address is."""
        return self._atlas.place(address)

    def known(self, session: Session, user: UserRow, client: Client) -> DeviceRow | None:
        """The authorized device that ``client`` is, if it is one."""
        if not client.device_token:
            return None
        row = session.scalar(
            select(DeviceRow).where(
                DeviceRow.user_id == user.user_id, DeviceRow.token_digest == digest_of(client.device_token)
            )
        )
        return row if row is not None and row.removed_ms is None and row.authorized_ms is not None else None

    def add(self, session: Session, user: UserRow, client: Client, now_ms: int) -> tuple[DeviceRow, str]:
        """A device not let in yet, and the token for it to keep."""
        token = new_token()
        row = DeviceRow(
            user_id=user.user_id,
            token_digest=digest_of(token),
            sealed_name=self._users.seal(user, "device_name", client.name),
            sealed_place=self._sealed_place(user, client),
            created_ms=now_ms,
            last_seen_ms=now_ms,
        )
        session.add(row)
        session.flush()
        return row, token

    def see(self, user: UserRow, row: DeviceRow, client: Client, now_ms: int) -> None:
        """Note that a device is there."""
        row.last_seen_ms = now_ms
        row.sealed_place = self._sealed_place(user, client)

    def all(self, session: Session, user: UserRow) -> list[Device]:
        """Devices of a user that were let in and not removed, last seen first."""
        rows = session.scalars(
            select(DeviceRow)
            .where(
                DeviceRow.user_id == user.user_id, DeviceRow.removed_ms.is_(None), DeviceRow.authorized_ms.is_not(None)
            )
            .order_by(DeviceRow.last_seen_ms.desc(), DeviceRow.device_id.desc())
        )
        return [self.open(user, row) for row in rows]

    def open(self, user: UserRow, row: DeviceRow) -> Device:
        """``row`` with its sealed fields opened."""
        name = self._users.open_field(user, "device_name", row.sealed_name).decode()
        address, _, place = self._users.open_field(user, "device_place", row.sealed_place).decode().partition("\n")
        is_authorized = row.authorized_ms is not None
        return Device(row.device_id, name, place, address, row.created_ms, row.last_seen_ms, is_authorized)

    def remove(self, session: Session, user: UserRow, device_id: int, now_ms: int) -> Device:
        """Throw a device out and end its sessions. Raises ``RefusedError``."""
        row = session.get(DeviceRow, device_id)
        if row is None or row.user_id != user.user_id or row.removed_ms is not None:
            raise RefusedError("device_not_found", "There is no such device.", "Look at the list of your devices.")
        row.removed_ms = now_ms
        end_sessions(session, user.user_id, "device_removed", now_ms, device_id=device_id)
        return self.open(user, row)

    def _sealed_place(self, user: UserRow, client: Client) -> bytes:
        place = self._atlas.place(client.address)
        return self._users.seal(user, "device_place", f"{client.address}\n{place.name}")
