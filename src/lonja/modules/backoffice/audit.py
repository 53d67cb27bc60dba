"""The audit log: who did or read what, about whom, in an order nobody can change.

Why here: staff see and decide what concerns people; each such act must stay provable. Invariant: an act and its entry
are one transaction, and entries form one hash chain however many append at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from lonja.modules.backoffice.chain import ChainReport, Link, verify_chain
from lonja.modules.backoffice.database import transaction
from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.sealing import FORGOTTEN, Sealing, check_name
from lonja.modules.backoffice.tables import AuditHeadRow, AuditRow

PAGE_MAX: Final = 200
"""The longest page anybody may ask for."""
_FIELD: Final = "audit"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry, opened. ``detail`` may be personal and never shows in a representation."""

    sequence: int
    time_ms: int
    actor: str
    action: str
    subject: str
    reference: str
    detail: Mapping[str, str] = field(repr=False)
    digest: bytes


class AuditLog:
    """The log; it only grows."""

    def __init__(self, database: Engine, sealing: Sealing, clock: Callable[[], int]) -> None:
        """``clock`` gives milliseconds of the exchange."""
        self._database, self._sealing, self._clock = database, sealing, clock

    def append(
        self, actor: str, action: str, subject: str, detail: Mapping[str, str] | None = None, *, reference: str = ""
    ) -> int:
        """Append an entry and return its sequence (blocking). Raises ``DataError``, and ``RefusedError`` for bad names.

        ``actor`` is like ``staff:3`` or ``system``, ``subject`` whom it is about, like ``user:7``; ``reference`` is what
        it is about, like ``case:12``. ``detail`` is sealed under the subject; the rest stays readable for ever.
        """
        with transaction(self._database) as session:
            return self.add(session, actor, action, subject, detail or {}, reference=reference)

    def add(
        self, session: Session, actor: str, action: str, subject: str, detail: Mapping[str, str], *, reference: str = ""
    ) -> int:
        """``append`` with the caller's transaction; it must be the last thing done in it.

        Everybody who appends takes turns from here to the end of the transaction. Whoever held this turn and then
        waited for a row that another holds could block both.
        """
        check_name(actor, action, subject, *filter(None, (reference,)))
        text = msgspec.json.encode(dict(detail)).decode()
        session.flush()
        key_id, sealed = self._sealing.seal(session, subject, _FIELD, text)
        counted = (
            update(AuditHeadRow)
            .values(length=AuditHeadRow.length + 1)
            .returning(AuditHeadRow.length, AuditHeadRow.digest)
            .execution_options(synchronize_session=False)
        )
        sequence, previous = session.execute(counted).one()
        link = Link(sequence, self._clock(), actor, action, subject, reference, key_id, sealed)
        digest = link.digest(previous)
        session.add(
            AuditRow(
                sequence=sequence,
                time_ms=link.time_ms,
                actor=actor,
                action=action,
                subject=subject,
                reference=reference,
                key_id=key_id,
                detail=sealed,
                digest=digest,
            )
        )
        ended = update(AuditHeadRow).values(digest=digest).execution_options(synchronize_session=False)
        session.execute(ended)
        return int(sequence)

    def verify(self) -> ChainReport:
        """Walk the whole chain (blocking). Raises ``DataError``."""
        return verify_chain(self._database)

    def page(
        self,
        session: Session,
        *,
        subject: str = "",
        actor: str = "",
        action: str = "",
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[AuditEntry, ...]:
        """Entries before ``before``, newest first; ``action`` is one, or the part before a dot of several.

        Raises ``RefusedError`` and ``DataCorruptError``.
        """
        check_page(limit)
        query = select(AuditRow).order_by(AuditRow.sequence.desc()).limit(limit)
        if subject:
            query = query.where(AuditRow.subject == subject)
        if actor:
            query = query.where(AuditRow.actor == actor)
        if action:
            of_kind = AuditRow.action.startswith(f"{action}.", autoescape=True)
            query = query.where((AuditRow.action == action) | of_kind)
        if before is not None:
            query = query.where(AuditRow.sequence < before)
        return tuple(self._opened(session, row) for row in session.scalars(query).all())

    def _opened(self, session: Session, row: AuditRow) -> AuditEntry:
        text = self._sealing.open(session, row.key_id, _FIELD, row.detail)
        detail = {} if text == FORGOTTEN else msgspec.json.decode(text, type=dict[str, str])
        return AuditEntry(
            row.sequence, row.time_ms, row.actor, row.action, row.subject, row.reference, detail, row.digest
        )


def check_page(limit: int) -> None:
    """Raise ``RefusedError`` unless a page may be ``limit`` rows long."""
    if not 0 < limit <= PAGE_MAX:
        raise refusal("page_invalid")
