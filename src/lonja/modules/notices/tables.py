"""The tables of notices, valid on SQLite and PostgreSQL alike.

Addresses and texts are sealed under a key of their recipient; look-ups go by keyed digests. Changing the tables needs a
migration in ``migrations/versions`` and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0002"
"""The newest migration; a test holds it equal to the head of ``migrations``."""

# SQLite counts by itself only in a column of its type INTEGER.
COUNTED = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Collects the tables of this module."""


class HouseKeyRow(Base):
    """A key of the house, sealed by its secret box; ``public`` is what others may know of it."""

    __tablename__ = "notice_keys"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    public: Mapped[str] = mapped_column(Text)
    created_ms: Mapped[int] = mapped_column(BigInteger)


class RecipientRow(Base):
    """An address that messages went to. Without its key nothing sent there can be read again."""

    __tablename__ = "notice_recipients"

    recipient_id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    address_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_ms: Mapped[int] = mapped_column(BigInteger)


class MessageRow(Base):
    """One message on its way. ``due_ms`` and ``ends_ms`` are the machine's time, ``created_ms`` the exchange's.

    ``token`` names the message to carriers. ``answer`` is the key pressed in a call, "" until one was.
    """

    __tablename__ = "notice_messages"
    __table_args__ = (Index("ix_notice_messages_due", "state", "channel", "due_ms"),)

    number: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey(RecipientRow.recipient_id), index=True)
    channel: Mapped[str] = mapped_column(String(8))
    template: Mapped[str] = mapped_column(String(64))
    sealed_content: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(12))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_ms: Mapped[int] = mapped_column(BigInteger)
    ends_ms: Mapped[int] = mapped_column(BigInteger)
    created_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    problem: Mapped[str] = mapped_column(String(200), server_default="")
    answer: Mapped[str] = mapped_column(String(1), server_default="")


class InquiryRow(Base):
    """What people asked whether it is official, without their words: a keyed digest, and a domain if there was one."""

    __tablename__ = "notice_inquiries"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    standing: Mapped[str] = mapped_column(String(16))
    domain: Mapped[str] = mapped_column(String(253), index=True)
    count: Mapped[int] = mapped_column(BigInteger)
    first_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)
