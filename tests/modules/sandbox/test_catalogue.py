"""The catalogue: enough pairs, sane steps, room for everybody's money."""

from decimal import Decimal

import pytest

from lonja.modules.sandbox.catalogue import ASSETS, CURRENCIES, INSTRUMENTS, QUIET, InstrumentFact
from lonja.modules.sandbox.lots import SCALES, catalogue_price, listing, steps_of
from lonja.modules.sandbox.opening import simulator_funds
from lonja.modules.sandbox.quoting import LADDER_LEVELS
from lonja.primitives.money import INT_MAX

TRADED = [fact for fact in INSTRUMENTS if fact.instrument_id != QUIET]
BY_ID = {fact.instrument_id: fact for fact in INSTRUMENTS}


def each(fact: InstrumentFact) -> str:
    return fact.instrument_id


def test_there_are_enough_pairs_in_several_quote_currencies() -> None:
    assert len(TRADED) >= 20
    assert {fact.quote for fact in TRADED} == {"USDT", "USDC", "BTC", "ETH"}
    assert len(BY_ID) == len(INSTRUMENTS), "no pair twice"


def test_quiet_is_as_promised() -> None:
    quiet = BY_ID[QUIET]
    assert (quiet.tick_size, quiet.lot_size, quiet.min_size) == ("0.01", "0.001", "0.001")
    assert catalogue_price(quiet) == 10_000


@pytest.mark.parametrize("fact", INSTRUMENTS, ids=each)
def test_a_lot_is_a_whole_number_of_units_and_the_minimum_of_lots(fact: InstrumentFact) -> None:
    steps = steps_of(fact)
    assert SCALES[fact.base] >= steps.size_scale
    assert Decimal(fact.min_size) == steps.size_min * Decimal(fact.lot_size)
    assert {fact.base, fact.quote} <= SCALES.keys()
    assert {fact.base, fact.quote} <= ASSETS.keys()


@pytest.mark.parametrize("fact", TRADED, ids=each)
def test_the_ladder_fits_within_one_percent_even_after_a_long_fall(fact: InstrumentFact) -> None:
    ticks_in_one_percent = catalogue_price(fact) * 0.7 / 100
    assert ticks_in_one_percent > 30
    assert LADDER_LEVELS > 30


@pytest.mark.parametrize("fact", INSTRUMENTS, ids=each)
def test_limits_are_positive_and_a_million_dollars_may_trade_at_market(fact: InstrumentFact) -> None:
    command = listing(fact, 0, 1)
    assert command.size_min < command.size_market_max < command.size_limit_max <= INT_MAX
    size = command.size_market_max * Decimal(fact.lot_size)
    assert 900_000 < size * Decimal(ASSETS[fact.base].price) < 3_000_000


@pytest.mark.parametrize("currency", CURRENCIES, ids=lambda currency: currency.name)
def test_a_hundred_times_all_simulated_money_fits(currency) -> None:
    assert simulator_funds(currency.name) * len(INSTRUMENTS) * 10 < INT_MAX


@pytest.mark.parametrize(
    ("instrument_id", "price", "size", "notional"),
    [
        ("QUIET-USDT", 10_000, 1, 10_000_000),  # 100.00 x 0.001 = 0.1 USDT
        ("BTC-USDT", 680_001, 1, 68_000),  # 68000.1 x 0.00000001, rounded down
        ("ETH-BTC", 5_000, 1_000_000, 5_000_000_000),  # 0.05 x 1 = 0.05 BTC
        ("SHIB-USDT", 20_000, 50_000, 100_000_000),  # 0.00002 x 50000 = 1 USDT
    ],
)
def test_notionals_are_exact(instrument_id: str, price: int, size: int, notional: int) -> None:
    assert steps_of(BY_ID[instrument_id]).notional(price, size) == notional


@pytest.mark.parametrize(
    ("size", "lots"),
    [(0.0, 1_000), (0.00000999, 1_000), (0.00012345678, 12_350), (1.23456, 123_500_000), (0.01, 1_000_000)],
)
def test_sizes_have_four_digits_and_reach_the_minimum(size: float, lots: int) -> None:
    assert steps_of(BY_ID["BTC-USDT"]).lots(size) == lots
