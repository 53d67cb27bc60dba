"""Contracts that simulated traders keep going: books, funding, expiries, and the same again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from lonja.core.commands import ImportCandle, PlaceContractOrder, SetIndexPrice
from lonja.core.events import ContractDelivered, ContractListed, FundingSettled, PositionTakenOver
from lonja.core.kinds import InstrumentState, InstrumentType
from lonja.modules.sandbox import past, timekeeper
from lonja.modules.sandbox.api import QUIET
from lonja.modules.sandbox.basis import Bases, carry
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.sandbox.contract_house import ContractHouse

THURSDAY_EVENING_MS = int(datetime(2025, 6, 19, 20, tzinfo=UTC).timestamp()) * 1_000
EXPIRY_MS = THURSDAY_EVENING_MS + 12 * HOUR_MS


@pytest.fixture(autouse=True)
def short_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here needs a whole day before, or more than some turns in a leap."""
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)
    monkeypatch.setattr(timekeeper, "LONG_TURNS_MAX", 24)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ContractHouse]:
    house = await ContractHouse(tmp_path).open_contracts()
    yield house
    await house.stop()


def check_books(house: ContractHouse, off_max: float = 0.004) -> None:
    """Both sides of every contract are quoted, around its mark and within its price limits; the quiet ones are empty."""
    views = house.engine.views
    for view in views.instruments():
        contract = views.contract(view.instrument)
        if contract is None or view.state != InstrumentState.LIVE:
            continue
        bids, asks = (views.levels(view.instrument, side, 50) for side in (0, 1))
        if view.instrument_id.startswith("QUIET"):
            assert not bids
            assert not asks
            continue
        assert min(len(bids), len(asks)) >= 8, view.instrument_id
        assert view.sell_min <= bids[0].price < asks[0].price <= view.buy_max, view.instrument_id
        assert abs(bids[0].price / contract.mark - 1) < off_max, view.instrument_id
        assert abs(asks[0].price / contract.mark - 1) < off_max, view.instrument_id


async def test_contracts_open_with_books_trades_and_open_interest(house: ContractHouse) -> None:
    await house.keeper.advance(2_000)
    # Marks of later expiries take a minute to learn how far they are from the index.
    check_books(house, 0.02)
    for name in ("BTC-USDT-SWAP", "ETH-USD-SWAP"):
        contract = house.engine.views.contract(house.code(name))
        assert contract is not None
        assert contract.open_lots > 0
        assert house.market_data.trades(house.code(name), 10)


