"""Who calls the account API: the browser or program, and the session it holds.

A session comes as a bearer token (a script) or in a cookie (a page). A cookie travels by itself, so a page must prove
with each change that it is ours: by ``x-csrf-token``, which no other page can read. Invariant: nothing in a request but
these two names a user.
"""

from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency

from lonja.edge.account.services import AccountServices
from lonja.modules.identity.api import Client, LiveSession, OpenedSession
from lonja.primitives.errors import RefusedError

SESSION_COOKIE: Final = "lonja_session"
DEVICE_COOKIE: Final = "lonja_device"
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


def client_of(request: HttpRequest) -> Client:
    """The client behind ``request``. Its device token comes by cookie or, from a script, by header."""
    address = request.client.host if request.client is not None else ""
    device = request.headers.get("x-device-token", "") or request.cookies.get(DEVICE_COOKIE, "")
    return Client(address, request.headers.get("user-agent", "")[:_HEADER_LENGTH_MAX], device[:_HEADER_LENGTH_MAX])


def session_of(request: HttpRequest, services: AccountServices) -> LiveSession:
    """The session of ``request``. Raises ``RefusedError``."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    is_script = kind.lower() == "bearer"
    token = bearer.strip() if is_script else request.cookies.get(SESSION_COOKIE, "")
    live = services.people.session(token[:_HEADER_LENGTH_MAX], client_of(request), services.clock())
    if not is_script and request.method not in _SAFE_METHODS:
        services.people.check_csrf(live, request.headers.get("x-csrf-token", ""))
    return live


def require_own_page(request: HttpRequest, services: AccountServices) -> None:
    """Raise ``RefusedError`` when a browser says that the request comes from somebody else's page.

    For what needs no session yet: signing in with somebody else's account by a hidden form would be an attack too.
    """
    origin = request.headers.get("origin", "")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin and origin not in (own, *services.origins):
        raise RefusedError("csrf_failed", "This request did not come from our page.", "Open our own page.")


def session_cookie(opened: OpenedSession, request: HttpRequest) -> Cookie:
    """The cookie of a new session: gone with the browser, unseen by scripts, sent by our own pages only."""
    return Cookie(
        key=SESSION_COOKIE,
        value=opened.token,
        path="/api/account",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def device_cookie(device_token: str, request: HttpRequest) -> Cookie:
    """The cookie by which a browser is known again."""
    return Cookie(
        key=DEVICE_COOKIE,
        value=device_token,
        path="/api/account",
        max_age=_DEVICE_LIFE_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def no_session_cookie(request: HttpRequest) -> Cookie:
    """Makes a browser forget its session."""
    return Cookie(
        key=SESSION_COOKIE,
        value="",
        path="/api/account",
        max_age=0,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
