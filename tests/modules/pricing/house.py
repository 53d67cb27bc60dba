"""A small exchange with contracts in a real engine, a clock moved by hand, and what outlives a crash.

Two traders, a linear perpetual (ticks of 0.01, lots of 0.1 BTC contracts of 1 BTC), an inverse one (10 USD a lot) and
dated contracts that the calendar lists.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from lonja.adapters.index_memory import MemoryIndexSource
from lonja.core import commands as c
from lonja.core.events import Event
from lonja.core.kinds import OrderType, Side
from lonja.core.texts import Text16, Text32
from lonja.engine.api import EventBatch
from lonja.engine.recovery import event_batches
from lonja.engine.sequencer import Sequencer
from lonja.modules.pricing.api import Conductor, IndexBoard, Records, Terms, open_database
from lonja.primitives.instant import DAY_MS
from tests.engine.house import World
from tests.modules.pricing.contracts import NOW, price

USDT, BTC, USD = range(3)
BUYER, SELLER = 5, 6
SWAP, INVERSE = 0, 1
DATED_FAMILY = 2
INDICES = ("BTC-USDT", "BTC-USD")
FAMILIES = (("BTC-USDT", 2, USDT), ("BTC-USD", 2, BTC), ("BTC-USDT", 3, USDT))
LINEAR = c.ListContract(base=BTC, quote=USDT, price_scale=2, size_scale=1, size_limit_max=10**9, size_market_max=10**9)


def opening() -> list[c.Command]:
    """Everything before the first price."""
    made: list[c.Command] = [c.CreateCurrency(name=Text16(name)) for name in ("USDT", "BTC", "USD")]
    for family, (name, kind, settle) in enumerate(FAMILIES):
        made.append(c.DefineFamily(name=Text32(name), instrument_type=kind, settle=settle))
        made.append(c.DefinePositionTier(0, -1, 0, 0, family, 1, 10**9, 5_000, 10_000, 10_000))
    made.append(LINEAR._replace(instrument_id=Text32("BTC-USDT-SWAP"), family=0))
    inverse = LINEAR._replace(instrument_id=Text32("BTC-USD-SWAP"), family=1, quote=USD, size_scale=0)
    made.append(inverse._replace(contract_value=10))
    for account in (BUYER, SELLER):
        made.append(c.CreateAccount(account_mode=2))
        made += [c.Deposit(account=account, currency=currency, ledger=1, amount=10**15) for currency in (USDT, BTC)]
    return made


class DatedLister:
    """Lists dated contracts of one family."""

    def families(self) -> dict[int, str]:
        return {DATED_FAMILY: "BTC-USDT"}

    def listing(self, family: int, instrument_id: str, expiry_ms: int) -> c.ListContract:
        return LINEAR._replace(instrument_id=Text32(instrument_id), family=family, expiry_ms=expiry_ms)


class Running(NamedTuple):
    """One life of a process."""

    engine: Sequencer
    conductor: Conductor
    records: Records


class PriceWorld(World):
    """Journal, clock, database and feeds, which outlive a process; events of all lives."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.clock.set_ms(NOW - 10 * DAY_MS)
        self.folder = folder
        self.feeds = [MemoryIndexSource(name) for name in ("first", "second", "third")]
        self.events: list[Event] = []
        self.has_lister = True

    def tell(self, text: str) -> None:
        """All sources say this price of all indices, now."""
        for feed in self.feeds:
            for index_id in INDICES:
                feed.tell(index_id, price(text), self.clock.now_ms())

    def of(self, kind: type[Event]) -> list[Event]:
        """Events of one kind, of all lives."""
        return [event for event in self.events if type(event) is kind]

    @asynccontextmanager
    async def life(self, *, crashes: bool = False) -> AsyncIterator[Running]:
        """A process from start to end, which ends in order or by a crash."""
        engine = self.start()
        database = open_database(f"sqlite:///{self.folder / 'pricing.sqlite'}")
        records = Records(database)
        if engine.views.last_sequence() > records.last_sequence:
            records.catch_up(event_batches(self.journal, self.snapshots, records.last_sequence))
        board = IndexBoard(Terms.of_file(), self.feeds)
        conductor = Conductor(engine, Terms.of_file(), board, records, DatedLister() if self.has_lister else None)
        for subscriber in (records.on_batch, conductor.on_batch, self._hear):
            engine.subscribe(subscriber)
        if not engine.views.currencies():
            outcomes = await engine.submit_many(opening())
            assert all(outcome.rejection == 0 for outcome in outcomes), outcomes
            self.clock.set_ms(NOW)
        else:
            conductor.prime()
        try:
            yield Running(engine, conductor, records)
        finally:
            if crashes:
                engine.abort()
                # Its thread may still write a row that nobody applied; afterwards it is gone.
                await engine.stop()
                database.dispose()
            else:
                conductor.close()
                await engine.stop()
                records.close()

    def _hear(self, batch: EventBatch) -> None:
        self.events += batch.events

    async def pass_to(self, running: Running, time_ms: int, step_ms: int = 1_000, text: str = "") -> None:
        """Let time pass in steps; the sources say ``text`` at each step, or nothing."""
        while self.clock.now_ms() < time_ms:
            self.clock.set_ms(min(time_ms, self.clock.now_ms() + step_ms))
            if text:
                self.tell(text)
            await running.conductor.turn()


def limit(account: int, side: int, ticks: int, lots: int, instrument: int = SWAP) -> c.PlaceContractOrder:
    """A limit order."""
    return c.PlaceContractOrder(
        account=account, instrument=instrument, side=side, order_type=OrderType.LIMIT, price=ticks, size=lots
    )


async def accept(engine: Sequencer, commands: Sequence[c.Command]) -> None:
    """Commands that must be accepted."""
    outcomes = await engine.submit_many(commands)
    assert all(outcome.rejection == 0 for outcome in outcomes), outcomes


async def open_position(engine: Sequencer, ticks: int, lots: int, instrument: int = SWAP) -> None:
    """The buyer buys from the seller."""
    await accept(
        engine, [limit(SELLER, Side.SELL, ticks, lots, instrument), limit(BUYER, Side.BUY, ticks, lots, instrument)]
    )
    await asyncio.sleep(0)
