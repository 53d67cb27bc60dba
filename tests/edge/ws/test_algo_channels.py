"""The channels of algo orders over a real socket."""

import json
from pathlib import Path
from typing import Any

import pytest

from lonja.core.algo_commands import AmendAlgo, AttachAlgo, CancelAlgo, PlaceAlgo
from lonja.core.commands import PlaceOrder
from lonja.core.kinds import AlgoKind
from lonja.core.texts import Text16, Text32
from tests.edge.ws.house import BUY, MAKER, OTHER, QUIET, SELL, TRADER, House

ORDERS = {"channel": "orders-algo", "instType": "SPOT"}
ADVANCED = {"channel": "algo-advance", "instType": "SPOT"}
LOSS = PlaceAlgo(account=TRADER, instrument=QUIET, side=SELL, size=10, loss_trigger=9_000)
TRAILING = LOSS._replace(kind=AlgoKind.MOVE_ORDER_STOP, loss_trigger=0, callback_ppm=50_000)


def documented(shared_folder: Path, channel: str) -> set[str]:
    """The keys of a row, and those without which a strict client rejects the whole message."""
    schemas = json.loads((shared_folder / "fixtures/okx-v5/derived/ws-schemas.json").read_text())
    rows = schemas["channels"][channel]["response"]
    first = next(index for index, row in enumerate(rows) if row[1] == "data")
    required = json.loads((shared_folder / "fixtures/okx-v5/derived/nautilus-required-fields.json").read_text())
    strict = set(required["structs"]["OKXAlgoOrderMsg"]["required"])
    return strict | {row[1] for row in rows[first:] if row[0] == 1 and row[1] != "uid"}


async def open_market(house: House) -> None:
    """The last trade is at 100.00; somebody bids at 89.00."""
    await house.place(MAKER, SELL, 10_000, 1)
    await house.place(OTHER, BUY, 10_000, 1)
    await house.place(MAKER, BUY, 8_900, 100)


async def submit(house: House, command: Any) -> int:
    outcome = await house.engine.submit(command)
    assert outcome.rejection == 0, outcome
    return outcome.id


async def test_the_life_of_a_stop_loss_is_told_event_by_event(house: House, shared_folder: Path) -> None:
    await open_market(house)
    async with house.client("business", TRADER) as client:
        await client.subscribe(ORDERS)
        await client.quiet(0.1)
        algo_id = await submit(house, LOSS._replace(client_algo_id=Text32("mine"), tag=Text16("bot")))
        push = await client.next()
        assert push["arg"] == {**ORDERS, "uid": house.services.identity.uid(TRADER)}
        (row,) = push["data"]
        assert documented(shared_folder, "orders-algo") <= set(row)
        assert (row["algoId"], row["algoClOrdId"], row["tag"]) == (str(algo_id), "mine", "bot")
        assert (row["state"], row["slTriggerPx"], row["slOrdPx"], row["sz"]) == ("live", "90", "-1", "0.01")
        assert (row["notionalUsd"], row["lever"], row["reqId"], row["amendResult"]) == ("0.9", "0", "", "")

        amend = AmendAlgo(account=TRADER, instrument=QUIET, algo_id=algo_id, new_loss_trigger=9_100)
        await submit(house, amend._replace(request_id=Text32("r1")))
        row = (await client.next())["data"][0]
        assert (row["slTriggerPx"], row["reqId"], row["amendResult"]) == ("91", "r1", "0")

        await house.place(OTHER, SELL, 8_900, 1)
        row = (await client.next())["data"][0]
        assert (row["state"], row["actualSide"], row["actualPx"], row["actualSz"]) == ("effective", "sl", "89", "0.01")
        assert row["ordIdList"] == [row["ordId"]]
        await client.quiet(0.1)


async def test_its_order_names_it(house: House) -> None:
    await open_market(house)
    async with house.client("private", TRADER) as client:
        await client.subscribe({"channel": "orders", "instType": "SPOT"})
        algo_id = await submit(house, LOSS._replace(client_algo_id=Text32("mine")))
        await house.place(OTHER, SELL, 8_900, 1)
        row = (await client.next())["data"][0]
        assert (row["algoId"], row["algoClOrdId"], row["source"], row["state"]) == (str(algo_id), "mine", "7", "live")
        row = (await client.next())["data"][0]
        assert (row["algoClOrdId"], row["state"], row["fillPx"]) == ("mine", "filled", "89")


