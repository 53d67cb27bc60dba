"""The first tables: prices that were set, takers, what is held, and who held how much of contracts when."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _key(name: str, kind: type[sa.BigInteger | sa.SmallInteger] = sa.BigInteger) -> sa.Column[int]:
    return sa.Column(name, kind(), primary_key=True, autoincrement=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "statistics_prices",
        _key("instrument"),
        _key("kind", sa.SmallInteger),
        *map(_number, ("price", "time_ms")),
    )
    op.create_table(
        "statistics_candles",
        _key("instrument"),
        _key("kind", sa.SmallInteger),
        *map(_key, ("period_ms", "open_time_ms")),
        *map(_number, ("open", "high", "low", "close")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statistics_takers",
        *map(_key, ("instrument", "period_ms", "open_time_ms")),
        *map(_number, ("bought", "sold")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statistics_held",
        *map(_key, ("account", "instrument")),
        _key("margin_mode", sa.SmallInteger),
        _key("position_side", sa.SmallInteger),
        _number("lots"),
        sqlite_with_rowid=False,
    )
    told = ("lots", "mark", "longs", "shorts", "top_longs", "top_shorts", "top_long_lots", "top_short_lots")
    op.create_table(
        "statistics_standings",
        *map(_key, ("instrument", "time_ms")),
        *map(_number, told),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statistics_progress",
        sa.Column("part", sa.String(8), primary_key=True),
        *map(_number, ("last_sequence", "time_ms")),
    )
