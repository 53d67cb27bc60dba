"""When the engine is told what currencies are worth, and when interest is taken."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lonja.core import commands as c
from lonja.core.collateral_commands import DefineMarginTier, OpenPocket
from lonja.core.collateral_events import CurrencyPriceSet, InterestAccrued
from lonja.core.margin_commands import OpenCrossPocket
from lonja.core.texts import Text32
from lonja.modules.lending.api import InterestRate, hourly_rate
from lonja.modules.lending.lender import is_due
from lonja.modules.lending.terms import TellingTerms
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.lending.house import BORROWER, BTC, ETH, SAVER, UNIT, USD, USDT, LendingWorld, loan, pooled, terms_of
from tests.modules.pricing.contracts import NOW, price

TELLING = TellingTerms(move_ppm=500, wait_ms=60_000, hours_late_max=24)


@pytest.mark.parametrize(
    ("price_now", "told", "age_ms", "due"),
    [
        (10_000, 10_000, 10**9, False),
        (10_004, 10_000, 59_999, False),
        (10_004, 10_000, 60_000, True),
        (9_996, 10_000, 60_000, True),
        (10_005, 10_000, 0, True),
        (9_995, 10_000, 0, True),
        (9_996, 10_000, 0, False),
        (1, 0, 0, True),
    ],
)
def test_a_price_is_told_when_it_moved_far_or_long_ago(price_now: int, told: int, age_ms: int, due: bool) -> None:
    assert is_due(price_now, told, age_ms, TELLING) == due


@pytest.mark.parametrize(("yearly_ppm", "hourly"), [(87_600, 10_000_000), (100_000, 11_415_525), (0, 0)])
def test_an_hour_costs_a_part_of_the_year(yearly_ppm: int, hourly: int) -> None:
    assert hourly_rate(yearly_ppm) == hourly


async def test_prices_follow_the_index_and_nothing_is_told_while_it_stands(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        await running.lender.turn()
        assert world.of(CurrencyPriceSet) == []
        begin_ms, told = world.clock.now_ms(), []
        for seconds, text in ((0, "100"), (1, "100"), (2, "100.04"), (5, "100.05"), (6, "100.06"), (66, "100.07")):
            world.clock.set_ms(begin_ms + seconds * 1_000)
            world.tell(text)
            await running.lender.turn()
            told.append(running.engine.views.currency_terms(BTC).price * 100 // USD)
        assert told == [10_000, 10_000, 10_000, 10_005, 10_005, 10_007]
        assert [event.currency for event in world.of(CurrencyPriceSet) if isinstance(event, CurrencyPriceSet)] == [
            BTC
        ] * 3


async def test_what_is_fixed_by_hand_is_told_however_little_it_moves(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        world.tell("100")
        await running.lender.turn()
        running.board.fix("BTC-USDT", price("100.01"))
        await running.lender.turn()
        assert running.engine.views.currency_terms(BTC).price == 100 * USD + USD // 100


async def test_a_currency_without_an_index_in_dollars_of_one_kind_has_that_of_the_other(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        await running.accept(*terms_of(ETH))
        world.tell("7", "ETH-USD")
        await running.lender.turn()
        assert running.engine.views.currency_terms(ETH).price == 7 * USD


async def test_a_thousand_at_8_76_percent_a_year_pays_a_cent_an_hour(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        world.tell("10000")
        await running.lender.turn()
        await running.accept(*pooled(), loan(1_000))
        hours = [NOW + HOUR_MS, NOW + HOUR_MS, NOW + HOUR_MS + MINUTE_MS, NOW + 2 * HOUR_MS]
        await world.pass_to(running, hours)
        paid = running.records.accruals([BORROWER])
        assert [(one.hour_ms - NOW, one.liability, one.amount) for one in paid] == [
            (2 * HOUR_MS, 1_000 * UNIT, UNIT // 100),
            (HOUR_MS, 1_000 * UNIT, UNIT // 100),
        ]
        assert running.engine.views.balance(BORROWER, USDT, 1).cash == 1_000 * UNIT - 2 * UNIT // 100
        assert running.records.accruals([SAVER]) == []


async def test_a_leap_stops_at_each_hour_while_anybody_may_owe(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        assert (running.lender.next_due_ms(), running.lender.next_interest_ms()) == (0, NOW + HOUR_MS)
        await running.accept(*pooled(), *pooled(SAVER))
        assert running.lender.next_due_ms() == NOW + HOUR_MS
        outcomes = [running.engine.views.account(one) for one in (BORROWER, SAVER)]
        assert all(view is not None and view.account_mode == 3 for view in outcomes)
    async with world.life() as running:
        assert running.lender.next_due_ms() == NOW + HOUR_MS


async def test_hours_that_nobody_told_are_made_up_for_at_their_own_rates_but_no_more_than_a_day(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        world.tell("10000")
        await running.lender.turn()
        await running.accept(*pooled(), loan(1_000))
        await world.pass_to(running, [NOW + 4 * HOUR_MS])
        assert [one.hour_ms // HOUR_MS - NOW // HOUR_MS for one in running.records.accruals([BORROWER])] == [4, 3, 2, 1]
    world.clock.set_ms(NOW + 100 * HOUR_MS)
    async with world.life() as running:
        await running.lender.turn()
        made_up = running.records.accruals([BORROWER], [USDT], after_ms=NOW + 4 * HOUR_MS)
        assert [one.hour_ms // HOUR_MS - NOW // HOUR_MS for one in made_up] == list(range(100, 75, -1))


async def test_who_borrows_after_an_hour_that_nobody_owed_in_pays_from_the_next_one(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        await running.accept(*pooled())
        world.clock.set_ms(NOW + HOUR_MS)
        world.tell("10000")
        await running.lender.turn()
        await running.accept(loan(1_000))
        running.records.flush()
    async with world.life() as running:
        await running.lender.turn()
        assert world.of(InterestAccrued) == []
        await world.pass_to(running, [NOW + 2 * HOUR_MS])
        assert [one.hour_ms for one in running.records.accruals([BORROWER])] == [NOW + 2 * HOUR_MS]


async def test_rates_are_those_of_the_terms_for_what_can_be_borrowed(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        rates = [running.lender.interest_rate(currency) for currency in (USDT, BTC, ETH)]
        assert rates == [InterestRate(USDT, 87_600, 10_000_000), InterestRate(BTC, 30_000, 3_424_657), None]


async def test_a_price_that_the_engine_refuses_is_told_of_once_and_tried_again(tmp_path: Path) -> None:
    world = LendingWorld(tmp_path)
    async with world.life() as running:
        for units, warnings in (("5000000", 1), ("5000000", 0), ("4000000", 0), ("5000000", 1)):
            running.board.fix("BTC-USDT", price(units))
            with capture_logs() as lines:
                await running.lender.turn()
            assert [line["rejection"] for line in lines] == ["FIELD_INVALID"] * warnings
        assert running.engine.views.currency_terms(BTC).price == 4_000_000 * USD


@pytest.mark.parametrize(
    "opening",
    [OpenPocket(account=BORROWER, instrument=0), OpenCrossPocket(account=BORROWER, instrument=0, currency=USDT)],
)
async def test_positions_in_pairs_owe_interest_in_any_mode(tmp_path: Path, opening: c.Command) -> None:
    """Nobody is in multi-currency mode, but what stands in a position in a pair may be owed."""
    world = LendingWorld(tmp_path)
    rates = {"initial_ppm": 100_000, "maintenance_ppm": 30_000}
    async with world.life() as running:
        await running.accept(
            c.ListInstrument(instrument_id=Text32("BTC-USDT"), base=BTC, quote=USDT, settle=USDT),
            DefineMarginTier(tier=1, base_max=UNIT, quote_max=UNIT, **rates),
            c.ConfigureAccount(account=BORROWER, account_mode=2),
        )
        assert running.lender.next_due_ms() == 0
        await running.accept(opening)
        assert running.lender.next_due_ms() == NOW + HOUR_MS
