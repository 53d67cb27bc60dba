"""REST requests of every operation with strange parameters, and requests whose bytes are no longer HTTP."""

import json
import random
import re
from collections import Counter
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from lonja.edge.rest.operation import Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.requests import fields_of
from tests.e2e.sandbox_process import signed
from tests.fuzz.attack import ComplaintError
from tests.fuzz.documented import REST_CODES
from tests.fuzz.hostile import STRANGE, Scene, text_of
from tests.fuzz.raw_socket import EndedError, RawSocket

_WAIT_S: Final = 30
_BODIES: Final = (b"", b" ", b"{", b"[]", b"null", b'"a"', b"[[]]", b"\xff", b"[" * 5_000, b"x" * 70_000, b'{"a":1}{}')
_HTTP: Final = b"\x00\r\n :/?%&=0\xff"


def one_visit(url: str, scene: Scene, counted: Counter[str]) -> None:
    """Some requests on one connection."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=_WAIT_S)
    try:
        for _ in range(scene.chance.choice((1, 10, 100))):
            _request(url, connection, scene, counted)
    finally:
        connection.close()


def _request(url: str, connection: HTTPConnection, scene: Scene, counted: Counter[str]) -> None:
    """One request of any operation."""
    chance = scene.chance
    operation = chance.choice(OPERATIONS)
    values = _values(operation, scene)
    target, body = operation.path, b""
    if operation.method == "GET":
        target += "?" + urlencode({name: _text(value) for name, value in values.items()}, errors="replace")
    elif chance.random() < 0.1:
        body = chance.choice(_BODIES)
    else:
        told: object = chance.choice((values, values, [values], [values] * 21))
        body = text_of(told, chance).encode("utf-8", "ignore")
    headers = _headers(scene, operation, target, body)
    if chance.random() < 0.1:
        _no_http(url, chance, operation, target, headers, body)
        counted["no HTTP"] += 1
        return
    connection.request(operation.method, target, body, headers)
    with connection.getresponse() as response:
        _check(operation, response.status, response.headers["content-type"], response.read(), counted)


def _text(value: object) -> str:
    """A value in a query."""
    return value if isinstance(value, str) else json.dumps(value)


def _values(operation: Operation, scene: Scene) -> dict[str, Any]:
    """Parameters of an operation, most of them given, some of these strange."""
    chance, good = scene.chance, scene.order() | scene.reference()
    good |= {"instType": "SPOT", "ccy": "USDT", "amt": "1", "from": "6", "to": "18", "limit": "5", "subAcct": "fuzz1"}
    found = {}
    for field in fields_of(operation.request):
        if chance.random() < (0.9 if field.required else 0.4):
            is_strange = chance.random() < 0.3
            found[field.name] = chance.choice(STRANGE) if is_strange else good.get(field.name, chance.choice(STRANGE))
    return found


def _headers(scene: Scene, operation: Operation, target: str, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if operation.permission is None:
        return headers
    headers |= signed(scene.keys, operation.method, target, body)
    if scene.chance.random() < 0.1:
        name = scene.chance.choice(list(headers))
        headers[name] = scene.chance.choice(("", "x", "é", "1" * 1_000, headers[name] + " "))
    return headers


def _check(operation: Operation, status: int, content_type: str, answer: bytes, counted: Counter[str]) -> None:
    said = f"{operation.name} answers {status} {answer[:300]!r}"
    if content_type != "application/json":
        raise ComplaintError(f"{said} as {content_type}")
    told = json.loads(answer)
    counted[f"{status} {told['code']}"] += 1
    codes = REST_CODES[operation.name]
    if told["code"] not in codes.get(str(status), ()) or not isinstance(told["data"], list | dict):
        raise ComplaintError(said)
    for row in told["data"]:
        if isinstance(row, dict) and row.get("sCode", "0") not in codes["row"]:
            raise ComplaintError(said)


def _no_http(
    url: str, chance: random.Random, operation: Operation, target: str, headers: dict[str, str], body: bytes
) -> None:
    """The request as bytes, some of them changed, and no more: it is answered, or hung up on."""
    headers |= {"Host": "x", "Content-Length": str(len(body))}
    head = f"{operation.method} {target} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in headers.items()
    )
    sent = bytearray(f"{head}\r\n".encode("latin-1", "replace") + body)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(sent))
        sent[at : at + chance.randrange(3)] = bytes(chance.choices(_HTTP, k=chance.randrange(3)))
    with RawSocket(url, wait_s=_WAIT_S) as socket:
        try:
            socket.send(bytes(sent))
        except EndedError:
            return
        socket.half_close()
        answer = socket.rest()
    if answer and re.match(rb"HTTP/1\.1 (2|4)\d\d ", answer) is None:
        raise ComplaintError(f"{bytes(sent)[:500]!r} is answered {answer[:300]!r}")
