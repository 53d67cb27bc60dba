"""Orders of positions in pairs say in which currency their margin is."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing tells it of what was stored before."""
    op.add_column("orders", sa.Column("margin_currency", sa.BigInteger(), nullable=False, server_default="-1"))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("orders", "margin_currency")
