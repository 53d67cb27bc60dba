"""The governance database on SQLite, and on a real PostgreSQL, with a clock that tests turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from lonja.modules.governance.api import open_database
from lonja.modules.governance.tables import Base
from tests.modules.governance.people import NOW
from tests.modules.history.conftest import new_postgres_database

__all__ = ["clock", "database", "postgres_url"]


class Clock:
    """The exchange's time."""

    def __init__(self) -> None:
        self.now_ms = NOW

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres_url(postgres_folder: Path) -> str:
    """One database on a real PostgreSQL for all tests: making many takes the server minutes to put away."""
    return new_postgres_database(postgres_folder)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database, of each kind in turn."""
    on_postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{tmp_path / 'governance.sqlite'}"
    made = open_database(url)
    yield made
    with made.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(delete(table))
    made.dispose()
