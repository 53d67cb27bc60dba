"""Mark prices and price limits: the public formulas by example, and what always holds of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.modules.pricing.limits import BAND, Limits, basis_of, limits_of, mark_of
from lonja.modules.pricing.shape import Shape
from lonja.modules.pricing.terms import LimitTerms, MarkTerms, Terms
from lonja.primitives.instant import DAY_MS, MINUTE_MS
from tests.modules.pricing.contracts import DATED, NOW, SWAP, TICK, levels, price

MARK = MarkTerms(60, 20_000)
TERMS = Terms.of_file()
MAJOR = TERMS.limits("perpetual", "BTC-USDT", NOW)
OTHER = TERMS.limits("perpetual", "DOGE-USDT", NOW)
NEAR = TERMS.limits("near", "BTC-USDT", NOW)
FAR = TERMS.limits("far", "BTC-USDT", NOW)
END = DATED.expiry_ms

# Public rule page "Price limit rules", index 100: X / Y / Z of perpetual majors 2 / 2 / 5 %, others 4 / 4 / 8 %, weekly
# 5 / 4 / 10 %, quarterly 5 / 6 / 25 %; Z is 3 % in the last 30 minutes of a weekly.
CASES = [
    ("first minutes", SWAP, MAJOR, SWAP.listed_ms + 10 * MINUTE_MS - 1, "9", 10_200, 9_800),
    ("ten minutes on", SWAP, MAJOR, SWAP.listed_ms + 10 * MINUTE_MS, "0", 10_200, 9_800),
    ("premium moves both", SWAP, MAJOR, NOW, "1", 10_300, 9_900),
    ("up to Z", SWAP, MAJOR, NOW, "4", 10_500, 10_000),
    ("never past the index", SWAP, MAJOR, NOW, "-3", 10_000, 9_500),
    ("others", SWAP, OTHER, NOW, "-1", 10_300, 9_500),
    ("others, up to Z", SWAP, OTHER, NOW, "7", 10_800, 10_000),
    ("a weekly begins", DATED, NEAR, DATED.listed_ms, "0", 10_500, 9_500),
    ("a weekly", DATED, NEAR, NOW, "5", 10_900, 10_000),
    ("a weekly's last 30 minutes", DATED, NEAR, END - 30 * MINUTE_MS, "5", 10_300, 10_000),
    ("just before them", DATED, NEAR, END - 30 * MINUTE_MS - 1, "5", 10_900, 10_000),
    ("a quarterly", DATED, FAR, NOW, "-10", 10_000, 8_400),
]


@pytest.mark.parametrize(("case", "shape", "terms", "now", "premium", "buy", "sell"), CASES, ids=[c[0] for c in CASES])
def test_the_published_limits(
    case: str, shape: Shape, terms: LimitTerms, now: int, premium: str, buy: int, sell: int
) -> None:
    moved = -price(premium[1:]) if premium.startswith("-") else price(premium)
    assert limits_of(shape, price("100"), moved, terms, now) == Limits(buy, sell)


def test_quiet_contracts_have_their_listed_band() -> None:
    assert limits_of(SWAP, price("100"), 0, TERMS.limits("perpetual", "QUIET-USD", NOW), NOW) == BAND


@given(
    st.integers(1, 10**24),
    st.integers(-(10**24), 10**24),
    st.integers(0, 20 * DAY_MS),
    st.sampled_from((MAJOR, OTHER, NEAR, FAR, LimitTerms(10, 0, 0, 1, 120, 30, 1))),
)
def test_limits_never_cross_and_hold_the_index(index: int, premium: int, later: int, terms: LimitTerms) -> None:
    for shape in (SWAP, DATED):
        found = limits_of(shape, index, premium, terms, shape.listed_ms + later)
        assert 1 <= found.sell_min <= found.buy_max
        assert (found.sell_min - 1) * TICK < index <= found.buy_max * TICK


def test_a_mark_is_the_index_and_the_basis_up_to_its_bound() -> None:
    index = price("100")
    assert mark_of(index, price("0.3"), MARK) == price("100.3")
    assert mark_of(index, -price("0.3"), MARK) == price("99.7")
    assert mark_of(index, price("7"), MARK) == price("102")
    assert mark_of(index, -price("7"), MARK) == price("98")
    assert mark_of(index, price("7"), TERMS.mark("QUIET-USDT", NOW)) == index


def test_a_basis_needs_both_sides_of_the_book() -> None:
    bid, ask = levels((10_010, 1), (10_021, 5))
    assert basis_of(SWAP, bid, ask, price("100")) == price("0.155")
    assert basis_of(SWAP, bid, None, price("100")) == 0
    assert basis_of(SWAP, None, ask, price("100")) == 0


@given(st.integers(1, 10**24), st.integers(-(10**25), 10**25))
def test_a_mark_is_never_far_from_the_index(index: int, basis: int) -> None:
    assert abs(mark_of(index, basis, MARK) - index) * 1_000_000 <= index * MARK.basis_max_ppm


def test_prices_and_ticks_go_back_and_forth() -> None:
    assert SWAP.to_ticks(price("100.005")) == 10_001
    assert SWAP.to_ticks(price("100.0049")) == 10_000
    assert SWAP.to_ticks(1) == 1
