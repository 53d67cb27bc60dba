"""Opens lending of a house: what is told of currencies, and what is remembered of interest.

Why here: only ``bootstrap`` may know that the journal and the database of lending lie in one folder. Invariant: no
interest is taken before all that was taken is known.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from lonja.bootstrap.housekeeping import Housekeeper
from lonja.bootstrap.projections import bring_up
from lonja.engine.api import Engine
from lonja.modules.lending.api import Lender, Records, Terms, open_database
from lonja.modules.pricing.api import IndexBoard

LENDING_NAME: Final = "lending.sqlite"

_FLUSH_SECONDS: Final = 5.0


async def open_lending(opened: AsyncExitStack, data: Path, engine: Engine, board: IndexBoard) -> Lender:
    """Open lending of the house in ``data``; ``opened`` closes it. Raises ``DataError``."""
    records = await asyncio.to_thread(_open_records, data, engine)
    opened.push_async_callback(asyncio.to_thread, records.close)
    lender = Lender(engine, Terms.of_file(), board, records)
    engine.subscribe(records.on_batch)
    engine.subscribe(lender.on_batch)
    await asyncio.to_thread(lender.prime)
    opened.push_async_callback(Housekeeper("lending", records.flush, _FLUSH_SECONDS).close)
    return lender


def _open_records(data: Path, engine: Engine) -> Records:
    records = Records(open_database(f"sqlite:///{(data / LENDING_NAME).resolve()}"))
    views = engine.views
    bring_up(records, "lending", data, views.last_sequence(), has_begun=views.lending_desk() >= 0)
    return records
