"""The table of algo orders; beside ``models``, where all others are described.

Columns are named like the fields of ``AlgoRecord``.
"""

from sqlalchemy import Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lonja.modules.history.models import Base

IS_LIVE = text("state = 0")


class AlgoRow(Base):
    """Algo orders of customers, open and ended."""

    __tablename__ = "algos"

    algo_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[int]
    instrument: Mapped[int]
    instrument_type: Mapped[int] = mapped_column(SmallInteger)
    parent_order_id: Mapped[int]
    kind: Mapped[int] = mapped_column(SmallInteger)
    side: Mapped[int] = mapped_column(SmallInteger)
    size: Mapped[int]
    size_unit: Mapped[int] = mapped_column(SmallInteger)
    close_fraction: Mapped[int] = mapped_column(SmallInteger)
    self_trade_prevention: Mapped[int] = mapped_column(SmallInteger)
    margin_mode: Mapped[int] = mapped_column(SmallInteger)
    position_side: Mapped[int] = mapped_column(SmallInteger)
    reduce_only: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[int] = mapped_column(SmallInteger)
    trigger_price: Mapped[int]
    order_price: Mapped[int]
    profit_source: Mapped[int] = mapped_column(SmallInteger)
    profit_trigger: Mapped[int]
    profit_price: Mapped[int]
    loss_source: Mapped[int] = mapped_column(SmallInteger)
    loss_trigger: Mapped[int]
    loss_price: Mapped[int]
    callback_ppm: Mapped[int]
    callback_ticks: Mapped[int]
    activation_price: Mapped[int]
    slice_size: Mapped[int]
    price_limit: Mapped[int]
    interval_ms: Mapped[int]
    distance_ppm: Mapped[int]
    distance_ticks: Mapped[int]
    client_algo_id: Mapped[str]
    tag: Mapped[str]
    state: Mapped[int] = mapped_column(SmallInteger)
    cause: Mapped[int] = mapped_column(SmallInteger)
    rejection: Mapped[int]
    waiting: Mapped[int] = mapped_column(SmallInteger)
    leg: Mapped[int] = mapped_column(SmallInteger)
    triggered_price: Mapped[int]
    triggered_time_ms: Mapped[int]
    order_size: Mapped[int]
    order_count: Mapped[int]
    orders: Mapped[str] = mapped_column(Text)
    filled: Mapped[int]
    notional: Mapped[int]
    created_time_ms: Mapped[int]
    updated_time_ms: Mapped[int]
    sequence: Mapped[int]
    time_in_force: Mapped[int] = mapped_column(SmallInteger)
    profit_kind: Mapped[int] = mapped_column(SmallInteger)
    profit_ppm: Mapped[int]
    loss_ppm: Mapped[int]
    together: Mapped[int] = mapped_column(SmallInteger)
    cost_stop: Mapped[int] = mapped_column(SmallInteger)
    guard_callback_ppm: Mapped[int]
    guard_callback_ticks: Mapped[int]
    guard_activation_price: Mapped[int]
    guard_client_algo_id: Mapped[str]
    linked_order_id: Mapped[int]

    __table_args__ = (
        Index("algos_by_parent", "parent_order_id", "algo_id"),
        Index("algos_by_account", "account", "algo_id"),
        Index("algos_by_client_id", "account", "client_algo_id", "algo_id"),
        # Read whole at every start.
        Index("algos_live", "algo_id", sqlite_where=IS_LIVE, postgresql_where=IS_LIVE),
    )
