"""The hash chain of the audit log: each entry's digest covers the one before it.

Why here: the doctor verifies it without opening the back office. Invariant: nothing of an entry can be altered, and no
entry taken out, swapped or put between, without a digest that no longer fits.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from lonja.modules.backoffice.tables import AuditHeadRow, AuditRow
from lonja.storage.database import translate

FIRST_PREVIOUS: Final = bytes(32)
"""Stands for the digest before the first entry."""
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the chain sees it; ``detail`` is sealed."""

    sequence: int
    time_ms: int
    actor: str
    action: str
    subject: str
    reference: str
    key_id: int
    detail: bytes

    def digest(self, previous: bytes) -> bytes:
        """SHA-256 over ``previous`` and the entry's canonical JSON."""
        fields = {
            "sequence": self.sequence,
            "time_ms": self.time_ms,
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "reference": self.reference,
            "key_id": self.key_id,
            "detail": self.detail.hex(),
        }
        return sha256(previous + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk found: how many entries hold, the digest of the last of them, and the first that is broken.

    ``broken`` is its sequence, None when the chain is whole; ``problem`` says what is wrong with it.
    """

    entries: int
    digest: bytes
    broken: int | None = None
    problem: str = ""


def verify_chain(database: Engine) -> ChainReport:
    """Walk the audit log of ``database`` as it stands at one moment. Raises ``DataError`` when it cannot be read."""
    try:
        with database.connect() as connection:
            _hold_still(connection)
            return _walk(connection)
    except DBAPIError as error:
        raise translate(error, "backoffice", str(database.url)) from error


def _hold_still(connection: Connection) -> None:
    """Make what follows see one moment, whatever is appended meanwhile."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.execution_options(isolation_level="REPEATABLE READ")


def _walk(connection: Connection) -> ChainReport:
    previous, entries = FIRST_PREVIOUS, 0
    for link, digest in _links(connection):
        expected = entries + 1
        if link.sequence != expected:
            return ChainReport(entries, previous, expected, "is missing")
        if link.digest(previous) != digest:
            return ChainReport(entries, previous, expected, "does not fit the entry before it, or was altered")
        previous, entries = digest, expected
    return _end(connection, entries, previous)


def _end(connection: Connection, entries: int, digest: bytes) -> ChainReport:
    head = connection.execute(select(AuditHeadRow.length, AuditHeadRow.digest)).one_or_none()
    if head is None:
        return ChainReport(entries, digest, entries + 1, "cannot be judged: the end of the log is not recorded")
    if head.length > entries:
        return ChainReport(entries, digest, entries + 1, "is missing at the end of the log")
    if head.length < entries or head.digest != digest:
        return ChainReport(entries, digest, min(entries, head.length + 1), "is not the end that was recorded")
    return ChainReport(entries, digest)


def _links(connection: Connection) -> Iterator[tuple[Link, bytes]]:
    last: int | None = None
    while True:
        query = select(AuditRow.__table__).order_by(AuditRow.sequence).limit(_PAGE)
        rows = connection.execute(query if last is None else query.where(AuditRow.sequence > last)).all()
        for row in rows:
            *fields, digest = row
            yield Link(*fields), digest
        if len(rows) < _PAGE:
            return
        last = rows[-1][0]
