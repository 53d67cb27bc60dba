"""Databases for projections: a SQLite file for each test, and one real PostgreSQL for those that ask for it.

The PostgreSQL server comes as a Python package and runs as long as the tests, reached by a local socket only.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from lonja.modules.history.api import EventSource, History

_database_numbers = itertools.count()


def new_postgres_database(folder: Path) -> str:
    """URL of a new, empty database."""
    name = f"history_{os.getpid()}_{next(_database_numbers)}"
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = URL.create("postgresql+psycopg", username="postgres", database=name, query={"host": str(folder)})
    return url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "postgres":
        return new_postgres_database(request.getfixturevalue("postgres_folder"))
    return f"sqlite:///{tmp_path / 'history.sqlite'}"


@pytest.fixture
def other_url(tmp_path: Path) -> str:
    """A second, empty database."""
    return f"sqlite:///{tmp_path / 'other.sqlite'}"


@pytest.fixture
def open_history() -> Iterator[Callable[..., History]]:
    """Opens histories and closes them after the test."""
    opened: list[History] = []

    def open_at(url: str, source: EventSource | None = None, **options: int) -> History:
        opened.append(History(url, source, **options))
        return opened[-1]

    yield open_at
    for history in opened:
        history.close()
