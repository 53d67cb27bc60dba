"""One envelope for every answer, whatever a client sends."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from lonja.edge.people_guard import STAY_WITH_TLS
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.services import NoMetrics
from tests.edge.house import House, open_house, order, request


class Heard(NoMetrics):
    """Remembers what the edge tells."""

    def __init__(self) -> None:
        self.operations: list[tuple[str, str]] = []

    def observe_operation(self, operation: str, seconds: float, code: str) -> None:
        assert 0 <= seconds < 60
        self.operations.append((operation, code))

    def exposition(self) -> tuple[bytes, str]:
        return b"lonja_up 1\n", "text/plain; version=0.0.4"


async def test_an_answer_is_compact_json_with_its_length(rest: House) -> None:
    reply = await rest.get("public/time")
    assert reply.raw == b'{"code":"0","msg":"","data":[{"ts":"1700000000000"}]}'
    assert reply.headers == {b"content-type": b"application/json", b"content-length": b"53"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v5/public/time"),
        ("GET", "/api/v5/openapi.json"),
        ("GET", "/api/v5/account/balance"),
        ("POST", "/api/v5/public/time"),
        ("GET", "/healthz"),
        ("GET", "/nothing"),
    ],
)
async def test_every_answer_over_tls_asks_to_stay_there(rest: House, method: str, path: str) -> None:
    asked = [("https", "lonja.example", True), ("http", "lonja.example", False), ("https", "localhost:8443", False)]
    for scheme, host, stays in asked:
        reply = await request(rest.app, method, path, headers={"Host": host}, scheme=scheme)
        assert (STAY_WITH_TLS[0] in reply.headers) is stays


@pytest.mark.parametrize("path", ["/", "/api/v5", "/api/v5/", "/api/v5/public/time/", "/api/v6/public/time", "/%2e"])
async def test_unknown_paths(rest: House, path: str) -> None:
    reply = await request(rest.app, "GET", path)
    assert (reply.status, reply.code, reply.data) == (404, "404", [])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD", "get"])
async def test_wrong_methods(rest: House, method: str) -> None:
    reply = await request(rest.app, method, "/api/v5/public/time")
    assert (reply.status, reply.code, reply.data) == (405, "50115", [])
    assert reply.headers[b"allow"] == b"GET"
    reply = await request(rest.app, "GET", "/api/v5/trade/batch-orders")
    assert (reply.code, reply.headers[b"allow"]) == ("50115", b"POST")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "50000"),
        (b"  \n", 400, "50000"),
        (b"{", 400, "50002"),
        (b"{'instId': 1}", 400, "50002"),
        (b'{"px":NaN}', 400, "50002"),
        (b'{"a":1}{"b":2}', 400, "50002"),
        (b"\xff\xfe", 400, "50002"),
        (b'{"instId":"\xff"}', 400, "50002"),
        (b'{"instId":"\\ud800"}', 400, "50002"),
        (b"[" * 5_000, 400, "50002"),
        (b"[" * 5_000 + b"]" * 5_000, 400, "50002"),
        (b'{"px":' + b"9" * 5_000 + b"}", 400, "50002"),
        (b"[]", 400, "50002"),
        (b'"instId"', 400, "50002"),
        (b"null", 400, "50002"),
        (b"17", 400, "50002"),
        (b"{}", 400, "50014"),
    ],
)
@pytest.mark.parametrize("path", ["trade/order", "trade/cancel-all-after"])
async def test_bodies_that_are_no_request(rest: House, path: str, body: bytes, status: int, code: str) -> None:
    reply = await rest.trader.post(path, body)
    assert (reply.status, reply.code, reply.data) == (status, code, [])


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
async def test_only_json_is_read(rest: House, content_type: str) -> None:
    reply = await rest.trader.post("trade/order", order(), headers={"Content-Type": content_type})
    assert (reply.status, reply.code) == (400, "50006")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", None])
async def test_json_is_read(rest: House, content_type: str | None) -> None:
    assert (await rest.trader.post("trade/order", order(), headers={"Content-Type": content_type})).code == "0"


async def test_bodies_are_bounded(rest: House) -> None:
    huge = b" " * (1 << 20) + b"{}"
    for reply in (
        await rest.trader.post("trade/order", huge),
        await rest.trader.post("trade/order", b"{}", headers={"Content-Length": "9" * 30}),
        await rest.trader.post("trade/order", b"", parts=[b" " * (1 << 19)] * 3),
    ):
        assert (reply.status, reply.code, reply.data) == (413, "413", [])


async def test_bodies_may_come_in_parts(rest: House) -> None:
    raw = msgspec.json.encode(order())
    reply = await rest.trader.post("trade/order", raw, parts=[raw[:10], b"", raw[10:]])
    assert reply.code == "0"


async def test_a_client_may_leave_in_the_middle(rest: House) -> None:
    sent = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v5/trade/order", "headers": []}
    await rest.app(scope, receive, send)
    assert sent == []


@pytest.mark.parametrize(
    "query",
    ["instId", "instId=%FF%FE", "instId=\u00e9", "=", "&&&", "instId=%zz", "&".join(f"a{n}=1" for n in range(500))],
)
async def test_strange_queries(rest: House, query: str) -> None:
    reply = await request(rest.app, "GET", "/api/v5/market/ticker?" + query)
    assert reply.code in ("50014", "51000", "51001")


async def test_unknown_parameters_are_ignored(rest: House) -> None:
    assert (await rest.get("market/ticker", instId="QUIET-USDT", nonsense="1")).code == "0"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_every_operation_answers_without_any_parameter(rest: House, operation: Any) -> None:
    call = rest.trader.call(operation.method, operation.path, b"{}" if operation.method == "POST" else b"")
    reply = await call
    assert reply.status in (200, 400)
    assert set(reply.json) - {"inTime", "outTime"} == {"code", "msg", "data"}
    # What no parameter could make good is refused without any, too.
    assert reply.code in ("0", "50014", "50015", "50002", "50062", "51010", "54001")


async def test_a_fault_of_our_own_is_told_and_survived(rest: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(type(rest.services.market_data), "ticker", broken)
        reply = await rest.get("market/ticker", instId="QUIET-USDT")
        assert (reply.status, reply.code) == (500, "50026")
    assert (await rest.get("market/ticker", instId="QUIET-USDT")).code == "0"


async def test_pages_beside_the_interface(tmp_path: Path) -> None:
    heard = Heard()
    async with open_house(tmp_path, metrics=heard) as house:
        health = await request(house.app, "GET", "/healthz")
        assert (health.status, health.json) == (200, {"status": "ok", "problem": ""})
        metrics = await request(house.app, "GET", "/metrics")
        assert (metrics.raw, metrics.headers[b"content-type"]) == (b"lonja_up 1\n", b"text/plain; version=0.0.4")
        assert (await request(house.app, "HEAD", "/metrics")).raw == b""
        reply = await request(house.app, "POST", "/metrics")
        assert (reply.code, reply.headers[b"allow"]) == ("50115", b"GET, HEAD")
        assert (await request(house.app, "GET", "/api/v5/openapi.json")).json["openapi"] == "3.1.0"
        await house.get("public/time")
        await house.trader.place(sz="0")
        await house.trader.post("trade/order", b"")
        assert heard.operations == [
            ("GET /api/v5/public/time", "0"),
            ("POST /api/v5/trade/order", "1"),
            ("POST /api/v5/trade/order", "50000"),
        ]


async def test_the_server_may_tell_the_application_that_it_starts_and_stops(rest: House) -> None:
    told = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return told.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await rest.app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
