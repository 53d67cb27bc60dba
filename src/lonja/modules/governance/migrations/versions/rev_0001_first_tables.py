"""Holds, restrictions, standings, spendings, and what was decided at each sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the first tables."""
    _create_holds()
    _create_restrictions()
    op.create_table(
        "governance_standings",
        sa.Column("user_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("kyc_level", sa.Integer(), nullable=False),
        sa.Column("questionnaire_since_ms", sa.BigInteger(), nullable=False),
        sa.Column("questionnaire_reason", sa.String(40), nullable=False),
        sa.Column("tests_passed", sa.Text(), nullable=False),
    )
    op.create_table(
        "governance_spendings",
        sa.Column("capability", sa.String(40), primary_key=True),
        sa.Column("reference", sa.String(80), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "governance_answers",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "governance_sign_ins",
        sa.Column("sign_in_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("entity", sa.String(16), nullable=False),
        sa.Column("kyc_level", sa.Integer(), nullable=False),
        sa.Column("rules_version", sa.String(40), nullable=False),
        sa.Column("answer", sa.String(64), nullable=False),
        sa.UniqueConstraint("user_id", "reference", name="governance_sign_ins_once"),
    )


def _create_holds() -> None:
    op.create_table(
        "governance_holds",
        sa.Column("hold_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("currency", sa.String(16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.String(80), nullable=False),
        sa.Column("released_ms", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.String(80), nullable=False),
        sa.UniqueConstraint("user_id", "kind", "reference", name="governance_holds_once"),
    )


def _create_restrictions() -> None:
    op.create_table(
        "governance_restrictions",
        sa.Column("restriction_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.String(80), nullable=False),
        sa.Column("placed_ms", sa.BigInteger(), nullable=False),
        sa.Column("answer_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("appealed_ms", sa.BigInteger(), nullable=True),
        sa.Column("lifted_ms", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(80), nullable=False),
        sa.UniqueConstraint("user_id", "kind", "reference", name="governance_restrictions_once"),
    )


def downgrade() -> None:
    """Drop them again."""
    names = ("holds", "restrictions", "standings", "spendings", "answers", "sign_ins")
    for name in names:
        op.drop_table(f"governance_{name}")
