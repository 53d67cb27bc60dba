"""The notices database: migrated, versioned, and loud when it is damaged."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.notices.database import MIGRATIONS, open_database
from lonja.modules.notices.tables import SCHEMA_VERSION, Base
from lonja.primitives.errors import DataCorruptError, DataVersionError
from tests.modules.notices.conftest import World


def test_the_migrations_make_the_tables(database_url: str) -> None:
    database = open_database(database_url)
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "notices_version"})
        assert compare_metadata(context, Base.metadata) == []
    database.dispose()


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION


def test_another_key_file_is_noticed_at_once(world: World) -> None:
    with pytest.raises(DataCorruptError, match="key file"):
        World(world.url, MemorySecretBox())


def test_a_newer_layout_is_refused(world: World, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "notices.sqlite") as raw:
        raw.execute("UPDATE notices_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(DataVersionError, match="layout 9999"):
        World(world.url)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notices.sqlite").write_bytes(b"not a database at all, " * 100)
    with pytest.raises(DataCorruptError, match="damaged"):
        World(f"sqlite:///{tmp_path}/notices.sqlite")
