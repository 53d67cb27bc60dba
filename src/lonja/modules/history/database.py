"""Opening the projections' database and bringing its tables up to date.

Why the settings: write-ahead logging lets readers go on while the projector writes, and ``synchronous = NORMAL`` may
lose the last transactions with the power but never half of one; what is lost is projected again from the journal.
"""

from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from lonja.modules.history.models import Base
from lonja.storage.migrations import begin_migration

_MIGRATIONS = Path(__file__).parent / "migrations"
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


def migration_config(connection: Connection) -> Config:
    """Alembic's settings for the migrations in this package, on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Create the tables, or bring them from an older version up to date."""
    with engine.begin() as connection:
        begin_migration(connection)
        command.upgrade(migration_config(connection), "head")


def drop_tables(engine: Engine) -> None:
    """Remove all projections, so that ``migrate`` starts afresh."""
    with engine.begin() as connection:
        begin_migration(connection)
        Base.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
