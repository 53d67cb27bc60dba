"""Lets Alembic run the migrations of notices on the connection it is given."""

from lonja.modules.notices.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
