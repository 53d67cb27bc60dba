"""The REST side of the exchange as a plain ASGI application.

Why without a framework: the work of an order takes microseconds, and so must what is around it. Invariant: every
request gets one answer in the envelope, whatever went wrong; nothing a client sends ends the process.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, MutableMapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import msgspec
import structlog

from lonja.edge.auth import Credentials
from lonja.edge.errors import HTTP_STATUS, MESSAGES, OK, EdgeError, engine_error, refusal
from lonja.edge.gate import require_key_right
from lonja.edge.orders import OPERATIONS as ORDER_OPERATIONS
from lonja.edge.orders import OrderReply, run_order_operation
from lonja.edge.people_guard import guarded, transport_headers
from lonja.edge.rest.calls import Call, PrivateCall
from lonja.edge.rest.openapi import openapi_document
from lonja.edge.rest.operation import ITEMS, PREFIX, Operation
from lonja.edge.rest.operations import BY_PATH
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.numbers import decode_json, integer
from lonja.edge.wire.order_answers import code_by_rows
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError
from lonja.primitives.money import INT_MAX

# Any: ASGI leaves the values of its messages open.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON_TYPE: Final = b"application/json"
QUERY_FIELDS_MAX: Final = 100
HOOK_BYTES_MAX: Final = 16_384
CONTROL_PREFIX: Final = "/sandbox/"
OPENAPI_PATH: Final = PREFIX + "/openapi.json"
_PAGE_METHODS: Final = ("GET", "HEAD")

_log = structlog.get_logger("lonja.edge.rest")
_encode = msgspec.json.Encoder().encode
_Headers = Mapping[bytes, bytes]


class DisconnectedError(Exception):
    """The client went away before its request was complete."""


class Answer(NamedTuple):
    """What goes back: status, content type, body; ``code`` is for metrics, ``allow`` names what a wrong method may be."""

    status: int
    content_type: bytes
    body: bytes
    code: str
    allow: bytes = b""


Control = Callable[[Scope, Receive], Awaitable[Answer]]
"""What answers the sandbox's own operations."""


Handling = Callable[[Operation, Scope, Receive], Awaitable[Answer]]
"""What answers an operation."""


def build_app(
    services: Services, control: Control | None = None, around: Callable[[Handling], Handling] | None = None
) -> ASGIApp:
    """The application that answers with the help of ``services``.

    In a sandbox ``control`` answers below ``/sandbox/``, and ``around`` lets things go wrong.
    """
    return _App(services, control, around)


