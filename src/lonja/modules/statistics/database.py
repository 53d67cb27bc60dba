"""Where statistics keep their rows, for ``lonja.storage``."""

from pathlib import Path

from sqlalchemy import Engine

from lonja.modules.statistics.tables import SCHEMA_VERSION
from lonja.storage import database

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("statistics", SCHEMA_VERSION, MIGRATIONS, "statistics_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)
