"""The funding rate: worked examples of the public formula, and what always holds of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.modules.pricing import funding
from lonja.modules.pricing.exact import TRILLION
from lonja.modules.pricing.sampling import MinuteSum
from lonja.modules.pricing.terms import FundingTerms
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.pricing.contracts import INVERSE, NOW, SWAP, levels, price

PERCENT = TRILLION // 100
TERMS = FundingTerms(8, 3 * PERCENT // 100, 5 * PERCENT // 100, 15 * PERCENT // 10, -15 * PERCENT // 10, 1_000)


def percent(text: str) -> int:
    """A rate written in percent, exactly."""
    whole, _, fraction = text.lstrip("-").partition(".")
    found = int(whole) * PERCENT + int(fraction.ljust(10, "0"))
    return -found if text.startswith("-") else found


# Public announcement of the formula of April 2025: 0.03 % / (24 / interval).
@pytest.mark.parametrize(("hours", "rate"), [(8, "0.01"), (4, "0.005"), (2, "0.0025"), (1, "0.00125")])
def test_the_interest_of_an_interval(hours: int, rate: str) -> None:
    assert funding.interest(TERMS._replace(interval_hours=hours)) == percent(rate)


# The same: clamp(average + clamp(interest - average, 0.05 %, -0.05 %), cap, floor), worked by hand for 8 hours.
RATES = [
    ("0", "0.01"),
    ("0.01", "0.01"),
    ("0.06", "0.01"),
    ("-0.04", "0.01"),
    ("0.07", "0.02"),
    ("0.1", "0.05"),
    ("-0.05", "0"),
    ("-0.1", "-0.05"),
    ("1.55", "1.5"),
    ("9", "1.5"),
    ("-9", "-1.5"),
]


@pytest.mark.parametrize(("average", "rate"), RATES)
def test_the_rate_of_an_average_premium(average: str, rate: str) -> None:
    assert funding.rate_of(percent(average), TERMS) == percent(rate)


@given(st.integers(-TRILLION, TRILLION), st.sampled_from((8, 4, 2, 1)))
def test_a_rate_never_passes_cap_or_floor(average: int, hours: int) -> None:
    terms = TERMS._replace(interval_hours=hours)
    assert terms.floor <= funding.rate_of(average, terms) <= terms.cap


@given(st.sampled_from((8, 4, 2, 1)), st.integers(0, 480))
def test_without_premium_the_rate_is_the_interest(hours: int, minutes: int) -> None:
    terms = TERMS._replace(interval_hours=hours)
    flat = [MinuteSum(NOW + minute * MINUTE_MS, 0, 60) for minute in range(minutes)]
    assert funding.rate_of(funding.average_premium(flat, NOW), terms) == funding.interest(terms)


# max(0, impact bid - index) - max(0, index - impact ask), over the index of 100.
PREMIUMS = [
    ("within the spread", "99.9", "100.1", "0"),
    ("above", "100.5", "100.6", "0.5"),
    ("below", "99.2", "99.4", "-0.6"),
    ("at the index", "100", "100", "0"),
]


@pytest.mark.parametrize(("case", "bid", "ask", "wanted"), PREMIUMS, ids=[row[0] for row in PREMIUMS])
def test_a_premium_is_seen_from_impact_prices(case: str, bid: str, ask: str, wanted: str) -> None:
    assert funding.premium(price(bid), price(ask), price("100")) == percent(wanted)


def test_a_side_that_is_too_thin_counts_for_nothing() -> None:
    assert funding.premium(None, price("99"), price("100")) == -PERCENT
    assert funding.premium(price("101"), None, price("100")) == PERCENT
    assert funding.premium(None, None, price("100")) == 0


def test_impact_prices_are_total_quote_over_total_base() -> None:
    # Lots of 0.1 at 100.00 and 99.00: 1,000 of quote are 500 of the first and 500 / 99 of the second.
    bids = levels((10_000, 50), (9_900, 1_000))
    found = SWAP.impact_price(bids, 1_000)
    assert found == 1_000 * 10**18 * 99 // (5 * 99 + 500)
    assert SWAP.impact_price(bids, 500) == price("100")
    assert SWAP.impact_price(levels((10_000, 50)), 501) is None
    # Lots of 10 USD: 1,000 of quote are 50 lots at each price.
    found = INVERSE.impact_price(levels((10_000, 50), (9_900, 50)), 1_000)
    assert found == 1_000 * 10**18 * 9_900 // (500 * 99 + 500 * 100)
    assert INVERSE.impact_price([], 1_000) is None


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=1, max_size=20))
def test_impact_prices_lie_within_the_book(rows: list[tuple[int, int]]) -> None:
    for shape in (SWAP, INVERSE):
        found = shape.impact_price(levels(*rows), 1_000)
        if found is not None:
            prices = [ticks * shape.tick for ticks, _ in rows]
            assert min(prices) <= found <= max(prices)


def test_later_minutes_weigh_more() -> None:
    # Weighted moving average: (1 * 10 + 2 * 20 + 3 * 60) / 6.
    minutes = [MinuteSum(NOW + n * MINUTE_MS, 60 * value, 60) for n, value in enumerate((10, 20, 60))]
    assert funding.average_premium(minutes, NOW) == 38
    # A minute that nobody sampled leaves the others their places.
    assert funding.average_premium([minutes[0], minutes[2]], NOW) == (10 + 180) // 4


@given(st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=50))
def test_an_average_lies_within_its_minutes(values: list[int]) -> None:
    minutes = [MinuteSum(NOW + n * MINUTE_MS, 60 * value, 60) for n, value in enumerate(values)]
    assert min(values) - 1 <= funding.average_premium(minutes, NOW) <= max(values) + 1


# Public: settled at 00:00, 08:00 and 16:00 UTC, or every 4, 2 or 1 hours.
@pytest.mark.parametrize(
    ("hours", "time", "before", "after"), [(8, 9, 8, 16), (8, 16, 16, 24), (4, 3, 0, 4), (2, 23, 22, 24), (1, 5, 5, 6)]
)
def test_boundaries_begin_at_midnight(hours: int, time: int, before: int, after: int) -> None:
    terms = TERMS._replace(interval_hours=hours)
    now = NOW + time * HOUR_MS
    assert funding.boundary_before(now, terms) == NOW + before * HOUR_MS
    assert funding.boundary_after(now, terms) == NOW + after * HOUR_MS
