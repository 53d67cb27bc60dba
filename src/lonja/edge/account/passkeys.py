"""Passkeys over HTTP: made and managed by who is signed in, used to sign in or to confirm an act.

What goes between browser and authenticator is passed on as W3C Web Authentication writes it.
"""

import asyncio
from typing import Any

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from lonja.edge.account.answers import SignInAnswer
from lonja.edge.account.caller import House, HttpRequest, Live, SteppedUp, client_of, require_own_page
from lonja.edge.account.signing_in import answered

# Any: the browser's own objects.
Options = dict[str, Any]


class CredentialForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the authenticator answered, as ``PublicKeyCredential.toJSON()`` gives it."""

    credential: dict[str, Any]


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passkey just made, and a name to know it by."""

    credential: dict[str, Any]
    name: str


class NameForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another name."""

    name: str


class PasskeyAnswer(msgspec.Struct, frozen=True):
    """A passkey. ``is_blocked``: it may have been copied and works no more."""

    passkey: str
    name: str
    created_ms: int
    last_used_ms: int
    is_blocked: bool


@get("/", sync_to_thread=True, summary="Passkeys")
def list_passkeys(services: House, live: Live) -> list[PasskeyAnswer]:
    """The passkeys of the person signed in, oldest first."""
    return [PasskeyAnswer(*passkey) for passkey in services.people.passkeys.all(live.user_id)]


@post("/options", sync_to_thread=True, status_code=200, summary="Begin to add a passkey")
def begin(services: House, stepped_up: SteppedUp) -> Options:
    """What ``navigator.credentials.create`` takes as ``publicKey``."""
    return services.people.passkeys.begin(stepped_up.user_id, services.clock())


@post("/", sync_to_thread=True, status_code=201, summary="Add a passkey")
def finish(services: House, stepped_up: SteppedUp, data: JSONBody[NewPasskey]) -> PasskeyAnswer:
    """Link the passkey that was made."""
    made = services.people.passkeys.finish(stepped_up, data.credential, data.name, services.clock())
    return PasskeyAnswer(*made)


@patch("/{passkey:str}", sync_to_thread=True, status_code=204, summary="Rename a passkey")
def rename(services: House, live: Live, passkey: FromPath[str], data: JSONBody[NameForm]) -> None:
    """Give a passkey another name."""
    services.people.passkeys.rename(live.user_id, passkey, data.name)


@delete("/{passkey:str}", sync_to_thread=True, status_code=204, summary="Remove a passkey")
def remove(services: House, stepped_up: SteppedUp, passkey: FromPath[str]) -> None:
    """Unlink a passkey. The last one stays: add another before."""
    services.people.passkeys.remove(stepped_up, passkey, services.clock())


@post("/sign-in/options", sync_to_thread=True, status_code=200, summary="Begin to sign in by passkey")
def begin_sign_in(request: HttpRequest, services: House) -> Options:
    """What ``navigator.credentials.get`` takes as ``publicKey``; names nobody."""
    require_own_page(request, services)
    return services.people.passkeys.ask(None, services.clock())


@post("/sign-in", status_code=200, summary="Sign in by passkey")
async def sign_in(request: HttpRequest, services: House, data: JSONBody[CredentialForm]) -> Response[SignInAnswer]:
    """A passkey alone signs in: it is something one has, and was opened by PIN, finger or face."""
    require_own_page(request, services)
    people, client, now_ms = services.people, client_of(request), services.clock()
    user_id = await asyncio.to_thread(people.passkeys.sign_in, data.credential, now_ms, client)
    await services.trading_accounts.ensure(user_id)
    step = await asyncio.to_thread(people.sign_ins.admit, user_id, "passkey", client, now_ms)
    return answered(request, step)


@post("/step-up/options", sync_to_thread=True, status_code=200, summary="Begin to confirm an act by passkey")
def begin_step_up(services: House, live: Live) -> Options:
    """What ``navigator.credentials.get`` takes as ``publicKey``."""
    return services.people.passkeys.ask(live, services.clock())


@post("/step-up", sync_to_thread=True, status_code=204, summary="Confirm an act by passkey")
def step_up(services: House, live: Live, data: JSONBody[CredentialForm]) -> None:
    """Sensitive acts are open for the next minutes."""
    services.people.passkeys.step_up(live, data.credential, services.clock())


ROUTER = Router(
    "/passkeys",
    route_handlers=[list_passkeys, begin, finish, rename, remove, begin_sign_in, sign_in, begin_step_up, step_up],
    tags=["Passkeys"],
)
