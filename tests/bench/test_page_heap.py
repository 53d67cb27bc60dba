"""What is said of a page's memory: a leak is seen through what swings, and what swings is no leak."""

import random

import pytest

from bench.page_heap import kept_bytes, trend


def test_a_heap_that_swings_has_no_trend() -> None:
    chance = random.Random(7)  # no secret
    assert abs(trend([7.5 + chance.uniform(-0.1, 0.1) for _ in range(9)])) < 0.03


def test_a_heap_that_grows_by_little_each_minute_has_one() -> None:
    readings = [7.5, 7.8, 7.6, 8.0, 7.9, 8.2, 8.1, 8.4, 8.3]
    assert trend(readings) == pytest.approx(0.106, abs=0.005)


def test_only_what_scripts_made_counts() -> None:
    fields = {
        "node_fields": ["type", "name", "self_size"],
        "node_types": [["hidden", "object", "code", "string"], "", ""],
    }
    nodes = [0, 0, 1_000, 1, 1, 16, 2, 2, 5_000, 3, 3, 24, 1, 1, 8]
    assert kept_bytes({"snapshot": {"meta": fields}, "nodes": nodes}) == 16 + 24 + 8
