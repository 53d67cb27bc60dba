"""The audit log with what guards it, staff, cases, proposals and facts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "subject_keys",
    "audit",
    "audit_head",
    "staff",
    "staff_roles",
    "cases",
    "evidence",
    "notes",
    "proposals",
    "facts",
)
_REFUSAL = "the audit log is append-only"

_SQLITE_TRIGGERS = {
    "update": "UPDATE ON backoffice_audit",
    "delete": "DELETE ON backoffice_audit",
    # INSERT OR REPLACE deletes without asking the trigger above.
    "insert": "INSERT ON backoffice_audit WHEN NEW.sequence <= (SELECT max(sequence) FROM backoffice_audit)",
    "head_update": "UPDATE ON backoffice_audit_head WHEN NEW.length < OLD.length",
    "head_delete": "DELETE ON backoffice_audit_head",
}
_POSTGRESQL_TRIGGERS = {
    "keep": "UPDATE OR DELETE ON backoffice_audit FOR EACH ROW",
    "keep_all": "TRUNCATE ON backoffice_audit FOR EACH STATEMENT",
    "head_update": "UPDATE ON backoffice_audit_head FOR EACH ROW WHEN (NEW.length < OLD.length)",
    "head_delete": "DELETE ON backoffice_audit_head FOR EACH ROW",
    "head_keep_all": "TRUNCATE ON backoffice_audit_head FOR EACH STATEMENT",
}


def upgrade() -> None:
    """Create the first tables."""
    _create_audit()
    _guard_audit()
    _create_staff()
    _create_cases()
    _create_proposals()


def _create_audit() -> None:
    op.create_table(
        "backoffice_subject_keys",
        sa.Column("key_id", _NUMBER, primary_key=True),
        sa.Column("subject", sa.String(80), nullable=False, index=True),
        sa.Column("current", sa.String(80), nullable=True, unique=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
    )
    op.create_table(
        "backoffice_audit",
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False, index=True),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False, index=True),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
    head = op.create_table(
        "backoffice_audit_head",
        sa.Column("head_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
    op.bulk_insert(head, [{"head_id": 1, "length": 0, "digest": bytes(32)}])


def _guard_audit() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, event in _SQLITE_TRIGGERS.items():
            refuse = f"SELECT RAISE(ABORT, '{_REFUSAL}')"
            op.execute(f"CREATE TRIGGER backoffice_audit_{name} BEFORE {event} BEGIN {refuse}; END")
        return
    refuse = f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END"
    op.execute(f"CREATE FUNCTION backoffice_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$")
    for name, event in _POSTGRESQL_TRIGGERS.items():
        op.execute(f"CREATE TRIGGER backoffice_audit_{name} BEFORE {event} EXECUTE FUNCTION backoffice_audit_refuse()")


def _create_staff() -> None:
    staff = op.create_table(
        "backoffice_staff",
        sa.Column("staff_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(staff, [{"staff_id": 1, "revision": 0}])
    op.create_table(
        "backoffice_staff_roles",
        sa.Column("user_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("role", sa.String(40), primary_key=True),
        sa.Column("granted_ms", sa.BigInteger(), nullable=False),
    )


def _create_cases() -> None:
    op.create_table(
        "backoffice_cases",
        sa.Column("case_id", _NUMBER, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("state", sa.String(24), nullable=False, index=True),
        sa.Column("open_key", sa.String(160), nullable=True, unique=True),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False, index=True),
        sa.Column("waiting_since_ms", sa.BigInteger(), nullable=True),
        sa.Column("assignee", sa.BigInteger(), nullable=True, index=True),
        sa.Column("proposal_id", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.String(40), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("reason_key_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "backoffice_evidence",
        sa.Column("case_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("reference", sa.String(80), primary_key=True),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "backoffice_notes",
        sa.Column("note_id", _NUMBER, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )


def _create_proposals() -> None:
    op.create_table(
        "backoffice_proposals",
        sa.Column("proposal_id", _NUMBER, primary_key=True),
        sa.Column("act", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("waiting_key", sa.String(64), nullable=True, unique=True),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_ms", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "backoffice_facts",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("topic", sa.String(80), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Drop them again."""
    for name in _TABLES:
        op.drop_table(f"backoffice_{name}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION backoffice_audit_refuse()")
