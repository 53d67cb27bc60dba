"""Which accounts belong to one person, so that nobody is two people.

Why here: four eyes are worth nothing when both pairs belong to one head. Accounts count as one person when somebody noted
so, or when staff signed in to both from one device. Invariant: what was noted once is never taken back here.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from lonja.modules.backoffice.tables import OwnAccountRow, StaffDeviceRow
from lonja.storage.rows import insert_new


def same_person(session: Session, one: int, other: int) -> bool:
    """Whether the accounts ``one`` and ``other`` belong to one person, as far as the house knows."""
    return other in accounts_of_person(session, one)


def accounts_of_person(session: Session, user_id: int) -> frozenset[int]:
    """All accounts of the person who has ``user_id``, that one included."""
    found, fresh = {user_id}, {user_id}
    while fresh:
        fresh = (_noted_with(session, fresh) | _on_devices_of(session, fresh)) - found
        found |= fresh
    return frozenset(found)


def note_own_account(session: Session, user_id: int, other: int, now_ms: int) -> None:
    """Note that ``other`` belongs to the person who has ``user_id``; repeating it changes nothing."""
    at_once = {one: _person_of(session, one) for one in (user_id, other)}
    person_id = min(at_once.values())
    for one, known in at_once.items():
        insert_new(session, OwnAccountRow, user_id=one, person_id=person_id, noted_ms=now_ms)
        for row in session.scalars(select(OwnAccountRow).where(OwnAccountRow.person_id == known)):
            row.person_id = person_id


def _person_of(session: Session, user_id: int) -> int:
    row = session.get(OwnAccountRow, user_id)
    return user_id if row is None else row.person_id


def _noted_with(session: Session, user_ids: set[int]) -> set[int]:
    mine = aliased(OwnAccountRow)
    query = select(OwnAccountRow.user_id).join(mine, mine.person_id == OwnAccountRow.person_id)
    return set(session.scalars(query.where(mine.user_id.in_(user_ids))))


def _on_devices_of(session: Session, user_ids: set[int]) -> set[int]:
    mine = aliased(StaffDeviceRow)
    query = select(StaffDeviceRow.user_id).join(mine, mine.device_digest == StaffDeviceRow.device_digest)
    return set(session.scalars(query.where(mine.user_id.in_(user_ids))))
