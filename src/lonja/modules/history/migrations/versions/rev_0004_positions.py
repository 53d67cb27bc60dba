"""Lives and leverages of positions, and what bills tell of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_IS_HELD = sa.text("lots != 0")
_OF_BILLS = (("margin_mode", sa.SmallInteger, -1), ("pnl", sa.BigInteger, 0))
_OF_MARGINS = (("margin_change", sa.BigInteger, 0), ("margin", sa.BigInteger, 0))
_SMALL = ("instrument_type", "margin_mode", "position_side", "is_long", "ended")
_POSITION = (
    "account", "instrument", "instrument_type", "margin_mode", "position_side", "leverage", "is_long", "lots",
    "lots_max", "lots_closed", "open_ticks", "open_parts", "close_ticks", "close_parts", "margin", "pnl", "fees",
    "funding", "penalty", "ended", "trigger_price", "last_trade_id", "created_time_ms", "updated_time_ms", "sequence",
)  # fmt: skip


def upgrade() -> None:
    """Add columns to bills, of which none was about a position so far, and both tables."""
    for name, kind, value in (*_OF_BILLS, *_OF_MARGINS):
        op.add_column("bills", sa.Column(name, kind(), nullable=False, server_default=str(value)))
    op.create_table(
        "positions",
        sa.Column("life", sa.BigInteger(), autoincrement=False, nullable=False),
        *(_column(name) for name in _POSITION),
        sa.PrimaryKeyConstraint("life"),
    )
    op.create_index("positions_by_account", "positions", ["account", "updated_time_ms", "life"])
    op.create_index("positions_held", "positions", ["life"], sqlite_where=_IS_HELD, postgresql_where=_IS_HELD)
    keys = ("account", "instrument", "margin_mode", "position_side")
    op.create_table(
        "leverages",
        *(_column(name) for name in (*keys, "leverage")),
        sa.PrimaryKeyConstraint(*keys),
        sqlite_with_rowid=False,
    )


def _column(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger() if name in _SMALL else sa.BigInteger(), nullable=False)


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("leverages")
    op.drop_table("positions")
    for name, _, _ in (*_OF_BILLS, *_OF_MARGINS):
        op.drop_column("bills", name)
