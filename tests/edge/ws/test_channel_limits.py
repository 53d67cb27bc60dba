"""How much a client, an account and all together may follow, and how they are told."""

from pathlib import Path
from typing import Any

import pytest
from picows import WSInvalidStatusError, ws_connect

from lonja.edge.wire.channels import CHANNELS
from lonja.edge.ws import connection_counts, dialogue, hub
from lonja.edge.ws.connection_counts import ConnectionCounts
from tests.edge.ws.house import OTHER, TRADER, Client, House, open_house

COUNTED: list[dict[str, str]] = [
    {"channel": "orders", "instType": "ANY"},
    {"channel": "account"},
    {"channel": "positions", "instType": "ANY"},
    {"channel": "balance_and_position"},
    {"channel": "liquidation-warning", "instType": "ANY"},
    {"channel": "account-greeks"},
]


async def _count(client: Client) -> tuple[str, str]:
    message = await client.counts.get()
    assert set(message) == {"event", "channel", "connCount", "connId"}
    return message["channel"], message["connCount"]


async def test_the_connections_of_an_account_are_counted(house: House) -> None:
    for arg in COUNTED:
        await _counted(house, arg)


async def _counted(house: House, arg: dict[str, str]) -> None:
    name = arg["channel"]
    async with house.client("private", TRADER) as one, house.client("private", TRADER) as two:
        await one.subscribe(arg)
        assert await _count(one) == (name, "1")
        await two.subscribe(arg)
        assert await _count(two) == (name, "2")
        async with house.client("private", OTHER) as other:
            await other.subscribe(arg)
            assert await _count(other) == (name, "1")
        await one.ask({"op": "unsubscribe", "args": [arg]})
        async with house.client("private", TRADER) as three:
            await three.subscribe(arg)
            assert await _count(three) == (name, "2")


async def test_one_connection_counts_once_per_channel(house: House) -> None:
    async with house.client("private", TRADER) as client:
        for arg in ({"instType": "ANY"}, {"instType": "SPOT"}, {"instType": "SPOT", "instId": "BTC-USDT"}):
            await client.subscribe({"channel": "orders", **arg})
            assert await _count(client) == ("orders", "1")
        await client.ask({"op": "unsubscribe", "args": [{"channel": "orders", "instType": "ANY"}]})
        await client.subscribe({"channel": "account"})
        assert await _count(client) == ("account", "1")


async def test_channels_that_are_not_counted_say_nothing_of_it(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe({"channel": "fills"})
        await client.quiet(0.1)
        assert client.counts.empty()


async def test_one_connection_too_many_is_acknowledged_and_then_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "ConnectionCounts", lambda: ConnectionCounts(2))
    arg = {"channel": "balance_and_position"}
    async with open_house(tmp_path) as house, house.client("private", TRADER) as last:
        async with house.client("private", TRADER) as one, house.client("private", TRADER) as two:
            for client in (one, two):
                await client.subscribe(arg)
            assert (await last.ask({"op": "subscribe", "args": [arg]}))["event"] == "subscribe"
            refusal = await last.next()
            assert refusal == {
                "event": "channel-conn-count-error",
                "channel": "balance_and_position",
                "connCount": "2",
                "connId": refusal["connId"],
            }
            await last.quiet(0.1)
            # What is followed already goes on, and so does everything else of the connection.
            await last.subscribe({"channel": "account"})
            assert (await last.next_of("account"))["eventType"] == "snapshot"
        await last.subscribe(arg)
        assert (await last.next_of("balance_and_position"))["data"][0]["eventType"] == "snapshot"


def test_thirty_connections_of_an_account_may_follow_a_channel() -> None:
    counts = ConnectionCounts()
    assert connection_counts.CONNECTIONS_PER_CHANNEL == 30
    assert [counts.join(1, "orders", number) for number in range(31)] == [True] * 30 + [False]
    assert counts.join(1, "orders", 5)
    counts.leave(1, "orders", 5)
    assert not counts.join(1, "orders", 31)
    counts.leave(1, "orders", 5)
    assert counts.join(1, "orders", 31)
    assert counts.join(2, "orders", 31)
    assert (counts.count(1, "orders"), counts.count(2, "orders"), counts.count(3, "orders")) == (30, 1, 0)


