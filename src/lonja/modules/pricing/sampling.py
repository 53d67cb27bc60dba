"""Samples on a grid of exchange time, made from values that change at any time.

Why here: the clock of an exchange may move by a millisecond or by a day at once, and an average must not depend on how
often somebody looked. A value holds from when it was noted until the next one; every point of the grid in between is
one sample. Invariant: noting the same values at the same times gives the same samples, in however many steps.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from lonja.modules.pricing.exact import nearest
from lonja.primitives.instant import MINUTE_MS


def points(from_ms: int, until_ms: int, period_ms: int) -> int:
    """How many points of the grid lie in [from, until)."""
    return max(0, -(-until_ms // period_ms) - -(-from_ms // period_ms))


class RunWindow:
    """The last ``size`` samples, and their mean."""

    def __init__(self, size: int) -> None:
        """Empty."""
        self.size = size
        self.count = 0
        self._total = 0
        self._runs: deque[tuple[int, int]] = deque()

    def add(self, value: int, count: int) -> None:
        """Take ``count`` samples of one value."""
        count = min(count, self.size)
        if not count:
            return
        self._runs.append((value, count))
        self._total += value * count
        self.count += count
        while self.count > self.size:
            old, run = self._runs.popleft()
            dropped = min(run, self.count - self.size)
            self._total -= old * dropped
            self.count -= dropped
            if run > dropped:
                self._runs.appendleft((old, run - dropped))

    def mean(self, otherwise: int) -> int:
        """The mean, to the nearest; ``otherwise`` when there is no sample yet."""
        return nearest(self._total, self.count) if self.count else otherwise


class MinuteSum(NamedTuple):
    """What was sampled in the minute that begins at ``minute_ms``."""

    minute_ms: int
    total: int
    samples: int


class MinuteSums:
    """Samples summed by the minute, for averages over hours that outlive a restart."""

    def __init__(self, period_ms: int, kept_ms: int) -> None:
        """Samples are ``period_ms``, a part of a minute, apart; minutes older than ``kept_ms`` are forgotten."""
        assert MINUTE_MS % period_ms == 0, "minutes are alike"
        self._period_ms = period_ms
        self._kept_ms = kept_ms
        self._minutes: dict[int, MinuteSum] = {}

    def add(self, value: int, from_ms: int, until_ms: int) -> None:
        """Let ``value`` hold in [from, until)."""
        from_ms = max(from_ms, until_ms - self._kept_ms)
        first_ms = from_ms - from_ms % MINUTE_MS
        last_ms = (until_ms - 1) // MINUTE_MS * MINUTE_MS
        if first_ms < until_ms:
            self._add_part(value, first_ms, from_ms, min(until_ms, first_ms + MINUTE_MS))
        # A leap of the clock passes hundreds of whole minutes, all alike and none of them begun.
        count = points(0, MINUTE_MS, self._period_ms)
        total = value * count
        for minute_ms in range(first_ms + MINUTE_MS, last_ms, MINUTE_MS):
            self._minutes[minute_ms] = MinuteSum(minute_ms, total, count)
        if last_ms > first_ms:
            self._add_part(value, last_ms, last_ms, until_ms)
        self._forget(until_ms - self._kept_ms)

    def _add_part(self, value: int, minute_ms: int, from_ms: int, until_ms: int) -> None:
        count = points(from_ms, until_ms, self._period_ms)
        if count:
            before = self._minutes.get(minute_ms, MinuteSum(minute_ms, 0, 0))
            self._minutes[minute_ms] = MinuteSum(minute_ms, before.total + value * count, before.samples + count)

    def put(self, known: MinuteSum) -> None:
        """Take a minute that was kept elsewhere."""
        self._minutes[known.minute_ms] = known

    def between(self, from_ms: int, until_ms: int) -> Iterator[MinuteSum]:
        """Minutes with samples that begin in [from, until), oldest first."""
        minutes = sorted(self._minutes)
        found = minutes[bisect_left(minutes, from_ms) : bisect_left(minutes, until_ms)]
        return (self._minutes[minute_ms] for minute_ms in found)

    def mean(self, from_ms: int, until_ms: int) -> tuple[int, int] | None:
        """The mean of the samples in those minutes as a fraction; None without any."""
        found = list(self.between(from_ms, until_ms))
        count = sum(one.samples for one in found)
        return (sum(one.total for one in found), count) if count else None

    def _forget(self, before_ms: int) -> None:
        # Minutes come in order, so the old ones are in front.
        while self._minutes and (oldest := next(iter(self._minutes))) < before_ms - MINUTE_MS:
            del self._minutes[oldest]
