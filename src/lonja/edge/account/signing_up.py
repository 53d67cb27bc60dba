"""Signing up over HTTP: the texts to agree to, the form, the code."""

import asyncio
from typing import Annotated

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody, QueryParameter

from lonja.edge.account.answers import SignInAnswer
from lonja.edge.account.caller import House, HttpRequest, client_of, require_own_page
from lonja.edge.account.signing_in import answered
from lonja.modules.identity.api import SignUpForm


class AgreementAnswer(msgspec.Struct, frozen=True):
    """A text that has to be agreed to: send its ``text_hash`` with the form."""

    name: str
    version: str
    text_hash: str
    text: str


class SignUpBegun(msgspec.Struct, frozen=True):
    """A code went to the contact; send it with ``sign_up``."""

    sign_up: str


class SignUpToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sign-up is meant."""

    sign_up: str


class SignUpCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that came to the contact."""

    sign_up: str
    code: str


@get("/agreements", sync_to_thread=True, summary="Texts to agree to at sign-up")
def agreements(services: House, residence: Annotated[str, QueryParameter(max_length=8)] = "") -> list[AgreementAnswer]:
    """What a resident of ``residence`` has to agree to. Open to everybody."""
    texts = services.people.agreements(residence, services.clock())
    return [AgreementAnswer(text.name, text.version, text.text_hash, text.text) for text in texts]


@post("/", sync_to_thread=True, status_code=202, summary="Begin to sign up")
def begin(request: HttpRequest, services: House, data: JSONBody[SignUpForm]) -> SignUpBegun:
    """Check the form and send a code. The answer is the same when the contact has an account already."""
    require_own_page(request, services)
    return SignUpBegun(services.people.sign_ups.begin(data, services.clock()))


@post("/code", sync_to_thread=True, status_code=204, summary="Send another code")
def resend(services: House, data: JSONBody[SignUpToken]) -> None:
    """Send another code, a minute after the last one at the earliest."""
    services.people.sign_ups.resend(data.sign_up, services.clock())


@post("/confirm", status_code=201, summary="Finish signing up")
async def confirm(request: HttpRequest, services: House, data: JSONBody[SignUpCode]) -> Response[SignInAnswer]:
    """Make the account, open its trading account, and sign in on this device."""
    require_own_page(request, services)
    people, now_ms = services.people, services.clock()
    user_id = await asyncio.to_thread(people.sign_ups.confirm, data.sign_up, data.code, now_ms)
    await services.trading_accounts.ensure(user_id)
    step = await asyncio.to_thread(people.sign_ins.admit, user_id, "sign_up", client_of(request), now_ms)
    return answered(request, step, 201)


ROUTER = Router("/sign-up", route_handlers=[agreements, begin, resend, confirm], tags=["Sign-up"])
