"""The identity database on SQLite, and on a real PostgreSQL."""

from pathlib import Path

import pytest

from tests.modules.history.conftest import new_postgres_database

__all__ = ["database_url"]


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "postgres":
        return new_postgres_database(request.getfixturevalue("postgres_folder"))
    return f"sqlite:///{tmp_path / 'identity.sqlite'}"