async def test_lively_contracts_have_the_past_of_their_pairs(house: ContractHouse) -> None:
    candles = [command for command in house.commands() if isinstance(command, ImportCandle)]

    def of(name: str) -> list[ImportCandle]:
        return [candle for candle in candles if candle.instrument == house.code(name)]

    pair, linear, inverse = of("BTC-USDT"), of("BTC-USDT-SWAP"), of("BTC-USD-SWAP")
    assert [one.open_time_ms for one in linear] == [one.open_time_ms for one in pair]
    assert [one.close for one in linear] == [one.close for one in pair]
    assert [one.close for one in inverse] == [one.close for one in pair]
    for one in linear:
        # A lot is 0.0001 BTC, a tick 0.1 USDT: a tick lot is 1,000 smallest units of USDT.
        assert one.quote_volume == one.volume * ((one.low + one.high) // 2) * 1_000
    for one in inverse:
        # A lot is 100 USD, so 100 / price BTC.
        assert one.quote_volume == one.volume * 100 * 10**12 // ((one.low + one.high) // 2)
    assert not of("BTC-USDT-250620")
    assert not of("QUIET-USDT-SWAP")


async def test_books_follow_as_time_passes(house: ContractHouse) -> None:
    for _ in range(3):
        await house.keeper.advance(MINUTE_MS)
        check_books(house)
    assert not house.conductor.problems


async def test_books_follow_an_index_that_is_fixed_while_time_stands(house: ContractHouse) -> None:
    before = house.engine.now_ms()
    await house.indices.fix("BTC-USDT", 60_000 * 10**18)
    assert house.engine.now_ms() == before
    views = house.engine.views
    for name in ("BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-SWAP"):
        (bid, *_), (ask, *_) = (views.levels(house.code(name), side, 1) for side in (0, 1))
        assert abs((bid.price + ask.price) / 2 / 600_000 - 1) < 0.004, name
    await house.indices.release("BTC-USDT")
    (bid, *_) = views.levels(house.code("BTC-USDT-SWAP"), 0, 1)
    assert bid.price > 650_000


async def test_contracts_on_a_pair_that_is_left_to_people_follow_its_index(tmp_path: Path) -> None:
    house = await ContractHouse(tmp_path).open_contracts(without=frozenset({"BTC-USDT"}))
    pair = house.code("BTC-USDT")
    assert not house.engine.views.levels(pair, 0, 1)
    for dollars in (68_000, 67_500):
        await house.engine.submit(SetIndexPrice(instrument=pair, price=dollars * 10))
        await house.keeper.advance(3_000)
        for name in ("BTC-USDT-SWAP", "BTC-USD-SWAP"):
            (bid, *_) = house.engine.views.levels(house.code(name), 0, 1)
            assert abs(bid.price / (dollars * 10) - 1) < 0.004, name
    await house.stop()


async def test_nobody_simulated_touches_the_quiet_contracts(house: ContractHouse) -> None:
    await house.keeper.advance(10_000)
    quiet = {view.instrument for view in house.engine.views.instruments() if view.instrument_id.startswith("QUIET")}
    assert len(quiet) == 3
    assert house.code(QUIET) in quiet
    placed = [command for command in house.commands() if isinstance(command, PlaceContractOrder)]
    assert placed
    assert not [command for command in placed if command.instrument in quiet]


@pytest.fixture
async def leaped(tmp_path: Path) -> AsyncIterator[ContractHouse]:
    """A house that leaped from Thursday evening to Friday evening at once."""
    house = await ContractHouse(tmp_path).open_contracts(start_ms=THURSDAY_EVENING_MS)
    house.events.clear()
    await house.keeper.advance(DAY_MS)
    yield house
    await house.stop()


async def test_a_leap_of_a_day_settles_three_fundings_and_one_expiry(leaped: ContractHouse) -> None:
    house = leaped
    boundaries = [THURSDAY_EVENING_MS + hours * HOUR_MS for hours in (4, 12, 20)]
    settled = house.all_of(FundingSettled)
    for name in ("BTC-USDT-SWAP", "ETH-USD-SWAP", "QUIET-USDT-SWAP", "QUIET-USD-SWAP"):
        own = [event for event in settled if event.instrument == house.code(name)]
        assert [event.time_ms for event in own] == boundaries, name
        assert all(0 < abs(event.rate) < 1_500_000_000 for event in own), "neither nothing nor wild"
    delivered = house.all_of(ContractDelivered)
    assert [event.time_ms for event in delivered] == [EXPIRY_MS] * 4
    views = house.engine.views
    ended = {view.instrument_id for view in map(views.instrument, (one.instrument for one in delivered)) if view}
    assert ended == {f"{name}-250620" for name in ("BTC-USDT", "BTC-USD", "ETH-USDT", "ETH-USD")}
    assert {event.time_ms for event in house.all_of(ContractListed)} == {EXPIRY_MS}
    assert "BTC-USDT-250704" in {event.instrument_id for event in house.all_of(ContractListed)}
    check_books(house)
    assert not house.conductor.problems
    check_the_rich(house)
    moods = house.markets.moods()
    assert "BTC-USDT-250704" in moods
    assert not ended & moods.keys(), "nobody acts on what is over"


def check_the_rich(house: ContractHouse) -> None:
    """Makers and takers were never liquidated and are far from it."""
    rich = {account for family in house.families for account in (family.maker, family.taker)}
    assert not [event for event in house.all_of(PositionTakenOver) if event.account in rich]
    views = house.engine.views
    for family in house.families:
        if family.fact.pace_ms:
            settle = views.families()[family.family].settle
            for account in (family.maker, family.taker):
                margin = views.margin(account, settle)
                assert margin.initial_margin < margin.cash / 10, family.fact.title


async def test_the_same_seed_gives_the_same_journal(tmp_path: Path) -> None:
    journals = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        house = await ContractHouse(tmp_path / name).open_contracts()
        await house.keeper.advance(5_000)
        house.markets.storm("BTC-USDT", -0.2, 5_000)
        await house.keeper.advance(10_000)
        await house.keeper.advance(61 * MINUTE_MS)
        journals.append([row.body for row in house.journal.rows()])
        await house.stop()
    assert journals[0] == journals[1]


async def test_a_reset_begins_books_again(house: ContractHouse) -> None:
    house.markets.storm("BTC-USDT", -0.3, 4_000)
    await house.keeper.advance(10_000)
    await house.markets.reset(5)
    await house.indices.reset()
    await house.keeper.advance(10_000)
    check_books(house)
    index = house.conductor.index("BTC-USDT").price / 10**18
    assert abs(index / 68_000 - 1) < 0.01


def test_bases_wander_around_nothing() -> None:
    bases = Bases("a seed")
    bases.add("X", 0.0005)
    seen = []
    for _ in range(4_000):
        bases.step(600.0)
        seen.append(bases.of("X"))
    assert abs(sum(seen) / len(seen)) < 0.0001
    assert 0.0004 < (sum(value**2 for value in seen) / len(seen)) ** 0.5 < 0.0006
    assert sum(abs(now - before) for before, now in pairwise(seen)) / len(seen) < 0.0002, "slowly"
    assert bases.of("Y") == 0.0


@pytest.mark.parametrize(("days", "share"), [(0, 0.0), (-1, 0.0), (73, 0.006), (365, 0.03)])
def test_dated_contracts_cost_more_the_longer_they_live(days: int, share: float) -> None:
    assert carry(days * DAY_MS) == pytest.approx(share)


async def test_people_may_have_the_mood_of_contracts(house: ContractHouse) -> None:
    moods = house.markets.moods()
    assert "BTC-USDT-SWAP" in moods
    assert not [name for name in moods if name.startswith("QUIET")]
    assert InstrumentType.FUTURES in {view.instrument_type for view in house.engine.views.instruments()}
