"""A relay between a browser and a sandbox that makes the book of one instrument change fifty times a second.

Why here: the exchange sends a book ten times a second; pages must bear more. What the exchange tells goes through, with
sequence numbers of the relay's own; between it stand changes of sizes at levels that are there. Everything else passes
as it is, so that the page under measure does all of its work.
"""

import asyncio
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

_NEAR: Final = 20
"""Changes are made among so many levels a side, which are those that are seen."""
_CHANGED: Final = 4
_DROPPED: Final = {"connection", "transfer-encoding", "content-length", "date", "server"}


class BookMix:
    """The book of one connection: the exchange's changes, renumbered, and changes of our own between them."""

    def __init__(self, channel: dict[str, str], rate: float, seed: int) -> None:
        """Nothing was told yet; ``rate`` is that of all messages together, per second."""
        self.channel, self.rate = channel, rate
        self.sent = 0
        self._random = random.Random(seed)  # sizes, not secrets
        self._sequence = 0
        self._sizes: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}

    def pass_on(self, message: dict[str, Any]) -> str:
        """What the exchange told, as the next of our messages."""
        (row,) = message["data"]
        if message["action"] == "snapshot":
            self._sizes = {"bids": {}, "asks": {}}
        for side, sizes in self._sizes.items():
            for price, size, *_ in row[side]:
                sizes[price] = size
                if float(size) == 0:
                    del sizes[price]
        return self._numbered(message)

    def change(self, time_ms: str) -> str | None:
        """A change of our own; nothing before there is a book."""
        rows = {side: self._changed(sizes, reverse=side == "bids") for side, sizes in self._sizes.items()}
        if not rows["bids"] or not rows["asks"]:
            return None
        data = [{**rows, "ts": time_ms, "checksum": 0, "seqId": 0, "prevSeqId": 0}]
        return self._numbered({"arg": self.channel, "action": "update", "data": data})

    def _changed(self, sizes: dict[str, str], *, reverse: bool) -> list[list[str]]:
        near = sorted(sizes, key=float, reverse=reverse)[:_NEAR]
        chosen = self._random.sample(near, min(_CHANGED, len(near)))
        for price in chosen:
            decimals = len(sizes[price].partition(".")[2])
            sizes[price] = f"{self._random.uniform(0.5, 20):.{max(decimals, 2)}f}"
        return [[price, sizes[price], "0", "1"] for price in chosen]

    def _numbered(self, message: dict[str, Any]) -> str:
        (row,) = message["data"]
        row["prevSeqId"] = -1 if message["action"] == "snapshot" else self._sequence
        self._sequence += 1
        row["seqId"] = self._sequence
        self.sent += 1
        return json.dumps(message, separators=(",", ":"))


class Relay:
    """The relay, on a port of its own of the loopback."""

    def __init__(self, origin: str, instrument: str, rate: float) -> None:
        """Before the sandbox at ``origin``; the book of ``instrument`` is told ``rate`` times a second."""
        self._origin = origin
        self._instrument = instrument
        self._rate = rate
        self.sent = 0
        self.origin = ""

    async def run(self, ready: threading.Event, done: asyncio.Event) -> None:
        """Serve until ``done``."""
        options = {"process_request": self._answer, "compression": None, "max_size": None, "ping_interval": None}
        async with serve(self._relay, "127.0.0.1", 0, **options) as server:  # type: ignore[arg-type]  # a table of options
            self.origin = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            ready.set()
            await done.wait()

    async def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        """Files and answers of the sandbox; sockets go on to ``_relay``."""
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return None
        return await asyncio.to_thread(self._fetched, request)

    def _fetched(self, request: Request) -> Response:
        kept = {name: value for name in ("Accept", "Accept-Encoding") if (value := request.headers.get(name))}
        asked = urllib.request.Request(self._origin + request.path, headers=kept)  # noqa: S310  # our own sandbox
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
                return _response(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return _response(error.code, error.headers, error.read())

    async def _relay(self, browser: ServerConnection) -> None:
        assert browser.request is not None
        target = self._origin.replace("http", "ws", 1) + browser.request.path
        async with connect(target, compression=None, max_size=None, ping_interval=None) as exchange:
            mix = BookMix({"channel": "books", "instId": self._instrument}, self._rate, 7)
            tasks = [
                asyncio.create_task(self._up(browser, exchange)),
                asyncio.create_task(self._down(exchange, browser, mix)),
                asyncio.create_task(self._between(browser, mix)),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()

    @staticmethod
    async def _up(browser: ServerConnection, exchange: ClientConnection) -> None:
        try:
            async for message in browser:
                await exchange.send(message)
        except ConnectionClosed:
            return

    async def _down(self, exchange: ClientConnection, browser: ServerConnection, mix: BookMix) -> None:
        try:
            async for text in exchange:
                message = json.loads(text) if text[:1] == "{" else {}
                is_book = message.get("arg") == mix.channel and "data" in message
                await browser.send(mix.pass_on(message) if is_book else text)
        except ConnectionClosed:
            return

    async def _between(self, browser: ServerConnection, mix: BookMix) -> None:
        loop = asyncio.get_running_loop()
        begun: float | None = None
        before = 0
        try:
            while True:
                await asyncio.sleep(0.25 / mix.rate)
                if mix.sent and begun is None:
                    begun, before = loop.time(), mix.sent
                while begun is not None and mix.sent - before < (loop.time() - begun) * mix.rate:
                    text = mix.change(_now_ms())
                    if text is None:
                        break
                    await browser.send(text)
                self.sent = max(self.sent, mix.sent)
        except ConnectionClosed:
            return


def _now_ms() -> str:
    """The sandbox's clock goes by that of the machine."""
    return str(time.time_ns() // 1_000_000)


def _response(status: int, headers: Message, body: bytes) -> Response:
    passed = Headers((name, value) for name, value in headers.items() if name.lower() not in _DROPPED)
    passed["Content-Length"] = str(len(body))
    passed["Connection"] = "close"
    return Response(status, "", passed, body)


@contextmanager
def running_relay(origin: str, instrument: str, rate: float) -> Iterator[Relay]:
    """A relay in a thread of its own."""
    relay, ready, loop = Relay(origin, instrument, rate), threading.Event(), asyncio.new_event_loop()
    done = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(relay.run(ready, done)), daemon=True)
    thread.start()
    ready.wait(20)
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)
