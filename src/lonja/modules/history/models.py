"""Tables of the projections, valid on SQLite and PostgreSQL.

Everything here can be dropped and rebuilt from the journal. Columns are named like the fields of ``records.py``.
Invariant: the models and the migrations describe the same tables, which ``tests/modules/history`` proves. Changing them
needs a migration in ``migrations/versions`` and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, Index, SmallInteger, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0013"
"""The newest migration."""

TRADES_KEPT = 16_384
"""How many trades of an instrument are kept; the slot of a trade is its id modulo this. Databases that kept fewer hold
their old trades in other slots, so that nothing may be looked for by its slot."""

IS_PARTIAL = text("state = 1")
IS_HELD = text("lots != 0")
IS_NOT_ALL_KNOWN = text("state = 0 AND (margin_mode >= 0 OR source > 0)")
IS_LIQUIDATED_PAIR = text("instrument_type = 1 AND category > 0")
_HAS_CLIENT_ID = text("client_transfer_id != ''")


class Base(DeclarativeBase):
    """All tables; every integer of the core fits 64 bits."""

    type_annotation_map = {int: BigInteger, str: String(32)}  # noqa: RUF012  SQLAlchemy reads it once, from the class


class OrderRow(Base):
    """Orders of customers, open and ended."""

    __tablename__ = "orders"

    order_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[int]
    instrument: Mapped[int]
    instrument_type: Mapped[int] = mapped_column(SmallInteger)
    side: Mapped[int] = mapped_column(SmallInteger)
    order_type: Mapped[int] = mapped_column(SmallInteger)
    time_in_force: Mapped[int] = mapped_column(SmallInteger)
    post_only: Mapped[int] = mapped_column(SmallInteger)
    price: Mapped[int]
    size: Mapped[int]
    size_unit: Mapped[int] = mapped_column(SmallInteger)
    filled: Mapped[int]
    notional: Mapped[int]
    fee: Mapped[int]
    rebate: Mapped[int]
    fee_currency: Mapped[int]
    state: Mapped[int] = mapped_column(SmallInteger)
    cancel_reason: Mapped[int] = mapped_column(SmallInteger)
    self_trade_prevention: Mapped[int] = mapped_column(SmallInteger)
    client_order_id: Mapped[str]
    tag: Mapped[str]
    created_time_ms: Mapped[int]
    updated_time_ms: Mapped[int]
    last_trade_id: Mapped[int]
    last_price: Mapped[int]
    last_size: Mapped[int]
    last_fee: Mapped[int]
    last_liquidity: Mapped[int] = mapped_column(SmallInteger)
    last_time_ms: Mapped[int]
    sequence: Mapped[int]
    margin_mode: Mapped[int] = mapped_column(SmallInteger)
    position_side: Mapped[int] = mapped_column(SmallInteger)
    reduce_only: Mapped[int] = mapped_column(SmallInteger)
    leverage: Mapped[int]
    pnl: Mapped[int]
    algo_id: Mapped[int]
    source: Mapped[int] = mapped_column(SmallInteger)
    category: Mapped[int] = mapped_column(SmallInteger)
    margin_currency: Mapped[int]

    __table_args__ = (
        Index("orders_by_account", "account", "order_id"),
        Index("orders_by_client_order_id", "account", "client_order_id", "order_id"),
        # Few rows, all of them read at every start.
        Index("orders_partially_filled", "order_id", sqlite_where=IS_PARTIAL, postgresql_where=IS_PARTIAL),
        Index("orders_not_all_known", "order_id", sqlite_where=IS_NOT_ALL_KNOWN, postgresql_where=IS_NOT_ALL_KNOWN),
        Index(
            "orders_liquidated_pairs", "order_id", sqlite_where=IS_LIQUIDATED_PAIR, postgresql_where=IS_LIQUIDATED_PAIR
        ),
    )


class FillRow(Base):
    """Fills of customers."""

    __tablename__ = "fills"

    fill_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[int]
    order_id: Mapped[int]
    instrument: Mapped[int]
    instrument_type: Mapped[int] = mapped_column(SmallInteger)
    client_order_id: Mapped[str]
    tag: Mapped[str]
    side: Mapped[int] = mapped_column(SmallInteger)
    liquidity: Mapped[int] = mapped_column(SmallInteger)
    trade_id: Mapped[int]
    price: Mapped[int]
    size: Mapped[int]
    notional: Mapped[int]
    fee: Mapped[int]
    fee_currency: Mapped[int]
    time_ms: Mapped[int]
    margin_mode: Mapped[int] = mapped_column(SmallInteger)
    position_side: Mapped[int] = mapped_column(SmallInteger)
    pnl: Mapped[int]
    category: Mapped[int] = mapped_column(SmallInteger)
    mark_price: Mapped[int]
    index_price: Mapped[int]

    __table_args__ = (
        Index("fills_by_account", "account", "fill_id"),
        Index("fills_by_order", "order_id", "fill_id"),
    )


class BillRow(Base):
    """Changes of customers' balances."""

    __tablename__ = "bills"

    bill_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[int]
    ledger: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[int]
    kind: Mapped[int] = mapped_column(SmallInteger)
    subkind: Mapped[int] = mapped_column(SmallInteger)
    change: Mapped[int]
    balance: Mapped[int]
    fee: Mapped[int]
    instrument: Mapped[int]
    instrument_type: Mapped[int] = mapped_column(SmallInteger)
    order_id: Mapped[int]
    client_order_id: Mapped[str]
    tag: Mapped[str]
    trade_id: Mapped[int]
    liquidity: Mapped[int] = mapped_column(SmallInteger)
    price: Mapped[int]
    size: Mapped[int]
    from_ledger: Mapped[int] = mapped_column(SmallInteger)
    to_ledger: Mapped[int] = mapped_column(SmallInteger)
    other_account: Mapped[int]
    client_transfer_id: Mapped[str]
    time_ms: Mapped[int]
    margin_mode: Mapped[int] = mapped_column(SmallInteger)
    pnl: Mapped[int]
    margin_change: Mapped[int]
    margin: Mapped[int]
    mark_price: Mapped[int]
    index_price: Mapped[int]

    __table_args__ = (
        Index("bills_by_account", "account", "ledger", "bill_id"),
        Index(
            "bills_by_client_transfer_id",
            "account",
            "client_transfer_id",
            "bill_id",
            sqlite_where=_HAS_CLIENT_ID,
            postgresql_where=_HAS_CLIENT_ID,
        ),
    )


