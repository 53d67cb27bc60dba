"""The sandbox's clock: the machine's until it gets a time or a speed of its own."""

import pytest

from lonja.adapters.clock import ManualClock
from lonja.modules.sandbox.api import END_MS, REAL_SPEED, SandboxClock, speed_of, speed_text
from lonja.modules.sandbox.clock import SPEED_MAX

REAL_MS = 1_750_000_000_000
HOUR_MS = 3_600_000


def clocks(speed: int = REAL_SPEED, start_ms: int | None = None, last_ms: int = 0):
    real, steady = ManualClock(REAL_MS), ManualClock(5_000)
    clock = SandboxClock(real, steady)
    clock.start(speed, start_ms, last_ms)
    return real, steady, clock


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        ("0", 0),
        ("1", 1_000_000),
        ("60", 60_000_000),
        ("0.5", 500_000),
        ("0.000001", 1),
        ("100000", 100_000_000_000),
        ("100000.000001", None),
        ("100001", None),
        ("-1", None),
        ("+1", None),
        ("1e3", None),
        ("1.0000001", None),
        ("nan", None),
        ("", None),
        (" 1", None),
        ("1\n", None),
        ("٣", None),
    ],
)
def test_speeds_are_plain_decimals_within_reason(text: str, speed: int | None) -> None:
    assert speed_of(text) == speed
    if speed is not None:
        assert speed_of(speed_text(speed)) == speed


@pytest.mark.parametrize(
    # What is asked for at start, where the journal ends, and what the clock then shows.
    ("speed", "start_ms", "last_ms", "shown_ms", "follows"),
    [
        (REAL_SPEED, None, 0, REAL_MS, True),
        (REAL_SPEED, None, REAL_MS - HOUR_MS, REAL_MS, True),
        (REAL_SPEED, None, REAL_MS + HOUR_MS, REAL_MS + HOUR_MS, False),
        (REAL_SPEED, 1_000, 0, 1_000, False),
        (0, None, 0, REAL_MS, False),
        (0, None, 77_000, 77_000, False),
        (0, 99_000, 77_000, 99_000, False),
        (0, 66_000, 77_000, 77_000, False),
        (60_000_000, None, 77_000, 77_000, False),
    ],
)
def test_a_start_never_goes_back_and_follows_the_machine_when_it_can(
    speed: int, start_ms: int | None, last_ms: int, shown_ms: int, follows: bool
) -> None:
    _, _, clock = clocks(speed, start_ms, last_ms)
    assert (clock.now_ms(), clock.follows_machine, clock.speed) == (shown_ms, follows, speed)


def test_a_clock_that_follows_shows_every_jump_of_the_machine() -> None:
    real, _, clock = clocks()
    real.advance_ms(HOUR_MS)
    assert clock.now_ms() == REAL_MS + HOUR_MS
    clock.set_speed(REAL_SPEED)
    assert clock.follows_machine


@pytest.mark.parametrize(("speed", "passed_ms"), [(0, 0), (500_000, 500), (60_000_000, 60_000), (1, 0)])
def test_at_a_speed_of_its_own_time_is_measured_not_read(speed: int, passed_ms: int) -> None:
    real, steady, clock = clocks()
    clock.set_speed(speed)
    real.advance_ms(HOUR_MS)  # the machine's date was corrected
    assert clock.now_ms() == REAL_MS
    steady.advance_ms(1_000)
    assert clock.now_ms() == REAL_MS + passed_ms


def test_changing_speed_moves_no_time() -> None:
    _, steady, clock = clocks(60_000_000, 0)
    steady.advance_ms(100)
    clock.set_speed(0)
    steady.advance_ms(100)
    clock.set_speed(2_000_000)
    assert clock.now_ms() == 6_000
    steady.advance_ms(100)
    assert clock.now_ms() == 6_200


def test_it_jumps_forwards_only() -> None:
    _, _, clock = clocks(0, 50_000)
    clock.move_to(60_000)
    clock.move_to(10_000)
    assert clock.now_ms() == 60_000


def test_held_it_stands_and_let_go_it_is_where_it_would_be() -> None:
    _, steady, clock = clocks(1_000_000, 100_000)
    clock.hold_at(40_000)
    steady.advance_ms(10)
    assert (clock.now_ms(), clock.free_now_ms(), clock.is_held) == (40_000, 100_010, True)
    clock.hold_at(30_000)
    assert clock.now_ms() == 40_000
    clock.let_go()
    assert clock.now_ms() == 100_010


def test_it_ends_with_the_year_2049() -> None:
    _, steady, clock = clocks(SPEED_MAX, REAL_MS)
    steady.advance_ms(100 * 365 * 24 * HOUR_MS)
    assert clock.now_ms() == END_MS
