"""Moving time on: everything on the way happens, in order, and alike each time."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from lonja.core.commands import CancelAllAfter, PlaceOrder, Tick
from lonja.core.events import OrderCanceled
from lonja.core.kinds import CancelReason
from lonja.engine.api import EventBatch
from lonja.modules.sandbox import past
from lonja.modules.sandbox.api import MOVE_MAX_MS, Timekeeper
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.sandbox.sandbox_house import NOW_MS, SandboxHouse


@pytest.fixture(autouse=True)
def short_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here needs a whole day."""
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)


async def frozen_house(folder: Path) -> SandboxHouse:
    house = SandboxHouse(folder)
    house.clock.start(0, NOW_MS, 0)
    await (await house.open()).warm_up()
    return house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SandboxHouse]:
    house = await frozen_house(tmp_path)
    yield house
    await house.stop()


@pytest.fixture
def keeper(house: SandboxHouse) -> Timekeeper:
    return Timekeeper(house.engine, house.clock, house.markets)


async def test_time_stands_until_it_is_moved(house: SandboxHouse, keeper: Timekeeper) -> None:
    house.real.advance_ms(HOUR_MS)
    assert keeper.now_ms() == NOW_MS
    await keeper.advance(1)
    assert keeper.now_ms() == NOW_MS + 1
    assert await keeper.advance_to(NOW_MS + 1_000)
    assert keeper.now_ms() == NOW_MS + 1_000


@pytest.mark.parametrize("offset_ms", [-1, MOVE_MAX_MS + 1])
async def test_a_goal_in_the_past_or_beyond_reach_moves_nothing(keeper: Timekeeper, offset_ms: int) -> None:
    assert not await keeper.advance_to(NOW_MS + offset_ms)
    assert keeper.now_ms() == NOW_MS


async def test_traders_act_on_the_way_and_candles_follow(house: SandboxHouse, keeper: Timekeeper) -> None:
    await keeper.advance(2 * MINUTE_MS)
    code = house.opened.traders[0].instrument
    newest, before, *_ = house.market_data.candles(code, "1m", limit=3)
    assert (newest.open_time_ms, before.open_time_ms) == (
        NOW_MS // MINUTE_MS * MINUTE_MS + 2 * MINUTE_MS,
        newest.open_time_ms - MINUTE_MS,
    )
    assert before.volume > 0
    assert before.confirmed


async def test_timers_fire_at_their_own_times_in_order(house: SandboxHouse, keeper: Timekeeper) -> None:
    canceled: list[tuple[int, int, int]] = []

    def listen(batch: EventBatch) -> None:
        canceled.extend(
            (event.time_ms - NOW_MS, event.account, event.reason)
            for event in batch.events
            if isinstance(event, OrderCanceled) and event.account in house.opened.customers.values()
        )

    first, second = house.opened.customers.values()
    quiet = house.code("QUIET-USDT")
    for account, timeout_ms in ((first, 20_300), (second, 10_100)):
        await house.engine.submit(PlaceOrder(account=account, instrument=quiet, price=9_000, size=100_000))
        await house.engine.submit(CancelAllAfter(account=account, timeout_ms=timeout_ms))
    house.engine.subscribe(listen)
    await keeper.advance(MINUTE_MS)
    reason = CancelReason.CANCEL_ALL_AFTER
    assert canceled == [(10_100, second, reason), (20_300, first, reason)]


@pytest.mark.parametrize(
    ("move_ms", "turns"), [(100, 1), (1_000, 4), (1_100, 5), (MINUTE_MS, 240), (HOUR_MS, 240), (300 * DAY_MS, 120)]
)
async def test_a_long_move_takes_a_bounded_number_of_turns(
    house: SandboxHouse, keeper: Timekeeper, move_ms: int, turns: int
) -> None:
    before = len(house.commands())
    await keeper.advance(move_ms)
    ticks = [command for command in house.commands()[before:] if isinstance(command, Tick)]
    assert len(ticks) == turns
    assert ticks[-1].time_ms == NOW_MS + move_ms


async def test_running_again_time_goes_on_from_where_it_was_moved(house: SandboxHouse, keeper: Timekeeper) -> None:
    await keeper.advance(1_000)
    await keeper.set_speed(2_000_000)
    house.real.advance_ms(500)
    assert keeper.now_ms() == NOW_MS + 2_000


async def test_two_worlds_with_one_seed_and_the_same_moves_have_the_same_journal(tmp_path: Path) -> None:
    journals = []
    for _ in range(2):
        house = await frozen_house(Path(mkdtemp(dir=tmp_path)))
        keeper = Timekeeper(house.engine, house.clock, house.markets)
        await keeper.advance(5_000)
        await keeper.advance(MINUTE_MS)
        journals.append(list(house.journal.rows()))
        await house.stop()
    assert len(journals[0]) > 100
    assert journals[0] == journals[1]
