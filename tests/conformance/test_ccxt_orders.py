"""ccxt (sync) trades on a book of its own."""

import ccxt
import pytest

from tests.e2e.sandbox_process import SandboxProcess

QUIET = "QUIET/USDT"


def _buy(client: ccxt.okx, size: float, price: float, **params: object) -> str:
    return client.create_order(QUIET, "limit", "buy", size, price, params)["id"]


def _sell(client: ccxt.okx, size: float, price: float, **params: object) -> str:
    return client.create_order(QUIET, "limit", "sell", size, price, params)["id"]


def test_the_life_of_an_order(trader: ccxt.okx) -> None:
    before = trader.fetch_balance()["USDT"]
    order_id = _buy(trader, 1.5, 95, clientOrderId="life1")
    order = trader.fetch_order(order_id, QUIET)
    assert (order["status"], order["clientOrderId"], order["symbol"]) == ("open", "life1", QUIET)
    assert (order["price"], order["amount"], order["filled"], order["remaining"]) == (95, 1.5, 0, 1.5)
    assert order["average"] is None
    during = trader.fetch_balance()["USDT"]
    assert during["used"] - before["used"] == pytest.approx(142.5)
    assert during["total"] == before["total"]
    assert trader.fetch_order(None, QUIET, {"clientOrderId": "life1"})["id"] == order_id
    assert [row["id"] for row in trader.fetch_open_orders(QUIET)] == [order_id]
    assert [row["id"] for row in trader.fetch_open_orders()] == [order_id]
    trader.edit_order(order_id, QUIET, "limit", "buy", 2, 96)
    edited = trader.fetch_order(order_id, QUIET)
    assert (edited["price"], edited["amount"], edited["status"]) == (96, 2, "open")
    trader.cancel_order(order_id, QUIET)
    ended = trader.fetch_order(order_id, QUIET)
    assert (ended["status"], ended["info"]["cancelSource"]) == ("canceled", "1")
    assert trader.fetch_balance()["USDT"] == before
    assert trader.fetch_open_orders(QUIET) == []
    assert order_id in {row["id"] for row in trader.fetch_canceled_orders(QUIET)}


def test_both_sides_of_a_trade(trader: ccxt.okx, other: ccxt.okx) -> None:
    maker_before, taker_before = trader.fetch_balance(), other.fetch_balance()
    maker_id, taker_id = _buy(trader, 2, 99.5), _sell(other, 2, 99)
    maker, taker = trader.fetch_order(maker_id, QUIET), other.fetch_order(taker_id, QUIET)
    for order in (maker, taker):
        assert (order["status"], order["filled"], order["average"], order["cost"]) == ("closed", 2, 99.5, 199)
    # What is received pays the fee: the buyer's in base, the seller's in quote currency.
    assert maker["fee"] == {"cost": pytest.approx(0.0016), "currency": "QUIET"}
    assert taker["fee"] == {"cost": pytest.approx(0.199), "currency": "USDT"}
    maker_after, taker_after = trader.fetch_balance(), other.fetch_balance()
    assert maker_after["QUIET"]["total"] - maker_before["QUIET"]["total"] == pytest.approx(2 - 0.0016)
    assert maker_before["USDT"]["total"] - maker_after["USDT"]["total"] == pytest.approx(199)
    assert taker_after["USDT"]["total"] - taker_before["USDT"]["total"] == pytest.approx(199 - 0.199)
    assert taker_before["QUIET"]["total"] - taker_after["QUIET"]["total"] == pytest.approx(2)
    (bought,) = trader.fetch_order_trades(maker_id, QUIET)
    (sold,) = [trade for trade in other.fetch_my_trades(QUIET) if trade["order"] == taker_id]
    assert (bought["side"], bought["takerOrMaker"], bought["price"], bought["amount"]) == ("buy", "maker", 99.5, 2)
    assert (sold["side"], sold["takerOrMaker"], sold["price"], sold["amount"]) == ("sell", "taker", 99.5, 2)
    assert bought["id"] == sold["id"] == trader.fetch_trades(QUIET)[-1]["id"]
    assert maker_id in {row["id"] for row in trader.fetch_closed_orders(QUIET)}
    assert trader.fetch_ticker(QUIET)["last"] == 99.5


def test_market_orders_by_size_and_by_cost(trader: ccxt.okx, other: ccxt.okx) -> None:
    _sell(other, 5, 100)
    by_size = trader.fetch_order(trader.create_order(QUIET, "market", "buy", 1)["id"], QUIET)
    assert (by_size["filled"], by_size["cost"], by_size["average"], by_size["status"]) == (1, 100, 100, "closed")
    by_cost = trader.fetch_order(trader.create_market_buy_order_with_cost(QUIET, 150)["id"], QUIET)
    assert (by_cost["filled"], by_cost["cost"], by_cost["status"]) == (1.5, 150, "closed")
    assert by_cost["info"]["tgtCcy"] == "quote_ccy"
    other.cancel_all_orders_after(0)
    _buy(other, 3, 99)
    sold = trader.fetch_order(trader.create_order(QUIET, "market", "sell", 2)["id"], QUIET)
    assert (sold["filled"], sold["average"], sold["status"]) == (2, 99, "closed")


@pytest.mark.parametrize(
    ("params", "kind", "filled", "source"),
    [
        ({"postOnly": True}, "post_only", 0, "31"),
        ({"timeInForce": "PO"}, "post_only", 0, "31"),
        ({"timeInForce": "FOK"}, "fok", 0, "13"),
        ({"timeInForce": "IOC"}, "ioc", 2, "14"),
    ],
)
def test_orders_that_do_not_rest(
    trader: ccxt.okx, other: ccxt.okx, params: dict, kind: str, filled: float, source: str
) -> None:
    _sell(other, 2, 101)
    order = trader.fetch_order(_buy(trader, 3, 101, **params), QUIET)
    assert (order["status"], order["filled"]) == ("canceled", filled)
    assert (order["info"]["ordType"], order["info"]["cancelSource"]) == (kind, source)
    assert trader.fetch_balance()["USDT"]["used"] == 0


