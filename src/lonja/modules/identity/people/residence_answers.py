"""What people answer when a sign-in raised the question where they live.

Source: domain row 1.12. Invariant: an answer is kept with the residence it was about, so one given for another
residence says nothing.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import func, select

from lonja.modules.identity.people.devices import Device
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.ports import Place
from lonja.modules.identity.people.protection_tables import ResidenceAnswerRow
from lonja.modules.identity.people.tables import DeviceRow, UserRow

STILL_HERE: Final = "still_here"
MOVED: Final = "moved"
HOSTING, CONFLICT = "hosting_network", "location_conflict"


class ResidenceAnswers:
    """The answers of all users. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """Made by ``People``."""
        self._parts = parts

    def doubt(self, user_id: int, device_id: int) -> str:
        """What at the last sign-in of a device speaks against the stated residence, "" for nothing."""
        found = self._device(user_id, device_id)
        return "" if found is None else doubt_of(found[0], self._parts.devices.place(found[1].address))

    def seen_at(self, user_id: int, device_id: int) -> Mapping[str, str]:
        """Name and place of a device as notices show them, nothing when it is gone."""
        found = self._device(user_id, device_id)
        return {} if found is None else {"device": found[1].name, "place": found[1].place}

    def _device(self, user_id: int, device_id: int) -> tuple[str, Device] | None:
        """The residence of a user and one of their devices."""
        with self._parts.transaction() as session:
            row, device = session.get(UserRow, user_id), session.get(DeviceRow, device_id)
            if row is None or device is None or device.user_id != user_id or not row.sealed_key:
                return None
            return row.residence, self._parts.devices.open(row, device)

    def keep(self, user_id: int, answer: str, now_ms: int) -> None:
        """Keep what a user answered. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            residence = self._parts.users.find(session, user_id).residence
            session.add(ResidenceAnswerRow(user_id=user_id, answer=answer, residence=residence, time_ms=now_ms))

    def said_still_here_ms(self, user_id: int) -> int:
        """When a user last said to live still where they live by now, -1 for never."""
        with self._parts.transaction() as session:
            residence = self._parts.users.find(session, user_id).residence
            at = (
                (ResidenceAnswerRow.user_id == user_id)
                & (ResidenceAnswerRow.answer == STILL_HERE)
                & (ResidenceAnswerRow.residence == residence)
            )
            last = session.scalar(select(func.max(ResidenceAnswerRow.time_ms)).where(at))
            return -1 if last is None else last


def doubt_of(residence: str, place: Place) -> str:
    """What ``place`` says against ``residence``; a place nobody knows says nothing."""
    if place.is_hosting:
        return HOSTING
    return CONFLICT if place.country and residence and place.country != residence[:2] else ""
