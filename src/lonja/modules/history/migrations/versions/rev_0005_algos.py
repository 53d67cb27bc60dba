"""Algo orders."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_IS_LIVE = sa.text("state = 0")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "algos",
        sa.Column("algo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("instrument", sa.BigInteger(), nullable=False),
        sa.Column("instrument_type", sa.SmallInteger(), nullable=False),
        sa.Column("parent_order_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("side", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("size_unit", sa.SmallInteger(), nullable=False),
        sa.Column("close_fraction", sa.SmallInteger(), nullable=False),
        sa.Column("self_trade_prevention", sa.SmallInteger(), nullable=False),
        sa.Column("margin_mode", sa.SmallInteger(), nullable=False),
        sa.Column("position_side", sa.SmallInteger(), nullable=False),
        sa.Column("reduce_only", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.SmallInteger(), nullable=False),
        sa.Column("trigger_price", sa.BigInteger(), nullable=False),
        sa.Column("order_price", sa.BigInteger(), nullable=False),
        sa.Column("profit_source", sa.SmallInteger(), nullable=False),
        sa.Column("profit_trigger", sa.BigInteger(), nullable=False),
        sa.Column("profit_price", sa.BigInteger(), nullable=False),
        sa.Column("loss_source", sa.SmallInteger(), nullable=False),
        sa.Column("loss_trigger", sa.BigInteger(), nullable=False),
        sa.Column("loss_price", sa.BigInteger(), nullable=False),
        sa.Column("callback_ppm", sa.BigInteger(), nullable=False),
        sa.Column("callback_ticks", sa.BigInteger(), nullable=False),
        sa.Column("activation_price", sa.BigInteger(), nullable=False),
        sa.Column("slice_size", sa.BigInteger(), nullable=False),
        sa.Column("price_limit", sa.BigInteger(), nullable=False),
        sa.Column("interval_ms", sa.BigInteger(), nullable=False),
        sa.Column("distance_ppm", sa.BigInteger(), nullable=False),
        sa.Column("distance_ticks", sa.BigInteger(), nullable=False),
        sa.Column("client_algo_id", sa.String(32), nullable=False),
        sa.Column("tag", sa.String(32), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("cause", sa.SmallInteger(), nullable=False),
        sa.Column("rejection", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.SmallInteger(), nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("triggered_price", sa.BigInteger(), nullable=False),
        sa.Column("triggered_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("order_size", sa.BigInteger(), nullable=False),
        sa.Column("order_count", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.Text(), nullable=False),
        sa.Column("filled", sa.BigInteger(), nullable=False),
        sa.Column("notional", sa.BigInteger(), nullable=False),
        sa.Column("created_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("algo_id"),
    )
    op.create_index("algos_by_account", "algos", ["account", "algo_id"])
    op.create_index("algos_by_client_id", "algos", ["account", "client_algo_id", "algo_id"])
    op.create_index("algos_live", "algos", ["algo_id"], sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE)


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("algos")