class PositionRow(Base):
    """Lives of customers' positions, those that go on and those that ended."""

    __tablename__ = "positions"

    life: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[int]
    instrument: Mapped[int]
    instrument_type: Mapped[int] = mapped_column(SmallInteger)
    margin_mode: Mapped[int] = mapped_column(SmallInteger)
    position_side: Mapped[int] = mapped_column(SmallInteger)
    leverage: Mapped[int]
    is_long: Mapped[int] = mapped_column(SmallInteger)
    lots: Mapped[int]
    lots_max: Mapped[int]
    lots_closed: Mapped[int]
    open_ticks: Mapped[int]
    open_parts: Mapped[int]
    close_ticks: Mapped[int]
    close_parts: Mapped[int]
    margin: Mapped[int]
    pnl: Mapped[int]
    fees: Mapped[int]
    funding: Mapped[int]
    penalty: Mapped[int]
    ended: Mapped[int] = mapped_column(SmallInteger)
    trigger_price: Mapped[int]
    last_trade_id: Mapped[int]
    created_time_ms: Mapped[int]
    updated_time_ms: Mapped[int]
    sequence: Mapped[int]
    pocket: Mapped[int]

    __table_args__ = (
        Index("positions_by_account", "account", "updated_time_ms", "life"),
        # Read whole at every start.
        Index("positions_held", "life", sqlite_where=IS_HELD, postgresql_where=IS_HELD),
    )


class MarginRow(Base):
    """What came with open orders of pockets: the fields of ``WaitingMargin``."""

    __tablename__ = "waiting_margins"

    order_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pocket: Mapped[int]
    currency: Mapped[int]
    amount: Mapped[int]
    lots: Mapped[int]
    traded: Mapped[int]
    returned: Mapped[int]


class LeverageRow(Base):
    """Leverages of customers' positions, there or to come."""

    __tablename__ = "leverages"

    account: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    margin_mode: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position_side: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    leverage: Mapped[int]

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  SQLAlchemy reads it once, from the class


class CandleRow(Base):
    """Minutes and hours of every instrument in which something traded."""

    __tablename__ = "candles"

    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    open_time_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    open: Mapped[int]
    high: Mapped[int]
    low: Mapped[int]
    close: Mapped[int]
    volume: Mapped[int]
    quote_volume: Mapped[int]

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  SQLAlchemy reads it once, from the class


class TradeRow(Base):
    """The last trades of every instrument, overwritten in turn."""

    __tablename__ = "trades"

    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    trade_id: Mapped[int]
    price: Mapped[int]
    size: Mapped[int]
    side: Mapped[int] = mapped_column(SmallInteger)
    time_ms: Mapped[int]
    sequence: Mapped[int]
    taker_order_id: Mapped[int]

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  SQLAlchemy reads it once, from the class


class CustomerRow(Base):
    """Accounts that histories show."""

    __tablename__ = "customers"

    account: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class PocketRow(Base):
    """Pockets of customers: after the number the fields of ``PocketName``."""

    __tablename__ = "pockets"

    pocket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[int]
    instrument: Mapped[int]
    margin_mode: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[int]


class CurrencyRow(Base):
    """Scales of currencies."""

    __tablename__ = "currencies"

    currency: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    scale: Mapped[int] = mapped_column(SmallInteger)


class InstrumentRow(Base):
    """What projecting needs to know about instruments: after the name the fields of ``InstrumentFacts``."""

    __tablename__ = "instruments"

    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument_id: Mapped[str]
    instrument_type: Mapped[int] = mapped_column(SmallInteger)
    base: Mapped[int]
    quote: Mapped[int]
    size_scale: Mapped[int] = mapped_column(SmallInteger)
    lot_step: Mapped[int]
    settle: Mapped[int]
    inverse: Mapped[int] = mapped_column(SmallInteger)
    contract_value: Mapped[int]
    contract_scale: Mapped[int] = mapped_column(SmallInteger)
    multiplier: Mapped[int]


class PriceRow(Base):
    """The prices that were told last, for the fills to come."""

    __tablename__ = "prices"

    instrument: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark_price: Mapped[int]
    index_price: Mapped[int]


class FamilyRow(Base):
    """Families of contracts."""

    __tablename__ = "families"

    family: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    instrument_type: Mapped[int] = mapped_column(SmallInteger)
    settle: Mapped[int]


class ProjectionStateRow(Base):
    """How far the projections are: one row, written in the transaction that writes the others."""

    __tablename__ = "projection_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_sequence: Mapped[int]
    epoch: Mapped[int]
    time_ms: Mapped[int]
