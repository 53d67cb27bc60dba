"""The tables of due diligence, valid on SQLite and PostgreSQL alike.

What people and institutions tell is sealed under a key of the person who told it. Changing the tables needs a migration
in ``migrations/versions`` and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0002"
"""The newest migration; a test holds it equal to the head of ``migrations``."""

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""Numbers itself on both: SQLite does so for INTEGER only."""


class Base(DeclarativeBase):
    """Collects the tables of this area."""


class IndexKeyRow(Base):
    """The one row with the key of the blind index, sealed by the house's secret box."""

    __tablename__ = "dd_index_key"

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)


class SubjectRow(Base):
    """The key that seals what a person told.

    ``closed_ms`` is when the account was closed: from then on the law's period runs; at its end the key is emptied.
    """

    __tablename__ = "dd_subjects"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    closed_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)


class PaperRow(Base):
    """A paper that was handed in; ``about`` is what it belongs to, like ``institution:3``."""

    __tablename__ = "dd_papers"
    __table_args__ = (UniqueConstraint("about", "kind", "digest", name="dd_papers_once"),)

    paper_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    about: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    issued_on: Mapped[str] = mapped_column(String(10))
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    added_ms: Mapped[int] = mapped_column(BigInteger)


class PaperContentRow(Base):
    """The bytes of a paper, apart, so that a list of papers does not read them."""

    __tablename__ = "dd_paper_contents"

    paper_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_content: Mapped[bytes] = mapped_column(LargeBinary)


class InstitutionRow(Base):
    """An institution's application. ``live_user`` keeps a second one of the same person away.

    ``revision`` grows with every change; ``round`` with every submission.
    """

    __tablename__ = "dd_institutions"

    application_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    live_user: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    round: Mapped[int] = mapped_column(Integer)
    entity_type: Mapped[str] = mapped_column(String(24))
    sealed_form: Mapped[bytes] = mapped_column(LargeBinary)
    attested_text: Mapped[str] = mapped_column(String(80))
    attested_hash: Mapped[str] = mapped_column(String(64))
    attested_form: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_signer: Mapped[bytes] = mapped_column(LargeBinary)
    attested_ms: Mapped[int | None] = mapped_column(BigInteger)
    remedies: Mapped[str] = mapped_column(String(400))
    begun_ms: Mapped[int] = mapped_column(BigInteger)
    submitted_ms: Mapped[int | None] = mapped_column(BigInteger)
    decided_ms: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(BigInteger)


class FundsRow(Base):
    """A question where money or wealth comes from. ``round`` grows with every answer."""

    __tablename__ = "dd_funds"
    __table_args__ = (UniqueConstraint("user_id", "reference", name="dd_funds_once"),)

    request_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(24))
    reference: Mapped[str] = mapped_column(String(80))
    asked_by: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(16), index=True)
    round: Mapped[int] = mapped_column(Integer)
    sealed_answer: Mapped[bytes] = mapped_column(LargeBinary)
    remedies: Mapped[str] = mapped_column(String(400))
    asked_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    reminded: Mapped[int] = mapped_column(SmallInteger)
    restricted_ms: Mapped[int | None] = mapped_column(BigInteger)
    answered_ms: Mapped[int | None] = mapped_column(BigInteger)
    decided_ms: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(BigInteger)


class ChallengeRow(Base):
    """A text that a wallet is asked to sign, for one use."""

    __tablename__ = "dd_challenges"

    challenge_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    about: Mapped[str] = mapped_column(String(40))
    chain: Mapped[str] = mapped_column(String(16))
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_text: Mapped[bytes] = mapped_column(LargeBinary)
    expires_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    used_ms: Mapped[int | None] = mapped_column(BigInteger)


class WalletProofRow(Base):
    """That a person proved to own an address, for one question."""

    __tablename__ = "dd_wallet_proofs"
    __table_args__ = (UniqueConstraint("about", "chain", "address_digest", name="dd_wallet_proofs_once"),)

    proof_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    about: Mapped[str] = mapped_column(String(40))
    chain: Mapped[str] = mapped_column(String(16))
    address_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_signature: Mapped[bytes] = mapped_column(LargeBinary)
    proved_ms: Mapped[int] = mapped_column(BigInteger)


class ResidenceRow(Base):
    """A change of residence. ``step`` counts the steps done since it was approved; ``live_user`` keeps a second away."""

    __tablename__ = "dd_residence_changes"

    change_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    live_user: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    round: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(SmallInteger)
    from_place: Mapped[str] = mapped_column(String(8))
    to_place: Mapped[str] = mapped_column(String(8))
    agreed: Mapped[str] = mapped_column(String(1000))
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    stopped_by: Mapped[str] = mapped_column(String(400))
    begun_ms: Mapped[int] = mapped_column(BigInteger)
    submitted_ms: Mapped[int | None] = mapped_column(BigInteger)
    decided_ms: Mapped[int | None] = mapped_column(BigInteger)
    done_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)
    case_id: Mapped[int | None] = mapped_column(BigInteger)


class TransferRow(Base):
    """A withdrawal or deposit under the Travel Rule; ``reference`` is the custody's own name of it."""

    __tablename__ = "dd_transfers"
    __table_args__ = (UniqueConstraint("user_id", "direction", "reference", name="dd_transfers_once"),)

    transfer_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    direction: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(16), index=True)
    round: Mapped[int] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(String(8))
    currency: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    value_cents: Mapped[int] = mapped_column(BigInteger)
    chain: Mapped[str] = mapped_column(String(16))
    address_digest: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_declaration: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_payload: Mapped[bytes] = mapped_column(LargeBinary)
    asked_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    answered_ms: Mapped[int | None] = mapped_column(BigInteger)
    decided_ms: Mapped[int | None] = mapped_column(BigInteger)
    released_ms: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(BigInteger)


class ScreeningRow(Base):
    """The names that one submission or transfer states; ``about`` is which, like ``institution:3``.

    ``edition`` of the lists they were last screened with, empty when never; unwatched ones are screened no more.
    """

    __tablename__ = "dd_screenings"

    screening_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    about: Mapped[str] = mapped_column(String(40), unique=True)
    names_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_names: Mapped[bytes] = mapped_column(LargeBinary)
    edition: Mapped[str] = mapped_column(String(64), index=True)
    screened_ms: Mapped[int] = mapped_column(BigInteger)
    is_watched: Mapped[bool] = mapped_column(Boolean)


class NameHitRow(Base):
    """That a name which a user stated is like an entry on a list, once for each name and entry, whatever the edition.

    ``about`` and ``edition`` say where it was found first.
    """

    __tablename__ = "dd_name_hits"
    __table_args__ = (UniqueConstraint("user_id", "name_digest", "entry", name="dd_name_hits_once"),)

    hit_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    name_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    entry: Mapped[str] = mapped_column(String(80))
    edition: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(40))
    score: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(16), index=True)
    sealed_evidence: Mapped[bytes] = mapped_column(LargeBinary)
    found_ms: Mapped[int] = mapped_column(BigInteger)
    decided_ms: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(BigInteger)
