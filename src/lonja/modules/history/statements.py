"""The writing statements of the projector, which both SQLite and PostgreSQL understand.

Why upserts: orders and candles change after they were written, and the projector keeps neither in memory for long.
Why compiled once to text: rows then go to the driver as plain tuples, in the order of the table's columns, which takes
a third off the whole cost of projecting.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Table, case, literal_column
from sqlalchemy.dialects import postgresql, sqlite

from lonja.modules.history.algo_tables import AlgoRow
from lonja.modules.history.models import (
    Base,
    BillRow,
    CandleRow,
    CurrencyRow,
    CustomerRow,
    FamilyRow,
    FillRow,
    InstrumentRow,
    LeverageRow,
    MarginRow,
    OrderRow,
    PocketRow,
    PositionRow,
    PriceRow,
    ProjectionStateRow,
    TradeRow,
)

WORD_MAX = 2**63 - 1
Row = tuple[int | str, ...]
"""Values in the order of the table's columns."""

Upsert = sqlite.Insert | postgresql.Insert


class Statements:
    """The statements for one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        """``dialect`` is SQLAlchemy's name of it: ``sqlite`` or ``postgresql``."""
        self._is_postgres = dialect == "postgresql"
        postgres: Dialect = postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
        self._positional = postgres if self._is_postgres else sqlite.dialect(paramstyle="qmark")
        self.put_orders = self._put(OrderRow)
        self.put_fills = self._put(FillRow)
        self.put_bills = self._put(BillRow)
        self.put_positions = self._put(PositionRow)
        self.put_leverages = self._put(LeverageRow)
        self.put_margins = self._put(MarginRow)
        self.put_algos = self._put(AlgoRow)
        self.put_trades = self._put(TradeRow)
        self.put_candles = self._put(CandleRow)
        self.merge_candles = self._merge_candles()
        self.put_customers = self._put(CustomerRow)
        self.put_pockets = self._put(PocketRow)
        self.put_currencies = self._put(CurrencyRow)
        self.put_families = self._put(FamilyRow)
        self.put_instruments = self._put(InstrumentRow)
        self.put_prices = self._put(PriceRow)
        self.put_state = self._put(ProjectionStateRow)

    def _insert(self, table: Table) -> Upsert:
        return postgresql.insert(table) if self._is_postgres else sqlite.insert(table)

    def _put(self, model: type[Base]) -> str:
        """Insert rows or replace them whole."""
        table = table_of(model)
        insert = self._insert(table)
        keys = list(table.primary_key)
        changed = {column.name: insert.excluded[column.name] for column in table.columns if column not in keys}
        if not changed:
            return self._text(table, insert.on_conflict_do_nothing())
        return self._text(table, insert.on_conflict_do_update(index_elements=keys, set_=changed))

    def _merge_candles(self) -> str:
        """Insert candles, or add their trades to what is stored of the same period."""
        table = table_of(CandleRow)
        insert = self._insert(table)
        stored, more = table.c, insert.excluded
        changed: dict[str, ColumnElement[Any]] = {
            "high": case((more.high > stored.high, more.high), else_=stored.high),
            "low": case((more.low < stored.low, more.low), else_=stored.low),
            "close": more.close,
            "volume": _saturating_sum(stored.volume, more.volume),
            "quote_volume": _saturating_sum(stored.quote_volume, more.quote_volume),
        }
        return self._text(table, insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed))

    def _text(self, table: Table, upsert: Upsert) -> str:
        compiled = upsert.compile(dialect=self._positional)
        assert list(compiled.params) == [column.name for column in table.columns], "one parameter for each column"
        return str(compiled)


@cache
def statements_of(dialect: str) -> Statements:
    """The statements for a dialect, built once in a process; to compile them takes as long as hundreds of writes."""
    return Statements(dialect)


def _saturating_sum(stored: ColumnElement[int], more: ColumnElement[int]) -> ColumnElement[int]:
    """Volumes are statistics: beyond the largest number they stop, instead of failing or turning into floats."""
    most: ColumnElement[int] = literal_column(str(WORD_MAX))
    return case((stored > most - more, most), else_=stored + more)


def table_of(model: type[Base]) -> Table:
    """The table of a model."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def write(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    """Run ``statement`` for all ``rows``, if any."""
    if rows:
        connection.exec_driver_sql(statement, rows)
