"""``/sandbox/clock``, and clients that go by one clock or the other."""

from typing import Any

import pytest

from tests.edge.house import START_MS, iso
from tests.edge.sandbox.conftest import MACHINE_MS, Sandbox, Served


async def test_it_shows_time_and_speed(sandbox: Sandbox) -> None:
    assert (await sandbox.get("clock")).row == {
        "now_ms": str(START_MS),
        "speed": "0",
        "state": "frozen",
        "goal_ms": "",
        "machine_ms": str(MACHINE_MS),
        "follows_machine": "false",
    }


@pytest.mark.parametrize(
    ("body", "later_ms", "speed"),
    [
        ({"step_ms": "60000"}, 60_000, "0"),
        ({"step_ms": 60000}, 60_000, "0"),
        ({"to_ms": str(START_MS + 5)}, 5, "0"),
        ({"to_ms": START_MS}, 0, "0"),
        ({"step_ms": "0"}, 0, "0"),
        ({"speed": "60"}, 0, "60"),
        ({"speed": 60}, 0, "60"),
        ({"speed": 0.5}, 0, "0.5"),
        ({"speed": "0"}, 0, "0"),
        ({"speed": "2", "step_ms": "1000"}, 1_000, "2"),
    ],
)
async def test_it_takes_text_and_numbers(sandbox: Sandbox, body: dict[str, object], later_ms: int, speed: str) -> None:
    row = (await sandbox.post("clock", body)).row
    assert (int(row["now_ms"]) - START_MS, row["speed"]) == (later_ms, speed)
    time = await sandbox.house.get("public/time")
    assert int(time.row["ts"]) == START_MS + later_ms, "all the exchange shows this time"


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ({"speed": "-1"}, "51000", "speed"),
        ({"speed": -1}, "51000", "speed"),
        ({"speed": "1e9"}, "51000", "speed"),
        ({"speed": "100001"}, "51000", "speed"),
        ({"speed": "fast"}, "51000", "speed"),
        ({"speed": [1]}, "51000", "speed"),
        ({"speed": True}, "51000", "speed"),
        ({"step_ms": "-1"}, "51000", "step_ms"),
        ({"step_ms": "1.5"}, "51000", "step_ms"),
        ({"step_ms": "31622400001"}, "51000", "step_ms"),
        ({"step_ms": "9" * 60}, "51000", "step_ms"),
        ({"to_ms": str(START_MS - 1)}, "51000", "to_ms"),
        ({"to_ms": "9" * 18}, "51000", "to_ms"),
        ({"to_ms": "2524608000001"}, "51000", "to_ms"),
        ({"to_ms": str(START_MS + 31_622_400_001)}, "51000", "to_ms"),
        ({"to_ms": str(START_MS + 5), "step_ms": "5"}, "50024", "step_ms"),
        ({"speed": "2", "to_ms": "1"}, "51000", "to_ms"),
        ({"sped": "2"}, "51000", "sped"),
        ({"step_ms": "5", "wait": "maybe"}, "51000", "wait"),
        ({}, "50015", "speed"),
        ([], "51000", "body"),
        (b"{", "50002", "JSON"),
        (b"\xff", "50002", "JSON"),
    ],
)
async def test_what_it_refuses_changes_nothing(sandbox: Sandbox, body: Any, code: str, named: str) -> None:
    before = (await sandbox.get("clock")).row
    reply = await sandbox.post("clock", body)
    assert reply.code == code
    assert named in reply.json["msg"]
    assert (await sandbox.get("clock")).row == before


@pytest.mark.parametrize(
    ("move", "wait"), [({"step_ms": "172800000"}, "false"), ({"to_ms": str(START_MS + 172_800_000)}, False)]
)
async def test_nobody_has_to_wait_for_a_long_way(sandbox: Sandbox, move: dict[str, str], wait: object) -> None:
    goal_ms = START_MS + 172_800_000
    row = (await sandbox.post("clock", {**move, "wait": wait})).row
    assert (row["state"], row["goal_ms"]) == ("moving", str(goal_ms))
    assert int(row["now_ms"]) < goal_ms
    assert (await sandbox.house.trader.place()).code == "0", "the exchange goes on answering"
    second = (await sandbox.post("clock", {"step_ms": "1000"})).row
    assert int(second["now_ms"]) == goal_ms + 1_000, "one way after the other"
    assert (second["state"], second["goal_ms"]) == ("frozen", "")


