"""Sub-accounts by unmodified clients: ccxt makes them and trades for them, python-okx manages them."""

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest
from okx.SubAccount import SubAccountAPI

from tests.conformance.clients import ccxt_client
from tests.e2e.sandbox_process import SandboxProcess

QUIET = "QUIET/USDT"
PASSPHRASE = "Correct-horse-1"

# The client's own way to send a body, which its HTTP library would like otherwise.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def manager(sandbox: SandboxProcess) -> Iterator[SubAccountAPI]:
    keys = sandbox.told["accounts"][0]
    secrets = (keys["api_key"], keys["secret_key"], keys["passphrase"])
    api = SubAccountAPI(*secrets, flag="1", domain=sandbox.told["rest"], debug=False)
    yield api
    api.close()


def _rows(answer: dict[str, Any]) -> list[Any]:
    assert answer["code"] == "0", answer
    return list(answer["data"])


def _make(sandbox: SandboxProcess, trader: ccxt.okx, name: str) -> ccxt.okx:
    """A sub-account and a client that trades for it."""
    trader.privatePostUsersSubaccountCreateSubaccount({"subAcct": name, "type": "1"})
    body = {"subAcct": name, "label": "bot", "passphrase": PASSPHRASE, "perm": "read_only,trade"}
    (key,) = trader.privatePostUsersSubaccountApikey(body)["data"]
    account = {"api_key": key["apiKey"], "secret_key": key["secretKey"], "passphrase": PASSPHRASE}
    return ccxt_client(ccxt.okx, {**sandbox.told, "accounts": [account]})


def test_a_desk_is_made_paid_traded_for_and_emptied(
    sandbox: SandboxProcess, trader: ccxt.okx, manager: SubAccountAPI
) -> None:
    desk, second = _make(sandbox, trader, "desk01"), _make(sandbox, trader, "desk02")
    (row,) = _rows(manager.get_subaccount_list(subAcct="desk01"))
    assert (row["subAcct"], row["enable"], row["canTransOut"]) == ("desk01", True, False)
    move = {"type": "1", "subAcct": "desk01"}
    moved = trader.transfer("USDT", 500, "funding", "trading", move)
    assert trader.fetch_transfer(moved["id"], "USDT")["status"] == "ok"
    assert desk.fetch_balance()["USDT"]["free"] == 500
    order = desk.create_order(QUIET, "limit", "buy", 1, 95)
    assert [found["id"] for found in desk.fetch_open_orders(QUIET)] == [order["id"]]
    assert trader.fetch_open_orders(QUIET) == []
    (balance,) = _rows(manager.get_account_balance("desk01"))
    assert [(d["ccy"], d["availBal"]) for d in balance["details"]] == [("USDT", "405")]
    desk.cancel_order(order["id"], QUIET)
    _rows(manager.subAccount_transfer("USDT", "100", "18", "6", "desk01", "desk02"))
    assert _rows(manager.get_funding_balance("desk02", "USDT"))[0]["bal"] == "100"
    _rows(manager.set_permission_transfer_out("desk02", True))
    second.transfer("USDT", 40, "funding", "funding", {"type": "4", "subAcct": "desk01"})
    bills = _rows(manager.bills(ccy="USDT", subAcct="desk01"))
    assert [(bill["type"], bill["amt"]) for bill in bills] == [("0", "500")]
    trader.transfer("USDT", 400, "trading", "funding", {"type": "2", "subAcct": "desk01"})
    assert _rows(manager.get_account_balance("desk01"))[0]["details"] == []


def test_a_key_is_reset_and_a_desk_frozen(sandbox: SandboxProcess, trader: ccxt.okx, manager: SubAccountAPI) -> None:
    desk = _make(sandbox, trader, "desk03")
    trader.transfer("USDT", 500, "funding", "trading", {"type": "1", "subAcct": "desk03"})
    (row,) = _rows(manager.reset_subaccount_apikey("desk03", desk.apiKey, perm="read_only"))
    assert (row["label"], row["perm"], row["ip"]) == ("bot", "read_only", "")
    with pytest.raises(ccxt.ExchangeError, match="50120"):
        desk.create_order(QUIET, "limit", "buy", 1, 95)
    _rows(manager.reset_subaccount_apikey("desk03", desk.apiKey, perm="trade"))
    order = desk.create_order(QUIET, "limit", "buy", 1, 95)
    body = {"subAcct": "desk03", "frozen": True}
    assert sandbox.call("POST", "/api/v5/users/subaccount/set-frozen", body, 0)[0]["frozen"] is True
    with pytest.raises(ccxt.AccountSuspended, match="51024"):
        desk.create_order(QUIET, "limit", "buy", 1, 95)
    assert desk.fetch_order(order["id"], QUIET)["status"] == "canceled"
    (row,) = _rows(manager.get_subaccount_list(enable="false"))
    assert row["subAcct"] == "desk03"
