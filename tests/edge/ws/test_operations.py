"""Order operations over a real socket."""

import asyncio
from pathlib import Path
from typing import Any

from lonja.edge.ws import dialogue
from tests.edge.ws.house import BUY, MAKER, SELL, TRADER, House, eventually, open_house

CODE = 10_001
"""``instIdCode`` of QUIET-USDT."""


def _order(**more: Any) -> dict[str, Any]:
    order = {"instIdCode": CODE, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "100", "sz": "0.01"}
    return {**order, **more}


async def test_the_six_operations(house: House) -> None:
    async with house.client("private", TRADER) as client:
        placed = await client.ask({"id": "1", "op": "order", "args": [_order(clOrdId="a", tag="t")]})
        assert set(placed) == {"id", "op", "code", "msg", "data", "inTime", "outTime"}
        assert (placed["id"], placed["op"], placed["code"], placed["msg"]) == ("1", "order", "0", "")
        row = placed["data"][0]
        assert (row["clOrdId"], row["tag"], row["sCode"], row["sMsg"]) == ("a", "t", "0", "")
        assert len(placed["inTime"]) == len(placed["outTime"]) == 16

        amend = {"instIdCode": CODE, "ordId": row["ordId"], "newSz": "0.02", "reqId": "r"}
        amended = await client.ask({"id": "2", "op": "amend-order", "args": [amend]})
        assert (amended["code"], amended["data"][0]["reqId"], amended["data"][0]["sCode"]) == ("0", "r", "0")

        batch = await client.ask({"id": "3", "op": "batch-orders", "args": [_order(), _order(sz="0"), _order()]})
        assert (batch["code"], [item["sCode"] for item in batch["data"]]) == ("2", ["0", "51000", "0"])
        ids = [item["ordId"] for item in batch["data"] if item["ordId"]]

        changes = [{"instIdCode": CODE, "ordId": order_id, "newPx": "99"} for order_id in ids]
        answer = await client.ask({"id": "4", "op": "batch-amend-orders", "args": changes})
        assert answer["code"] == "0"

        # ccxt sends a null code beside the name when it knows none.
        cancel = {"instIdCode": None, "instId": "QUIET-USDT", "ordId": row["ordId"]}
        assert (await client.ask({"id": "5", "op": "cancel-order", "args": [cancel]}))["code"] == "0"
        gone = await client.ask({"id": "6", "op": "cancel-order", "args": [cancel]})
        assert (gone["code"], gone["msg"], gone["data"][0]["sCode"]) == ("1", "", "51400")

        cancels = [{"instIdCode": CODE, "ordId": order_id} for order_id in ids]
        assert (await client.ask({"id": "7", "op": "batch-cancel-orders", "args": cancels}))["code"] == "0"
        assert house.engine.views.open_orders(TRADER) == []


async def test_the_id_may_be_left_out(house: House) -> None:
    async with house.client("private", TRADER) as client:
        answer = await client.ask({"op": "order", "args": [_order()]})
        assert "id" not in answer
        assert answer["code"] == "0"


async def test_malformed_arguments_are_answered_in_the_form_of_the_operation(house: House) -> None:
    async with house.client("private", TRADER) as client:
        for args in ([], None, {}, "x", [5]):
            answer = await client.ask({"id": "1", "op": "batch-orders", "args": args})
            assert (answer["op"], answer["code"], answer["data"]) == ("batch-orders", "60013", []), args
        answer = await client.ask({"id": "1", "op": "order", "args": [_order()], "expTime": "soon"})
        assert answer["code"] == "60013"


async def test_an_operation_on_one_order_takes_no_two(house: House) -> None:
    async with house.client("private", TRADER) as client:
        for op in ("order", "amend-order", "cancel-order"):
            answer = await client.ask({"id": "1", "op": op, "args": [_order(), _order()]})
            assert (answer["id"], answer["op"], answer["code"], answer["data"]) == ("1", op, "60013", [])
        assert house.engine.views.open_orders(TRADER) == []


async def test_an_order_that_comes_too_late_is_refused(house: House) -> None:
    async with house.client("private", TRADER) as client:
        late = await client.ask({"id": "1", "op": "order", "args": [_order()], "expTime": "1700000000000"})
        assert (late["code"], late["data"]) == ("50036", [])
        soon = str(house.engine.now_ms() + 60_000)
        assert (await client.ask({"id": "2", "op": "order", "args": [_order()], "expTime": soon}))["code"] == "0"


async def test_pipelined_requests_are_carried_out_in_order_and_all_answered(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe({"channel": "orders", "instType": "SPOT"})
        for number in range(100):
            client.send(
                {"id": f"{number}", "op": "order", "args": [_order(clOrdId=f"n{number}", px=f"{80 + number / 100}")]}
            )
            client.send(
                {"id": f"c{number}", "op": "cancel-order", "args": [{"instIdCode": CODE, "clOrdId": f"n{number}"}]}
            )
        replies, pushes = {}, []
        while len(replies) < 200 or len(pushes) < 200:
            message = await client.next()
            if "op" in message:
                replies[message["id"]] = message["code"]
            else:
                pushes.append((message["data"][0]["clOrdId"], message["data"][0]["state"]))
        assert set(replies.values()) == {"0"}
        assert pushes == [(f"n{number}", state) for number in range(100) for state in ("live", "canceled")]


async def test_the_push_of_a_fill_is_there_when_the_order_is_answered(house: House) -> None:
    await house.place(MAKER, SELL, 10_000, 10)
    async with house.client("private", TRADER) as client:
        await client.subscribe({"channel": "orders", "instType": "ANY"})
        client.send({"id": "1", "op": "order", "args": [_order()]})
        kinds = [(await client.next()).get("op", "push") for _ in range(3)]
        assert kinds == ["push", "push", "order"]


async def test_the_book_of_rest_is_current_when_the_order_is_answered(house: House) -> None:
    async with house.client("private", TRADER) as client:
        for number in range(20):
            await client.ask({"op": "order", "args": [_order(px=f"{90 + number}")]})
            assert house.services.market_data.book(1).levels(BUY, 1)[0].price == 9_000 + 100 * number


async def test_limits_are_shared_by_all_connections_of_an_account(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path, rate_limits=True) as house,
        house.client("private", TRADER) as one,
        house.client("private", TRADER) as two,
    ):
        for client in (one, two):
            for _ in range(31):
                client.send({"op": "order", "args": [_order()]})
        codes = [(await client.next())["code"] for client in (one, two) for _ in range(31)]
        assert (codes.count("0"), codes.count("50011")) == (60, 2)


async def test_too_many_operations_under_way_are_refused_as_busy(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr(dialogue, "IN_FLIGHT_MAX", 5)
    async with house.client("private", TRADER) as client:
        client.transport.underlying_transport.write(b"")
        for _ in range(50):
            client.send({"op": "order", "args": [_order()]})
        codes = {(await client.next())["code"] for _ in range(50)}
        assert codes <= {"0", "50013"}
        assert "0" in codes


async def test_an_operation_survives_the_client_that_sent_it(house: House) -> None:
    async with house.client("private", TRADER) as client:
        client.send({"op": "order", "args": [_order(clOrdId="last")]})
        client.transport.underlying_transport.write_eof()
        await asyncio.wait_for(client.transport.wait_disconnected(), 20)
    await eventually(lambda: house.engine.views.find_client_order(TRADER, "last") is not None)


async def test_every_answer_is_counted_in_the_metrics(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.ask({"op": "order", "args": [_order()]})
        page, _ = house.services.metrics.exposition()
        assert b'lonja_answers_total{code="0",operation="ws order"} 1.0' in page
