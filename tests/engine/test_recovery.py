"""A restart gives the same exchange: from the journal alone, or from a snapshot and the rest of it."""

import asyncio
import random
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.commands import AmendOrder, CancelAllAfter, CancelOrder, Command, Deposit, Transfer
from lonja.core.events import Event
from lonja.core.hashing import state_hash
from lonja.core.snapshot import MAGIC, VERSION
from lonja.engine.api import EventBatch
from lonja.engine.limits import EngineLimits
from lonja.engine.ports import JournalRow
from lonja.engine.recovery import event_batches, genesis, recover, replayed_rows
from lonja.engine.snapshots import read_head
from lonja.engine.verification import verify_history
from lonja.primitives.errors import DataCorruptError, DataError
from tests.engine.house import BUY, BUYER, LIMITS, OPENING, QUOTE, SELL, SELLER, World, accepted, order, until


def random_commands(count: int, seed: int = 1) -> list[Command]:
    """Orders, cancels, amendments, transfers, and much that is refused."""
    chance = random.Random(seed)
    made: list[Command] = []
    for number in range(count):
        account, side = chance.choice([(BUYER, BUY), (SELLER, SELL), (SELLER, BUY), (BUYER, SELL)])
        name = f"n{chance.randrange(count)}"
        placed = order(account, side, chance.randint(95, 105), chance.randint(0, 20), name)
        others: list[Command] = [
            placed._replace(time_in_force=1),
            CancelOrder(account=account, client_order_id=placed.client_order_id),
            AmendOrder(account=account, client_order_id=placed.client_order_id, new_size=chance.randint(1, 30)),
            Transfer(account=BUYER, currency=QUOTE, amount=chance.randint(0, 5), from_ledger=1, to_ledger=0),
            Deposit(account=SELLER, currency=QUOTE, ledger=chance.randint(0, 1), amount=number),
            CancelAllAfter(account=account, timeout_ms=chance.choice([0, 5, 60_000])),
        ]
        made.append(placed if chance.random() < 0.6 else chance.choice(others))
    return made


async def traded(world: World, count: int = 400, limits: EngineLimits = LIMITS) -> str:
    """Trade at random in commits of several sizes; the hash at the end."""
    async with world.running(limits) as engine:
        todo = random_commands(count)
        while todo:
            size = random.Random(len(todo)).randint(1, 30)
            world.clock.advance_ms(7)
            await engine.submit_many(todo[:size])
            todo = todo[size:]
        return engine.views.state_hash()


async def test_a_restart_gives_the_same_state() -> None:
    world = World()
    before = await traded(world)
    async with world.running() as engine:
        assert engine.views.state_hash() == before
        assert engine.epoch == 2


async def test_a_restart_without_snapshots_gives_the_same_state() -> None:
    world = World()
    before = await traded(world)
    world.snapshots = MemorySnapshots()
    async with world.running() as engine:
        assert engine.views.state_hash() == before


async def test_a_snapshot_is_taken_when_the_engine_stops_and_is_enough() -> None:
    world = World()
    before = await traded(world)
    recovered = recover(world.journal, world.snapshots)
    assert recovered.replayed == 0
    assert state_hash(recovered.state) == before


async def test_a_stop_with_nothing_new_takes_no_snapshot() -> None:
    world = World()
    async with world.running():
        pass
    kept = list(world.snapshots.load_newest())
    async with world.running():
        pass
    assert list(world.snapshots.load_newest()) == kept


async def test_snapshots_are_taken_while_the_engine_runs() -> None:
    world = World()
    limits = replace(LIMITS, snapshot_commands=100)
    before = await traded(world, limits=limits)
    numbers = [number for number, _ in world.snapshots.load_newest()]
    assert len(numbers) == 3
    assert numbers[0] == world.journal.next_command()
    assert verify_history(world.journal, world.snapshots)[2:] == (3, before, 0)


async def test_a_slow_dump_is_not_repeated_soon() -> None:
    world = World()
    await traded(world, limits=replace(LIMITS, snapshot_commands=50, snapshot_share=1e-9))
    # One at the first occasion, and one at the end.
    assert len(list(world.snapshots.load_newest())) == 2


