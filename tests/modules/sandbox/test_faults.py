"""Rules of a bad day: whom they strike, how often, and that the day can be repeated."""

import statistics
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from lonja.modules.sandbox.api import (
    DELAY_MAX_MS,
    Distribution,
    FaultBook,
    FaultKind,
    FaultRule,
    Moment,
    Point,
)
from lonja.modules.sandbox.fault_rules import delay_of
from lonja.modules.sandbox.faults import INJECTED_MAX

ORDER = Moment(Point.REQUEST, "rest", ("POST /api/v5/trade/order", "/api/v5/trade/order", "order"), 2)
WS_ORDER = Moment(Point.REQUEST, "private", ("ws order", "order"), 2, "BTC-USDT", 7)
BOOKS = Moment(Point.PUSH, "public", ("books",), -1, "BTC-USDT", 3)
CONNECT = Moment(Point.CONNECT, "public", ("ws connect", "connect"), -1, "", 3)
PLACED = Moment(Point.ORDER, "", ("order",), 2, "BTC-USDT")
MOMENTS = {"order": ORDER, "ws order": WS_ORDER, "books": BOOKS, "connect": CONNECT, "placed": PLACED}


def rule(kind: str, **fields: Any) -> FaultRule:
    return FaultRule("r", FaultKind(kind), **fields)


@pytest.mark.parametrize(
    ("kind", "fields", "met"),
    [
        ("error", {}, "order, ws order"),
        ("error", {"operation": "order"}, "order, ws order"),
        ("error", {"operation": "ws *"}, "ws order"),
        ("error", {"operation": "POST *"}, "order"),
        ("error", {"operation": "/api/v5/trade/*"}, "order"),
        ("error", {"operation": "/api/v5/trade"}, ""),
        ("error", {"endpoint": "rest"}, "order"),
        ("error", {"endpoint": "public"}, ""),
        ("error", {"account": 2}, "order, ws order"),
        ("error", {"account": 3}, ""),
        ("error", {"instrument": "BTC-USDT"}, "ws order"),
        ("reject", {}, "placed"),
        ("reject", {"operation": "amend-order"}, ""),
        ("latency", {}, "order, ws order, books"),
        ("latency", {"channel": "books"}, "books"),
        ("latency", {"channel": "book*"}, "books"),
        ("latency", {"channel": "books5"}, ""),
        ("latency", {"operation": "*"}, "order, ws order"),
        ("gap", {}, "books"),
        ("gap", {"instrument": "ETH-USDT"}, ""),
        ("stall", {"channel": "books", "endpoint": "public"}, "books"),
        ("drop", {}, "order, ws order, books"),
        ("drop", {"operation": "connect"}, "connect"),
        ("half_open", {"endpoint": "public"}, "books"),
        ("outage", {}, "order, ws order, books, connect"),
        ("outage", {"endpoint": "public"}, "books, connect"),
    ],
)
def test_whom_a_rule_may_strike(kind: str, fields: dict[str, Any], met: str) -> None:
    assert ", ".join(name for name, moment in MOMENTS.items() if rule(kind, **fields).meets(moment)) == met


class Day:
    """A book at a time that the test sets."""

    def __init__(self, seed: int = 1) -> None:
        self.now_ms = 1_000
        self.book = FaultBook(seed, lambda: self.now_ms)

    def struck(self, moment: Moment, times: int) -> list[bool]:
        return [bool(self.book.strike(moment)) for _ in range(times)]


def test_without_rules_nothing_is_counted() -> None:
    day = Day()
    assert not day.book.is_active
    assert day.struck(ORDER, 3) == [False] * 3
    assert not day.book.injected


@pytest.mark.parametrize(("now_ms", "struck"), [(1_999, False), (2_000, True), (2_999, True), (3_000, False)])
def test_a_rule_holds_from_its_beginning_until_its_end(now_ms: int, struck: bool) -> None:
    day = Day()
    day.book.add(rule("error", from_ms=2_000, until_ms=3_000))
    day.now_ms = now_ms
    assert day.struck(ORDER, 1) == [struck]


def test_a_count_and_a_burst() -> None:
    day = Day()
    day.book.add(rule("error", count_max=2))
    assert day.struck(ORDER, 4) == [True, True, False, False]
    day.book.start_again(3, [rule("error", probability=50_000, burst=5)])
    struck = day.struck(ORDER, 400)
    runs = "".join("x" if hit else " " for hit in struck).split()
    assert runs
    assert all(len(run) >= 5 for run in runs[:-1])


