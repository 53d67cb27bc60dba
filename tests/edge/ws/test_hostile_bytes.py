"""What no client of good will sends: bytes that are no HTTP, requests that never end, frames after a refused one."""

import asyncio
import json
import struct
from pathlib import Path

import pytest

from lonja.edge import http_guard
from tests.edge.ws.house import TRADER, House, login_arg, open_house

_UPGRADE = (
    b"GET /ws/v5/%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_POST = b"POST /api/v5/trade/order HTTP/1.1\r\nHost: x\r\n"
_CHUNKED = _POST + b"Transfer-Encoding: chunked\r\n\r\n"
_GET = b"GET /api/v5/public/time HTTP/1.1\r\nHost: x\r\n"


def _frame(payload: bytes, first: int = 0x81) -> bytes:
    """A masked frame whose mask changes nothing."""
    size = len(payload)
    length = bytes((0x80 | min(size, 125),))
    if size > 125:
        length = struct.pack("!BH", 0xFE, size) if size <= 0xFFFF else struct.pack("!BQ", 0xFF, size)
    return bytes((first,)) + length + bytes(4) + payload


def _text(message: object) -> bytes:
    return _frame(json.dumps(message).encode())


async def _talk(house: House, *parts: bytes, wait_s: float = 3.0) -> bytes:
    """Send ``parts``, one after the other, and read to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
    try:
        for part in parts:
            if writer.transport.is_closing() or reader.at_eof():
                break
            writer.write(part)
            await asyncio.sleep(0.01)
        return await asyncio.wait_for(reader.read(), wait_s)
    except ConnectionError:
        return b""
    finally:
        writer.close()


NO_HTTP = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
    b"\x00\x01\x02\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /api/v5/\xc3\xa9 HTTP/1.1\r\n\r\n",
    b"GET no-slash HTTP/1.1\r\n\r\n",
    b"FOO / HTTP/1.1\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    _GET + b"no colon\r\n\r\n",
    _GET + b"A: \x00\r\n\r\n",
    _GET + b"A: b\r\n folded\r\n\r\n",
    _GET + b"A: " + b"x" * 600_000 + b"\r\n\r\n",
    _POST + b"Content-Length: -1\r\n\r\n",
    _POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    _POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    _POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: gzip\r\n\r\n",
    _CHUNKED + b"zz\r\n",
)


async def test_what_is_no_http_is_answered_in_the_envelope(house: House) -> None:
    for sent in NO_HTTP:
        head, _, body = (await _talk(house, sent)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 "), sent[:80]
        assert b"content-type: application/json" in head
        assert (json.loads(body)["code"], json.loads(body)["data"]) == ("400", [])


async def test_trailers_without_end_are_cut_off(house: House) -> None:
    trailers = b"T: " + b"x" * 10_000 + b"\r\n"
    answer = await _talk(house, _CHUNKED + b"2\r\n{}\r\n0\r\n", *[trailers] * 20)
    assert b"HTTP/1.1 400 " in answer or answer == b"", "a reset may overtake the answer"


async def test_small_chunks_are_a_body_like_any_other(house: House) -> None:
    answer = await _talk(house, _CHUNKED + b"1\r\n{\r\n" * 5_000 + b"0\r\n\r\n" + _GET + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401 "), "the key is missing, not the body"
    assert b"HTTP/1.1 200 OK" in answer


UNFINISHED = (
    (_POST + b"Content-Length: 10\r\n\r\n{",),
    (_CHUNKED + b"ffffffffffffff\r\n{",),
    (_GET + b"\r\n", b"GET /api"),
    (_GET + b"\r\n", b"\r\n"),
)


async def test_who_does_not_finish_a_request_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_guard, "REQUEST_WAIT_S", 0.2)
    async with open_house(tmp_path, accounts=()) as house:
        # Reading to the end succeeds only when the server hangs up.
        answers = await asyncio.gather(*[_talk(house, *parts) for parts in UNFINISHED])
    assert [answer.count(b"200 OK") for answer in answers] == [0, 0, 1, 1]


async def test_who_finished_a_request_may_keep_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_guard, "REQUEST_WAIT_S", 0.1)
    async with open_house(tmp_path, accounts=()) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
        for _ in range(2):
            writer.write(_GET + b"\r\n")
            assert (await reader.readuntil(b"}]}")).startswith(b"HTTP/1.1 200 OK")
            await asyncio.sleep(0.2)
        writer.close()


async def test_nothing_after_a_refused_frame_counts(house: House) -> None:
    order = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "99"}
    async with house.client("private", TRADER):
        pass  # once known, a passphrase is checked at once
    answer = await _talk(
        house,
        _UPGRADE % b"private",
        _text({"op": "login", "args": [login_arg(house.keys[TRADER])]}),
        _frame(b"x" * 150_000) + _text({"id": "1", "op": "order", "args": [order]}) + _frame(b"ping"),
    )
    assert b'"event":"login","code":"0"' in answer
    assert b"\x03\xf1Received frame with payload size exceeding" in answer, "1009"
    assert b"Illegal request" not in answer
    assert b"pong" not in answer
    assert not house.engine.views.open_orders(TRADER)


async def test_nothing_is_said_after_the_close_frame(house: House) -> None:
    async def talk_on() -> None:
        while not house.servers.hub.connections():  # noqa: ASYNC110  # the hub tells nobody of connections
            await asyncio.sleep(0.001)
        (connection,) = house.servers.hub.connections()
        while True:
            connection.send_text(b"market data")
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        talking = group.create_task(talk_on())
        answer = await _talk(house, _UPGRADE % b"public", _frame(b"x", first=0x83))
        talking.cancel()
    said, closing, late = answer.partition(b"\x88(\x03\xeaReceived frame with invalid opcode=0x3")
    assert (b"market data" in said, bool(closing), late) == (True, True, b"")


BROKEN = (
    _frame(b"x", first=0x83),
    _frame(b"x", first=0x08),
    _frame(b"x" * 126, first=0x88),
    _frame(b"x" * 150_000)[:200],
)


@pytest.mark.parametrize("broken", BROKEN)
async def test_who_breaks_rules_after_the_close_frame_hears_no_second_one(house: House, broken: bytes) -> None:
    answer = await _talk(house, _UPGRADE % b"public", _frame(b"\xff"), broken, broken)
    assert answer.partition(b"\r\n\r\n")[2] == b"\x88\x13\x03\xeftext is not UTF-8", "1007"


CLOSED_WITH = (
    # what the client's close frame holds, with what it is answered
    (b"", 1001),
    (b"\x03\xe8", 1000),
    (b"\x03\xe8bye", 1000),
    (b"\x0f\xa0", 4000),
    (b"\x00\x00", 1002),
    (b"\xff\xff", 1002),
)


@pytest.mark.parametrize(("payload", "code"), CLOSED_WITH)
async def test_a_close_frame_is_answered_with_a_code_that_may_be_sent(house: House, payload: bytes, code: int) -> None:
    answer = await _talk(house, _UPGRADE % b"public", _frame(payload, first=0x88))
    assert answer.partition(b"\r\n\r\n")[2] == b"\x88\x02" + code.to_bytes(2)


async def test_a_question_mark_with_nothing_behind_it_is_part_of_what_was_signed(house: House) -> None:
    seen: list[bytes] = []
    services = house.services.authenticator
    real = services.rest

    def note(given: object, method: bytes, target: bytes, *rest: object) -> object:
        seen.append(target)
        return real(given, method, target, *rest)  # type: ignore[arg-type]

    services.rest = note  # type: ignore[method-assign, assignment]
    for target in (b"/api/v5/account/config?", b"/api/v5/account/config?a=%2C,", b"/api/v5/account/config"):
        await _talk(house, b"GET %s HTTP/1.1\r\nConnection: close\r\nOK-ACCESS-KEY: x\r\n\r\n" % target)
        assert seen.pop() == target
