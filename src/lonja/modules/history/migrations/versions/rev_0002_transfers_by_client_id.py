"""Transfers are found by the id that clients gave them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HAS_CLIENT_ID = sa.text("client_transfer_id != ''")


def upgrade() -> None:
    """Index the few bills that have one."""
    op.create_index(
        "bills_by_client_transfer_id",
        "bills",
        ["account", "client_transfer_id", "bill_id"],
        sqlite_where=_HAS_CLIENT_ID,
        postgresql_where=_HAS_CLIENT_ID,
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_index("bills_by_client_transfer_id", "bills")
