"""``/sandbox/faults``: rules are checked whole, and what they do to REST, sockets, feeds and orders."""

import asyncio
import json
import time
from typing import Any

import pytest

from lonja.core.commands import PlaceOrder
from lonja.edge.sandbox import ws_faults
from tests.edge.house import OTHER, QUIET_USDT, START_MS, TRADER
from tests.edge.sandbox.conftest import Sandbox, Served
from tests.edge.ws.house import eventually

BOOKS = {"channel": "books", "instId": "QUIET-USDT"}
ORDER = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "99"}


async def add(sandbox: Sandbox, **rule: object) -> dict[str, str]:
    reply = await sandbox.post("faults", rule)
    assert reply.code == "0", reply.raw
    return reply.row


async def place(sandbox: Sandbox, price: int) -> None:
    outcome = await sandbox.house.engine.submit(
        PlaceOrder(account=TRADER, instrument=QUIET_USDT, price=price, size=1_000)
    )
    assert outcome.rejection == 0


# -- Rules


async def test_a_rule_is_told_as_it_can_be_given_again(sandbox: Sandbox) -> None:
    given = {
        "rule": "slow books",
        "kind": "latency",
        "channel": "books*",
        "instrument": "QUIET-USDT",
        "endpoint": "public",
        "probability": "0.25",
        "burst": "3",
        "count_max": "10",
        "until_ms": str(START_MS + 60_000),
        "distribution": "lognormal",
        "delay_ms": "80",
        "spread_ms": "40",
    }
    row = await add(sandbox, **given)
    assert row == given | {"from_ms": str(START_MS)}
    assert (await sandbox.get("faults")).row == {"seed": "1", "rules": [row | {"struck": "0"}]}
    assert (await sandbox.post("faults", {"seed": 1, "rules": [row]})).row["rules"] == [row | {"struck": "0"}]


async def test_a_window_may_be_counted_from_now(sandbox: Sandbox) -> None:
    row = await add(sandbox, kind="error", in_ms=1_000, for_ms="500", account="trader")
    assert (row["from_ms"], row["until_ms"]) == (str(START_MS + 1_000), str(START_MS + 1_500))
    assert (row["account"], row["code"]) == ("10000002", "50026")


@pytest.mark.parametrize(
    ("rule", "code", "named"),
    [
        ({}, "50014", "kind"),
        ({"kind": "storm"}, "51000", "kind"),
        ({"kind": "error", "colour": "red"}, "51000", "colour"),
        ({"kind": "error", "probability": "0"}, "51000", "probability"),
        ({"kind": "error", "probability": "1.01"}, "51000", "probability"),
        ({"kind": "error", "probability": "often"}, "51000", "probability"),
        ({"kind": "error", "code": "1234"}, "51000", "code"),
        ({"kind": "error", "code": "49999"}, "51000", "code"),
        ({"kind": "error", "code": "65000"}, "51000", "code"),
        ({"kind": "error", "code": "5100\uff18"}, "51000", "code"),
        ({"kind": "error", "code": "0"}, "51000", "code"),
        ({"kind": "reject", "code": "0"}, "51000", "code"),
        ({"kind": "reject", "code": "1"}, "51000", "code"),
        ({"kind": "outage", "code": "2"}, "51000", "code"),
        ({"kind": "error", "http_status": "200"}, "51000", "http_status"),
        ({"kind": "error", "endpoint": "secret"}, "51000", "endpoint"),
        ({"kind": "error", "account": "nobody"}, "51000", "account"),
        ({"kind": "error", "channel": "books"}, "51000", "channel"),
        ({"kind": "error", "burst": "0"}, "51000", "burst"),
        ({"kind": "gap", "operation": "order"}, "51000", "operation"),
        ({"kind": "gap", "instrument": "NO-SUCH"}, "51001", ""),
        ({"kind": "drop", "operation": "order", "channel": "books"}, "50024", "channel"),
        ({"kind": "latency"}, "50014", "delay_ms"),
        ({"kind": "latency", "delay_ms": "60001"}, "51000", "delay_ms"),
        ({"kind": "latency", "delay_ms": "1", "distribution": "odd"}, "51000", "distribution"),
        ({"kind": "error", "until_ms": "1"}, "51000", "until_ms"),
        ({"kind": "error", "from_ms": "1", "in_ms": "1"}, "50024", "from_ms"),
        ({"seed": "-1"}, "51000", "seed"),
        ({"rules": {}}, "51000", "rules"),
        ({"rules": [{"kind": "error"}, {"kind": "?"}]}, "51000", "kind"),
        ({"rules": [{"kind": "error", "rule": "a"}, {"kind": "gap", "rule": "a"}]}, "51000", "rules"),
    ],
)
async def test_what_could_never_strike_is_refused_whole(
    sandbox: Sandbox, rule: dict[str, object], code: str, named: str
) -> None:
    reply = await sandbox.post("faults", rule)
    assert reply.code == code
    assert named in reply.json["msg"]
    assert (await sandbox.get("faults")).row["rules"] == []


