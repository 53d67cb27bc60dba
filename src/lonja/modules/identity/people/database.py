"""Where people are kept, for ``lonja.storage``: in identity's database, with a chain of migrations of their own."""

from pathlib import Path

from sqlalchemy import Engine

from lonja.modules.identity.people import protection_tables as _more_tables  # noqa: F401  # they belong to the same Base
from lonja.modules.identity.people.tables import SCHEMA_VERSION
from lonja.storage import database

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("identity", SCHEMA_VERSION, MIGRATIONS, "people_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)
