"""Prices in a whole house: opened with it, told by its own spot markets, and known again after a restart."""

import asyncio
from contextlib import suppress
from pathlib import Path

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.prices import PRICES_NAME
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import House, build_house
from lonja.core import commands as c
from lonja.core.texts import Text16, Text32
from lonja.modules.pricing.api import FUNDING, IndexState
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.pricing.contracts import NOW, price

USDT, BTC = 0, 1
SPOT, SWAP = 0, 1
OPENING: list[c.Command] = [
    c.CreateCurrency(name=Text16("USDT")),
    c.CreateCurrency(name=Text16("BTC")),
    c.ListInstrument(instrument_id=Text32("BTC-USDT"), base=BTC, quote=USDT, settle=USDT, price_scale=2, size_scale=4),
    c.DefineFamily(name=Text32("BTC-USDT"), instrument_type=2, settle=USDT),
    c.DefinePositionTier(0, -1, 0, 0, 0, 1, 10**9, 5_000, 10_000, 10_000),
    c.ListContract(instrument_id=Text32("BTC-USDT-SWAP"), family=0, base=BTC, quote=USDT, price_scale=2),
    c.SetIndexPrice(instrument=SPOT, price=10_000),
]


async def pass_to(house: House, clock: ManualClock, time_ms: int) -> None:
    while clock.now_ms() < time_ms:
        clock.set_ms(min(time_ms, clock.now_ms() + 5 * MINUTE_MS))
        await house.prices.conductor.turn()


async def test_a_house_prices_its_contracts_and_remembers_what_it_settled(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    house = await build_house(Settings(data=tmp_path), clock)
    assert all(outcome.rejection == 0 for outcome in await house.engine.submit_many(OPENING))
    await house.prices.conductor.turn()
    index = house.prices.conductor.index("BTC-USDT")
    assert (index.state, index.sources) == (IndexState.LIVE, 3)
    assert abs(index.price - price("100")) <= price("0.01")
    await pass_to(house, clock, NOW + 8 * HOUR_MS)
    settled = house.prices.records.history(FUNDING, SWAP)
    assert [one.time_ms for one in settled] == [NOW + 8 * HOUR_MS]
    await house.close()

    (tmp_path / PRICES_NAME).unlink()
    house = await build_house(Settings(data=tmp_path), clock)
    assert house.prices.records.history(FUNDING, SWAP) == settled
    await house.prices.conductor.turn()
    assert house.prices.records.history(FUNDING, SWAP) == settled
    await house.close()


async def test_prices_run_by_themselves_and_rest_while_time_stands(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    house = await build_house(Settings(data=tmp_path), clock)
    await house.engine.submit_many(OPENING)
    rests = True
    running = asyncio.create_task(house.prices.run(lambda: rests))
    await asyncio.sleep(0.6)
    contract = house.engine.views.contract(SWAP)
    assert contract is not None
    assert contract.mark == 0
    rests = False
    async with asyncio.timeout(10):
        while not contract.mark:
            await asyncio.sleep(0.05)
            contract = house.engine.views.contract(SWAP)
            assert contract is not None
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await house.close()
