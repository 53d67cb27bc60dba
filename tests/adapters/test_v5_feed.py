"""Following another v5 server that behaves badly: it goes silent, hangs up, or talks nonsense."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

import pytest

from lonja.adapters import v5_feed
from lonja.adapters.v5_feed import V5Feed
from lonja.modules.sandbox.api import FeedBook
from lonja.primitives.errors import SettingsError

BOOK_ARGUMENT = {"channel": "books", "instId": "BTC-USDT"}
SNAPSHOT = {"asks": [["101", "2", "0", "1"]], "bids": [["100", "1", "0", "1"]], "seqId": 5, "prevSeqId": -1}
INSTRUMENTS = b'{"code":"0","data":[{"instId":"BTC-USDT"}]}'

Say = Callable[[object], Awaitable[None]]
Script = Callable[[int, Say, asyncio.StreamReader], Awaitable[None]]
"""What the server does on its n-th socket; the connection ends with it."""


def book(row: object, action: str = "snapshot") -> dict[str, object]:
    return {"arg": BOOK_ARGUMENT, "action": action, "data": [row]}


async def hear_on(reader: asyncio.StreamReader) -> None:
    """Read until the client hangs up, and say nothing."""
    while await reader.read(1_000):
        pass


class Server:
    """A v5 server that lists one instrument, or says ``listed``, and plays ``script`` on its sockets."""

    def __init__(self, script: Script, listed: bytes = INSTRUMENTS, status: bytes = b"200 OK") -> None:
        self.script = script
        self.answer = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(listed), listed)
        self.sockets = 0
        self.open = 0
        self.closed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self.listener = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.listener.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.listener.close()
        async with asyncio.timeout(20), self.closed:
            await self.closed.wait_for(lambda: not self.open)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if "Sec-WebSocket-Key: " in head:
                await self.talk(head, reader, writer)
            else:
                writer.write(self.answer)
                await writer.drain()
        writer.close()
        async with self.closed:
            self.open -= 1
            self.closed.notify_all()

    async def talk(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        key = head.partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())
        upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        writer.write(upgrade + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        self.sockets += 1

        async def say(message: object) -> None:
            text = json.dumps(message).encode()
            # A text frame with a length in one byte or in two.
            length = bytes([len(text)]) if len(text) < 126 else b"\x7e" + len(text).to_bytes(2)
            writer.write(b"\x81" + length + text)
            await writer.drain()

        await self.script(self.sockets, say, reader)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("_PING_SECONDS", 0.1), ("_SILENCE_SECONDS", 0.3), ("_RETRY_SECONDS", 0.05)):
        monkeypatch.setattr(v5_feed, name, seconds)


async def books_heard(feed: V5Feed, count: int) -> list[FeedBook]:
    found: list[FeedBook] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            await asyncio.sleep(0.02)
            found += [event for event in feed.due(0) if isinstance(event, FeedBook)]
    return found


@pytest.mark.parametrize(
    "nonsense",
    [
        book(SNAPSHOT | {"bids": [["nan", "1"]]}),
        book(SNAPSHOT | {"asks": [["-1", "1"]]}),
        book(SNAPSHOT | {"bids": "x"}),
        book(SNAPSHOT | {"prevSeqId": 4, "seqId": 6}, "update"),
        {"arg": {"channel": "trades", "instId": "BTC-USDT"}, "data": [{"px": "1e400", "sz": "1", "side": "buy"}]},
        [1],
    ],
)
async def test_after_nonsense_it_begins_anew(nonsense: object) -> None:
    async def script(number: int, say: Say, reader: asyncio.StreamReader) -> None:
        await say(nonsense if number == 1 else book(SNAPSHOT))
        await hear_on(reader)

    async with Server(script) as server:
        feed = V5Feed(server.url, ["BTC-USDT"])
        await feed.start()
        (found,) = await books_heard(feed, 1)
        assert (found.bids, found.asks) == ([("100", "1")], [("101", "2")])
        assert server.sockets == 2
        await feed.close()


async def test_a_server_that_went_silent_is_left() -> None:
    async def script(number: int, say: Say, reader: asyncio.StreamReader) -> None:
        await say(book(SNAPSHOT))
        await hear_on(reader)

    async with Server(script) as server:
        feed = V5Feed(server.url, ["BTC-USDT"])
        await feed.start()
        assert [one.is_snapshot for one in await books_heard(feed, 2)] == [True, True]
        await feed.close()


async def test_a_server_that_always_hangs_up_is_asked_less_and_less() -> None:
    async def script(number: int, say: Say, reader: asyncio.StreamReader) -> None:
        await say(book(SNAPSHOT))

    async with Server(script) as server:
        feed = V5Feed(server.url, ["BTC-USDT"])
        await feed.start()
        await asyncio.sleep(1.0)
        assert 2 <= server.sockets <= 6
        await feed.close()


async def test_the_start_waits_for_a_first_book() -> None:
    async def script(number: int, say: Say, reader: asyncio.StreamReader) -> None:
        await asyncio.sleep(0.2)
        await say(book(SNAPSHOT))
        await hear_on(reader)

    async with Server(script) as server:
        feed = V5Feed(server.url, ["BTC-USDT"])
        await feed.start()
        assert len(feed.due(0)) == 1
        await feed.close()


async def test_an_instrument_that_is_not_listed_is_named() -> None:
    async def script(number: int, say: Say, reader: asyncio.StreamReader) -> None:
        await hear_on(reader)

    async with Server(script) as server:
        with pytest.raises(SettingsError, match="FOO-BAR"):
            await V5Feed(server.url, ["BTC-USDT", "FOO-BAR"]).start()


async def no_sockets(number: int, say: Say, reader: asyncio.StreamReader) -> None:
    raise AssertionError


@pytest.mark.parametrize(
    ("listed", "status", "why"),
    [
        (b"<html>", b"200 OK", "its list of instruments is no JSON."),
        (b'{"code":"0"}', b"200 OK", "its list of instruments is not one."),
        (b'{"data":[7]}', b"200 OK", "its list of instruments is not one."),
        (b"", b"404 Not Found", "HTTP Error 404: Not Found."),
    ],
)
async def test_what_is_no_v5_server_is_told_in_a_sentence(listed: bytes, status: bytes, why: str) -> None:
    async with Server(no_sockets, listed, status) as server:
        with pytest.raises(SettingsError) as told:
            await V5Feed(server.url, ["BTC-USDT"]).start()
    assert told.value.message.endswith(f"does not answer as v5 servers do: {why}")


async def test_nobody_at_the_address_is_told_in_a_sentence() -> None:
    async with Server(no_sockets) as server:
        url = server.url
    with pytest.raises(SettingsError) as told:
        await V5Feed(url, ["BTC-USDT"]).start()
    assert told.value.message == f"The server to mirror, {url}, does not answer as v5 servers do: Connection refused."
