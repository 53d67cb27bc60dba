"""What the house tells Prometheus. Implements the observers of engine and edge.

Why here: neither engine nor edge knows a metrics library. Invariant: one registry per house, nothing global.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.registry import Collector

from lonja.bootstrap.operation_times import OperationTimes
from lonja.edge.wire.channels import ENDPOINTS

_SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


class HouseMetrics:
    """Counters, gauges and histograms of one house."""

    def __init__(self) -> None:
        """Everything at zero."""
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._operations = OperationTimes(_SECONDS)
        registry.register(self._operations)
        self._commit_seconds = Histogram(
            "lonja_commit_seconds", "Time to make a group commit durable.", buckets=_SECONDS, registry=registry
        )
        self._commit_commands = Histogram(
            "lonja_commit_commands", "Commands in a group commit.", buckets=_COUNTS, registry=registry
        )
        self._apply_seconds = Histogram(
            "lonja_apply_seconds", "Time to apply and publish a group commit.", buckets=_SECONDS, registry=registry
        )
        self._queue = Gauge("lonja_queue_commands", "Commands that wait for a group commit.", registry=registry)
        self._refused = Counter("lonja_refused_commands", "Commands not taken by the engine.", registry=registry)
        self._events = Counter("lonja_events", "Events published.", registry=registry)
        self._lag = Gauge(
            "lonja_projection_lag_events", "Events that the projections have not stored yet.", registry=registry
        )
        self._sockets = Gauge("lonja_open_sockets", "Open WebSocket connections.", ("endpoint",), registry=registry)
        for endpoint in ENDPOINTS.values():
            self._sockets.labels(endpoint)  # an endpoint that nobody uses has 0 sockets, not none
        self._closed = Counter(
            "lonja_closed_sockets", "Closed WebSocket connections.", ("endpoint", "reason"), registry=registry
        )
        self._outbox = Gauge(
            "lonja_outbox_bytes", "Bytes sent to WebSockets and not yet taken by the network.", registry=registry
        )

    def watch(self, queue_depth: Callable[[], float], projection_lag: Callable[[], float]) -> None:
        """Read queue and lag whenever somebody asks for the metrics."""
        self._queue.set_function(queue_depth)
        self._lag.set_function(projection_lag)

    def figures(self) -> dict[str, int]:
        """The same as numbers by name for staff, who have no Prometheus at hand; times in microseconds."""
        commits, commands = _Read.of(self._commit_seconds), _Read.of(self._commit_commands)
        answers = _Read.of(self._operations)
        return {
            "commits": commits.observed,
            "commands": int(commands.total),
            "events": int(_total(self._events)),
            "refused_commands": int(_total(self._refused)),
            "queue_commands": int(_total(self._queue)),
            "projection_lag_events": int(_total(self._lag)),
            "open_sockets": int(_total(self._sockets)),
            "requests": answers.observed,
            "commit_half_us": commits.within_us(0.5),
            "commit_99_us": commits.within_us(0.99),
            "request_half_us": answers.within_us(0.5),
            "request_99_us": answers.within_us(0.99),
        }

    # -- of the engine

    def on_commit(self, command_count: int, seconds: float, waiting: int) -> None:
        """A group commit became durable."""
        del waiting  # the gauge reads the queue itself
        self._commit_seconds.observe(seconds)
        self._commit_commands.observe(command_count)

    def on_apply(self, event_count: int, seconds: float) -> None:
        """The commit was applied and published."""
        self._apply_seconds.observe(seconds)
        self._events.inc(event_count)

    def on_refused(self, command_count: int) -> None:
        """Commands were not taken."""
        self._refused.inc(command_count)

    # -- of the edge

    def observe_operation(self, operation: str, seconds: float, code: str) -> None:
        """An operation was answered with ``code`` after ``seconds``."""
        self._operations.observe(operation, seconds, code)

    def socket_opened(self, endpoint: str) -> None:
        """A WebSocket connection opened."""
        self._sockets.labels(endpoint).inc()

    def socket_closed(self, endpoint: str, reason: str) -> None:
        """A WebSocket connection closed."""
        self._sockets.labels(endpoint).dec()
        self._closed.labels(endpoint, reason).inc()

    def observe_outbox(self, waiting_bytes: int) -> None:
        """Bytes that all WebSocket connections together have not sent yet."""
        self._outbox.set(waiting_bytes)

    def exposition(self) -> tuple[bytes, str]:
        """The page for ``/metrics`` and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class _Read(NamedTuple):
    """A histogram as it stands: how many were observed, their sum, and how many took no longer than each bound."""

    observed: int
    total: float
    within: tuple[tuple[float, int], ...]

    @classmethod
    def of(cls, histogram: Collector) -> "_Read":
        """All its labels together."""
        total, within = 0.0, dict[float, int]()
        for sample in (sample for metric in histogram.collect() for sample in metric.samples):
            if sample.name.endswith("_bucket"):
                bound = float(sample.labels["le"])
                within[bound] = within.get(bound, 0) + int(sample.value)
            elif sample.name.endswith("_sum"):
                total += sample.value
        ascending = tuple(sorted(within.items()))
        return cls(ascending[-1][1] if ascending else 0, total, ascending)

    def within_us(self, share: float) -> int:
        """The least bound that ``share`` of all took no longer than; 0 before the first, the last one for what is beyond."""
        reached = [bound for bound, count in self.within if self.observed and count >= share * self.observed]
        finite = [bound for bound, _ in self.within if bound != math.inf]
        return 0 if not reached else round(1_000_000 * (reached[0] if reached[0] != math.inf else finite[-1]))


def _total(of: Collector) -> float:
    """The sum over all labels of a gauge or counter."""
    samples = (sample for metric in of.collect() for sample in metric.samples)
    return sum(sample.value for sample in samples if not sample.name.endswith("_created"))
