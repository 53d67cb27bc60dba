"""The tables of what people do to protect themselves: where money may go, lost factors, guided steps.

Valid on SQLite and PostgreSQL alike; everything personal is a sealed field under the user's own key, so closing the
account forgets it. Where ``open_key`` is unique, one of a kind can be open for a user at a time.
"""

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from lonja.modules.identity.people.tables import Base

# SQLite counts by itself only in a column of its type INTEGER.
_COUNTED = BigInteger().with_variant(Integer, "sqlite")


class AddressRow(Base):
    """A place withdrawals may go to. A removed one keeps its row, so that removing it does not end its lock."""

    __tablename__ = "withdrawal_addresses"
    __table_args__ = (UniqueConstraint("user_id", "entry_digest"),)

    address_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    entry_digest: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_entry: Mapped[bytes] = mapped_column(LargeBinary)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    usable_from_ms: Mapped[int] = mapped_column(BigInteger)
    verified_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")
    removed_ms: Mapped[int | None] = mapped_column(BigInteger)


class AddressRuleRow(Base):
    """How a person wants the list to be used: only listed addresses, and no wait for new ones."""

    __tablename__ = "withdrawal_address_rules"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    only_listed: Mapped[bool] = mapped_column(Boolean, server_default=false())
    no_wait: Mapped[bool] = mapped_column(Boolean, server_default=false())
    changed_ms: Mapped[int] = mapped_column(BigInteger)


class PaymentMethodRow(Base):
    """A bank account, card or other way to pay, in the name of its person."""

    __tablename__ = "payment_methods"
    __table_args__ = (UniqueConstraint("user_id", "method_digest"),)

    method_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    method_digest: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_method: Mapped[bytes] = mapped_column(LargeBinary)
    created_ms: Mapped[int] = mapped_column(BigInteger)


class ResetRow(Base):
    """A lost factor on its way to be taken off. ``passed`` are the factors given, ``due_ms`` when its state ends."""

    __tablename__ = "factor_resets"

    reset_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    open_key: Mapped[str | None] = mapped_column(String(24), unique=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    factor: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    passed: Mapped[str] = mapped_column(String(64))
    sealed_reason: Mapped[bytes] = mapped_column(LargeBinary)
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    begun_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger)


class GuideRow(Base):
    """Guided steps after something unusual; which are done is a question of facts and not kept."""

    __tablename__ = "security_guides"

    guide_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    open_key: Mapped[str | None] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    begun_ms: Mapped[int] = mapped_column(BigInteger)
    finished_ms: Mapped[int | None] = mapped_column(BigInteger)


class ChangeRow(Base):
    """When a part of a person's protection was last changed."""

    __tablename__ = "protection_changes"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(String(32), primary_key=True)
    time_ms: Mapped[int] = mapped_column(BigInteger)


class UsedStepRow(Base):
    """A step of an authenticator whose code was used, by whatever clock."""

    __tablename__ = "authenticator_steps"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class ResidenceAnswerRow(Base):
    """What a person answered when asked where they live: ``answer`` is still_here or moved."""

    __tablename__ = "residence_answers"

    answer_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    answer: Mapped[str] = mapped_column(String(16))
    residence: Mapped[str] = mapped_column(String(8))
    time_ms: Mapped[int] = mapped_column(BigInteger)


PERSONAL_TABLES = (
    AddressRow,
    AddressRuleRow,
    PaymentMethodRow,
    ResetRow,
    GuideRow,
    ChangeRow,
    UsedStepRow,
    ResidenceAnswerRow,
)
"""What is forgotten when an account is closed."""
