"""A lost factor: said, proved by the others, reviewed, cooled and taken off; canceled by whoever did not ask for it.

Invariant: who begins knows the password or has a session; who cancels has a link out of a genuine mail or a session.
"""

from typing import Annotated, Literal

import msgspec
from litestar import Router, delete, get, post
from litestar.params import JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import Asked, House, HttpRequest, Live, require_own_page
from lonja.modules.identity.api import ResetState


class ResetForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is lost, and how; with ``sign_in`` from a sign-in whose password was right, else from the session."""

    factor: Literal["authenticator", "phone", "email"]
    reason: str
    sign_in: str = ""


class ResetProof(msgspec.Struct, frozen=True):
    """The factors still asked for; with none left, staff look at it."""

    reset: str
    missing: tuple[str, ...]


class ResetCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a code shall come."""

    reset: str
    method: Literal["sms", "voice", "email"]


class ResetFactor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the other factors."""

    reset: str
    method: Literal["authenticator", "sms", "voice", "email"]
    answer: str


class ResetSentTo(msgspec.Struct, frozen=True):
    """Where the code went, masked."""

    sent_to: str


class CancelLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token in the link of the notice."""

    token: str


class ResetAnswer(msgspec.Struct, frozen=True):
    """The last reset: ``state`` is in_review, cooling (done at ``due_ms``), done, refused or canceled."""

    factor: Annotated[str, one_of("authenticator", "phone", "email")]
    state: ResetState
    begun_ms: int
    due_ms: int


@post("/", sync_to_thread=True, status_code=201, summary="Say that a factor is lost")
def begin(request: HttpRequest, services: House, asked: Asked, data: JSONBody[ResetForm]) -> ResetProof:
    """Begin; every bound contact hears of it once the other factors were given, and can cancel."""
    resets, now_ms = services.people.resets, services.clock()
    if data.sign_in:
        require_own_page(request, services)
        step = resets.begin_signing_in(data.sign_in, data.factor, data.reason, now_ms)
    else:
        step = resets.begin(asked().user_id, data.factor, data.reason, now_ms)
    return ResetProof(step.token, step.missing)


@post("/code", sync_to_thread=True, status_code=200, summary="Send a code")
def send_code(services: House, data: JSONBody[ResetCode]) -> ResetSentTo:
    """Send a code to one of the contacts that are not lost."""
    return ResetSentTo(services.people.resets.send_code(data.reset, data.method, services.clock()))


@post("/factor", sync_to_thread=True, status_code=200, summary="Give another factor")
def factor(services: House, data: JSONBody[ResetFactor]) -> ResetProof:
    """Give one of the other factors after another until none is missing."""
    step = services.people.resets.factor(data.reset, data.method, data.answer, services.clock())
    return ResetProof(step.token, step.missing)


@get("/", sync_to_thread=True, summary="The last reset")
def last(services: House, live: Live) -> ResetAnswer | None:
    """How far the last reset is; null when there was none."""
    found = services.people.resets.last(live.user_id)
    return None if found is None else ResetAnswer(found.factor, found.state, found.begun_ms, found.due_ms)


@delete("/", sync_to_thread=True, status_code=204, summary="Cancel the reset")
def cancel(services: House, live: Live) -> None:
    """Keep the factor after all. Needs no step-up: it only keeps what is."""
    services.people.resets.cancel(live, services.clock())


@post("/cancel-by-link", sync_to_thread=True, status_code=204, summary="Cancel by the link in a notice")
def cancel_by_link(services: House, data: JSONBody[CancelLink]) -> None:
    """What the page behind the link sends. Needs no session."""
    services.people.resets.cancel_by_link(data.token, services.clock())


ROUTER = Router(
    "/security/resets", route_handlers=[begin, send_code, factor, last, cancel, cancel_by_link], tags=["Recovery"]
)
