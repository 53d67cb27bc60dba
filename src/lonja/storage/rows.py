"""Inserts that two may try at once, on SQLite and on PostgreSQL.

Why here: both databases know ``ON CONFLICT``, but SQLAlchemy words it by database. Invariant: only this file asks which
of the two it is, so no module can get it right on one of them alone.
"""

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.dialects.postgresql import Insert as InsertPostgresql
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import Insert as InsertSqlite
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert_into(database: Engine | Connection, model: type[DeclarativeBase]) -> InsertSqlite | InsertPostgresql:
    """An insert in the words of ``database`` that may say what happens on a conflict."""
    return insert_postgresql(model) if database.dialect.name == "postgresql" else insert_sqlite(model)


def insert_new(session: Session, model: type[DeclarativeBase], **values: object) -> int | None:
    """Insert a row and return its number, or None when a unique value of it is taken."""
    insert = insert_into(session.get_bind(), model).values(**values)
    statement = insert.on_conflict_do_nothing().returning(inspect(model).primary_key[0])
    return session.execute(statement).scalar_one_or_none()


def insert_once(session: Session, model: type[DeclarativeBase], **values: object) -> bool:
    """Insert a row unless its key, or another unique value of it, is taken; returns whether it was inserted."""
    return insert_new(session, model, **values) is not None
