"""Lets Alembic run the migrations of governance on the connection it is given."""

from lonja.modules.governance.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
