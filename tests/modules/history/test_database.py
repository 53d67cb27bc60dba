"""Tables: models and migrations agree, on both databases, and what is there survives an upgrade."""

from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from lonja.modules.history.api import BillRecord, CandleRecord, FillRecord, History, OrderRecord
from lonja.modules.history.database import drop_tables, migrate, migration_config, open_database
from lonja.modules.history.models import Base, BillRow, CandleRow, FillRow, InstrumentRow, OrderRow
from lonja.modules.history.order_fold import InstrumentFacts
from lonja.modules.history.statements import Statements, table_of


def test_migrations_make_what_the_models_say(database_url: str) -> None:
    engine = open_database(database_url)
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_dropping_leaves_nothing_and_can_be_undone(database_url: str) -> None:
    engine = open_database(database_url)
    migrate(engine)
    drop_tables(engine)
    assert inspect(engine).get_table_names() == []
    migrate(engine)
    assert {"orders", "fills", "bills", "candles", "positions"} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_migration_that_does_not_end_leaves_nothing_half_done(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE candles (in_the_way INTEGER)")
    with pytest.raises(DBAPIError, match="candles"):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["candles"]
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE candles")
    migrate(engine)
    assert {"orders", "fills", "bills", "candles", "positions"} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_the_newest_migration_is_the_only_head() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        config = migration_config(connection)
        command.upgrade(config, "head")
        command.current(config, check_heads=True)
    engine.dispose()


def test_what_was_stored_before_contracts_was_spot(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.begin() as connection:
        command.upgrade(migration_config(connection), "0002")
        connection.exec_driver_sql("INSERT INTO instruments VALUES (0, 'BTC-USDT', 0, 4, 7, 4, 1)")
    migrate(engine)
    with engine.connect() as connection:
        (row,) = connection.execute(select(table_of(InstrumentRow)))
    facts = InstrumentFacts._make(row[2:])
    assert facts == InstrumentFacts(0, base=4, quote=7, size_scale=4, lot_step=1, settle=7)
    engine.dispose()


def test_both_dialects_can_say_everything() -> None:
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        for table in Base.metadata.sorted_tables:
            assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
            assert all("CREATE" in str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
        upserts = [value for name, value in vars(Statements(dialect.name)).items() if not name.startswith("_")]
        assert all("ON CONFLICT" in upsert for upsert in upserts)
        assert len(upserts) == 15


@pytest.mark.parametrize(
    ("model", "record"),
    [(OrderRow, OrderRecord), (FillRow, FillRecord), (BillRow, BillRecord), (CandleRow, CandleRecord)],
)
def test_records_are_written_as_they_are(model: type[Base], record: Any) -> None:
    assert [column.name for column in table_of(model).columns] == list(record._fields)


def test_an_empty_history_stands_before_the_first_event(
    database_url: str, open_history: Callable[..., History]
) -> None:
    history = open_history(database_url)
    assert (history.last_sequence(), history.problem()) == (0, "")
