"""What Prometheus reads."""

from lonja.bootstrap.metrics import HouseMetrics


def exposed(metrics: HouseMetrics) -> dict[str, float]:
    page, content_type = metrics.exposition()
    assert content_type.startswith("text/plain")
    lines = (line for line in page.decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_the_engine_is_seen() -> None:
    metrics = HouseMetrics()
    metrics.watch(lambda: 7, lambda: 12)
    metrics.on_commit(command_count=64, seconds=0.002, waiting=3)
    metrics.on_apply(event_count=200, seconds=0.001)
    metrics.on_refused(5)
    found = exposed(metrics)
    assert found["lonja_commit_commands_sum"] == 64
    assert found["lonja_commit_seconds_count"] == 1
    assert found["lonja_apply_seconds_count"] == 1
    assert found["lonja_events_total"] == 200
    assert found["lonja_refused_commands_total"] == 5
    assert found["lonja_queue_commands"] == 7
    assert found["lonja_projection_lag_events"] == 12


def test_the_edge_is_seen() -> None:
    metrics = HouseMetrics()
    metrics.observe_operation("ws order", 0.004, "0")
    metrics.observe_operation("ws order", 0.004, "51008")
    metrics.socket_opened("public")
    metrics.socket_opened("public")
    metrics.socket_closed("public", "slow")
    found = exposed(metrics)
    assert found['lonja_operation_seconds_count{operation="ws order"}'] == 2
    assert found['lonja_answers_total{code="51008",operation="ws order"}'] == 1
    assert found['lonja_open_sockets{endpoint="public"}'] == 1
    assert found['lonja_closed_sockets_total{endpoint="public",reason="slow"}'] == 1


def test_staff_read_the_same_as_numbers() -> None:
    metrics = HouseMetrics()
    assert set(metrics.figures().values()) == {0}
    metrics.watch(lambda: 7, lambda: 12)
    for seconds in (0.0004, 0.0004, 0.0004, 0.04):
        metrics.on_commit(command_count=10, seconds=seconds, waiting=0)
    metrics.on_apply(event_count=200, seconds=0.001)
    metrics.on_refused(5)
    metrics.observe_operation("ws order", 0.004, "0")
    metrics.observe_operation("GET balance", 99.0, "0")
    metrics.socket_opened("public")
    assert metrics.figures() == {
        "commits": 4,
        "commands": 40,
        "events": 200,
        "refused_commands": 5,
        "queue_commands": 7,
        "projection_lag_events": 12,
        "open_sockets": 1,
        "requests": 2,
        "commit_half_us": 500,
        "commit_99_us": 50_000,
        "request_half_us": 5_000,
        "request_99_us": 5_000_000,
    }


def test_times_of_operations_fall_into_buckets_that_add_up() -> None:
    metrics = HouseMetrics()
    for seconds in (0.0001, 0.0002, 0.0003, 0.004, 9.0):
        metrics.observe_operation("ws order", seconds, "0")
    found = exposed(metrics)

    def at_most(bound: str) -> float:
        return found[f'lonja_operation_seconds_bucket{{le="{bound}",operation="ws order"}}']

    assert [at_most(bound) for bound in ("0.0002", "0.0005", "0.005", "5.0", "+Inf")] == [2, 3, 4, 4, 5]
    assert found['lonja_operation_seconds_sum{operation="ws order"}'] == 9.0046


def test_endpoints_without_sockets_and_the_process_are_seen() -> None:
    found = exposed(HouseMetrics())
    assert {name: value for name, value in found.items() if name.startswith("lonja_open_sockets")} == {
        f'lonja_open_sockets{{endpoint="{endpoint}"}}': 0 for endpoint in ("public", "private", "business")
    }
    assert found["process_resident_memory_bytes"] > 0


def test_two_houses_do_not_share_their_numbers() -> None:
    first, second = HouseMetrics(), HouseMetrics()
    first.on_refused(1)
    assert exposed(second)["lonja_refused_commands_total"] == 0