async def test_rules_are_taken_away_one_by_one_or_all(sandbox: Sandbox) -> None:
    for _ in range(3):
        await add(sandbox, kind="error")
    left = (await sandbox.post("faults?rule=f2", None, "DELETE")).row["rules"]
    assert [rule["rule"] for rule in left] == ["f1", "f3"]
    assert (await sandbox.post("faults", {"rule": "f2"}, "DELETE")).code == "51000"
    assert (await sandbox.post("faults", {"rule": "f2", "kind": "gap"})).code == "51000", "the record has it"
    assert (await sandbox.post("faults", None, "DELETE")).row["rules"] == []


# -- REST


@pytest.mark.parametrize(
    ("rule", "status", "code"),
    [
        ({"kind": "error"}, 500, "50026"),
        ({"kind": "error", "code": "50011"}, 429, "50011"),
        ({"kind": "error", "code": "50013"}, 429, "50013"),
        ({"kind": "error", "code": "50013", "http_status": "502"}, 502, "50013"),
        ({"kind": "error", "code": "50044"}, 200, "50044"),
        ({"kind": "error", "code": "50044", "http_status": "400"}, 400, "50044"),
        ({"kind": "outage"}, 503, "50001"),
        ({"kind": "error", "operation": "GET /api/v5/public/time"}, 500, "50026"),
        ({"kind": "error", "op": "/public/*"}, 500, "50026"),
        ({"kind": "error", "op": "/market/*"}, 200, "0"),
        ({"kind": "error", "account": "trader"}, 200, "0"),
        ({"kind": "error", "in_ms": "1"}, 200, "0"),
    ],
)
async def test_errors_of_rest(sandbox: Sandbox, rule: dict[str, str], status: int, code: str) -> None:
    await add(sandbox, **rule)
    reply = await sandbox.house.get("public/time")
    assert (reply.status, reply.code) == (status, code)


async def test_an_error_may_come_after_the_order_was_taken(sandbox: Sandbox) -> None:
    await add(sandbox, kind="error", operation="order", account="trader", after="true", code="50004", count_max=1)
    trader = sandbox.house.trader
    assert (await trader.place(clOrdId="lost")).code == "50004"
    assert (await trader.get("trade/order", instId="QUIET-USDT", clOrdId="lost")).row["state"] == "live"
    assert (await trader.place()).code == "0"


async def test_one_account_suffers_another_does_not(sandbox: Sandbox) -> None:
    await add(sandbox, kind="error", account="trader")
    assert (await sandbox.house.trader.get("account/balance")).code == "50026"
    assert (await sandbox.house.other.get("account/balance")).code == "0"


async def test_an_answer_takes_its_time(sandbox: Sandbox) -> None:
    await add(sandbox, kind="latency", delay_ms="120")
    begun = time.perf_counter()
    assert (await sandbox.house.get("public/time")).code == "0"
    assert time.perf_counter() - begun >= 0.12


async def test_a_dropped_request_gets_nothing(served: Served) -> None:
    await add(served.sandbox, kind="drop", count_max=1)
    assert await served.get("/api/v5/public/time") == b""
    assert b'"code":"0"' in await served.get("/api/v5/public/time")


async def test_a_half_open_request_hangs(served: Served) -> None:
    await add(served.sandbox, kind="half_open", operation="/public/time")
    with pytest.raises(TimeoutError):
        await served.get("/api/v5/public/time", 0.3)


# -- Orders


