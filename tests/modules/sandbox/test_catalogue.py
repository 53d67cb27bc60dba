"""The catalogue: enough pairs, sane steps, room for everybody's money."""

import hashlib
from collections import Counter
from decimal import Decimal

import pytest

from lonja.modules.sandbox.catalogue import (
    ASSETS,
    CURRENCIES,
    INSTRUMENTS,
    NAMED_COUNT,
    QUIET,
    SIMULATOR_USD,
    SIMULATOR_USD_ELSEWHERE,
)
from lonja.modules.sandbox.lots import SCALES, catalogue_price, listing, steps_of
from lonja.modules.sandbox.opening import simulator_funds
from lonja.modules.sandbox.quoting import LADDER_LEVELS
from lonja.primitives.money import INT_MAX

TRADED = [fact for fact in INSTRUMENTS if fact.instrument_id != QUIET]
BY_ID = {fact.instrument_id: fact for fact in INSTRUMENTS}


def test_there_are_enough_pairs_in_several_quote_currencies() -> None:
    assert len(TRADED) >= 1_000
    assert len(CURRENCIES) >= 350
    assert len(SCALES) == len(CURRENCIES) == len(ASSETS), "no currency twice"
    assert {fact.quote for fact in TRADED} == {"USDT", "USDC", "BTC", "ETH"}
    assert len(BY_ID) == len(INSTRUMENTS), "no pair twice"


def test_quiet_is_as_promised() -> None:
    quiet = BY_ID[QUIET]
    assert (quiet.tick_size, quiet.lot_size, quiet.min_size) == ("0.01", "0.001", "0.001")
    assert catalogue_price(quiet) == 10_000


def test_the_order_never_changes() -> None:
    """Codes of instruments in data folders follow it; append, do not insert."""
    names = "\n".join(fact.instrument_id for fact in INSTRUMENTS)
    assert hashlib.sha256(names.encode()).hexdigest()[:16] == "c8580c77e4ad63f0"
    assert [fact.instrument_id for fact in INSTRUMENTS[:3]] == ["BTC-USDT", "ETH-USDT", QUIET]


def test_a_lot_is_a_whole_number_of_units_and_the_minimum_of_lots() -> None:
    for fact in INSTRUMENTS:
        steps = steps_of(fact)
        assert SCALES[fact.base] >= steps.size_scale, fact
        assert Decimal(fact.min_size) == steps.size_min * Decimal(fact.lot_size), fact
        assert {fact.base, fact.quote} <= ASSETS.keys(), fact


def test_the_ladder_fits_within_one_percent_even_after_a_long_fall() -> None:
    assert LADDER_LEVELS > 30
    for fact in TRADED:
        assert catalogue_price(fact) * 0.7 / 100 > 30, fact


def test_limits_are_positive_and_a_million_dollars_may_trade_at_market() -> None:
    for fact in INSTRUMENTS:
        command = listing(fact, 0, 1)
        assert command.size_min < command.size_market_max < command.size_limit_max <= INT_MAX, fact
        size = command.size_market_max * Decimal(fact.lot_size)
        assert 900_000 < size * Decimal(ASSETS[fact.base].price) < 3_000_000, fact


def test_five_times_all_simulated_money_fits() -> None:
    owned = Counter({currency.name: simulator_funds(currency.name) for currency in CURRENCIES})  # the taker's
    for place, fact in enumerate(INSTRUMENTS):
        usd = SIMULATOR_USD if place < NAMED_COUNT else SIMULATOR_USD_ELSEWHERE
        for name in (fact.base, fact.quote):
            owned[name] += simulator_funds(name, usd)
    assert max(owned.values()) * 5 < INT_MAX, owned.most_common(3)


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
