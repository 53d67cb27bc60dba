"""Positions, balances of futures mode and warnings over a real socket."""

import json
from typing import Any

import pytest

from lonja.core.commands import (
    AdjustMargin,
    CancelOrder,
    Command,
    DeliverContract,
    SetLeverage,
    SetPositionMode,
    SettleFunding,
)
from lonja.core.kinds import PositionCause
from lonja.edge.wire.account_settings import POSITION_ROW
from lonja.edge.wire.money_push import CAUSES
from lonja.edge.wire.positions import CASH_POSITION_ROW, WARNING_ROW, position_id
from lonja.edge.wire.push import position_pushes
from tests.edge.ws.contract_trading import ISOLATED, done, index, leverage, order
from tests.edge.ws.house import BUY, MAKER, QUIET_DATED, QUIET_SWAP, SELL, TRADER, Client, House

POSITIONS = {"channel": "positions", "instType": "SWAP"}
EVENTS_ONLY = {**POSITIONS, "extraParams": '{"updateInterval":"0"}'}
CASH = {"channel": "balance_and_position"}
WARNINGS = {"channel": "liquidation-warning", "instType": "ANY"}
ACCOUNT = {"channel": "account", "extraParams": '{"updateInterval":"0"}'}
SWAP = "QUIET-USDT-SWAP"


async def trade(house: House, side: int, lots: int, price: int, **fields: Any) -> None:
    """The maker rests cross and net, and the trader takes, in QUIET-USDT-SWAP unless told otherwise."""
    instrument = fields.get("instrument", QUIET_SWAP)
    await order(house, MAKER, 1 - side, price, lots, instrument=instrument)
    await order(house, TRADER, side, price, lots, **fields)


async def next_row(client: Client, channel: str) -> dict[str, Any]:
    push = await client.next_of(channel)
    (row,) = push["data"]
    return dict(row)


async def test_a_position_from_its_opening_to_its_end(futures: House) -> None:
    house = futures
    async with house.client("private", TRADER) as client:
        await client.subscribe(EVENTS_ONLY)
        first = await client.next()
        assert first["arg"] == {**POSITIONS, "uid": house.services.identity.uid(TRADER)}
        assert (first["eventType"], first["curPage"], first["lastPage"], first["data"]) == ("snapshot", 1, True, [])
        await trade(house, BUY, 50, 10_000, margin_mode=ISOLATED)
        push = await client.next_of("positions")
        assert (push["eventType"], "curPage" in push, "lastPage" in push) == ("event_update", False, False)
        (row,) = push["data"]
        assert set(row) == {*POSITION_ROW, "pTime"}
        assert (row["instId"], row["pos"], row["avgPx"], row["tradeId"]) == (SWAP, "5", "100", "100000001")
        await trade(house, SELL, 50, 10_000, margin_mode=ISOLATED)
        row = await next_row(client, "positions")
        assert (row["pos"], row["avgPx"], row["notionalUsd"], row["upl"], row["margin"], row["fee"]) == (
            "0",
            "",
            "",
            "0",
            "0",
            "-0.5",
        )
        await client.quiet(0.2)
    async with house.client("private", TRADER) as client:
        await client.subscribe(EVENTS_ONLY)
        assert (await client.next())["data"] == []


async def test_only_what_was_asked_for_is_pushed(futures: House) -> None:
    house = futures
    await trade(house, BUY, 10, 10_000)
    await trade(house, BUY, 20, 10_000, instrument=QUIET_DATED)
    dated = house.services.catalogue.at(QUIET_DATED).instrument_id
    wishes = [
        ({"instType": "ANY"}, [SWAP, dated]),
        ({"instType": "SWAP"}, [SWAP]),
        ({"instType": "FUTURES", "instFamily": "QUIET-USDT"}, [dated]),
        ({"instType": "ANY", "instFamily": "QUIET-USD"}, []),
        ({"instType": "SWAP", "instId": SWAP}, [SWAP]),
        ({"instType": "MARGIN"}, []),
    ]
    for wish, expected in wishes:
        async with house.client("private", TRADER) as client:
            await client.subscribe({"channel": "positions", **wish, "extraParams": {"updateInterval": 0}})
            assert [row["instId"] for row in (await client.next())["data"]] == expected
            await leverage(house, MAKER, 500)
            await trade(house, BUY, 1, 10_000)
            if SWAP in expected:
                assert [row["instId"] for row in (await client.next())["data"]] == [SWAP]
            await client.quiet(0.1)


