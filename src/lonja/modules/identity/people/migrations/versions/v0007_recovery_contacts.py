"""By what entries of a recovery are counted: the contact it was begun with, whoever has it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("recoveries", sa.Column("contact_digest", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("recoveries", "contact_digest")
