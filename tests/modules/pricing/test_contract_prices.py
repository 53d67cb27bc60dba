"""Samples of one contract: which minutes count for a rate, and which boundaries are due."""

import pytest

from lonja.modules.pricing.contract_prices import ContractPrices
from lonja.modules.pricing.sampling import MinuteSum
from lonja.modules.pricing.terms import PACKAGED, Terms
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.pricing.contracts import NOW, SWAP

TERMS = Terms.of_file()
SHAPE = SWAP._replace(underlying="BTC-USDT")
INTEREST = 100_000_000
HIGH = 10**12
"""A premium of 100 %: whatever it counts with takes the rate to its cap."""


def sampled(*minutes: int, terms: Terms = TERMS) -> ContractPrices:
    """A contract with a premium of 100 % in these minutes of the day and none in all others of the first 17 hours."""
    found = ContractPrices(SHAPE, terms)
    for minute in range(17 * 60):
        value = HIGH if minute in minutes else 0
        found.minutes.put(MinuteSum(NOW + minute * MINUTE_MS, 60 * value, 60))
    return found


# Public notice of January 2024, times of an 8-hour interval: the rate stands on the last 480 full minutes.
WINDOWS = [
    ("16:00 is settled by 08:00 to 15:59", 16 * 60, 8 * 60, 16 * 60 - 1),
    ("16:10 looks back to 08:10", 16 * 60 + 10, 8 * 60 + 10, 16 * 60 + 9),
    ("09:00 looks back to 01:00", 9 * 60, 60, 9 * 60 - 1),
]


@pytest.mark.parametrize(("case", "now", "first", "last"), WINDOWS, ids=[row[0] for row in WINDOWS])
def test_a_rate_stands_on_the_minutes_of_its_interval(case: str, now: int, first: int, last: int) -> None:
    now_ms = NOW + now * MINUTE_MS + 59_999
    assert sampled().forecast(now_ms) == INTEREST
    assert sampled(first - 1, last + 1).forecast(now_ms) == INTEREST
    assert sampled(last).forecast(now_ms) > INTEREST
    # The first of 480 minutes weighs 1 of 115,440: not enough to leave the damper's reach.
    assert sampled(first).forecast(now_ms) == INTEREST
    assert sampled(*range(first, first + 60)).forecast(now_ms) > INTEREST


@pytest.mark.parametrize("hours", [8, 4, 2, 1])
def test_intervals_may_be_shorter(hours: int) -> None:
    terms = Terms(PACKAGED.read_text("utf-8").replace("interval_hours = 8", f"interval_hours = {hours}"))
    found = sampled(terms=terms)
    assert found.forecast(NOW + 16 * HOUR_MS) == INTEREST * hours // 8
    assert found.due(NOW + 16 * HOUR_MS, NOW + (16 - hours) * HOUR_MS) == [NOW + 16 * HOUR_MS]
    assert found.due(NOW + 16 * HOUR_MS, NOW + 16 * HOUR_MS) == []


def test_boundaries_are_due_oldest_first_and_no_longer_than_samples_are_kept() -> None:
    terms = Terms(PACKAGED.read_text("utf-8").replace("interval_hours = 8", "interval_hours = 4"))
    found = sampled(terms=terms)
    assert found.due(NOW + 16 * HOUR_MS + 1, 0) == [NOW + hours * HOUR_MS for hours in (8, 12, 16)]
    assert found.due(NOW + 30 * HOUR_MS, 0) == []


def test_a_contract_has_no_boundary_before_it_was_listed() -> None:
    found = ContractPrices(SHAPE._replace(listed_ms=NOW + 8 * HOUR_MS), TERMS)
    found.minutes.put(MinuteSum(NOW + 8 * HOUR_MS - MINUTE_MS, 0, 1))
    assert found.due(NOW + 8 * HOUR_MS, 0) == []
