"""Two sandboxes from one seed and one list of client calls give byte-identical journals."""

from pathlib import Path
from typing import Any

import pytest

from lonja.adapters.journal_sqlite import SqliteJournal
from tests.e2e.sandbox_process import SandboxProcess

FROZEN = ("--speed", "0", "--start", "2026-01-01T00:00:00Z", "--rate-limits", "off")
QUIET: dict[str, Any] = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "99"}
BTC: dict[str, Any] = {"instId": "BTC-USDT", "tdMode": "cash", "side": "sell", "ordType": "market", "sz": "0.01"}

FUNDS = {"USDT": "50000", "BTC": "1"}
ADD_RULES = {
    "seed": "11",
    "rules": [
        {"rule": "no", "kind": "reject", "operation": "order", "account": "trader2", "probability": "0.5"},
        {"rule": "lost", "kind": "error", "operation": "order", "code": "50004", "after": "true", "probability": "0.5"},
        {"rule": "busy", "kind": "error", "operation": "order", "code": "50013", "in_ms": "20000", "burst": "3",
         "probability": "0.3"},
    ],
}  # fmt: skip
CALLS: list[tuple[str, str, object, int | None]] = [
    ("POST", "/api/v5/trade/order", {**QUIET, "sz": "1.5", "clOrdId": "first"}, 0),
    ("POST", "/sandbox/clock", {"step_ms": "5000"}, None),
    ("POST", "/api/v5/trade/batch-orders", [BTC, BTC, {**BTC, "sz": "900000"}], 1),
    ("POST", "/api/v5/trade/cancel-all-after", {"timeOut": "10"}, 0),
    ("POST", "/api/v5/asset/transfer", {"ccy": "USDT", "amt": "12.5", "from": "18", "to": "6"}, 1),
    ("POST", "/api/v5/trade/order", {**QUIET, "sz": "0"}, 0),
    ("POST", "/sandbox/clock", {"step_ms": 61_000}, None),
    ("POST", "/api/v5/trade/order", {**BTC, "side": "buy", "sz": "500"}, 0),
    ("POST", "/sandbox/accounts", {"name": "bot", "funds": FUNDS}, None),
    ("POST", "/sandbox/accounts/drain", {"account": "bot", "currency": "BTC"}, None),
    ("POST", "/sandbox/flow", {"mood": "crash", "instrument": "BTC-USDT"}, None),
    ("POST", "/sandbox/clock", {"step_ms": "10000"}, None),
    ("POST", "/sandbox/index", {"instId": "QUIET-USDT", "idxPx": "97.5"}, None),
    ("POST", "/sandbox/storm", {"instId": "ETH-USDT", "move": "-0.3", "seconds": "5"}, None),
    ("POST", "/sandbox/clock", {"step_ms": "10000"}, None),
    ("POST", "/sandbox/reset", {}, None),
    ("POST", "/sandbox/clock", {"step_ms": "10000"}, None),
]
BAD_DAY: list[tuple[str, str, object, int | None]] = [
    (("POST", "/api/v5/trade/order", BTC, number % 2) if number % 10 else ("POST", "/sandbox/clock", {"step_ms": "5000"}, None))
    for number in range(60)
]  # fmt: skip


def history(folder: Path, seed: str) -> tuple[bytes, list[dict[str, str]]]:
    """The journal after all calls, and the fills of both accounts."""
    with SandboxProcess(folder, *FROZEN, "--seed", seed) as sandbox:
        for method, target, body, account in CALLS:
            sandbox.answer(method, target, body, account)
        fills = [fill for account in (0, 1) for fill in sandbox.get("/api/v5/trade/fills", account)]
        assert sandbox.end()[0] == 0
    return (folder / "journal.sqlite").read_bytes(), fills


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, list[dict[str, str]]]:
    folder = tmp_path_factory.mktemp("first") / "data"
    return folder, *history(folder, "5")


@pytest.mark.lengthy
def test_one_seed_and_the_same_calls_give_the_same_bytes(
    first: tuple[Path, bytes, list[dict[str, str]]], tmp_path: Path
) -> None:
    folder, journal, fills = first
    again, fills_again = history(tmp_path / "data", "5")
    assert journal == again
    assert fills == fills_again
    assert len(fills) >= 3, "the calls did trade"
    rows = list(SqliteJournal(folder / "journal.sqlite", read_only=True).rows())
    assert rows == list(SqliteJournal(tmp_path / "data" / "journal.sqlite", read_only=True).rows())
    assert all(row.time_ms < 1_800_000_000_000 for row in rows), "no time of the machine got in"


@pytest.mark.lengthy
def test_another_seed_gives_another_history(first: tuple[Path, bytes, list[dict[str, str]]], tmp_path: Path) -> None:
    assert history(tmp_path / "data", "6")[0] != first[1]


def day(folder: Path, rules: object) -> tuple[dict[str, Any], list[str], list[Any]]:
    """The record of a bad day, what the client was told, and the fills."""
    with SandboxProcess(folder, *FROZEN) as sandbox:
        sandbox.call("POST", "/sandbox/faults", rules)
        told = [sandbox.answer(*call)["code"] for call in BAD_DAY]
        (record,) = sandbox.call("GET", "/sandbox/faults/record")
        fills = [fill for account in (0, 1) for fill in sandbox.get("/api/v5/trade/fills", account)]
        return record, told, fills


@pytest.mark.lengthy
def test_a_recorded_bad_day_replays_to_the_same_fills(tmp_path: Path) -> None:
    record, told, fills = day(tmp_path / "first", ADD_RULES)
    again, told_again, fills_again = day(tmp_path / "again", record)
    assert {"50004", "50013", "1", "0"} <= set(told), "it was a bad day"
    assert {line["kind"] for line in record["injected"]} == {"error", "reject"}
    assert 0 < len(fills) < 54
    assert told_again == told
    assert fills_again == fills
    assert again == record
