"""From which state the house, and not the owner, began to close an account."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("users", sa.Column("closing_from", sa.String(length=16), nullable=True))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("users", "closing_from")