async def test_a_regular_push_follows_the_mark(futures: House) -> None:
    house = futures
    await trade(house, BUY, 100, 10_000)
    async with house.client("private", TRADER) as client:
        await client.subscribe({**POSITIONS, "extraParams": '{"updateInterval":"2000"}'})
        assert (await next_row(client, "positions"))["upl"] == "0"
        await index(house, 9800)
        push = await client.next_of("positions")
        assert (push["eventType"], push["curPage"], push["lastPage"]) == ("snapshot", 1, True)
        assert (push["data"][0]["upl"], push["data"][0]["markPx"]) == ("-20", "98")


async def test_sides_and_what_they_can_still_close(futures: House) -> None:
    house = futures
    await done(house, SetPositionMode(account=TRADER, position_mode=1))
    await trade(house, BUY, 30, 10_000, position_side=1)
    async with house.client("private", TRADER) as client:
        await client.subscribe(EVENTS_ONLY)
        row = await next_row(client, "positions")
        assert (row["posSide"], row["pos"], row["availPos"]) == ("long", "3", "3")
        order_id = await order(house, TRADER, SELL, 10_200, 10, position_side=1)
        assert (await next_row(client, "positions"))["availPos"] == "2"
        await trade(house, SELL, 5, 10_000, position_side=2)
        row = await next_row(client, "positions")
        while row["posSide"] != "short":
            row = await next_row(client, "positions")
        assert (row["pos"], row["availPos"]) == ("0.5", "0.5")
        await done(house, CancelOrder(account=TRADER, instrument=QUIET_SWAP, order_id=order_id))
        push = await client.next_of("positions")
        assert {row["posSide"]: row["availPos"] for row in push["data"]} == {"long": "3", "short": "0.5"}


async def test_balances_of_futures_mode_follow_positions(futures: House) -> None:
    house = futures
    async with house.client("private", TRADER) as client:
        await client.subscribe(ACCOUNT)
        await client.next()
        await leverage(house, TRADER, 1_000)
        await trade(house, BUY, 100, 10_000, margin_mode=ISOLATED)
        push = await client.next_of("account")
        (detail,) = push["data"][0]["details"]
        assert (detail["ccy"], detail["cashBal"], detail["eq"]) == ("USDT", "999899.5", "999999.5")
        assert (detail["availEq"], detail["frozenBal"], detail["isoEq"]) == ("999899.5", "100", "100")
        assert push["data"][0]["isoEq"] == "100"


async def test_each_cause_tells_its_name_with_cash_and_positions(futures: House) -> None:
    house = futures
    await leverage(house, TRADER, 1_000)
    async with house.client("private", TRADER) as client:
        await client.subscribe(CASH)
        snapshot = (await client.next())["data"][0]
        assert (snapshot["eventType"], snapshot["posData"]) == ("snapshot", [])
        await trade(house, BUY, 100, 10_000, margin_mode=ISOLATED)
        row = await next_row(client, CASH["channel"])
        assert (row["eventType"], row["trades"]) == ("filled", [{"instId": SWAP, "tradeId": "100000001"}])
        assert [(cash["ccy"], cash["cashBal"]) for cash in row["balData"]] == [("USDT", "999899.5")]
        (held,) = row["posData"]
        assert set(held) == set(CASH_POSITION_ROW)
        names = ("posId", "instId", "instType", "mgnMode", "posSide", "pos", "avgPx", "tradeId", "ccy")
        told = (position_id(TRADER, QUIET_SWAP, ISOLATED, 0), SWAP, "SWAP", "isolated", "net", "10", "100")
        assert tuple(held[name] for name in names) == (*told, "100000001", "USDT")
        causes: list[tuple[Command, str, list[str]]] = [
            (AdjustMargin(account=TRADER, instrument=QUIET_SWAP, amount=10**8), "adjust_margin", ["999898.5"]),
            (SettleFunding(instrument=QUIET_SWAP, rate=10**8), "funding_fee", []),
            (SetLeverage(0, TRADER, 0, 0, QUIET_SWAP, ISOLATED, 0, 500), "set_leverage", ["999799.4"]),
        ]
        for command, name, balances in causes:
            await done(house, command)
            row = await next_row(client, CASH["channel"])
            assert (row["eventType"], [cash["cashBal"] for cash in row["balData"]]) == (name, balances)
            assert [position["pos"] for position in row["posData"]] == ["10"]
        await index(house, 8000)
        row = await next_row(client, CASH["channel"])
        assert (row["eventType"], row["posData"][0]["pos"]) == ("liquidation", "0")
    async with house.client("private", MAKER) as client:
        await client.subscribe(CASH)
        snapshot = (await client.next())["data"][0]
        assert [position["pos"] for position in snapshot["posData"]] == ["-10"]


