"""From where and how often keys were used."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "key_uses",
        sa.Column("api_key", sa.String(36), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("use_count", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("api_key", "address"),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("key_uses")
