"""Positions in pairs stand in pockets."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; all positions so far are in contracts."""
    op.add_column("positions", sa.Column("pocket", sa.BigInteger(), nullable=False, server_default="-1"))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("positions", "pocket")
