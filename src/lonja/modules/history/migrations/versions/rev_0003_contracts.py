"""Orders and fills of contracts, with their margin, position, profit and origin."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_IS_NOT_ALL_KNOWN = sa.text("state = 0 AND (margin_mode >= 0 OR source > 0)")
_NEW = (
    ("orders", "margin_mode", sa.SmallInteger, -1),
    ("orders", "position_side", sa.SmallInteger, 0),
    ("orders", "reduce_only", sa.SmallInteger, 0),
    ("orders", "leverage", sa.BigInteger, 0),
    ("orders", "pnl", sa.BigInteger, 0),
    ("orders", "algo_id", sa.BigInteger, 0),
    ("orders", "source", sa.SmallInteger, 0),
    ("orders", "category", sa.SmallInteger, 0),
    ("fills", "margin_mode", sa.SmallInteger, -1),
    ("fills", "position_side", sa.SmallInteger, 0),
    ("fills", "pnl", sa.BigInteger, 0),
    ("instruments", "settle", sa.BigInteger, -1),
    ("instruments", "inverse", sa.SmallInteger, 0),
    ("instruments", "contract_value", sa.BigInteger, 0),
    ("instruments", "contract_scale", sa.SmallInteger, 0),
    ("instruments", "multiplier", sa.BigInteger, 1),
)
"""Table, column, type, and what is true of all that was stored before: it was spot."""


def upgrade() -> None:
    """Add the columns, the families, and an index of orders of which the engine does not know everything."""
    for table, name, kind, value in _NEW:
        op.add_column(table, sa.Column(name, kind(), nullable=False, server_default=str(value)))
    op.execute("UPDATE instruments SET settle = quote")
    op.create_table(
        "families",
        sa.Column("family", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("instrument_type", sa.SmallInteger(), nullable=False),
        sa.Column("settle", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("family"),
    )
    op.create_index(
        "orders_not_all_known",
        "orders",
        ["order_id"],
        sqlite_where=_IS_NOT_ALL_KNOWN,
        postgresql_where=_IS_NOT_ALL_KNOWN,
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("orders_not_all_known", "orders")
    op.drop_table("families")
    for table, name, _, _ in reversed(_NEW):
        op.drop_column(table, name)
