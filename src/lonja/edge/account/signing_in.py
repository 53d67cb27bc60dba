"""Signing in over HTTP: password, second factor, device, session; and signing out."""

import asyncio
from typing import Literal

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.params import JSONBody

from lonja.edge.account.answers import SignInAnswer, sign_in_answer
from lonja.edge.account.caller import (
    FORGET_ALL,
    House,
    HttpRequest,
    Live,
    client_of,
    device_cookie,
    no_session_cookie,
    require_own_page,
    session_cookie,
)
from lonja.edge.account.services import AccountServices
from lonja.modules.identity.api import SignInStep

CodeMethod = Literal["sms", "voice", "email"]
FactorMethod = Literal["authenticator", "sms", "voice", "email", "backup_code"]
StepUpMethod = Literal["passkey", "authenticator", "sms", "voice", "email", "backup_code"]
DeviceMethod = Literal["email_link", "phone_call", "authorized_device"]


class PasswordForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """E-mail address or phone number, and the password."""

    identifier: str
    password: str


class SignInToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sign-in is meant."""

    sign_in: str


class CodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a code shall come."""

    sign_in: str
    method: CodeMethod


class FactorForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second factor."""

    sign_in: str
    method: FactorMethod
    answer: str


class DeviceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the person shall be asked whether this is their device."""

    sign_in: str
    method: DeviceMethod


class DeviceCodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the authenticator, which lets the device in."""

    sign_in: str
    code: str


class ApprovalForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the person says by the link in the mail."""

    approval: str
    let_in: bool


class ShownCodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that the new device shows."""

    code: str


class SentTo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a message went, masked; ``shown_code`` is for this device to show."""

    sent_to: str = ""
    shown_code: str = ""


class StepUpWays(msgspec.Struct, frozen=True):
    """By what this person can confirm an act now; ``passkey`` stands first where there is one."""

    methods: tuple[StepUpMethod, ...]


class StepUpCodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a code to confirm an act shall come."""

    method: CodeMethod


class StepUpForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second factor to confirm an act."""

    method: FactorMethod
    answer: str


def answered(request: HttpRequest, step: SignInStep, status: int = 200) -> Response[SignInAnswer]:
    """``step`` as an answer, with the cookies of a page."""
    cookies = [] if step.opened is None else [session_cookie(step.opened, request)]
    if step.device_token:
        cookies.append(device_cookie(step.device_token, request))
    # Browsers name the origin of whatever a page sends, and let no page leave it out.
    told = sign_in_answer(step, to_page="origin" in request.headers)
    return Response(told, status_code=status, cookies=cookies)


@post("/", sync_to_thread=True, status_code=200, summary="Begin to sign in")
def begin(request: HttpRequest, services: House, data: JSONBody[PasswordForm]) -> Response[SignInAnswer]:
    """Check the password. Whatever is wrong with it, the answer is the same."""
    require_own_page(request, services)
    client = client_of(request)
    return answered(request, services.people.sign_ins.begin(data.identifier, data.password, client, services.clock()))


@post("/code", sync_to_thread=True, status_code=200, summary="Send a code")
def send_code(services: House, data: JSONBody[CodeForm]) -> SentTo:
    """Send a code by mail, text message or call."""
    return SentTo(sent_to=services.people.sign_ins.send_code(data.sign_in, data.method, services.clock()))


@post("/factor", status_code=200, summary="Give a second factor")
async def factor(request: HttpRequest, services: House, data: JSONBody[FactorForm]) -> Response[SignInAnswer]:
    """Check a second factor; a device that is known is let in at once."""
    sign_ins, client = services.people.sign_ins, client_of(request)
    step = await asyncio.to_thread(sign_ins.factor, data.sign_in, data.method, data.answer, client, services.clock())
    return await _finished(request, services, step)


