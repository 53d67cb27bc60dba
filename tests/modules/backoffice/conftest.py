"""A back office in a database of each kind, with a clock that is moved by hand and staff of every role."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text, update

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.backoffice.api import BackOffice, StaffSession
from lonja.modules.backoffice.database import open_database
from lonja.modules.backoffice.tables import AuditHeadRow, Base, StaffRow
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import HOUR_MS
from tests.modules.history.conftest import new_postgres_database, postgres_folder

__all__ = ["postgres_folder"]

START_MS = 1_800_000_000_000
ADA, BEN, SUE, SAM, KAY, CAL, CLEO, FIN = (StaffSession(number, signed_in_with_passkey=True) for number in range(1, 9))
"""Administrators, security, a reviewer of verifications, compliance, and finance."""
ROLES = {
    ADA: ("admin",),
    SUE: ("security",),
    SAM: ("security",),
    KAY: ("kyc_reviewer",),
    CAL: ("compliance",),
    CLEO: ("compliance",),
    FIN: ("finance",),
    BEN: ("admin",),
}
ALICE, BOB = 101, 102
"""Customers."""


class Office:
    """A back office and its time."""

    def __init__(self, url: str, box: MemorySecretBox | None = None) -> None:
        self.url, self.box, self.now_ms = url, box or MemorySecretBox(), START_MS
        self.back = BackOffice(url, self.box, lambda: self.now_ms)

    def wait(self, hours: int) -> None:
        self.now_ms += hours * HOUR_MS

    def staffed(self) -> "Office":
        for by, roles in ROLES.items():
            self.back.staff.make_first(by.user_id, roles)
        return self

    def entries(self) -> list[tuple[str, str, str, str]]:
        """Actor, action, subject and reference of all entries, oldest first."""
        found = self.back.read_audit(CAL, limit=200)
        return [(row.actor, row.action, row.subject, row.reference) for row in reversed(found)]


@pytest.fixture(scope="session")
def backoffice_postgres(postgres_folder: Path) -> str:
    """One database for all tests of the back office: to make one takes longer than most of them."""
    return new_postgres_database(postgres_folder)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind without rows."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'backoffice.sqlite'}"
        return
    url = request.getfixturevalue("backoffice_postgres")
    yield url
    database = open_database(url)
    empty(database)
    database.dispose()


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    made = Office(database_url).staffed()
    yield made
    made.back.close()


@pytest.fixture
def unstaffed(database_url: str) -> Iterator[Office]:
    made = Office(database_url)
    yield made
    made.back.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    made = open_database(database_url)
    yield made
    made.dispose()


def empty(database: Engine) -> None:
    """Take all rows out of a PostgreSQL database, which its triggers would refuse."""
    with database.begin() as connection:
        unguard(connection)
        for table in Base.metadata.sorted_tables:
            if table.name not in ("backoffice_audit_head", "backoffice_staff"):
                connection.execute(table.delete())
        connection.execute(update(AuditHeadRow).values(length=0, digest=bytes(32)))
        connection.execute(update(StaffRow).values(revision=0))
        for table in ("backoffice_audit", "backoffice_audit_head"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def unguard(connection: Connection) -> None:
    """Let the log be altered, as somebody with all rights over the database could."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        for name in connection.scalars(text(query)).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        for table in ("backoffice_audit", "backoffice_audit_head"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    """Expects a refusal with ``code``."""
    return pytest.raises(RefusedError, check=lambda error: error.code == code)
