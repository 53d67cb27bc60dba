"""Where verification keeps its rows, for ``lonja.storage``."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lonja.modules.verification.tables import SCHEMA_VERSION, Base
from lonja.storage import database
from lonja.storage.rows import insert_into

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("verification", SCHEMA_VERSION, MIGRATIONS, "verification_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)


def transaction(opened: Engine) -> AbstractContextManager[Session]:
    """A transaction, kept when its block ends and undone when it raises (``storage.database.transaction``)."""
    return database.transaction(opened, LAYOUT.name)


def count_up(session: Session, model: type[Base], count_max: int, **key: object) -> bool:
    """Count one more in the row with ``key`` (its column ``count``), unless that is ``count_max`` already."""
    count = model.__table__.c["count"]
    first = insert_into(session.get_bind(), model).values(**key, count=1)
    counted = first.on_conflict_do_update(
        index_elements=list(key), set_={"count": count + 1}, where=count < count_max
    ).returning(count)
    return session.execute(counted).first() is not None
