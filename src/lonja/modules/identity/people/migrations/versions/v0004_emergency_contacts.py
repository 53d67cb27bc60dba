"""Whom to tell when a person is not heard of."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "emergency_contacts",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_contact", sa.LargeBinary(), nullable=False),
        sa.Column("inactivity_ms", sa.BigInteger(), nullable=False),
        sa.Column("response_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reminders", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("told_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("emergency_contacts")
