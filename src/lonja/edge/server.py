"""The listeners: REST and WebSocket on one plain port, both again on one TLS port, and staff at a port of their own.

Why here: uvicorn is run inside the engine's event loop, without its own signals, logging or exit.
Invariant: when ``serve`` returns, all ports accept; when ``close`` returns, none does and no socket is open.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from lonja.edge.http_guard import GuardedHttp
from lonja.edge.rest.app import ASGIApp, Control, Handling, build_app
from lonja.edge.services import Services
from lonja.edge.ws.connection import Limits
from lonja.edge.ws.hub import Hub, Trouble
from lonja.edge.ws.protocol import protocol_for

TLS_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption only. Those of TLS 1.3 are all so, and older versions off."""
_BACKLOG = 2_048
_KEEP_ALIVE_S = 75
_GRACE_S = 1
_CLOSE_S = 1.8
_ANSWER_S = 0.7
"""How long requests under way may take when the house closes; shorter than uvicorn waits before it complains."""
_POLL_S = 0.005


class _Listener(uvicorn.Server):
    """A uvicorn server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class SandboxParts:
    """What only a sandbox has: controls, and what lets REST and sockets go wrong."""

    control: Control | None = None
    around: Callable[[Handling], Handling] | None = None
    sockets: Trouble | None = None


@dataclass(frozen=True, slots=True)
class StaffListener:
    """Where staff come in: ``app`` alone, over TLS wherever others than this machine can listen."""

    app: ASGIApp
    host: str
    port: int
    is_tls: bool


@dataclass(frozen=True, slots=True)
class _Door:
    """One listener to be: what answers, at which socket, over TLS or plainly."""

    app: ASGIApp
    socket: socket.socket
    is_tls: bool
    # A protocol class, or how uvicorn names that there is none.
    sockets: Any = "none"


class RunningServers:
    """All listeners; ``hub`` holds the WebSocket connections.

    ``port``, ``tls_port`` and ``staff_port`` are the real ports, the last one 0 where staff have none.
    """

    def __init__(self, hub: Hub, listeners: list[_Listener], tasks: list[asyncio.Task[None]], ports: list[int]) -> None:
        """Made by ``serve``."""
        self.port, self.tls_port, self.staff_port = (*ports, 0)[:3]
        self.hub = hub
        self._listeners = listeners
        self._tasks = tasks

    async def close(self) -> None:
        """Stop listening, say goodbye and close; takes less than two seconds."""
        for listener in self._listeners:
            for server in listener.servers:
                server.close()
        await self.hub.close()
        for listener in self._listeners:
            listener.should_exit = True
        _, late = await asyncio.wait(self._tasks, timeout=_ANSWER_S)
        if late:
            await self._end_requests()
            _, late = await asyncio.wait(late, timeout=_CLOSE_S - _ANSWER_S)
        for task in late:
            task.cancel()

    async def _end_requests(self) -> None:
        """Have what hangs answered now; who does not take the answer is cut off before."""
        states = [listener.server_state for listener in self._listeners]
        for connection in [connection for state in states for connection in state.connections]:
            if isinstance(connection, GuardedHttp) and connection.is_stuck():
                connection.cut_off()
        # The server hears of it in the next turns of the loop, and what waited there ends by itself.
        await asyncio.sleep(_POLL_S)
        for task in [task for state in states for task in state.tasks]:
            task.cancel()


async def serve(  # noqa: PLR0913  # one parameter per thing to listen with
    services: Services,
    host: str,
    port: int,
    tls_port: int,
    cert_file: Path,
    key_file: Path,
    *,
    limits: Limits | None = None,
    sandbox: SandboxParts | None = None,
    staff: StaffListener | None = None,
) -> RunningServers:
    """Listen on all ports (0: any free one). Raises ``OSError`` when a port cannot be had."""
    parts = sandbox or SandboxParts()
    sockets = _bind(((host, port), (host, tls_port), *([(staff.host, staff.port)] if staff else [])))
    hub = Hub(services, limits, parts.sockets)
    app = build_app(services, parts.control, parts.around)
    spoken = protocol_for(hub)
    doors = [_Door(app, sock, is_tls, spoken) for sock, is_tls in zip(sockets, (False, True), strict=False)]
    if staff:
        doors.append(_Door(staff.app, sockets[2], staff.is_tls))
    listeners = [_listener(door, cert_file, key_file) for door in doors]
    tasks = [
        asyncio.create_task(listener.serve(sockets=[sock])) for listener, sock in zip(listeners, sockets, strict=True)
    ]
    await _started(listeners, tasks)
    return RunningServers(hub, listeners, tasks, [sock.getsockname()[1] for sock in sockets])


def _listener(door: _Door, cert_file: Path, key_file: Path) -> _Listener:
    config = uvicorn.Config(
        door.app,
        http=GuardedHttp,
        ws=door.sockets,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        ssl_ciphers=TLS_CIPHERS,
        ssl_certfile=cert_file if door.is_tls else None,
        ssl_keyfile=key_file if door.is_tls else None,
    )
    return _Listener(config)


def _bind(places: Sequence[tuple[str, int]]) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for host, port in places:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            sockets.append(socket.create_server((host, port), family=family, backlog=_BACKLOG))
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


async def _started(listeners: list[_Listener], tasks: list[asyncio.Task[None]]) -> None:
    while not all(listener.started for listener in listeners):
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(_POLL_S)
