"""The database of verification: its migrations make its tables."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from lonja.modules.verification.database import MIGRATIONS, open_database
from lonja.modules.verification.tables import SCHEMA_VERSION, Base


def test_the_migrations_make_the_tables(database_url: str) -> None:
    database = open_database(database_url)
    ours = set(Base.metadata.tables)
    options = {
        "version_table": "verification_version",
        "include_name": lambda name, kind, _: kind != "table" or name in ours,
    }
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    database.dispose()


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION
