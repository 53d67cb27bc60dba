"""Where lending keeps its rows, for ``lonja.storage``."""

from pathlib import Path

from sqlalchemy import Engine

from lonja.modules.lending.tables import SCHEMA_VERSION
from lonja.storage import database

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("lending", SCHEMA_VERSION, MIGRATIONS, "lending_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)
