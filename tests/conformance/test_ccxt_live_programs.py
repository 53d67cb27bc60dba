"""The test programs that ccxt ships and runs against exchanges, run against ours.

What they skip is written in ``SKIPPED`` with its reason; everything else must pass.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import ccxt
import pytest

from tests.e2e.sandbox_process import SandboxProcess

SKIPPED = {
    "fetchDeposits": "custody is not part of the exchange yet",
    "fetchWithdrawals": "custody is not part of the exchange yet",
    "fetchBorrowInterest": "nobody borrows in spot mode",
    "watchPositions": "an account in spot mode has none, so nothing ever comes",
    "fetchTransfers": {"status": "a bill has no state, and ccxt has nowhere to take one from"},
}
TRADE = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "20"}
SECONDS = 110
PUBLIC = {
    "afterConstruct", "features", "loadMarkets", "fetchCurrencies", "fetchTicker", "fetchTickers", "fetchOHLCV",
    "fetchTrades", "fetchOrderBook", "fetchStatus",
}  # fmt: skip
PRIVATE = {
    "fetchBalance", "fetchAccounts", "fetchOpenOrders", "fetchClosedOrders", "fetchMyTrades", "fetchLedger",
    "fetchTransfers",
}  # fmt: skip
WATCHED = {
    "watchTicker", "watchTickers", "watchBidsAsks", "watchOrderBook", "watchOrderBookForSymbols", "watchTrades",
    "watchTradesForSymbols", "watchOHLCV", "watchOHLCVForSymbols", "watchBalance", "watchMyTrades", "watchOrders",
}  # fmt: skip


@pytest.fixture
def programs(quiet: SandboxProcess, tmp_path: Path) -> Path:
    """A folder like ccxt's repository, since its programs refuse to run from where packages are installed."""
    installed = Path(ccxt.__file__).parent
    package = tmp_path / "python" / "ccxt"
    for folder in (Path(), Path("pro")):
        (package / folder).mkdir(parents=True, exist_ok=True)
        for path in (installed / folder).iterdir():
            if path.name == "test":
                shutil.copytree(path, package / folder / "test")
            elif path.name not in {"pro", "__pycache__"}:
                (package / folder / path.name).symlink_to(path)
    keys = quiet.told["accounts"][0]
    okx = {
        "apiKey": keys["api_key"],
        "secret": keys["secret_key"],
        "password": keys["passphrase"],
        "urls": {"api": {"rest": quiet.told["rest"], "ws": quiet.told["ws"]}},
        "has": dict.fromkeys(("swap", "future", "option"), False),
    }
    (tmp_path / "keys.json").write_text(json.dumps({"okx": okx}))
    (tmp_path / "skip-tests.json").write_text(json.dumps({"okx": {"skipMethods": SKIPPED}}))
    return package


def _run(programs: Path, sandbox: SandboxProcess, *options: str) -> set[str]:
    """The calls that the program tested and found right. What it watches happens meanwhile."""
    said = programs.parent / "said.txt"
    with (
        said.open("w") as output,
        subprocess.Popen(
            [sys.executable, str(programs / "test" / "tests_init.py"), "--private", "--info", *options, "okx"],
            env={**os.environ, "PYTHONPATH": str(programs.parent)},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as program,
    ):
        ends = time.monotonic() + SECONDS
        while program.poll() is None:
            if time.monotonic() > ends:
                program.kill()
            sandbox.call("POST", "/api/v5/trade/order", TRADE, 0)
            time.sleep(1)
    text = said.read_text()
    for bad in ("[TEST_FAILURE]", "[TEST_WARNING]"):
        assert bad not in text, text[text.index(bad) :][:3_000]
    assert program.returncode == 0, text[-3_000:]
    return set(re.findall(r"TESTING DONE +okx (\w+)", text))


@pytest.mark.parametrize(
    ("options", "expected"),
    [(["--sync"], PUBLIC | PRIVATE), ([], PUBLIC | PRIVATE), (["--ws"], WATCHED)],
    ids=["sync", "async", "pro"],
)
@pytest.mark.lengthy
def test_ccxt_finds_nothing_wrong(
    programs: Path, sandbox: SandboxProcess, options: list[str], expected: set[str]
) -> None:
    assert expected <= _run(programs, sandbox, *options)
