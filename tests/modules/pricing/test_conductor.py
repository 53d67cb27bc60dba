"""The conductor against a real engine: marks, funding, deliveries, listings, and crashes between any two of them."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from lonja.core import commands as c
from lonja.core.algo_events import ContractIndexSet
from lonja.core.events import ContractDelivered, ContractListed, FundingSettled, InstrumentStateChanged, MarkPriceSet
from lonja.core.kinds import InstrumentState, Side
from lonja.modules.pricing.api import DELIVERY, FUNDING, IndexState
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.pricing.contracts import NOW, price
from tests.modules.pricing.house import BUYER, INVERSE, SELLER, SWAP, PriceWorld, accept, limit, open_position

INTEREST = 100_000_000
"""0.01 %, what eight hours without a premium cost."""
FRIDAY = NOW + 4 * DAY_MS + 8 * HOUR_MS
"""2025-11-28 08:00 UTC, the last Friday of November."""


@pytest.fixture
def world(tmp_path: Path) -> PriceWorld:
    return PriceWorld(tmp_path)


def run(play: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(play())


def test_marks_follow_the_index_at_once_also_while_time_stands(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await running.conductor.turn()
            assert world.of(MarkPriceSet) == []
            world.tell("100")
            await running.conductor.turn()
            view = running.engine.views.contract(SWAP)
            assert view is not None
            assert view.mark == 10_000
            told = len(world.of(MarkPriceSet))
            await running.conductor.turn()
            assert len(world.of(MarkPriceSet)) == told
            running.conductor.board.fix("BTC-USDT", price("97.5"))
            await running.conductor.turn()
            view, other = running.engine.views.contract(SWAP), running.engine.views.contract(INVERSE)
            assert view is not None
            assert view.mark == 9_750
            assert other is not None
            assert other.mark == 10_000

    run(play)


def test_an_index_is_told_right_before_its_mark_and_only_when_its_tick_changes(world: PriceWorld) -> None:
    async def play() -> None:
        world.has_lister = False
        async with world.life() as running:
            for text in ("100", "100", "100.004", "100.006"):
                world.tell(text)
                await running.conductor.turn()
        told = [event for event in world.events if isinstance(event, (ContractIndexSet, MarkPriceSet))]
        pairs = [(event, told[at + 1]) for at, event in enumerate(told) if isinstance(event, ContractIndexSet)]
        assert [(index.instrument, index.price) for index, _ in pairs if index.instrument == SWAP] == [
            (SWAP, 10_000),
            (SWAP, 10_001),
        ]
        for index, mark in pairs:
            assert (type(mark), mark.instrument) == (MarkPriceSet, index.instrument)
        async with world.life() as running:
            # Time went on, so that sources from before the start say something again.
            await world.pass_to(running, NOW + 1_000, text="100.006")
            assert len([one for one in world.of(ContractIndexSet) if one.instrument == SWAP]) == 2

    run(play)


def test_a_mark_has_the_limits_of_the_formula(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            world.tell("100")
            await running.conductor.turn()
            swap = running.engine.views.instrument(SWAP)
            assert swap is not None
            assert (swap.buy_max, swap.sell_min) == (10_200, 9_800)

    run(play)


def test_the_basis_moves_the_mark_slowly(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await world.pass_to(running, NOW + 60_000, text="100")
            await accept(running.engine, [limit(BUYER, Side.BUY, 10_050, 10), limit(SELLER, Side.SELL, 10_070, 10)])
            marks = []
            for second in (61, 91, 122):
                await world.pass_to(running, NOW + second * 1_000, text="100")
                view = running.engine.views.contract(SWAP)
                assert view is not None
                marks.append(view.mark)
            assert marks[0] < marks[1] < marks[2] == 10_060
            # The premium of two minutes, of which it stood for one, moves the limits as well.
            swap = running.engine.views.instrument(SWAP)
            assert swap is not None
            assert (swap.buy_max, swap.sell_min) == (10_230, 9_831)

    run(play)


def test_a_stale_index_keeps_its_mark(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            world.tell("100")
            await running.conductor.turn()
            await world.pass_to(running, NOW + HOUR_MS, step_ms=MINUTE_MS)
            found = running.conductor.index("BTC-USDT")
            assert (found.price, found.age_ms, found.state) == (price("100"), HOUR_MS, IndexState.STALE)
            view = running.engine.views.contract(SWAP)
            assert view is not None
            assert view.mark == 10_000

    run(play)


def test_funding_is_settled_at_the_boundary_exactly_once(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await world.pass_to(running, NOW + 1_000, text="100")
            await open_position(running.engine, 10_000, 100)
            await world.pass_to(running, NOW + 8 * HOUR_MS - 1, step_ms=10_000, text="100")
            assert world.of(FundingSettled) == []
            due = running.conductor.next_due_ms()
            assert due == NOW + 8 * HOUR_MS
            before = running.engine.views.balance(BUYER, 0, 1).cash
            await world.pass_to(running, due, text="100")
            await world.pass_to(running, due + MINUTE_MS, text="100")
            settled = world.of(FundingSettled)
            assert [(event.instrument, event.rate, event.time_ms) for event in settled] == [
                (SWAP, INTEREST, due),
                (INVERSE, INTEREST, due),
            ]
            # 100 lots of 0.1 at 100 are worth 1,000 USDT; of these 0.01 %.
            paid = before - running.engine.views.balance(BUYER, 0, 1).cash
            assert paid == 10**7
            view = running.conductor.funding(SWAP)
            assert view is not None
            assert view.settled_rate == INTEREST
            assert (view.funding_time_ms, view.next_funding_time_ms) == (NOW + 16 * HOUR_MS, NOW + 24 * HOUR_MS)

    run(play)


def test_a_premium_raises_the_rate_and_its_forecast(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await world.pass_to(running, NOW + 1_000, text="100")
            orders = [limit(BUYER, Side.BUY, 10_020, 100_000), limit(SELLER, Side.SELL, 10_030, 100_000)]
            await accept(running.engine, orders)
            await world.pass_to(running, NOW + 8 * HOUR_MS - MINUTE_MS, step_ms=MINUTE_MS, text="100")
            view = running.conductor.funding(SWAP)
            assert view is not None
            assert view.premium == 2_000_000_000
            await world.pass_to(running, NOW + 8 * HOUR_MS, step_ms=MINUTE_MS, text="100")
            # A premium of 0.2 % in all minutes but the first gives 0.2 % - 0.05 %, but for that first one.
            rate = world.of(FundingSettled)[0].rate
            assert 1_490_000_000 < rate <= 1_500_000_000
            assert view.rate == pytest.approx(rate, rel=0.01)

    run(play)


def test_a_forecast_waits_for_the_last_samples_of_a_minute_and_then_stays(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await world.pass_to(running, NOW + 1_000, text="100")
            orders = [limit(BUYER, Side.BUY, 10_020, 100_000), limit(SELLER, Side.SELL, 10_030, 100_000)]
            await accept(running.engine, orders)
            await world.pass_to(running, NOW + 10 * MINUTE_MS, step_ms=10_000, text="100")
            rates = []
            # The clock is in a new minute, and nobody looked at the last one yet.
            world.clock.set_ms(NOW + 11 * MINUTE_MS + 500)
            for _ in range(2):
                view = running.conductor.funding(SWAP)
                assert view is not None
                rates.append(view.rate)
            # Samples that come now are of minutes that the forecast counts, and of later ones.
            world.tell("100")
            await running.conductor.turn()
            for second in (1, 40, 59):
                await world.pass_to(running, NOW + 11 * MINUTE_MS + second * 1_000, text="100")
                view = running.conductor.funding(SWAP)
                assert view is not None
                rates.append(view.rate)
            assert rates[0] == rates[1] < rates[2] == rates[3] == rates[4]
            assert running.conductor.funding_boundaries("BTC-USDT", NOW + 9 * HOUR_MS) == (
                NOW + 8 * HOUR_MS,
                NOW + 16 * HOUR_MS,
            )

    run(play)


def test_premiums_of_full_minutes_are_told_newest_first(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await world.pass_to(running, NOW + 1_000, text="100")
            assert running.conductor.premiums(SWAP) == []
            orders = [limit(BUYER, Side.BUY, 10_100, 100_000), limit(SELLER, Side.SELL, 10_110, 100_000)]
            await accept(running.engine, orders)
            await world.pass_to(running, NOW + 3 * MINUTE_MS + 5_000, text="100")
            told = running.conductor.premiums(SWAP)
            assert [one.time_ms for one in told] == [NOW + minute * MINUTE_MS for minute in (2, 1, 0)]
            # In the first minute nobody had offered anything for a second.
            assert [one.premium for one in told[:2]] == [10_000_000_000] * 2
            assert 9_800_000_000 < told[2].premium < 10_000_000_000
            assert [running.conductor.premiums(code) for code in (2, 99)] == [[], []]

    run(play)


def test_what_dated_contracts_are_called(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await running.conductor.turn()
            listed = running.engine.views.instruments()
            called = {one.instrument_id: running.conductor.duration(one.instrument) for one in listed}
            # 28 November is the last Friday of its month, too, and 26 December of its quarter.
            assert called == {
                "BTC-USDT-SWAP": "",
                "BTC-USD-SWAP": "",
                "BTC-USDT-251128": "this_week",
                "BTC-USDT-251205": "next_week",
                "BTC-USDT-251226": "this_month",
                "BTC-USDT-260130": "next_month",
                "BTC-USDT-260327": "quarter",
                "BTC-USDT-260626": "next_quarter",
            }
            assert running.conductor.duration(99) == ""

    run(play)


@pytest.mark.parametrize("flushes", [True, False])
def test_a_crash_right_after_a_settlement_does_not_settle_again(world: PriceWorld, flushes: bool) -> None:
    async def play() -> None:
        boundary = NOW + 8 * HOUR_MS
        async with world.life(crashes=True) as running:
            await world.pass_to(running, boundary + 500, step_ms=5_000, text="100")
            if flushes:
                running.records.flush()
        assert len(world.of(FundingSettled)) == 2
        async with world.life() as running:
            await world.pass_to(running, boundary + HOUR_MS, step_ms=MINUTE_MS, text="100")
            assert len(world.of(FundingSettled)) == 2
            history = running.records.history(FUNDING, SWAP)
            assert [(one.rate, one.price) for one in history] == [(INTEREST, 10_000)]

    run(play)


def test_a_boundary_that_a_restart_fell_upon_is_settled_late_and_once(world: PriceWorld) -> None:
    async def play() -> None:
        boundary = NOW + 8 * HOUR_MS
        async with world.life() as running:
            await world.pass_to(running, boundary - 10_000, step_ms=10_000, text="100")
        world.clock.set_ms(boundary + 20_000)
        async with world.life() as running:
            assert world.of(FundingSettled) == []
            world.tell("100")
            await running.conductor.turn()
            await running.conductor.turn()
            assert [event.rate for event in world.of(FundingSettled)] == [INTEREST, INTEREST]

    run(play)


def test_samples_from_before_a_restart_count_for_the_rate(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await world.pass_to(running, NOW + 1_000, text="100")
            orders = [limit(BUYER, Side.BUY, 10_020, 100_000), limit(SELLER, Side.SELL, 10_030, 100_000)]
            await accept(running.engine, orders)
            await world.pass_to(running, NOW + 7 * HOUR_MS, step_ms=MINUTE_MS, text="100")
            before = running.conductor.funding(SWAP)
        async with world.life() as running:
            after = running.conductor.funding(SWAP)
            assert before is not None
            assert after is not None
            assert after.rate == before.rate > INTEREST

    run(play)


def test_intervals_while_the_house_was_closed_are_not_settled(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await world.pass_to(running, NOW + HOUR_MS, step_ms=MINUTE_MS, text="100")
        world.clock.set_ms(NOW + 5 * DAY_MS + HOUR_MS)
        async with world.life() as running:
            world.tell("100")
            await running.conductor.turn()
            assert world.of(FundingSettled) == []
            await world.pass_to(running, NOW + 5 * DAY_MS + 8 * HOUR_MS, step_ms=MINUTE_MS, text="100")
            assert len(world.of(FundingSettled)) == 2

    run(play)


def test_a_leap_of_the_clock_over_a_boundary_settles_it(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            world.tell("100")
            await running.conductor.turn()
            await world.pass_to(running, NOW + 12 * HOUR_MS, step_ms=12 * HOUR_MS, text="100")
            assert [event.rate for event in world.of(FundingSettled)] == [INTEREST, INTEREST]

    run(play)


def test_the_calendar_lists_contracts_and_ends_them(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            world.tell("100")
            await running.conductor.turn()
            listed = [event.instrument_id for event in world.of(ContractListed)[2:]]
            assert listed == [f"BTC-USDT-{day}" for day in ("251128", "251205", "251226", "260130", "260327", "260626")]
            marked = {event.instrument for event in world.of(MarkPriceSet)}
            assert marked == set(range(8))
            assert running.conductor.next_due_ms() == NOW + 8 * HOUR_MS
            await world.pass_to(running, FRIDAY - 30 * MINUTE_MS, step_ms=HOUR_MS // 2, text="100")
            assert running.conductor.delivery_estimate(2) is None
            await world.pass_to(running, FRIDAY - 15 * MINUTE_MS, step_ms=MINUTE_MS, text="100")
            await world.pass_to(running, FRIDAY - MINUTE_MS, step_ms=MINUTE_MS, text="110")
            estimate = running.conductor.delivery_estimate(2)
            assert estimate is not None
            assert 10_000 < estimate.price < 10_500
            await world.pass_to(running, FRIDAY + MINUTE_MS, step_ms=MINUTE_MS, text="110")
            # 110 was told 14 minutes before the end and held: (16 * 100 + 14 * 110) / 30.
            delivered = world.of(ContractDelivered)
            assert [(event.instrument, event.price, event.time_ms) for event in delivered] == [(2, 10_467, FRIDAY)]
            assert [event.instrument_id for event in world.of(ContractListed)[8:]] == ["BTC-USDT-251212"]
            assert [one.price for one in running.records.history(DELIVERY, 2)] == [10_467]
            assert running.conductor.delivery_estimate(2) is None

    run(play)


def test_a_restart_in_the_last_minutes_keeps_what_was_sampled(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await world.pass_to(running, FRIDAY - 30 * MINUTE_MS, step_ms=HOUR_MS // 2, text="100")
            await world.pass_to(running, FRIDAY - 20 * MINUTE_MS, step_ms=10_000, text="100")
        world.clock.set_ms(FRIDAY - 10 * MINUTE_MS)
        async with world.life() as running:
            world.tell("120")
            await running.conductor.turn()
            await world.pass_to(running, FRIDAY, step_ms=10_000, text="120")
            assert [event.price for event in world.of(ContractDelivered)] == [11_000]

    run(play)


def test_a_contract_without_any_price_waits_closed_for_its_delivery(world: PriceWorld) -> None:
    async def play() -> None:
        async with world.life() as running:
            await running.conductor.turn()
            await world.pass_to(running, FRIDAY + MINUTE_MS, step_ms=DAY_MS)
            await running.conductor.turn()
            changed = world.of(InstrumentStateChanged)
            assert [(event.instrument, event.state) for event in changed] == [(2, InstrumentState.SUSPENDED)]
            assert world.of(ContractDelivered) == []
            world.tell("100")
            await running.conductor.turn()
            assert [event.price for event in world.of(ContractDelivered)] == [10_000]

    run(play)


def test_what_the_engine_refuses_is_known_and_forgotten(world: PriceWorld) -> None:
    async def play() -> None:
        world.has_lister = False
        async with world.life() as running:
            running.conductor.board.fix("BTC-USDT", 10**40)
            await running.conductor.turn()
            refused = [("SetContractIndex", str(SWAP)), ("SetMarkPrice", str(SWAP))]
            assert list(running.conductor.problems) == refused
            running.conductor.board.fix("BTC-USDT", price("100"))
            await running.conductor.turn()
            assert running.conductor.problems == {}

    run(play)


def test_a_closed_contract_is_told_nothing_more(world: PriceWorld) -> None:
    async def play() -> None:
        world.has_lister = False
        async with world.life() as running:
            world.tell("100")
            await running.conductor.turn()
            await accept(running.engine, [c.SetInstrumentState(instrument=SWAP, state=InstrumentState.DELISTED)])
            told = len(world.of(MarkPriceSet))
            await world.pass_to(running, NOW + 1_000, text="101")
            assert [event.instrument for event in world.of(MarkPriceSet)[told:]] == [INVERSE]
            assert running.conductor.funding(SWAP) is None
            assert running.conductor.next_due_ms() == NOW + 8 * HOUR_MS

    run(play)


def test_two_runs_of_the_same_day_are_the_same_journal(tmp_path: Path) -> None:
    async def play(world: PriceWorld) -> str:
        async with world.life() as running:
            for step in range(40):
                await world.pass_to(running, NOW + (step + 1) * 20 * MINUTE_MS, 10 * MINUTE_MS, str(100 + step % 7))
            return running.engine.views.state_hash()

    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        hashes.append(asyncio.run(play(PriceWorld(tmp_path / name))))
    assert hashes[0] == hashes[1]
