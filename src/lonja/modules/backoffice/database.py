"""Where the back office keeps its rows, for ``lonja.storage``."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from lonja.modules.backoffice.tables import SCHEMA_VERSION, Base
from lonja.storage import database

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("backoffice", SCHEMA_VERSION, MIGRATIONS, "backoffice_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)


def transaction(opened: Engine) -> AbstractContextManager[Session]:
    """A transaction, kept when its block ends and undone when it raises (``storage.database.transaction``)."""
    return database.transaction(opened, LAYOUT.name)


def insert_new(session: Session, model: type[Base], **values: object) -> int | None:
    """Insert a row and return its number, or None when a unique value of it is taken."""
    postgresql = session.get_bind().dialect.name == "postgresql"
    insert = insert_postgresql(model) if postgresql else insert_sqlite(model)
    statement = insert.values(**values).on_conflict_do_nothing().returning(inspect(model).primary_key[0])
    return session.execute(statement).scalar_one_or_none()
