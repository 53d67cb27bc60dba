"""What is kept of sub-accounts besides name and master."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a note, and whether the account may transfer to others than its master."""
    op.add_column("accounts", sa.Column("label", sa.String(50), nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("can_transfer_out", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_accounts_master", "accounts", ["master"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_accounts_master", "accounts")
    with op.batch_alter_table("accounts") as table:
        table.drop_column("can_transfer_out")
        table.drop_column("label")
