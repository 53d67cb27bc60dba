"""Lets Alembic run the migrations of people on the connection it is given."""

from lonja.modules.identity.people.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
