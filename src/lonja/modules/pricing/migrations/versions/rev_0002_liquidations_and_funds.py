"""Liquidations, and what Security Funds gained and lost; the journal is read once more for them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create their tables, and forget how far the journal was read: what is known already is told again unchanged."""
    op.create_table(
        "pricing_liquidations",
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("instrument", sa.BigInteger(), nullable=False),
        sa.Column("margin_mode", sa.BigInteger(), nullable=False),
        sa.Column("position_side", sa.BigInteger(), nullable=False),
        sa.Column("lots", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("bankruptcy_price", sa.BigInteger(), nullable=False),
        sa.Column("rest", sa.BigInteger(), nullable=False),
    )
    op.create_index("pricing_liquidations_by_time", "pricing_liquidations", ["instrument", "time_ms"])
    op.create_table(
        "pricing_fund_changes",
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("family", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
    )
    op.create_index("pricing_fund_changes_by_time", "pricing_fund_changes", ["family", "time_ms"])
    op.execute(sa.text("DELETE FROM pricing_progress"))
