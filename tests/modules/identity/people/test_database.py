"""The tables of people are made by their migrations, alike on both kinds of database."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from lonja.modules.identity.people.database import MIGRATIONS
from lonja.modules.identity.people.tables import SCHEMA_VERSION, Base
from tests.modules.identity.people.conftest import Town


def test_the_migrations_make_the_tables(town: Town) -> None:
    with town.people.parts.database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "people_version"})
        assert compare_metadata(context, Base.metadata) == []


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION
