"""Clients that ask for much and read nothing: what waits for them must not grow beyond its bound."""

import json
import time
from collections import Counter
from typing import Final

from lonja.edge.wire.channels import CHANNELS
from lonja.edge.ws.connection import BUFFER_HARD_BYTES, SLOW_GRACE_S
from tests.fuzz.attack import ComplaintError
from tests.fuzz.hostile import Scene
from tests.fuzz.raw_socket import CLOSE, TEXT, EndedError, RawSocket, framed

SOCKETS: Final = 3
HELD_MAX_BYTES: Final = SOCKETS * 2 * BUFFER_HARD_BYTES
"""What slow readers of one attack may make the exchange hold: each the bound, once more while it is being freed."""
_LEFT_ALONE_S: Final = SLOW_GRACE_S + 2


def one_siege(url: str, scene: Scene, counted: Counter[str]) -> None:
    """Some connections that follow everything, send what is repeated in its refusal, and do not read."""
    names = [name for name, rules in CHANNELS.items() if rules.endpoint == "public" and rules.required == ("instId",)]
    args = [{"channel": name, "instId": instrument} for name in names for instrument in scene.prices]
    sockets = [RawSocket(f"{url}/public") for _ in range(SOCKETS)]
    try:
        for socket in sockets:
            socket.upgrade()
            socket.send(framed(TEXT, json.dumps({"op": "subscribe", "args": args}).encode()))
        ends = time.monotonic() + _LEFT_ALONE_S
        while time.monotonic() < ends:
            for socket in sockets:
                _pour(socket, counted)
            time.sleep(0.02)
        for socket in sockets:
            _read(socket, counted)
    finally:
        for socket in sockets:
            socket.close()


def _pour(socket: RawSocket, counted: Counter[str]) -> None:
    """Send what the refusal repeats, each character as six, as far as the exchange still takes it."""
    try:
        socket.send_some(framed(TEXT, b"\x01" * 100_000))
        counted["slow frames"] += 1
    except EndedError:
        counted["slow readers cut off"] += 1


def _read(socket: RawSocket, counted: Counter[str]) -> None:
    """It was let go: there is an end to what comes."""
    deadline = time.monotonic() + 30
    try:
        while True:
            frame = socket.frame(deadline)
            if frame.kind == CLOSE:
                counted[f"close {frame.close_code}"] += 1
    except EndedError:
        counted["slow readers let go"] += 1
    except TimeoutError:
        raise ComplaintError("a client that does not read is not let go") from None
