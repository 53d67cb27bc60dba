"""Samples on a grid: the same however often somebody looks."""

from hypothesis import given
from hypothesis import strategies as st

from lonja.modules.pricing.sampling import MinuteSum, MinuteSums, RunWindow, points
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.pricing.contracts import NOW

STEPS = st.lists(st.tuples(st.integers(1, 200_000), st.integers(-1_000, 1_000)), min_size=1, max_size=12)


def test_points_are_counted_at_their_moment() -> None:
    assert points(0, 1_000, 200) == 5
    assert points(1, 1_000, 200) == 4
    assert points(1, 1_001, 200) == 5
    assert points(1_000, 1_000, 200) == 0
    assert points(2_000, 1_000, 200) == 0


@given(STEPS, st.integers(1, 100))
def test_a_window_is_the_mean_of_the_last_samples(steps: list[tuple[int, int]], size: int) -> None:
    window, naive = RunWindow(size), list[int]()
    for length, value in steps:
        window.add(value, length // 1_000)
        naive += [value] * (length // 1_000)
    last = naive[-size:]
    assert window.count == len(last)
    assert window.mean(7) == ((2 * sum(last) + len(last)) // (2 * len(last)) if last else 7)


@given(STEPS, st.sampled_from((200, 1_000)))
def test_minutes_hold_every_point_once(steps: list[tuple[int, int]], period: int) -> None:
    sums, naive = MinuteSums(period, 8 * HOUR_MS), dict[int, list[int]]()
    at = NOW + 123
    for length, value in steps:
        sums.add(value, at, at + length)
        for point in range(-(-at // period) * period, at + length, period):
            naive.setdefault(point - point % MINUTE_MS, []).append(value)
        at += length
    wanted = [MinuteSum(minute, sum(values), len(values)) for minute, values in sorted(naive.items())]
    assert list(sums.between(NOW, at)) == wanted


def test_old_minutes_are_forgotten_and_long_steps_are_quick() -> None:
    sums = MinuteSums(200, HOUR_MS)
    sums.add(5, 0, 10**15)
    kept = list(sums.between(0, 10**15))
    assert len(kept) <= 62
    assert sums.mean(10**15 - HOUR_MS, 10**15) is not None
    assert sums.mean(0, MINUTE_MS) is None


def test_a_minute_kept_elsewhere_goes_on() -> None:
    sums = MinuteSums(1_000, HOUR_MS)
    sums.put(MinuteSum(NOW, 50, 10))
    sums.add(7, NOW + 30_000, NOW + 40_000)
    assert list(sums.between(NOW, NOW + 1)) == [MinuteSum(NOW, 120, 20)]
