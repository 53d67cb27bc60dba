"""Lets Alembic run the migrations of prices on the connection it is given."""

from lonja.modules.pricing.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
