"""python-okx, the official client, trades a spot pair with borrowed money and reads what came of it."""

from collections.abc import Iterator

import pytest

from tests.conformance.futures import OPTIONS, move_index, step
from tests.conformance.test_python_okx_rest import Okx, _row, _rows
from tests.e2e.sandbox_process import SandboxProcess

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

PAIR = "QUIET-USDT"
TO_THE_HOUR_MS = 125_000


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    start = ("--start", "2030-01-01T07:58:00Z")
    with SandboxProcess(tmp_path_factory.mktemp("margin") / "data", *OPTIONS, *start) as process:
        yield process


@pytest.fixture
def both(exchange: SandboxProcess) -> Iterator[tuple[Okx, Okx]]:
    """A client for each account, the first in multi-currency mode."""
    clients = Okx(exchange.told, 0, "0"), Okx(exchange.told, 1, "1")
    assert _row(clients[0].account.set_account_level("3")) == {"acctLv": "3"}
    yield clients
    for client in clients:
        client.close()


def offer(client: Okx, side: str, size: str, price: str) -> None:
    order = {"instId": PAIR, "tdMode": "cash", "side": side, "ordType": "limit", "sz": size, "px": price}
    assert _row(client.trade.place_order(**order))["sCode"] == "0"


def test_an_isolated_position_from_its_tiers_to_its_end(exchange: SandboxProcess, both: tuple[Okx, Okx]) -> None:
    trader, other = both
    assert _row(trader.public.get_instruments("MARGIN", instId=PAIR))["lever"] == "10"
    tiers = _rows(trader.public.get_position_tiers("MARGIN", "isolated", instId=PAIR))
    assert [(row["tier"], row["maxLever"], row["quoteMaxLoan"]) for row in tiers] == [
        ("1", "10", "1000000"), ("2", "5", "5000000"),
    ]  # fmt: skip
    assert _row(trader.account.set_leverage("5", "isolated", instId=PAIR))["lever"] == "5"
    assert _row(trader.account.get_leverage("isolated", instId=PAIR))["lever"] == "5"
    assert float(_row(trader.account.get_max_order_size(PAIR, "isolated", ccy="USDT"))["maxBuy"]) > 40
    assert _rows(trader.account.get_max_loan(PAIR, "isolated"))[1]["ccy"] == "USDT"
    offer(other, "sell", "40", "100")
    order = {"instId": PAIR, "tdMode": "isolated", "ccy": "USDT", "side": "buy", "ordType": "market"}
    placed = _row(trader.trade.place_order(**order, sz="40", tgtCcy="base_ccy", clOrdId="pair1"))
    assert placed["sCode"] == "0"
    told = _row(trader.trade.get_order(PAIR, clOrdId="pair1"))
    assert (told["instType"], told["tdMode"], told["avgPx"], told["state"]) == ("MARGIN", "isolated", "100", "filled")
    position = _row(trader.account.get_positions("MARGIN"))
    wanted = {"pos": "39.96", "posCcy": "QUIET", "liab": "-3200", "liabCcy": "USDT", "avgPx": "100", "lever": "5"}
    assert {name: position[name] for name in wanted} == wanted
    step(exchange, TO_THE_HOUR_MS)
    interest = _rows(trader.account.get_interest_accrued(instId=PAIR, mgnMode="isolated"))
    # Of 3,200 USDT at 8.76 % a year.
    assert [(row["ccy"], row["interest"], row["liab"]) for row in interest] == [("USDT", "0.032", "3200")]
    bill = _rows(trader.account.get_account_bills(instType="MARGIN", type="7"))[0]
    assert (bill["subType"], bill["posBalChg"], bill["balChg"]) == ("9", "-0.032", "0")
    offer(other, "buy", "40", "105")
    assert _row(trader.trade.close_positions(PAIR, "isolated"))["instId"] == PAIR
    assert _rows(trader.account.get_positions("MARGIN")) == []
    ended = _row(trader.account.get_positions_history("MARGIN"))
    assert (ended["type"], ended["direction"], ended["closeAvgPx"]) == ("2", "long", "105")


@pytest.mark.lengthy
def test_a_liquidation(exchange: SandboxProcess, both: tuple[Okx, Okx]) -> None:
    trader, other = both
    offer(other, "sell", "40", "100")
    order = {"instId": PAIR, "tdMode": "isolated", "ccy": "USDT", "side": "buy", "ordType": "limit"}
    assert _row(trader.trade.place_order(**order, sz="40", px="100"))["sCode"] == "0"
    assert float(_row(trader.account.get_positions("MARGIN"))["mgnRatio"]) > 1
    move_index(exchange, "80")
    assert _rows(trader.account.get_positions("MARGIN")) == []
    ended = _row(trader.account.get_positions_history("MARGIN"))
    assert (ended["type"], ended["closeAvgPx"]) == ("3", "80")
    kinds = {row["subType"] for row in _rows(trader.account.get_account_bills(instType="MARGIN", type="4"))}
    assert kinds >= {"114", "115"}
