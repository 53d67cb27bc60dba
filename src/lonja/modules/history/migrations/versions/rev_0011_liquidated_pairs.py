"""Liquidations of positions in pairs are found without looking through all orders."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_IS_LIQUIDATED_PAIR = sa.text("instrument_type = 1 AND category > 0")


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "orders_liquidated_pairs",
        "orders",
        ["order_id"],
        sqlite_where=_IS_LIQUIDATED_PAIR,
        postgresql_where=_IS_LIQUIDATED_PAIR,
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_index("orders_liquidated_pairs", "orders")
