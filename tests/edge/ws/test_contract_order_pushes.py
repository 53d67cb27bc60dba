"""Pushes about orders for contracts, over a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lonja.core.algo_commands import AttachDetailedAlgo, SetContractIndex
from lonja.core.commands import PlaceContractOrder, SetMarkPrice
from lonja.core.texts import Text32
from tests.edge.ws.house import BUY, OTHER, QUIET_DATED, QUIET_SWAP, QUIET_USD_SWAP, SELL, TRADER, House

SWAPS = {"channel": "orders", "instType": "SWAP"}
SWAP = "QUIET-USDT-SWAP"


async def place(house: House, account: int, side: int, price: int, size: int, **fields: Any) -> int:
    """Place a limit order for QUIET-USDT-SWAP (unless told otherwise); the order's id."""
    command = PlaceContractOrder(account=account, instrument=QUIET_SWAP, side=side, price=price, size=size)
    outcome = await house.engine.submit(command._replace(**fields))
    assert outcome.rejection == 0, outcome
    return outcome.id


async def test_the_life_of_an_order_for_a_contract(futures: House) -> None:
    async with futures.client("private", TRADER) as client:
        await client.subscribe(SWAPS)
        order_id = await place(futures, TRADER, BUY, 10_000, 20, margin_mode=1)
        row = (await client.next())["data"][0]
        assert (row["ordId"], row["instId"], row["state"], row["sz"]) == (str(order_id), SWAP, "live", "2")
        assert (row["tdMode"], row["posSide"], row["lever"], row["reduceOnly"]) == ("isolated", "net", "3", "false")
        assert (row["ccy"], row["notionalUsd"], row["fillSz"], row["fillPnl"]) == ("USDT", "200", "0", "0")

        await futures.engine.submit(SetContractIndex(instrument=QUIET_SWAP, price=10_002))
        await futures.engine.submit(SetMarkPrice(instrument=QUIET_SWAP, price=10_001))
        await place(futures, OTHER, SELL, 10_000, 20)
        row = (await client.next())["data"][0]
        assert (row["fillIdxPx"], row["fillMarkPx"]) == ("100.02", "100.01")
        assert (row["state"], row["accFillSz"], row["avgPx"], row["execType"]) == ("filled", "2", "100", "M")
        assert (row["fillFee"], row["fillFeeCcy"], row["fillNotionalUsd"]) == ("-0.04", "USDT", "200")
        assert (row["fillPnl"], row["pnl"]) == ("0", "0")

        await place(futures, OTHER, BUY, 9_900, 20)
        await place(futures, TRADER, SELL, 9_900, 20, margin_mode=1, reduce_only=1)
        placed, filled = [(await client.next())["data"][0] for _ in range(2)]
        assert (placed["state"], placed["reduceOnly"], placed["pnl"]) == ("live", "true", "0")
        assert (filled["fillPnl"], filled["pnl"], filled["fillFee"], filled["state"]) == (
            "-2",
            "-2",
            "-0.099",
            "filled",
        )
        await client.quiet(0.1)


async def test_an_inverse_contract_is_worth_its_dollars(futures: House) -> None:
    async with futures.client("private", TRADER) as client:
        await client.subscribe(SWAPS)
        await place(futures, OTHER, SELL, 9_800, 30, instrument=QUIET_USD_SWAP)
        await place(futures, TRADER, BUY, 9_800, 30, instrument=QUIET_USD_SWAP)
        await client.next()
        row = (await client.next())["data"][0]
        assert (row["notionalUsd"], row["fillNotionalUsd"], row["fillFeeCcy"]) == ("300", "300", "QUIET")


WISHES = [
    # what is subscribed to, the instruments told
    ({"instType": "ANY"}, {QUIET_SWAP, QUIET_USD_SWAP, QUIET_DATED}),
    ({"instType": "SWAP"}, {QUIET_SWAP, QUIET_USD_SWAP}),
    ({"instType": "FUTURES"}, {QUIET_DATED}),
    ({"instType": "SWAP", "instFamily": "QUIET-USD"}, {QUIET_USD_SWAP}),
    ({"instType": "FUTURES", "instFamily": "QUIET-USDT"}, {QUIET_DATED}),
    ({"instType": "ANY", "instFamily": "QUIET-USDT"}, {QUIET_SWAP, QUIET_DATED}),
    ({"instType": "SWAP", "instId": SWAP}, {QUIET_SWAP}),
    ({"instType": "SPOT"}, set()),
]


@pytest.fixture
async def heard(futures: House) -> AsyncIterator[Any]:
    async with futures.client("private", TRADER) as client:
        yield client


@pytest.mark.parametrize(("wish", "told"), WISHES)
async def test_orders_by_type_family_and_instrument(
    futures: House, heard: Any, wish: dict[str, str], told: set[int]
) -> None:
    await heard.subscribe({"channel": "orders", **wish})
    catalogue = futures.services.catalogue
    for instrument in (QUIET_SWAP, QUIET_USD_SWAP, QUIET_DATED):
        await place(futures, TRADER, BUY, 9_800, 10, instrument=instrument)
    names = [(await heard.next())["data"][0]["instId"] for _ in told]
    assert names == [catalogue.at(instrument).instrument_id for instrument in sorted(told)]
    await heard.quiet(0.05)


