"""Where the back office keeps its rows, for ``lonja.storage``."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lonja.modules.backoffice.tables import SCHEMA_VERSION
from lonja.storage import database

MIGRATIONS = Path(__file__).parent / "migrations"
LAYOUT = database.Layout("backoffice", SCHEMA_VERSION, MIGRATIONS, "backoffice_version")


def open_database(url: str) -> Engine:
    """An engine on ``url`` whose tables are up to date. Raises ``DataError``."""
    return database.open_database(url, LAYOUT)


def transaction(opened: Engine) -> AbstractContextManager[Session]:
    """A transaction, kept when its block ends and undone when it raises (``storage.database.transaction``)."""
    return database.transaction(opened, LAYOUT.name)