async def test_orders_are_rejected_in_their_rows(sandbox: Sandbox) -> None:
    await add(sandbox, kind="reject", operation="order", instrument="QUIET-USDT", code="51024")
    reply = await sandbox.house.trader.place()
    assert (reply.code, reply.row["sCode"]) == ("1", "51024")
    assert sandbox.house.engine.views.open_orders(TRADER) == []


@pytest.mark.parametrize("code", ["51006", "51131", "51149", "51054"])
async def test_orders_are_rejected_with_codes_that_this_exchange_never_needs(sandbox: Sandbox, code: str) -> None:
    await add(sandbox, kind="reject", code=code)
    reply = await sandbox.house.trader.place()
    assert (reply.code, reply.row["sCode"], reply.row["ordId"]) == ("1", code, "")
    assert code in reply.row["sMsg"]


@pytest.mark.parametrize("operation", ["order-algo", "amend-algos", "cancel-algos"])
async def test_algo_orders_are_rejected_in_their_rows(sandbox: Sandbox, operation: str) -> None:
    trader = sandbox.house.trader
    await trader.place()
    await sandbox.house.other.place(side="sell", px="99", sz="0.5")
    stop = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "sell", "ordType": "conditional", "sz": "1"}
    body: dict[str, object] = {**stop, "slTriggerPx": "90", "slOrdPx": "-1"}
    placed = await trader.post("trade/order-algo", body)
    named = {"instId": "QUIET-USDT", "algoId": placed.row["algoId"]}
    await add(sandbox, kind="reject", operation=operation, code="51024")
    bodies = {"order-algo": body, "amend-algos": {**named, "newSz": "2"}, "cancel-algos": [named]}
    reply = await trader.post(f"trade/{operation}", bodies[operation])
    assert (reply.code, reply.row["sCode"]) == ("1", "51024")
    assert len(sandbox.house.engine.views.algos(TRADER)) == 1


async def test_some_orders_of_a_batch_are_rejected_and_the_others_stand(sandbox: Sandbox) -> None:
    await add(sandbox, kind="reject", probability="0.5")
    reply = await sandbox.house.trader.post("trade/batch-orders", [ORDER] * 12)
    rejected = [row["sCode"] for row in reply.data].count("51008")
    assert 0 < rejected < 12
    assert reply.code == "2"
    assert len(sandbox.house.engine.views.open_orders(TRADER)) == 12 - rejected


# -- Sockets


async def test_operations_on_a_socket_fail(served: Served) -> None:
    async with served.client("private", TRADER) as client:
        await add(served.sandbox, kind="error", operation="ws order", code="50013", count_max=1)
        answer = await client.ask({"id": "1", "op": "order", "args": [ORDER]})
        assert (answer["id"], answer["code"], answer["data"]) == ("1", "50013", [])
        assert (await client.ask({"id": "2", "op": "order", "args": [ORDER]}))["code"] == "0"


async def test_a_subscription_fails(served: Served) -> None:
    await add(served.sandbox, kind="error", operation="subscribe", code="50011")
    async with served.client("public") as client:
        answer = await client.ask({"id": "7", "op": "subscribe", "args": [BOOKS]})
        assert (answer["event"], answer["code"], answer["id"]) == ("error", "50011", "7")


async def test_a_socket_fails_with_codes_that_this_exchange_never_needs(served: Served) -> None:
    async with served.client("private", TRADER) as client:
        await add(served.sandbox, kind="error", operation="subscribe", code="60033", count_max=1)
        await add(served.sandbox, kind="error", operation="ws order", code="51149", count_max=1)
        answer = await client.ask({"id": "1", "op": "subscribe", "args": [{"channel": "orders", "instType": "SPOT"}]})
        assert (answer["event"], answer["code"], answer["id"]) == ("error", "60033", "1")
        answer = await client.ask({"id": "2", "op": "order", "args": [ORDER]})
        assert (answer["code"], answer["data"]) == ("51149", [])


async def test_slow_requests_keep_their_order(served: Served) -> None:
    async with served.client("private", TRADER) as client:
        await add(served.sandbox, kind="latency", operation="ws *", delay_ms="120", count_max=1)
        begun = time.perf_counter()
        for number in ("1", "2", "3"):
            client.send({"id": number, "op": "order", "args": [ORDER]})
        assert [(await client.next())["id"] for _ in range(3)] == ["1", "2", "3"]
        assert time.perf_counter() - begun >= 0.12


