"""Lets Alembic run the migrations of verification on the connection it is given."""

from lonja.modules.verification.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
