"""The identity database: migrated, versioned, and loud when it is damaged."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.identity.api import Identity
from lonja.modules.identity.database import MIGRATIONS, open_database
from lonja.modules.identity.tables import SCHEMA_VERSION, Base
from lonja.primitives.errors import DataCorruptError, DataError, DataVersionError


def identity_at(folder: Path, box: MemorySecretBox) -> Identity:
    return Identity(f"sqlite:///{folder}/identity.sqlite", box, lambda: 1)


def test_the_migrations_make_the_tables(database_url: str) -> None:
    database = open_database(database_url)
    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    database.dispose()


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION


def test_the_tables_are_valid_on_postgresql() -> None:
    texts = [str(CreateTable(table).compile(dialect=postgresql.dialect())) for table in Base.metadata.sorted_tables]
    assert "sealed_secret BYTEA NOT NULL" in "".join(texts)


def test_another_key_file_is_noticed_at_once(tmp_path: Path) -> None:
    identity_at(tmp_path, MemorySecretBox()).close()
    with pytest.raises(DataCorruptError, match="key file does not belong"):
        identity_at(tmp_path, MemorySecretBox())


def test_an_exchanged_secret_is_noticed(tmp_path: Path) -> None:
    box = MemorySecretBox()
    identity = identity_at(tmp_path, box)
    identity.register_account("ana", 2, -1)
    mine, other = identity.create_key(2), identity.create_key(2)
    with sqlite3.connect(tmp_path / "identity.sqlite") as raw:
        raw.execute(
            "UPDATE api_keys SET sealed_secret = (SELECT sealed_secret FROM api_keys WHERE api_key = ?) WHERE api_key = ?",
            (other.key.api_key, mine.key.api_key),
        )
    raw.close()
    with pytest.raises(DataCorruptError, match="exchanged"):
        identity.find_key(mine.key.api_key)
    assert identity.find_key(other.key.api_key) is not None
    identity.close()


def test_an_altered_secret_is_noticed(tmp_path: Path) -> None:
    identity = identity_at(tmp_path, MemorySecretBox())
    identity.register_account("ana", 2, -1)
    created = identity.create_key(2)
    with sqlite3.connect(tmp_path / "identity.sqlite") as raw:
        sealed = bytearray(raw.execute("SELECT sealed_secret FROM api_keys").fetchone()[0])
        sealed[-1] ^= 1
        raw.execute("UPDATE api_keys SET sealed_secret = ?", (bytes(sealed),))
    raw.close()
    with pytest.raises(DataCorruptError, match="cannot be read"):
        identity.find_key(created.key.api_key)
    identity.close()


def test_a_newer_layout_is_refused(tmp_path: Path) -> None:
    identity_at(tmp_path, MemorySecretBox()).close()
    with sqlite3.connect(tmp_path / "identity.sqlite") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(DataVersionError, match="layout 9999"):
        identity_at(tmp_path, MemorySecretBox())


def test_a_migration_that_does_not_end_leaves_nothing_half_done(database_url: str) -> None:
    *others, last = Base.metadata.sorted_tables
    database = create_engine(database_url)
    with database.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {last.name} (in_the_way INTEGER)")
    with pytest.raises(DataError, match=last.name):
        open_database(database_url)
    left = set(inspect(database).get_table_names()) - {last.name}
    assert left.isdisjoint(table.name for table in others)
    with database.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {last.name}")
    database.dispose()
    database = open_database(database_url)
    assert {table.name for table in Base.metadata.sorted_tables} <= set(inspect(database).get_table_names())
    database.dispose()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "identity.sqlite").write_bytes(b"not a database at all, " * 100)
    with pytest.raises(DataCorruptError, match="damaged"):
        identity_at(tmp_path, MemorySecretBox())


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be used"):
        identity_at(tmp_path / "nowhere", MemorySecretBox())