@pytest.mark.parametrize("kind", ["drop", "outage"])
async def test_a_connection_is_dropped_without_a_word(served: Served, kind: str) -> None:
    async with served.client("public") as client:
        await client.subscribe(BOOKS)
        await client.next_of("books")
        await add(served.sandbox, kind=kind, endpoint="public")
        await place(served.sandbox, 9_900)
        assert await client.end() == 1006


async def test_an_order_may_stand_though_its_connection_died(served: Served) -> None:
    async with served.client("private", TRADER) as client:
        await add(served.sandbox, kind="drop", operation="ws order", after=True)
        client.send({"id": "1", "op": "order", "args": [ORDER]})
        assert await client.end() == 1006
    await eventually(lambda: len(served.sandbox.house.engine.views.open_orders(TRADER)) == 1)


async def test_a_half_open_connection_stays_and_says_nothing(served: Served) -> None:
    async with served.client("public") as client:
        await client.subscribe(BOOKS)
        await client.next_of("books")
        await add(served.sandbox, kind="half_open", channel="books", count_max=1)
        await place(served.sandbox, 9_900)
        await client.quiet()
        client.send("ping")
        client.send({"op": "subscribe", "args": [BOOKS]})
        await client.quiet()
        assert not client.closed.done()
    async with served.client("public") as another:
        assert await another.ask("ping") == "pong"


async def test_new_connections_are_dropped(served: Served) -> None:
    await add(served.sandbox, kind="drop", operation="connect", endpoint="public")
    async with served.client("public") as client:
        assert await client.end() == 1006
    async with served.client("private") as client:
        assert await client.ask("ping") == "pong"


async def test_a_gap_breaks_the_chain_of_a_book(served: Served) -> None:
    async with served.client("public") as client:
        await client.subscribe(BOOKS)
        first = (await client.next_of("books"))["data"][0]
        await add(served.sandbox, kind="gap", channel="books", instrument="QUIET-USDT", count_max=1)
        await place(served.sandbox, 9_900)
        await client.quiet()
        await place(served.sandbox, 9_901)
        second = (await client.next_of("books"))["data"][0]
        assert second["prevSeqId"] != first["seqId"]


async def test_a_stalled_feed_comes_late_and_in_order_while_others_go_on(served: Served) -> None:
    async with served.client("public") as client:
        for channel in ("books", "bbo-tbt"):
            await client.subscribe({"channel": channel, "instId": "QUIET-USDT"})
            await client.next_of(channel)
        await add(served.sandbox, kind="stall", channel="books", delay_ms="500", count_max=1)
        begun = time.perf_counter()
        for price in (9_900, 9_901):
            await place(served.sandbox, price)
            await asyncio.sleep(0.15)
        arrived = [await client.next() for _ in range(4)]
        assert time.perf_counter() - begun >= 0.5
        channels = [message["arg"]["channel"] for message in arrived]
        assert channels == ["bbo-tbt", "bbo-tbt", "books", "books"]
        late = [message["data"][0] for message in arrived[2:]]
        assert late[1]["prevSeqId"] == late[0]["seqId"], "nothing is lost"


# -- The record


async def test_the_record_repeats_what_happened(sandbox: Sandbox) -> None:
    await add(sandbox, kind="error", probability="0.4", operation="/public/*")
    await add(sandbox, kind="reject", probability="0.4", account="trader")

    async def day() -> list[str]:
        times = [(await sandbox.house.get("public/time")).code for _ in range(20)]
        orders = await sandbox.house.trader.post("trade/batch-orders", [ORDER] * 20)
        return times + [row["sCode"] for row in orders.data]

    first = await day()
    record: dict[str, Any] = (await sandbox.get("faults/record")).row
    assert {line["kind"] for line in record["injected"]} == {"error", "reject"}
    await sandbox.post("reset")
    assert (await sandbox.get("faults")).row["rules"] == []
    assert (await sandbox.post("faults", json.dumps(record).encode())).code == "0"
    assert await day() == first
    assert (await sandbox.get("faults/record")).row == record


