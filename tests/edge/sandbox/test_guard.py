"""Who may use the controls: programs on this machine, no web page, no other machine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.edge.rest.app import build_app
from tests.edge.house import request
from tests.edge.sandbox.conftest import Sandbox, open_sandbox

HOST = {"host": "127.0.0.1:8080"}

CALLERS = [
    # address, headers, admitted
    ("127.0.0.1", {"host": "127.0.0.1:8080"}, True),
    ("127.0.0.1", {"host": "localhost"}, True),
    ("127.0.0.1", {"host": "LOCALHOST:9000"}, True),
    ("127.8.9.1", {"host": "127.8.9.1:1"}, True),
    ("::1", {"host": "[::1]:8080"}, True),
    ("::ffff:127.0.0.1", {"host": "[::ffff:127.0.0.1]:8080"}, True),
    # Another machine, whatever it says.
    ("192.0.2.7", HOST, False),
    ("::ffff:192.0.2.7", HOST, False),
    ("2001:db8::1", HOST, False),
    ("", HOST, False),
    # A proxy on this machine that passes on for another.
    ("127.0.0.1", {**HOST, "x-forwarded-for": "192.0.2.7"}, False),
    ("127.0.0.1", {**HOST, "forwarded": "for=192.0.2.7"}, False),
    ("127.0.0.1", {**HOST, "via": "1.1 proxy"}, False),
    ("127.0.0.1", {**HOST, "x-forwarded-proto": "https"}, False),
    ("127.0.0.1", {**HOST, "cf-connecting-ip": "192.0.2.7"}, False),
    # A page whose own name was made to resolve to this machine.
    ("127.0.0.1", {"host": "evil.example:8080"}, False),
    ("127.0.0.1", {"host": "localhost.evil.example"}, False),
    ("127.0.0.1", {"host": "127.0.0.1.evil.example"}, False),
    ("127.0.0.1", {"host": "127.0.0.1:8080@evil.example"}, False),
    ("127.0.0.1", {"host": "192.0.2.7:8080"}, False),
    ("127.0.0.1", {"host": ""}, False),
    ("127.0.0.1", {"accept": "*/*"}, False),
    # A page of another site, in a browser on this machine.
    ("127.0.0.1", {**HOST, "origin": "https://evil.example"}, False),
    ("127.0.0.1", {**HOST, "origin": "null"}, False),
    ("127.0.0.1", {**HOST, "origin": "http://127.0.0.1:3000"}, False),
    ("127.0.0.1", {**HOST, "sec-fetch-site": "cross-site"}, False),
    ("127.0.0.1", {**HOST, "sec-fetch-site": "same-site"}, False),
    # The address typed into a browser, and a page of our own.
    ("127.0.0.1", {**HOST, "sec-fetch-site": "none"}, True),
    ("127.0.0.1", {**HOST, "sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8080"}, True),
]


@pytest.mark.parametrize(("address", "headers", "admitted"), CALLERS)
async def test_only_programs_on_this_machine_are_let_in(
    sandbox: Sandbox, address: str, headers: dict[str, str], admitted: bool
) -> None:
    reply = await sandbox.get("clock", headers, address)
    assert (reply.status, reply.code) == ((200, "0") if admitted else (403, "403"))
    if not admitted:
        assert reply.data == []


async def test_two_host_headers_are_one_too_many(sandbox: Sandbox) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/sandbox/clock",
        "raw_path": b"/sandbox/clock",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"host", b"evil.example")],
        "client": ("127.0.0.1", 1),
    }
    await sandbox.app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 403


@pytest.fixture
async def open_to_all(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with open_sandbox(tmp_path, local_only=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({"host": "sandbox.example"}, True),
        ({"host": "sandbox.example", "x-forwarded-for": "192.0.2.9"}, True),
        ({"host": "sandbox.example", "origin": "https://evil.example"}, False),
        ({"host": "sandbox.example", "sec-fetch-site": "cross-site"}, False),
    ],
)
async def test_opened_to_other_machines_it_still_refuses_pages_of_other_sites(
    open_to_all: Sandbox, headers: dict[str, str], admitted: bool
) -> None:
    reply = await open_to_all.get("clock", headers, "192.0.2.7")
    assert reply.code == ("0" if admitted else "403")


async def test_without_controls_there_is_nothing_to_reach(sandbox: Sandbox) -> None:
    app = build_app(sandbox.house.services)
    for path in ("clock", "accounts", "reset", "flow", "faults"):
        reply = await request(app, "GET", f"/sandbox/{path}", b"", HOST)
        assert (reply.status, reply.code) == (404, "404")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "nothing", 404, "404"),
        ("POST", "", 404, "404"),
        ("GET", "clock/", 404, "404"),
        ("DELETE", "clock", 405, "50115"),
        ("OPTIONS", "clock", 405, "50115"),
        ("GET", "reset", 405, "50115"),
    ],
)
async def test_what_there_is_not(sandbox: Sandbox, method: str, path: str, status: int, code: str) -> None:
    reply = await sandbox.post(path, None, method)
    assert (reply.status, reply.code) == (status, code)
    assert not any(name.startswith(b"access-control") for name in reply.headers)


async def test_it_tells_what_there_is(sandbox: Sandbox) -> None:
    listed = {row["path"]: row["summary"] for row in (await sandbox.get("")).data}
    assert {
        "GET /sandbox/clock",
        "POST /sandbox/clock",
        "DELETE /sandbox/faults",
        "POST /sandbox/reset",
    } <= listed.keys()
    assert all(listed.values())
    assert (await sandbox.get("", address="192.0.2.7")).code == "403"