async def test_the_fills_channel_tells_trades_of_contracts(futures: House) -> None:
    async with futures.client("private", TRADER) as client:
        await client.subscribe({"channel": "fills", "instId": SWAP})
        await place(futures, OTHER, SELL, 9_800, 30)
        await place(futures, TRADER, BUY, 9_800, 30)
        row = (await client.next())["data"][0]
        assert (row["instId"], row["fillSz"], row["fillPx"], row["side"], row["execType"]) == (
            SWAP,
            "3",
            "98",
            "buy",
            "T",
        )


async def test_a_liquidation_is_pushed_as_an_order(futures: House) -> None:
    async with futures.client("private", TRADER) as client:
        await place(futures, OTHER, SELL, 10_000, 30)
        await place(futures, TRADER, BUY, 10_000, 30, margin_mode=1)
        await client.subscribe(SWAPS)
        await futures.engine.submit(SetMarkPrice(instrument=QUIET_SWAP, price=6_000))
        row = (await client.next())["data"][0]
        assert (row["category"], row["state"], row["side"], row["fillPx"]) == (
            "full_liquidation",
            "filled",
            "sell",
            "60",
        )
        assert (row["fillPnl"], row["accFillSz"], row["avgPx"]) == ("-120", "3", "60")
        await client.quiet(0.1)


async def test_orders_for_contracts_are_sent_over_the_socket_too(futures: House) -> None:
    async with futures.client("private", TRADER) as client:
        order = {"instId": SWAP, "tdMode": "isolated", "side": "buy", "ordType": "limit", "px": "98", "sz": "1"}
        attached = {"attachAlgoOrds": [{"slTriggerPx": "90", "slOrdPx": "-1"}], "clOrdId": "one"}
        await place(futures, OTHER, SELL, 9_900, 10)
        await place(futures, TRADER, BUY, 9_900, 10)
        one = await client.ask({"id": "1", "op": "order", "args": [order | attached]})
        assert (one["code"], one["data"][0]["sCode"]) == ("0", "0"), one
        many = [order | {"tdMode": "cash"}, order | {"sz": "0.15"}, order | {"posSide": "long"}]
        reply = await client.ask({"id": "2", "op": "batch-orders", "args": many})
        assert [row["sCode"] for row in reply["data"]] == ["51000", "51121", "51000"]
        amend = {"instIdCode": 10_000 + QUIET_SWAP, "clOrdId": "one", "newSz": "2"}
        assert (await client.ask({"id": "3", "op": "amend-order", "args": [amend]}))["code"] == "0"
        cancel = {"instId": SWAP, "clOrdId": "one"}
        assert (await client.ask({"id": "4", "op": "cancel-order", "args": [cancel]}))["code"] == "0"
        assert futures.engine.views.algos(TRADER) == []


async def test_what_comes_with_an_order_is_told_with_it_and_a_take_profit_names_its_stop_loss(futures: House) -> None:
    guard = AttachDetailedAlgo(account=TRADER, instrument=QUIET_SWAP, loss_trigger=9_500, reduce_only=1)
    guard = guard._replace(profit_kind=1, profit_price=10_300, client_algo_id=Text32("guard"))
    order = PlaceContractOrder(account=TRADER, instrument=QUIET_SWAP, side=BUY, price=10_000, size=20)
    async with futures.client("private", TRADER) as client, futures.client("business", TRADER) as algos:
        await client.subscribe(SWAPS)
        await algos.subscribe({"channel": "orders-algo", "instType": "SWAP"})
        outcomes = await futures.engine.submit_many([guard, order])
        algo_id = str(outcomes[0].id)
        (told,) = (await client.next())["data"][0]["attachAlgoOrds"]
        assert (told["attachAlgoId"], told["attachAlgoClOrdId"], told["tpOrdKind"]) == (algo_id, "guard", "limit")
        assert (told["tpOrdPx"], told["slTriggerPx"], told["tpTriggerPx"]) == ("103", "95", "")
        await algos.quiet(0.1)

        await place(futures, OTHER, SELL, 10_000, 20)
        filled, profit = [(await client.next())["data"][0] for _ in range(2)]
        assert (filled["state"], [row["attachAlgoId"] for row in filled["attachAlgoOrds"]]) == ("filled", [algo_id])
        assert (profit["isTpLimit"], profit["linkedAlgoOrd"], profit["px"]) == ("true", {"algoId": algo_id}, "103")
        live, linked = [(await algos.next())["data"][0] for _ in range(2)]
        assert (live["state"], live["linkedOrd"], live["sz"]) == ("live", {"ordId": ""}, "2")
        assert (linked["state"], linked["linkedOrd"]) == ("live", {"ordId": profit["ordId"]})

        await place(futures, OTHER, BUY, 10_300, 5)
        lowered = (await algos.next())["data"][0]
        assert (lowered["sz"], lowered["state"]) == ("1.5", "live")
        await place(futures, OTHER, BUY, 10_300, 15)
        ended = (await algos.next())["data"][0]
        assert (ended["state"], ended["algoClOrdId"], ended["failCode"]) == ("canceled", "guard", "")
