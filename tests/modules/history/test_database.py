"""Tables: models and migrations agree, on both databases, and what is there survives an upgrade."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from lonja.modules.history.api import BillRecord, CandleRecord, FillRecord, History, OrderRecord
from lonja.modules.history.database import LAYOUT, MIGRATIONS, drop_tables, migrate, open_database
from lonja.modules.history.models import SCHEMA_VERSION, Base, BillRow, CandleRow, FillRow, InstrumentRow, OrderRow
from lonja.modules.history.order_fold import InstrumentFacts
from lonja.modules.history.statements import Statements, table_of
from lonja.primitives.errors import DataVersionError
from lonja.storage.database import bring_up_to_date


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


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION


def test_what_a_newer_version_wrote_is_refused(database_url: str) -> None:
    engine = open_database(database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DataVersionError, match="layout 9999"):
        migrate(engine)
    engine.dispose()


def test_what_was_stored_before_contracts_was_spot(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.begin() as connection:
        bring_up_to_date(connection, replace(LAYOUT, version="0002"))
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
        assert len(upserts) == 17


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
