"""What the house tells Prometheus. Implements the observers of engine and edge.

Why here: neither engine nor edge knows a metrics library. Invariant: one registry per house, nothing global.
"""

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

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
