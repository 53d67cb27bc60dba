"""The tables of identity, valid on SQLite and PostgreSQL alike.

Changing them needs a migration in ``migrations/versions`` and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, Boolean, ForeignKey, LargeBinary, SmallInteger, String, Text, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0004"
"""The newest migration; a test holds it equal to the head of ``migrations``."""


class Base(DeclarativeBase):
    """Collects the tables of this module."""


class AccountRow(Base):
    """A name for an account of the core."""

    __tablename__ = "accounts"

    account: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    master: Mapped[int] = mapped_column(BigInteger, index=True)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(String(50), server_default="")
    can_transfer_out: Mapped[bool] = mapped_column(Boolean, server_default=false())


class ApiKeyRow(Base):
    """One key. A removed key keeps its row, without its secrets."""

    __tablename__ = "api_keys"

    api_key: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey(AccountRow.account), index=True)
    label: Mapped[str] = mapped_column(String(50))
    permissions: Mapped[str] = mapped_column(String(32))
    networks: Mapped[str] = mapped_column(Text)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    passphrase_hash: Mapped[bytes] = mapped_column(LargeBinary)
    demo: Mapped[bool | None] = mapped_column(Boolean)
    lapses: Mapped[bool] = mapped_column(Boolean)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    last_used_ms: Mapped[int] = mapped_column(BigInteger)
    removed_ms: Mapped[int | None] = mapped_column(BigInteger)
    withdraw_from_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")


class KeyUseRow(Base):
    """How often a key was used from one network address, and when first and last."""

    __tablename__ = "key_uses"

    api_key: Mapped[str] = mapped_column(String(36), primary_key=True)
    address: Mapped[str] = mapped_column(String(45), primary_key=True)
    use_count: Mapped[int] = mapped_column(BigInteger)
    first_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)


class RegistryRow(Base):
    """The one row that says how often keys changed and which secret box belongs to this database."""

    __tablename__ = "registry"

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)
    sealed_check: Mapped[bytes] = mapped_column(LargeBinary)
