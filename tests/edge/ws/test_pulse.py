"""The timer that runs only when asked."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lonja.edge.ws.pulse import Pulse

INTERVAL_S = 0.1


class Loop:
    """An event loop's time and timers, moved by hand."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s
        self.due: list[tuple[float, Timer]] = []

    def time(self) -> float:
        return self.now_s

    def call_at(self, when_s: float, action: Callable[[], None]) -> "Timer":
        timer = Timer(action)
        self.due.append((when_s, timer))
        return timer

    def run_until(self, now_s: float) -> None:
        self.now_s = now_s
        ripe = [timer for when_s, timer in self.due if when_s <= now_s]
        self.due = [(when_s, timer) for when_s, timer in self.due if when_s > now_s]
        for timer in ripe:
            if not timer.is_canceled:
                timer.action()


class Timer:
    """One call to come."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action, self.is_canceled = action, False

    def cancel(self) -> None:
        self.is_canceled = True


def pulse_on(loop: Loop, action: Callable[[], None]) -> Pulse:
    made: Any = Pulse(INTERVAL_S, action)
    made._loop = loop
    return made  # type: ignore[no-any-return]


async def test_many_requests_are_one_run_and_none_without() -> None:
    runs: list[float] = []
    loop = Loop(7.03)
    pulse = pulse_on(loop, lambda: runs.append(loop.now_s))
    loop.run_until(7.2)
    assert runs == []
    for _ in range(5):
        pulse.request()
    loop.run_until(7.31)
    assert runs == [7.31]
    pulse.request()
    loop.run_until(7.39)
    assert runs == [7.31]
    loop.run_until(7.41)
    assert runs == [7.31, 7.41]


async def test_a_stopped_request_does_not_run() -> None:
    runs: list[float] = []
    loop = Loop(7.0)
    pulse = pulse_on(loop, lambda: runs.append(loop.now_s))
    pulse.request()
    pulse.stop()
    loop.run_until(8.0)
    assert runs == []
    pulse.request()
    loop.run_until(9.0)
    assert runs == [9.0]


@pytest.mark.parametrize("early_s", [0.0, 0.0005])
async def test_a_run_at_its_very_moment_or_a_trifle_before_is_not_followed_by_another_at_once(early_s: float) -> None:
    """Moments are no exact multiples of a tenth in binary, and the loop's timers are rounded to milliseconds."""
    for tenth in range(463_470, 463_490):
        runs: list[float] = []
        loop = Loop(tenth / 10 - 0.05)
        pulse = pulse_on(loop, lambda runs=runs, loop=loop: runs.append(loop.now_s))  # type: ignore[misc]
        pulse.request()
        ((_, timer),) = loop.due
        loop.due.clear()
        loop.now_s = tenth / 10 - early_s
        timer.action()
        pulse.request()
        ((next_s, _),) = loop.due
        assert next_s > tenth / 10 + INTERVAL_S / 2
        assert len(runs) == 1


async def test_it_runs_on_the_loop_it_was_made_in() -> None:
    ran = asyncio.Event()
    Pulse(0.01, ran.set).request()
    await asyncio.wait_for(ran.wait(), 10)
