"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_IS_PARTIAL = sa.text("state = 1")


def upgrade() -> None:
    """Create everything."""
    _create_orders()
    _create_fills()
    _create_bills()
    _create_market_data()
    _create_facts()


def _create_orders() -> None:
    op.create_table(
        "orders",
        _key("order_id"),
        *_big("account instrument"),
        *_small("instrument_type side order_type time_in_force post_only"),
        *_big("price size"),
        *_small("size_unit"),
        *_big("filled notional fee rebate fee_currency"),
        *_small("state cancel_reason self_trade_prevention"),
        *_text("client_order_id tag"),
        *_big("created_time_ms updated_time_ms last_trade_id last_price last_size last_fee"),
        *_small("last_liquidity"),
        *_big("last_time_ms sequence"),
    )
    op.create_index("orders_by_account", "orders", ["account", "order_id"])
    op.create_index("orders_by_client_order_id", "orders", ["account", "client_order_id", "order_id"])
    op.create_index(
        "orders_partially_filled", "orders", ["order_id"], sqlite_where=_IS_PARTIAL, postgresql_where=_IS_PARTIAL
    )


def _create_fills() -> None:
    op.create_table(
        "fills",
        _key("fill_id"),
        *_big("account order_id instrument"),
        *_small("instrument_type"),
        *_text("client_order_id tag"),
        *_small("side liquidity"),
        *_big("trade_id price size notional fee fee_currency time_ms"),
    )
    op.create_index("fills_by_account", "fills", ["account", "fill_id"])
    op.create_index("fills_by_order", "fills", ["order_id", "fill_id"])


def _create_bills() -> None:
    op.create_table(
        "bills",
        _key("bill_id"),
        *_big("account"),
        *_small("ledger"),
        *_big("currency"),
        *_small("kind subkind"),
        *_big("change balance fee instrument"),
        *_small("instrument_type"),
        *_big("order_id"),
        *_text("client_order_id tag"),
        *_big("trade_id"),
        *_small("liquidity"),
        *_big("price size"),
        *_small("from_ledger to_ledger"),
        *_big("other_account"),
        *_text("client_transfer_id"),
        *_big("time_ms"),
    )
    op.create_index("bills_by_account", "bills", ["account", "ledger", "bill_id"])


def _create_market_data() -> None:
    op.create_table(
        "candles",
        _key("instrument"),
        _key("period_ms"),
        _key("open_time_ms"),
        *_big("open high low close volume quote_volume"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trades",
        _key("instrument"),
        sa.Column("slot", sa.SmallInteger(), primary_key=True, autoincrement=False),
        *_big("trade_id price size"),
        *_small("side"),
        *_big("time_ms sequence taker_order_id"),
        sqlite_with_rowid=False,
    )


def _create_facts() -> None:
    op.create_table("customers", _key("account"))
    op.create_table("currencies", _key("currency"), *_text("name"), *_small("scale"))
    op.create_table(
        "instruments",
        _key("instrument"),
        *_text("instrument_id"),
        *_small("instrument_type"),
        *_big("base quote"),
        *_small("size_scale"),
        *_big("lot_step"),
    )
    op.create_table(
        "projection_state", sa.Column("name", sa.String(32), primary_key=True), *_big("last_sequence epoch time_ms")
    )


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), primary_key=True, autoincrement=False)


def _big(names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names.split()]


def _small(names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.SmallInteger(), nullable=False) for name in names.split()]


def _text(names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(32), nullable=False) for name in names.split()]