async def test_the_connections_of_one_account_have_the_same_day_again_whatever_others_open(served: Served) -> None:
    day = {"rules": [{"kind": "error", "operation": "ws order", "probability": "0.5", "code": "50013"}]}
    days: list[list[str]] = []
    for others in (0, 3):
        await served.sandbox.post("faults", day)
        for _ in range(others):
            async with served.client("private", OTHER) as other:
                await other.ask({"id": "1", "op": "order", "args": [ORDER]})
        codes: list[str] = []
        for _ in range(2):
            async with served.client("private", TRADER) as client:
                codes += [(await client.ask({"id": "1", "op": "order", "args": [ORDER]}))["code"] for _ in range(15)]
        days.append(codes)
    assert set(days[0]) == {"0", "50013"}
    assert days[0] == days[1]


async def test_a_burst_strikes_whatever_comes_next(sandbox: Sandbox) -> None:
    await add(sandbox, kind="error", operation="/public/*", code="50011", probability="0.2", burst="4", count_max="4")
    paths = ["public/time", "public/instruments?instType=SPOT", "public/time"] * 12
    codes = [(await sandbox.house.get(path.partition("?")[0], instType="SPOT")).code for path in paths]
    first = codes.index("50011")
    assert codes[first : first + 4] == ["50011"] * 4
    assert codes.count("50011") == 4


async def test_a_record_survives_hostile_input(sandbox: Sandbox) -> None:
    for body in (
        b"[1]",
        b'{"rules":[[]]}',
        b'{"rules":[{"kind":{}}]}',
        b'{"seed":{}}',
        b'{"kind":"error","account":[]}',
    ):
        assert (await sandbox.post("faults", body)).code == "51000"


async def test_a_socket_suffers_by_the_account_that_logged_in(served: Served) -> None:
    await add(served.sandbox, kind="error", operation="ws order", account="trader", code="50011")
    async with served.client("private", TRADER) as client, served.client("private", OTHER) as other:
        assert (await client.ask({"id": "1", "op": "order", "args": [ORDER]}))["code"] == "50011"
        assert (await other.ask({"id": "1", "op": "order", "args": [ORDER]}))["code"] == "0"


async def test_what_is_no_request_is_answered_as_ever(served: Served) -> None:
    await add(served.sandbox, kind="latency", operation="ws *", delay_ms="1")
    async with served.client("public") as client:
        assert (await client.ask("rubbish"))["code"] == "60012"
        assert (await client.ask({"op": "dance"}))["code"] == "60019"


async def test_late_pushes_keep_their_order_and_outlive_their_rule(served: Served) -> None:
    async with served.client("public") as client:
        await client.subscribe(BOOKS)
        await client.next_of("books")
        await add(
            served.sandbox, kind="latency", channel="books", delay_ms="300", spread_ms="290", distribution="uniform"
        )
        for price in (9_900, 9_901, 9_902):
            await place(served.sandbox, price)
            await asyncio.sleep(0.11)
        await served.sandbox.post("faults", None, "DELETE")
        await place(served.sandbox, 9_903)
        pushes = [(await client.next_of("books"))["data"][0] for _ in range(4)]
        assert [push["prevSeqId"] for push in pushes[1:]] == [push["seqId"] for push in pushes[:-1]]


async def test_a_client_that_leaves_takes_its_held_frames_along(served: Served) -> None:
    async with served.client("public") as client:
        await client.subscribe(BOOKS)
        await client.next_of("books")
        await add(served.sandbox, kind="stall", channel="books", delay_ms="200")
        await place(served.sandbox, 9_900)
        await asyncio.sleep(0.15)
    await asyncio.sleep(0.2)
    async with served.client("public") as another:
        assert await another.ask("ping") == "pong"


async def test_requests_held_back_are_bounded(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ws_faults, "_WAITING_MAX", 3)
    await add(served.sandbox, kind="latency", operation="ws *", delay_ms="5000")
    async with served.client("public") as client:
        for _ in range(4):
            client.send({"op": "subscribe", "args": [BOOKS]})
        assert await client.end() == 4005


async def test_a_stopped_engine_is_told(sandbox: Sandbox) -> None:
    await sandbox.house.engine.stop()
    for path, body in (("clock", {"step_ms": "1"}), ("reset", {}), ("accounts", {"name": "late"})):
        reply = await sandbox.post(path, body)
        assert (reply.status, reply.code) == (503, "50001")
