"""From when on a key may withdraw, when it may at all."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment; keys of before may at once."""
    op.add_column("api_keys", sa.Column("withdraw_from_ms", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop it again."""
    with op.batch_alter_table("api_keys") as table:
        table.drop_column("withdraw_from_ms")