async def test_advanced_ones_begin_with_those_that_are_open(house: House, shared_folder: Path) -> None:
    await open_market(house)
    first = await submit(house, TRAILING)
    iceberg = PlaceAlgo(account=TRADER, instrument=QUIET, kind=AlgoKind.ICEBERG, side=BUY, size=30, slice_size=10)
    second = await submit(house, iceberg._replace(price_limit=9_500, distance_ticks=5))
    async with house.client("business", TRADER) as client:
        await client.subscribe(ADVANCED)
        rows = (await client.next())["data"]
        assert [row["algoId"] for row in rows] == [str(second), str(first)]
        assert all(documented(shared_folder, "algo-advance") <= set(row) for row in rows)
        assert (rows[0]["count"], rows[0]["szLimit"], rows[1]["moveTriggerPx"]) == ("1", "0.01", "95")
        await submit(house, CancelAlgo(account=TRADER, instrument=QUIET, algo_id=first))
        row = (await client.next())["data"][0]
        assert (row["algoId"], row["state"], row["moveTriggerPx"]) == (str(first), "canceled", "")
        await submit(house, LOSS)
        await house.place(OTHER, SELL, 9_500, 10)
        states = [(await client.next())["data"][0] for _ in range(2)]
        assert [(row["state"], row["count"], row["actualSz"]) for row in states] == [
            ("partially_effective", "1", "0.01"),
            ("partially_effective", "2", "0.01"),
        ]
        await client.quiet(0.1)


async def test_whoever_asks_for_one_hears_of_it_alone(house: House) -> None:
    await open_market(house)
    first = await submit(house, TRAILING)
    async with house.client("business", TRADER) as client:
        await client.subscribe({**ADVANCED, "instId": "QUIET-USDT", "algoId": str(first)})
        await client.subscribe(
            {**ADVANCED, "algoId": "7"}, {**ADVANCED, "instType": "SWAP"}, {**ORDERS, "instType": "SWAP"}
        )
        assert [row["algoId"] for row in (await client.next())["data"]] == [str(first)]
        second = await submit(house, TRAILING)
        await submit(house, CancelAlgo(account=TRADER, instrument=QUIET, algo_id=second))
        await submit(house, CancelAlgo(account=TRADER, instrument=QUIET, algo_id=first))
        (row,) = (await client.next())["data"]
        assert (row["algoId"], row["state"]) == (str(first), "canceled")
        arg = {**ADVANCED, "instId": "QUIET-USDT", "algoId": str(first)}
        assert (await client.ask({"op": "unsubscribe", "args": [arg]}))["event"] == "unsubscribe"
        assert (await client.ask({"op": "unsubscribe", "args": [{**ADVANCED, "algoId": "7"}]}))[
            "event"
        ] == "unsubscribe"
        await submit(house, TRAILING)
        await client.quiet(0.1)


async def test_nobody_hears_of_another_ones(house: House) -> None:
    await open_market(house)
    async with house.client("business", OTHER) as client:
        await client.subscribe(ORDERS, ADVANCED)
        await submit(house, LOSS)
        await submit(house, TRAILING)
        await client.quiet(0.1)


async def test_what_is_attached_is_told_when_it_goes_live(house: House) -> None:
    await open_market(house)
    async with house.client("business", TRADER) as client:
        await client.subscribe(ORDERS)
        order = PlaceOrder(account=TRADER, instrument=QUIET, side=BUY, price=9_900, size=10)
        attach = AttachAlgo(account=TRADER, instrument=QUIET, profit_trigger=12_000)
        outcomes = await house.engine.submit_many([attach, order])
        await client.quiet(0.1)
        await house.place(OTHER, SELL, 9_900, 10)
        (row,) = (await client.next())["data"]
        assert (row["algoId"], row["state"], row["tpTriggerPx"]) == (str(outcomes[0].id), "live", "120")


@pytest.mark.parametrize("arg", [{"channel": "orders-algo"}, {"channel": "algo-advance", "instType": "COIN"}])
async def test_wrong_arguments_are_refused(house: House, arg: dict[str, str]) -> None:
    async with house.client("business", TRADER) as client:
        told = await client.ask({"op": "subscribe", "args": [arg]})
        assert (told["event"], told["code"]) == ("error", "60018")
