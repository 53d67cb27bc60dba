"""The tables of the back office, valid on SQLite and PostgreSQL alike.

Changing them needs a migration in ``migrations/versions`` and its number in ``SCHEMA_VERSION``. What people wrote is
sealed: ``key_id`` says under which key.
"""

from sqlalchemy import BigInteger, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0002"
"""The newest migration; a test holds it equal to the head of ``migrations``."""

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""Numbers itself on both: SQLite does so for INTEGER only."""


class Base(DeclarativeBase):
    """Collects the tables of this module."""


class SubjectKeyRow(Base):
    """A key that seals what is kept about a subject. ``current`` is the subject until its key is forgotten."""

    __tablename__ = "backoffice_subject_keys"

    key_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    subject: Mapped[str] = mapped_column(String(80), index=True)
    current: Mapped[str | None] = mapped_column(String(80), unique=True)
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)


class AuditRow(Base):
    """An entry of the audit log; triggers refuse to change or delete it."""

    __tablename__ = "backoffice_audit"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time_ms: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(80), index=True)
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    reference: Mapped[str] = mapped_column(String(80))
    key_id: Mapped[int] = mapped_column(BigInteger)
    detail: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHeadRow(Base):
    """The end of the chain, one row; counting it up first is what makes two who append wait for each other."""

    __tablename__ = "backoffice_audit_head"

    head_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    length: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class StaffRow(Base):
    """How often the roles of staff changed, one row; whoever changes them counts it up first."""

    __tablename__ = "backoffice_staff"

    staff_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)


class StaffRoleRow(Base):
    """A role of a person who works for the house."""

    __tablename__ = "backoffice_staff_roles"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)
    granted_ms: Mapped[int] = mapped_column(BigInteger)


class StaffSignInRow(Base):
    """A sign-in whose password was right and whose passkey is awaited."""

    __tablename__ = "backoffice_sign_ins"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    client_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    expires_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class StaffSessionRow(Base):
    """A session of staff. ``confirmed_ms`` is when the passkey was last given, ``end_reason`` empty while it lives."""

    __tablename__ = "backoffice_sessions"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    csrf_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    client_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    seen_ms: Mapped[int] = mapped_column(BigInteger)
    confirmed_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    end_reason: Mapped[str] = mapped_column(String(32), server_default="")


class StaffDeviceRow(Base):
    """That a member of staff signed in from a device: two who share one do not count as two people."""

    __tablename__ = "backoffice_devices"

    device_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_ms: Mapped[int] = mapped_column(BigInteger)


class OwnAccountRow(Base):
    """That an account belongs to the person who also has the account ``person_id``."""

    __tablename__ = "backoffice_own_accounts"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    noted_ms: Mapped[int] = mapped_column(BigInteger)


class CaseRow(Base):
    """A case. ``open_key`` keeps a second one about the same thing away; None once the case is closed."""

    __tablename__ = "backoffice_cases"

    case_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    state: Mapped[str] = mapped_column(String(24), index=True)
    open_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    key_id: Mapped[int] = mapped_column(BigInteger)
    summary: Mapped[bytes] = mapped_column(LargeBinary)
    opened_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    waiting_since_ms: Mapped[int | None] = mapped_column(BigInteger)
    assignee: Mapped[int | None] = mapped_column(BigInteger, index=True)
    proposal_id: Mapped[int | None] = mapped_column(BigInteger)
    decision: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason_key_id: Mapped[int | None] = mapped_column(BigInteger)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_ms: Mapped[int | None] = mapped_column(BigInteger)


class EvidenceRow(Base):
    """Where something lies that belongs to a case, such as ``document:12``."""

    __tablename__ = "backoffice_evidence"

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(String(80), primary_key=True)
    added_ms: Mapped[int] = mapped_column(BigInteger)


class NoteRow(Base):
    """What somebody wrote to a case."""

    __tablename__ = "backoffice_notes"

    note_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, index=True)
    author: Mapped[str] = mapped_column(String(80))
    time_ms: Mapped[int] = mapped_column(BigInteger)
    key_id: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(String(16), server_default="note")


class ProposalRow(Base):
    """An act that one member of staff proposed and another has to approve. ``waiting_key`` is set while it waits."""

    __tablename__ = "backoffice_proposals"

    proposal_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    act: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(80))
    waiting_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    key_id: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), index=True)
    proposed_by: Mapped[int] = mapped_column(BigInteger)
    proposed_ms: Mapped[int] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger)
    answered_by: Mapped[int | None] = mapped_column(BigInteger)
    answered_ms: Mapped[int | None] = mapped_column(BigInteger)


class FactRow(Base):
    """A decided case or an approved act (``about`` is its number) that subscribers have not yet been told."""

    __tablename__ = "backoffice_facts"

    number: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    topic: Mapped[str] = mapped_column(String(80))
    about: Mapped[int] = mapped_column(BigInteger)
