"""Commands that wait for longer than their sender wants them are not carried out."""

import asyncio
import threading

import pytest

from lonja.adapters.journal_memory import MemoryJournal
from lonja.core.views import Outcome
from lonja.engine.ports import JournalRow
from lonja.engine.sequencer import Sequencer
from lonja.primitives.errors import EngineTooLateError, LonjaError
from tests.engine.house import OPENING, World, order, until


class Gate(MemoryJournal):
    """A disk that can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.open.set()

    def append(self, row: JournalRow) -> None:
        assert self.open.wait(20)
        super().append(row)


class Sent:
    """Orders of one sender, and what was heard of them."""

    def __init__(self, engine: Sequencer, *names: str, late: bool = False) -> None:
        self.late = late
        self.heard: list[list[Outcome] | LonjaError] = []
        engine.send([order(name=name) for name in names], self.heard.append, lambda: self.late)

    @property
    def was_too_late(self) -> bool:
        return isinstance(self.heard[0], EngineTooLateError)


def open_names(engine: Sequencer) -> list[str]:
    return [each.client_order_id for each in engine.views.open_orders(2)]


async def test_what_becomes_late_behind_another_commit_is_not_taken() -> None:
    disk = Gate()
    async with World(disk).running() as engine:
        disk.open.clear()
        first = Sent(engine, "first")
        await asyncio.sleep(0.02)
        waiting = [Sent(engine, "a", "b"), Sent(engine, "c"), Sent(engine, "d")]
        first.late = waiting[0].late = waiting[2].late = True
        disk.open.set()
        await until(lambda: all(sent.heard for sent in (first, *waiting)))
        assert not first.was_too_late, "it was on its way to the disk already"
        assert [sent.was_too_late for sent in waiting] == [True, False, True]
        assert open_names(engine) == ["first", "c"]
        assert [row.command_count for row in disk.rows()] == [len(OPENING), 1, 1]


@pytest.mark.parametrize("count", [1, 3])
async def test_nothing_is_written_when_all_are_late_and_the_engine_goes_on(count: int) -> None:
    world = World()
    async with world.running() as engine:
        late = [Sent(engine, f"late{number}", late=True) for number in range(count)]
        await until(lambda: all(sent.heard for sent in late))
        assert all(sent.was_too_late for sent in late)
        assert world.journal.next_command() == len(OPENING)
        again = Sent(engine, "again")
        await until(lambda: bool(again.heard))
        assert open_names(engine) == ["again"]


async def test_a_stop_waits_until_the_late_have_been_told() -> None:
    async with World().running() as engine:
        late = Sent(engine, "late", late=True)
    assert late.was_too_late


async def test_who_hears_of_it_may_send_again() -> None:
    heard: list[list[Outcome] | LonjaError] = []
    async with World().running() as engine:

        def once_more(told: list[Outcome] | LonjaError) -> None:
            assert isinstance(told, EngineTooLateError)
            engine.send([order(name="more")], heard.append)

        engine.send([order(name="late")], once_more, lambda: True)
        await until(lambda: bool(heard))
        assert open_names(engine) == ["more"]
