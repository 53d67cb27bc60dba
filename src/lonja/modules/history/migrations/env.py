"""Lets Alembic run the migrations of history on the connection it is given."""

from lonja.modules.history.models import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