def _tickers(*instruments: str) -> dict[str, Any]:
    return {"op": "subscribe", "args": [{"channel": "tickers", "instId": name} for name in instruments]}


async def test_a_connection_that_follows_too_much_is_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "CHANNELS_MAX", 1)
    async with house.client("public") as client:
        client.send(_tickers("BTC-USDT", "QUIET-USDT", "BTC-USDT"))
        assert await client.end() == 4009
    assert house.servers.hub.followed_channels() == 0


async def test_a_house_that_is_full_closes_who_asks_for_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SUBSCRIPTIONS_MAX", 1)
    async with house.client("public") as first, house.client("public") as second:
        await first.subscribe({"channel": "tickers", "instId": "BTC-USDT"})
        await first.next()
        second.send(_tickers("BTC-USDT"))
        assert await second.end() == 4008
        await first.ask({"op": "unsubscribe", "args": [{"channel": "tickers", "instId": "BTC-USDT"}]})
        assert (await first.ask(_tickers("QUIET-USDT")))["event"] == "subscribe"


async def test_more_connections_than_the_house_takes_are_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "CONNECTIONS_MAX", 1)
    async with house.client("public") as client:
        assert not house.servers.hub.admits("127.0.0.1")
        assert await client.ask("ping") == "pong"


async def test_an_address_opens_thirty_connections_at_once_and_then_three_a_second(tmp_path: Path) -> None:
    async with open_house(tmp_path, rate_limits=True) as house:
        hub_of_house = house.servers.hub
        for _ in range(28):
            assert hub_of_house.admits("127.0.0.1")
        async with house.client("public"), house.client("business"):
            assert not hub_of_house.admits("127.0.0.1")
            assert hub_of_house.admits("192.0.2.1")
            with pytest.raises(WSInvalidStatusError, match="429"):
                await ws_connect(Client, house.url("public"))
    assert hub.CONNECTION_RATE.limit / hub.CONNECTION_RATE.window_s == 3


async def test_pushes_repeat_no_more_of_an_argument_than_its_channel_knows(house: House) -> None:
    arg = {"channel": "orders", "instType": "SPOT", "instFamily": "x" * 1_000, "ccy": "BTC", "extra": {"a": 1}}
    async with house.client("private", TRADER) as client:
        await client.subscribe(arg)
        await house.place(TRADER, 0, 9_000, 4)
        uid = house.services.identity.uid(TRADER)
        assert (await client.next())["arg"] == {"channel": "orders", "instType": "SPOT", "uid": uid}


SILENT: list[tuple[str, dict[str, str]]] = [
    ("public", {"channel": "call-auction-details", "instId": "QUIET-USDT"}),
    ("business", {"channel": "block-tickers", "instId": "QUIET-USDT"}),
    ("business", {"channel": "public-block-trades", "instId": "QUIET-USDT"}),
    ("business", {"channel": "public-struc-block-trades"}),
    ("private", {"channel": "liquidation-warning", "instType": "ANY"}),
    ("private", {"channel": "account-greeks"}),
    ("private", {"channel": "account-greeks", "ccy": "BTC"}),
    ("business", {"channel": "orders-algo", "instType": "SPOT"}),
    ("business", {"channel": "orders-algo", "instType": "ANY", "instId": "QUIET-USDT"}),
    ("business", {"channel": "algo-advance", "instType": "SPOT", "algoId": "5"}),
    ("business", {"channel": "deposit-info"}),
    ("business", {"channel": "withdrawal-info", "ccy": "BTC"}),
]


async def test_what_the_house_has_none_of_can_be_followed_and_is_silent(house: House) -> None:
    for endpoint, arg in SILENT:
        async with house.client(endpoint) as stranger, house.client(endpoint, TRADER) as client:
            request = {"op": "subscribe", "args": [arg]}
            told = await stranger.ask(request)
            is_own = CHANNELS[arg["channel"]].needs_login
            assert (told["event"], told.get("code")) == (("error", "60011") if is_own else ("subscribe", None)), arg
            assert (await client.ask(request))["event"] == "subscribe", arg
            await house.place(TRADER, 0, 9_000, 4)
            await client.quiet(0.05)
            assert (await client.ask({"op": "unsubscribe", "args": [arg]}))["event"] == "unsubscribe", arg
