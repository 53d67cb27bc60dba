"""Applicants, what they handed in, submissions, steps and hits."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the first tables."""
    _create_applicants()
    _create_submissions()
    _create_hits()


def downgrade() -> None:
    """Drop them again."""
    for name in (
        "verification_key",
        "verification_applicants",
        "verification_upload_counts",
        "verification_uploads",
        "verification_submissions",
        "verification_documents",
        "verification_steps",
        "verification_hits",
    ):
        op.drop_table(name)


def _create_applicants() -> None:
    op.create_table(
        "verification_key",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_index_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "verification_applicants",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_person", sa.LargeBinary(), nullable=True),
        sa.Column("person_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sealed_answers", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=True),
        sa.Column("screened_ms", sa.BigInteger(), nullable=True),
        sa.Column("screened_edition", sa.String(length=16), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_index("ix_verification_applicants_screened", "verification_applicants", ["screened_ms"], unique=False)
    op.create_table(
        "verification_upload_counts",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day"),
    )
    op.create_table(
        "verification_uploads",
        sa.Column("upload_id", _NUMBER, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.String(length=24), nullable=False),
        sa.Column("current_key", sa.String(length=48), nullable=True),
        sa.Column("submission_id", sa.BigInteger(), nullable=True),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("uploaded_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id"),
        sa.UniqueConstraint("current_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verification_uploads_submission_id", "verification_uploads", ["submission_id"], unique=False)
    op.create_index("ix_verification_uploads_user_id", "verification_uploads", ["user_id"], unique=False)


def _create_submissions() -> None:
    op.create_table(
        "verification_submissions",
        sa.Column("submission_id", _NUMBER, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("open_key", sa.String(length=48), nullable=True),
        sa.Column("document", sa.String(length=16), nullable=False),
        sa.Column("face", sa.String(length=16), nullable=False),
        sa.Column("document_case", sa.BigInteger(), nullable=True),
        sa.Column("face_case", sa.BigInteger(), nullable=True),
        sa.Column("has_cases", sa.Boolean(), nullable=False),
        sa.Column("is_try", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Text(), nullable=False),
        sa.Column("valid_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("submitted_ms", sa.BigInteger(), nullable=False),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("told_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("submission_id"),
        sa.UniqueConstraint("open_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verification_submissions_state", "verification_submissions", ["state"], unique=False)
    op.create_index(
        "ix_verification_submissions_untold", "verification_submissions", ["told_ms", "state"], unique=False
    )
    op.create_index("ix_verification_submissions_user_id", "verification_submissions", ["user_id"], unique=False)
    op.create_table(
        "verification_documents",
        sa.Column("document_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("document_digest"),
    )
    op.create_index("ix_verification_documents_user_id", "verification_documents", ["user_id"], unique=False)
    op.create_table(
        "verification_steps",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("passed_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "step"),
    )
    op.create_index("ix_verification_steps_until", "verification_steps", ["until_ms"], unique=False)


def _create_hits() -> None:
    op.create_table(
        "verification_hits",
        sa.Column("hit_id", _NUMBER, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.String(length=80), nullable=False),
        sa.Column("person_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("found_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hit_id"),
        sa.UniqueConstraint("user_id", "entry", "person_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verification_hits_state", "verification_hits", ["state"], unique=False)
    op.create_index("ix_verification_hits_user_id", "verification_hits", ["user_id"], unique=False)
