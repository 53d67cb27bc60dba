"""The governance database on SQLite, and on a real PostgreSQL, with a clock that tests turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lonja.modules.governance.api import open_database
from tests.modules.governance.people import NOW
from tests.modules.history.conftest import new_postgres_database, postgres_folder

__all__ = ["clock", "database", "database_url", "postgres_folder"]


class Clock:
    """The exchange's time."""

    def __init__(self) -> None:
        self.now_ms = NOW

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "postgres":
        return new_postgres_database(request.getfixturevalue("postgres_folder"))
    return f"sqlite:///{tmp_path / 'governance.sqlite'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    made = open_database(database_url)
    yield made
    made.dispose()
