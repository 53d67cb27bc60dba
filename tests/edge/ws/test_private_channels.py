"""Private channels over a real socket: orders, fills, account."""

import json
from pathlib import Path
from typing import Any

from lonja.core.commands import AmendOrder, Deposit, PlaceOrder, Transfer
from lonja.core.texts import Text16, Text32
from tests.edge.ws.house import BUY, MAKER, MARKET, OTHER, QUIET, SELL, TRADER, House

ORDERS = {"channel": "orders", "instType": "SPOT"}
ACCOUNT = {"channel": "account"}


def _documented(shared_folder: Path, channel: str, depth: int) -> set[str]:
    schemas = json.loads((shared_folder / "fixtures/okx-v5/derived/ws-schemas.json").read_text())
    rows = schemas["channels"][channel]["push"]
    first = next(index for index, row in enumerate(rows) if row[1] == "data")
    return {row[1] for row in rows[first:] if row[0] == depth}


async def test_the_life_of_an_order_is_told_event_by_event(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe(ORDERS)
        await client.quiet(0.1)
        order_id = await house.place(TRADER, BUY, 10_000, 10, client_order_id=Text32("mine"), tag=Text16("bot"))
        push = await client.next()
        assert push["arg"] == {**ORDERS, "uid": house.services.identity.uid(TRADER)}
        assert set(push) == {"arg", "data"}
        row = push["data"][0]
        assert (row["ordId"], row["clOrdId"], row["tag"]) == (str(order_id), "mine", "bot")
        assert (row["state"], row["px"], row["sz"], row["side"], row["ordType"]) == (
            "live",
            "100",
            "0.01",
            "buy",
            "limit",
        )
        assert (row["fillSz"], row["fillPx"], row["tradeId"], row["fillTime"]) == ("0", "", "", "")
        assert (row["accFillSz"], row["notionalUsd"], row["tradeQuoteCcy"]) == ("0", "1", "USDT")

        await house.place(MAKER, SELL, 10_000, 4)
        row = (await client.next())["data"][0]
        assert (row["state"], row["accFillSz"], row["avgPx"]) == ("partially_filled", "0.004", "100")
        assert (row["fillSz"], row["fillPx"], row["tradeId"], row["execType"]) == ("0.004", "100", "100000001", "M")
        assert (row["fillFee"], row["fillFeeCcy"], row["fee"], row["feeCcy"]) == (
            "-0.0000032", "QUIET", "-0.0000032", "QUIET",
        )  # fmt: skip
        assert row["fillNotionalUsd"] == "0.4"
        assert (row["fillIdxPx"], row["fillMarkPx"]) == ("100", "")

        amend = AmendOrder(account=TRADER, instrument=QUIET, order_id=order_id, new_size=8, request_id=Text32("r1"))
        assert (await house.engine.submit(amend)).rejection == 0
        row = (await client.next())["data"][0]
        assert (row["reqId"], row["amendResult"], row["amendSource"], row["sz"]) == ("r1", "0", "1", "0.008")
        assert (row["fillSz"], row["tradeId"], row["accFillSz"], row["fillIdxPx"]) == ("0", "", "0.004", "")

        await house.cancel(TRADER, order_id)
        row = (await client.next())["data"][0]
        assert (row["state"], row["cancelSource"], row["amendResult"]) == ("canceled", "1", "")
        await client.quiet(0.1)


async def test_an_amendment_to_no_more_than_is_filled_is_pushed_once_and_fills_the_order(house: House) -> None:
    async with house.client("private", TRADER) as client:
        order_id = await house.place(TRADER, BUY, 10_000, 10, client_order_id=Text32("mine"))
        await house.place(MAKER, SELL, 10_000, 4)
        await client.subscribe(ORDERS, ACCOUNT)
        assert (await client.next())["arg"]["channel"] == "account"
        amend = {"instId": "QUIET-USDT", "ordId": str(order_id), "newSz": "0.003", "reqId": "r1"}
        client.send({"id": "1", "op": "amend-order", "args": [amend]})
        told = {}
        for _ in range(3):
            frame = await client.next()
            told[frame.get("op") or frame["arg"]["channel"]] = frame["data"][0]
        assert (told["amend-order"]["sCode"], told["amend-order"]["reqId"]) == ("0", "r1")
        row = told["orders"]
        assert (row["state"], row["sz"], row["accFillSz"], row["px"]) == ("filled", "0.004", "0.004", "100")
        assert (row["reqId"], row["amendResult"], row["amendSource"], row["cancelSource"]) == ("r1", "0", "1", "")
        assert (row["fillSz"], row["tradeId"], row["fillFee"]) == ("0", "", "0")
        (money,) = [detail for detail in told["account"]["details"] if detail["ccy"] == "USDT"]
        assert money["frozenBal"] == "0"
        await client.quiet(0.1)


async def test_an_amendment_that_takes_its_order_with_it_is_known_by_its_request(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe(ORDERS)
        for request_id, price, code in (("r1", 90_000, "51137"), ("", 90_000, "51137"), ("r3", 9_000, "51500")):
            order_id = await house.place(TRADER, BUY, 9_000, 10)
            await client.next()
            amend = AmendOrder(account=TRADER, instrument=QUIET, order_id=order_id, new_price=price, cancel_on_fail=1)
            await house.engine.submit(amend._replace(request_id=Text32(request_id)))
            row = (await client.next())["data"][0]
            assert (row["ordId"], row["state"], row["reqId"]) == (str(order_id), "canceled", request_id)
            assert (row["amendResult"], row["code"], row["cancelSource"]) == ("1", code, "0")
        canceled = await house.place(TRADER, BUY, 9_000, 10)
        await house.cancel(TRADER, canceled)
        rows = [(await client.next())["data"][0] for _ in range(2)]
        assert [(row["state"], row["reqId"], row["amendResult"], row["code"]) for row in rows] == [
            ("live", "", "", "0"),
            ("canceled", "", "", "0"),
        ]


async def test_every_documented_key_is_present(house: House, shared_folder: Path) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe(ORDERS, {"channel": "fills"}, ACCOUNT)
        account = (await client.next())["data"][0]
        assert _documented(shared_folder, "account", 1) <= set(account)
        assert _documented(shared_folder, "account", 2) <= set(account["details"][0])
        assert "maxSpotInUse" not in account["details"][0]
        await house.place(MAKER, SELL, 10_000, 4)
        await house.place(TRADER, BUY, 0, 4, order_type=MARKET)
        for _ in range(2):
            row = (await client.next_of("orders"))["data"][0]
            assert _documented(shared_folder, "orders", 1) <= set(row)
            assert not [name for name, value in row.items() if not isinstance(value, (str, list, dict))]
        assert _documented(shared_folder, "fills", 1) == set((await client.next_of("fills"))["data"][0])


async def test_a_taker_gets_one_message_per_fill(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe(ORDERS, {"channel": "fills", "instId": "QUIET-USDT"})
        for price in (10_000, 10_010, 10_020):
            await house.place(MAKER, SELL, price, 4)
        await house.place(TRADER, BUY, 10_020, 12)
        rows, fills = [], []
        for _ in range(7):
            push = await client.next()
            (rows if push["arg"]["channel"] == "orders" else fills).append(push["data"][0])
        assert [(row["state"], row["fillSz"], row["accFillSz"], row["tradeId"]) for row in rows] == [
            ("live", "0", "0", ""),
            ("partially_filled", "0.004", "0.004", "100000001"),
            ("partially_filled", "0.004", "0.008", "100000002"),
            ("filled", "0.004", "0.012", "100000003"),
        ]
        assert [(fill["tradeId"], fill["fillPx"], fill["execType"]) for fill in fills] == [
            ("100000001", "100", "T"),
            ("100000002", "100.1", "T"),
            ("100000003", "100.2", "T"),
        ]


async def test_each_matching_subscription_gets_the_push_under_its_own_argument(house: House) -> None:
    wishes: list[dict[str, Any]] = [
        {"channel": "orders", "instType": "ANY"},
        {"channel": "orders", "instType": "SPOT", "instId": "QUIET-USDT"},
        {"channel": "orders", "instType": "SPOT", "instId": "BTC-USDT"},
        {"channel": "orders", "instType": "SWAP"},
        {"channel": "orders", "instType": "SPOT", "instFamily": "QUIET-USDT", "instId": None},
    ]
    async with house.client("private", TRADER) as client:
        await client.subscribe(*wishes)
        await house.place(TRADER, BUY, 10_000, 10)
        uid = house.services.identity.uid(TRADER)
        pushes = [(await client.next())["arg"] for _ in range(3)]
        given = [{name: value for name, value in wish.items() if value is not None} for wish in wishes]
        assert pushes == [{**given[index], "uid": uid} for index in (0, 1, 4)]
        await client.quiet(0.1)


async def test_nobody_hears_of_another_account(house: House) -> None:
    async with house.client("private", OTHER) as client:
        await client.subscribe(ORDERS, {"channel": "fills"}, ACCOUNT)
        await client.next_of("account")
        await house.place(TRADER, BUY, 10_000, 10)
        await house.place(MAKER, SELL, 10_000, 10)
        await client.quiet(0.3)


async def test_an_account_begins_with_a_snapshot(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe(ACCOUNT)
        push = await client.next()
        assert (push["eventType"], push["curPage"], push["lastPage"]) == ("snapshot", 1, True)
        row = push["data"][0]
        balances = {
            detail["ccy"]: (detail["cashBal"], detail["availBal"], detail["frozenBal"]) for detail in row["details"]
        }
        assert balances == {
            "USDT": ("1000000", "1000000", "0"),
            "BTC": ("10", "10", "0"),
            "QUIET": ("10000", "10000", "0"),
        }
        assert (row["availEq"], row["details"][0]["availEq"]) == ("", "")


async def test_changes_within_a_moment_are_one_push_of_what_changed(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe({**ACCOUNT, "extraParams": '{"updateInterval":"0"}'})
        await client.next()
        orders = [
            PlaceOrder(account=TRADER, instrument=QUIET, price=price, size=100) for price in (9_000, 9_001, 9_002)
        ]
        assert [outcome.rejection for outcome in await house.engine.submit_many(orders)] == [0, 0, 0]
        push = await client.next()
        assert push["eventType"] == "event_update"
        assert "curPage" not in push
        details = {detail["ccy"]: detail for detail in push["data"][0]["details"]}
        assert set(details) == {"USDT"}
        assert details["USDT"]["frozenBal"] == "27.003"
        await client.quiet(0.2)


async def test_a_push_of_balances_tells_the_currencies_that_changed_and_no_others(house: House) -> None:
    async def told() -> set[str]:
        return {detail["ccy"] for detail in (await client.next())["data"][0]["details"]}

    async with house.client("private", TRADER) as client:
        await client.subscribe({**ACCOUNT, "extraParams": '{"updateInterval":"0"}'})
        await client.next()
        selling = await house.place(TRADER, SELL, 10_100, 10)
        assert await told() == {"QUIET"}
        await house.cancel(TRADER, selling)
        assert await told() == {"QUIET"}
        buying = await house.place(TRADER, BUY, 9_900, 10)
        assert await told() == {"USDT"}
        await house.engine.submit(AmendOrder(account=TRADER, instrument=QUIET, order_id=buying, new_size=20))
        assert await told() == {"USDT"}
        await house.place(MAKER, SELL, 9_900, 5)
        assert await told() == {"USDT", "QUIET"}


async def test_money_that_moves_is_pushed_also_when_nothing_is_left(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe({**ACCOUNT, "ccy": "BTC"})
        await client.next()
        move = Transfer(account=TRADER, currency=1, amount=10 * 10**8, from_ledger=1, to_ledger=0)
        assert (await house.engine.submit(move)).rejection == 0
        push = await client.next()
        assert push["arg"]["ccy"] == "BTC"
        assert [(row["ccy"], row["cashBal"]) for row in push["data"][0]["details"]] == [("BTC", "0")]
        deposit = Deposit(account=TRADER, currency=0, ledger=1, amount=1)
        assert (await house.engine.submit(deposit)).rejection == 0
        await client.quiet(0.2)


async def test_a_regular_snapshot_comes_unless_it_is_declined(house: House) -> None:
    async with house.client("private", TRADER) as client, house.client("private", TRADER) as silent:
        await client.subscribe({**ACCOUNT, "extraParams": '{"updateInterval":"2000"}'})
        await silent.subscribe({**ACCOUNT, "extraParams": '{"updateInterval":0}'})
        await client.next()
        await silent.next()
        push = await client.next(3.5)
        assert (push["eventType"], push["curPage"]) == ("snapshot", 1)
        await silent.quiet(0.3)


async def test_who_has_no_positions_is_told_so_once(house: House) -> None:
    async with house.client("private", TRADER) as client:
        wanted = {"channel": "positions", "instType": "ANY"}
        await client.subscribe(wanted)
        push = await client.next()
        assert push["arg"] == {**wanted, "uid": house.services.identity.uid(TRADER)}
        assert (push["eventType"], push["curPage"], push["lastPage"], push["data"]) == ("snapshot", 1, True, [])
        await house.place(TRADER, BUY, 10_000, 10)
        await client.quiet(0.1)
