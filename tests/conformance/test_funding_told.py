"""What ccxt and python-okx tell of funding that was paid a moment ago."""

from collections.abc import Iterator
from decimal import Decimal

import ccxt
import pytest

from tests.conformance.clients import ccxt_client
from tests.conformance.futures import EIGHT_HOURS_MS, OPTIONS, SWAP, SWAP_ID, buy, sell, step
from tests.conformance.test_python_okx_futures import LONG, SHORT, _trade, both
from tests.conformance.test_python_okx_rest import Okx, _row, _rows
from tests.e2e.sandbox_process import SandboxProcess

__all__ = ["both"]
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox of its own, half a minute before funding is due: to wait eight hours of an exchange takes a while."""
    start = ("--start", "2030-01-01T07:59:30Z")
    with SandboxProcess(tmp_path_factory.mktemp("funding") / "data", *OPTIONS, *start) as process:
        yield process


@pytest.fixture
def clients(exchange: SandboxProcess) -> tuple[ccxt.okx, ccxt.okx]:
    for account in range(2):
        exchange.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, account)
    trader, other = (ccxt_client(ccxt.okx, exchange.told, account) for account in range(2))
    for client in (trader, other):
        client.load_markets()
    return trader, other


def test_funding_is_told_paid_and_remembered(exchange: SandboxProcess, clients: tuple[ccxt.okx, ccxt.okx]) -> None:
    trader, other = clients
    rate = trader.fetch_funding_rate(SWAP)
    assert rate["interval"] == "8h"
    assert rate["fundingTimestamp"] % EIGHT_HOURS_MS == 0
    sell(other, 10, 100, marginMode="cross")
    buy(trader, 10, 100, marginMode="cross")
    step(exchange, 60_000)
    (settled,) = trader.fetch_funding_rate_history(SWAP)
    assert settled["timestamp"] == rate["fundingTimestamp"]
    ((paid,), (received,)) = (client.fetch_funding_history(SWAP) for client in (trader, other))
    assert paid["amount"] == pytest.approx(-1000 * settled["fundingRate"])
    assert received["amount"] == pytest.approx(1000 * settled["fundingRate"])
    assert (paid["info"]["subType"], received["info"]["subType"]) == ("173", "174")


def test_closing_with_one_call_and_funding(exchange: SandboxProcess, both: tuple[Okx, Okx]) -> None:
    trader, other = both
    _trade(trader, other, (LONG, SHORT), "10", "100")
    rate = _row(trader.public.get_funding_rate(SWAP_ID))
    assert int(rate["nextFundingTime"]) - int(rate["fundingTime"]) == EIGHT_HOURS_MS
    step(exchange, 60_000)
    settled = _row(trader.public.funding_rate_history(SWAP_ID))
    (paid,) = _rows(trader.account.get_account_bills("SWAP", type="8"))
    assert Decimal(paid["pnl"]) == -1_000 * Decimal(settled["realizedRate"])
    bid = {"instId": SWAP_ID, "tdMode": "isolated", "ordType": "limit", "sz": "10", "px": "100"}
    _row(other.trade.place_order(**bid, side="buy", posSide="short"))
    closed = _row(trader.trade.close_positions(SWAP_ID, "isolated", posSide="long"))
    assert (closed["instId"], closed["posSide"]) == (SWAP_ID, "long")
    assert _rows(trader.account.get_positions("SWAP")) == []
