"""What people told, sealed under a key of the person, and forgotten when the law's period after closing is over.

Why not when the account closes: the law wants these records kept for years after. Invariant: what is kept opens only for
the person and the field it was sealed for; once a key is destroyed, every copy of it is unreadable.
"""

from typing import Final

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence.database import move, transaction
from lonja.modules.verification.due_diligence.tables import IndexKeyRow, SubjectRow
from lonja.primitives.errors import RefusedError
from lonja.storage.envelopes import BlindIndex, Envelopes, new_index_key
from lonja.storage.ports import SecretBox
from lonja.storage.rows import insert_new

_INDEX_CONTEXT: Final = "due_diligence:index"


class Vault:
    """Seals and opens in the caller's transaction."""

    def __init__(self, database: Engine, box: SecretBox) -> None:
        """``box`` seals the keys. Raises ``DataCorruptError`` when the database belongs to another box."""
        self._envelopes = Envelopes(box)
        with transaction(database) as session:
            sealed = box.seal(new_index_key(), _INDEX_CONTEXT)
            insert_new(session, IndexKeyRow, number=1, sealed_key=sealed)
            self._index = BlindIndex(box.open(session.get_one(IndexKeyRow, 1).sealed_key, _INDEX_CONTEXT))

    def digest(self, field: str, value: str) -> bytes:
        """32 bytes to find an equal ``value`` by."""
        return self._index.digest(field, value)

    def seal(self, session: Session, user_id: int, field: str, content: str | bytes) -> bytes:
        """``content`` sealed. Raises ``RefusedError`` when the person was forgotten."""
        return self._envelopes.seal(self._key(session, user_id), _subject(user_id), field, content)

    def open(self, session: Session, user_id: int, field: str, sealed: bytes) -> bytes:
        """What was sealed; nothing for nothing. Raises ``RefusedError`` when the person was forgotten."""
        if not sealed:
            return b""
        return self._envelopes.open(self._key(session, user_id), _subject(user_id), field, sealed)

    def closed(self, session: Session, user_id: int, now_ms: int) -> None:
        """Note that the account was closed; the first date counts."""
        move(session, SubjectRow, (SubjectRow.user_id == user_id, SubjectRow.closed_ms.is_(None)), closed_ms=now_ms)

    def forget_closed_before(self, session: Session, time_ms: int) -> list[int]:
        """Destroy the keys of those whose accounts were closed before ``time_ms``; whose they were."""
        due = select(SubjectRow).where(SubjectRow.closed_ms <= time_ms, SubjectRow.sealed_key != b"")
        rows = session.scalars(due).all()
        for row in rows:
            self._envelopes.forget(_subject(row.user_id), row.sealed_key)
            session.execute(update(SubjectRow).where(SubjectRow.user_id == row.user_id).values(sealed_key=b""))
        return [row.user_id for row in rows]

    def _key(self, session: Session, user_id: int) -> bytes:
        query = select(SubjectRow.sealed_key).where(SubjectRow.user_id == user_id)
        known = session.scalar(query)
        if known is None:
            made = self._envelopes.new_key(_subject(user_id))
            insert_new(session, SubjectRow, user_id=user_id, sealed_key=made, closed_ms=None)
            known = session.scalar(query)
        if not known:
            raise RefusedError("user_not_found", "There is no such user.", "Check who is meant.")
        return known


def _subject(user_id: int) -> str:
    return f"due diligence {user_id}"
