"""An authenticator that is not confirmed yet, and ways back into an account."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both."""
    op.add_column("users", sa.Column("sealed_authenticator_draft", sa.LargeBinary(), nullable=True))
    op.create_table(
        "recoveries",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("passed", sa.String(length=64), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    op.create_index("ix_recoveries_user_id", "recoveries", ["user_id"])
    op.create_index("ix_recoveries_expires_ms", "recoveries", ["expires_ms"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("recoveries")
    with op.batch_alter_table("users") as table:
        table.drop_column("sealed_authenticator_draft")
