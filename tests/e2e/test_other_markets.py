"""A sandbox that mirrors another one by REST and WebSocket, and one that repeats a recording."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.sandbox_process import SandboxProcess

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLLOWED = ("BTC-USDT", "ETH-USDT")
SECONDS = 10.0


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("source") / "data", "--pairs", "5", "--seed", "3") as process:
        yield process


@pytest.fixture(scope="module")
def mirror(source: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    folder = tmp_path_factory.mktemp("mirror") / "data"
    with SandboxProcess(folder, "--pairs", "5", "--seed", "4", "--mirror", source.told["rest"]) as process:
        yield process


def best(process: SandboxProcess, name: str, depth: int = 5) -> tuple[list[list[str]], list[list[str]]]:
    (book,) = process.get(f"/api/v5/market/books?instId={name}&sz={depth}")
    bids, asks = ([row[:2] for row in book[side]] for side in ("bids", "asks"))
    return bids, asks


def set_speed(process: SandboxProcess, speed: str) -> None:
    assert process.answer("POST", "/sandbox/clock", {"speed": speed})["code"] == "0"


@pytest.mark.parametrize("name", FOLLOWED)
def test_the_best_levels_of_a_mirror_are_those_of_its_source(
    source: SandboxProcess, mirror: SandboxProcess, name: str
) -> None:
    waited: list[float] = []
    for _ in range(5):
        set_speed(source, "1")
        time.sleep(0.5)
        # Now the source stands still, so that both can be compared.
        set_speed(source, "0")
        began = time.monotonic()
        wanted = best(source, name)
        while best(mirror, name) != wanted and time.monotonic() - began < SECONDS:
            time.sleep(0.02)
        waited.append(time.monotonic() - began)
        assert best(mirror, name) == wanted
    set_speed(source, "1")
    assert sorted(waited)[2] < 1.5


@pytest.mark.lengthy
def test_trades_of_the_source_are_repeated(source: SandboxProcess, mirror: SandboxProcess) -> None:
    name = FOLLOWED[0]
    end = time.monotonic() + SECONDS
    shared: set[tuple[str, str]] = set()
    while not shared and time.monotonic() < end:
        time.sleep(0.5)
        mine, theirs = (
            {(row["px"], row["side"]) for row in process.get(f"/api/v5/market/trades?instId={name}&limit=50")}
            for process in (mirror, source)
        )
        shared = mine & theirs
    assert shared


def test_what_is_not_mirrored_lives_its_own_life(source: SandboxProcess, mirror: SandboxProcess) -> None:
    assert best(mirror, "SOL-USDT") != best(source, "SOL-USDT")


def test_a_customer_trades_on_mirrored_liquidity(source: SandboxProcess, mirror: SandboxProcess) -> None:
    order = {"instId": FOLLOWED[1], "tdMode": "cash", "side": "sell", "ordType": "market", "sz": "0.01"}
    (placed,) = mirror.call("POST", "/api/v5/trade/order", order, 0)
    (found,) = mirror.get(f"/api/v5/trade/order?instId={FOLLOWED[1]}&ordId={placed['ordId']}", 0)
    assert found["state"] == "filled"
    bids, _ = best(source, FOLLOWED[1], 1)
    assert abs(float(found["avgPx"]) / float(bids[0][0]) - 1) < 0.005


@pytest.mark.lengthy
def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path / "data", "--pairs", "3", "--mirror", "http://127.0.0.1:1")
    assert not process.line
    assert "does not answer" in process.errors()


@pytest.mark.lengthy
def test_a_recording_becomes_the_market(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the recordings lie beside the repository")
    recording = SHARED / "okx_ws_2022-05-13" / "BTC-USDT.jsonl.gz"
    with SandboxProcess(tmp_path / "data", "--pairs", "3", "--replay", str(recording)) as process:
        end = time.monotonic() + SECONDS
        while len(best(process, "BTC-USDT", 60)[0]) < 50 and time.monotonic() < end:
            time.sleep(0.1)
        assert [len(side) for side in best(process, "BTC-USDT", 60)] == [50, 50]
        assert process.get("/api/v5/market/trades?instId=BTC-USDT")
        (ticker,) = process.get("/api/v5/market/ticker?instId=BTC-USDT")
        assert 29_000 < float(ticker["bidPx"]) < float(ticker["askPx"]) < 32_000


@pytest.mark.lengthy
def test_a_recording_follows_a_clock_that_is_moved_by_hand(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the recordings lie beside the repository")
    recording = SHARED / "okx_ws_2022-05-13" / "BTC-USDT.jsonl.gz"
    options = ("--pairs", "3", "--speed", "0", "--start", "2026-01-01T00:00:00Z", "--replay", str(recording))
    books = []
    for name in ("one", "two"):
        with SandboxProcess(tmp_path / name, *options) as process:
            seen = [best(process, "BTC-USDT")]
            time.sleep(0.3)
            assert best(process, "BTC-USDT") == seen[0], "time stands"
            for _ in range(3):
                process.call("POST", "/sandbox/clock", {"step_ms": "1000"})
                seen.append(best(process, "BTC-USDT"))
            books.append(seen)
    assert all(bids and asks for bids, asks in books[0]), "from the first moment on"
    assert len({str(book) for book in books[0]}) > 2
    assert books[0] == books[1]


def test_a_mirror_with_a_frozen_clock_shows_the_book_of_its_start_until_it_is_moved(
    source: SandboxProcess, tmp_path: Path
) -> None:
    name = FOLLOWED[0]
    options = ("--pairs", "3", "--speed", "0", "--mirror", source.told["rest_tls"])
    with SandboxProcess(tmp_path / "data", *options, "--mirror-ca", source.told["ca_file"]) as process:
        begun = best(process, name)
        assert all(begun)
        time.sleep(0.5)
        assert best(process, name) == begun
        set_speed(source, "0")
        wanted, end = best(source, name), time.monotonic() + SECONDS
        while best(process, name) != wanted and time.monotonic() < end:
            process.call("POST", "/sandbox/clock", {"step_ms": "1000"})
            time.sleep(0.1)
        assert best(process, name) == wanted
        set_speed(source, "1")
