"""Interest that accounts paid, the hours that are accrued, and how far the journal was read."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "lending_accruals",
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.BigInteger(), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("liability", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
    )
    op.create_index("lending_accruals_by_time", "lending_accruals", ["account", "hour_ms"])
    op.create_table(
        "lending_hours",
        sa.Column("currency", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "lending_progress",
        sa.Column("part", sa.String(8), primary_key=True),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
    )
