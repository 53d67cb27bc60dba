"""The protocol as a client sees it: acknowledgments, errors, login, pings, closing."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from picows import WSMsgType, ws_connect

from lonja.edge.ws.connection import FRAME_BYTES_MAX, Limits
from tests.edge.ws.house import OTHER, TRADER, Client, House, login_arg, open_house

TICKERS = {"channel": "tickers", "instId": "QUIET-USDT"}


def _subscribe(*args: Any, **more: Any) -> dict[str, Any]:
    return {"op": "subscribe", "args": list(args), **more}


# endpoint, request, code, a part of the message
REFUSALS = [
    ("public", "nonsense", "60012", "Illegal request: nonsense"),
    ("public", '{"op":"ping"}', "60012", 'Illegal request: {"op":"ping"}'),
    ("public", '{"op":"fly","args":[]}', "60019", "Invalid op: fly"),
    ("public", _subscribe(), "60013", "Invalid args"),
    ("public", {"op": "subscribe"}, "60012", "Illegal request: "),
    ("public", _subscribe("spot/ticker:BTC-USDT"), "60012", "Illegal request: "),
    ("public", _subscribe({"instId": "QUIET-USDT"}), "60013", "Invalid args"),
    ("public", _subscribe({"channel": 5}), "60013", "Invalid args"),
    ("public", _subscribe({"channel": "nothing"}), "60018", "channel:nothing"),
    ("public", _subscribe({"channel": "tickers"}), "60018", "channel:tickers"),
    ("public", _subscribe({"channel": "tickers", "instId": "NO-NE"}), "60018", "channel:tickers,instId:NO-NE"),
    ("public", _subscribe({"channel": "tickers", "instId": ["BTC-USDT"]}), "60018", "channel:tickers"),
    ("public", _subscribe({"channel": "books", "instId": "quiet-usdt"}), "60018", "instId:quiet-usdt"),
    ("public", _subscribe({"channel": "account"}), "60018", "channel:account"),
    ("public", _subscribe({"channel": "candle1m", "instId": "QUIET-USDT"}), "64001", "/business"),
    ("public", {"op": "unsubscribe", "args": [{"channel": "nothing"}]}, "60018", "channel:nothing"),
    ("public", {"op": "order", "id": "1", "args": [{}]}, "60028", "URL"),
    ("business", _subscribe(TICKERS), "64002", "/public"),
    ("business", _subscribe({"channel": "candle7m", "instId": "QUIET-USDT"}), "60018", "channel:candle7m"),
    ("business", _subscribe({"channel": "candle1m", "instId": ""}), "60018", "channel:candle1m"),
    ("private", _subscribe(TICKERS), "60018", "channel:tickers"),
    ("private", _subscribe({"channel": "account"}), "60011", "log in"),
    ("private", _subscribe({"channel": "orders", "instType": "SPOT"}), "60011", "log in"),
    ("private", _subscribe({"channel": "orders"}), "60018", "channel:orders"),
    ("private", _subscribe({"channel": "orders", "instType": "HOUSE"}), "60018", "instType:HOUSE"),
    ("private", _subscribe({"channel": "orders", "instType": "SPOT", "instId": "NO"}), "60018", "instId:NO"),
    ("private", _subscribe({"channel": "account", "ccy": "NONE"}), "60018", "ccy:NONE"),
    ("private", _subscribe({"channel": "account", "extraParams": "{"}), "60013", "Invalid args"),
    ("private", {"op": "order", "args": [{}]}, "60011", "log in"),
]


async def test_each_refusal_has_its_documented_code(house: House) -> None:
    for endpoint in ("public", "private", "business"):
        async with house.client(endpoint) as client:
            for where, request, code, part in REFUSALS:
                if where != endpoint:
                    continue
                answer = await client.ask(request)
                assert (answer["event"], answer["code"]) == ("error", code), (request, answer)
                assert part in answer["msg"], (request, answer)
                assert answer["connId"], answer
            assert await client.ask("ping") == "pong"


async def test_an_acknowledgment_repeats_the_argument_and_the_id(house: House) -> None:
    async with house.client("public") as client:
        arg = {"channel": "tickers", "instType": None, "instId": "QUIET-USDT", "more": {"x": 1}}
        answer = await client.ask(_subscribe(arg, id="17"))
        assert answer == {"id": "17", "event": "subscribe", "arg": arg, "connId": answer["connId"]}
        push = await client.next()
        assert push["arg"] == TICKERS
        assert set(push) == {"arg", "data"}
        answer = await client.ask({"op": "unsubscribe", "id": "18", "args": [TICKERS]})
        assert answer == {"id": "18", "event": "unsubscribe", "arg": TICKERS, "connId": answer["connId"]}


async def test_answers_are_compact_json(house: House) -> None:
    class Raw(Client):
        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            self.messages.put_nowait(frame.get_payload_as_bytes())

    transport, client = await ws_connect(Raw, house.url("public"))
    assert isinstance(client, Raw)
    client.send(_subscribe(TICKERS))
    acknowledgment = await client.next()
    assert acknowledgment.startswith(
        b'{"event":"subscribe","arg":{"channel":"tickers","instId":"QUIET-USDT"},"connId":"'
    )
    assert (await client.next()).startswith(b'{"arg":{"channel":"tickers","instId":"QUIET-USDT"},"data":[{')
    transport.disconnect()
    await transport.wait_disconnected()


async def test_every_argument_is_answered_for_itself(house: House) -> None:
    async with house.client("public") as client:
        client.send(_subscribe(TICKERS, {"channel": "nothing"}, {"channel": "books", "instId": "BTC-USDT"}))
        events = [await client.next() for _ in range(5)]
        assert [event.get("event") or event["arg"]["channel"] for event in events] == [
            "subscribe", "tickers", "error", "subscribe", "books",
        ]  # fmt: skip


async def test_a_repeated_subscription_is_acknowledged_and_nothing_more(house: House) -> None:
    async with house.client("public") as client:
        books = {"channel": "books", "instId": "QUIET-USDT"}
        # Clients that grow their wish list send what they have again and again.
        growing = [[TICKERS], [TICKERS, books], [TICKERS, books, {"channel": "trades", "instId": "QUIET-USDT"}]]
        pushes = []
        for args in growing:
            client.send(_subscribe(*args))
        for _ in range(6 + 2):
            message = await client.next()
            if "data" in message:
                pushes.append(message["arg"]["channel"])
        assert pushes == ["tickers", "books"]
        await client.quiet(0.2)
        await client.ask({"op": "unsubscribe", "args": [books]})
        await client.subscribe(books)
        assert (await client.next_of("books"))["action"] == "snapshot"


async def test_unsubscribing_from_what_was_not_subscribed_is_acknowledged(house: House) -> None:
    async with house.client("public") as client:
        assert (await client.ask({"op": "unsubscribe", "args": [TICKERS]}))["event"] == "unsubscribe"


async def test_the_timestamp_of_a_login_may_have_any_form(house: House) -> None:
    key = house.keys[TRADER]
    now = time.time()
    for text in (f"{now:.0f}", f"{now:.3f}"):
        quoted = json.dumps(login_arg(key, text))
        for arg in (quoted, quoted.replace(f'"{text}"', text)):
            async with house.client("private") as client:
                answer = await client.ask(f'{{"op": "login", "args": [{arg}]}}')
                assert answer == {"event": "login", "code": "0", "msg": "", "connId": answer["connId"]}


WRONG_LOGINS = [
    ({"apiKey": "unknown"}, "60005"),
    ({"apiKey": ""}, "60005"),
    ({"passphrase": "wrong"}, "60024"),
    ({"sign": "d3Jvbmc="}, "60007"),
    ({"sign": "\u00e4\u4e16"}, "60007"),
    ({"timestamp": "yesterday"}, "60004"),
    ({"timestamp": ""}, "60004"),
    ({"timestamp": "-5"}, "60004"),
    ({"timestamp": "1538054050"}, "60006"),
    ({"timestamp": "9" * 30}, "60006"),
]


async def test_a_wrong_login_is_told_why_and_closed(house: House) -> None:
    key = house.keys[TRADER]
    for change, code in WRONG_LOGINS:
        arg = {**login_arg(key, change.get("timestamp")), **change}
        async with house.client("private") as client:
            answer = await client.ask({"op": "login", "id": "5", "args": [arg]})
            assert (answer["event"], answer["code"], answer["id"]) == ("error", code, "5"), change
            assert await client.end() == 4001


async def test_a_malformed_login_is_refused_and_closed(house: House) -> None:
    malformed: list[tuple[Any, str]] = [
        ([], "60009"), ([{}, {}], "60009"), ([{}], "60005"), ([5], "60013"), (None, "60013"),
    ]  # fmt: skip
    for args, code in malformed:
        async with house.client("private") as client:
            answer = await client.ask({"op": "login", "args": args})
            assert (answer["event"], answer["code"]) == ("error", code), args
            assert await client.end() == 4001


async def test_a_repeated_login_is_refused_and_the_session_lives_on(house: House) -> None:
    async with house.client("private", TRADER) as client:
        answer = await client.ask({"op": "login", "args": [login_arg(house.keys[OTHER])]})
        assert (answer["event"], answer["code"]) == ("error", "60031")
        await client.subscribe({"channel": "account"})
        push = await client.next_of("account")
        assert push["arg"]["uid"] == house.services.identity.uid(TRADER)


async def test_a_session_ends_with_its_key(house: House) -> None:
    async with house.client("private", TRADER) as gone, house.client("private", OTHER) as stays:
        house.services.identity.remove_key(house.keys[TRADER].key.api_key)
        assert await gone.end() == 4007
        assert await stays.ask("ping") == "pong"


async def test_a_session_ends_when_its_key_may_do_other_things(house: House) -> None:
    change_key = house.services.identity.change_key
    key, other = house.keys[TRADER].key.api_key, house.keys[OTHER].key.api_key
    async with house.client("private", TRADER) as gone, house.client("private", OTHER) as gone_too:
        change_key(key, label="another name")
        assert await gone.ask("ping") == "pong"
        change_key(key, permissions=["read"])
        assert await gone.end() == 4007
        change_key(other, networks=["203.0.113.7"])
        assert await gone_too.end() == 4007


async def test_pings_of_both_kinds_are_answered(house: House) -> None:
    async with house.client("public") as client:
        assert await client.ask("ping") == "pong"
        client.transport.send_ping(b"are you there")
        assert await client.next() == b"are you there"


async def test_a_silent_connection_is_closed(tmp_path: Path) -> None:
    async with open_house(tmp_path, limits=Limits(idle_s=1.0)) as house, house.client("public") as client:
        assert await client.end() == 4004


async def test_any_frame_keeps_a_connection_open(tmp_path: Path) -> None:
    async with open_house(tmp_path, limits=Limits(idle_s=2.0)) as house, house.client("public") as client:
        for _ in range(4):
            await asyncio.sleep(0.7)
            client.transport.send_ping()
        assert not client.closed.done()


async def test_the_481st_request_of_an_hour_is_refused(tmp_path: Path) -> None:
    async with open_house(tmp_path, rate_limits=True) as house, house.client("public") as client:
        for _ in range(240):
            client.send(_subscribe({"channel": "nothing"}))
            client.send({"op": "unsubscribe", "args": [TICKERS]})
        codes = [(await client.next()).get("code") for _ in range(480)]
        assert "60014" not in codes
        assert (await client.ask(_subscribe(TICKERS, id="9")))["code"] == "60014"
        assert await client.ask("ping") == "pong"


async def test_fragments_are_joined(house: House) -> None:
    async with house.client("public") as client:
        text = json.dumps(_subscribe(TICKERS)).encode()
        client.transport.send(WSMsgType.TEXT, text[:10], fin=False)
        client.transport.send_ping(b"between")
        client.transport.send(WSMsgType.CONTINUATION, text[10:30], fin=False)
        client.transport.send(WSMsgType.CONTINUATION, text[30:])
        assert await client.next() == b"between"
        assert (await client.next())["event"] == "subscribe"


# frames (kind, payload, final), close code
BROKEN_FRAMES: list[tuple[list[tuple[WSMsgType, bytes, bool]], int]] = [
    ([(WSMsgType.BINARY, b"ping", True)], 1003),
    ([(WSMsgType.TEXT, b"\xff\xfe", True)], 1007),
    ([(WSMsgType.CONTINUATION, b"x", True)], 1002),
    ([(WSMsgType.TEXT, b"x", False), (WSMsgType.TEXT, b"x", True)], 1002),
    ([(WSMsgType.TEXT, b"x" * (FRAME_BYTES_MAX + 1), True)], 1009),
    ([(WSMsgType.TEXT, b"x" * FRAME_BYTES_MAX, False), (WSMsgType.CONTINUATION, b"x", False)], 1009),
]


async def test_broken_frames_close_the_connection(house: House) -> None:
    for frames, code in BROKEN_FRAMES:
        async with house.client("public") as client:
            for kind, payload, final in frames:
                client.transport.send(kind, payload, fin=final)
            assert await client.end() == code, frames[0][0]


async def test_a_compressed_frame_was_not_agreed_upon(house: House) -> None:
    async with house.client("public") as client:
        client.transport.send(WSMsgType.TEXT, b"ping", rsv1=True)
        assert await client.end() == 1002


async def test_the_close_code_of_the_client_is_answered(house: House) -> None:
    async with house.client("public") as client:
        client.transport.send_close(1000)  # type: ignore[arg-type]
        assert await client.end() == 1000


async def test_garbage_of_many_clients_leaves_the_house_running(house: House) -> None:
    for junk in (b"\x00" * 50, b"\x81\x7f" + b"\xff" * 8, b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00"):
        for port in (house.servers.port, house.servers.tls_port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(junk)
            writer.write_eof()
            await reader.read()
            writer.close()
            await writer.wait_closed()
    async with house.client("public") as client:
        assert await client.ask("ping") == "pong"
