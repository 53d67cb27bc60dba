"""Public books and trades of a running v5 server, by REST and WebSocket.

Why here: another exchange is as much outside as a disk is. A lost connection, or a book with a gap in its sequence, is
answered by connecting anew, which brings whole books. Invariant: nothing is told of a book between a gap and the next
whole book.
"""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

import structlog
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from lonja.core.kinds import Side
from lonja.modules.sandbox.ports import FeedBook, FeedEvent, FeedTrade, checked_row
from lonja.primitives.errors import SettingsError

_PING_SECONDS: Final = 20.0
_SILENCE_SECONDS: Final = 45.0
"""A server that says nothing for so long, not even to a ping, is gone without a farewell."""
_RETRY_SECONDS, _RETRY_SECONDS_MAX = 0.5, 15.0
_FIRST_SECONDS: Final = 5.0
"""How long the start waits for a first book."""
_REST_SECONDS: Final = 10.0
_EVENTS_MAX: Final = 100_000
"""What may wait to be taken; beyond it the feed begins anew with whole books."""

_log = structlog.get_logger("lonja.mirror")


class V5Feed:
    """Follows ``instrument_ids`` of the server at ``url``."""

    def __init__(self, url: str, instrument_ids: Sequence[str], ca_file: Path | None = None) -> None:
        """``url`` is that of its REST API, ``http(s)://host[:port]``; ``ca_file`` an authority to trust besides.

        Raises ``SettingsError`` for other addresses.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"--mirror {url!r} is no address.", "Give one like http://127.0.0.1:8080.")
        self._rest = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._socket = urlunsplit((scheme, _socket_host(parts.netloc), "/ws/v5/public", "", ""))
        self._ssl = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._instrument_ids = list(instrument_ids)
        self._events: deque[FeedEvent] = deque()
        self._has_begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Check that the server lists the instruments, and follow them, from a first book on if one comes soon.

        Raises ``SettingsError``.
        """
        try:
            answer = await asyncio.to_thread(self._get, "/api/v5/public/instruments?instType=SPOT")
            listed = {row["instId"] for row in answer["data"]}
        except (OSError, URLError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, HTTPError):
                error.close()
            message = f"The server to mirror, {self._rest}, does not answer as v5 servers do: {_why(error)}."
            raise SettingsError(message, "Check --mirror.") from error
        unknown = [name for name in self._instrument_ids if name not in listed]
        if unknown:
            raise SettingsError(f"{self._rest} does not list {', '.join(unknown)}.", "Change --mirror-instruments.")
        self._task = asyncio.create_task(self._follow())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_begun.wait(), _FIRST_SECONDS)

    def due(self, now_ms: int) -> Sequence[FeedEvent]:
        """What arrived since the last call."""
        del now_ms
        found = list(self._events)
        self._events.clear()
        return found

    async def close(self) -> None:
        """Disconnect."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _get(self, target: str) -> dict[str, Any]:
        # The scheme was checked above. Some venues refuse clients that do not introduce themselves.
        request = Request(self._rest + target, headers={"User-Agent": "lonja"})  # noqa: S310
        with urlopen(request, timeout=_REST_SECONDS, context=self._ssl) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
        return answer

    async def _follow(self) -> None:
        pause = _RETRY_SECONDS
        now = asyncio.get_running_loop().time
        while True:
            began = now()
            try:
                reason = await self._listen()
            except (TimeoutError, OSError, ValueError) as error:
                reason = str(error) or type(error).__name__
            except Exception as error:  # noqa: BLE001  # the library has errors of its own for refused handshakes
                reason = repr(error)
            if now() - began > _RETRY_SECONDS_MAX:
                pause = _RETRY_SECONDS
            _log.warning("the mirrored server is away", url=self._socket, reason=reason, seconds=pause)
            await asyncio.sleep(pause)
            pause = min(_RETRY_SECONDS_MAX, 2 * pause)

    async def _listen(self) -> str:
        """Follow one connection to its end, and tell why it ended."""
        transport, listener = await ws_connect(
            lambda: _Listener(self._instrument_ids, self._take), self._socket, ssl_context=self._ssl
        )
        assert isinstance(listener, _Listener)
        try:
            await listener.ended.wait()
        finally:
            transport.disconnect(graceful=False)
        return listener.reason

    def _take(self, event: FeedEvent) -> bool:
        if len(self._events) >= _EVENTS_MAX:
            self._events.clear()
            return False
        self._events.append(event)
        self._has_begun.set()
        return True


def _socket_host(netloc: str) -> str:
    """OKX itself serves its sockets from another host than REST; everybody else from the same."""
    return "ws.okx.com:8443" if netloc in ("www.okx.com", "okx.com") else netloc


class _Listener(WSListener):  # type: ignore[misc, unused-ignore]  # a compiled class
    """One connection. Any: messages are JSON from outside; one that does not fit ends the connection."""

    def __init__(self, instrument_ids: Sequence[str], take: Callable[[FeedEvent], bool]) -> None:
        super().__init__()
        self.ended = asyncio.Event()
        self.reason = "closed"
        self._arguments = [
            {"channel": channel, "instId": name} for name in instrument_ids for channel in ("books", "trades")
        ]
        self._take = take
        self._sequences: dict[str, int] = {}
        self._pinging: asyncio.Task[None] | None = None
        self._heard_s = 0.0

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Subscribe."""
        # Several small requests, since servers bound their length.
        for first in range(0, len(self._arguments), 20):
            request = {"op": "subscribe", "args": self._arguments[first : first + 20]}
            transport.send(WSMsgType.TEXT, json.dumps(request).encode())
        self._pinging = asyncio.get_running_loop().create_task(self._ping(transport))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone."""
        del transport
        if self._pinging is not None:
            self._pinging.cancel()
        self.ended.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A message arrived."""
        self._heard_s = asyncio.get_running_loop().time()
        if frame.msg_type != WSMsgType.TEXT:
            return
        text = frame.get_payload_as_bytes()
        if text == b"pong":
            return
        try:
            problem = self._message(json.loads(text))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            problem = f"a message is not understood: {error!r}"
        if problem:
            self.reason = problem
            transport.disconnect()

    def _message(self, message: dict[str, Any]) -> str:
        """Take one message; what is wrong with it, or nothing."""
        if message.get("event") == "error":
            return str(message.get("msg"))
        if "data" not in message:
            return ""
        name = message["arg"]["instId"]
        for row in message["data"]:
            if message["arg"]["channel"] == "trades":
                side = int(Side.BUY if row["side"] == "buy" else Side.SELL)
                event: FeedEvent = FeedTrade(name, side, *checked_row(row["px"], row["sz"]))
            else:
                is_snapshot = message["action"] == "snapshot"
                if not is_snapshot and row["prevSeqId"] != self._sequences.get(name):
                    return f"the book of {name} has a gap"
                self._sequences[name] = row["seqId"]
                event = FeedBook(name, is_snapshot, _levels(row["bids"]), _levels(row["asks"]))
            if not self._take(event):
                return "too much arrived"
        return ""

    async def _ping(self, transport: WSTransport) -> None:
        """Keep the connection alive, and end it when nothing comes back."""
        now = asyncio.get_running_loop().time
        self._heard_s = now()
        while now() - self._heard_s < _SILENCE_SECONDS:
            transport.send(WSMsgType.TEXT, b"ping")
            await asyncio.sleep(_PING_SECONDS)
        self.reason = "nothing came for too long"
        transport.disconnect(graceful=False)


def _levels(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    return [checked_row(row[0], row[1]) for row in rows]


def _why(error: Exception) -> str:
    """What went wrong, in words for people."""
    if isinstance(error, (KeyError, TypeError)):
        return "its list of instruments is not one"
    if isinstance(error, ValueError):
        return "its list of instruments is no JSON"
    reason = error.reason if isinstance(error, URLError) and not isinstance(error, HTTPError) else error
    return getattr(reason, "strerror", None) or str(reason)
