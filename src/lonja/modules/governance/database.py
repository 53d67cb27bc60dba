"""Where governance keeps its rows, for ``lonja.storage``."""

from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from lonja.modules.governance.tables import SCHEMA_VERSION, Base
from lonja.storage import database

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("governance", SCHEMA_VERSION, MIGRATIONS, "governance_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)


def insert_once(session: Session, model: type[Base], **values: object) -> bool:
    """Insert a row unless its key, or another unique one, is taken; returns whether it was inserted."""
    postgresql = session.get_bind().dialect.name == "postgresql"
    insert = insert_postgresql(model) if postgresql else insert_sqlite(model)
    statement = insert.values(**values).on_conflict_do_nothing().returning(inspect(model).primary_key[0])
    return session.execute(statement).first() is not None
