"""Fills say who wanted them, like orders."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was no trade has the category of its order."""
    op.add_column("fills", sa.Column("category", sa.SmallInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE fills SET category = (SELECT category FROM orders WHERE orders.order_id = fills.order_id) "
        "WHERE trade_id < 0"
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("fills", "category")
