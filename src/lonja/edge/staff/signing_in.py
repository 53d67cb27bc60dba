"""Staff sign in: password, then a passkey; no session without both.

Invariant: somebody who is no member of staff gets the answer of a wrong password, after the same time.
"""

from typing import Any

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.params import JSONBody

from lonja.edge.account.caller import FORGET_ALL, HttpRequest
from lonja.edge.staff.caller import (
    By,
    House,
    Live,
    client_of,
    no_session_cookie,
    page_csrf_token,
    require_network,
    require_own_page,
    staff_cookies,
)
from lonja.modules.backoffice.api import StaffClient
from lonja.modules.identity.api import Client
from lonja.primitives.errors import RefusedError

# Any: the browser's own objects.
Options = dict[str, Any]


class PasswordForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """E-mail address or phone number, and the password."""

    identifier: str
    password: str


class PasskeyAwaited(msgspec.Struct, frozen=True):
    """What ``navigator.credentials.get`` takes as ``publicKey``; the sign-in is over in a few minutes."""

    sign_in: str
    options: Options


class PasskeyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the authenticator answered, as ``PublicKeyCredential.toJSON()`` gives it."""

    sign_in: str
    credential: Options


class ConfirmationForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the authenticator answered."""

    credential: Options


class StaffSessionAnswer(msgspec.Struct, frozen=True):
    """A script sends ``session_token`` as a bearer token, and keeps ``device_token`` for its next sign-in.

    A page has both in cookies and sends ``csrf_token`` with each change.
    """

    session_token: str
    csrf_token: str
    device_token: str


class MeAnswer(msgspec.Struct, frozen=True):
    """Who is signed in, in which roles, and what those may do alone; ``time_ms`` is the exchange's time.

    A page sends ``csrf_token`` with each change; a script has none.
    """

    user_id: int
    roles: list[str]
    may: list[str]
    signed_in_ms: int
    confirmed_ms: int
    time_ms: int
    csrf_token: str


@post("/", sync_to_thread=True, status_code=200, summary="Begin to sign in")
def begin(request: HttpRequest, services: House, data: JSONBody[PasswordForm]) -> PasskeyAwaited:
    """Check the password; the passkey comes next."""
    require_network(request, services)
    require_own_page(request, services)
    client, people, now_ms = client_of(request), services.people, services.clock()
    known: int | None = None
    try:
        known = people.sign_ins.check_password(data.identifier, data.password, _person_at(client), now_ms)
        token = services.back_office.sessions.begin(known, client)
    except RefusedError as error:
        # Who is locked out is not written down again: that would let anybody fill the log.
        if error.code != "too_many_attempts":
            services.back_office.sessions.refused(error.code, client)
        if error.code == "staff_only":
            message = "E-mail, phone number or password is wrong."
            raise RefusedError("credentials_wrong", message, "Check them, or reset.") from None
        raise
    return PasskeyAwaited(token, people.passkeys.ask_for_proof(known, now_ms))


@post("/passkey", sync_to_thread=True, status_code=200, summary="Finish signing in")
def finish(request: HttpRequest, services: House, data: JSONBody[PasskeyForm]) -> Response[StaffSessionAnswer]:
    """Give the passkey; a session begins."""
    require_network(request, services)
    require_own_page(request, services)
    client, sessions = client_of(request), services.back_office.sessions
    user_id = sessions.waiting(data.sign_in, client)
    try:
        services.people.passkeys.prove(user_id, data.credential, services.clock(), _person_at(client))
    except RefusedError as error:
        sessions.refused(error.code, client, user_id)
        raise
    opened = sessions.open(data.sign_in, client)
    return Response(
        StaffSessionAnswer(opened.token, opened.csrf_token, opened.device_token), cookies=staff_cookies(opened, request)
    )


@post("/confirm/options", sync_to_thread=True, status_code=200, summary="Begin to confirm an act by passkey")
def begin_confirmation(services: House, by: By) -> Options:
    """What ``navigator.credentials.get`` takes as ``publicKey``."""
    services.back_office.record(by, "house.read", None, {"read": "challenge"})
    return services.people.passkeys.ask_for_proof(by.user_id, services.clock())


@post("/confirm", sync_to_thread=True, status_code=204, summary="Confirm an act by passkey")
def confirm(request: HttpRequest, services: House, live: Live, data: JSONBody[ConfirmationForm]) -> None:
    """Acts that change something are open for the next minutes."""
    client, sessions = client_of(request), services.back_office.sessions
    try:
        services.people.passkeys.prove(live.user_id, data.credential, services.clock(), _person_at(client))
    except RefusedError as error:
        sessions.refused(error.code, client, live.user_id)
        raise
    sessions.confirm(live)


@delete("/", sync_to_thread=True, status_code=200, summary="Sign out")
def sign_out(request: HttpRequest, services: House, live: Live) -> Response[dict[str, str]]:
    """End the session."""
    services.back_office.sessions.sign_out(live)
    return Response({"ended": "signed_out"}, headers=FORGET_ALL, cookies=[no_session_cookie(request)])


@get("/", sync_to_thread=True, summary="Who is signed in")
def me(request: HttpRequest, services: House, live: Live) -> MeAnswer:
    """The member of staff signed in."""
    office = services.back_office
    office.record(live.by, "house.read", None, {"read": "me"})
    roles = office.staff.roles(live.user_id)
    may = {action for role in roles if role in office.rules.roles for action in office.rules.roles[role].may}
    times = (live.created_ms, live.confirmed_ms, services.clock())
    return MeAnswer(live.user_id, sorted(roles), sorted(may), *times, page_csrf_token(request))


def _person_at(client: StaffClient) -> Client:
    return Client(client.address, client.user_agent, client.device_token)


ROUTER = Router(
    "/sign-in", route_handlers=[begin, finish, begin_confirmation, confirm, sign_out, me], tags=["Signing in"]
)
