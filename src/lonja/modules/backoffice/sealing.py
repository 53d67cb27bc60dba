"""Keys of the subjects the back office writes about, and texts sealed under them.

Why here: the audit log must keep every row for ever, while a person may be forgotten. Invariant: what is kept is the
sealed form, so forgetting a key leaves the chain whole and the texts unreadable.
"""

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.tables import SubjectKeyRow
from lonja.primitives.errors import DataCorruptError
from lonja.storage.envelopes import Envelopes
from lonja.storage.ports import SecretBox
from lonja.storage.rows import insert_new

FORGOTTEN: Final = "(forgotten)"
"""Stands where a text was whose key is gone."""
TEXT_MAX: Final = 10_000
_NAME_MAX: Final = 80


class Sealing:
    """Seals and opens texts about subjects such as ``user:7``."""

    def __init__(self, box: SecretBox) -> None:
        """``box`` seals the keys."""
        self._envelopes = Envelopes(box)

    def seal(self, session: Session, subject: str, field: str, text: str) -> tuple[int, bytes]:
        """The key's number and ``text`` sealed."""
        key_id, sealed_key = self._key(session, subject)
        return key_id, self._envelopes.seal(sealed_key, subject, field, text)

    def open(self, session: Session, key_id: int, field: str, sealed: bytes) -> str:
        """The text again, or ``FORGOTTEN``. Raises ``DataCorruptError``."""
        row = session.get(SubjectKeyRow, key_id)
        if row is None:
            raise DataCorruptError(f"Key {key_id} of the back office is missing.", "Restore it from a copy.")
        if row.sealed_key is None:
            return FORGOTTEN
        return self._envelopes.open_text(row.sealed_key, row.subject, field, sealed)

    def remembers(self, session: Session, subject: str) -> bool:
        """Whether anything about ``subject`` can be read."""
        return self._known(session, subject) is not None

    def forget(self, session: Session, subject: str) -> None:
        """Destroy the key of ``subject``: what was written about it so far cannot be read any more."""
        rows = session.scalars(select(SubjectKeyRow).where(SubjectKeyRow.current == subject)).all()
        for row in rows:
            if row.sealed_key is not None:
                self._envelopes.forget(subject, row.sealed_key)
        gone = update(SubjectKeyRow).where(SubjectKeyRow.current == subject).values(current=None, sealed_key=None)
        session.execute(gone)

    def _key(self, session: Session, subject: str) -> tuple[int, bytes]:
        known = self._known(session, subject)
        if known is None:
            sealed_key = self._envelopes.new_key(subject)
            insert_new(session, SubjectKeyRow, subject=subject, current=subject, sealed_key=sealed_key)
            known = self._known(session, subject)
        if known is None:
            raise DataCorruptError(f"The key of {subject} cannot be kept.", "Try again.")
        return known

    @staticmethod
    def _known(session: Session, subject: str) -> tuple[int, bytes] | None:
        query = select(SubjectKeyRow.key_id, SubjectKeyRow.sealed_key).where(SubjectKeyRow.current == subject)
        row = session.execute(query).one_or_none()
        return None if row is None or row[1] is None else (row[0], row[1])


def check_name(*names: str) -> None:
    """Raise ``RefusedError`` for a name or reference that is empty, too long or does not show."""
    if not all(0 < len(name) <= _NAME_MAX and name.isprintable() for name in names):
        raise refusal("name_invalid")


def check_text(text: str) -> None:
    """Raise ``RefusedError`` for a text that is too long."""
    if len(text) > TEXT_MAX:
        raise refusal("text_too_long")


def check_reason(text: str) -> None:
    """Raise ``RefusedError`` for a reason that is missing or too long."""
    if not text.strip():
        raise refusal("reason_required")
    check_text(text)
