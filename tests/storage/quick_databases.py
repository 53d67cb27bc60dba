"""What makes databases quick enough to have one or more for each test.

To make tables by all migrations of a module takes many times as long as to make them as they are in the end: a layout is
migrated once for all tests of a process, and what came out makes the others. What migrations do to older layouts is told
by the tests of each module. To put a statement into words takes longer than to run it on a few rows: this, too, happens
once for all databases of a process, where SQLAlchemy would do it for each of them. Nor does a test wait until its rows
are on the disk: that proves something only where the power fails, and a disk that others write to makes it the longest
part of a test.
"""

import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry

from lonja.modules.history import database as history
from lonja.storage import database
from lonja.storage.database import Layout
from lonja.storage.migrations import begin_migration

Schema = tuple[tuple[str, str, str], ...]
Statement = tuple[str, tuple[Any, ...]]

_WORDS_MAX = 10_000

_made: dict[tuple[Layout, Schema], list[Statement] | None] = {}
"""What makes a layout on a database that has other tables or none, in SQL."""

_whole: dict[Layout, sqlite3.Connection] = {}
"""Databases that have one layout and nothing else, in memory; to copy one is quicker than to run what makes it."""


def share_layouts(patch: pytest.MonkeyPatch) -> None:
    """Have every layout migrated once as long as ``patch`` lasts."""
    migrate = database._migrate

    @wraps(migrate)
    def make(connection: Connection, layout: Layout) -> None:
        before = _schema(connection) if connection.dialect.name == "sqlite" else None
        if before is None or layout.version_table in (name for name, *_ in before):
            migrate(connection, layout)
            return
        statements = _made.get((layout, before))
        if statements is None:
            migrate(connection, layout)
            _made[layout, before] = _added(connection, before)
            return
        if not before:
            _copy_whole(connection, layout, statements)
            return
        begin_migration(connection)
        for statement in statements:
            connection.exec_driver_sql(*statement)

    patch.setattr(database, "_migrate", make)


def share_words(patch: pytest.MonkeyPatch) -> None:
    """Have each statement put into words once for all SQLite databases as long as ``patch`` lasts."""
    common = create_engine("sqlite://", query_cache_size=_WORDS_MAX)
    common.connect().close()
    common.dispose()
    for module in (database, history):
        patch.setattr(module, "create_engine", _with_words_of(common, module.create_engine))


def forgo_syncs(patch: pytest.MonkeyPatch) -> None:
    """Have no SQLite database of a module wait for the disk as long as ``patch`` lasts."""
    for module in (database, history):
        patch.setattr(module, "_prepare_sqlite", _without_syncs(module._prepare_sqlite))


def _with_words_of(common: Engine, make: Callable[..., Engine]) -> Callable[..., Engine]:
    @wraps(make)
    def make_quickly(url: str, **options: Any) -> Engine:
        made = make(url, **options)
        if made.dialect.name == "sqlite":
            # The dialect as well: it is part of what a statement's words are found by.
            made.dialect = made.pool._dialect = common.dialect
            made._compiled_cache = common._compiled_cache
        return made

    return make_quickly


def _without_syncs(prepare: Callable[..., None]) -> Callable[..., None]:
    @wraps(prepare)
    def prepare_quickly(connection: Any, entry: ConnectionPoolEntry) -> None:
        prepare(connection, entry)
        connection.execute("PRAGMA synchronous = OFF").close()

    return prepare_quickly


def _copy_whole(connection: Connection, layout: Layout, statements: list[Statement]) -> None:
    if layout not in _whole:
        made = sqlite3.connect(":memory:", check_same_thread=False)
        for statement in statements:
            made.execute(*statement)
        made.commit()
        _whole[layout] = made
    empty = connection.connection.driver_connection
    assert isinstance(empty, sqlite3.Connection)
    _whole[layout].backup(empty)


def _schema(connection: Connection) -> Schema:
    """Names and kinds of what is there, with the SQL that makes it, in the order in which it was made."""
    wanted = (
        "SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    )
    return tuple(tuple(row) for row in connection.exec_driver_sql(wanted))


def _added(connection: Connection, before: Schema) -> list[Statement] | None:
    """What makes all that was not there ``before``, rows included; None when what was there is another now."""
    after = _schema(connection)
    if after[: len(before)] != before:
        return None
    added = after[len(before) :]
    made: list[Statement] = [(sql, ()) for _name, _kind, sql in added]
    for table in (name for name, kind, _sql in added if kind == "table"):
        for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"'):
            places = ", ".join("?" for _ in row)
            made.append((f'INSERT INTO "{table}" VALUES ({places})', tuple(row)))
    return made
