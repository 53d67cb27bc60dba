"""The tables of prices, valid on SQLite and PostgreSQL alike.

Changing them needs a migration in ``migrations/versions`` and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0002"
"""The newest migration; a test holds it equal to the head of ``migrations``."""


class Base(DeclarativeBase):
    """Collects the tables of this module."""


class SettlementRow(Base):
    """Funding that was settled (``kind`` funding), or a contract delivered; ``rate`` as in ``FundingSettled``."""

    __tablename__ = "pricing_settlements"
    __table_args__ = (Index("pricing_settlements_by_time", "instrument", "time_ms"),)

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8))
    instrument: Mapped[int] = mapped_column(BigInteger)
    time_ms: Mapped[int] = mapped_column(BigInteger)
    rate: Mapped[int] = mapped_column(BigInteger)
    price: Mapped[int] = mapped_column(BigInteger)


class MinuteRow(Base):
    """Samples of one minute: premiums of a contract, or prices of an index. Totals pass 63 bits, so they are text."""

    __tablename__ = "pricing_minutes"

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    minute_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    total: Mapped[str] = mapped_column(String(60))
    samples: Mapped[int] = mapped_column(BigInteger)


class LiquidationRow(Base):
    """A position, or part of one, that was taken over; fields as in ``PositionTakenOver``."""

    __tablename__ = "pricing_liquidations"
    __table_args__ = (Index("pricing_liquidations_by_time", "instrument", "time_ms"),)

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time_ms: Mapped[int] = mapped_column(BigInteger)
    account: Mapped[int] = mapped_column(BigInteger)
    instrument: Mapped[int] = mapped_column(BigInteger)
    margin_mode: Mapped[int] = mapped_column(BigInteger)
    position_side: Mapped[int] = mapped_column(BigInteger)
    lots: Mapped[int] = mapped_column(BigInteger)
    price: Mapped[int] = mapped_column(BigInteger)
    bankruptcy_price: Mapped[int] = mapped_column(BigInteger)
    rest: Mapped[int] = mapped_column(BigInteger)


class FundChangeRow(Base):
    """A Security Fund changed; fields as in ``risk_records.FundChange``."""

    __tablename__ = "pricing_fund_changes"
    __table_args__ = (Index("pricing_fund_changes_by_time", "family", "time_ms"),)

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    family: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(12))
    time_ms: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)


class ProgressRow(Base):
    """Up to which event what happened is known."""

    __tablename__ = "pricing_progress"

    part: Mapped[str] = mapped_column(String(8), primary_key=True)
    last_sequence: Mapped[int] = mapped_column(BigInteger)