def test_orders_that_may_rest_or_fill(trader: ccxt.okx, other: ccxt.okx) -> None:
    _sell(other, 2, 101)
    assert trader.fetch_order(_buy(trader, 1, 100.99, postOnly=True), QUIET)["status"] == "open"
    assert trader.fetch_order(_buy(trader, 2, 101, timeInForce="FOK"), QUIET)["status"] == "closed"


def test_batches(trader: ccxt.okx) -> None:
    wanted = [{"symbol": QUIET, "type": "limit", "side": "buy", "amount": 1, "price": 90 + step} for step in range(3)]
    made = trader.create_orders(wanted)
    assert len({order["id"] for order in made}) == 3
    assert {order["id"] for order in trader.fetch_open_orders(QUIET)} == {order["id"] for order in made}
    trader.cancel_orders([order["id"] for order in made[:2]], QUIET)
    trader.cancel_orders_for_symbols([{"id": made[2]["id"], "symbol": QUIET}])
    assert trader.fetch_open_orders(QUIET) == []


def test_a_batch_of_which_one_is_refused(trader: ccxt.okx) -> None:
    good = {"symbol": QUIET, "type": "limit", "side": "buy", "amount": 1, "price": 90}
    made = trader.create_orders([good, {**good, "amount": 150_000}])
    assert [order["info"]["sCode"] for order in made] == ["0", "51008"]
    assert [order["id"] for order in trader.fetch_open_orders(QUIET)] == [made[0]["id"]]


def test_pages_of_open_orders(trader: ccxt.okx) -> None:
    ids = [_buy(trader, 1, 80 + step) for step in range(5)]
    newest = trader.fetch_open_orders(QUIET, limit=2)
    assert {row["id"] for row in newest} == set(ids[3:])
    older = trader.fetch_open_orders(QUIET, limit=2, params={"after": ids[3]})
    assert {row["id"] for row in older} == set(ids[1:3])
    newer = trader.fetch_open_orders(QUIET, params={"before": ids[2]})
    assert {row["id"] for row in newer} == set(ids[3:])


def test_my_trades_since(trader: ccxt.okx, other: ccxt.okx) -> None:
    for _ in range(3):
        _sell(other, 1, 100)
        _buy(trader, 1, 100)
    since = trader.fetch_my_trades(QUIET, limit=2)[0]["timestamp"]
    trades = trader.fetch_my_trades(QUIET, since=since)
    assert all(trade["timestamp"] >= since for trade in trades)
    assert len(trades) >= 2
    assert trader.fetch_my_trades(QUIET, since=trader.milliseconds() + 60_000) == []


def test_money_moves_between_ledgers(trader: ccxt.okx) -> None:
    before = trader.fetch_balance()["USDT"]["total"], trader.fetch_balance({"type": "funding"})["USDT"]["total"]
    moved = trader.transfer("USDT", 12.5, "funding", "trading")
    assert (moved["amount"], moved["fromAccount"], moved["toAccount"]) == (12.5, "funding", "trading")
    after = trader.fetch_balance()["USDT"]["total"], trader.fetch_balance({"type": "funding"})["USDT"]["total"]
    assert after == (before[0] + 12.5, before[1] - 12.5)
    trader.transfer("USDT", 12.5, "spot", "funding")
    # ccxt asks for the bills of spot instruments here, and a transfer has no instrument.
    assert "transfer" not in {entry["type"] for entry in trader.fetch_ledger("USDT")}
    newest = trader.fetch_transfers("USDT", limit=2)
    assert [float(entry["info"]["balChg"]) for entry in newest] == [12.5, -12.5]


def test_the_ledger_explains_the_balance(trader: ccxt.okx, other: ccxt.okx) -> None:
    _sell(other, 1, 100)
    order_id = _buy(trader, 1, 100)
    entries = {row["currency"]: row for row in trader.fetch_ledger() if row["referenceId"] == order_id}
    assert entries["USDT"]["amount"] == -100
    assert entries["USDT"]["after"] == trader.fetch_balance()["USDT"]["total"]
    assert entries["QUIET"]["amount"] == pytest.approx(1 - 0.001)
    assert entries["QUIET"]["fee"] == {"cost": pytest.approx(0.001), "currency": "QUIET"}


def test_account_and_fees(trader: ccxt.okx, quiet: SandboxProcess) -> None:
    (account,) = trader.fetch_accounts()
    assert account["id"] == quiet.told["accounts"][0]["uid"]
    fee = trader.fetch_trading_fee(QUIET)
    assert (fee["maker"], fee["taker"]) == (0.0008, 0.001)
    assert trader.fetch_positions() == []


def test_the_dead_mans_switch(trader: ccxt.okx) -> None:
    armed = trader.cancel_all_orders_after(10_000)["data"][0]
    assert int(armed["triggerTime"]) - int(armed["ts"]) == pytest.approx(10_000, abs=50)
    assert trader.cancel_all_orders_after(0)["data"][0]["triggerTime"] == "0"


@pytest.mark.lengthy
def test_the_dead_mans_switch_fires(trader: ccxt.okx) -> None:
    order_id = _buy(trader, 1, 90)
    trader.cancel_all_orders_after(10_000)
    trader.sleep(11_000)
    order = trader.fetch_order(order_id, QUIET)
    assert (order["status"], order["info"]["cancelSource"]) == ("canceled", "20")
