"""Ways back in over HTTP: a forgotten password, a frozen account."""

from typing import Literal

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from lonja.edge.account.caller import House, HttpRequest, client_of, require_own_page


class RecoveryForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``kind`` is password (forgotten) or unfreeze, which needs the password."""

    kind: Literal["password", "unfreeze"]
    identifier: str
    password: str = ""


class RecoveryAnswer(msgspec.Struct, frozen=True):
    """The factors still asked for. The first answer names the whole set, whoever asks."""

    recovery: str
    missing: tuple[str, ...]


class RecoveryCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a code shall come."""

    recovery: str
    method: Literal["sms", "voice", "email"]


class RecoveryFactor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One factor."""

    recovery: str
    method: Literal["authenticator", "sms", "voice", "email"]
    answer: str


class RecoveryToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which recovery is meant."""

    recovery: str


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new password."""

    recovery: str
    password: str


@post("/", sync_to_thread=True, status_code=202, summary="Begin to recover")
def begin(request: HttpRequest, services: House, data: JSONBody[RecoveryForm]) -> RecoveryAnswer:
    """Begin; no answer tells whether the contact belongs to anybody."""
    require_own_page(request, services)
    recoveries, address = services.people.recoveries, client_of(request).address
    step = recoveries.begin(data.kind, data.identifier, data.password, address, services.clock())
    return RecoveryAnswer(step.token, step.missing)


@post("/code", sync_to_thread=True, status_code=202, summary="Send a code")
def send_code(services: House, data: JSONBody[RecoveryCode]) -> None:
    """Send a code to the bound contact, if there is one."""
    services.people.recoveries.send_code(data.recovery, data.method, services.clock())


@post("/factor", sync_to_thread=True, status_code=200, summary="Give a factor")
def factor(services: House, data: JSONBody[RecoveryFactor]) -> RecoveryAnswer:
    """Give one factor after another until none is missing."""
    step = services.people.recoveries.factor(data.recovery, data.method, data.answer, services.clock())
    return RecoveryAnswer(step.token, step.missing)


@post("/password", sync_to_thread=True, status_code=204, summary="Choose a new password")
def choose_password(request: HttpRequest, services: House, data: JSONBody[NewPassword]) -> None:
    """Choose a new password; all sessions end, and withdrawals are held for a while."""
    recoveries, client = services.people.recoveries, client_of(request)
    recoveries.choose_password(data.recovery, data.password, services.clock(), client)


@post("/unfreeze", sync_to_thread=True, status_code=204, summary="Unfreeze the account")
def unfreeze(request: HttpRequest, services: House, data: JSONBody[RecoveryToken]) -> None:
    """Open the account again; withdrawals are held for a while."""
    services.people.recoveries.unfreeze(data.recovery, services.clock(), client_of(request))


ROUTER = Router("/recovery", route_handlers=[begin, send_code, factor, choose_password, unfreeze], tags=["Recovery"])
