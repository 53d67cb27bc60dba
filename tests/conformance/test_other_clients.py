"""Clients that need environments of their own, each changed in nothing but host and keys.

``make clients`` installs them; a client that is not there is skipped. What they run is what their quick-starts show.
"""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.sandbox_process import SandboxProcess

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "build" / "clients"
EXAMPLES = ROOT / "examples" / "clients"
DRIVERS = Path(__file__).with_name("drivers")
HOURS = 10
FREQTRADE_SECONDS = 3_000
"""Ten hours take some minutes of processor time; of contracts, beside five busy processes for each core, 23 minutes."""

pytestmark = pytest.mark.lengthy


def said(client: str, seconds: int, *command: str | Path) -> str:
    """What a Python program says in the client's environment; it must end well."""
    python = CLIENTS / client / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{client} is not installed: `make clients CLIENTS={client}`")
    ran = subprocess.run(
        [python, *command], capture_output=True, text=True, timeout=seconds, check=False, cwd=python.parents[1]
    )
    assert ran.returncode == 0, ran.stdout[-2_000:] + ran.stderr[-3_000:]
    return ran.stdout


def test_cryptofeed_takes_books_trades_and_tickers_and_checks_checksums(sandbox: SandboxProcess) -> None:
    heard: dict[str, list[list[str]]] = {"book": [], "trade": [], "ticker": []}
    for line in said("cryptofeed", 60, EXAMPLES / "cryptofeed_books.py", sandbox.data).splitlines():
        kind, symbol, *values = line.split()
        assert symbol == "BTC-USDT"
        heard[kind].append(values)
    assert min(len(heard["book"]), len(heard["ticker"])) >= 5, heard
    for bid, ask in (*heard["book"], *heard["ticker"]):
        assert Decimal(bid) < Decimal(ask)
    assert heard["trade"]
    # At the edges of what was followed the one may have seen what the other has not: so a little room.
    low = min(Decimal(bid) for bid, _ in heard["book"]) * Decimal("0.999")
    high = max(Decimal(ask) for _, ask in heard["book"]) * Decimal("1.001")
    for side, amount, price, _ in heard["trade"]:
        assert side in {"buy", "sell"}
        assert Decimal(amount) > 0
        assert low <= Decimal(price) <= high
    names = [name for *_, name in heard["trade"]]
    assert sorted(set(names)) == names


def test_nautilus_trader_loads_instruments_and_balance_and_follows_a_book(limited: SandboxProcess) -> None:
    text = said("nautilus_trader", 90, EXAMPLES / "nautilus_node.py", limited.data)
    live = len(limited.get("/api/v5/public/instruments?instType=SPOT"))
    assert f"Loaded {live} instruments" in text
    assert "AccountBalance(total=1_000_000.00000000 USDT" in text
    quotes = [line.split() for line in text.splitlines() if line.startswith("BTC-USDT.OKX ")]
    assert len(quotes) > 10, text[-2_000:]
    assert all(float(bid) < float(ask) for _, bid, ask in quotes)
    assert "[ERROR]" not in text


@pytest.mark.timeout(2 * FREQTRADE_SECONDS)
@pytest.mark.parametrize("mode", ["dry", "live"])
def test_freqtrade_trades_for_ten_hours_of_the_exchange(mode: str, tmp_path: Path) -> None:
    options = ("--pairs", "3", "--speed", "0", "--rate-limits", "off")
    with SandboxProcess(tmp_path / "data", *options) as sandbox:
        driver = DRIVERS / "freqtrade_hours.py"
        text = said("freqtrade", FREQTRADE_SECONDS, driver, sandbox.data, tmp_path / "work", mode, str(HOURS))
        told = json.loads(text.splitlines()[-1])
        # Two pairs, each bought for half an hour, at most every three quarters of an hour.
        assert told["closed"] >= 2 * HOURS, told
        assert len(told["orders"]) == 2 * told["closed"]
        ended = {row["ordId"]: row["state"] for row in sandbox.get("/api/v5/trade/orders-history?instType=SPOT", 0)}
        if mode == "live":
            assert {ended[order] for order in told["orders"]} == {"filled"}
        else:
            assert ended == {}


@pytest.mark.timeout(2 * FREQTRADE_SECONDS)
def test_freqtrade_trades_futures_for_ten_hours_with_its_stops_on_the_exchange(tmp_path: Path) -> None:
    options = ("--pairs", "3", "--speed", "0", "--rate-limits", "off")
    with SandboxProcess(tmp_path / "data", *options) as sandbox:
        sandbox.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, 0)
        driver = DRIVERS / "freqtrade_hours.py"
        text = said("freqtrade", FREQTRADE_SECONDS, driver, sandbox.data, tmp_path / "work", "futures", str(HOURS))
        told = json.loads(text.splitlines()[-1])
        assert told["closed"] >= HOURS, told
        assert 0 < told["shorts"] < told["closed"], told
        # Each position had a stop on the exchange, which went when the position did.
        assert told["stops"] >= told["closed"], told
        waiting = sandbox.get("/api/v5/trade/orders-algo-pending?ordType=conditional", 0)
        held = [row for row in sandbox.get("/api/v5/account/positions", 0) if row["pos"] not in ("", "0")]
        assert (len(held), len(waiting)) == (told["open"], told["guarded"]), told
        assert {row["lever"] for row in held} <= {"3"}


def test_hummingbot_creates_fills_and_cancels_orders(quiet: SandboxProcess) -> None:
    driver = DRIVERS / "hummingbot_orders.py"
    before = quiet.get("/api/v5/account/balance?ccy=QUIET", 0)[0]["details"][0]["cashBal"]
    told = json.loads(said("hummingbot", 120, driver, quiet.data).splitlines()[-1])
    # Two bought as maker at 100; the fee of 0.08 % is taken from what was bought.
    expected = str(Decimal(before) + Decimal("1.9984"))
    wanted = {"status": "OPEN", "filled": "2", "paid": "200", "fee": {"QUIET": "0.0016"}}
    assert told == {**wanted, "balance": told["balance"]}
    assert Decimal(told["balance"]) == Decimal(expected)


def test_hummingbot_opens_and_closes_a_position(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path / "data", "--pairs", "3", "--rate-limits", "off") as sandbox:
        for account in range(2):
            sandbox.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, account)
        text = said("hummingbot", 120, DRIVERS / "hummingbot_perpetual.py", sandbox.data)
        told = json.loads(text.splitlines()[-1])
        for who, side, amount in (("buyer", "LONG", 2), ("seller", "SHORT", -2)):
            (position,) = told[who]
            numbers = [Decimal(position[name]) for name in ("amount", "entry", "leverage")]
            assert (position["side"], numbers) == (side, [Decimal(amount), Decimal(100), Decimal(5)])
        assert {token: Decimal(fee) for token, fee in told["fee"].items()} == {"USDT": Decimal("0.0404")}
        assert abs(Decimal(told["funding"])) < Decimal("0.0075")
