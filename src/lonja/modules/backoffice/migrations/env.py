"""Lets Alembic run the migrations of the back office on the connection it is given."""

from lonja.modules.backoffice.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
