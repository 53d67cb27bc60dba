"""A bad disk and careless hands: what is missing or damaged in a data folder is named, and nothing is made up for it."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from lonja.adapters.secrets_age import open_age_box
from tests.e2e.sandbox_process import SandboxProcess

ORDER = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "99", "sz": "1"}
LONJA = (sys.executable, "-c", "from lonja.cli.main import app; app()")


class Ended(NamedTuple):
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str


def lonja(*arguments: str, **environment: str) -> Ended:
    # Compiled modules are kept between starts even where the tests themselves keep none: it halves a start.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | environment
    done = subprocess.run([*LONJA, *arguments], capture_output=True, text=True, timeout=60, env=kept, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def orderly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with customers whose sandbox has ended in order."""
    data = tmp_path_factory.mktemp("with space") / "données"
    with SandboxProcess(data) as sandbox:
        assert sandbox.end()[0] == 0
    return data


@pytest.fixture
def data(orderly: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(orderly, copy)
    return copy


def _remove(name: str) -> Callable[[Path], None]:
    return lambda data: (data / name).unlink()


def _fill(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda data: (data / name).write_bytes(content)


def _damage_last_row(data: Path) -> None:
    with sqlite3.connect(data / "journal.sqlite") as journal:
        last = "(SELECT max(first_command) FROM journal)"
        journal.execute(f"UPDATE journal SET body = zeroblob(length(body)) WHERE first_command = {last}")
    journal.close()


def _project_too_far(data: Path) -> None:
    with sqlite3.connect(data / "projections.sqlite") as projections:
        (table,) = projections.execute(
            "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE c.name = 'last_sequence'"
        ).fetchone()
        projections.execute(f"UPDATE {table} SET last_sequence = last_sequence + 1000")
    projections.close()


def _another_key(data: Path) -> None:
    (data / "secrets.key").unlink()
    open_age_box(data / "secrets.key")


DAMAGES = {
    "no identity": (_remove("identity.sqlite"), "identity.sqlite is missing"),
    "empty identity": (_fill("identity.sqlite", b""), "identity.sqlite is missing"),
    "no key file": (_remove("secrets.key"), "secrets.key is missing"),
    "another key file": (_fill("secrets.key", b"x"), "holds no age key"),
    "no journal": (_remove("journal.sqlite"), "acknowledged commands are missing"),
    "another journal": (_fill("journal.sqlite", b"?" * 9_000), "is damaged"),
    "damaged last row": (_damage_last_row, "is damaged"),
    "journal behind projections": (_project_too_far, "acknowledged commands are missing"),
    "damaged projections": (_fill("projections.sqlite", b"?" * 9_000), "Delete that file"),
    "damaged authority": (_fill("tls/ca.pem", b"x"), "are damaged"),
    "damaged key of the authority": (_fill("tls/ca-key.pem", b"x"), "are damaged"),
    "damaged certificate": (_fill("tls/server.pem", b""), "are damaged"),
    "damaged key of the certificate": (_fill("tls/server-key.pem", b"-----BEGIN"), "are damaged"),
    "damaged keys of the accounts": (_fill("sandbox-keys.age", b"x"), "sandbox-keys.age is damaged"),
    "key file of another folder": (_another_key, "does not belong"),
}


def _contents(data: Path) -> dict[Path, str]:
    """What every file holds, but for who holds the lock, and for logs that a database empties when it is read."""
    files = (path for path in data.rglob("*") if path.is_file() and path.name != "lonja.lock")
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix not in {".sqlite-wal", ".sqlite-shm"}
    }


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_is_named_and_nothing_starts(data: Path, what: str) -> None:
    damage, sentence = DAMAGES[what]
    damage(data)
    before = _contents(data)
    ended = lonja("sandbox", "--data", str(data), "--port", "0")
    assert (ended.code, ended.out) == (1, "")
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert _contents(data) == before, "nothing is made up, and nothing is lost"


def test_the_doctor_misses_the_key_file(data: Path) -> None:
    (data / "secrets.key").unlink()
    ended = lonja("doctor", "--data", str(data))
    assert (ended.code, "secrets.key is missing" in ended.out) == (1, True)


def test_it_does_not_run_without_asserts(data: Path) -> None:
    ended = lonja("sandbox", "--data", str(data), "--port", "0", PYTHONOPTIMIZE="1")
    assert ended.code == 1
    assert "without asserts" in ended.err


@pytest.mark.parametrize("stream", [">/dev/full", ">&-", ">&- 2>&- <&-", "2>/dev/full"])
def test_it_serves_though_nobody_hears_it(data: Path, stream: str) -> None:
    (data / "sandbox.json").unlink()
    command = f'exec "$0" -c "$1" sandbox --data "$2" --port 0 --pairs 25 {stream}'
    process = subprocess.Popen(["/bin/sh", "-c", command, sys.executable, LONJA[2], str(data)], env=_no_home())
    try:
        deadline = time.monotonic() + 60
        while not (data / "sandbox.json").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


def _no_home() -> dict[str, str]:
    absent = {"HOME", "USER", "LOGNAME", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in absent}


def test_a_journal_that_was_taken_away_takes_no_orders_and_reading_goes_on(data: Path) -> None:
    with SandboxProcess(data, "--rate-limits", "off") as sandbox:
        sandbox.call("POST", "/api/v5/trade/order", ORDER, 0)
        aside = data.with_name("aside")
        data.rename(aside)
        codes = {sandbox.answer("POST", "/api/v5/trade/order", ORDER, 0)["code"] for _ in range(3)}
        assert codes <= {"50001", "50013"}
        assert len(sandbox.get("/api/v5/trade/orders-pending", 0)) == 1
        assert sandbox.answer("GET", "/healthz")["status"] == "unhealthy"
        aside.rename(data)
        deadline = time.monotonic() + 10
        while sandbox.answer("POST", "/api/v5/trade/order", ORDER, 0)["code"] != "0":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert sandbox.end()[0] == 0
    with SandboxProcess(data) as again:
        assert len(again.get("/api/v5/trade/orders-pending", 0)) == 2
