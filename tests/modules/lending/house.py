"""A small exchange that lends, in a real engine, with a clock moved by hand, and what outlives a crash.

A borrower with bitcoin in multi-currency mode, and a saver who stays out of it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from lonja.adapters.index_memory import MemoryIndexSource
from lonja.core import commands as c
from lonja.core.collateral_commands import ChangeLoan, DefineBorrowTerms, DefineDiscountTier, SetAutoBorrow
from lonja.core.events import Event
from lonja.core.texts import Text16
from lonja.engine.api import EventBatch
from lonja.engine.recovery import event_batches
from lonja.engine.sequencer import Sequencer
from lonja.modules.lending.api import Lender, Records, Terms, open_database
from lonja.modules.pricing import api as pricing
from lonja.primitives.instant import MINUTE_MS
from tests.engine.house import World
from tests.modules.pricing.contracts import NOW, price

USDT, BTC, ETH = range(3)
BORROWER, SAVER = 2, 3
UNIT = 10**8
USD = 10**12


def terms_of(currency: int) -> list[c.Command]:
    """Full worth up to a million, and a million to borrow at 10 % and 3 %."""
    most = 1_000_000 * UNIT
    return [
        DefineDiscountTier(currency=currency, amount_max=most, rate_ppm=1_000_000),
        DefineBorrowTerms(currency=currency, limit_max=most, initial_ppm=100_000, maintenance_ppm=30_000),
    ]


def opening() -> list[c.Command]:
    """Everything before the first price."""
    return [
        *(c.CreateCurrency(name=Text16(name)) for name in ("USDT", "BTC", "ETH")),
        *(c.CreateAccount() for _ in (BORROWER, SAVER)),
        *(c.Deposit(account=account, currency=BTC, ledger=1, amount=100 * UNIT) for account in (BORROWER, SAVER)),
        *terms_of(USDT),
        *terms_of(BTC),
    ]


def pooled(account: int = BORROWER) -> list[c.Command]:
    """What an account does before it borrows."""
    return [c.ConfigureAccount(account=account, account_mode=3), SetAutoBorrow(account=account, enabled=1)]


def loan(units: int, currency: int = USDT) -> ChangeLoan:
    """The borrower borrows whole units, or repays them."""
    return ChangeLoan(account=BORROWER, currency=currency, amount=units * UNIT)


class Running(NamedTuple):
    """One life of a process."""

    engine: Sequencer
    lender: Lender
    records: Records
    board: pricing.IndexBoard

    async def accept(self, *commands: c.Command) -> None:
        """Commands that must be accepted."""
        outcomes = await self.engine.submit_many(commands)
        assert all(outcome.rejection == 0 for outcome in outcomes), outcomes


class LendingWorld(World):
    """Journal, clock, database and a feed, which outlive a process; events of all lives."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.clock.set_ms(NOW + MINUTE_MS)
        self.folder = folder
        self.feed = MemoryIndexSource("feed")
        self.events: list[Event] = []

    def tell(self, text: str, index_id: str = "BTC-USDT") -> None:
        """The feed says a price, now."""
        self.feed.tell(index_id, price(text), self.clock.now_ms())

    def of(self, *kinds: type[Event]) -> list[Event]:
        """Events of some kinds, of all lives."""
        return [event for event in self.events if type(event) in kinds]

    @asynccontextmanager
    async def life(self, *, crashes: bool = False) -> AsyncIterator[Running]:
        """A process from start to end, which ends in order or by a crash."""
        engine = self.start()
        database = open_database(f"sqlite:///{self.folder / 'lending.sqlite'}")
        records = Records(database)
        if engine.views.lending_desk() < 0:
            records.begin_at(engine.views.last_sequence())
        elif engine.views.last_sequence() > records.last_sequence:
            records.catch_up(event_batches(self.journal, self.snapshots, records.last_sequence))
        records.flush()
        board = pricing.IndexBoard(pricing.Terms.of_file(), [self.feed])
        lender = Lender(engine, Terms.of_file(), board, records)
        for subscriber in (records.on_batch, lender.on_batch, self._hear):
            engine.subscribe(subscriber)
        lender.prime()
        running = Running(engine, lender, records, board)
        try:
            if not engine.views.currencies():
                await running.accept(*opening())
            yield running
        finally:
            if crashes:
                engine.abort()
                # Its thread may still write a row that nobody applied; afterwards it is gone.
                await engine.stop()
                database.dispose()
            else:
                await engine.stop()
                records.close()

    def _hear(self, batch: EventBatch) -> None:
        self.events += batch.events

    async def pass_to(self, running: Running, times_ms: Sequence[int]) -> None:
        """Let it be each of some times, with a turn at each."""
        for time_ms in times_ms:
            self.clock.set_ms(time_ms)
            await running.lender.turn()
