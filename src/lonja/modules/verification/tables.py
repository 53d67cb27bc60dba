"""The tables of verification: applicants, what they handed in, what became of it, and hits on lists.

Valid on SQLite and PostgreSQL alike. Everything personal is a sealed field under the applicant's own key; documents are
found again by keyed digests. Changing the tables needs a migration and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0002"
"""The newest migration; a test holds it equal to the head of ``migrations``."""

# SQLite counts by itself only in a column of its type INTEGER.
_COUNTED = BigInteger().with_variant(Integer, "sqlite")
_NEVER_AGAIN = {"sqlite_autoincrement": True}


class Base(DeclarativeBase):
    """Collects the tables of verification."""


class HouseKeyRow(Base):
    """The one row with the key of the blind index, sealed by the house's secret box."""

    __tablename__ = "verification_key"

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealed_index_key: Mapped[bytes] = mapped_column(LargeBinary)


class ApplicantRow(Base):
    """A person who applies. ``revision`` is counted up by whoever changes anything of theirs, so all take turns.

    ``screened_ms`` 0: to be screened now. An emptied ``sealed_key`` means: forgotten.
    """

    __tablename__ = "verification_applicants"
    __table_args__ = (Index("ix_verification_applicants_screened", "screened_ms"),)

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_person: Mapped[bytes | None] = mapped_column(LargeBinary)
    person_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sealed_answers: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_address: Mapped[bytes | None] = mapped_column(LargeBinary)
    screened_ms: Mapped[int | None] = mapped_column(BigInteger)
    screened_edition: Mapped[str] = mapped_column(String(16))
    created_ms: Mapped[int] = mapped_column(BigInteger)


class UploadRow(Base):
    """A picture, or a PDF, which has no points.

    ``current_key`` is set while it is the one of its slot, ``submission_id`` once it was submitted.
    """

    __tablename__ = "verification_uploads"
    __table_args__ = _NEVER_AGAIN

    upload_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    slot: Mapped[str] = mapped_column(String(24))
    current_key: Mapped[str | None] = mapped_column(String(48), unique=True)
    submission_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    sealed_content: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    uploaded_ms: Mapped[int] = mapped_column(BigInteger)


class UploadCountRow(Base):
    """How many pictures a person handed in on a day (since 1970)."""

    __tablename__ = "verification_upload_counts"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)


class SubmissionRow(Base):
    """What was submitted once. ``open_key`` keeps a second one of the part away until it is decided.

    ``document`` and ``face`` say what was found of each: awaited, passed, or not needed. ``failures`` are codes.
    """

    __tablename__ = "verification_submissions"
    __table_args__ = (Index("ix_verification_submissions_untold", "told_ms", "state"), _NEVER_AGAIN)

    submission_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    part: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    open_key: Mapped[str | None] = mapped_column(String(48), unique=True)
    document: Mapped[str] = mapped_column(String(16))
    face: Mapped[str] = mapped_column(String(16))
    document_case: Mapped[int | None] = mapped_column(BigInteger)
    face_case: Mapped[int | None] = mapped_column(BigInteger)
    has_cases: Mapped[bool] = mapped_column(Boolean)
    is_try: Mapped[bool] = mapped_column(Boolean)
    failures: Mapped[str] = mapped_column(Text)
    valid_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    submitted_ms: Mapped[int] = mapped_column(BigInteger)
    decided_ms: Mapped[int | None] = mapped_column(BigInteger)
    told_ms: Mapped[int | None] = mapped_column(BigInteger)


class ConsentRow(Base):
    """That somebody agreed to a text, at which level, and by which rules it was shown what verification opens."""

    __tablename__ = "verification_consents"
    __table_args__ = (UniqueConstraint("user_id", "name", "version", "text_hash"), _NEVER_AGAIN)

    consent_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    text_hash: Mapped[str] = mapped_column(String(64))
    kyc_level: Mapped[int] = mapped_column(SmallInteger)
    rules_version: Mapped[str] = mapped_column(String(64))
    agreed_ms: Mapped[int] = mapped_column(BigInteger)


class DocumentRow(Base):
    """That a document belongs to a person, by the digest of its state, kind and number."""

    __tablename__ = "verification_documents"

    document_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    submission_id: Mapped[int] = mapped_column(BigInteger)


class StepRow(Base):
    """A step of verification that a person passed, and until when it holds; None without an end."""

    __tablename__ = "verification_steps"
    __table_args__ = (Index("ix_verification_steps_until", "until_ms"),)

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(String(16), primary_key=True)
    passed_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)


class HitRow(Base):
    """That a person's name resembles an entry of a list; once per entry and what the person stated."""

    __tablename__ = "verification_hits"
    __table_args__ = (UniqueConstraint("user_id", "entry", "person_digest"), _NEVER_AGAIN)

    hit_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    entry: Mapped[str] = mapped_column(String(80))
    person_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    score: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16), index=True)
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    found_ms: Mapped[int] = mapped_column(BigInteger)
