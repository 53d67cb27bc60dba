"""Opening the projections' database and bringing its tables up to date.

Why the settings: write-ahead logging lets readers go on while the projector writes, and ``synchronous = NORMAL`` may
lose the last transactions with the power but never half of one; what is lost is projected again from the journal.
"""

from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from lonja.modules.history.models import SCHEMA_VERSION, Base
from lonja.storage.database import Layout, bring_up_to_date
from lonja.storage.migrations import begin_migration

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = Layout("projections", SCHEMA_VERSION, MIGRATIONS, "alembic_version")
_LOCK_WAIT_MS = 5_000
_READ_CONNECTIONS = 4


def open_database(url: str) -> Engine:
    """An engine for ``url`` (``sqlite:///path`` or ``postgresql+psycopg://...``); nothing is read or written yet."""
    engine = create_engine(url, pool_size=_READ_CONNECTIONS, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _: ConnectionPoolEntry) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", f"busy_timeout = {_LOCK_WAIT_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()


def migrate(engine: Engine) -> None:
    """Create the tables, or bring them from an older version up to date. Raises ``DataVersionError``."""
    with engine.begin() as connection:
        bring_up_to_date(connection, LAYOUT)


def drop_tables(engine: Engine) -> None:
    """Remove all projections, so that ``migrate`` starts afresh."""
    with engine.begin() as connection:
        begin_migration(connection)
        Base.metadata.drop_all(connection)
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {LAYOUT.version_table}")
