"""Lets Alembic run the migrations of due diligence on the connection it is given."""

from lonja.modules.verification.due_diligence.tables import Base
from lonja.storage.database import run_migrations

run_migrations(Base.metadata)
