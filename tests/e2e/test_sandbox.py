"""The promise of ``lonja sandbox``, kept by the real process."""

import json
import logging
import os
import re
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog

from lonja.cli.main import app
from tests.e2e.sandbox_process import SandboxProcess
from tests.e2e.staff import Member

QUIET_BUY = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "99.01", "sz": "1.5"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox") / "data", "--rate-limits", "off") as process:
        yield process


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def lonja(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Ended]]:
    """Runs a command of lonja in this process, which is not the one that serves."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    umask = os.umask(0o077)

    def run(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as ended:
            app(list(arguments))
        return Ended(int(ended.value.code or 0), *capsys.readouterr())

    yield run
    os.umask(umask)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_one_line_says_that_it_answers(sandbox: SandboxProcess) -> None:
    assert sandbox.told["rest"] in sandbox.line
    assert sandbox.line.endswith("\n")


def test_the_file_says_where_everything_is(sandbox: SandboxProcess) -> None:
    told = sandbox.told
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", told["rest"])
    assert re.fullmatch(r"https://127\.0\.0\.1:\d+", told["rest_tls"])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", told["staff_door"])
    assert told["ws"] == told["rest"].replace("http", "ws") + "/ws/v5"
    assert told["ws_tls"] == told["rest_tls"].replace("https", "wss") + "/ws/v5"
    assert Path(told["ca_file"]).is_absolute()
    assert [account["name"] for account in told["accounts"]] == ["trader", "trader2"]
    assert all(account["permissions"] == "read,trade,withdraw" for account in told["accounts"])
    assert len({account["uid"] for account in told["accounts"]}) == 2
    modes = {stat.S_IMODE(path.stat().st_mode) for path in sandbox.data.rglob("*") if path.is_file()}
    assert modes == {0o600}


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_it_answers(sandbox: SandboxProcess, tls: bool) -> None:
    assert int(sandbox.get("/api/v5/public/time", tls=tls)[0]["ts"]) > 0
    assert sandbox.get("/api/v5/account/config", 0, tls=tls)[0]["uid"] == sandbox.told["accounts"][0]["uid"]


def test_there_are_twenty_live_markets(sandbox: SandboxProcess) -> None:
    rows = sandbox.get("/api/v5/public/instruments?instType=SPOT")
    traded = [row["instId"] for row in rows if row["instId"] != "QUIET-USDT"]
    assert len(traded) >= 20
    for instrument in traded:
        (book,) = sandbox.get(f"/api/v5/market/books?instId={instrument}&sz=400")
        bids, asks = ([float(level[0]) for level in book[side]] for side in ("bids", "asks"))
        middle = (bids[0] + asks[0]) / 2
        assert bids[0] < asks[0]
        assert sum(price >= middle * 0.99 for price in bids) >= 25
        assert sum(price <= middle * 1.01 for price in asks) >= 25
        assert len(sandbox.get(f"/api/v5/market/trades?instId={instrument}&limit=500")) >= 100


def test_there_is_a_day_of_candles(sandbox: SandboxProcess) -> None:
    opens: list[int] = []
    after = ""
    while len(opens) < 1_440:
        rows = sandbox.get(f"/api/v5/market/candles?instId=ETH-BTC&bar=1m&limit=300{after}")
        assert rows
        opens += [int(row[0]) for row in rows]
        after = f"&after={opens[-1]}"
    assert opens[:1_440] == list(range(opens[0], opens[0] - 1_440 * 60_000, -60_000))


def test_quiet_is_quiet(sandbox: SandboxProcess) -> None:
    (row,) = sandbox.get("/api/v5/public/instruments?instType=SPOT&instId=QUIET-USDT")
    assert (row["tickSz"], row["lotSz"], row["minSz"]) == ("0.01", "0.001", "0.001")
    (book,) = sandbox.get("/api/v5/market/books?instId=QUIET-USDT&sz=400")
    assert (book["bids"], book["asks"]) == ([], [])
    (limits,) = sandbox.get("/api/v5/public/price-limit?instId=QUIET-USDT")
    assert (limits["buyLmt"], limits["sellLmt"]) == ("120", "80")


@pytest.mark.parametrize("account", [0, 1])
def test_both_accounts_have_their_money_and_base_fees(sandbox: SandboxProcess, account: int) -> None:
    assert sandbox.balances(account) == {"USDT": "1000000", "BTC": "10", "ETH": "100", "QUIET": "10000"}
    funding = {row["ccy"]: row["bal"] for row in sandbox.get("/api/v5/asset/balances", account)}
    assert funding == {"USDT": "1000000", "BTC": "10", "ETH": "100", "QUIET": "10000"}
    (fee,) = sandbox.get("/api/v5/account/trade-fee?instType=SPOT&instId=QUIET-USDT", account)
    assert (fee["maker"], fee["taker"]) == ("-0.0008", "-0.001")


def test_a_key_made_while_it_runs_works_at_once_and_a_removed_one_no_more(
    sandbox: SandboxProcess, lonja: Callable[..., Ended]
) -> None:
    made = lonja("keys", "create", "--data", str(sandbox.data), "--account", "trader", "--permissions", "read")
    assert made.code == 0, made.err
    shown = dict(line.split(maxsplit=1) for line in made.out.replace("api key", "api_key").splitlines())
    key = {"api_key": shown["api_key"], "secret_key": shown["secret"], "passphrase": shown["passphrase"]}
    sandbox.told["accounts"].append(key)
    try:
        assert sandbox.get("/api/v5/account/config", 2)[0]["perm"] == "read_only"
        assert lonja("keys", "remove", "--data", str(sandbox.data), key["api_key"]).code == 0
        for _ in range(100):
            code = sandbox.answer("GET", "/api/v5/account/config", None, 2)["code"]
            if code == "50111":
                break
            time.sleep(0.05)
        assert code == "50111", "within a second or so"
    finally:
        sandbox.told["accounts"].pop()


def test_a_second_process_on_the_folder_is_refused(sandbox: SandboxProcess, lonja: Callable[..., Ended]) -> None:
    second = lonja("sandbox", "--data", str(sandbox.data), "--port", "0")
    assert second.code == 1
    assert "in use by another process" in second.err
    assert "Traceback" not in second.err
    assert second.out == ""


def test_a_port_that_is_taken_is_named(tmp_path: Path, lonja: Callable[..., Ended]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = lonja("sandbox", "--data", str(tmp_path / "data"), "--port", str(port))
    assert refused.code == 1
    assert f"Port {port} is in use" in refused.err
    assert "Traceback" not in refused.err


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, lonja: Callable[..., Ended]) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused = lonja("sandbox", "--data", str(tmp_path / "file" / "data"), "--port", "0")
    assert refused.code == 1
    assert "cannot be used" in refused.err
    assert "Traceback" not in refused.err


def test_unknown_instruments_are_named(tmp_path: Path, lonja: Callable[..., Ended]) -> None:
    refused = lonja("sandbox", "--data", str(tmp_path / "data"), "--port", "0", "--without-traders", "NO-PE")
    assert refused.code == 1
    assert "no instrument NO-PE" in refused.err


@pytest.mark.timeout(400)
def test_orders_balances_and_keys_outlive_an_orderly_end_and_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with SandboxProcess(data, "--without-traders", "BTC-USDT") as first:
        accounts = first.told["accounts"]
        (placed,) = first.call("POST", "/api/v5/trade/order", QUIET_BUY, 0)
        (filled,) = first.call("POST", "/api/v5/trade/order", QUIET_BUY | {"px": "101", "clOrdId": "two"}, 0)
        sell = QUIET_BUY | {"side": "sell", "px": "101", "sz": "0.5"}
        first.call("POST", "/api/v5/trade/order", sell, 1)
        balances = first.balances(0)
        assert first.get("/api/v5/market/books?instId=BTC-USDT")[0]["bids"] == [], "left to people"
        code, seconds = first.end(signal.SIGTERM)
        assert code == 0
        assert seconds < 5
    with SandboxProcess(data) as second:
        assert second.told["accounts"] == accounts
        assert second.told["ca_file"] == first.told["ca_file"]
        _still_there(second, placed, filled, balances)
        (third_order,) = second.call("POST", "/api/v5/trade/order", QUIET_BUY | {"px": "98"}, 0)
        second.end(signal.SIGKILL)
    with SandboxProcess(data) as third:
        assert third.told["accounts"] == accounts
        _still_there(third, placed, filled, balances)
        orders = third.get("/api/v5/trade/orders-pending", 0)
        assert [row["ordId"] for row in orders].count(third_order["ordId"]) == 1
        code, seconds = third.end(signal.SIGINT)
        assert (code, seconds < 5) == (0, True)
    assert json.loads((data / "sandbox.json").read_text())["accounts"] == accounts


def _still_there(sandbox: SandboxProcess, placed: dict, filled: dict, balances: dict) -> None:
    orders = {row["ordId"]: row for row in sandbox.get("/api/v5/trade/orders-pending", 0)}
    assert orders[placed["ordId"]]["state"] == "live"
    assert orders[filled["ordId"]]["state"] == "partially_filled"
    assert orders[filled["ordId"]]["accFillSz"] == "0.5"
    assert sandbox.balances(0) == balances
    (book,) = sandbox.get("/api/v5/market/books?instId=BTC-USDT&sz=400")
    assert min(len(book["bids"]), len(book["asks"])) >= 25
    assert len(sandbox.get("/api/v5/market/trades?instId=BTC-USDT&limit=500")) >= 100


def test_staff_see_the_engine_its_indices_and_the_funds(sandbox: SandboxProcess) -> None:
    ada = Member(sandbox)
    health = ada.done("GET", "/house/health")
    assert health["problem"] == ""
    assert health["halted"] == []
    live = [feed for feed in health["feeds"] if feed["state"] == "live"]
    assert live
    assert all(feed["sources"] >= 3 and feed["age_ms"] == 0 for feed in live)
    assert {feed["state"] for feed in health["feeds"]} <= {"fixed", "live"}
    assert {"commands", "commits", "events", "queue_commands", "open_sockets", "snapshot_age_ms"} <= set(
        health["figures"]
    )
    assert health["figures"]["commands"] > 0
    funds = ada.done("GET", "/house/funds")
    (bitcoin,) = (fund for fund in funds if (fund["instrument_type"], fund["family"]) == ("SWAP", "BTC-USDT"))
    assert (bitcoin["currency"], bitcoin["alarm"]) == ("USDT", "normal")
    assert float(bitcoin["balance"]) <= float(bitcoin["peak"])
    (told,) = sandbox.get("/api/v5/public/insurance-fund?instType=SWAP&instFamily=BTC-USDT&type=platform_revenue")
    past = ada.done("GET", "/house/funds/SWAP/BTC-USDT")
    assert [move["amount"] for move in past["moves"] if move["kind"] == "endowed"] == [told["details"][0]["amt"]]
    assert past["hours"] == sorted(past["hours"], key=lambda point: point["time_ms"])
    assert ada.call("GET", "/house/funds/SWAP/NO-SUCH").code == "fund_unknown"
