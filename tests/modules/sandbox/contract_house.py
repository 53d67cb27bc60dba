"""A sandbox with contracts on journal and clock in memory, opened as ``lonja sandbox`` opens one."""

from pathlib import Path
from typing import TypeVar

from lonja.adapters.index_house import HouseIndexSource
from lonja.core.events import Event
from lonja.engine.api import EventBatch
from lonja.modules.marketdata.api import aggregate
from lonja.modules.pricing.api import Conductor, IndexBoard, Records, Terms, open_database
from lonja.modules.sandbox.api import (
    ContractLister,
    ContractOpening,
    Opening,
    SandboxIndices,
    SandboxOptions,
    SimulatedMarkets,
    Timekeeper,
)
from tests.modules.sandbox.sandbox_house import NOW_MS, SandboxHouse

Kind = TypeVar("Kind", bound=Event)


class ContractHouse(SandboxHouse):
    """Its clock stands from the start, so the same calls give the same journal."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.events: list[Event] = []
        self.records = Records(open_database(f"sqlite:///{folder}/prices.sqlite"))
        views, terms = self.engine.views, Terms.of_file()
        source = HouseIndexSource("house", views, self.engine.now_ms, {"USD": "USDT"})
        board = IndexBoard(terms, [source])
        self.conductor = Conductor(self.engine, terms, board, self.records, ContractLister(views))
        for subscriber in (self.records.on_batch, self.conductor.on_batch, self._note):
            self.engine.subscribe(subscriber)

    async def open_contracts(
        self, seed: int = 7, pairs: int = 3, start_ms: int = NOW_MS, without: frozenset[str] = frozenset()
    ) -> "ContractHouse":
        self.clock.start(0, start_ms, 0)
        opened = await Opening(self.engine, self.identity, SandboxOptions(seed, without, pairs), self.said.append).run()
        self.families = await ContractOpening(self.engine, self.identity).run(opened.past)
        self.markets = SimulatedMarkets(self.engine, opened, self.families)
        self.indices = SandboxIndices(self.engine, self.markets, self.conductor.board, self.conductor)
        await self.indices.begin()
        await self.markets.warm_up(self.clock, lambda code: len(aggregate(self.market_data.trades(code, 500))))
        await self.conductor.turn()
        await self.markets.open_contracts()
        self.keeper = Timekeeper(self.engine, self.clock, self.markets, self.conductor)
        self.opened = opened
        return self

    async def stop(self) -> None:
        await super().stop()
        self.records.close()

    def all_of(self, kind: type[Kind]) -> list[Kind]:
        """What happened so far of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def _note(self, batch: EventBatch) -> None:
        self.events += batch.events
