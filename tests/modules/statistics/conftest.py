"""The database of statistics on SQLite, and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from lonja.modules.statistics.api import open_database
from lonja.modules.statistics.tables import Base
from tests.modules.history.conftest import new_postgres_database


@pytest.fixture(scope="session")
def postgres_url(postgres_folder: Path) -> str:
    """One database on a real PostgreSQL for all tests."""
    return new_postgres_database(postgres_folder)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database, of each kind in turn."""
    on_postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{tmp_path / 'statistics.sqlite'}"
    made = open_database(url)
    yield made
    with made.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(delete(table))
    made.dispose()
