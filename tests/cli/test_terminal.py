"""``lonja markets``, ``lonja trade`` and ``lonja top`` on a real sandbox."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lonja.cli.client import Client
from lonja.cli.main import app
from lonja.cli.markets import SortBy, chosen, show, table_of
from lonja.cli.top import TICKERS_EVERY, Watch
from lonja.cli.wire import Ticker, all_kinds
from tests.e2e.sandbox_process import SandboxProcess

Run = Callable[..., tuple[int, str, str]]
ORDER = re.compile(r"order (\d{16,}): (.*)")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("terminal") / "data", "--rate-limits", "off") as process:
        yield process


@pytest.fixture
def run(sandbox: SandboxProcess, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the sandbox: exit code, output, errors."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str, on: Path | None = sandbox.data) -> tuple[int, str, str]:
        where = ["--data", str(on)] if on is not None else []
        with pytest.raises(SystemExit) as ended:
            app([*arguments, *where])
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


def placed(run: Run, *arguments: str) -> tuple[str, str]:
    """The id of an order that was placed, and what became of it."""
    code, out, err = run("trade", *arguments)
    assert code == 0, err
    found = ORDER.fullmatch(out.strip())
    assert found is not None, out
    return found[1], found[2]


def test_markets_lists_every_instrument(sandbox: SandboxProcess, run: Run) -> None:
    code, out, _ = run("markets")
    names = [line.split()[0] for line in out.splitlines()[1:]]
    kinds = ("SPOT", "SWAP", "FUTURES")
    traded = {row["instId"] for kind in kinds for row in sandbox.get(f"/api/v5/market/tickers?instType={kind}")}
    assert code == 0
    assert set(names) == traded
    assert {"BTC-USDT-SWAP", "BTC-USD-SWAP", "QUIET-USDT-SWAP"} <= traded
    assert names[0] == "BTC-USDT", "by volume"


def test_markets_filters_and_speaks_json(run: Run) -> None:
    code, out, _ = run("markets", "btc-u", "--json", "--limit", "1")
    (row,) = map(json.loads, out.splitlines())
    assert code == 0
    assert row["instrument"] == "BTC-USDT"
    assert float(row["bid"]) < float(row["ask"])
    assert row.keys() == {
        *("instrument", "last", "bid", "ask", "change_percent", "spread_bps", "volume", "volume_usdt")
    }


def test_markets_leaves_out_the_book_where_it_does_not_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    tiny = "0.00000000123456"
    lines = chosen([Ticker("LONGNAME-USDT", last=tiny, bid_price=tiny, ask_price=tiny, open_24h=tiny)], "", SortBy.NAME)
    for columns, has_book in ((120, True), (80, False)):
        monkeypatch.setenv("COLUMNS", str(columns))
        show(*(table_of(lines, with_book=with_book) for with_book in (True, False)))
        out = capsys.readouterr().out
        assert ("bid" in out) is has_book
        assert "…" not in out


def test_markets_says_when_nothing_fits(run: Run) -> None:
    code, out, err = run("markets", "NOPE")
    assert (code, out) == (1, "")
    assert "No instrument of" in err


def test_two_hands_trade_with_each_other(run: Run) -> None:
    first, said = placed(run, "buy", "quiet-usdt", "2", "--price", "100")
    assert said == "2 QUIET open at 100 USDT"
    _, said = placed(run, "sell", "QUIET-USDT", "0.5", "--price", "100", "--account", "trader2")
    assert said == "sold 0.5 QUIET at 100 USDT, fee -0.05 USDT"
    _, out, _ = run("trade", "orders", "QUIET-USDT")
    assert re.search(rf"{first}\s+QUIET-USDT\s+buy\s+limit\s+100\s+2\s+0.5", out)
    code, out, _ = run("trade", "cancel", first)
    assert (code, out) == (0, f"order {first}: canceled\n")
    assert first not in run("trade", "orders", "QUIET-USDT")[1]
    _, out, _ = run("trade", "orders", "QUIET-USDT", "--ended")
    assert re.search(rf"{first}.*canceled", out)


def test_market_orders_take_a_size_or_a_value(run: Run) -> None:
    _, said = placed(run, "buy", "BTC-USDT", "0.01")
    assert said.startswith("bought 0.01 BTC at ")
    _, said = placed(run, "buy", "BTC-USDT", "100", "--value")
    assert re.match(r"bought 0\.00\d+ BTC at ", said)


def test_two_hands_trade_a_contract(run: Run) -> None:
    swap = "QUIET-USDT-SWAP"
    code, _, err = run("trade", "buy", swap, "1", "--account", "trader2")
    assert code != 0
    assert "lonja trade futures" in err
    for account in ("trader", "trader2"):
        assert run("trade", "futures", "--account", account)[0] == 0
    first, said = placed(run, "buy", "quiet-usdt-swap", "2", "--price", "100", "--margin", "isolated")
    assert said == "2 QUIET-USDT-SWAP open at 100 USDT"
    assert re.search(rf"{first}\s+{swap}\s+buy", run("trade", "orders")[1])
    _, said = placed(run, "sell", swap, "2", "--account", "trader2")
    assert said == "sold 2 QUIET-USDT-SWAP at 100 USDT, fee -0.1 USDT"
    assert re.search(rf"{first}.*filled", run("trade", "orders", "--ended")[1])
    assert re.search(rf"{swap}\s+isolated\s+long\s+2\s+100\s+100\s+\S+\s+3\s+0 USDT", run("trade", "positions")[1])
    assert re.search(rf"{swap}\s+cross\s+short\s+2\s+100", run("trade", "positions", "--account", "trader2")[1])
    placed(run, "buy", swap, "2", "--price", "99", "--account", "trader2")
    code, out, _ = run("trade", "close", swap)
    assert (code, out) == (0, f"{swap}: 2 isolated closed at the market\n")
    assert run("trade", "positions")[2] == "No positions.\n"
    placed(run, "buy", swap, "1", "--price", "97")
    assert run("trade", "cancel", "--all")[1].endswith(": canceled\n")


@pytest.mark.parametrize(
    ("kind", "price", "said"),
    [
        ("post-only", "81", "1 QUIET open at 81 USDT"),
        ("ioc", "81", "canceled: The rest of an immediate-or-cancel order was canceled"),
        ("fok", "81", "canceled: The fill-or-kill order could not be filled completely"),
    ],
)
def test_kinds_of_orders(run: Run, kind: str, price: str, said: str) -> None:
    assert placed(run, "buy", "QUIET-USDT", "1", "--price", price, "--type", kind)[1] == said


def test_all_open_orders_are_canceled_at_once(run: Run) -> None:
    ids = {placed(run, "buy", "QUIET-USDT", "0.1", "--price", f"82.{number}")[0] for number in range(10, 33)}
    code, out, _ = run("trade", "cancel", "--all", "--instrument", "QUIET-USDT")
    assert code == 0
    assert ids <= {line.split()[1].rstrip(":") for line in out.splitlines()}
    code, out, err = run("trade", "cancel", "--all")
    assert (code, out, err) == (0, "", "There are no open orders.\n")


def test_balance_shows_both_sides_of_an_account(run: Run) -> None:
    _, out, _ = run("trade", "balance", "--account", "trader2")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert rows["ETH"] == ["100", "0", "100"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("buy NO-PE 1", "The instrument does not exist (code 51001)"),
        ("buy QUIET-USDT 1 --price 500", "The highest price for buy orders is 120 (code 51137)"),
        ("buy QUIET-USDT 15000 --price 99", "insufficient USDT balance in the account (code 51008)"),
        ("buy BTC-USDT much", "SIZE is 'much', which is no amount"),
        ("buy BTC-USDT 1 --price -5", "--price is '-5', which is no amount"),
        ("buy BTC-USDT NaN", "SIZE is 'NaN', which is no amount"),
        ("buy BTC-USDT 1 --type ioc", "has a limit. Give --price"),
        ("buy BTC-USDT 1 --type limit", "has a limit. Give --price"),
        ("buy QUIET-USDT 1 --price 95.001", "px error (code 51000). Prices of QUIET-USDT are multiples of 0.01,"),
        ("buy QUIET-USDT 1.00001 --price 95", "(code 51121). Prices of QUIET-USDT are multiples of 0.01, sizes are"),
        ("buy QUIET-USDT 0.0001", "sizes are multiples of 0.001."),
        ("buy BTC-USDT 1 --value --price 5", "--value is for market orders"),
        ("buy BTC-USDT 1 --margin cross", "--margin is for contracts"),
        ("buy BTC-USDT-SWAP 1 --value", "--value is for spot. Give SIZE in contracts"),
        ("close BTC-USDT-SWAP", "There is no position in BTC-USDT-SWAP"),
        ("cancel", "Say which orders to cancel"),
        ("cancel 12 --all", "Say which orders to cancel"),
        ("cancel 12", "There is no open order 12"),
        ("balance --account joe", "knows no account 'joe'. It knows trader, trader2"),
    ],
)
def test_refusals_are_sentences(run: Run, arguments: str, sentence: str) -> None:
    code, out, err = run("trade", *arguments.split())
    assert (code, out) == (1, "")
    assert sentence in " ".join(err.split())
    assert "Traceback" not in err


def test_keys_may_come_from_the_environment(sandbox: SandboxProcess, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = sandbox.told["accounts"][1]
    monkeypatch.setenv("LONJA_API_KEY", keys["api_key"])
    code, _, err = run("trade", "balance")
    assert (code, "LONJA_SECRET_KEY is not set" in err) == (1, True)
    monkeypatch.setenv("LONJA_SECRET_KEY", keys["secret_key"])
    monkeypatch.setenv("LONJA_PASSPHRASE", keys["passphrase"])
    monkeypatch.setenv("LONJA_URL", sandbox.told["rest_tls"])
    monkeypatch.setenv("LONJA_CA_FILE", sandbox.told["ca_file"])
    code, out, _ = run("trade", "balance", on=None)
    assert (code, "USDT" in out) == (0, True)
    monkeypatch.setenv("LONJA_SECRET_KEY", "wrong")
    code, _, err = run("trade", "balance", on=None)
    assert (code, "Invalid signature (code 50113). Check LONJA_SECRET_KEY." in " ".join(err.split())) == (1, True)


def test_a_passphrase_does_not_cross_the_network_in_the_clear(run: Run) -> None:
    code, _, err = run("trade", "balance", "--url", "http://192.0.2.1")
    assert (code, "would get the passphrase unencrypted" in " ".join(err.split())) == (1, True)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--url", "nowhere"], "'nowhere' is no address"),
        (["--url", "http://127.0.0.1:1"], "Nobody answers at http://127.0.0.1:1"),
        (["--url", "http://127.0.0.1:x"], "cannot be used"),
    ],
)
@pytest.mark.parametrize("command", ["markets", "top"])
def test_a_server_that_is_not_there_is_named(run: Run, command: str, options: list[str], sentence: str) -> None:
    code, out, err = run(command, *options)
    assert (code, out) == (1, "")
    assert sentence in " ".join(err.split())


def test_a_certificate_that_is_not_trusted_is_named(sandbox: SandboxProcess, run: Run) -> None:
    code, _, err = run("markets", "--url", sandbox.told["rest_tls"])
    assert (code, "is not trusted" in err) == (1, True)


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_a_folder_without_a_sandbox_is_named(run: Run, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "sandbox.json").write_text(content)
    code, _, err = run("markets", on=tmp_path)
    assert (code, "tart" in err, "Traceback" in err) == (1, True, False)


def test_top_lives_through_a_server_that_goes_and_comes_back(sandbox: SandboxProcess) -> None:
    urls = iter([sandbox.told["rest"], "http://127.0.0.1:1", sandbox.told["rest"]])
    with closing(Watch(lambda: Client(next(urls)), "", "", SortBy.VOLUME)) as watch:
        watch.begin()
        assert watch.next().problem == ""
        watch.close()
        gone = watch.next()
        assert gone.problem.startswith("Nobody answers at http://127.0.0.1:1")
        assert gone.lines != [], "what was seen last stays on the screen"
        back = watch.next()
        assert (back.problem, back.url) == ("", sandbox.told["rest"])


def test_top_asks_for_many_tickers_only_now_and_then(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> float:
        return watch.next().between.now("lonja_operation_seconds_count", operation="GET /api/v5/market/tickers")

    monkeypatch.setattr("lonja.cli.top.TICKERS_MANY", 5)
    with closing(Watch(lambda: Client(sandbox.told["rest"]), "", "", SortBy.VOLUME)) as watch:
        watch.begin()
        before = asked()
        counts = [asked() - before for _ in range(TICKERS_EVERY * 2)]
    assert counts[-1] == 2 * len(all_kinds()), counts


def test_top_draws_a_screen_into_a_pipe(run: Run) -> None:
    code, out, _ = run("top", "--every", "0.3", "--book", "quiet-usdt")
    assert code == 0
    for shown in ("healthy", "durable in", "BTC-USDT", "book QUIET-USDT", "GET market/tickers"):
        assert shown in out