async def test_snapshot_plus_replay_equals_total_replay() -> None:
    world = World()
    before = await traded(world, limits=replace(LIMITS, snapshot_commands=100))
    for number, data in list(world.snapshots.load_newest()):
        alone = MemorySnapshots()
        alone.save(number, data)
        recovered = recover(world.journal, alone)
        assert recovered.replayed == world.journal.next_command() - number
        assert state_hash(recovered.state) == before
        assert recovered == recover(world.journal, MemorySnapshots())._replace(
            state=recovered.state, replayed=recovered.replayed
        )


async def test_a_recovered_engine_goes_on_exactly_like_one_that_never_stopped() -> None:
    stopped, steady = World(), World()
    await traded(stopped)
    await traded(steady)
    more = random_commands(200, seed=2)
    async with stopped.running() as engine:
        ours = await engine.submit_many(more)
        our_hash = engine.views.state_hash()
    steady.snapshots = MemorySnapshots()
    async with steady.running() as engine:
        assert await engine.submit_many(more) == ours
        assert engine.views.state_hash() == our_hash


async def test_a_crash_with_orders_under_way_loses_none_that_was_answered() -> None:
    world = World()
    engine = world.start()
    await engine.submit_many(OPENING)
    answered: list[int] = []

    async def trade(number: int) -> None:
        for turn in range(100):
            outcome = await engine.submit(order(name=f"n{number}x{turn}"))
            answered.append(accepted(outcome))

    traders = [asyncio.ensure_future(trade(number)) for number in range(8)]
    await until(lambda: len(answered) > 200)
    engine.abort()
    await asyncio.gather(*traders, return_exceptions=True)
    async with world.running() as again:
        kept = [each.order_id for each in again.views.open_orders(BUYER)]
        assert len(kept) == len(set(kept))
        assert set(answered) <= set(kept)


async def test_a_snapshot_that_does_not_load_is_passed_over() -> None:
    world = World()
    before = await traded(world)
    world.snapshots.save(10_000, b"no snapshot at all")
    world.snapshots.save(10_001, b'{"format": 99}\nrest')
    ((_, good),) = [each for each in world.snapshots.load_newest() if each[0] < 10_000]
    head = read_head(good)
    world.snapshots.save(10_002, good.replace(head.state_hash.encode(), b"0" * 64))
    async with world.running() as engine:
        assert engine.views.state_hash() == before


OTHER_VERSIONS = {
    "format of the file": (b'"format": 1', b'"format": 2', "has format 2, this program reads 1"),
    "version of the state": (
        struct.pack("<qq", MAGIC, VERSION),
        struct.pack("<qq", MAGIC, VERSION + 1),
        f"has version {VERSION + 1}, this program reads {VERSION}",
    ),
}


@pytest.mark.parametrize("what", OTHER_VERSIONS)
async def test_a_snapshot_of_another_version_is_named_and_the_journal_replayed_instead(what: str) -> None:
    old, new, sentence = OTHER_VERSIONS[what]
    world = World()
    before = await traded(world)
    ((number, good),) = world.snapshots.load_newest()
    world.snapshots.save(number, good.replace(old, new, 1))
    with structlog.testing.capture_logs() as logs:
        recovered = recover(world.journal, world.snapshots)
    assert (recovered.replayed, state_hash(recovered.state)) == (world.journal.next_command(), before)
    (told,) = [log for log in logs if log["event"] == "snapshot of another version passed over"]
    assert told["next_command"] == number
    assert sentence in told["problem"]
    assert verify_history(world.journal, world.snapshots)[2:] == (0, before, 1)
    async with world.running() as engine:
        assert engine.views.state_hash() == before


async def test_a_journal_that_ends_before_a_snapshot_has_lost_something() -> None:
    world = World()
    await traded(world)
    cut = MemoryJournal()
    for row in list(world.journal.rows())[:-1]:
        cut.append(row)
    with pytest.raises(DataCorruptError, match="acknowledged commands are missing"):
        recover(cut, world.snapshots)


async def test_a_changed_command_is_found_by_the_events_it_gives() -> None:
    world = World()
    await traded(world)
    rows = list(world.journal.rows())
    forged = MemoryJournal()
    for place, row in enumerate(rows):
        body = rows[0].body.replace(b"USDT", b"USDX") if place == 0 else row.body
        forged.append(row._replace(body=body))
    with pytest.raises(DataCorruptError, match="did not give the events they gave at first"):
        recover(forged, MemorySnapshots())
    with pytest.raises(DataCorruptError, match="did not give the events"):
        verify_history(forged, MemorySnapshots())


