"""What people asked whether it is official."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "notice_inquiries",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("domain", sa.String(253), nullable=False, index=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("notice_inquiries")
