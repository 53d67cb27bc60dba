"""Prices of contracts while time is moved on: no settlement is leapt over, and marks follow."""

from pathlib import Path

import pytest

from lonja.adapters.index_house import HouseIndexSource
from lonja.core import commands as c
from lonja.core.events import FundingSettled
from lonja.core.texts import Text32
from lonja.engine.api import EventBatch
from lonja.modules.pricing.api import Conductor, IndexBoard, Records, Terms, open_database
from lonja.modules.sandbox import past
from lonja.modules.sandbox.api import Timekeeper
from lonja.primitives.instant import HOUR_MS
from tests.modules.sandbox.sandbox_house import NOW_MS, SandboxHouse

FIRST_MS = NOW_MS - NOW_MS % (8 * HOUR_MS) + 8 * HOUR_MS


async def test_a_move_stops_at_each_settlement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)
    house = SandboxHouse(tmp_path)
    house.clock.start(0, NOW_MS, 0)
    await (await house.open()).warm_up()
    records = Records(open_database(f"sqlite:///{tmp_path / 'prices.sqlite'}"))
    source = HouseIndexSource("house", house.engine.views, house.engine.now_ms)
    conductor = Conductor(house.engine, Terms.of_file(), IndexBoard(Terms.of_file(), [source]), records)
    settled: list[FundingSettled] = []

    def hear(batch: EventBatch) -> None:
        settled.extend(event for event in batch.events if isinstance(event, FundingSettled))

    for subscriber in (records.on_batch, conductor.on_batch, hear):
        house.engine.subscribe(subscriber)
    spot = next(one for one in house.engine.views.instruments() if one.instrument_id == "BTC-USDT")
    listing = c.ListContract(instrument_id=Text32("BTC-USDT-SWAP"), base=spot.base, quote=spot.quote, price_scale=1)
    commands: list[c.Command] = [
        c.DefineFamily(name=Text32("BTC-USDT"), instrument_type=2, settle=spot.quote),
        c.DefinePositionTier(0, -1, 0, 0, 0, 1, 10**9, 5_000, 10_000, 10_000),
        listing,
    ]
    assert all(outcome.rejection == 0 for outcome in await house.engine.submit_many(commands))

    keeper = Timekeeper(house.engine, house.clock, house.markets, conductor)
    await keeper.advance(1)
    code = len(house.engine.views.instruments()) - 1
    contract = house.engine.views.contract(code)
    assert contract is not None
    assert contract.mark > 0
    await keeper.advance_to(FIRST_MS + 17 * HOUR_MS)
    assert [event.time_ms for event in settled] == [FIRST_MS + hours * HOUR_MS for hours in (0, 8, 16)]
    records.close()
    await house.stop()
