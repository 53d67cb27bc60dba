"""Lending under crashes at any moment: whoever owes pays for each hour once, and for none twice."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import pytest

from lonja.primitives.errors import LonjaError
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.lending.house import BORROWER, BTC, USDT, LendingWorld, Running, loan, pooled
from tests.modules.pricing.contracts import NOW

STEPS_MS = (MINUTE_MS, 20 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS)
END_MS = NOW + 4 * DAY_MS


async def live(world: LendingWorld, running: Running, chance: random.Random) -> None:
    """Some turns; what a housekeeper does every five seconds is done after some of them."""
    for _ in range(chance.randrange(1, 8)):
        world.clock.set_ms(min(END_MS, world.clock.now_ms() + chance.choice(STEPS_MS)))
        world.tell(str(chance.randrange(9_000, 11_000)))
        await running.lender.turn()
        if chance.random() < 0.3:
            running.records.flush()


async def die(world: LendingWorld, running: Running, chance: random.Random) -> None:
    """The process ends somewhere in a turn; what came of it only the journal knows."""
    world.clock.advance_ms(chance.choice(STEPS_MS))
    world.tell(str(chance.randrange(9_000, 11_000)))
    turn = asyncio.create_task(running.lender.turn())
    for _ in range(chance.randrange(6)):
        await asyncio.sleep(0)
    running.engine.abort()
    turn.cancel()
    with suppress(asyncio.CancelledError, LonjaError):
        await turn


@pytest.mark.parametrize("seed", range(4))
async def test_each_hour_is_paid_once_however_the_house_falls(tmp_path: Path, seed: int) -> None:
    world, chance = LendingWorld(tmp_path), random.Random(seed)  # repeatable by seed
    async with world.life() as running:
        world.tell("10000")
        await running.lender.turn()
        await running.accept(*pooled(), loan(1_000), loan(1, BTC))
    while world.clock.now_ms() < END_MS:
        crashes = chance.random() < 0.7
        async with world.life(crashes=crashes) as running:
            await live(world, running, chance)
            if crashes:
                await die(world, running, chance)
    async with world.life() as running:
        await running.lender.turn()
        hours = world.clock.now_ms() // HOUR_MS - NOW // HOUR_MS
        for currency in (USDT, BTC):
            paid = running.records.accruals([BORROWER], [currency], limit=400)
            assert [one.hour_ms - NOW for one in paid] == [hour * HOUR_MS for hour in range(hours, 0, -1)]
