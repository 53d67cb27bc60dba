"""Signing in, signing up and linking by an account at another provider, over HTTP.

A browser comes back from a provider to ``callback``, which leads it to one of our own pages with what it brought behind
a #, where no server sees it; the page then sends it with the cookie that only the same browser has. Invariant: no
address to lead to ever comes from a request.
"""

import asyncio
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody, QueryParameter

from lonja.edge.account.answers import sign_in_answer
from lonja.edge.account.caller import (
    House,
    HttpRequest,
    Live,
    SteppedUp,
    client_of,
    device_cookie,
    kept_cookie,
    own_cookie,
    require_own_page,
)
from lonja.edge.account.signing_up import SignUpBegun
from lonja.modules.identity.api import Arrival, ArrivalForm, ConnectedAccount, Stage, StepMethod
from lonja.primitives.errors import RefusedError

CONNECT_COOKIE = "lonja_connect"
_LIFE_S = 900
_TOKEN_LENGTH_MAX = 512
_ID_DIGITS_MAX = 18


class ProviderAnswer(msgspec.Struct, frozen=True):
    """By whom one may sign in."""

    provider: str
    title: str


class ConnectingForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By whom, and to which of our pages the browser shall come back."""

    provider: str
    page: Literal["sign-in", "sign-up"] = "sign-in"


class LinkingForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose account shall be linked."""

    provider: str


class ConnectingAnswer(msgspec.Struct, frozen=True):
    """Where to send the browser.

    A script sends ``connect_token`` as ``x-connect-token`` at the end; a page has it in a cookie alone.
    """

    address: str
    connect_token: str


class ReturnForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser brought back."""

    state: str
    code: str


class ArrivedAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the sign-in is, as after a password.

    At the stage sign_up nobody here has this account yet, and ``arrival`` is for signing up.
    """

    stage: Stage | Literal["sign_up"]
    sign_in: str = ""
    methods: tuple[StepMethod, ...] = ()
    device_token: str = ""
    arrival: str = ""
    label: str = ""


class ConnectedAnswer(msgspec.Struct, frozen=True):
    """A connected account; ``label`` is its e-mail address, masked."""

    connected: str
    provider: str
    title: str
    label: str
    created_ms: int
    last_used_ms: int


@get("/providers", sync_to_thread=True, summary="Providers to sign in by")
def providers(services: House) -> list[ProviderAnswer]:
    """By whom one may sign in. Open to everybody."""
    return [ProviderAnswer(*provider) for provider in services.people.connected.providers()]


@post("/sign-in/begin", sync_to_thread=True, status_code=200, summary="Begin to sign in by a provider")
def begin(request: HttpRequest, services: House, data: JSONBody[ConnectingForm]) -> Response[ConnectingAnswer]:
    """Where to send the browser."""
    require_own_page(request, services)
    setting = services.people.connected.begin(data.provider, data.page, None, services.clock())
    return _sent(request, setting.address, setting.browser)


@get("/callback/{provider:str}", sync_to_thread=True, status_code=303, summary="Where browsers come back")
def callback(
    services: House,
    provider: FromPath[str],
    returned: Annotated[str, QueryParameter(name="state", max_length=_TOKEN_LENGTH_MAX)] = "",
    code: Annotated[str, QueryParameter(max_length=2_048)] = "",
) -> Response[None]:
    """Lead the browser to one of our pages. Changes nothing: whoever opens the link again is led there again."""
    page = services.people.connected.page_of(provider, returned, services.clock())
    brought = {"state": returned, "code": code} if page and code else {"error": "refused" if page else "over"}
    address = f"/{page or 'sign-in'}#{urlencode({'provider': provider, **brought})}"
    return Response(None, status_code=303, headers={"location": address})


