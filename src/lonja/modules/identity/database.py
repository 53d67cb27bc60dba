"""Opening the identity database: connection settings and migrations.

Why here: the server and the key commands open the same file, possibly at once. Invariant: after ``open_database`` the
tables are those of ``tables.py``.
"""

from pathlib import Path

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from lonja.modules.identity.tables import SCHEMA_VERSION
from lonja.primitives.errors import DataCorruptError, DataError, DataVersionError

MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 10


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    sqlite = url.startswith("sqlite")
    arguments = {"timeout": _BUSY_SECONDS} if sqlite else {}
    database = create_engine(url, connect_args=arguments)
    if sqlite:
        event.listen(database, "connect", _prepare_sqlite)
    try:
        with database.begin() as connection:
            _bring_up_to_date(connection)
    except DBAPIError as error:
        database.dispose()
        raise translate(error, url) from error
    except DataError:
        database.dispose()
        raise
    return database


def translate(error: DBAPIError, place: str) -> DataError:
    """``error`` of the database at ``place`` as one of ours."""
    reason = str(error.orig)
    if "malformed" in reason or "not a database" in reason:
        return DataCorruptError(f"The identity database {place} is damaged: {reason}.", "Restore it from a backup.")
    return DataError(f"The identity database {place} cannot be used: {reason}.", "Check the folder and its rights.")


def _prepare_sqlite(connection: object, _entry: ConnectionPoolEntry) -> None:
    # WAL lets the key commands write while a server reads; FULL because a key that was shown must be kept.
    cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's connection, which has no common type
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _bring_up_to_date(connection: Connection) -> None:
    version = _version(connection)
    if version == SCHEMA_VERSION:
        return
    if version is not None and version > SCHEMA_VERSION:
        message = f"The identity database has layout {version}; this version of lonja knows {SCHEMA_VERSION}."
        raise DataVersionError(message, "Use the newer version that wrote it.")
    _migrate(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    # Imported late: most starts find the tables up to date and need not pay for loading Alembic.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
