"""Who calls the staff API: from which network, with which session.

A session comes as a bearer token (a script) or in a cookie of its own path (a page, which proves with ``x-csrf-token``
that it is ours). Invariant: no session of a customer opens anything here, and what a member of staff may do is looked up
with every request, never carried in it.
"""

from typing import Final

from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from lonja.edge.account.caller import HttpRequest
from lonja.edge.staff.services import STAFF_PREFIX, StaffServices
from lonja.modules.backoffice.api import (
    REFUSALS,
    LiveStaffSession,
    OpenedStaffSession,
    StaffClient,
    StaffSession,
    csrf_token_of,
)
from lonja.modules.identity.api import UserState
from lonja.primitives.errors import RefusedError

SESSION_COOKIE: Final = "lonja_staff"
DEVICE_COOKIE: Final = "lonja_staff_device"
_DEVICE_LIFE_S: Final = 365 * 86_400
_HEADER_LENGTH_MAX: Final = 512
_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")

House = NamedDependency[StaffServices]
"""The services, as a parameter ``services`` of an operation."""
Live = NamedDependency[LiveStaffSession]
"""The session of the request, as a parameter ``live``."""
By = NamedDependency[StaffSession]
"""Who acts, as a parameter ``by``; an operation that has it refuses who is not signed in."""
Confirmed = NamedDependency[StaffSession]
"""The same as ``confirmed``; refused unless the passkey was given a moment ago."""


def refusal(code: str) -> RefusedError:
    """The error to raise for ``code``."""
    row = REFUSALS[code]
    return RefusedError(code, row.message, row.remedy)


def address_of(request: HttpRequest) -> str:
    """The network address that the request came from."""
    return request.client.host if request.client is not None else ""


def client_of(request: HttpRequest) -> StaffClient:
    """The client behind ``request``."""
    device = request.headers.get("x-device-token", "") or request.cookies.get(_cookie_name(request, DEVICE_COOKIE), "")
    program = request.headers.get("user-agent", "")[:_HEADER_LENGTH_MAX]
    return StaffClient(address_of(request), program, device[:_HEADER_LENGTH_MAX])


def require_network(request: HttpRequest, services: StaffServices) -> None:
    """Raise ``RefusedError`` when staff do not work from where the request came from."""
    if not services.lets_in(address_of(request)):
        raise refusal("network_refused")


def require_own_page(request: HttpRequest, services: StaffServices) -> None:
    """Raise ``RefusedError`` when a browser says that the request comes from somebody else's page."""
    origin = request.headers.get("origin", "")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin and origin not in (own, *services.origins):
        raise refusal("csrf_failed")


def session_of(request: HttpRequest, services: StaffServices) -> LiveStaffSession:
    """The session of ``request``. Raises ``RefusedError``."""
    require_network(request, services)
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    is_script = kind.lower() == "bearer"
    token = bearer.strip() if is_script else _page_token(request)
    sessions = services.back_office.sessions
    live = sessions.find(token[:_HEADER_LENGTH_MAX], client_of(request))
    _require_same_account(services, live)
    if not is_script and request.method not in _SAFE_METHODS:
        sessions.check_csrf(live, request.headers.get("x-csrf-token", ""))
    return live


def page_csrf_token(request: HttpRequest) -> str:
    """What the page of ``request`` proves its changes with, "" for a script."""
    token = _page_token(request)
    return csrf_token_of(token) if token and "authorization" not in request.headers else ""


def staff_cookies(opened: OpenedStaffSession, request: HttpRequest) -> list[Cookie]:
    """The cookies of a new session, and of the device it was opened on."""
    return [
        _cookie(SESSION_COOKIE, opened.token, request, None),
        _cookie(DEVICE_COOKIE, opened.device_token, request, _DEVICE_LIFE_S),
    ]


def no_session_cookie(request: HttpRequest) -> Cookie:
    """Makes a browser forget its session."""
    return _cookie(SESSION_COOKIE, "", request, 0)


def _page_token(request: HttpRequest) -> str:
    return request.cookies.get(_cookie_name(request, SESSION_COOKIE), "")[:_HEADER_LENGTH_MAX]


def _require_same_account(services: StaffServices, live: LiveStaffSession) -> None:
    """A session ends with what it rests on: the person's account and password."""
    try:
        user = services.people.user(live.user_id)
        is_same = user.state is UserState.ACTIVE and user.password_changed_ms <= live.created_ms
    except RefusedError:
        is_same = False
    if not is_same:
        services.back_office.sessions.end_all(live.user_id, "account_changed")
        raise refusal("session_ended")


def _cookie(name: str, value: str, request: HttpRequest, life_s: int | None) -> Cookie:
    is_secure = request.url.scheme == "https"
    return Cookie(
        key=_cookie_name(request, name),
        value=value,
        path="/" if is_secure else STAFF_PREFIX,
        max_age=life_s,
        httponly=True,
        samesite="strict",
        secure=is_secure,
    )


def _cookie_name(request: HttpRequest, name: str) -> str:
    """Over TLS a name that tells browsers to let no other host set it, neither one of the same domain."""
    return f"__Host-{name}" if request.url.scheme == "https" else name
