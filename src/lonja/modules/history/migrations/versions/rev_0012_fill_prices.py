"""Fills tell the mark and the index price of their moment, which are remembered for it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAMES = ("mark_price", "index_price")


def upgrade() -> None:
    """Add the columns; nothing tells the prices of what was stored before."""
    for table in ("fills", "bills"):
        for name in _NAMES:
            op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "prices",
        sa.Column("instrument", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _NAMES),
        sa.PrimaryKeyConstraint("instrument"),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("prices")
    for table in ("fills", "bills"):
        for name in reversed(_NAMES):
            op.drop_column(table, name)