@post("/sign-in/finish", sync_to_thread=True, status_code=200, summary="Sign in as who came back")
def finish(request: HttpRequest, services: House, data: JSONBody[ReturnForm]) -> Response[ArrivedAnswer]:
    """Counts like a password: a second factor and the device follow as ever."""
    require_own_page(request, services)
    client = client_of(request)
    found = services.people.connected.sign_in(data.state, data.code, _browser(request), client, services.clock())
    if isinstance(found, Arrival):
        answer = ArrivedAnswer("sign_up", arrival=found.token, label=found.label)
        return Response(answer, cookies=[_no_connect_cookie(request)])
    step = sign_in_answer(found, to_page=_is_page(request))
    answer = ArrivedAnswer(step.stage, step.sign_in, step.methods, step.device_token)
    return Response(answer, cookies=[_no_connect_cookie(request), device_cookie(found.device_token, request)])


@post("/sign-up", sync_to_thread=True, status_code=202, summary="Begin to sign up after coming from a provider")
def sign_up(request: HttpRequest, services: House, data: JSONBody[ArrivalForm]) -> SignUpBegun:
    """Sends a code to the contact; ``/sign-up/confirm`` finishes. The same when the contact has an account already."""
    require_own_page(request, services)
    return SignUpBegun(services.people.connected.sign_up(data, services.clock()))


@get("/", sync_to_thread=True, summary="Connected accounts")
def list_connected(services: House, live: Live) -> list[ConnectedAnswer]:
    """The connected accounts of the person signed in, oldest first."""
    return [_answer(account) for account in services.people.connected.all(live.user_id)]


@post("/link/begin", sync_to_thread=True, status_code=200, summary="Begin to connect an account")
def begin_link(
    request: HttpRequest, services: House, stepped_up: SteppedUp, data: JSONBody[LinkingForm]
) -> Response[ConnectingAnswer]:
    """Where to send the browser. Needs a step-up."""
    setting = services.people.connected.begin(data.provider, "security", stepped_up, services.clock())
    return _sent(request, setting.address, setting.browser)


@post("/link/finish", status_code=201, summary="Connect the account that came back")
async def finish_link(
    request: HttpRequest, services: House, stepped_up: SteppedUp, data: JSONBody[ReturnForm]
) -> ConnectedAnswer:
    """From now on it may be used to sign in. Needs a step-up, in the session that began."""
    linked = await asyncio.to_thread(
        services.people.connected.link, stepped_up, data.state, data.code, _browser(request), services.clock()
    )
    return _answer(linked)


@delete("/{connected:str}", sync_to_thread=True, status_code=204, summary="Disconnect an account")
def unlink(services: House, stepped_up: SteppedUp, connected: FromPath[str]) -> None:
    """It signs in no more, and other sessions end. The last way in stays. Needs a step-up."""
    if not (connected.isascii() and connected.isdigit() and len(connected) <= _ID_DIGITS_MAX):
        raise RefusedError(
            "connected_not_found", "There is no such connected account.", "Look at the list of your connected accounts."
        )
    services.people.connected.unlink(stepped_up, int(connected), services.clock())


def _sent(request: HttpRequest, address: str, browser: str) -> Response[ConnectingAnswer]:
    cookie = own_cookie(request, CONNECT_COOKIE, browser, _LIFE_S)
    return Response(ConnectingAnswer(address, "" if _is_page(request) else browser), cookies=[cookie])


def _is_page(request: HttpRequest) -> bool:
    # Browsers name the origin of whatever a page sends, and let no page leave it out.
    return "origin" in request.headers


def _browser(request: HttpRequest) -> str:
    return (request.headers.get("x-connect-token", "") or kept_cookie(request, CONNECT_COOKIE))[:_TOKEN_LENGTH_MAX]


def _no_connect_cookie(request: HttpRequest) -> Cookie:
    return own_cookie(request, CONNECT_COOKIE, "", 0)


def _answer(account: ConnectedAccount) -> ConnectedAnswer:
    return ConnectedAnswer(
        str(account.connected_id),
        account.provider,
        account.title,
        account.label,
        account.created_ms,
        account.last_used_ms,
    )


ROUTER = Router(
    "/connected",
    route_handlers=[
        providers,
        begin,
        callback,
        finish,
        sign_up,
        list_connected,
        begin_link,
        finish_link,
        unlink,
    ],
    tags=["Connected accounts"],
)
