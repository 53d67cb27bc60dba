"""Keys, papers, institutions, questions of funds, wallets, changes of residence, and Travel Rule transfers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the first tables."""
    _create_subjects()
    _create_institutions()
    _create_funds()
    _create_residence()
    _create_transfers()


def _create_subjects() -> None:
    op.create_table(
        "dd_index_key",
        sa.Column("number", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "dd_subjects",
        sa.Column("user_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True, index=True),
    )
    op.create_table(
        "dd_papers",
        sa.Column("paper_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("about", sa.String(40), nullable=False, index=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("issued_on", sa.String(10), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("about", "kind", "digest", name="dd_papers_once"),
    )
    op.create_table(
        "dd_paper_contents",
        sa.Column("paper_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
    )


def _create_institutions() -> None:
    op.create_table(
        "dd_institutions",
        sa.Column("application_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("live_user", sa.BigInteger(), nullable=True, unique=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("entity_type", sa.String(24), nullable=False),
        sa.Column("sealed_form", sa.LargeBinary(), nullable=False),
        sa.Column("attested_text", sa.String(80), nullable=False),
        sa.Column("attested_hash", sa.String(64), nullable=False),
        sa.Column("attested_form", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_signer", sa.LargeBinary(), nullable=False),
        sa.Column("attested_ms", sa.BigInteger(), nullable=True),
        sa.Column("remedies", sa.String(400), nullable=False),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.Column("submitted_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
    )


def _create_funds() -> None:
    op.create_table(
        "dd_funds",
        sa.Column("request_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=False),
        sa.Column("remedies", sa.String(400), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False, index=True),
        sa.Column("reminded", sa.SmallInteger(), nullable=False),
        sa.Column("restricted_ms", sa.BigInteger(), nullable=True),
        sa.Column("answered_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("user_id", "reference", name="dd_funds_once"),
    )
    op.create_table(
        "dd_challenges",
        sa.Column("challenge_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("chain", sa.String(16), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False, index=True),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "dd_wallet_proofs",
        sa.Column("proof_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("chain", sa.String(16), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_signature", sa.LargeBinary(), nullable=False),
        sa.Column("proved_ms", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("about", "chain", "address_digest", name="dd_wallet_proofs_once"),
    )


def _create_residence() -> None:
    op.create_table(
        "dd_residence_changes",
        sa.Column("change_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("live_user", sa.BigInteger(), nullable=True, unique=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("from_place", sa.String(8), nullable=False),
        sa.Column("to_place", sa.String(8), nullable=False),
        sa.Column("agreed", sa.String(1000), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("stopped_by", sa.String(400), nullable=False),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.Column("submitted_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("done_ms", sa.BigInteger(), nullable=True, index=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
    )


def _create_transfers() -> None:
    op.create_table(
        "dd_transfers",
        sa.Column("transfer_id", _NUMBER, primary_key=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("direction", sa.String(12), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(8), nullable=False),
        sa.Column("currency", sa.String(16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(16), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_declaration", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_payload", sa.LargeBinary(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False, index=True),
        sa.Column("answered_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("released_ms", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("user_id", "direction", "reference", name="dd_transfers_once"),
    )


def downgrade() -> None:
    """Drop them again."""
    for name in (
        "dd_index_key",
        "dd_subjects",
        "dd_papers",
        "dd_paper_contents",
        "dd_institutions",
        "dd_funds",
        "dd_challenges",
        "dd_wallet_proofs",
        "dd_residence_changes",
        "dd_transfers",
    ):
        op.drop_table(name)
