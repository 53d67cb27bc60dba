"""When the disk is slow, full or lying, or the engine itself is wrong: nobody is told anything untrue."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.core.views import Outcome
from lonja.engine.api import EventBatch
from lonja.engine.observer import SilentObserver
from lonja.engine.ports import JournalRow
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.engine.verification import verify_history
from lonja.primitives.errors import (
    DataError,
    EngineBusyError,
    EngineOutcomeUnknownError,
    EngineReadOnlyError,
    EngineStoppedError,
    LonjaError,
)
from tests.engine.house import BUYER, LIMITS, OPENING, World, accepted, order, until


@contextmanager
def hanging(world: World) -> Iterator[threading.Event]:
    """The disk hangs before it writes, until the event is set."""
    go_on = threading.Event()

    def hang(row: JournalRow) -> None:
        go_on.wait(10)

    world.memory.before_append = hang
    try:
        yield go_on
    finally:
        go_on.set()
        world.memory.before_append = lambda row: None


async def under_way(engine: Sequencer, name: str = "") -> asyncio.Task[Outcome]:
    """An order whose row the journal thread has in its hands."""
    sender = asyncio.ensure_future(engine.submit(order(name=name)))
    await until(lambda: engine._flight is not None)
    return sender


def can_write(engine: Sequencer) -> bool:
    return engine.is_writable


def open_names(engine: Sequencer) -> list[str]:
    return [each.client_order_id for each in engine.views.open_orders(BUYER)]


async def test_a_full_queue_refuses_at_once() -> None:
    world = World()
    limits = replace(LIMITS, queue_commands_max=10, batch_commands_max=10)
    async with world.running(limits) as engine:
        with hanging(world):
            first = await under_way(engine, "first")
            waiting = [asyncio.ensure_future(engine.submit(order(name=f"n{i}"))) for i in range(10)]
            await asyncio.sleep(0)
            assert engine.queue_depth == 10
            with pytest.raises(EngineBusyError):
                await engine.submit(order(name="one too many"))
            with pytest.raises(EngineBusyError):
                await engine.submit_many([order(name="two"), order(name="three")])
        await asyncio.gather(first, *waiting)
        assert open_names(engine) == ["first", *(f"n{i}" for i in range(10))]


async def test_several_commands_that_do_not_all_fit_are_refused_together() -> None:
    world = World()
    async with world.running(replace(LIMITS, queue_commands_max=10, batch_commands_max=10)) as engine:
        with hanging(world):
            first = await under_way(engine)
            nine = asyncio.ensure_future(engine.submit_many([order()] * 9))
            await asyncio.sleep(0)
            with pytest.raises(EngineBusyError):
                await engine.submit_many([order()] * 2)
            last = asyncio.ensure_future(engine.submit(order()))
            await asyncio.sleep(0)
        await asyncio.gather(first, nine, last)
        assert len(open_names(engine)) == 11


async def test_a_stalled_journal_refuses_all_but_what_is_under_way() -> None:
    world = World()
    async with world.running(replace(LIMITS, stall_seconds=0.05)) as engine:
        with hanging(world) as go_on:
            first = await under_way(engine, "first")
            waiting = asyncio.ensure_future(engine.submit(order(name="waiting")))
            with pytest.raises(EngineBusyError):
                await waiting
            with pytest.raises(EngineBusyError):
                await engine.submit(order(name="later"))
            assert not first.done()
            assert open_names(engine) == []
            go_on.set()
            accepted(await first)
        assert accepted(await engine.submit(order(name="after")))
        assert open_names(engine) == ["first", "after"]


async def test_a_full_disk_takes_nothing_and_reading_goes_on() -> None:
    world = World()

    def full(row: JournalRow) -> None:
        raise DataError("no space left", "Free some space.")

    async with world.running() as engine:
        accepted(await engine.submit(order(name="before")))
        before = engine.views.state_hash()
        world.memory.before_append = full
        sent = [asyncio.ensure_future(engine.submit(order(name=f"n{i}"))) for i in range(5)]
        refused = await asyncio.gather(*sent, return_exceptions=True)
        assert [type(error) for error in refused] == [EngineReadOnlyError] * 5
        assert "Free some space" in str(refused[0])
        assert not can_write(engine)
        assert engine.views.state_hash() == before
        assert open_names(engine) == ["before"]
        with pytest.raises(EngineReadOnlyError):
            await engine.submit(order())
        world.memory.before_append = lambda row: None
        accepted(await engine.submit(order(name="after")))
        assert can_write(engine)
        assert open_names(engine) == ["before", "after"]
    assert recover(world.journal, world.snapshots).next_command == len(OPENING) + 2


async def test_those_who_wait_behind_a_failed_commit_are_refused_too() -> None:
    world = World()
    go_on = threading.Event()

    def slow_and_full(row: JournalRow) -> None:
        go_on.wait(10)
        raise DataError("no space left")

    async with world.running(replace(LIMITS)) as engine:
        world.memory.before_append = slow_and_full
        first = await under_way(engine)
        behind = asyncio.ensure_future(engine.submit(order()))
        await asyncio.sleep(0)
        go_on.set()
        refused = await asyncio.gather(first, behind, return_exceptions=True)
        assert [type(error) for error in refused] == [EngineReadOnlyError] * 2
        assert refused[0] is not refused[1]
        world.memory.before_append = lambda row: None


async def test_a_real_full_disk(tmp_path: Path) -> None:
    """The same with SQLite, whose file may not grow any more."""
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    world = World(journal)
    async with world.running() as engine:
        pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
        journal._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(EngineReadOnlyError, match="space"):
            await engine.submit_many([order()] * 500)
        assert open_names(engine) == []
        journal._connection.execute("PRAGMA max_page_count = 100000")
        await engine.submit_many([order()] * 500)
        assert len(open_names(engine)) == 500


async def test_part_of_a_long_list_may_be_carried_out_and_the_error_says_so() -> None:
    world = World()

    def full_after_two(row: JournalRow) -> None:
        if row.first_command >= len(OPENING) + 20:
            raise DataError("no space left")

    async with world.running(replace(LIMITS, batch_commands_max=10)) as engine:
        world.memory.before_append = full_after_two
        with pytest.raises(EngineReadOnlyError, match="The first 20 commands were carried out"):
            await engine.submit_many([order()] * 35)
        assert len(open_names(engine)) == 20


async def test_a_row_that_was_kept_although_the_disk_complained_is_carried_out() -> None:
    world = World()

    def complain(row: JournalRow) -> None:
        world.memory.after_append = lambda row: None
        raise sqlite3.OperationalError("disk I/O error")

    async with world.running() as engine:
        world.memory.after_append = complain
        accepted(await engine.submit(order(name="kept")))
        accepted(await engine.submit(order(name="next")))
        assert open_names(engine) == ["kept", "next"]


async def test_a_row_in_doubt_is_written_again_until_it_is_kept() -> None:
    world = World()
    complaints = 0

    def complain(row: JournalRow) -> None:
        nonlocal complaints
        complaints += 1
        if complaints <= 3:
            raise sqlite3.OperationalError("disk I/O error")

    async with world.running() as engine:
        world.memory.before_append = complain
        accepted(await engine.submit(order(name="kept at last")))
        assert complaints == 4
        assert open_names(engine) == ["kept at last"]


class Complaining(SqliteJournal):
    """A disk that fails to sync: before the row is written, or after."""

    complaint = "none"

    def append(self, row: JournalRow) -> None:
        complaint, self.complaint = self.complaint, "none"
        if complaint == "before":
            raise sqlite3.OperationalError("disk I/O error")
        super().append(row)
        if complaint == "after":
            raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize("complaint", ["before", "after"])
async def test_a_doubt_about_the_real_journal_is_settled_by_reading(tmp_path: Path, complaint: str) -> None:
    journal = Complaining(tmp_path / "journal.sqlite")
    async with World(journal).running() as engine:
        journal.complaint = complaint
        accepted(await engine.submit(order(name="in doubt")))
        accepted(await engine.submit(order(name="next")))
        assert open_names(engine) == ["in doubt", "next"]
        assert len(list(journal.rows())) == 3


async def test_while_in_doubt_nobody_else_waits() -> None:
    world = World()

    def complain(row: JournalRow) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    async with world.running() as engine:
        world.memory.before_append = complain
        first = await under_way(engine, "in doubt")
        await until(lambda: engine._writer.in_doubt)
        with pytest.raises(EngineReadOnlyError):
            await engine.submit(order())
        assert not first.done()
        world.memory.before_append = lambda row: None
        accepted(await first)
        accepted(await engine.submit(order(name="next")))
        assert open_names(engine) == ["in doubt", "next"]


async def test_a_doubt_at_the_end_is_told_as_a_doubt() -> None:
    world = World()

    def complain(row: JournalRow) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    engine = world.start(replace(LIMITS, stop_seconds=0.05))
    await engine.submit_many(OPENING)
    world.memory.before_append = complain
    first = await under_way(engine)
    await engine.stop()
    with pytest.raises(EngineOutcomeUnknownError):
        await first
    with pytest.raises(LonjaError):
        await engine.ended


async def test_a_row_of_someone_else_stops_the_engine() -> None:
    world = World()
    async with world.running() as engine:
        (row,) = world.journal.rows()
        world.memory.append(row._replace(first_command=len(OPENING), command_count=1, body=row.body[:64]))
        with pytest.raises(EngineOutcomeUnknownError):
            await engine.submit(order())
        with pytest.raises(AssertionError, match="numbered without a gap"):
            await engine.ended
        with pytest.raises(EngineStoppedError):
            await engine.submit(order())


class CrashBeforeApply(SilentObserver):
    """The power fails between journal and core."""

    def __init__(self) -> None:
        self.is_armed = False

    def on_commit(self, command_count: int, seconds: float, waiting: int) -> None:
        if self.is_armed:
            raise MemoryError("crash between journal and apply")


async def test_what_is_in_the_journal_counts_although_nobody_was_answered() -> None:
    world, crash = World(), CrashBeforeApply()
    async with world.running(observer=crash) as engine:
        crash.is_armed = True
        with pytest.raises(EngineOutcomeUnknownError):
            await engine.submit(order(name="journaled"))
        with pytest.raises(MemoryError):
            await engine.ended
    async with world.running() as engine:
        assert open_names(engine) == ["journaled"]


async def test_a_fault_in_the_core_stops_the_engine_and_hides_the_half_applied_state() -> None:
    world = World()
    async with world.running() as engine:
        engine._state.next_command += 1  # the core asserts that nothing is left out
        with pytest.raises(EngineOutcomeUnknownError):
            await engine.submit(order(name="journaled"))
        with pytest.raises(EngineStoppedError):
            _ = engine.views
        with pytest.raises(EngineStoppedError):
            await engine.submit(order())
        with pytest.raises(AssertionError):
            await engine.ended
    assert list(world.snapshots.load_newest()) == []
    async with world.running() as engine:
        assert open_names(engine) == ["journaled"]


async def test_a_subscriber_that_raises_stops_the_engine() -> None:
    def broken(batch: EventBatch) -> None:
        raise KeyError("a fault of our own")

    async with World().running() as engine:
        engine.subscribe(broken)
        with pytest.raises(EngineOutcomeUnknownError):
            await engine.submit(order())
        with pytest.raises(KeyError):
            await engine.ended


async def test_stopping_finishes_what_waits() -> None:
    world = World()
    engine = world.start(replace(LIMITS, batch_commands_max=10))
    await engine.submit_many(OPENING)
    sent = [asyncio.ensure_future(engine.submit(order(name=f"n{i}"))) for i in range(55)]
    await asyncio.sleep(0)
    await engine.stop()
    assert len([accepted(await each) for each in sent]) == 55
    assert engine.ended.result() is None
    assert world.memory.is_closed
    with pytest.raises(EngineStoppedError):
        await engine.submit(order())


async def test_stopping_does_not_wait_for_ever() -> None:
    world = World()
    engine = world.start(replace(LIMITS, stop_seconds=0.05))
    await engine.submit_many(OPENING)
    with hanging(world):
        first = await under_way(engine, "under way")
        behind = asyncio.ensure_future(engine.submit(order(name="behind")))
        await asyncio.sleep(0)
        await engine.stop()
        with pytest.raises(EngineOutcomeUnknownError):
            await first
        with pytest.raises(EngineStoppedError):
            await behind


async def test_stopping_twice_is_stopping_once() -> None:
    engine = World().start()
    await engine.stop()
    await engine.stop()


async def test_aborting_writes_nothing_more() -> None:
    world = World()
    engine = world.start()
    await engine.submit_many(OPENING)
    sender = asyncio.ensure_future(engine.submit(order()))
    await asyncio.sleep(0)
    engine.abort()
    engine.abort()
    with pytest.raises(EngineStoppedError):
        await sender
    assert list(world.snapshots.load_newest()) == []
    assert verify_history(world.journal, world.snapshots).commands == len(OPENING)
