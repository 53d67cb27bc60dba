"""Users, codes, counts, devices, sign-ins, sessions and facts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_counted = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the first tables."""
    _create_users()
    _create_guards()
    _create_sign_ins()


def downgrade() -> None:
    """Drop them again."""
    op.drop_index(op.f("ix_users_state"), table_name="users")
    op.drop_table("users")
    op.drop_index(op.f("ix_sign_ups_expires_ms"), table_name="sign_ups")
    op.drop_table("sign_ups")
    op.drop_index(op.f("ix_sign_ins_user_id"), table_name="sign_ins")
    op.drop_index(op.f("ix_sign_ins_expires_ms"), table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_device_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("people_key")
    op.drop_table("people_facts")
    op.drop_index(op.f("ix_devices_user_id"), table_name="devices")
    op.drop_table("devices")
    op.drop_table("codes")
    op.drop_table("backup_codes")
    op.drop_table("attempt_counts")
    op.drop_table("agreements")


def _create_users() -> None:
    op.create_table(
        "agreements",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("agreement", sa.String(length=48), nullable=False),
        sa.Column("version", sa.String(length=24), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("agreed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "agreement", "version"),
    )
    op.create_table(
        "backup_codes",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "number"),
    )
    op.create_table(
        "sign_ups",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_form", sa.LargeBinary(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    op.create_index(op.f("ix_sign_ups_expires_ms"), "sign_ups", ["expires_ms"], unique=False)
    op.create_table(
        "users",
        sa.Column("user_id", _counted, nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("residence", sa.String(length=8), nullable=False),
        sa.Column("locale", sa.String(length=16), server_default="en", nullable=False),
        sa.Column("invitation", sa.String(length=32), server_default="", nullable=False),
        sa.Column("email_digest", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_email", sa.LargeBinary(), nullable=True),
        sa.Column("phone_digest", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_phone", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_anti_phishing_code", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_authenticator", sa.LargeBinary(), nullable=True),
        sa.Column("authenticator_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_active_ms", sa.BigInteger(), nullable=False),
        sa.Column("state_changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("account"),
        sa.UniqueConstraint("email_digest"),
        sa.UniqueConstraint("phone_digest"),
    )
    op.create_index(op.f("ix_users_state"), "users", ["state"], unique=False)


def _create_guards() -> None:
    op.create_table(
        "attempt_counts",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_digest", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("locked_until_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lock_count", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_digest"),
    )
    op.create_table(
        "codes",
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("subject_digest", sa.LargeBinary(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("wrong_count", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "subject_digest"),
    )
    op.create_table(
        "people_facts",
        sa.Column("number", _counted, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "people_key",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_index_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def _create_sign_ins() -> None:
    op.create_table(
        "devices",
        sa.Column("device_id", _counted, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_place", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("authorized_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("removed_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("device_id"),
        sa.UniqueConstraint("user_id", "token_digest"),
    )
    op.create_index(op.f("ix_devices_user_id"), "devices", ["user_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("csrf_digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.Column("environment", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("step_up_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.String(length=32), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    op.create_index(op.f("ix_sessions_device_id"), "sessions", ["device_id"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("passed", sa.String(length=128), nullable=False),
        sa.Column("environment", sa.LargeBinary(), nullable=False),
        sa.Column("approval_digest", sa.LargeBinary(), nullable=True),
        sa.Column("approval_ends_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("shown_code", sa.String(length=8), server_default="", nullable=False),
        sa.Column("approved", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest"),
        sa.UniqueConstraint("approval_digest"),
    )
    op.create_index(op.f("ix_sign_ins_expires_ms"), "sign_ins", ["expires_ms"], unique=False)
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)
