"""The packed price levels against a sorted list."""

import random
from bisect import bisect_left, insort

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.core.price_levels import NO_KEY, PriceLevels


class Twin:
    """The same map, slow and obvious."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.values: dict[int, int] = {}

    def toggle(self, levels: PriceLevels, key: int, value: int) -> None:
        """Insert an absent key, remove a present one, in both."""
        if key in self.values:
            self.keys.remove(key)
            assert levels.remove(key) == self.values.pop(key)
        else:
            assert levels.remove(key) == -1
            insort(self.keys, key)
            self.values[key] = value
            levels.insert(key, value)

    def check_near(self, levels: PriceLevels, key: int) -> None:
        """Expect the same best level and the same answers about ``key``."""
        assert levels.count == len(self.keys)
        if self.keys:
            assert (levels.best_key(), levels.best_value()) == (self.keys[-1], self.values[self.keys[-1]])
        assert levels.get(key) == self.values.get(key, -1)
        at = bisect_left(self.keys, key)
        worse = self.keys[at - 1] if at else None
        assert levels.next_worse_key(key) == (NO_KEY if worse is None else worse)
        assert levels.next_worse(key) == (-1 if worse is None else self.values[worse])


def walk(levels: PriceLevels) -> list[tuple[int, int]]:
    """Every level, best first."""
    found: list[tuple[int, int]] = []
    key = levels.best_key() if levels.count else NO_KEY
    while key != NO_KEY:
        found.append((key, levels.get(key)))
        key = levels.next_worse_key(key)
    return found


def check_blocks(levels: PriceLevels) -> None:
    """Expect the invariant of the module: ordered bounds, no empty block beside another, no block used twice."""
    bounds, starts, fills = (list(levels._rows)[field::4] for field in range(3))
    assert sorted([*starts, *levels._free]) == list(range(0, len(levels._words), 128))
    for bound, end, start, fill in zip(bounds, [*bounds[1:], 2**62], starts, fills, strict=True):
        keys = list(levels._words)[start : start + 2 * fill : 2]
        assert keys == sorted(set(keys))
        assert all(bound <= key < end for key in keys)
        assert keys or len(bounds) == 1


@given(st.lists(st.integers(-60, 60), max_size=250))
def test_answers_like_a_sorted_list(keys: list[int]) -> None:
    levels, twin = PriceLevels(), Twin()
    for step, key in enumerate(keys):
        twin.toggle(levels, key, step)
        twin.check_near(levels, key)
    assert walk(levels) == [(key, twin.values[key]) for key in reversed(twin.keys)]


@pytest.mark.parametrize("seed", range(4))
def test_stays_right_while_blocks_split_and_merge(seed: int) -> None:
    rng = random.Random(seed)
    levels, twin = PriceLevels(), Twin()
    for step in range(12_000):
        spread = 4_000 if step % 4_000 < 2_500 else 150
        middle = 2_000 if seed % 2 else step // 2
        key = middle + rng.randrange(-spread, spread)
        twin.toggle(levels, -key if seed < 2 else key, step)
        twin.check_near(levels, key)
    check_blocks(levels)
    assert walk(levels) == [(key, twin.values[key]) for key in reversed(twin.keys)]


ORDERS = {
    "rising": lambda keys: keys,
    "falling": lambda keys: keys[::-1],
    "inside out": lambda keys: sorted(keys, key=lambda key: abs(key - 2_500)),
    "shuffled": lambda keys: random.Random(7).sample(keys, len(keys)),
}


@pytest.mark.parametrize("build", ORDERS)
@pytest.mark.parametrize("clear", ORDERS)
def test_any_way_of_building_and_clearing_leaves_sound_blocks(build: str, clear: str) -> None:
    levels, keys = PriceLevels(), list(range(0, 5_000, 7))
    for key in ORDERS[build](keys):
        levels.insert(key, key)
    check_blocks(levels)
    assert walk(levels) == [(key, key) for key in reversed(keys)]
    for key in ORDERS[clear](keys):
        assert levels.remove(key) == key
    check_blocks(levels)
    assert (levels.count, walk(levels), len(levels._rows)) == (0, [], 4)


def test_a_rising_market_fills_its_blocks() -> None:
    levels = PriceLevels()
    for key in range(6_400):
        levels.insert(key, 0)
    assert len(levels._rows) == 4 * 100


def test_sparse_blocks_merge_so_that_stale_levels_cost_little() -> None:
    levels = PriceLevels()
    for key in range(6_400):
        levels.insert(key, 0)
    for key in range(6_400):
        if key % 32:
            levels.remove(key)
    check_blocks(levels)
    assert levels.count == 200
    assert len(levels._rows) <= 4 * 200 // 8


def test_blocks_are_used_again() -> None:
    levels = PriceLevels()
    for start in range(0, 100_000, 1_000):
        for key in range(start, start + 500):
            levels.insert(key, 0)
        for key in range(start, start + 500):
            levels.remove(key)
    assert len(levels._words) <= 128 * 12


def test_an_unused_side_is_small() -> None:
    levels = PriceLevels()
    assert (levels.count, len(levels._words), levels.get(1), levels.remove(1)) == (0, 0, -1, -1)
    assert (levels.next_worse(1), levels.next_worse_key(1)) == (-1, NO_KEY)
