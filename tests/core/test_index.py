"""The packed hash table against a dictionary."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.core.index import Index

KEY_MAX = 2**63 - 1
few_keys = st.one_of(st.integers(0, 40), st.sampled_from([KEY_MAX, KEY_MAX - 1, 2**62, 2**32]))
operations = st.lists(
    st.tuples(st.sampled_from(["put", "pop", "get"]), few_keys, st.integers(0, KEY_MAX)), max_size=200
)


def compare(index: Index, twin: dict[int, int], operation: str, key: int, value: int) -> None:
    """Do the same to both and expect the same answer."""
    if operation == "put":
        assert index.put(key, value) == twin.get(key, -1)
        twin[key] = value
    elif operation == "pop":
        assert index.pop(key) == twin.pop(key, -1)
    assert index.get(key) == twin.get(key, -1)
    assert index.count == len(twin)


@given(st.integers(0, 3), operations)
def test_answers_like_a_dictionary(bits: int, steps: list[tuple[str, int, int]]) -> None:
    index, twin = Index(bits), dict[int, int]()
    for operation, key, value in steps:
        compare(index, twin, operation, key, value)
    assert {key: index.get(key) for key in twin} == twin


@pytest.mark.parametrize("seed", range(3))
def test_stays_right_through_growth_and_heavy_removal(seed: int) -> None:
    rng = random.Random(seed)
    index, twin = Index(1), dict[int, int]()
    for step in range(9_000):
        operation = rng.choice(("put", "put", "pop") if step < 4_000 else ("put", "pop", "pop"))
        compare(index, twin, operation, rng.randrange(3_000) << 6, step)
    assert {key: index.get(key) for key in twin} == twin


def test_absent_keys_are_minus_one() -> None:
    index = Index(2)
    assert (index.get(5), index.pop(5), index.count) == (-1, -1, 0)


def test_a_value_may_be_replaced() -> None:
    index = Index(2)
    assert (index.put(5, 1), index.put(5, 2)) == (-1, 1)
    assert (index.get(5), index.count) == (2, 1)


FAMILIES = {
    "sequential": [*range(4_096)],
    "order ids within one millisecond": [(9_000_000_000 << 22) + 64 * i for i in range(4_096)],
    "order ids a millisecond apart": [(9_000_000_000 + i) << 22 for i in range(4_096)],
    "balances": [a << 20 | c << 1 | ledger for a in range(512) for c in range(4) for ledger in range(2)],
    "balances of one currency": [a << 20 | 6 | 1 for a in range(4_096)],
    "orders per account and instrument": [a << 32 | i for a in range(64) for i in range(64)],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_probes_stay_short_for_the_keys_the_exchange_makes(family: str) -> None:
    index = Index(13)
    for key in FAMILIES[family]:
        index.put(key, 1)
    cells = list(index.cells)[::2]
    distances = [(cell - index._home(key)) & 8_191 for cell, key in enumerate(cells) if key != -1]
    # Random placement at load 1/2 gives a mean of 0.5 and a longest run of about 20.
    assert len(distances) == 4_096
    assert sum(distances) / 4_096 < 0.75
    assert max(distances) < 40
