"""Opening a module's database: connection settings, migrations, and errors in our own words.

Why here: every module that keeps rows opens them the same way, on SQLite and on PostgreSQL. Invariant: after
``open_database`` the tables are those of the module's newest migration.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from lonja.primitives.errors import DataCorruptError, DataError, DataVersionError, RefusedError
from lonja.storage.migrations import begin_migration

_BUSY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables of one module.

    ``name`` is what people call the database, ``version`` the newest migration in the folder ``migrations``,
    ``version_table`` the table that says which migration a database has.
    """

    name: str
    version: str
    migrations: Path
    version_table: str


def open_database(url: str, layout: Layout) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    sqlite = url.startswith("sqlite")
    arguments = {"timeout": _BUSY_SECONDS} if sqlite else {}
    database = create_engine(url, connect_args=arguments)
    if sqlite:
        event.listen(database, "connect", _prepare_sqlite)
    try:
        with database.begin() as connection:
            bring_up_to_date(connection, layout)
    except DBAPIError as error:
        database.dispose()
        raise translate(error, layout.name, url) from error
    except DataError:
        database.dispose()
        raise
    return database


def bring_up_to_date(connection: Connection, layout: Layout) -> None:
    """Make the tables of ``layout`` on ``connection``, or bring them from an older version up to date.

    Raises ``DataVersionError`` when they are of a version that is not known yet.
    """
    version = _version(connection, layout.version_table)
    if version == layout.version:
        return
    if version is not None and version > layout.version:
        message = f"The {layout.name} database has layout {version}; this version of lonja knows {layout.version}."
        raise DataVersionError(message, "Use the newer version that wrote it.")
    _migrate(connection, layout)


@contextmanager
def transaction(database: Engine, name: str) -> Iterator[Session]:
    """A transaction on the database called ``name``, kept when the block ends and undone when it raises.

    Raises ``RefusedError`` when a row that was read is gone or changed by now, ``DataError`` when the database fails.
    """
    try:
        with Session(database) as session, session.begin():
            yield session
    except StaleDataError as error:
        message = "Something else was changed at the same time."
        raise RefusedError("changed_meanwhile", message, "Look, and try again.") from error
    except DBAPIError as error:
        raise translate(error, name, str(database.url)) from error


def translate(error: DBAPIError, name: str, place: str) -> DataError:
    """``error`` of the database called ``name`` at ``place`` as one of ours."""
    reason = str(error.orig)
    if "malformed" in reason or "not a database" in reason:
        return DataCorruptError(f"The {name} database {place} is damaged: {reason}.", "Restore it from a backup.")
    remedy = "Check the folder and its rights."
    if reason.startswith(("database or disk is full", "disk I/O error")):
        remedy = "Free some space on its disk, or change a disk that fails."
    return DataError(f"The {name} database {place} cannot be used: {reason}.", remedy)


def run_migrations(metadata: MetaData) -> None:
    """Run pending migrations on the connection Alembic was given; the whole of a module's ``migrations/env.py``."""
    # Imported late: most starts find the tables up to date and need not pay for loading Alembic.
    from alembic import context  # noqa: PLC0415

    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        version_table=context.config.attributes["version_table"],
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _prepare_sqlite(connection: object, _entry: ConnectionPoolEntry) -> None:
    # WAL lets commands at a terminal write while a server reads; FULL because what was shown must be kept.
    cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's connection, which has no common type
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _version(connection: Connection, version_table: str) -> str | None:
    if not inspect(connection).has_table(version_table):
        return None
    return connection.execute(text(f"SELECT version_num FROM {version_table}")).scalar()  # noqa: S608  # our own name


def _migrate(connection: Connection, layout: Layout) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(layout.migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = layout.version_table
    begin_migration(connection)
    command.upgrade(config, layout.version)
