"""Opens the statistics of a house, which follow its engine.

Why here: only ``bootstrap`` may know that the journal and the database of statistics lie in one folder. Invariant: what
is asked for the first time after a start was brought up to the engine before.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from lonja.bootstrap.housekeeping import Housekeeper
from lonja.bootstrap.projections import bring_up
from lonja.engine.api import Engine
from lonja.modules.statistics.api import Statistics, open_database

STATISTICS_NAME: Final = "statistics.sqlite"

_FLUSH_SECONDS: Final = 5.0


async def open_statistics(opened: AsyncExitStack, data: Path, engine: Engine) -> Statistics:
    """Open the statistics of the house in ``data``; ``opened`` closes them. Raises ``DataError``."""
    statistics = await asyncio.to_thread(_open, data, engine)
    opened.push_async_callback(asyncio.to_thread, statistics.close)
    engine.subscribe(statistics.on_batch)
    opened.push_async_callback(Housekeeper("statistics", statistics.flush, _FLUSH_SECONDS).close)
    return statistics


def _open(data: Path, engine: Engine) -> Statistics:
    statistics = Statistics(open_database(f"sqlite:///{(data / STATISTICS_NAME).resolve()}"))
    views = engine.views
    for family in views.families():
        statistics.know_fund(family.fund_account)
    statistics.begin()
    bring_up(statistics, "statistics", data, views.last_sequence(), has_begun=bool(views.instruments()))
    return statistics
