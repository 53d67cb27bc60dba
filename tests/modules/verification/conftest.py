"""A bureau on SQLite, and on a real PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lonja.modules.verification.tables import Base
from tests.modules.history.conftest import new_postgres_database
from tests.modules.verification.bureau import Bureau, found_offices

Opens = Callable[..., Bureau]


@pytest.fixture(scope="session")
def verification_postgres(postgres_folder: Path) -> str:
    """One database for all tests of verification: to make one takes longer than most of them."""
    return new_postgres_database(postgres_folder)


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases made once and copied for each test: to make them takes longer than most tests."""
    folder = tmp_path_factory.mktemp("offices")
    found_offices(folder)
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, offices: Path) -> str:
    for made in offices.glob("*.sqlite"):
        shutil.copy(made, tmp_path)
    if request.param == "postgres":
        return str(request.getfixturevalue("verification_postgres"))
    return f"sqlite:///{tmp_path / 'verification.sqlite'}"


@pytest.fixture
def open_bureau(database_url: str, tmp_path: Path) -> Iterator[Opens]:
    """Opens the bureau of a test with what it needs."""
    opened: list[Bureau] = []

    def opens(**options: object) -> Bureau:
        opened.append(Bureau(tmp_path, database_url, **options))  # type: ignore[arg-type]  # the options of Bureau
        return opened[0]

    yield opens
    for bureau in opened:
        with bureau.database.begin() as connection:
            for table in Base.metadata.sorted_tables:
                connection.execute(table.delete())
        bureau.close()


@pytest.fixture
def bureau(open_bureau: Opens) -> Bureau:
    return open_bureau()
