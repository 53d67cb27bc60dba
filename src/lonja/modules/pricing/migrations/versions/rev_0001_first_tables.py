"""What was settled and delivered, sampled minutes, and how far the journal was read."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "pricing_settlements",
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("instrument", sa.BigInteger(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
    )
    op.create_index("pricing_settlements_by_time", "pricing_settlements", ["instrument", "time_ms"])
    op.create_table(
        "pricing_minutes",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("minute_ms", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("total", sa.String(60), nullable=False),
        sa.Column("samples", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "pricing_progress",
        sa.Column("part", sa.String(8), primary_key=True),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
    )
