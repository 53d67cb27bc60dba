"""The tables of lending, valid on SQLite and PostgreSQL alike.

Changing them needs a migration in ``migrations/versions`` and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0001"
"""The newest migration; a test holds it equal to the head of ``migrations``."""


class Base(DeclarativeBase):
    """Collects the tables of this module."""


class AccrualRow(Base):
    """Interest that an account paid; fields as in ``records.Accrual``."""

    __tablename__ = "lending_accruals"
    __table_args__ = (Index("lending_accruals_by_time", "account", "hour_ms"),)

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time_ms: Mapped[int] = mapped_column(BigInteger)
    account: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[int] = mapped_column(BigInteger)
    hour_ms: Mapped[int] = mapped_column(BigInteger)
    liability: Mapped[int] = mapped_column(BigInteger)
    rate: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)


class HourRow(Base):
    """The last hour for which interest of a currency is accrued, also when nobody owed any of it."""

    __tablename__ = "lending_hours"

    currency: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hour_ms: Mapped[int] = mapped_column(BigInteger)


class ProgressRow(Base):
    """Up to which event what happened is known."""

    __tablename__ = "lending_progress"

    part: Mapped[str] = mapped_column(String(8), primary_key=True)
    last_sequence: Mapped[int] = mapped_column(BigInteger)
