"""Where money may go, ways to pay, lost factors, guided steps, and used codes of authenticators."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "withdrawal_addresses",
    "withdrawal_address_rules",
    "payment_methods",
    "factor_resets",
    "security_guides",
    "protection_changes",
    "authenticator_steps",
    "residence_answers",
)


def upgrade() -> None:
    """Create the tables."""
    _create_lists()
    _create_processes()
    op.create_table(
        "protection_changes",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "what"),
    )
    op.create_table(
        "authenticator_steps",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "step"),
    )
    op.create_table(
        "residence_answers",
        sa.Column("answer_id", _COUNTED, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("residence", sa.String(8), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("answer_id"),
    )
    op.create_index("ix_residence_answers_user_id", "residence_answers", ["user_id"])


def _create_lists() -> None:
    op.create_table(
        "withdrawal_addresses",
        sa.Column("address_id", _COUNTED, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_entry", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("usable_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("verified_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("removed_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("address_id"),
        sa.UniqueConstraint("user_id", "entry_digest"),
    )
    op.create_index("ix_withdrawal_addresses_user_id", "withdrawal_addresses", ["user_id"])
    op.create_table(
        "withdrawal_address_rules",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("only_listed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("no_wait", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "payment_methods",
        sa.Column("method_id", _COUNTED, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("method_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_method", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("method_id"),
        sa.UniqueConstraint("user_id", "method_digest"),
    )
    op.create_index("ix_payment_methods_user_id", "payment_methods", ["user_id"])


def _create_processes() -> None:
    op.create_table(
        "factor_resets",
        sa.Column("reset_id", _COUNTED, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("open_key", sa.String(24)),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("factor", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("passed", sa.String(64), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.BigInteger()),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reset_id"),
        sa.UniqueConstraint("open_key"),
        sa.UniqueConstraint("token_digest"),
    )
    op.create_index("ix_factor_resets_user_id", "factor_resets", ["user_id"])
    op.create_index("ix_factor_resets_state", "factor_resets", ["state"])
    op.create_table(
        "security_guides",
        sa.Column("guide_id", _COUNTED, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("open_key", sa.String(24)),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.Column("finished_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("guide_id"),
        sa.UniqueConstraint("open_key"),
    )
    op.create_index("ix_security_guides_user_id", "security_guides", ["user_id"])


def downgrade() -> None:
    """Drop them again."""
    for table in _TABLES:
        op.drop_table(table)
