"""The database of due diligence: its migrations make its tables."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from lonja.modules.verification.due_diligence.database import MIGRATIONS
from lonja.modules.verification.due_diligence.tables import SCHEMA_VERSION, Base
from tests.modules.verification.due_diligence.conftest import Bureau


def test_the_migrations_make_the_tables(bureau: Bureau) -> None:
    with bureau.diligence.parts.database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "due_diligence_version"})
        assert compare_metadata(context, Base.metadata) == []


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION
