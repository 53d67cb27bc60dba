"""Where identity keeps its rows, for ``lonja.storage``.

Why here: the server and the key commands open the same database, possibly at once.
"""

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

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
