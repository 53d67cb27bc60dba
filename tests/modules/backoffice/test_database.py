"""The database of the back office: its migrations make its tables."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from lonja.modules.backoffice.database import MIGRATIONS
from lonja.modules.backoffice.tables import SCHEMA_VERSION, Base


def test_the_migrations_make_the_tables(database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "backoffice_version"})
        assert compare_metadata(context, Base.metadata) == []


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION
