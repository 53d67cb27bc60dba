"""When each part of a person's protection was last changed: what guided steps are checked by."""

from sqlalchemy.orm import Session

from lonja.modules.identity.people.protection_tables import ChangeRow

_WHAT_LENGTH_MAX = 32


def note_change(session: Session, user_id: int, what: str, time_ms: int) -> None:
    """Keep that ``what`` was changed; told twice, it is one change."""
    session.merge(ChangeRow(user_id=user_id, what=what[:_WHAT_LENGTH_MAX], time_ms=time_ms))


def changed_ms(session: Session, user_id: int, what: str) -> int:
    """When ``what`` was last changed, -1 for never."""
    change = session.get(ChangeRow, (user_id, what))
    return -1 if change is None else change.time_ms
