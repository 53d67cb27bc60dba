"""ccxt (sync) trades a spot pair with borrowed money, in isolated and in cross positions, on a book of its own.

The sandbox's clock stands and the index moves only when a test moves it, so each number is exact.
"""

import ccxt
import pytest

from tests.conformance.clients import ccxt_client
from tests.conformance.futures import move_index
from tests.e2e.sandbox_process import SandboxProcess

PAIR, PAIR_ID = "QUIET/USDT", "QUIET-USDT"
ISOLATED = {"marginMode": "isolated"}
CROSS = {"marginMode": "cross", "ccy": "USDT"}


@pytest.fixture(autouse=True)
def futures_mode(exchange: SandboxProcess) -> None:
    exchange.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, 0)


@pytest.fixture
def trader(exchange: SandboxProcess) -> ccxt.okx:
    client = ccxt_client(ccxt.okx, exchange.told)
    client.load_markets()
    return client


@pytest.fixture
def other(exchange: SandboxProcess) -> ccxt.okx:
    return ccxt_client(ccxt.okx, exchange.told, account=1)


@pytest.mark.lengthy
def test_markets_tell_what_is_traded_on_margin(trader: ccxt.okx) -> None:
    assert (trader.market(PAIR)["margin"], trader.market(PAIR)["limits"]["leverage"]["max"]) == (True, 10)
    assert trader.market("BTC/USDT")["margin"] is True
    tiers = trader.fetch_market_leverage_tiers(PAIR, ISOLATED)
    assert [(tier["maxLeverage"], tier["maintenanceMarginRate"]) for tier in tiers] == [(10, 0.03), (5, 0.05)]


def test_the_life_of_an_isolated_long(exchange: SandboxProcess, trader: ccxt.okx, other: ccxt.okx) -> None:
    before = trader.fetch_balance()["USDT"]["total"]
    trader.set_leverage(5, PAIR, ISOLATED)
    assert trader.fetch_leverage(PAIR, ISOLATED)["longLeverage"] == 5
    other.create_order(PAIR, "limit", "sell", 40, 100)
    taken = trader.create_order(PAIR, "limit", "buy", 40, 100, ISOLATED)
    order = trader.fetch_order(taken["id"], PAIR)
    assert (order["status"], order["filled"], order["info"]["tdMode"]) == ("closed", 40, "isolated")
    (fill,) = trader.fetch_my_trades(PAIR, params={"instType": "MARGIN"})
    assert (fill["order"], fill["fee"]["currency"]) == (taken["id"], "QUIET")
    balance = trader.fetch_balance()
    assert float(balance["info"]["data"][0]["isoEq"]) == pytest.approx(796)
    (position,) = trader.fetch_positions([PAIR])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 39.96, 100)
    assert (position["marginMode"], position["leverage"]) == ("isolated", 5)
    assert position["info"]["liab"] == "-3200"
    assert position["info"]["liabCcy"] == "USDT"
    move_index(exchange, "110")
    (position,) = trader.fetch_positions([PAIR])
    assert (position["markPrice"], position["unrealizedPnl"]) == (110, 400)
    # What ccxt makes of the answer in ``add_margin`` fails in ccxt.
    body = {"instId": PAIR_ID, "posSide": "net", "type": "add", "amt": "100"}
    (added,) = trader.private_post_account_position_margin_balance(body)["data"]
    assert (added["type"], added["amt"], added["ccy"]) == ("add", "100", "USDT")
    assert trader.fetch_positions([PAIR])[0]["info"]["liab"] == "-3100"
    other.create_order(PAIR, "limit", "buy", 50, 110)
    trader.close_position(PAIR, params={"mgnMode": "isolated"})
    assert trader.fetch_positions([PAIR]) == []
    # 395.6 gained on what was bought, less a fee of 0.1 %.
    after = trader.fetch_balance()["USDT"]["total"]
    assert after - before == pytest.approx(39.96 * 110 * 0.999 - 4000)
    (past,) = trader.fetch_positions_history([PAIR])
    assert past["info"]["direction"] == "long"


