"""The servers under load, each in a process of its own: the exchange, and the bare libraries it stands on.

``python -m bench.servers house FOLDER`` runs a whole exchange with its journal in FOLDER, without simulated traders and
rate limits; ``python -m bench.servers people FOLDER COUNT`` the same with so many people who can sign in (``people`` of
what it prints); ``python -m bench.servers floor BYTES [SECRET]`` is the least that could speak the protocol: it answers each
message with BYTES bytes, and each HTTP request, once its signature by SECRET is right, with an order's answer. Both print
where they listen as one line of JSON and run until standard input ends.
"""

import asyncio
import hmac
import json
import logging
import os
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import uvicorn
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from bench.machine import SERVER_CORE
from bench.people_server import invite
from lonja.adapters.clock import SystemClock
from lonja.bootstrap.certificates import ensure_certificates
from lonja.bootstrap.logging import configure_logging
from lonja.bootstrap.memory import settle
from lonja.bootstrap.sandbox_keys import ensure_keys
from lonja.bootstrap.settings import ServerSettings, Settings
from lonja.bootstrap.wiring import build_house
from lonja.edge.server import serve
from lonja.modules.sandbox.api import INSTRUMENTS, QUIET, Opening, SandboxOptions

HOST = "127.0.0.1"
FAN_OUT_PATH = b"/fan-out"


async def house(folder: Path, people: int = 0) -> None:
    """The exchange as ``lonja sandbox`` runs it, but all of its instruments are left to the load generator."""
    untraded = frozenset(fact.instrument_id for fact in INSTRUMENTS if fact.instrument_id != QUIET)
    settings = Settings(
        data=folder, server=ServerSettings(port=0, rate_limits=False), sandbox=SandboxOptions(without_traders=untraded)
    )
    async with AsyncExitStack() as opened:
        built = await build_house(settings, SystemClock())
        opened.push_async_callback(built.close)
        opening = await Opening(built.engine, built.identity, settings.sandbox, lambda _: None).run()
        account = ensure_keys(folder, built.identity, built.box, opening.customers)[0]
        tls = ensure_certificates(folder / "tls", (HOST,))
        servers = await serve(built.services, HOST, 0, 0, tls.certificate_file, tls.key_file)
        opened.push_async_callback(servers.close)
        keys = {name: getattr(account, name) for name in ("api_key", "secret_key", "passphrase")}
        await _run({"rest": servers.port, "ws": servers.port, "people": await invite(built, people), **keys})


async def floor(size: int, secret: bytes) -> None:
    """The smallest ASGI application under uvicorn that takes a signed order, the smallest listener under picows."""
    body = b"0" * (size - 1) + b"}"
    app = _bare_app(secret)
    config = uvicorn.Config(
        app,
        host=HOST,
        port=0,
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=2_048,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no other sign
        await asyncio.sleep(0.01)
    crowd: set[WSTransport] = set()
    sockets = await ws_create_server(lambda request: _listener(request, body, crowd), HOST, 0)
    ports = [of.sockets[0].getsockname()[1] for of in (server.servers[0], sockets)]
    await _run({"rest": ports[0], "ws": ports[1]})
    # Not closed in order, which would wait for clients; it holds nothing that could be lost.
    running.cancel()


def _bare_app(secret: bytes) -> Callable[..., object]:
    """Verifies, reads and answers, as the floors of the design were measured; keeps nothing and asks nobody."""
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(dict[str, str]).decode

    def answered(given: dict[bytes, bytes], target: bytes, body: bytes) -> tuple[int, bytes]:
        message = given[b"ok-access-timestamp"] + b"POST" + target + body
        sign = b64encode(hmac.digest(secret, message, "sha256"))
        if not hmac.compare_digest(sign, given[b"ok-access-sign"]):
            return 401, b"{}"
        order = decode(body)
        row = {"ordId": "1", "clOrdId": order.get("clOrdId", ""), "tag": "", "ts": "0", "sCode": "0", "sMsg": ""}
        return 200, encode({"code": "0", "msg": "", "data": [row], "inTime": "0", "outTime": "0"})

    async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"
        message = await receive()
        assert message["type"] == "http.request"
        status, body = answered(dict(scope["headers"]), scope["raw_path"], message["body"])
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return app


class _Answerer(WSListener):  # type: ignore[misc, unused-ignore]  # a compiled class
    """Answers every message with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self._answer = answer

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, self._answer)


class _Crowd(WSListener):  # type: ignore[misc, unused-ignore]  # a compiled class
    """Sends on what one member says to all others."""

    def __init__(self, members: set[WSTransport]) -> None:
        super().__init__()
        self._members = members

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._members.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._members.discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            message = frame.get_payload_as_bytes()
            for member in self._members:
                if member is not transport:
                    member.send(WSMsgType.TEXT, message)


def _listener(request: WSUpgradeRequest, answer: bytes, crowd: set[WSTransport]) -> WSListener:
    return _Crowd(crowd) if request.path == FAN_OUT_PATH else _Answerer(answer)


async def _run(where: dict[str, object]) -> None:
    """Tell where, then serve until the other end of standard input is gone."""
    print(json.dumps(where), flush=True)
    settle()
    # Only the event loop: the journal's thread keeps the other cores, as it has in an ordinary process.
    os.sched_setaffinity(0, {SERVER_CORE})
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
    loop.remove_reader(sys.stdin.fileno())


def main() -> None:
    """Run one of them."""
    which, argument, *more = sys.argv[1:]
    configure_logging(logging.WARNING)
    if which == "floor":
        uvloop.run(floor(int(argument), "".join(more).encode()))
    else:
        uvloop.run(house(Path(argument), int("".join(more) or "0")))


if __name__ == "__main__":
    main()
