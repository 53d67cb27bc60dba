"""Prices under crashes at any moment: each boundary is settled once, each contract delivered once, nothing is left out."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import pytest

from lonja.modules.pricing.api import DELIVERY, FUNDING
from lonja.primitives.errors import LonjaError
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from tests.modules.pricing.contracts import NOW
from tests.modules.pricing.house import INVERSE, SWAP, PriceWorld, Running

DAYS = 5
FRIDAY_CONTRACT = 2
STEPS_MS = (SECOND_MS, 20 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS)


async def live(world: PriceWorld, running: Running, chance: random.Random, end_ms: int) -> None:
    """Some turns; what a housekeeper does every five seconds is done after some of them."""
    for _ in range(chance.randrange(1, 10)):
        world.clock.set_ms(min(end_ms, world.clock.now_ms() + chance.choice(STEPS_MS)))
        world.tell(str(chance.randrange(70, 130)))
        await running.conductor.turn()
        running.records.flush()


async def die(world: PriceWorld, running: Running, chance: random.Random) -> None:
    """The process ends somewhere in a turn; what came of it only the journal knows."""
    world.clock.advance_ms(chance.choice(STEPS_MS))
    world.tell(str(chance.randrange(70, 130)))
    turn = asyncio.create_task(running.conductor.turn())
    for _ in range(chance.randrange(6)):
        await asyncio.sleep(0)
    running.engine.abort()
    turn.cancel()
    with suppress(asyncio.CancelledError, LonjaError):
        await turn


@pytest.mark.parametrize("seed", range(3))
def test_each_boundary_is_settled_once_however_the_house_falls(tmp_path: Path, seed: int) -> None:
    world, chance = PriceWorld(tmp_path), random.Random(seed)  # repeatable by seed
    end_ms = NOW + DAYS * DAY_MS

    async def play() -> None:
        while world.clock.now_ms() < end_ms:
            crashes = chance.random() < 0.7
            async with world.life(crashes=crashes) as running:
                await live(world, running, chance, end_ms)
                if crashes:
                    await die(world, running, chance)
        async with world.life() as running:
            await running.conductor.turn()
            for instrument in (SWAP, INVERSE):
                settled = running.records.history(FUNDING, instrument, limit=400)
                boundaries = [one.time_ms // (8 * HOUR_MS) for one in settled]
                assert boundaries == sorted(set(boundaries), reverse=True)
                assert len(boundaries) == world.clock.now_ms() // (8 * HOUR_MS) - NOW // (8 * HOUR_MS)
            assert len(running.records.history(DELIVERY, FRIDAY_CONTRACT)) == 1

    asyncio.run(play())