class Shortened(MemoryJournal):
    """Promises more rows than it has."""

    def next_command(self) -> int:
        return super().next_command() + 1


class Headless(MemoryJournal):
    """Has lost its first row."""

    def rows(self, first_command: int = 0) -> Iterator[JournalRow]:
        rows = super().rows(first_command)
        next(rows)
        return rows


async def test_a_journal_with_a_gap_is_refused() -> None:
    world = World(Headless())
    assert isinstance(world.journal, Headless)
    source = World()
    await traded(source)
    for row in source.journal.rows():
        world.journal.append(row)
    with pytest.raises(DataCorruptError, match="goes on with command 7 instead of 0"):
        recover(world.journal, MemorySnapshots())


async def test_a_journal_without_its_end_is_refused() -> None:
    source, short = World(), Shortened()
    await traded(source)
    for row in source.journal.rows():
        short.append(row)
    with pytest.raises(DataCorruptError, match="instead of"):
        recover(short, MemorySnapshots())
    with pytest.raises(DataCorruptError, match="instead of"):
        verify_history(short, MemorySnapshots())


async def test_a_row_with_a_wrong_count_is_refused() -> None:
    world = World()
    await traded(world)
    (first, *_) = world.journal.rows()
    forged = MemoryJournal()
    forged.append(first._replace(command_count=3))
    with pytest.raises(DataCorruptError, match="wrong count"):
        recover(forged, MemorySnapshots())


async def test_verifying_compares_every_snapshot() -> None:
    world = World()
    await traded(world)
    ((number, good),) = world.snapshots.load_newest()
    head = read_head(good)
    world.snapshots.save(number, good.replace(head.state_hash.encode(), b"0" * 64))
    with pytest.raises(DataCorruptError, match=f"snapshot before command {number} is not what the journal gives"):
        verify_history(world.journal, world.snapshots)
    moved = good.replace(f'"next_command": {number}'.encode(), f'"next_command": {number - 1}'.encode())
    world.snapshots.save(number, moved)
    with pytest.raises(DataCorruptError, match="no row that ends where"):
        verify_history(world.journal, world.snapshots)


async def test_progress_is_told() -> None:
    world = World()
    await traded(world)
    total = world.journal.next_command()
    for walk in (recover, verify_history):
        told: list[tuple[int, int]] = []
        walk(world.journal, MemorySnapshots(), lambda done, end, told=told: told.append((done, end)))  # type: ignore[misc]
        assert told[-1] == (total, total)
        assert told == sorted(told)


async def test_events_for_projections_are_those_that_were_published() -> None:
    world = World()
    published: list[EventBatch] = []
    async with world.running(replace(LIMITS, snapshot_commands=50)) as engine:
        engine.subscribe(published.append)
        for first in range(0, 300, 10):
            await engine.submit_many(random_commands(300)[first : first + 10])
        last = engine.views.last_sequence()
    again = list(event_batches(world.journal, world.snapshots))
    assert again[1:] == published  # the opening was published before anyone listened
    for after in (0, 1, published[0].first_sequence, last // 2, last - 1, last):
        later = [batch for batch in again if batch.last_sequence > after]
        assert list(event_batches(world.journal, world.snapshots, after)) == later


async def test_events_alone_number_every_fact_once() -> None:
    world = World()
    await traded(world)
    events: list[Event] = [event for batch in event_batches(world.journal, world.snapshots) for event in batch.events]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))


async def test_a_snapshot_that_cannot_be_saved_harms_nothing() -> None:
    class FullDisk(MemorySnapshots):
        def save(self, next_command: int, state: bytes) -> None:
            raise DataError("no space left")

    world = World(snapshots=FullDisk())
    before = await traded(world, limits=replace(LIMITS, snapshot_commands=50))
    async with world.running() as engine:
        assert engine.views.state_hash() == before


async def test_replay_gives_rows_as_they_come() -> None:
    world = World()
    await traded(world)
    rows = [row for row, _ in replayed_rows(genesis(), world.journal)]
    assert rows == list(world.journal.rows())