async def test_on_a_frozen_clock_orders_work_and_time_stands(sandbox: Sandbox) -> None:
    assert (await sandbox.house.trader.place()).row["ts"] == str(START_MS)
    assert (await sandbox.house.other.place(side="sell")).row["ts"] == str(START_MS)
    assert (await sandbox.house.trader.get("trade/fills")).row["ts"] == str(START_MS)


async def test_at_speed_all_the_exchange_follows(sandbox: Sandbox) -> None:
    await sandbox.post("clock", {"speed": "60"})
    sandbox.steady.advance_ms(1_000)
    assert int((await sandbox.house.get("public/time")).row["ts"]) == START_MS + 60_000


async def test_the_dead_mans_switch_follows(sandbox: Sandbox) -> None:
    trader = sandbox.house.trader
    order_id = (await trader.place()).row["ordId"]
    await trader.post("trade/cancel-all-after", {"timeOut": "60"})
    await sandbox.post("clock", {"step_ms": "59999"})
    assert (await trader.get("trade/order", instId="QUIET-USDT", ordId=order_id)).row["state"] == "live"
    await sandbox.post("clock", {"step_ms": "3600000"})
    row = (await trader.get("trade/order", instId="QUIET-USDT", ordId=order_id)).row
    assert (row["state"], int(row["uTime"])) == ("canceled", START_MS + 60_000)


@pytest.mark.parametrize(
    ("signed_ms", "code"),
    [
        (START_MS, "0"),
        (START_MS - 30_000, "0"),
        (START_MS + 30_001, "50102"),
        (MACHINE_MS, "0"),
        (MACHINE_MS + 30_000, "0"),
        (MACHINE_MS - 30_001, "50102"),
        (MACHINE_MS + 30_001, "50102"),
    ],
)
async def test_a_signature_is_good_by_either_clock(sandbox: Sandbox, signed_ms: int, code: str) -> None:
    headers: dict[str, str | None] = {"OK-ACCESS-TIMESTAMP": iso(signed_ms)}
    assert (await sandbox.house.trader.call("GET", "/api/v5/account/balance", headers=headers)).code == code


@pytest.mark.parametrize(
    ("expires_ms", "code"),
    [
        (START_MS + 1_000, "0"),
        (START_MS + 60_000, "0"),
        (START_MS, "0"),
        (START_MS - 1, "50036"),
        (START_MS - 40_000, "50036"),
        (MACHINE_MS + 1_000, "0"),
        (MACHINE_MS + 60_000, "0"),
        (MACHINE_MS - 1, "50036"),
        (MACHINE_MS - 20_000, "50036"),
    ],
)
async def test_an_order_expires_by_the_clock_its_sender_goes_by(sandbox: Sandbox, expires_ms: int, code: str) -> None:
    reply = await sandbox.house.trader.post(
        "trade/order",
        {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "99"},
        headers={"expTime": str(expires_ms)},
    )
    assert reply.code == code


async def test_clocks_that_differ_by_seconds_never_make_a_good_time_bad(sandbox: Sandbox) -> None:
    body = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "99"}
    await sandbox.post("clock", {"to_ms": MACHINE_MS + 10_000})
    for later_ms, code in ((7_000, "0"), (-1, "50036"), (11_000, "0")):
        reply = await sandbox.house.trader.post(
            "trade/order", body, headers={"expTime": str(MACHINE_MS + later_ms), "OK-ACCESS-TIMESTAMP": iso(MACHINE_MS)}
        )
        assert reply.code == code, later_ms


async def test_candles_of_all_minutes_on_the_way_are_pushed(served: Served) -> None:
    house = served.sandbox.house
    await house.trader.place(side="sell")
    await house.other.place()
    async with served.client("business") as client:
        await client.subscribe({"channel": "candle1m", "instId": "QUIET-USDT"})
        opened_ms = int((await client.next_of("candle1m"))["data"][0][0])
        await served.sandbox.post("clock", {"step_ms": "240000"})
        # A push may come between two minutes of the step, and then shows the running minute before it is over.
        shown: dict[int, str] = {}
        while 240_000 not in shown:
            candle = (await client.next_of("candle1m"))["data"][0]
            shown[int(candle[0]) - opened_ms] = candle[8]
        assert list(shown.items()) == [(0, "1"), (60_000, "1"), (120_000, "1"), (180_000, "1"), (240_000, "0")]
