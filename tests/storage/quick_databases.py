"""What makes databases quick enough to have one or more for each test.

To make tables by all migrations of a module takes many times as long as to make them as they are in the end: a layout is
migrated once for all tests of a process, and what came out makes the others. What migrations do to older layouts is told
by the tests of each module. Nor does a test wait until its rows are on the disk: that proves something only where the
power fails, and a disk that others write to makes it the longest part of a test.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry

from lonja.modules.history import database as history
from lonja.storage import database
from lonja.storage.database import Layout
from lonja.storage.migrations import begin_migration

_made: dict[Layout, list[str]] = {}
"""What makes an empty database one of a layout, in SQL."""


def share_layouts(patch: pytest.MonkeyPatch) -> None:
    """Have every layout migrated once as long as ``patch`` lasts."""
    migrate = database._migrate

    @wraps(migrate)
    def make(connection: Connection, layout: Layout) -> None:
        if not _is_empty_sqlite(connection):
            migrate(connection, layout)
        elif layout in _made:
            begin_migration(connection)
            for statement in _made[layout]:
                connection.exec_driver_sql(statement)
        else:
            migrate(connection, layout)
            _made[layout] = _statements(connection)

    patch.setattr(database, "_migrate", make)


def forgo_syncs(patch: pytest.MonkeyPatch) -> None:
    """Have no SQLite database of a module wait for the disk as long as ``patch`` lasts."""
    for module in (database, history):
        patch.setattr(module, "_prepare_sqlite", _without_syncs(module._prepare_sqlite))


def _without_syncs(prepare: Callable[..., None]) -> Callable[..., None]:
    @wraps(prepare)
    def prepare_quickly(connection: Any, entry: ConnectionPoolEntry) -> None:
        prepare(connection, entry)
        connection.execute("PRAGMA synchronous = OFF").close()

    return prepare_quickly


def _is_empty_sqlite(connection: Connection) -> bool:
    return (
        connection.dialect.name == "sqlite"
        and connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar() == 0
    )


def _statements(connection: Connection) -> list[str]:
    """The whole database in SQL, without the transaction around it."""
    driver = connection.connection.driver_connection
    assert driver is not None
    return list(driver.iterdump())[1:-1]
