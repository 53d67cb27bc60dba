"""Requests that hang when the exchange is told to end: each is answered or cut off, in time and without a complaint."""

import json
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.sandbox_process import SandboxProcess, signed

TIME = "/api/v5/public/time"
INSTRUMENTS = "/api/v5/public/instruments?instType=SPOT"
ORDERS = "/api/v5/trade/order"
ORDER = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "85", "sz": "1"}


def _fault(sandbox: SandboxProcess, kind: str, **fields: str) -> None:
    sandbox.call("POST", "/sandbox/faults", {"kind": kind, **fields})


def _asked(sandbox: SandboxProcess, head: str, body: str = "", headers: dict[str, str] | None = None) -> socket.socket:
    """A connection on which a request was sent."""
    place = urlsplit(sandbox.told["rest"])
    connection = socket.create_connection((place.hostname, place.port), timeout=10)
    lines = [f"{head} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    connection.sendall("\r\n".join([*lines, "", body]).encode())
    return connection


def _answer(connection: socket.socket) -> tuple[str, Any]:
    """Status line and body of what comes until the end."""
    data = b""
    while part := connection.recv(65_536):
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    return head.split(b"\r\n", 1)[0].decode(), json.loads(body)


def test_requests_that_hang_at_the_end_are_answered_and_nothing_is_complained_of(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path / "data", "--rate-limits", "off") as sandbox:
        _fault(sandbox, "latency", operation=TIME, delay_ms="60000")
        _fault(sandbox, "latency", operation="order", delay_ms="60000", after="true")
        _fault(sandbox, "half_open", operation="GET /api/v5/market/tickers")
        body = json.dumps(ORDER)
        headers = signed(sandbox.told["accounts"][0], "POST", ORDERS, body) | {"Content-Type": "application/json"}
        slow, placing = _asked(sandbox, f"GET {TIME}"), _asked(sandbox, f"POST {ORDERS}", body, headers)
        silent = _asked(sandbox, "GET /api/v5/market/tickers?instType=SPOT")
        deaf = _asked(sandbox, f"GET {INSTRUMENTS}")
        deaf.sendall(f"GET {INSTRUMENTS} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 300)
        half = _asked(sandbox, f"POST {ORDERS}", headers={"Content-Length": "100"})
        time.sleep(1)
        assert len(sandbox.get("/api/v5/trade/orders-pending", 0)) == 1
        code, seconds = sandbox.end()
        assert (code, seconds < 10) == (0, True)
        assert [(status.split()[1], told["code"]) for status, told in map(_answer, (slow, placing, silent))] == [
            ("503", "50001"),
            ("400", "50004"),
            ("503", "50001"),
        ]
        assert half.recv(1) == b""
        for connection in (slow, placing, silent, deaf, half):
            connection.close()
        log = sandbox.log()
    assert "ASGI" not in log
    assert "Cancel" not in log
    assert "Traceback" not in log