@post("/device", sync_to_thread=True, status_code=200, summary="Ask whether this is the person's device")
def ask_device(services: House, data: JSONBody[DeviceForm]) -> SentTo:
    """Ask by a link in a mail, by a telephone call, or on a device that was let in before."""
    told = services.people.sign_ins.ask_device(data.sign_in, data.method, services.clock())
    return SentTo(shown_code=told) if data.method == "authorized_device" else SentTo(sent_to=told)


@post("/device/authenticator", status_code=200, summary="Let this device in by authenticator")
async def confirm_device(
    request: HttpRequest, services: House, data: JSONBody[DeviceCodeForm]
) -> Response[SignInAnswer]:
    """Check a code of the authenticator, unless it was the second factor already."""
    sign_ins, client = services.people.sign_ins, client_of(request)
    step = await asyncio.to_thread(sign_ins.confirm_device, data.sign_in, data.code, client, services.clock())
    return await _finished(request, services, step)


@post("/device/answer", sync_to_thread=True, status_code=204, summary="Answer whether a device is yours")
def answer_device(services: House, data: JSONBody[ApprovalForm]) -> None:
    """What the page behind the link in the mail sends. The link alone lets nothing in: programs open links too."""
    services.people.sign_ins.answer_device(data.approval, let_in=data.let_in, now_ms=services.clock())


@post("/device/approve", sync_to_thread=True, status_code=204, summary="Let another device in")
def approve_device(services: House, live: Live, data: JSONBody[ShownCodeForm]) -> None:
    """Let the device in that shows this code."""
    services.people.sign_ins.approve_from(live.user_id, data.code, services.clock())


@post("/state", status_code=200, summary="Where a sign-in stands")
async def state(request: HttpRequest, services: House, data: JSONBody[SignInToken]) -> Response[SignInAnswer]:
    """The next step; the session once the device was let in."""
    step = await asyncio.to_thread(services.people.sign_ins.poll, data.sign_in, client_of(request), services.clock())
    return await _finished(request, services, step)


@get("/step-up", sync_to_thread=True, summary="Ways to confirm an act")
def step_up_ways(services: House, live: Live) -> StepUpWays:
    """What to offer to who is asked to confirm that it is them. Passkeys that are blocked do not count."""
    has_passkey = any(not passkey.is_blocked for passkey in services.people.passkeys.all(live.user_id))
    methods = services.people.step_up_methods(live.user_id)
    return StepUpWays(("passkey", *methods) if has_passkey else methods)


@post("/step-up/code", sync_to_thread=True, status_code=200, summary="Send a code to confirm an act")
def send_step_up_code(services: House, live: Live, data: JSONBody[StepUpCodeForm]) -> SentTo:
    """Send a code by mail, text message or call."""
    return SentTo(sent_to=services.people.send_step_up_code(live, data.method, services.clock()))


@post("/step-up", sync_to_thread=True, status_code=204, summary="Confirm that it is you")
def step_up(services: House, live: Live, data: JSONBody[StepUpForm]) -> None:
    """Give a second factor; sensitive acts are open for the next minutes."""
    services.people.step_up(live, data.method, data.answer, services.clock())


@delete("/", sync_to_thread=True, status_code=204, summary="Sign out")
def sign_out(request: HttpRequest, services: House, live: Live) -> Response[None]:
    """End this session."""
    services.people.sign_out(live, services.clock())
    return Response(None, status_code=204, headers=FORGET_ALL, cookies=[no_session_cookie(request)])


async def _finished(request: HttpRequest, services: AccountServices, step: SignInStep) -> Response[SignInAnswer]:
    if step.opened is not None:
        # A crash may have come between sign-up and the trading account.
        await services.trading_accounts.ensure(step.opened.user_id)
    return answered(request, step)


ROUTER = Router(
    "/sign-in",
    route_handlers=[
        begin,
        send_code,
        factor,
        ask_device,
        confirm_device,
        answer_device,
        approve_device,
        state,
        step_up_ways,
        send_step_up_code,
        step_up,
        sign_out,
    ],
    tags=["Sign-in"],
)
