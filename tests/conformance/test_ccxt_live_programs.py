"""The test programs that ccxt ships and runs against exchanges, run against ours: all about spot, then about swaps.

What they skip is written in ``SKIPPED``, which programs do not run at all in ``LEFT_OUT``, both with their reasons;
everything else must pass.
"""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

from tests.conformance.clients import ccxt_client
from tests.e2e.sandbox_process import SandboxProcess

SKIPPED: dict[str, object] = {
    "fetchLedger": {
        "account": "ccxt's reader of a bill leaves it out",
        "referenceAccount": "and this too",
        "amount": "it keeps the sign of what went out, which its program does not expect",
    },
    "fetchTransfers": {"status": "a bill has no state, and ccxt has nowhere to take one from"},
    "fetchTickers": {"checkActiveSymbols": "OKX gives the tickers of one type at a time"},
}
IN_SPOT_MODE: dict[str, object] = {"watchPositions": "an account in spot mode has none, so nothing ever comes"}
"""Calls, or fields of their answers, that the programs are told to pass over."""
SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
TRADES = {
    SPOT: {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "20"},
    SWAP: {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "0.01"},
}
"""What happens every second while a program looks at an instrument."""
SECONDS = 110
PUBLIC = {
    "afterConstruct", "features", "loadMarkets", "fetchCurrencies", "fetchTicker", "fetchTickers", "fetchOHLCV",
    "fetchTrades", "fetchOrderBook", "fetchStatus",
}  # fmt: skip
PRIVATE = {
    "fetchBalance", "fetchAccounts", "fetchOpenOrders", "fetchClosedOrders", "fetchMyTrades", "fetchLedger",
    "fetchTransfers", "fetchDeposits", "fetchWithdrawals", "fetchBorrowInterest",
}  # fmt: skip
WATCHED = {
    "watchTicker", "watchTickers", "watchBidsAsks", "watchOrderBook", "watchOrderBookForSymbols", "watchTrades",
    "watchTradesForSymbols", "watchOHLCV", "watchOHLCVForSymbols", "watchBalance", "watchMyTrades", "watchOrders",
}  # fmt: skip
BESIDE = ("fetchL2OrderBook", "fetchTradingFee", "fetchPositions", "fetchMarketLeverageTiers")
"""Packaged too, but not called by ccxt's main program for spot."""
OF_SWAPS = {"fetchPositions", "fetchFundingRateHistory", "fetchOpenInterestHistory"}
WATCHED_OF_SWAPS = {"watchPositions"}
LEFT_OUT = {
    "createOrder": "adds a number to a text in its Python form, before it asks anything; test_ccxt_orders.py does the same",
    "fetchMarkets": "expects a dictionary, while every fetch_markets of ccxt answers a list; loadMarkets checks each market",
    "fetchDepositWithdrawals": "ccxt has no such call on OKX",
    "proxies": "is about servers of ccxt's authors between client and exchange",
    "watchLiquidations": "waits for one to happen; test_ccxt_pro_futures.py brings one about",
    "watchLiquidationsForSymbols": "the same",
}


@pytest.fixture
def programs(quiet: SandboxProcess, tmp_path: Path) -> Path:
    return _packaged(quiet, tmp_path, SKIPPED | IN_SPOT_MODE)


def _packaged(sandbox: SandboxProcess, tmp_path: Path, skipped: Mapping[str, object]) -> Path:
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
    keys = sandbox.told["accounts"][0]
    okx = {
        "apiKey": keys["api_key"],
        "secret": keys["secret_key"],
        "password": keys["passphrase"],
        "urls": {"api": {"rest": sandbox.told["rest"], "ws": sandbox.told["ws"]}},
        "has": {"option": False},
    }
    (tmp_path / "keys.json").write_text(json.dumps({"okx": okx}))
    (tmp_path / "skip-tests.json").write_text(json.dumps({"okx": {"skipMethods": skipped}}))
    return package


def _run(programs: Path, sandbox: SandboxProcess, symbol: str, *options: str) -> set[str]:
    """The calls that the program tested with a market and found right. What it watches happens meanwhile."""
    said = programs.parent / "said.txt"
    with (
        said.open("w") as output,
        subprocess.Popen(
            [sys.executable, str(programs / "test" / "tests_init.py"), "--private", "--info", *options, "okx", symbol],
            env={**os.environ, "PYTHONPATH": str(programs.parent)},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as program,
    ):
        ends = time.monotonic() + SECONDS
        while program.poll() is None:
            if time.monotonic() > ends:
                program.kill()
            sandbox.call("POST", "/api/v5/trade/order", TRADES[symbol], 0)
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
    assert expected <= _run(programs, sandbox, SPOT, *options)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--sync"], PUBLIC | PRIVATE | OF_SWAPS),
        ([], PUBLIC | PRIVATE | OF_SWAPS),
        (["--ws"], WATCHED | WATCHED_OF_SWAPS),
    ],
    ids=["sync", "async", "pro"],
)
@pytest.mark.lengthy
def test_ccxt_finds_nothing_wrong_with_swaps(tmp_path: Path, options: list[str], expected: set[str]) -> None:
    with SandboxProcess(tmp_path / "data", "--rate-limits", "off") as sandbox:
        sandbox.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, 0)
        assert expected <= _run(_packaged(sandbox, tmp_path, SKIPPED), sandbox, SWAP, *options)


@pytest.fixture
def client(quiet: SandboxProcess) -> ccxt.okx:
    made = ccxt_client(ccxt.okx, quiet.told)
    made.load_markets()
    return made


@pytest.mark.parametrize("name", BESIDE)
def test_programs_beside_the_main_one(client: ccxt.okx, name: str) -> None:
    assert _program("sync", name)(client, {}, "BTC/USDT")


@pytest.mark.parametrize("name", BESIDE)
async def test_programs_beside_the_main_one_async(quiet: SandboxProcess, name: str) -> None:
    client = ccxt_client(ccxt.async_support.okx, quiet.told)
    try:
        await client.load_markets()
        assert await _program("async", name)(client, {}, "BTC/USDT")
    finally:
        await client.close()


def _program(way: str, name: str) -> Any:
    file = f"test_{ccxt.Exchange().un_camel_case(name)}"
    return getattr(importlib.import_module(f"ccxt.test.exchange.{way}.{file}"), file)


def test_every_packaged_program_runs_or_is_left_out_for_a_reason() -> None:
    installed = Path(ccxt.__file__).parent
    folders = ("test/exchange/sync", "test/exchange/async", "pro/test/Exchange")
    packaged = {
        path.stem.removeprefix("test_") for folder in folders for path in (installed / folder).glob("test_*.py")
    }
    offered = {**ccxt.okx().has, **ccxt.pro.okx().has}
    not_offered = {_plain(name) for name, has in offered.items() if not has}
    run = {_plain(name) for name in (*PUBLIC, *PRIVATE, *WATCHED, *BESIDE, *OF_SWAPS, *WATCHED_OF_SWAPS)}
    left_out = {_plain(name) for name in LEFT_OUT}
    assert run.isdisjoint(left_out)
    assert {_plain(name) for name in packaged} - run - left_out - not_offered == set()


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
