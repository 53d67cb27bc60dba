"""ccxt (sync) is told what was wrong by the error its users catch."""

import ccxt
import pytest

from tests.conformance.clients import ccxt_client
from tests.e2e.sandbox_process import SandboxProcess

QUIET = "QUIET/USDT"
ORDER = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "95", "sz": "1"}

ORDERS = [
    ({"sz": "20000"}, ccxt.InsufficientFunds, "51008"),
    ({"side": "sell", "px": "105", "sz": "100000"}, ccxt.InsufficientFunds, "51008"),
    ({"instId": "NOPE-USDT"}, ccxt.BadSymbol, "51001"),
    ({"sz": "0.0001"}, ccxt.InvalidOrder, "51020"),
    ({"sz": "1.0005"}, ccxt.InvalidOrder, "51121"),
    ({"sz": "99999999"}, ccxt.InvalidOrder, "51101"),
    ({"px": "95.001"}, ccxt.BadRequest, "51000"),
    ({"px": "-1"}, ccxt.BadRequest, "51000"),
    ({"px": "120.01"}, ccxt.InvalidOrder, "51137"),
    ({"side": "sell", "px": "79.99"}, ccxt.InvalidOrder, "51138"),
    ({"ordType": "nonsense"}, ccxt.BadRequest, "51000"),
    ({"tdMode": "cross"}, ccxt.AccountNotEnabled, "51010"),
    ({"clOrdId": "not valid!"}, ccxt.BadRequest, "51000"),
]


@pytest.mark.parametrize(("change", "error", "code"), ORDERS)
def test_orders(trader: ccxt.okx, change: dict, error: type[Exception], code: str) -> None:
    before = trader.fetch_balance()["info"]["data"][0]["details"]
    with pytest.raises(error, match=f'"sCode":"{code}"'):
        trader.private_post_trade_order(ORDER | change)
    assert trader.fetch_balance()["info"]["data"][0]["details"] == before
    assert trader.fetch_open_orders(QUIET) == []


@pytest.mark.parametrize("missing", ["instId", "tdMode", "side", "ordType", "sz"])
def test_orders_with_something_missing(trader: ccxt.okx, missing: str) -> None:
    with pytest.raises(ccxt.ExchangeError, match=r"50014|51000|51001"):
        trader.private_post_trade_order({name: value for name, value in ORDER.items() if name != missing})


def test_unified_calls(trader: ccxt.okx) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        trader.create_order(QUIET, "limit", "buy", 20_000, 95)
    with pytest.raises(ccxt.InvalidOrder):
        trader.create_order(QUIET, "limit", "buy", 1, 150)
    with pytest.raises(ccxt.BadSymbol):
        trader.create_order("NOPE/USDT", "limit", "buy", 1, 1)
    with pytest.raises(ccxt.AccountNotEnabled):
        trader.create_order(QUIET, "limit", "buy", 1, 95, {"marginMode": "cross"})
    with pytest.raises(ccxt.InsufficientFunds):
        trader.transfer("USDT", 100_000_000, "funding", "trading")


def test_orders_that_are_not_there(trader: ccxt.okx) -> None:
    for order_id in ("1", "999999999999999999"):
        with pytest.raises(ccxt.OrderNotFound):
            trader.fetch_order(order_id, QUIET)
        with pytest.raises(ccxt.OrderNotFound):
            trader.cancel_order(order_id, QUIET)
        with pytest.raises(ccxt.ExchangeError, match="51503"):
            trader.edit_order(order_id, QUIET, "limit", "buy", 1, 95)
    with pytest.raises(ccxt.OrderNotFound):
        trader.cancel_order(None, QUIET, {"clientOrderId": "neverheardof"})


def test_orders_of_others_are_not_there(trader: ccxt.okx, other: ccxt.okx) -> None:
    order_id = trader.create_order(QUIET, "limit", "buy", 1, 90)["id"]
    with pytest.raises(ccxt.OrderNotFound):
        other.fetch_order(order_id, QUIET)
    with pytest.raises(ccxt.OrderNotFound):
        other.cancel_order(order_id, QUIET)
    assert trader.fetch_order(order_id, QUIET)["status"] == "open"


def test_ended_orders_cannot_be_changed(trader: ccxt.okx) -> None:
    order_id = trader.create_order(QUIET, "limit", "buy", 1, 90)["id"]
    trader.cancel_order(order_id, QUIET)
    with pytest.raises(ccxt.OrderNotFound, match="51400"):
        trader.cancel_order(order_id, QUIET)
    with pytest.raises(ccxt.ExchangeError, match="51503"):
        trader.edit_order(order_id, QUIET, "limit", "buy", 1, 95)


def test_a_client_order_id_names_one_open_order(trader: ccxt.okx) -> None:
    first = trader.create_order(QUIET, "limit", "buy", 1, 90, {"clientOrderId": "twice"})["id"]
    with pytest.raises(ccxt.ExchangeError, match="51016"):
        trader.create_order(QUIET, "limit", "buy", 1, 91, {"clientOrderId": "twice"})
    trader.cancel_order(first, QUIET)
    second = trader.create_order(QUIET, "limit", "buy", 1, 91, {"clientOrderId": "twice"})["id"]
    assert trader.fetch_order(None, QUIET, {"clientOrderId": "twice"})["id"] == second


@pytest.mark.parametrize(("credential", "code"), [("apiKey", "50111"), ("secret", "50113"), ("password", "50105")])
def test_wrong_credentials(quiet: SandboxProcess, credential: str, code: str) -> None:
    client = ccxt_client(ccxt.okx, quiet.told)
    setattr(client, credential, "wrong")
    with pytest.raises(ccxt.AuthenticationError, match=f'"code":"{code}"'):
        client.fetch_balance()


def test_a_clock_that_is_wrong(quiet: SandboxProcess) -> None:
    client = ccxt_client(ccxt.okx, quiet.told)
    client.nonce = lambda: client.milliseconds() - 60_000
    with pytest.raises(ccxt.InvalidNonce, match="50102"):
        client.fetch_balance()


def test_a_deadline_that_has_passed(trader: ccxt.okx) -> None:
    trader.headers["expTime"] = str(trader.milliseconds() - 1_000)
    with pytest.raises(ccxt.ExchangeError, match="50036"):
        trader.create_order(QUIET, "limit", "buy", 1, 90)
    trader.headers["expTime"] = str(trader.milliseconds() + 60_000)
    assert trader.create_order(QUIET, "limit", "buy", 1, 90)["id"]


@pytest.mark.lengthy
def test_too_many_requests(limited: SandboxProcess) -> None:
    hasty = ccxt_client(ccxt.okx, limited.told)
    hasty.load_markets()
    with pytest.raises(ccxt.RateLimitExceeded):
        [hasty.fetch_accounts() for _ in range(200)]
    patient = ccxt_client(ccxt.okx, limited.told, account=1)
    patient.enableRateLimit = True
    patient.load_markets()
    for _ in range(15):
        patient.create_order(QUIET, "limit", "buy", 1, 90)
