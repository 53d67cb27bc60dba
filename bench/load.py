"""Load generators: REST requests, pipelined WebSocket messages, and a crowd of subscribers.

Why own ones: they need no program that a clean machine lacks, and cost less per request than any server under test,
so they are not the bottleneck. Requests are built once; answers are counted and looked over for refusals.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

HOST = "127.0.0.1"
ORDER_PATH = "/api/v5/trade/order"
PRIVATE_PATH = "/ws/v5/private"
PATIENCE_S = 30.0
_AT_ONCE = 50
_MASKED = 0x80
_SHORT_MAX = 125

Keys = dict[str, str]
C = TypeVar("C", bound="Client")


def compact(value: object) -> str:
    """``value`` as JSON without blanks."""
    return json.dumps(value, separators=(",", ":"))


def far_order(instrument_id: str) -> dict[str, str]:
    """An order that finds nobody and does not wait: it is accepted, made durable, and ends at once."""
    return {"instId": instrument_id, "tdMode": "cash", "side": "buy", "ordType": "ioc", "px": "90.01", "sz": "0.5"}


def signed_request(keys: Keys, order: dict[str, str]) -> bytes:
    """A whole HTTP request that places ``order``; valid for half a minute."""
    body = compact(order)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = (
        f"POST {ORDER_PATH} HTTP/1.1",
        f"Host: {HOST}",
        "Content-Type: application/json",
        f"OK-ACCESS-KEY: {keys['api_key']}",
        f"OK-ACCESS-SIGN: {_signature(keys, f'{now}POST{ORDER_PATH}{body}')}",
        f"OK-ACCESS-TIMESTAMP: {now}",
        f"OK-ACCESS-PASSPHRASE: {keys['passphrase']}",
        f"Content-Length: {len(body)}",
    )
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def login_message(keys: Keys) -> bytes:
    """A WebSocket login; valid for half a minute."""
    now = str(int(time.time()))
    arg = {
        "apiKey": keys["api_key"],
        "passphrase": keys["passphrase"],
        "timestamp": now,
        "sign": _signature(keys, f"{now}GET/users/self/verify"),
    }
    return compact({"op": "login", "args": [arg]}).encode()


def _signature(keys: Keys, message: str) -> str:
    return base64.b64encode(hmac.digest(keys["secret_key"].encode(), message.encode(), hashlib.sha256)).decode()


class RefusedError(Exception):
    """The server did not do what it was asked for, so its speed says nothing."""


class Tally:
    """What all connections of a load share: whether to go on asking, and what came back."""

    def __init__(self, accepted: bytes) -> None:
        """``accepted`` stands in every answer that is no refusal."""
        self.going_on = False
        self.sent = 0
        self.answered = 0
        self.answered_bytes = 0
        self.last_answer = b""
        self._accepted = accepted
        self._refusal = b""

    def count(self, answer: bytes) -> None:
        """Take an answer."""
        self.answered += 1
        self.answered_bytes += len(answer)
        self.last_answer = answer
        if self._accepted not in answer:
            self._refusal = answer

    async def settled(self) -> None:
        """Wait until everything is answered. Raises ``RefusedError``, or ``TimeoutError``."""
        async with asyncio.timeout(PATIENCE_S):
            # An event would cost every answer a check.
            while self.answered < self.sent and not self._refusal:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        if self._refusal:
            raise RefusedError(self._refusal.decode("utf-8", "replace"))


class RestLoad:
    """Connections that each send ``request`` again as soon as it is answered."""

    def __init__(self, request: bytes, accepted: bytes) -> None:
        """See ``Tally`` for ``accepted``."""
        self.tally = Tally(accepted)
        self._request = request
        self._callers: list[_Caller] = []

    async def connect(self, port: int, connections: int) -> None:
        """Open all connections."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, caller = await loop.create_connection(lambda: _Caller(self._request, self.tally), HOST, port)
            self._callers.append(caller)

    async def run(self, seconds: float) -> int:
        """How many requests were answered in ``seconds`` and a little."""
        before, self.tally.going_on = self.tally.answered, True
        for caller in self._callers:
            caller.ask()
        await asyncio.sleep(seconds)
        self.tally.going_on = False
        await self.tally.settled()
        return self.tally.answered - before

    def close(self) -> None:
        """Hang up."""
        for caller in self._callers:
            caller.close()


