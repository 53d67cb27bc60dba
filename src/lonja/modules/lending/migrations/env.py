"""Lets Alembic run the migrations of lending on the connection it is given."""

from lonja.modules.lending.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