class _App:
    def __init__(
        self, services: Services, control: Control | None, around: Callable[[Handling], Handling] | None
    ) -> None:
        self._services = services
        self._control = control
        self._handle = self._operation if around is None else around(self._operation)
        self._pages: dict[str, Callable[[], Answer]] = {
            "/healthz": self._health,
            "/metrics": self._metrics,
            OPENAPI_PATH: _openapi,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope."""
        kind = scope["type"]
        if kind == "http":
            self._services.settings.proxies.settle(scope)
            await self._http(scope, receive, send)
        elif kind == "lifespan":
            await _lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        path = scope["path"]
        methods = BY_PATH.get(path)
        operation = methods.get(scope["method"]) if methods is not None else None
        try:
            if operation is not None:
                answer = await self._handle(operation, scope, receive)
                elapsed = time.perf_counter() - started
                self._services.metrics.observe_operation(operation.name, elapsed, answer.code)
            elif methods is None and self._control is not None and path.startswith(CONTROL_PREFIX):
                answer = await self._control(scope, receive)
            elif methods is None and (beside := self._beside(path)) is not None:
                await guarded(beside, self._services.rate_limits, scope, receive, send)
                return
            elif methods is None and path in self._services.hooks:
                answer = await self._hook(scope, receive)
            elif methods is None and (shown := self._services.site.answer(scope)) is not None:
                await _send(send, shown.status, [*shown.headers, *transport_headers(scope)], shown.body)
                return
            elif methods is None:
                answer = self._page(path, scope["method"])
            else:
                answer = wrong_method(methods)
        except DisconnectedError:
            return
        except asyncio.CancelledError:
            # The house closes and waits for nobody any longer; what a POST asked for may have been done.
            answer = refused(refusal("50004" if scope["method"] == "POST" else "50001"))
        status, content_type, body, _, allow = answer
        headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body)), *transport_headers(scope)]
        if allow:
            headers.append((b"allow", allow))
        await _send(send, status, headers, body)

    def _beside(self, path: str) -> ASGIApp | None:
        found = (app for prefix, app in self._services.apps.items() if path.startswith(prefix))
        return next(found, None)

    async def _operation(self, operation: Operation, scope: Scope, receive: Receive) -> Answer:
        try:
            headers: _Headers = dict(scope["headers"])
            body = b""
            if operation.method == "POST":
                body = await read_body(headers, receive, self._services.settings.body_bytes_max)
                _check_content_type(headers, body)
            if operation.permission is None:
                return await self._public(operation, scope)
            session = await self._authenticate(operation, scope, headers, body)
            if operation.order_operation:
                return await self._orders(operation, session, headers, body)
            return await self._private(operation, session, scope, body)
        except EdgeError as error:
            return refused(error)
        except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
            return refused(engine_error(error))
        except DisconnectedError:
            raise
        except Exception:  # noqa: BLE001  # the last net: the process must stay up
            # Whatever it is, it is ours: the client is told so, and the process stays up.
            _log.exception("request failed", operation=operation.name)
            return refused(refusal("50026"))

    async def _authenticate(self, operation: Operation, scope: Scope, headers: _Headers, body: bytes) -> Session:
        get = headers.get
        given = Credentials(
            get(b"ok-access-key", b"").decode("latin-1"),
            get(b"ok-access-sign", b"").decode("latin-1"),
            get(b"ok-access-timestamp", b"").decode("latin-1"),
            get(b"ok-access-passphrase", b"").decode("latin-1"),
            get(b"x-simulated-trading") == b"1",
        )
        target: bytes = scope["raw_path"]
        query: bytes = scope["query_string"]
        if query:
            target += b"?" + query
        signed_body = body if operation.method == "POST" else b""
        method = operation.method.encode()
        session = await self._services.authenticator.rest(given, method, target, signed_body, _address(scope))
        key = session.key
        if operation.permission not in key.permissions or (
            key.withdraw_from_ms and not key.may(operation.permission, self._services.engine.now_ms())
        ):
            raise refusal("50120")
        return session

    async def _public(self, operation: Operation, scope: Scope) -> Answer:
        assert operation.run is not None
        params = query_of(scope["query_string"])
        self._take(operation, _address(scope), params)
        rows = await operation.run(Call(self._services), params)
        return accepted(rows[0] if operation.gives_one else rows)

    async def _private(self, operation: Operation, session: Session, scope: Scope, body: bytes) -> Answer:
        assert operation.run_private is not None
        params = query_of(scope["query_string"]) if operation.method == "GET" else _body_params(operation, body)
        self._take(operation, session.account, params)
        if operation.right is not None:
            require_key_right(self._services, session, operation.right)
        return told_by_rows(await operation.run_private(PrivateCall(self._services, session), params))

    async def _orders(self, operation: Operation, session: Session, headers: _Headers, body: bytes) -> Answer:
        args = _order_args(body, ORDER_OPERATIONS[operation.order_operation][1])
        expires = _text(headers, b"exptime")
        expires_ms = integer(expires, "expTime", 0, INT_MAX, 0) if expires else None
        reply = await run_order_operation(self._services, session, operation.order_operation, args, expires_ms)
        return _order_answer(reply)

    def _take(self, operation: Operation, caller: str | int, params: Mapping[str, object]) -> None:
        limits, name = self._services.rate_limits, (operation.path, operation.method, caller)
        if operation.takes_array:
            items = params.get(ITEMS) or [params]
            assert isinstance(items, list)
            parts = Counter(operation.counted(self._services, item) for item in items)
            # Of more than ever fit, the operation itself says that they are too many.
            wanted: dict[Hashable, int] = {
                (*name, part): min(units, operation.rate.limit) for part, units in parts.items()
            }
            taken = limits.take_all(wanted, operation.rate)
        else:
            taken = limits.take((*name, operation.counted(self._services, params)), operation.rate)
        if not taken:
            raise refusal("50011")

    async def _hook(self, scope: Scope, receive: Receive) -> Answer:
        """Pass a report of another service on; how it is signed is the hook's own matter."""
        if scope["method"] != "POST":
            return wrong_method(("POST",))
        headers: _Headers = dict(scope["headers"])
        try:
            body = await read_body(headers, receive, HOOK_BYTES_MAX)
            status = await self._services.hooks[scope["path"]](headers, body)
        except EdgeError as error:
            return refused(error)
        return Answer(status, JSON_TYPE, b"{}", OK)

    def _page(self, path: str, method: str) -> Answer:
        page = self._pages.get(path)
        if page is None:
            return refused(refusal("404"))
        if method not in _PAGE_METHODS:
            return wrong_method(_PAGE_METHODS)
        answer = page()
        return answer if method == "GET" else answer._replace(body=b"")

    def _health(self) -> Answer:
        problem = self._services.health()
        body = _encode({"status": "unhealthy" if problem else "ok", "problem": problem})
        return Answer(503 if problem else 200, JSON_TYPE, body, OK)

    def _metrics(self) -> Answer:
        body, content_type = self._services.metrics.exposition()
        return Answer(200, content_type.encode("latin-1"), body, OK)


def _openapi() -> Answer:
    return Answer(200, JSON_TYPE, _encode(openapi_document()), OK)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, bytes_max: int) -> bytes:
    """The body of a request. Raises ``EdgeError`` 413 and ``DisconnectedError``."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced[:20]) > bytes_max:
        raise refusal("413", bytes_max)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > bytes_max:
            raise refusal("413", bytes_max)
        return body
    return await _read_more(message, receive, bytes_max)


async def _read_more(message: Message, receive: Receive, bytes_max: int) -> bytes:
    parts, size = [], 0
    while True:
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > bytes_max:
            raise refusal("413", bytes_max)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()


def _check_content_type(headers: _Headers, body: bytes) -> None:
    content_type = headers.get(b"content-type")
    if body and content_type is not None and not content_type.lower().startswith(JSON_TYPE):
        raise refusal("50006")


def _text(headers: _Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1").strip()


def _address(scope: Scope) -> str:
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client is not None else ""


def query_of(query: bytes) -> dict[str, object]:
    """The parameters in a query string. Raises ``EdgeError`` 51000."""
    if not query:
        return {}
    try:
        return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX))
    except ValueError:
        raise refusal("51000", "query") from None


def _body_params(operation: Operation, body: bytes) -> dict[str, object]:
    if not body.strip():
        raise refusal("50000")
    params = decode_json(body)
    if operation.takes_array and isinstance(params, list) and all(isinstance(item, dict) for item in params):
        return {ITEMS: params}
    if not isinstance(params, dict):
        raise refusal("50002")
    return params


def _order_args(body: bytes, is_batch: bool) -> list[Mapping[str, object]]:
    if not body.strip():
        raise refusal("50000")
    args = decode_json(body)
    if not is_batch:
        if not isinstance(args, dict):
            raise refusal("50002")
        return [args]
    if not isinstance(args, list) or not all(isinstance(arg, dict) for arg in args):
        raise refusal("50002")
    return args


def told_by_rows(rows: Rows) -> Answer:
    """The answer that holds ``rows``, each of which says what became of its request, if they say so at all."""
    code = code_by_rows(rows)
    if code == OK:
        return accepted(rows)
    body = _encode({"code": code, "msg": MESSAGES[code], "data": rows})
    return Answer(200, JSON_TYPE, body, code)


def accepted(data: object) -> Answer:
    """The answer that holds ``data``: rows, seldom one row alone."""
    return Answer(200, JSON_TYPE, b'{"code":"0","msg":"","data":' + _encode(data) + b"}", OK)


def refused(error: EdgeError) -> Answer:
    """The answer that says ``error``."""
    body = _encode({"code": error.code, "msg": error.message, "data": []})
    return Answer(HTTP_STATUS.get(error.code, 200), JSON_TYPE, body, error.code)


def wrong_method(methods: Iterable[str]) -> Answer:
    """The answer to a request on a path that has ``methods`` and another was used."""
    return refused(refusal("50115"))._replace(allow=", ".join(methods).encode())


def _order_answer(reply: OrderReply) -> Answer:
    body = _encode(
        {
            "code": reply.code,
            "msg": reply.message,
            "data": reply.data,
            "inTime": str(reply.in_time_us),
            "outTime": str(reply.out_time_us),
        }
    )
    return Answer(reply.http_status, JSON_TYPE, body, reply.code)
