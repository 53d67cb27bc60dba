"""A small exchange for the engine's tests: two traders, one instrument, a journal in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from lonja.adapters.clock import ManualClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.commands import Command, CreateAccount, CreateCurrency, Deposit, ListInstrument, PlaceOrder
from lonja.core.texts import Text16, Text32
from lonja.core.views import Outcome
from lonja.engine.limits import EngineLimits
from lonja.engine.observer import EngineObserver
from lonja.engine.ports import Clock, Journal, Snapshots
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer

START_MS = 1_700_000_000_000
BUYER, SELLER = 2, 3
BASE, QUOTE = 0, 1
BUY, SELL = 0, 1
FUNDS = 10**15
LIMITS = EngineLimits(stall_seconds=10.0, retry_seconds=0.01, stop_seconds=10.0, snapshot_share=1.0)

OPENING: list[Command] = [
    CreateCurrency(name=Text16("BTC")),
    CreateCurrency(name=Text16("USDT")),
    CreateAccount(),
    CreateAccount(),
    ListInstrument(
        instrument_id=Text32("BTC-USDT"),
        base=BASE,
        quote=QUOTE,
        settle=QUOTE,
        price_scale=2,
        size_scale=4,
        size_limit_max=10**9,
        size_market_max=10**9,
        amount_market_max=10**15,
    ),
    Deposit(account=BUYER, currency=QUOTE, ledger=1, amount=FUNDS),
    Deposit(account=SELLER, currency=BASE, ledger=1, amount=FUNDS),
]


def order(account: int = BUYER, side: int = BUY, price: int = 100, size: int = 10, name: str = "") -> PlaceOrder:
    return PlaceOrder(account=account, side=side, price=price, size=size, client_order_id=Text32(name))


class World:
    """What outlives a crash: journal, snapshots, clock."""

    def __init__(self, journal: Journal | None = None, snapshots: Snapshots | None = None) -> None:
        self.memory = MemoryJournal()
        self.journal: Journal = journal or self.memory
        self.snapshots: Snapshots = snapshots or MemorySnapshots()
        self.clock = ManualClock(START_MS)

    def start(
        self, limits: EngineLimits = LIMITS, observer: EngineObserver | None = None, clock: Clock | None = None
    ) -> Sequencer:
        """Recover and start; the journal in memory may be used again after it was closed."""
        self.memory.is_closed = False
        return Sequencer(
            recover(self.journal, self.snapshots),
            journal=self.journal,
            clock=clock or self.clock,
            snapshots=self.snapshots,
            limits=limits,
            observer=observer,
        )

    @asynccontextmanager
    async def running(
        self, limits: EngineLimits = LIMITS, observer: EngineObserver | None = None
    ) -> AsyncIterator[Sequencer]:
        """A started engine with its opening done, stopped in order at the end."""
        engine = self.start(limits, observer)
        if not engine.views.currencies():
            outcomes = await engine.submit_many(OPENING)
            assert all(outcome.rejection == 0 for outcome in outcomes), outcomes
        try:
            yield engine
        finally:
            await engine.stop()


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something another thread does."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  a thread cannot set an event of the loop
            await asyncio.sleep(0.001)


def accepted(outcome: Outcome) -> int:
    """The id of an accepted command."""
    assert outcome.rejection == 0, outcome
    return outcome.id
