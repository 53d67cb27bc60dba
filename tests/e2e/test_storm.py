"""What people see of contracts in a running sandbox: a storm, and a leap over fundings and an expiry."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.sandbox_process import SandboxProcess

START_MS = int(datetime(2026, 1, 15, 20, tzinfo=UTC).timestamp()) * 1_000
"""A Thursday evening, half a day before an expiry."""
HOUR_MS = 3_600_000
EXPIRY_MS = START_MS + 12 * HOUR_MS


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    folder = tmp_path_factory.mktemp("storm") / "data"
    options = ("--pairs", "3", "--speed", "0", "--start", "2026-01-15T20:00:00Z", "--rate-limits", "off")
    with SandboxProcess(folder, *options) as process:
        yield process


def public(sandbox: SandboxProcess, path: str, **params: str) -> list[Any]:
    return sandbox.get(f"/api/v5/public/{path}?" + "&".join(f"{name}={value}" for name, value in params.items()))


def names(sandbox: SandboxProcess, kind: str) -> set[str]:
    return {row["instId"] for row in public(sandbox, "instruments", instType=kind) if row["state"] == "live"}


def test_a_storm_shows_liquidations_the_fund_and_deleveraging(sandbox: SandboxProcess) -> None:
    assert {"BTC-USDT-SWAP", "ETH-USD-SWAP", "QUIET-USDT-SWAP", "QUIET-USD-SWAP"} <= names(sandbox, "SWAP")
    sandbox.call("POST", "/sandbox/clock", {"step_ms": "5000"})
    (before,) = public(sandbox, "mark-price", instType="SWAP", instId="BTC-USDT-SWAP")
    (storm,) = sandbox.call("POST", "/sandbox/storm", {"instId": "BTC-USDT", "move": "-0.3", "seconds": "5"})
    sandbox.call("POST", "/sandbox/clock", {"step_ms": "20000"})
    (after,) = public(sandbox, "mark-price", instType="SWAP", instId="BTC-USDT-SWAP")
    assert abs(float(after["markPx"]) / float(before["markPx"]) - 0.7) < 0.02
    family = {"instType": "SWAP", "instFamily": "BTC-USDT"}
    (taken,) = public(sandbox, "liquidation-orders", **family, state="filled")
    sides = [row["side"] for row in taken["details"] if int(row["ts"]) >= int(storm["begin_ms"])]
    assert len(sides) >= 10
    assert set(sides) == {"sell"}, "those who bought"
    (fund,) = public(sandbox, "insurance-fund", **family)
    changes = [row for row in fund["details"] if int(row["ts"]) >= int(storm["begin_ms"])]
    assert {"bankruptcy_loss", "adl"} <= {row["type"] for row in changes}
    assert min(float(row["balance"]) for row in changes) < 5_000


def test_a_leap_of_a_day_settles_three_fundings_and_delivers_what_expires(sandbox: SandboxProcess) -> None:
    assert "BTC-USDT-260116" in names(sandbox, "FUTURES")
    sandbox.call("POST", "/sandbox/clock", {"step_ms": str(24 * HOUR_MS)})
    for name in ("BTC-USDT-SWAP", "BTC-USD-SWAP", "QUIET-USDT-SWAP"):
        settled = public(sandbox, "funding-rate-history", instId=name)
        # Before the first of them lies the past with which a sandbox begins.
        assert [int(row["fundingTime"]) for row in settled[:3]] == [START_MS + hours * HOUR_MS for hours in (20, 12, 4)]
        assert all(0 < abs(float(row["realizedRate"])) < 0.0015 for row in settled[:3]), "neither nothing nor wild"
    delivered, *_ = public(sandbox, "delivery-exercise-history", instType="FUTURES", instFamily="BTC-USDT")
    assert int(delivered["ts"]) == EXPIRY_MS
    assert [row["insId"] for row in delivered["details"]] == ["BTC-USDT-260116"]
    living = names(sandbox, "FUTURES")
    assert "BTC-USDT-260116" not in living
    assert "BTC-USDT-260130" in living
    for name in sorted(living):
        (ticker,) = sandbox.get(f"/api/v5/market/ticker?instId={name}")
        assert 0 < float(ticker["bidPx"]) < float(ticker["askPx"]) < 1.01 * float(ticker["bidPx"]), ticker
