"""A sandbox on journal, secrets and clock in memory."""

import asyncio
from pathlib import Path

from lonja.adapters.clock import ManualClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.commands import Command
from lonja.core.layout import decode_commands
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.identity.api import Identity
from lonja.modules.marketdata.api import MarketData, aggregate
from lonja.modules.sandbox.api import (
    WARM_UP_MS,
    OpenedSandbox,
    Opening,
    SandboxClock,
    SandboxOptions,
    SimulatedMarkets,
)
from lonja.primitives.instant import MINUTE_MS

NOW_MS = 1_750_000_000_000


class SandboxHouse:
    """What one process of a sandbox consists of; ``again`` is the next process on the same data."""

    def __init__(self, folder: Path, before: "SandboxHouse | None" = None, box: MemorySecretBox | None = None) -> None:
        self.folder = folder
        self.real = before.real if before else ManualClock(NOW_MS)
        self.journal = MemoryJournal()
        for row in before.journal.rows() if before else ():
            self.journal.append(row)
        self.snapshots = MemorySnapshots()
        self.clock = SandboxClock(self.real)
        self.engine = Sequencer(
            recover(self.journal, self.snapshots), journal=self.journal, clock=self.clock, snapshots=self.snapshots
        )
        self.market_data = MarketData(self.engine.views, self.engine.now_ms)
        self.market_data.prime()
        self.engine.subscribe(self.market_data.on_batch)
        self.box = before.box if before else box or MemorySecretBox()
        self.identity = Identity(f"sqlite:///{folder}/identity.sqlite", self.box, self.engine.now_ms)
        self.said: list[str] = []
        self.opened: OpenedSandbox
        self.markets: SimulatedMarkets

    async def open(
        self,
        seed: int = 7,
        without: frozenset[str] = frozenset(),
        pairs: int = 25,
        followed: frozenset[str] = frozenset(),
    ) -> "SandboxHouse":
        if self.engine.views.account_count() == 2:
            self.clock.hold_at((self.real.now_ms() - WARM_UP_MS) // MINUTE_MS * MINUTE_MS)
        options = SandboxOptions(seed, without, pairs, followed)
        self.opened = await Opening(self.engine, self.identity, options, self.said.append).run()
        self.markets = SimulatedMarkets(self.engine, self.opened)
        return self

    async def warm_up(self) -> "SandboxHouse":
        await self.markets.warm_up(self.clock, lambda code: len(aggregate(self.market_data.trades(code, 500))))
        return self

    async def run(self, seconds: int) -> None:
        for _ in range(seconds * 4):
            self.real.advance_ms(250)
            await self.engine.submit_many(self.markets.step(self.engine.now_ms()))

    async def stop(self) -> None:
        await self.engine.stop()
        self.identity.close()
        await asyncio.sleep(0)

    async def again(self) -> "SandboxHouse":
        await self.stop()
        return SandboxHouse(self.folder, self)

    def code(self, instrument_id: str) -> int:
        return {view.instrument_id: view.instrument for view in self.engine.views.instruments()}[instrument_id]

    def commands(self) -> list[Command]:
        return [command for row in self.journal.rows() for command in decode_commands(row.body)]

    def near_levels(self, code: int) -> tuple[int, int]:
        """How many bid and ask levels lie within 1 % of the middle."""
        bids, asks = (self.market_data.levels(code, side, 400) for side in (0, 1))
        if not bids or not asks:
            return 0, 0
        middle = (bids[0].price + asks[0].price) / 2
        return (
            sum(level.price >= middle * 0.99 for level in bids),
            sum(level.price <= middle * 1.01 for level in asks),
        )

    def spread_bps(self, code: int) -> float:
        bid, ask = (self.market_data.levels(code, side, 1)[0].price for side in (0, 1))
        return (ask - bid) / bid * 10_000
