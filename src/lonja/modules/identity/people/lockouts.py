"""Counting what goes wrong, per subject and within a window, and closing the door for a while when it is too much.

Why in the database: a restart must not give a guesser fresh attempts. Invariant: whether somebody of that name exists
makes no difference to what is counted or answered.
"""

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.policy import AttemptLimit
from lonja.modules.identity.people.tables import AttemptCountRow
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import MINUTE_MS
from lonja.storage.envelopes import BlindIndex
from lonja.storage.rows import insert_into


class Lockouts:
    """Counts per kind and subject. Every method runs in the caller's transaction."""

    def __init__(self, index: BlindIndex) -> None:
        """``index`` digests subjects."""
        self._index = index

    def count(self, session: Session, kind: str, subject: str, now_ms: int, limit: AttemptLimit) -> None:
        """Count one more attempt of ``subject``; the last one allowed locks those that follow.

        Raises ``RefusedError`` (``too_many_attempts``) while it is locked.
        """
        row = self._counted(session, kind, subject, now_ms, limit.window_ms)
        if row.locked_until_ms > now_ms:
            raise _locked(row.locked_until_ms - now_ms)
        if row.count < limit.count_max:
            return
        row.lock_count = 1 if row.locked_until_ms <= now_ms - limit.growth_ms else row.lock_count + 1
        row.locked_until_ms = now_ms + min(limit.lock_ms << min(row.lock_count - 1, 16), limit.lock_longest_ms)
        row.count, row.window_ends_ms = 0, now_ms

    def clear(self, session: Session, kind: str, subject: str) -> None:
        """Forget what ``subject`` did: it has proved to be right."""
        digest = self._index.digest(kind, subject)
        session.execute(
            delete(AttemptCountRow).where(AttemptCountRow.kind == kind, AttemptCountRow.subject_digest == digest)
        )

    def take_back(self, session: Session, kind: str, subject: str) -> None:
        """Take back one count: that attempt was right, which says nothing about the others."""
        at = (AttemptCountRow.kind == kind) & (AttemptCountRow.subject_digest == self._index.digest(kind, subject))
        less = update(AttemptCountRow).where(at & (AttemptCountRow.count > 0)).values(count=AttemptCountRow.count - 1)
        session.execute(less)

    def forget_expired(self, session: Session, until_ms: int) -> None:
        """Remove the rows whose window and lock ended by ``until_ms``, so that they make no other lock longer."""
        over = AttemptCountRow.window_ends_ms <= until_ms
        session.execute(delete(AttemptCountRow).where(over & (AttemptCountRow.locked_until_ms <= until_ms)))

    def _counted(self, session: Session, kind: str, subject: str, now_ms: int, window_ms: int) -> AttemptCountRow:
        digest = self._index.digest(kind, subject)
        first = insert_into(session.get_bind(), AttemptCountRow).values(
            kind=kind, subject_digest=digest, count=1, window_ends_ms=now_ms + window_ms
        )
        # One statement, before any read: attempts at the same moment wait here for each other.
        counted = first.on_conflict_do_update(
            index_elements=[AttemptCountRow.kind, AttemptCountRow.subject_digest],
            set_={"count": AttemptCountRow.count + 1},
        ).returning(AttemptCountRow)
        row = session.scalars(counted, execution_options={"populate_existing": True}).one()
        if row.window_ends_ms <= now_ms:
            row.count, row.window_ends_ms = 1, now_ms + window_ms
        return row


def _locked(rest_ms: int) -> RefusedError:
    minutes = -(-rest_ms // MINUTE_MS)
    return RefusedError(
        "too_many_attempts", "There were too many attempts.", f"Try again in {minutes} minutes.", -(-rest_ms // 1000)
    )
