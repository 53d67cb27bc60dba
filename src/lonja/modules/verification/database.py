"""Where verification keeps its rows, for ``lonja.storage``."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from lonja.modules.verification.tables import SCHEMA_VERSION, Base
from lonja.storage import database

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("verification", SCHEMA_VERSION, MIGRATIONS, "verification_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)


def transaction(opened: Engine) -> AbstractContextManager[Session]:
    """A transaction, kept when its block ends and undone when it raises (``storage.database.transaction``)."""
    return database.transaction(opened, LAYOUT.name)


def insert_once(session: Session, model: type[Base], **values: object) -> bool:
    """Insert a row unless its key, or another unique one, is taken; returns whether it was inserted."""
    postgresql = session.get_bind().dialect.name == "postgresql"
    insert = insert_postgresql(model) if postgresql else insert_sqlite(model)
    statement = insert.values(**values).on_conflict_do_nothing().returning(inspect(model).primary_key[0])
    return session.execute(statement).first() is not None


def count_up(session: Session, model: type[Base], count_max: int, **key: object) -> bool:
    """Count one more in the row with ``key`` (its column ``count``), unless that is ``count_max`` already."""
    postgresql = session.get_bind().dialect.name == "postgresql"
    insert = insert_postgresql(model) if postgresql else insert_sqlite(model)
    count = model.__table__.c["count"]
    first = insert.values(**key, count=1)
    counted = first.on_conflict_do_update(
        index_elements=list(key), set_={"count": count + 1}, where=count < count_max
    ).returning(count)
    return session.execute(counted).first() is not None
