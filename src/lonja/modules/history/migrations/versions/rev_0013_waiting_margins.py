"""What came with open orders of pockets is remembered until they trade or end."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NUMBERS = ("pocket", "currency", "amount", "lots", "traded", "returned")


def upgrade() -> None:
    """Add the table; nothing tells it of orders that are open already."""
    op.create_table(
        "waiting_margins",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _NUMBERS),
        sa.PrimaryKeyConstraint("order_id"),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("waiting_margins")
