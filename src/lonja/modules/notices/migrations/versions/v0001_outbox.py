"""Keys of the house, recipients, and messages on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "notice_keys",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "notice_recipients",
        sa.Column("recipient_id", _COUNTED, primary_key=True),
        sa.Column("address_digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "notice_messages",
        sa.Column("number", _COUNTED, primary_key=True),
        sa.Column("token", sa.String(32), nullable=False, unique=True),
        sa.Column(
            "recipient_id",
            _COUNTED,
            sa.ForeignKey("notice_recipients.recipient_id"),
            nullable=False,
            index=True,
        ),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False, index=True),
        sa.Column("problem", sa.String(200), nullable=False, server_default=""),
        sa.Column("answer", sa.String(1), nullable=False, server_default=""),
    )
    op.create_index("ix_notice_messages_due", "notice_messages", ["state", "channel", "due_ms"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("notice_messages")
    op.drop_table("notice_recipients")
    op.drop_table("notice_keys")
