"""How often what may be asked: windows that REST and WebSocket share.

A window opens with its first request and admits ``limit`` units until ``window_s`` have passed. Invariant: memory is
bounded, whatever keys clients make up.
"""

from collections.abc import Callable, Hashable, Mapping
from math import ceil
from typing import NamedTuple

BUCKETS_MAX = 50_000


class Rate(NamedTuple):
    """At most ``limit`` units in ``window_s`` seconds."""

    limit: int
    window_s: float


class RateLimits:
    """Counts requests. Switched off, it admits everything."""

    def __init__(self, clock: Callable[[], float], *, enabled: bool = True, buckets_max: int = BUCKETS_MAX) -> None:
        """``clock`` gives seconds that only grow; ``buckets_max`` bounds how many windows are remembered."""
        self.enabled = enabled
        self._clock = clock
        self._buckets_max = buckets_max
        self._buckets: dict[Hashable, list[float]] = {}

    def take(self, key: Hashable, rate: Rate, units: int = 1) -> bool:
        """Count ``units`` against ``key`` and say whether they were within ``rate``; a refusal counts nothing."""
        if not self.enabled:
            return True
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None or now >= bucket[0]:
            return self._open(key, rate, units, now)
        if bucket[1] < units:
            return False
        bucket[1] -= units
        return True

    def take_all(self, wanted: Mapping[Hashable, int], rate: Rate) -> bool:
        """Count units against each key of ``wanted``, or against none when one of them is not within ``rate``."""
        if self.enabled and not all(self._has(key, rate, units) for key, units in wanted.items()):
            return False
        for key, units in wanted.items():
            self.take(key, rate, units)
        return True

    def _has(self, key: Hashable, rate: Rate, units: int) -> bool:
        bucket = self._buckets.get(key)
        left = rate.limit if bucket is None or self._clock() >= bucket[0] else bucket[1]
        return units <= left

    def wait_s(self, key: Hashable) -> int:
        """After how many whole seconds ``key`` has a new window; 1 at least, so that nobody asks at once."""
        bucket = self._buckets.get(key)
        return 1 if bucket is None else max(1, ceil(bucket[0] - self._clock()))

    def _open(self, key: Hashable, rate: Rate, units: int, now: float) -> bool:
        if units > rate.limit:
            return False
        # Taken out and put in again, the dictionary stays ordered by age, oldest first.
        self._buckets.pop(key, None)
        if len(self._buckets) >= self._buckets_max:
            self._make_room(now)
        self._buckets[key] = [now + rate.window_s, rate.limit - units]
        return True

    def _make_room(self, now: float) -> None:
        expired = [key for key, bucket in self._buckets.items() if now >= bucket[0]]
        # Forgetting the oldest tenth when all still count keeps the cost of making room rare.
        for key in expired or list(self._buckets)[: self._buckets_max // 10 + 1]:
            del self._buckets[key]
