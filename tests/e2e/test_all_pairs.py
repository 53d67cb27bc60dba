"""A sandbox with all its pairs: listed, quoted, traded, within its bounds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lonja.modules.sandbox.api import INSTRUMENTS, QUIET
from tests.e2e.sandbox_process import SandboxProcess

RSS_MIB_MAX = 600


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    folder = tmp_path_factory.mktemp("all") / "data"
    with SandboxProcess(folder, "--pairs", str(len(INSTRUMENTS)), "--rate-limits", "off") as process:
        yield process


def test_all_pairs_are_listed_and_quoted(sandbox: SandboxProcess) -> None:
    rows = sandbox.get("/api/v5/public/instruments?instType=SPOT")
    assert {row["instId"] for row in rows} == {fact.instrument_id for fact in INSTRUMENTS}
    assert len(rows) > 1_000
    assert len({row["baseCcy"] for row in rows} | {row["quoteCcy"] for row in rows}) >= 350
    for row in sandbox.get("/api/v5/market/tickers?instType=SPOT"):
        if row["instId"] != QUIET:
            assert 0 < float(row["bidPx"]) < float(row["askPx"]) < 1.01 * float(row["bidPx"]), row
            assert float(row["last"]) > 0


@pytest.mark.parametrize("place", [3, 200, 600, len(INSTRUMENTS) - 1])
def test_a_pair_has_a_day_of_candles_a_hundred_trades_and_depth(sandbox: SandboxProcess, place: int) -> None:
    name = INSTRUMENTS[place].instrument_id
    assert len(sandbox.get(f"/api/v5/market/trades?instId={name}&limit=100")) == 100
    (book,) = sandbox.get(f"/api/v5/market/books?instId={name}&sz=60")
    middle = (float(book["bids"][0][0]) + float(book["asks"][0][0])) / 2
    for side in ("bids", "asks"):
        assert sum(abs(float(row[0]) / middle - 1) <= 0.01 for row in book[side]) >= 25
    oldest = sandbox.get(f"/api/v5/market/candles?instId={name}&bar=1H&limit=24")
    assert len(oldest) == 24
    assert len(sandbox.get(f"/api/v5/market/candles?instId={name}&bar=1m&limit=300")) == 300


def test_memory_is_bounded(sandbox: SandboxProcess) -> None:
    status = Path(f"/proc/{sandbox.process.pid}/status")
    if not status.exists():
        pytest.skip("this system has no /proc")
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]
    assert int(line.split()[1]) / 1_024 < RSS_MIB_MAX


@pytest.mark.lengthy
def test_a_folder_with_few_pairs_gains_the_others_and_keeps_its_codes(tmp_path: Path) -> None:
    few = INSTRUMENTS[:4]
    with SandboxProcess(tmp_path / "data", "--pairs", "4") as process:
        before = process.get("/api/v5/public/instruments?instType=SPOT")
        assert {row["instId"] for row in before} == {fact.instrument_id for fact in few}
        assert process.end()[0] == 0
    with SandboxProcess(tmp_path / "data", "--pairs", "30") as process:
        after = {row["instId"]: row for row in process.get("/api/v5/public/instruments?instType=SPOT")}
        assert len(after) == 30
        for row in before:
            assert after[row["instId"]]["instIdCode"] == row["instIdCode"]
        (ticker,) = process.get(f"/api/v5/market/ticker?instId={INSTRUMENTS[29].instrument_id}")
        assert float(ticker["bidPx"]) > 0
        assert process.end()[0] == 0
    with SandboxProcess(tmp_path / "data", "--pairs", "4") as process:
        assert len(process.get("/api/v5/public/instruments?instType=SPOT")) == 30, "what is listed stays"
