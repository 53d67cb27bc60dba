"""ccxt (sync) protects positions: what it sends of take profits, stop losses, triggers and trailing stops does what it says.

The sandbox's clock stands and the index moves only when a test moves it.
"""

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.conformance.clients import ccxt_client
from tests.conformance.futures import SWAP, buy, move_index, sell
from tests.e2e.sandbox_process import SandboxProcess

CROSS = {"marginMode": "cross"}


@pytest.fixture(scope="module")
def exchange(standing: SandboxProcess) -> Iterator[SandboxProcess]:
    view = standing.of_new_people()
    for account in range(2):
        view.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, account)
    yield view
    standing.call("POST", "/sandbox/reset")


@pytest.fixture
def other(exchange: SandboxProcess) -> ccxt.okx:
    client = ccxt_client(ccxt.okx, exchange.told, account=1)
    client.load_markets()
    return client


@pytest.fixture
def trader(exchange: SandboxProcess, other: ccxt.okx) -> Iterator[ccxt.okx]:
    """Long of 4 contracts, bought at 100; nothing is left of what a test did."""
    client = ccxt_client(ccxt.okx, exchange.told)
    client.load_markets()
    move_index(exchange, "100")
    sell(other, 4, 100, **CROSS)
    buy(client, 4, 100, **CROSS)
    yield client
    for one in (client, other):
        for kind in ("trigger", "conditional", "oco", "move_order_stop", "twap", "iceberg", "chase"):
            for row in pending(one, kind):
                one.cancel_order(row["id"], SWAP, {"trigger": True})
        for row in one.fetch_open_orders(SWAP):
            one.cancel_order(row["id"], SWAP)
    held = sum(row["contracts"] for row in client.fetch_positions([SWAP]))
    if held:
        buy(other, held, 100, **CROSS)
        client.create_order(SWAP, "market", "sell", held, None, {**CROSS, "reduceOnly": True})


def pending(client: ccxt.okx, kind: str) -> Any:
    return client.fetch_open_orders(SWAP, params={"ordType": kind, "trigger": True})


def test_one_cancels_the_other(trader: ccxt.okx) -> None:
    both = {**CROSS, "takeProfitPrice": 110, "stopLossPrice": 95, "reduceOnly": True}
    placed = trader.create_order(SWAP, "oco", "sell", 4, None, both)
    (waiting,) = pending(trader, "oco")
    assert (waiting["id"], waiting["stopLossPrice"], waiting["takeProfitPrice"]) == (placed["id"], 95, 110)


def test_a_limit_take_profit_rests_with_a_stop_loss(trader: ccxt.okx, other: ccxt.okx) -> None:
    both = {**CROSS, "takeProfitPrice": 104, "tpOrdPx": 104, "tpOrdKind": "limit", "stopLossPrice": 95, "slOrdPx": -1}
    placed = trader.create_order(SWAP, "oco", "sell", 4, None, {**both, "reduceOnly": True, "cxlOnClosePos": True})
    (profit,) = trader.fetch_open_orders(SWAP)
    assert (profit["price"], profit["amount"], profit["info"]["isTpLimit"]) == (104, 4, "true")
    assert profit["info"]["linkedAlgoOrd"] == {"algoId": placed["id"]}
    buy(other, 4, 104, **CROSS)
    assert trader.fetch_order(profit["id"], SWAP)["status"] == "closed"
    assert pending(trader, "oco") == []


def test_a_stop_loss_closes_the_whole_position(exchange: SandboxProcess, trader: ccxt.okx, other: ccxt.okx) -> None:
    closing = {**CROSS, "stopLossPrice": 97, "slTriggerPxType": "mark", "closeFraction": "1", "reduceOnly": True}
    trader.create_order(SWAP, "conditional", "sell", 4, None, closing)
    (position,) = trader.fetch_positions([SWAP])
    assert [row["slTriggerPx"] for row in position["info"]["closeOrderAlgo"]] == ["97"]
    buy(other, 4, 96, **CROSS)
    move_index(exchange, "96.5")
    assert trader.fetch_positions([SWAP]) == []


def test_split_take_profits_come_with_an_order(trader: ccxt.okx, other: ccxt.okx) -> None:
    rows = [
        {"tpOrdKind": "limit", "tpOrdPx": "103", "sz": "1"},
        {"tpOrdKind": "limit", "tpOrdPx": "105", "sz": "1"},
        {"slTriggerPx": "95", "slOrdPx": "-1", "amendPxOnTriggerType": "1"},
    ]
    sell(other, 2, 101, **CROSS)
    placed = buy(trader, 2, 101, **CROSS, attachAlgoOrds=rows)
    told = trader.fetch_order(placed["id"], SWAP)["info"]["attachAlgoOrds"]
    assert [(row["tpOrdKind"], row["sz"]) for row in told] == [("limit", "1"), ("limit", "1"), ("", "")]
    buy(other, 1, 103, **CROSS)
    (stop,) = pending(trader, "conditional")
    assert (stop["stopLossPrice"], stop["amount"]) == (101, 1)


@pytest.mark.parametrize("trail", [{"trailingPercent": "2"}, {"trailingAmount": "2"}])
def test_trailing_stops(trader: ccxt.okx, trail: dict[str, str]) -> None:
    placed = trader.create_order(SWAP, "market", "sell", 4, None, {**CROSS, **trail, "reduceOnly": True})
    (waiting,) = pending(trader, "move_order_stop")
    assert (waiting["id"], waiting["reduceOnly"]) == (placed["id"], True)
    trader.cancel_order(placed["id"], SWAP, {"trailing": True})


def test_a_trigger_order_brings_a_stop_and_fills_at_once_or_not_at_all(trader: ccxt.okx, other: ccxt.okx) -> None:
    guard = [{"slTriggerRatio": "0.1", "slOrdPx": "-1", "attachAlgoClOrdId": "guard"}]
    more = {**CROSS, "triggerPrice": 102, "advanceOrdType": "fok", "attachAlgoOrds": guard}
    trader.create_order(SWAP, "limit", "buy", 1, 103, more)
    sell(other, 2, 102, **CROSS)
    buy(trader, 1, 102, **CROSS)
    (stop,) = pending(trader, "conditional")
    assert (stop["info"]["algoClOrdId"], stop["stopLossPrice"], stop["amount"]) == ("guard", 91.8, 1)


def test_edited(trader: ccxt.okx) -> None:
    placed = trader.create_order(
        SWAP, "conditional", "sell", 4, None, {**CROSS, "stopLossPrice": 95, "reduceOnly": True}
    )
    trader.edit_order(placed["id"], SWAP, "conditional", "sell", 3, None, {"stopLossPrice": 96, "newSlOrdPx": "-1"})
    (changed,) = pending(trader, "conditional")
    assert (changed["stopLossPrice"], changed["amount"]) == (96, 3)
