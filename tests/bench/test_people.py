"""The measurements of sign-ins and look-ups do what they say, with few people and for a moment."""

import re

import pytest

from bench.lookups import SESSIONS_EACH, look_up_rows
from bench.machine import Load
from bench.sign_in import AT_ONCE, Seen, percentile, rows_of, sign_in_rows

FIGURES = r"^p50 \d+\.\d+ ms, p99 \d+\.\d+ ms"
LOOK_UPS = (
    "session by token",
    "person by e-mail address",
    "person by trading account",
    "device by token",
    "devices of a person",
)


def test_people_sign_in_while_others_trade() -> None:
    signing, ordering, memory = sign_in_rows(people=AT_ONCE + 2, quiet_s=0.2)
    for row in (signing, ordering):
        assert re.match(FIGURES, row.ours)
    assert memory.ours.endswith("MiB at the peak")


def test_everybody_who_is_looked_up_is_found_on_both_databases() -> None:
    told: list[str] = []
    rows = look_up_rows(told.append, people=400, look_ups=20)
    where = f"among 400 people, {400 * SESSIONS_EACH:,} sessions,"
    kinds = ("sqlite", "postgresql")
    assert [row.what for row in rows] == [f"{name} {where} {kind}" for kind in kinds for name in LOOK_UPS]
    assert len(told) == len(kinds)


@pytest.mark.parametrize(("slow_ms", "strangers", "is_met"), [(49.0, 0.0, True), (50.0, 0.0, False), (50.0, 0.1, None)])
def test_an_order_that_waits_too_long_breaks_the_promise(
    slow_ms: float, strangers: float, *, is_met: bool | None
) -> None:
    seen = Seen([100.0], Load(1, 1.0, 0.04, strangers), [1.0], [2.0] * 97 + [slow_ms] * 3, 100.0, 20.0)
    assert rows_of(seen)[1].is_met is is_met
    assert percentile(seen.busy_ms, 99) == slow_ms
