"""Pockets of customers, whose orders and bills are shown to their owners."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nobody had a pocket so far."""
    op.create_table(
        "pockets",
        sa.Column("pocket", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("instrument", sa.BigInteger(), nullable=False),
        sa.Column("margin_mode", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pocket"),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("pockets")
