"""All index sources keep one contract, and each its own promises."""

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise

import pytest

from lonja.adapters.index_house import HouseIndexSource
from lonja.adapters.index_memory import MemoryIndexSource
from lonja.adapters.index_seeded import SeededIndexSource
from lonja.core.commands import ListInstrument, SetIndexPrice
from lonja.core.texts import Text32
from lonja.engine.sequencer import Sequencer
from lonja.modules.pricing.ports import IndexSource, SourcePrice
from tests.engine.house import START_MS, World

HUNDRED = 100 * 10**18
MakeSource = Callable[[Sequencer], IndexSource]


def from_memory(engine: Sequencer) -> IndexSource:
    source = MemoryIndexSource("one")
    source.tell("BTC-USDT", HUNDRED, engine.now_ms())
    return source


def from_house(engine: Sequencer) -> IndexSource:
    return HouseIndexSource("one", engine.views, engine.now_ms)


def from_seed(engine: Sequencer) -> IndexSource:
    return SeededIndexSource("one", from_memory(engine), "7", 0)


@pytest.fixture
async def engine() -> AsyncIterator[Sequencer]:
    """BTC-USDT (ticks of 0.01) is told to be worth 100."""
    async with World().running() as running:
        await running.submit(SetIndexPrice(instrument=0, price=10_000))
        yield running


@pytest.mark.parametrize("make", [from_memory, from_house, from_seed])
class TestIndexSource:
    """What every source does."""

    async def test_it_has_a_name_and_a_price(self, engine: Sequencer, make: MakeSource) -> None:
        source = make(engine)
        assert source.name == "one"
        assert source.price("BTC-USDT") == SourcePrice(HUNDRED, START_MS)

    async def test_it_says_so_when_it_knows_nothing(self, engine: Sequencer, make: MakeSource) -> None:
        assert make(engine).price("ETH-USDT") is None


async def test_the_house_needs_a_price_and_may_use_a_stand_in(engine: Sequencer) -> None:
    source = HouseIndexSource("house", engine.views, engine.now_ms, {"USD": "USDT"})
    assert source.price("BTC-USD") == SourcePrice(HUNDRED, START_MS)
    await engine.submit(SetIndexPrice(instrument=0, price=0))
    assert source.price("BTC-USD") is None


async def test_an_instrument_listed_later_is_found_at_once() -> None:
    world = World()
    async with world.running() as engine:
        source = HouseIndexSource("house", engine.views, engine.now_ms)
        assert source.price("BTC-USD") is None
        listing = ListInstrument(instrument_id=Text32("BTC-USD"), base=0, quote=1, settle=1, price_scale=3)
        code = (await engine.submit(listing)).id
        await engine.submit(SetIndexPrice(instrument=code, price=100_000))
        assert source.price("BTC-USD") == SourcePrice(HUNDRED, START_MS)


def test_seeds_decide_what_other_exchanges_say() -> None:
    around = MemoryIndexSource("around")

    def told(seed: str, name: str, time_ms: int) -> int:
        around.tell("BTC-USDT", HUNDRED, time_ms)
        found = SeededIndexSource(name, around, seed, 100).price("BTC-USDT")
        assert found is not None
        assert abs(found.price - HUNDRED) <= HUNDRED // 10_000
        return found.price

    seconds = range(START_MS, START_MS + 80_000, 1_000)
    first = [told("7", "north", time_ms) for time_ms in seconds]
    assert first == [told("7", "north", time_ms) for time_ms in reversed(seconds)][::-1]
    assert 18 <= sum(now != before for before, now in pairwise(first)) <= 20, "every four seconds"
    assert first != [told("8", "north", time_ms) for time_ms in seconds]
    south = [told("7", "south", time_ms) for time_ms in seconds]
    assert first != south
    assert moments(first) == moments(south), "all at once, so that an index moves once"


def moments(told: Sequence[int]) -> list[int]:
    """Where it changed."""
    return [place for place, (before, now) in enumerate(pairwise(told)) if before != now]
