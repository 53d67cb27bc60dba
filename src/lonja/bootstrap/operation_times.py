"""Counts and times of answered operations, gathered by the thousand a second and given to Prometheus when it asks.

Why here: the library's own histogram takes locks and walks its buckets at every observation, which was a twentieth of
the cost of an order. All observations come from the event loop's thread, so plain numbers are enough.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector


class _Times:
    """Of one operation: how many took no longer than each bound and longer than the one before, and all together."""

    __slots__ = ("counts", "seconds")

    def __init__(self, bounds: int) -> None:
        self.counts = [0] * (bounds + 1)
        self.seconds = 0.0


class OperationTimes(Collector):
    """A histogram of seconds by operation, and a counter of answers by operation and code."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """``bounds`` are the upper bounds of the buckets in seconds, ascending; one without bound is added."""
        self._bounds = tuple(bounds)
        self._names = [*map(str, self._bounds), "+Inf"]
        self._times: dict[str, _Times] = {}
        self._answers: dict[tuple[str, str], int] = {}

    def observe(self, operation: str, seconds: float, code: str) -> None:
        """``operation`` was answered with ``code`` after ``seconds``."""
        times = self._times.get(operation)
        if times is None:
            times = self._times[operation] = _Times(len(self._bounds))
        times.counts[bisect_left(self._bounds, seconds)] += 1
        times.seconds += seconds
        key = operation, code
        self._answers[key] = self._answers.get(key, 0) + 1

    def collect(self) -> Iterable[Metric]:
        """What the registry asks for."""
        seconds = HistogramMetricFamily("lonja_operation_seconds", "Time to answer an operation.", labels=["operation"])
        for operation, times in self._times.items():
            seconds.add_metric([operation], [*self._cumulative(times.counts)], times.seconds)
        answers = CounterMetricFamily("lonja_answers", "Operations answered, by code.", labels=["operation", "code"])
        for (operation, code), count in self._answers.items():
            answers.add_metric([operation, code], count)
        return seconds, answers

    def _cumulative(self, counts: list[int]) -> Iterator[tuple[str, float]]:
        total = 0
        for name, count in zip(self._names, counts, strict=True):
            total += count
            yield name, total