async def test_whoever_comes_near_liquidation_is_warned_once(futures: House) -> None:
    house = futures
    await leverage(house, TRADER, 1_000)
    await trade(house, BUY, 100, 10_000, margin_mode=ISOLATED)
    async with house.client("private", TRADER) as client, house.client("private", TRADER) as elsewhere:
        await client.subscribe(WARNINGS)
        await elsewhere.subscribe({**WARNINGS, "instType": "FUTURES"})
        await index(house, 9500)
        await client.quiet(0.1)
        await index(house, 9100)
        row = await next_row(client, WARNINGS["channel"])
        assert set(row) == set(WARNING_ROW)
        assert (row["instId"], row["pos"], row["lever"], row["markPx"]) == (SWAP, "10", "10", "91")
        # (100 - 90) / (910 (0.5 % + 0.05 %))
        assert row["mgnRatio"] == "1.998001"
        await index(house, 9200)
        await client.quiet(0.1)
        await elsewhere.quiet(0.1)


async def test_nobody_is_warned_of_what_the_same_price_took(futures: House) -> None:
    house = futures
    await leverage(house, TRADER, 1_000)
    await trade(house, BUY, 100, 10_000, margin_mode=ISOLATED)
    async with house.client("private", TRADER) as client:
        await client.subscribe(WARNINGS)
        await index(house, 9000)
        await client.quiet(0.1)


async def test_a_delivery_tells_its_name_and_ends_the_position(futures: House) -> None:
    house = futures
    await trade(house, BUY, 30, 10_000, instrument=QUIET_DATED)
    async with house.client("private", TRADER) as client:
        await client.subscribe(CASH, {**EVENTS_ONLY, "instType": "FUTURES"})
        await client.next_of(CASH["channel"])
        await done(house, DeliverContract(instrument=QUIET_DATED, price=10_100, fee_rate_ppm=100))
        row = await next_row(client, CASH["channel"])
        assert (row["eventType"], row["posData"][0]["pos"], row["trades"]) == ("delivered", "0", [])
        # 3 (101 - 100), less the taker fee of 300 and the delivery fee of 303.
        assert [cash["cashBal"] for cash in row["balData"]] == ["1000002.8197"]
        ended = await next_row(client, "positions")
        assert (ended["pos"], ended["pnl"], ended["realizedPnl"]) == ("0", "3", "2.8197")


async def test_orders_freeze_the_currency_they_are_settled_in(futures: House) -> None:
    house = futures
    async with house.client("private", TRADER) as client:
        await client.subscribe(ACCOUNT)
        await client.next()
        await order(house, TRADER, BUY, 9_900, 100)
        (detail,) = (await client.next_of("account"))["data"][0]["details"]
        # 990 (1 / 3 + 0.02 %)
        assert (detail["ccy"], detail["ordFrozen"], detail["frozenBal"]) == ("USDT", "330.198", "330.198")
        assert detail["availEq"] == "999669.802"


def test_every_cause_has_a_name() -> None:
    assert set(CAUSES) == set(PositionCause)
    assert len(set(CAUSES.values())) == len(CAUSES)


@pytest.mark.parametrize(("rows", "pages"), [(0, [0]), (20, [20]), (21, [20, 1]), (60, [20, 20, 20])])
def test_many_positions_come_in_pages(rows: int, pages: list[int]) -> None:
    pushes = [json.loads(push) for push in position_pushes(b'{"arg":{}', [{"n": n} for n in range(rows)], "snapshot")]
    assert [len(push["data"]) for push in pushes] == pages
    assert [(push["curPage"], push["lastPage"]) for push in pushes] == [
        (number, number == len(pages)) for number in range(1, len(pages) + 1)
    ]
    assert [row["n"] for push in pushes for row in push["data"]] == list(range(rows))
