"""A back office in a database of each kind, with a clock that is moved by hand and staff of every role."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert, text, update

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.backoffice.api import BackOffice, StaffSession
from lonja.modules.backoffice.database import open_database
from lonja.modules.backoffice.tables import AuditHeadRow, Base, StaffRoleRow, StaffRow
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import HOUR_MS
from tests.modules.history.conftest import new_postgres_database

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
GUARDED = ("backoffice_audit", "backoffice_audit_head")


class Office:
    """A back office and its time."""

    def __init__(self, url: str, box: MemorySecretBox | None = None) -> None:
        self.url, self.box, self.now_ms = url, box or MemorySecretBox(), START_MS
        self.back = BackOffice(url, self.box, lambda: self.now_ms)

    def wait(self, hours: int) -> None:
        self.now_ms += hours * HOUR_MS

    def entries(self) -> list[tuple[str, str, str, str]]:
        """Actor, action, subject and reference of all entries, oldest first."""
        found = self.back.read_audit(CAL, limit=200)
        return [(row.actor, row.action, row.subject, row.reference) for row in reversed(found)]


@pytest.fixture(scope="session")
def backoffice_postgres(postgres_folder: Path) -> str:
    """One database for all tests of the back office: to make one takes longer than most of them."""
    return new_postgres_database(postgres_folder)


@pytest.fixture(scope="session")
def backoffice_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy, which is much quicker than to migrate another."""
    path = tmp_path_factory.mktemp("backoffice") / "backoffice.sqlite"
    open_database(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("backoffice_sqlite"), tmp_path)
        return f"sqlite:///{path}"
    return str(request.getfixturevalue("backoffice_postgres"))


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """A database without rows."""
    made = open_database(database_url)
    yield made
    if made.dialect.name == "postgresql":
        empty(made)
    made.dispose()


@pytest.fixture
def unstaffed(database: Engine, database_url: str) -> Iterator[Office]:
    made = Office(database_url)
    yield made
    made.back.close()


@pytest.fixture
def office(database: Engine, unstaffed: Office) -> Office:
    roles = [
        {"user_id": by.user_id, "role": role, "granted_ms": START_MS} for by, roles in ROLES.items() for role in roles
    ]
    with database.begin() as connection:
        connection.execute(insert(StaffRoleRow), roles)
    return unstaffed


def empty(database: Engine) -> None:
    """Take all rows out of a PostgreSQL database, which its triggers would refuse."""
    with database.begin() as connection:
        unguard(connection)
        for table in Base.metadata.sorted_tables:
            if table.name not in ("backoffice_audit_head", "backoffice_staff"):
                connection.execute(table.delete())
        connection.execute(update(AuditHeadRow).values(length=0, digest=bytes(32)))
        connection.execute(update(StaffRow).values(revision=0))
        for name in GUARDED:
            connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))


def unguard(connection: Connection) -> None:
    """Let the log be altered, as somebody with all rights over the database could."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        for name in connection.scalars(text(query)).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        for name in GUARDED:
            connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    """Expects a refusal with ``code``."""
    return pytest.raises(RefusedError, check=lambda error: error.code == code)
