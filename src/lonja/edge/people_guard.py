"""What every answer to a person's browser carries, and how many requests one network address may make.

Why here and not in the framework: it holds for every application beside the trading API and for each of its answers,
errors and refusals included. Invariant: a header that an answer brings along stays as it is.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from lonja.edge.rate_limit import Rate, RateLimits

# Any: ASGI leaves the values of its messages open.
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]

REQUESTS: Final = Rate(1_200, 60.0)
"""From one address, with everybody behind it; far more than pages ask for."""
COSTLY: Final = Rate(60, 60.0)
"""Of these, to what hashes a password, asks a provider or writes to somebody before anybody is known."""
COSTLY_PATHS: Final = frozenset(
    {
        "/api/account/sign-up",
        "/api/account/sign-in",
        "/api/account/recovery",
        "/api/account/connected/sign-in/begin",
        "/api/account/connected/sign-in/finish",
        "/api/account/connected/sign-up",
        "/api/staff/sign-in",
    }
)

HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
"""An answer is data: nothing of it is kept, framed, guessed at or run."""
STAY_WITH_TLS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
"""For a year this name is asked by TLS alone."""
_THIS_MACHINE: Final = (b"localhost", b"127.", b"[::1]")
"""Names that all programs of a machine share: what is said for one would hold for the others."""
_TOO_MANY: Final = (
    b'{"code":"too_many_requests","message":"There were too many requests from this address.",'
    b'"remedy":"Wait a minute, then try again."}'
)


async def guarded(app: _App, rate_limits: RateLimits, scope: _Message, receive: _Receive, send: _Send) -> None:
    """Let ``app`` answer one request, within the limits and with the headers."""

    async def send_with_headers(message: _Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            names = {bytes(name).lower() for name, _ in given}
            added = (*HEADERS, *transport_headers(scope))
            message["headers"] = [*given, *(header for header in added if header[0] not in names)]
        await send(message)

    wait_s = _wait_s(rate_limits, scope)
    if not wait_s:
        await app(scope, receive, send_with_headers)
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_TOO_MANY))]
    headers.append((b"retry-after", b"%d" % wait_s))
    await send_with_headers({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_MANY})


def transport_headers(scope: _Message) -> tuple[tuple[bytes, bytes], ...]:
    """What an answer carries because of how it was asked for: over TLS, by a name that is the house's alone."""
    if scope.get("scheme") != "https":
        return ()
    host = dict(scope["headers"]).get(b"host", b"").lower()
    return (STAY_WITH_TLS,) if host and not host.startswith(_THIS_MACHINE) else ()


def _wait_s(rate_limits: RateLimits, scope: _Message) -> int:
    """How many seconds a request has to wait, 0 when it is let in."""
    client: tuple[str, int] | None = scope.get("client")
    address = client[0] if client is not None else ""
    # However many slashes are put in: the framework does not mind them either.
    path = "/" + "/".join(part for part in scope["path"].split("/") if part)
    is_costly = scope["method"] == "POST" and path in COSTLY_PATHS
    asked = [(("people, costly", address), COSTLY)] if is_costly else []
    for key, rate in (*asked, (("people", address), REQUESTS)):
        if not rate_limits.take(key, rate):
            return rate_limits.wait_s(key)
    return 0