class _Caller(asyncio.Protocol):
    """One connection of ``RestLoad``."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request = request
        self._tally = tally

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # TCP can write
        self._transport = transport

    def ask(self) -> None:
        self._tally.sent += 1
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        # A body ends with "}" and comes in one piece; a head may come alone before it.
        if data.endswith(b"}"):
            self._tally.count(data)
            if self._tally.going_on:
                self.ask()

    def close(self) -> None:
        self._transport.close()


class SocketLoad:
    """WebSocket connections that keep some blocks of messages under way."""

    def __init__(self, message: bytes, accepted: bytes, *, block: int, blocks: int) -> None:
        """``block`` messages are written at once; ``blocks`` of them wait for answers on each connection."""
        self.tally = Tally(accepted)
        self._block_frames = masked(message) * block
        self._block = block
        self._blocks = blocks
        self._clients: list[_Client] = []

    async def connect(self, port: int, connections: int, login: bytes | None) -> None:
        """Open all connections; with ``login``, wait until each is logged in."""
        for _ in range(connections):
            client = await open_client(lambda: _Client(self.tally, self._block_frames, self._block), port, PRIVATE_PATH)
            if login is not None:
                await client.ask(login)
            self._clients.append(client)

    async def run(self, seconds: float) -> int:
        """How many messages were answered in ``seconds`` and a little."""
        before, self.tally.going_on = self.tally.answered, True
        for client in self._clients:
            client.begin(self._blocks)
        await asyncio.sleep(seconds)
        self.tally.going_on = False
        await self.tally.settled()
        return self.tally.answered - before

    def close(self) -> None:
        """Hang up."""
        for client in self._clients:
            client.close()


class Client(WSListener):  # type: ignore[misc, unused-ignore]  # a compiled class
    """A WebSocket client that can ask one thing and wait for the answer."""

    def __init__(self) -> None:
        """Not connected yet."""
        super().__init__()
        self._answer: asyncio.Future[bytes] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the way out."""
        self._ws = transport
        self.write = transport.underlying_transport.write

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take the answer that is waited for, or count."""
        del transport
        if frame.msg_type == WSMsgType.TEXT:
            message = frame.get_payload_as_bytes()
            if self._answer is None:
                self.on_message(message)
            else:
                self._answer.set_result(message)
                self._answer = None

    def on_message(self, message: bytes) -> None:
        """A message that nobody asked for."""

    async def ask(self, message: bytes) -> bytes:
        """Send ``message`` and return the next one that comes."""
        self._answer = answer = asyncio.get_running_loop().create_future()
        self.send(message)
        async with asyncio.timeout(PATIENCE_S):
            return await answer

    def send(self, message: bytes) -> None:
        """Say something that has no answer."""
        self.write(masked(message))

    def close(self) -> None:
        """Hang up."""
        self._ws.disconnect(graceful=False)


class _Client(Client):
    """One connection of ``SocketLoad``."""

    def __init__(self, tally: Tally, block_frames: bytes, block: int) -> None:
        super().__init__()
        self._tally = tally
        self._block_frames = block_frames
        self._block = block
        self._left = 0

    def begin(self, blocks: int) -> None:
        self._left = self._block
        for _ in range(blocks):
            self._send_block()

    def on_message(self, message: bytes) -> None:
        self._tally.count(message)
        self._left -= 1
        if not self._left:
            self._left = self._block
            if self._tally.going_on:
                self._send_block()

    def _send_block(self) -> None:
        self._tally.sent += self._block
        self.write(self._block_frames)


class _Subscriber(Client):
    """One member of a crowd."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally

    def on_message(self, message: bytes) -> None:
        self._tally.count(message)


class Crowd:
    """Many subscribers of one thing."""

    def __init__(self, accepted: bytes) -> None:
        """See ``Tally`` for ``accepted``."""
        self.tally = Tally(accepted)
        self._members: list[_Subscriber] = []

    async def connect(self, port: int, path: str, size: int, subscription: bytes | None) -> None:
        """Open all connections; with ``subscription``, wait until each has its first picture."""
        while len(self._members) < size:
            opening = (open_client(lambda: _Subscriber(self.tally), port, path) for _ in range(_AT_ONCE))
            members = await asyncio.gather(*opening)
            if subscription is not None:
                self.tally.sent += len(members)
                await asyncio.gather(*(member.ask(subscription) for member in members))
            self._members += members
        await self.tally.settled()

    async def join(self, port: int, path: str, subscription: bytes) -> None:
        """Open one connection more and wait for the first answer to ``subscription``."""
        member = await open_client(lambda: _Subscriber(self.tally), port, path)
        await member.ask(subscription)
        self._members.append(member)

    async def heard(self, messages: int) -> int:
        """Wait until each has heard ``messages`` more than was asked so far; how many that makes together."""
        deliveries = messages * len(self._members)
        self.tally.sent += deliveries
        await self.tally.settled()
        return deliveries

    def close(self) -> None:
        """Hang up."""
        for member in self._members:
            member.close()


async def open_client(make: Callable[[], C], port: int, path: str) -> C:
    """A connected client."""
    client = make()
    await ws_connect(lambda: client, f"ws://{HOST}:{port}{path}", enable_auto_ping=False)
    return client


def masked(message: bytes) -> bytes:
    """``message`` as a text frame of a client; the mask is of zeros, which changes nothing."""
    size = len(message)
    length = bytes((_MASKED | size,)) if size <= _SHORT_MAX else bytes((_MASKED | 126,)) + size.to_bytes(2)
    return b"\x81" + length + bytes(4) + message
