"""Papers that people and institutions hand in, kept sealed.

Invariant: what is kept is a PDF, JPEG or PNG by its content and smaller than the rules allow; the same paper handed in
twice for one purpose is one paper; a paper belongs to whoever handed it in and opens for nobody else.
"""

from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence.parts import Parts
from lonja.modules.verification.due_diligence.tables import PaperContentRow, PaperRow
from lonja.modules.verification.file_types import is_active, media_type_of
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS
from lonja.storage.rows import insert_new

_NAME_MAX: Final = 120
_CONTENT, _NAME = "paper_content", "paper_name"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper in a list. ``issued_on`` is an ISO date, empty when not given."""

    paper_id: int
    about: str
    kind: str
    name: str = field(repr=False)
    media_type: str
    size: int
    issued_on: str
    added_ms: int


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper as it comes in."""

    kind: str
    name: str = field(repr=False)
    content: bytes = field(repr=False)
    issued_on: str = ""


class Papers:
    """Papers in the caller's transaction."""

    def __init__(self, parts: Parts) -> None:
        """Made once."""
        self._parts = parts

    def check(self, user_id: int, new: NewPaper) -> str:
        """The media type of ``new``. Raises ``RefusedError``."""
        bytes_max = self._parts.number(user_id, "papers.bytes_max")
        if len(new.content) >= bytes_max:
            message = f"A paper must be smaller than {bytes_max // 1_000_000} MB."
            raise RefusedError("paper_too_large", message, "Save it smaller, or in parts.")
        media_type = media_type_of(new.content)
        if media_type is None:
            remedy = "Hand in a PDF, JPEG or PNG, whole and as it was saved."
            raise RefusedError("paper_type", "This is no PDF, JPEG or PNG, or more than that.", remedy)
        if media_type == "application/pdf" and is_active(new.content):
            message = "This PDF is locked, or runs or carries something."
            raise RefusedError("paper_active", message, "Print it into a new PDF and hand that in.")
        if not 0 < len(new.name) <= _NAME_MAX or not new.name.isprintable() or "/" in new.name or "\\" in new.name:
            raise RefusedError(
                "paper_name", f"A name of a file has 1 to {_NAME_MAX} printable characters.", "Rename the file."
            )
        if new.issued_on:
            self._check_date(new.issued_on)
        return media_type

    def add(self, session: Session, user_id: int, about: str, new: NewPaper, media_type: str) -> Paper:
        """Keep a checked paper. Raises ``RefusedError`` when there are too many."""
        digest = sha256(new.content).digest()
        same = (PaperRow.about == about, PaperRow.kind == new.kind, PaperRow.digest == digest)
        held = session.scalar(select(func.count()).where(PaperRow.about == about)) or 0
        known = session.scalar(select(PaperRow).where(*same))
        if known is not None:
            return self._paper(session, known)
        since_ms = self._parts.clock() - DAY_MS
        today = select(func.count()).where(PaperRow.user_id == user_id, PaperRow.added_ms > since_ms)
        size = session.scalar(select(func.coalesce(func.sum(PaperRow.size), 0)).where(PaperRow.about == about)) or 0
        is_full = (
            held >= self._parts.number(user_id, "papers.count_max")
            or size + len(new.content) > self._parts.number(user_id, "papers.total_bytes_max")
            or (session.scalar(today) or 0) >= self._parts.number(user_id, "papers.per_day_max")
        )
        if is_full:
            raise RefusedError("papers_full", "These are too many papers, or too large.", "Remove some, or wait a day.")
        vault = self._parts.vault
        values = {
            "user_id": user_id,
            "about": about,
            "kind": new.kind,
            "media_type": media_type,
            "size": len(new.content),
            "digest": digest,
            "issued_on": new.issued_on,
            "sealed_name": vault.seal(session, user_id, _NAME, new.name),
            "added_ms": self._parts.clock(),
        }
        paper_id = insert_new(session, PaperRow, **values)
        if paper_id is not None:
            content = vault.seal(session, user_id, _CONTENT, new.content)
            insert_new(session, PaperContentRow, paper_id=paper_id, sealed_content=content)
        return self._paper(session, session.scalars(select(PaperRow).where(*same)).one())

    def remove(self, session: Session, about: str, paper_id: int) -> None:
        """Take a paper away. Raises ``RefusedError``."""
        gone = delete(PaperRow).where(PaperRow.paper_id == paper_id, PaperRow.about == about)
        if session.execute(gone.returning(PaperRow.paper_id)).first() is None:
            raise RefusedError("paper_not_found", "There is no such paper.", "Look which papers there are.")
        session.execute(delete(PaperContentRow).where(PaperContentRow.paper_id == paper_id))

    def remove_all(self, session: Session, about: str) -> None:
        """Take every paper of something away that nobody looks at any more."""
        numbers = select(PaperRow.paper_id).where(PaperRow.about == about)
        session.execute(delete(PaperContentRow).where(PaperContentRow.paper_id.in_(numbers)))
        session.execute(delete(PaperRow).where(PaperRow.about == about))

    def of(self, session: Session, about: str) -> tuple[Paper, ...]:
        """The papers handed in for ``about``, oldest first."""
        rows = session.scalars(select(PaperRow).where(PaperRow.about == about).order_by(PaperRow.paper_id))
        return tuple(self._paper(session, row) for row in rows)

    def read(self, paper_id: int, user_id: int) -> tuple[Paper, bytes]:
        """A paper of ``user_id`` with its bytes. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            row, content = session.get(PaperRow, paper_id), session.get(PaperContentRow, paper_id)
            if row is None or content is None or row.user_id != user_id:
                raise RefusedError("paper_not_found", "There is no such paper.", "Look which papers there are.")
            opened = self._parts.vault.open(session, user_id, _CONTENT, content.sealed_content)
            return self._paper(session, row), opened

    def _paper(self, session: Session, row: PaperRow) -> Paper:
        name = self._parts.vault.open(session, row.user_id, _NAME, row.sealed_name).decode()
        return Paper(row.paper_id, row.about, row.kind, name, row.media_type, row.size, row.issued_on, row.added_ms)

    def _check_date(self, issued_on: str) -> None:
        try:
            issued = date.fromisoformat(issued_on)
        except ValueError:
            raise RefusedError("date_invalid", "This is no date.", "Write it like 2026-03-31.") from None
        if issued > date.fromtimestamp(self._parts.clock() // 1000):  # noqa: DTZ012  # days, not moments
            raise RefusedError("date_invalid", "This date is still to come.", "Give the date on the paper.")
