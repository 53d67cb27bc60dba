"""Names to be screened, and hits on lists."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "dd_screenings",
        sa.Column("screening_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("about", sa.String(40), nullable=False, unique=True),
        sa.Column("names_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed_names", sa.LargeBinary(), nullable=False),
        sa.Column("edition", sa.String(64), nullable=False, index=True),
        sa.Column("screened_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_watched", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "dd_name_hits",
        sa.Column("hit_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("name_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("entry", sa.String(80), nullable=False),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("sealed_evidence", sa.LargeBinary(), nullable=False),
        sa.Column("found_ms", sa.BigInteger(), nullable=False),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("user_id", "name_digest", "entry", name="dd_name_hits_once"),
    )


def downgrade() -> None:
    """Drop them again."""
    for name in ("dd_screenings", "dd_name_hits"):
        op.drop_table(name)