@pytest.mark.parametrize("probability", [10_000, 250_000, 900_000])
def test_as_often_as_it_should(probability: int) -> None:
    day = Day()
    day.book.add(rule("error", probability=probability))
    share = sum(day.struck(ORDER, 4_000)) / 4_000
    assert share == pytest.approx(probability / 1_000_000, abs=0.025)


def test_one_seed_gives_one_day_whatever_others_do_between() -> None:
    rules = [rule("error", probability=300_000), replace(rule("gap", probability=500_000), name="g")]
    days = [Day(9), Day(9), Day(10)]
    for day in days:
        day.book.start_again(day.book.seed, rules)
    alone = days[0].struck(ORDER, 50)
    among = []
    for number in range(50):
        days[1].struck(BOOKS, number % 3)
        days[1].struck(ORDER._replace(account=3), 1)
        among += days[1].struck(ORDER, 1)
    assert alone == among
    assert days[2].struck(ORDER, 50) != alone


def test_the_record_repeats_the_day() -> None:
    day = Day(5)
    day.book.add(FaultRule("", FaultKind.ERROR, probability=400_000))
    first = day.struck(ORDER, 20)
    day.now_ms = 2_000
    assert day.book.remove("f1")
    day.book.add(FaultRule("", FaultKind.LATENCY, delay_ms=5, from_ms=2_000))
    second = day.struck(ORDER, 20)
    again = Day(0)
    again.book.start_again(day.book.seed, day.book.recorded)
    assert again.struck(ORDER, 20) == first
    again.now_ms = 2_000
    assert again.struck(ORDER, 20) == second
    lines = [[line._replace(rule=line.rule.name) for line in kept.book.injected] for kept in (again, day)]  # type: ignore[arg-type]
    assert lines[0] == lines[1]


def test_rules_are_named_taken_away_and_counted() -> None:
    day = Day()
    assert [day.book.add(FaultRule("", FaultKind.ERROR)).name for _ in range(2)] == ["f1", "f2"]
    assert day.struck(ORDER, 3) == [True] * 3
    assert (day.book.struck_count("f1"), day.book.struck_count("f2")) == (3, 3)
    assert day.book.remove("f1")
    assert not day.book.remove("f1")
    assert [left.name for left in day.book.rules] == ["f2"]
    assert day.book.add(FaultRule("", FaultKind.ERROR)).name == "f3"
    day.book.start_again(1)
    assert (day.book.rules, list(day.book.injected), day.book.is_active) == ([], [], False)


def test_the_order_of_the_rules_and_names_given_by_people_are_kept() -> None:
    day = Day()
    names = ["zz", "f2", "", "a", ""]
    assert [day.book.add(FaultRule(name, FaultKind.ERROR)).name for name in names] == ["zz", "f2", "f1", "a", "f3"]
    day.book.remove("f2")
    assert [line.name for line in day.book.recorded] == ["zz", "f2", "f1", "a", "f3"]


def test_the_record_is_bounded() -> None:
    day = Day()
    day.book.add(rule("error"))
    day.struck(ORDER, INJECTED_MAX + 10)
    assert len(day.book.injected) == INJECTED_MAX


@pytest.mark.parametrize(
    ("distribution", "delay_ms", "spread_ms", "median_ms", "least_ms", "most_ms"),
    [
        ("fixed", 80, 0, 80, 80, 80),
        ("uniform", 80, 20, 80, 60, 100),
        ("normal", 80, 10, 80, 20, 140),
        ("lognormal", 80, 40, 80, 5, 800),
        ("exponential", 80, 0, 55, 0, 1_200),
        ("lognormal", 50_000, 60_000, 50_000, 0, DELAY_MAX_MS),
    ],
)
def test_how_delays_are_spread(
    distribution: str, delay_ms: int, spread_ms: int, median_ms: int, least_ms: int, most_ms: int
) -> None:
    slow = rule("latency", distribution=Distribution(distribution), delay_ms=delay_ms, spread_ms=spread_ms)
    delays = [delay_of(slow, Random(number)) for number in range(3_000)]
    assert statistics.median(delays) == pytest.approx(median_ms, rel=0.08)
    assert least_ms <= min(delays) <= max(delays) <= most_ms
