"""Where identity keeps its rows, for ``lonja.storage``.

Why here: the server and the key commands open the same database, possibly at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from lonja.modules.identity.tables import SCHEMA_VERSION
from lonja.primitives.errors import DataError
from lonja.storage import database

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("identity", SCHEMA_VERSION, MIGRATIONS, "alembic_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)


def translate(error: DBAPIError, place: str) -> DataError:
    """``error`` of the identity database at ``place`` as one of ours."""
    return database.translate(error, LAYOUT.name, place)


@contextmanager
def session_on(database: Engine, place: str) -> Iterator[Session]:
    """A transaction, kept when the block ends and undone when it raises.

    Raises ``DataError`` when the database at ``place`` fails, ``IntegrityError`` when a rule of the tables is broken.
    """
    try:
        with Session(database) as session, session.begin():
            yield session
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise translate(error, place) from error
