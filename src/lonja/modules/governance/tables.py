"""The tables of governance, valid on SQLite and PostgreSQL alike.

Changing them needs a migration in ``migrations/versions`` and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0001"
"""The newest migration; a test holds it equal to the head of ``migrations``."""

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""Numbers itself on both: SQLite does so for INTEGER only."""


class Base(DeclarativeBase):
    """Collects the tables of this module."""


class HoldRow(Base):
    """A hold. ``currency`` empty: over everything; ``amount`` None: all of the currency."""

    __tablename__ = "governance_holds"
    __table_args__ = (UniqueConstraint("user_id", "kind", "reference", name="governance_holds_once"),)

    hold_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[str] = mapped_column(String(80))
    released_ms: Mapped[int | None] = mapped_column(BigInteger)
    released_by: Mapped[str] = mapped_column(String(80), default="")


class RestrictionRow(Base):
    """A restriction of an account, from its placing to its lifting."""

    __tablename__ = "governance_restrictions"
    __table_args__ = (UniqueConstraint("user_id", "kind", "reference", name="governance_restrictions_once"),)

    restriction_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(80))
    told: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[str] = mapped_column(String(80))
    placed_ms: Mapped[int] = mapped_column(BigInteger)
    answer_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)
    appealed_ms: Mapped[int | None] = mapped_column(BigInteger)
    lifted_ms: Mapped[int | None] = mapped_column(BigInteger)
    lifted_by: Mapped[str] = mapped_column(String(80), default="")


class StandingRow(Base):
    """What governance knows of a user besides holds: the residence questionnaire, tests, and a count of changes.

    Whoever spends from a ceiling counts ``revision`` up first, which makes two of them wait for each other.
    """

    __tablename__ = "governance_standings"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    kyc_level: Mapped[int] = mapped_column(Integer, default=0)
    questionnaire_since_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    questionnaire_reason: Mapped[str] = mapped_column(String(40), default="")
    tests_passed: Mapped[str] = mapped_column(Text, default="")


class SpendingRow(Base):
    """Something that counts against a ceiling; ``reference`` makes it count once."""

    __tablename__ = "governance_spendings"

    capability: Mapped[str] = mapped_column(String(40), primary_key=True)
    reference: Mapped[str] = mapped_column(String(80), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    time_ms: Mapped[int] = mapped_column(BigInteger)


class AnswerRow(Base):
    """All decisions of one moment, kept once for everybody who got the same ones."""

    __tablename__ = "governance_answers"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(Text)


class SignInRow(Base):
    """What was decided at a sign-in."""

    __tablename__ = "governance_sign_ins"
    __table_args__ = (UniqueConstraint("user_id", "reference", name="governance_sign_ins_once"),)

    sign_in_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    reference: Mapped[str] = mapped_column(String(80))
    time_ms: Mapped[int] = mapped_column(BigInteger)
    entity: Mapped[str] = mapped_column(String(16))
    kyc_level: Mapped[int] = mapped_column(Integer)
    rules_version: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(64))
