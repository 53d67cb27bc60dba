"""Lets Alembic run the migrations of identity on the connection it is given."""

from lonja.modules.identity.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
