"""The index price: what the public rule page says of it, source by source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.adapters.index_memory import MemoryIndexSource
from lonja.modules.pricing.exact import PPM
from lonja.modules.pricing.index import IndexBoard, IndexPart, IndexState, Quote, index_of, trimmed
from lonja.modules.pricing.terms import Terms
from tests.modules.pricing.contracts import NOW, price

DEVIATION_PPM = 20_000
INDEX_ID = "BTC-USDT"

# Public rule page "Spot index prices": trimming at 2 % of the median, equal weights of two, one as it is.
CASES = [
    ("three that agree", ["100", "100", "100"], "100"),
    ("weighted average", ["100", "101", "102"], "101"),
    ("one too high counts as 102 %", ["100", "100", "130"], "100.666666666666666666"),
    ("one too low counts as 98 %", ["100", "100", "10"], "99.333333333333333333"),
    ("median between the middle two", ["100", "101", "103", "90"], "100.5"),
    ("two weigh the same, however far apart", ["100", "130"], "115"),
    ("one alone", ["130"], "130"),
]


@pytest.mark.parametrize(("case", "told", "wanted"), CASES, ids=[case for case, _, _ in CASES])
def test_sources_are_weighed(case: str, told: list[str], wanted: str) -> None:
    assert index_of([Quote(price(one), 1) for one in told], DEVIATION_PPM) == price(wanted)


def test_weights_count_from_three_sources_on() -> None:
    assert index_of([Quote(100, 2), Quote(101, 1), Quote(102, 1)], DEVIATION_PPM) == (200 + 101 + 102) // 4
    assert index_of([Quote(100, 9), Quote(102, 1)], DEVIATION_PPM) == 101


@given(st.lists(st.tuples(st.integers(1, 10**30), st.integers(1, 100)), min_size=1, max_size=9))
def test_an_index_lies_within_its_sources(told: list[tuple[int, int]]) -> None:
    quotes = [Quote(*one) for one in told]
    prices = [quote.price for quote in quotes]
    found = index_of(quotes, DEVIATION_PPM)
    assert min(prices) <= found <= max(prices)
    if len(quotes) >= 3:
        within = trimmed(prices, DEVIATION_PPM)
        assert min(within) <= found <= max(within)


@given(st.lists(st.integers(10**6, 10**30), min_size=3, max_size=9))
def test_one_source_cannot_move_an_index_far(prices: list[int]) -> None:
    ordered = sorted(prices)
    doubled = ordered[len(ordered) // 2] + ordered[-1 - len(ordered) // 2]
    found = index_of([Quote(one, 1) for one in prices], DEVIATION_PPM)
    assert doubled * (PPM - DEVIATION_PPM) <= 2 * PPM * (found + 1)
    assert 2 * PPM * found <= doubled * (PPM + DEVIATION_PPM)


class Feeds:
    """A board over three sources."""

    def __init__(self) -> None:
        self.sources = [MemoryIndexSource(name) for name in ("first", "second", "third")]
        self.board = IndexBoard(Terms.of_file(), self.sources)

    def tell(self, time_ms: int, *prices: int) -> None:
        for source, told in zip(self.sources, prices, strict=False):
            source.tell(INDEX_ID, told, time_ms)

    def look(self, now_ms: int) -> tuple[int, int, IndexState]:
        found = self.board.price(INDEX_ID, now_ms)
        return found.price, found.age_ms, found.state


def test_an_index_nobody_told_of_is_unknown() -> None:
    assert Feeds().look(NOW) == (0, 0, IndexState.UNKNOWN)


def test_sources_that_fall_silent_drop_out_one_by_one() -> None:
    feeds = Feeds()
    feeds.tell(NOW, 100, 100, 103)
    assert feeds.look(NOW) == (100, 0, IndexState.LIVE)
    feeds.tell(NOW + 20_000, 100, 100)
    assert feeds.look(NOW + 30_000)[2] == IndexState.LIVE
    assert feeds.look(NOW + 30_001) == (100, 0, IndexState.THIN)
    feeds.tell(NOW + 40_000, 90)
    assert feeds.look(NOW + 50_001) == (90, 0, IndexState.THIN)
    assert feeds.look(NOW + 70_000) == (90, 0, IndexState.THIN)
    assert feeds.look(NOW + 80_000) == (90, 10_000, IndexState.STALE)
    feeds.tell(NOW + 90_000, 95)
    assert feeds.look(NOW + 90_000) == (95, 0, IndexState.THIN)


def test_prices_that_are_none_do_not_count() -> None:
    feeds = Feeds()
    feeds.tell(NOW, 0, -5, 100)
    assert feeds.look(NOW) == (100, 0, IndexState.THIN)


def test_an_index_can_be_set_by_hand_and_let_go() -> None:
    feeds = Feeds()
    feeds.tell(NOW, 100, 100, 100)
    feeds.board.fix(INDEX_ID, 70)
    assert feeds.look(NOW) == (70, 0, IndexState.FIXED)
    feeds.board.fix(INDEX_ID, 0)
    assert feeds.look(NOW) == (100, 0, IndexState.LIVE)
    feeds.board.fix("QUIET-USDT", 50)
    assert feeds.board.price("QUIET-USDT", NOW).price == 50
    feeds.board.fix("QUIET-USDT", 0)
    assert feeds.board.price("QUIET-USDT", NOW + 1).state == IndexState.STALE


def test_of_what_an_index_is_made() -> None:
    feeds = Feeds()
    assert feeds.board.parts(INDEX_ID, NOW) == []
    feeds.tell(NOW, 100, 101, 103)
    assert feeds.board.parts(INDEX_ID, NOW) == [
        IndexPart("first", 100, 1),
        IndexPart("second", 101, 1),
        IndexPart("third", 103, 1),
    ]
    feeds.tell(NOW + 30_000, 100)
    assert [part.source for part in feeds.board.parts(INDEX_ID, NOW + 30_001)] == ["first"]
    feeds.board.fix(INDEX_ID, 70)
    assert feeds.board.parts(INDEX_ID, NOW) == []
