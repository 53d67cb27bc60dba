"""Exchange time over restarts of the real process, and clients on either clock."""

import time
from pathlib import Path

import pytest

from tests.e2e.sandbox_process import SandboxProcess

DAY_MS = 86_400_000
START_MS = (int(time.time()) // 60 - 60) * 60_000
"""Some days ago: each of them has three settlements, at which the clock stops on the way."""


def exchange_ms(sandbox: SandboxProcess) -> int:
    return int(sandbox.get("/api/v5/public/time")[0]["ts"])


@pytest.mark.lengthy
def test_time_never_runs_back_over_restarts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with SandboxProcess(data, "--speed", "0", "--start", str(START_MS)) as sandbox:
        assert exchange_ms(sandbox) == START_MS
        sandbox.call("POST", "/sandbox/clock", {"step_ms": "1500"})
        sandbox.process.kill()
        sandbox.process.wait()
    with SandboxProcess(data, "--speed", "0") as sandbox:
        assert exchange_ms(sandbox) == START_MS + 1_500, "even after a kill"
        sandbox.call("POST", "/sandbox/clock", {"speed": "1000"})
        time.sleep(0.2)
        sandbox.call("POST", "/sandbox/clock", {"speed": "0"})
        stopped_ms = exchange_ms(sandbox)
        assert stopped_ms > START_MS + 100_000
        assert sandbox.end()[0] == 0
    with SandboxProcess(data, "--speed", "0", "--start", str(START_MS)) as sandbox:
        assert exchange_ms(sandbox) == stopped_ms, "the journal is further than --start"
        ahead_ms = int(time.time() * 1_000) + 3_600_000 - stopped_ms
        sandbox.call("POST", "/sandbox/clock", {"step_ms": ahead_ms})
        sandbox.end()
    with SandboxProcess(data) as sandbox:
        now_ms = exchange_ms(sandbox)
        assert now_ms >= stopped_ms + ahead_ms, "the machine's time is behind the journal"
        # The client signs with the machine's time, an hour behind the exchange.
        assert sandbox.get("/api/v5/account/balance", 0)[0]["details"]
        time.sleep(0.05)
        assert now_ms < exchange_ms(sandbox) < now_ms + 60_000, "and goes on at real speed"
