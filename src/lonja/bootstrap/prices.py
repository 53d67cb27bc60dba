"""Opens the prices of contracts and of currencies of a house, and lets them follow its clock.

Why here: only ``bootstrap`` may know that the journal and the database of prices lie in one folder, and which sources
an index is made from. Invariant: nothing is settled before all that was settled is known.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from lonja.adapters.index_house import HouseIndexSource
from lonja.adapters.index_seeded import SeededIndexSource
from lonja.bootstrap.housekeeping import Housekeeper
from lonja.bootstrap.lending import open_lending
from lonja.bootstrap.projections import bring_up
from lonja.engine.api import Engine
from lonja.modules.lending.api import Lender
from lonja.modules.pricing.api import Conductor, IndexBoard, IndexSource, Lister, Records, Terms, open_database
from lonja.primitives.errors import EngineBusyError, EngineOutcomeUnknownError, EngineReadOnlyError, EngineStoppedError

PRICES_NAME: Final = "prices.sqlite"
SOURCES: Final = ("north", "east", "south")
"""Names of the sandbox's other exchanges."""

_SPREAD_PPM: Final = 100
_TURN_SECONDS: Final = 0.25
_FLUSH_SECONDS: Final = 5.0

_log = structlog.get_logger("lonja.prices")


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of contracts, of currencies, and interest, and what they remember."""

    conductor: Conductor
    records: Records
    lender: Lender

    async def turn(self) -> None:
        """Tell the engine what changed. Raises what the engine raises."""
        await self.conductor.turn()
        await self.lender.turn()

    async def look(self, instruments: Collection[int]) -> None:
        """Tell what changed of the prices of ``instruments``, and of debts if there may be any. Raises as ``turn``."""
        await self.conductor.look(instruments)
        await self.lender.look()

    def next_due_ms(self) -> int:
        """When something is due that time must not leap over; 0 when nothing is."""
        due = (self.conductor.next_due_ms(), self.lender.next_due_ms())
        return min((due_ms for due_ms in due if due_ms), default=0)

    async def run(self, is_resting: Callable[[], bool]) -> None:
        """Follow the clock until canceled, or until the engine stops; rest while ``is_resting``."""
        while True:
            await asyncio.sleep(_TURN_SECONDS)
            if is_resting():
                continue
            try:
                await self.turn()
            except (EngineBusyError, EngineReadOnlyError) as error:
                _log.warning("prices wait", reason=error.message)
            except (EngineStoppedError, EngineOutcomeUnknownError):
                return


def seeded_sources(engine: Engine, seed: str) -> list[IndexSource]:
    """The sandbox's other exchanges: each says what the house's spot markets are worth, and none quite the same."""
    house = HouseIndexSource("house", engine.views, engine.now_ms, {"USD": "USDT"})
    return [SeededIndexSource(name, house, seed, _SPREAD_PPM) for name in SOURCES]


async def open_prices(
    opened: AsyncExitStack, data: Path, engine: Engine, sources: Sequence[IndexSource], lister: Lister | None = None
) -> Prices:
    """Open the prices of the house in ``data``; ``opened`` closes them. Raises ``DataError``."""
    records = await asyncio.to_thread(_open_records, data, engine)
    opened.push_async_callback(asyncio.to_thread, records.close)
    terms = Terms.of_file()
    conductor = Conductor(engine, terms, IndexBoard(terms, sources), records, lister)
    engine.subscribe(records.on_batch)
    engine.subscribe(conductor.on_batch)
    await asyncio.to_thread(conductor.prime)
    opened.callback(conductor.close)
    opened.push_async_callback(Housekeeper("prices", records.flush, _FLUSH_SECONDS).close)
    lender = await open_lending(opened, data, engine, conductor.board)
    return Prices(conductor, records, lender)


def _open_records(data: Path, engine: Engine) -> Records:
    records = Records(open_database(f"sqlite:///{(data / PRICES_NAME).resolve()}"))
    families = engine.views.families()
    for family in families:
        records.know_fund(family.family, family.fund_account)
    bring_up(records, "prices", data, engine.views.last_sequence(), has_begun=bool(families))
    return records
