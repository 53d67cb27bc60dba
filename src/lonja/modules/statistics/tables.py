"""The tables of statistics, valid on SQLite and PostgreSQL alike.

Changing them needs a migration in ``migrations/versions`` and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, SmallInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0001"
"""The newest migration; a test holds it equal to the head of ``migrations``."""


class Base(DeclarativeBase):
    """Collects the tables of this module; every integer of the core fits 64 bits."""

    type_annotation_map = {int: BigInteger, str: String(8)}  # noqa: RUF012  SQLAlchemy reads it once, from the class


_PACKED = {"sqlite_with_rowid": False}


class PriceRow(Base):
    """The price that was set last, index or mark, of an instrument; fields as in ``records.SetPrice``."""

    __tablename__ = "statistics_prices"

    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    price: Mapped[int]
    time_ms: Mapped[int]


class PriceCandleRow(Base):
    """Minutes and hours in which an index or a mark was set; fields as in ``records.PriceCandle``."""

    __tablename__ = "statistics_candles"

    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    period_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    open_time_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    open: Mapped[int]
    high: Mapped[int]
    low: Mapped[int]
    close: Mapped[int]

    __table_args__ = _PACKED


class TakerRow(Base):
    """What takers bought and sold in five minutes or in an hour; fields as in ``records.TakerSum``."""

    __tablename__ = "statistics_takers"

    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    open_time_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bought: Mapped[int]
    sold: Mapped[int]

    __table_args__ = _PACKED


class HeldRow(Base):
    """Lots of a position that is held, long ones above 0."""

    __tablename__ = "statistics_held"

    account: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    margin_mode: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position_side: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    lots: Mapped[int]

    __table_args__ = _PACKED


class StandingRow(Base):
    """How much of a contract was held, and by whom; fields as in ``standings.Standing``."""

    __tablename__ = "statistics_standings"

    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lots: Mapped[int]
    mark: Mapped[int]
    longs: Mapped[int]
    shorts: Mapped[int]
    top_longs: Mapped[int]
    top_shorts: Mapped[int]
    top_long_lots: Mapped[int]
    top_short_lots: Mapped[int]

    __table_args__ = _PACKED


class ProgressRow(Base):
    """Up to which event, and until when, what happened is known."""

    __tablename__ = "statistics_progress"

    part: Mapped[str] = mapped_column(primary_key=True)
    last_sequence: Mapped[int]
    time_ms: Mapped[int]
