"""Who calls the account API: the browser or program, and the session it holds.

A session comes as a bearer token (a script) or in a cookie (a page). A cookie travels by itself, so a page must prove
with each change that it is ours: by ``x-csrf-token``, which no other page can read. Invariant: nothing in a request but
these two names a user.
"""

from collections.abc import Callable
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency

from lonja.edge.account.services import AccountServices
from lonja.modules.identity.api import Client, LiveSession, OpenedSession
from lonja.primitives.errors import RefusedError

SESSION_COOKIE: Final = "lonja_session"
DEVICE_COOKIE: Final = "lonja_device"
FORGET_ALL: Final = {"clear-site-data": '"cache", "storage"'}
"""Makes a browser forget what it kept of us when somebody signs out. The cookie of the session goes by itself: with all
cookies that of the device would go, and the next sign-in would be one from a new device."""
_DEVICE_LIFE_S: Final = 365 * 86_400
_HEADER_LENGTH_MAX: Final = 512
_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
# Any: Litestar's requests are generic over what we do not use.
HttpRequest = Request[Any, Any, State]
House = NamedDependency[AccountServices]
"""The services, as a parameter ``services`` of an operation."""
Live = NamedDependency[LiveSession]
"""The session of the request, as a parameter ``live``; an operation that has it refuses who is not signed in."""
SteppedUp = NamedDependency[LiveSession]
"""The same as ``stepped_up``; refused unless a second factor was given a moment ago."""
Asked = NamedDependency[Callable[[], LiveSession]]
"""What finds the session when it is called, as a parameter ``asked``, for what has another way to tell whose it is."""


def client_of(request: HttpRequest) -> Client:
    """The client behind ``request``. Its device token comes by cookie or, from a script, by header."""
    address = request.client.host if request.client is not None else ""
    device = request.headers.get("x-device-token", "") or kept_cookie(request, DEVICE_COOKIE)
    return Client(address, request.headers.get("user-agent", "")[:_HEADER_LENGTH_MAX], device[:_HEADER_LENGTH_MAX])


def session_of(request: HttpRequest, services: AccountServices) -> LiveSession:
    """The session of ``request``. Raises ``RefusedError``."""
    token, is_script = session_token(request)
    live = services.people.session(token, client_of(request), services.clock())
    if not is_script and request.method not in _SAFE_METHODS:
        services.people.check_csrf(live, request.headers.get("x-csrf-token", ""))
    return live


def session_token(request: HttpRequest) -> tuple[str, bool]:
    """The token of the session, "" for none, and whether a script sent it itself."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    is_script = kind.lower() == "bearer"
    token = bearer.strip() if is_script else kept_cookie(request, SESSION_COOKIE)
    return token[:_HEADER_LENGTH_MAX], is_script


def require_own_page(request: HttpRequest, services: AccountServices) -> None:
    """Raise ``RefusedError`` when a browser says that the request comes from somebody else's page.

    For what needs no session yet: signing in with somebody else's account by a hidden form would be an attack too.
    """
    origin = request.headers.get("origin", "")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin and origin not in (own, *services.origins):
        raise RefusedError("csrf_failed", "This request did not come from our page.", "Open our own page.")


def kept_cookie(request: HttpRequest, name: str) -> str:
    """What ``own_cookie`` left in the browser under ``name``, "" when nothing is there."""
    return request.cookies.get(_cookie_name(request, name), "")


def own_cookie(request: HttpRequest, name: str, value: str, max_age: int | None = None) -> Cookie:
    """A cookie unseen by scripts and sent by our own pages only; gone with the browser unless it has an age.

    Over TLS its name tells browsers to let no other host set it, neither one of the same domain nor one without TLS.
    """
    is_secure = request.url.scheme == "https"
    return Cookie(
        key=_cookie_name(request, name),
        value=value,
        path="/" if is_secure else "/api/account",
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=is_secure,
    )


def session_cookie(opened: OpenedSession, request: HttpRequest) -> Cookie:
    """The cookie of a new session."""
    return own_cookie(request, SESSION_COOKIE, opened.token)


def device_cookie(device_token: str, request: HttpRequest) -> Cookie:
    """The cookie by which a browser is known again."""
    return own_cookie(request, DEVICE_COOKIE, device_token, _DEVICE_LIFE_S)


def no_session_cookie(request: HttpRequest) -> Cookie:
    """Makes a browser forget its session."""
    return own_cookie(request, SESSION_COOKIE, "", 0)


def _cookie_name(request: HttpRequest, name: str) -> str:
    return f"__Host-{name}" if request.url.scheme == "https" else name
