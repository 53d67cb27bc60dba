"""Lets Alembic run the migrations of statistics on the connection it is given."""

from lonja.modules.statistics.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
