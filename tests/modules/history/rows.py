"""All rows of a history, for comparing two of them."""

from sqlalchemy import select

from lonja.modules.history.api import History
from lonja.modules.history.models import Base


def all_rows(history: History) -> dict[str, list[tuple[object, ...]]]:
    """Every table's rows in order of their keys."""
    with history._engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }
