"""Channels of futures, margin and risk: subscribed to rightly, with each key missing, wrong, and where they are not offered."""

import json
from typing import Any

import pytest

from lonja.edge.wire.channels import BUSINESS, CHANNELS, PRIVATE, PUBLIC, Channel
from tests.edge.ws.house import TRADER, Client, House

SWAP, FAMILY = {"instId": "QUIET-USDT-SWAP"}, {"instType": "FUTURES", "instFamily": "QUIET-USDT"}
ASKED: dict[str, dict[str, str]] = {
    "positions": {"instType": "SWAP", **SWAP},
    "liquidation-warning": {"instType": "SWAP"},
    "liquidation-orders": {"instType": "SWAP"},
    "adl-warning": {"instType": "SWAP", "instFamily": "QUIET-USDT"},
    "open-interest": SWAP,
    "funding-rate": SWAP,
    "price-limit": SWAP,
    "mark-price": SWAP,
    "mark-price-candle1m": SWAP,
    "index-candle1m": {"instId": "QUIET-USDT"},
    "estimated-price": FAMILY,
    "orders-algo": {"instType": "SWAP"},
    "algo-advance": {"instType": "SWAP"},
    "account-greeks": {"ccy": "BTC"},
}
WRONG: list[Any] = [
    *(None, 0, -1, 10**30, 1.5, True, [], ["a"], {}, {"a": {"b": 1}}, "", " ", "nothing-like-it", "x" * 3_000),
    *("\u0663", "a\u0000b", "1e3", "NaN", "QUIET-USDT", "OPTION", "ANY", "swap"),
]
UNKNOWN, CODES = "60018", ("60012", "60013", "60018", "64001", "64002", "60011")


@pytest.fixture
def endpoints() -> dict[str, int | None]:
    """Where channels are, and who is logged in there."""
    return {PUBLIC: None, PRIVATE: TRADER, BUSINESS: TRADER}


async def subscribe(client: Client, arg: dict[str, Any]) -> str:
    """The code of the answer; "0" when it is accepted, and then it is left again."""
    client.send({"id": "7", "op": "subscribe", "args": [arg]})
    answer = await answer_of(client)
    if answer["event"] == "error":
        assert answer["code"] in CODES, (arg, answer)
        assert answer["msg"], answer
        assert answer["id"] == "7", answer
        return str(answer["code"])
    assert answer["event"] == "subscribe", (arg, answer)
    client.send({"op": "unsubscribe", "args": [arg]})
    assert (await answer_of(client))["event"] == "unsubscribe"
    return "0"


async def answer_of(client: Client) -> dict[str, Any]:
    """The next message that is no push."""
    while "event" not in (message := await client.next()):
        assert "data" in message
    return dict(message)


async def test_every_channel_with_each_key_missing_and_wrong(futures: House, endpoints: dict[str, int | None]) -> None:
    for endpoint, account in endpoints.items():
        async with futures.client(endpoint, account) as client:
            for name, arg in ASKED.items():
                channel = CHANNELS[name]
                if channel.endpoint != endpoint:
                    continue
                good = {"channel": name, **arg}
                assert await subscribe(client, good) == "0", good
                for key in arg:
                    await without(client, channel, {other: value for other, value in good.items() if other != key}, key)
                    for value in WRONG:
                        await subscribe(client, good | {key: value})
                for value in WRONG:
                    assert await subscribe(client, good | {"channel": value}) != "0", value
            assert await client.ask("ping") == "pong"


async def without(client: Client, channel: Channel, arg: dict[str, Any], key: str) -> None:
    """What must be there is missed."""
    code = await subscribe(client, arg)
    assert key not in channel.required or code == UNKNOWN, (arg, code)


async def test_every_channel_where_it_is_not(futures: House, endpoints: dict[str, int | None]) -> None:
    for endpoint, account in endpoints.items():
        async with futures.client(endpoint, account) as client:
            for name, arg in ASKED.items():
                if CHANNELS[name].endpoint == endpoint:
                    continue
                expected = "64001" if CHANNELS[name].endpoint == BUSINESS else UNKNOWN
                expected = "64002" if endpoint == BUSINESS else expected
                assert await subscribe(client, {"channel": name, **arg}) == expected, (endpoint, name)


async def test_channels_of_ones_own_want_a_login(futures: House) -> None:
    for endpoint in (PRIVATE, BUSINESS):
        async with futures.client(endpoint) as client:
            for name, arg in ASKED.items():
                if CHANNELS[name].endpoint == endpoint and CHANNELS[name].needs_login:
                    assert await subscribe(client, {"channel": name, **arg}) == "60011", name


@pytest.mark.parametrize("op", ["order-algo", "cancel-algos", "nothing"])
async def test_operations_that_there_are_not_are_refused(futures: House, op: str) -> None:
    async with futures.client(PRIVATE, TRADER) as client:
        answer = await client.ask({"id": "1", "op": op, "args": [{}]})
        assert (answer["event"], answer["code"]) == ("error", "60019"), json.dumps(answer)
        assert await client.ask("ping") == "pong"
