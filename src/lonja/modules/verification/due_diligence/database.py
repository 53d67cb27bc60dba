"""Where due diligence keeps its rows, for ``lonja.storage``."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import ColumnElement, Engine, Select, inspect, update
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence.tables import SCHEMA_VERSION, Base
from lonja.storage import database

_Model = TypeVar("_Model", bound=Base)

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("due diligence", SCHEMA_VERSION, MIGRATIONS, "due_diligence_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)


def transaction(opened: Engine) -> AbstractContextManager[Session]:
    """A transaction, kept when its block ends and undone when it raises (``storage.database.transaction``)."""
    return database.transaction(opened, LAYOUT.name)


def rows_of(session: Session, query: Select[_Model]) -> list[_Model]:
    """The rows as they are, to be read also after the transaction; they follow no change any more."""
    rows = list(session.scalars(query))
    for row in rows:
        session.expunge(row)
    return rows


def move(session: Session, model: type[Base], guards: Sequence[ColumnElement[bool]], **values: object) -> bool:
    """Change the row for which all ``guards`` hold at that moment; returns whether there was one."""
    key = inspect(model).primary_key[0]
    statement = update(model).where(*guards).values(**values).returning(key)
    return session.execute(statement.execution_options(synchronize_session=False)).first() is not None
