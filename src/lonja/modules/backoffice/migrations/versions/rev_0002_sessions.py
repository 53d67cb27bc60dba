"""Sessions of staff, who is the same person as whom, and what kind of note a note is."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "backoffice_sign_ins",
        sa.Column("token_digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("client_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False, index=True),
    )
    op.create_table(
        "backoffice_sessions",
        sa.Column("token_digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("csrf_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("client_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.String(32), nullable=False, server_default=""),
    )
    op.create_table(
        "backoffice_devices",
        sa.Column("device_digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "backoffice_own_accounts",
        sa.Column("user_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("noted_ms", sa.BigInteger(), nullable=False),
    )
    with op.batch_alter_table("backoffice_notes") as notes:
        notes.add_column(sa.Column("kind", sa.String(16), nullable=False, server_default="note"))


def downgrade() -> None:
    """Drop them again."""
    with op.batch_alter_table("backoffice_notes") as notes:
        notes.drop_column("kind")
    for name in ("own_accounts", "devices", "sessions", "sign_ins"):
        op.drop_table(f"backoffice_{name}")
