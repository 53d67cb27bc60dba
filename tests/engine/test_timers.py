"""When nobody sends anything, time passes all the same: due timers fire by a tick of the engine's own."""

import asyncio
from dataclasses import replace

import pytest

from lonja.core.commands import CancelAllAfter, Command, PlaceOrder, Tick
from lonja.core.events import OrderCanceled
from lonja.core.kinds import CancelReason
from lonja.core.layout import decode_commands
from lonja.engine.api import EventBatch
from lonja.engine.ports import JournalRow
from lonja.primitives.errors import DataError
from tests.engine.house import BUYER, LIMITS, SELLER, START_MS, World, accepted, order, until

TIMEOUT_MS = 10_000


def commands(world: World) -> list[Command]:
    return [command for row in world.journal.rows() for command in decode_commands(row.body)]


async def test_orders_are_canceled_when_the_switch_is_not_renewed() -> None:
    world = World()
    async with world.running() as engine:
        heard: list[EventBatch] = []
        engine.subscribe(heard.append)
        order_id = accepted(await engine.submit(order()))
        assert (
            accepted(await engine.submit(CancelAllAfter(account=BUYER, timeout_ms=TIMEOUT_MS))) == START_MS + TIMEOUT_MS
        )
        world.clock.set_ms(START_MS + TIMEOUT_MS - 1)
        await asyncio.sleep(0.15)
        assert engine.views.order(order_id) is not None
        world.clock.advance_ms(1)
        await until(lambda: engine.views.order(order_id) is None)
        (canceled,) = [event for event in heard[-1].events if isinstance(event, OrderCanceled)]
        assert (canceled.order_id, canceled.reason) == (order_id, CancelReason.CANCEL_ALL_AFTER)
        assert isinstance(commands(world)[-1], Tick)


async def test_timers_fire_at_their_own_times_however_fast_the_clock_runs() -> None:
    world = World()
    async with world.running() as engine:
        for account, timeout_ms in ((BUYER, 3 * TIMEOUT_MS), (SELLER, TIMEOUT_MS)):
            await engine.submit(CancelAllAfter(account=account, timeout_ms=timeout_ms))
        world.clock.advance_ms(3_600_000)
        await until(lambda: engine.next_timer_ms() == 0)
        ticks = [command.time_ms - START_MS for command in commands(world) if isinstance(command, Tick)]
        assert ticks == [TIMEOUT_MS, 3 * TIMEOUT_MS]
        assert engine.now_ms() == START_MS + 3_600_000


async def test_without_a_deadline_the_engine_sends_nothing() -> None:
    world = World()
    async with world.running() as engine:
        await engine.submit(order())
        world.clock.advance_ms(3_600_000)
        await asyncio.sleep(0.15)
        assert isinstance(commands(world)[-1], PlaceOrder)


async def test_one_tick_is_enough() -> None:
    world = World()
    async with world.running() as engine:
        await engine.submit(CancelAllAfter(account=BUYER, timeout_ms=TIMEOUT_MS))
        world.clock.advance_ms(3_600_000)
        await asyncio.sleep(0.2)
        assert [type(command) for command in commands(world)[-2:]] == [CancelAllAfter, Tick]


async def test_a_clock_that_jumps_back_delays_and_forgets_nothing() -> None:
    world = World()
    async with world.running() as engine:
        order_id = accepted(await engine.submit(order()))
        await engine.submit(CancelAllAfter(account=BUYER, timeout_ms=TIMEOUT_MS))
        world.clock.set_ms(START_MS - 3_600_000)
        await asyncio.sleep(0.1)
        assert engine.views.order(order_id) is not None
        world.clock.set_ms(START_MS + TIMEOUT_MS)
        await until(lambda: engine.views.order(order_id) is None)


async def test_what_was_due_while_nobody_was_there_happens_at_the_start() -> None:
    world = World()
    async with world.running() as engine:
        order_id = accepted(await engine.submit(order()))
        await engine.submit(CancelAllAfter(account=BUYER, timeout_ms=TIMEOUT_MS))
    world.clock.advance_ms(3_600_000)
    async with world.running() as engine:
        assert engine.views.order(order_id) is not None
        await until(lambda: engine.views.order(order_id) is None)


async def test_a_tick_that_the_disk_refused_is_tried_again() -> None:
    world = World()
    refusals = 0

    def full(row: JournalRow) -> None:
        nonlocal refusals
        refusals += 1
        if refusals <= 2:
            raise DataError("no space left")

    async with world.running() as engine:
        order_id = accepted(await engine.submit(order()))
        await engine.submit(CancelAllAfter(account=BUYER, timeout_ms=TIMEOUT_MS))
        world.memory.before_append = full
        world.clock.advance_ms(TIMEOUT_MS)
        await until(lambda: engine.views.order(order_id) is None)
        assert refusals == 3


@pytest.mark.parametrize("poll_seconds", [0.01, 0.05])
async def test_the_clock_is_looked_at_often_enough_when_it_runs_fast(poll_seconds: float) -> None:
    world = World()
    async with world.running(replace(LIMITS, timer_poll_seconds=poll_seconds)) as engine:
        order_id = accepted(await engine.submit(order()))
        await engine.submit(CancelAllAfter(account=BUYER, timeout_ms=TIMEOUT_MS))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        world.clock.advance_ms(TIMEOUT_MS)
        await until(lambda: engine.views.order(order_id) is None)
        assert loop.time() - begun < 1.0