@pytest.mark.lengthy
def test_a_short_borrows_coins(exchange: SandboxProcess, trader: ccxt.okx, other: ccxt.okx) -> None:
    other.create_order(PAIR, "limit", "buy", 10, 100)
    trader.create_order(PAIR, "limit", "sell", 10, 100, {**ISOLATED, "ccy": "USDT"})
    (position,) = trader.fetch_positions([PAIR])
    assert (position["side"], position["info"]["liab"], position["info"]["liabCcy"]) == ("short", "-10", "QUIET")
    move_index(exchange, "90")
    (position,) = trader.fetch_positions([PAIR])
    assert position["unrealizedPnl"] == 100
    other.create_order(PAIR, "limit", "sell", 20, 90)
    closing = {**ISOLATED, "reduceOnly": True, "ccy": "USDT"}
    order = trader.create_order(PAIR, "limit", "buy", 20, 90, closing)
    assert trader.fetch_order(order["id"], PAIR)["filled"] == pytest.approx(10.011)
    assert trader.fetch_positions([PAIR]) == []


def test_the_life_of_a_cross_long(exchange: SandboxProcess, trader: ccxt.okx, other: ccxt.okx) -> None:
    before = trader.fetch_balance()["USDT"]["total"]
    trader.set_leverage(4, PAIR, {"marginMode": "cross"})
    assert trader.fetch_leverage(PAIR, {"marginMode": "cross"})["longLeverage"] == 4
    other.create_order(PAIR, "limit", "sell", 40, 100)
    taken = trader.create_order(PAIR, "limit", "buy", 40, 100, CROSS)
    order = trader.fetch_order(taken["id"], PAIR)
    assert (order["status"], order["filled"], order["info"]["tdMode"]) == ("closed", 40, "cross")
    # Nothing leaves the balance: all of it stands behind the position.
    assert trader.fetch_balance()["info"]["data"][0]["isoEq"] == "0"
    (position,) = trader.fetch_positions([PAIR])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 39.96, 100)
    assert (position["marginMode"], position["leverage"], position["initialMargin"]) == ("cross", 4, 1000)
    assert {name: position["info"][name] for name in ("ccy", "liab", "liabCcy", "margin")} == {
        "ccy": "USDT", "liab": "-4000", "liabCcy": "USDT", "margin": "",
    }  # fmt: skip
    move_index(exchange, "110")
    (position,) = trader.fetch_positions([PAIR])
    assert (position["markPrice"], position["unrealizedPnl"]) == (110, 400)
    other.create_order(PAIR, "limit", "buy", 50, 110)
    trader.close_position(PAIR, params={"marginMode": "cross", "code": "USDT"})
    assert trader.fetch_positions([PAIR]) == []
    after = trader.fetch_balance()["USDT"]["total"]
    assert after - before == pytest.approx(39.96 * 110 * 0.999 - 4000)
    (past,) = trader.fetch_positions_history([PAIR])
    assert (past["info"]["direction"], past["info"]["mgnMode"], past["info"]["ccy"]) == ("long", "cross", "USDT")


@pytest.mark.lengthy
def test_cross_positions_of_two_currencies(exchange: SandboxProcess, trader: ccxt.okx, other: ccxt.okx) -> None:
    other.create_order(PAIR, "limit", "buy", 20, 100)
    for currency in ("USDT", "QUIET"):
        trader.create_order(PAIR, "limit", "sell", 10, 100, {**CROSS, "ccy": currency})
    positions = trader.fetch_positions([PAIR])
    assert {one["info"]["ccy"]: (one["side"], one["info"]["liab"]) for one in positions} == {
        "USDT": ("short", "-10"), "QUIET": ("short", "-10"),
    }  # fmt: skip
    move_index(exchange, "90")
    other.create_order(PAIR, "limit", "sell", 20, 90)
    closing = {**CROSS, "reduceOnly": True}
    order = trader.create_order(PAIR, "limit", "buy", 20, 90, closing)
    assert trader.fetch_order(order["id"], PAIR)["filled"] == pytest.approx(10.011)
    assert [one["info"]["ccy"] for one in trader.fetch_positions([PAIR])] == ["QUIET"]


@pytest.mark.lengthy
def test_what_is_refused(exchange: SandboxProcess, trader: ccxt.okx, other: ccxt.okx) -> None:
    assert exchange.told
    with pytest.raises(ccxt.InsufficientFunds):
        trader.create_order(PAIR, "limit", "buy", 150_000, 100, ISOLATED)
    with pytest.raises(ccxt.ExchangeError, match="51169"):
        trader.create_order(PAIR, "limit", "sell", 1, 100, {**ISOLATED, "reduceOnly": True})
    # The other account is in spot mode.
    with pytest.raises(ccxt.ExchangeError, match="51010"):
        other.create_order(PAIR, "limit", "buy", 1, 100, ISOLATED)
