"""Clocks tell milliseconds since 1970."""

import time

from lonja.adapters.clock import ManualClock, SystemClock


def test_the_system_clock_is_the_machines():
    before = time.time() * 1_000 - 1
    assert before <= SystemClock().now_ms() <= time.time() * 1_000


def test_the_manual_clock_moves_by_hand_only():
    clock = ManualClock(1_000)
    assert clock.now_ms() == clock.now_ms() == 1_000
    clock.advance_ms(5)
    assert clock.now_ms() == 1_005
    clock.set_ms(3)
    assert clock.now_ms() == 3
