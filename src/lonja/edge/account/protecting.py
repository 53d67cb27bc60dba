"""The security checklist, guided steps after unusual activity, the recovery export, and the link "this was not me".

Invariant: what opens something needs a step-up; what only closes needs no more than a link out of a genuine mail.
"""

from typing import Annotated, Final, Literal

import msgspec
from litestar import Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import House, HttpRequest, Live, SteppedUp, client_of
from lonja.modules.identity.api import Guide

_AGE: Final = "application/octet-stream"


class ChecklistItemAnswer(msgspec.Struct, frozen=True):
    """One protection. Without those required nothing can be operated."""

    name: str
    done: bool
    required: bool


class ChecklistAnswer(msgspec.Struct, frozen=True):
    """What protects the account; ``score`` is the part that is there, in percent."""

    score: int
    items: list[ChecklistItemAnswer]


class GuideForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened."""

    kind: Literal["unusual_activity", "trojan"]


class KeptForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step that is looked through, and what of it is yours: everything that is there, as its list names it.

    Of contacts these are the kinds, ``email`` and ``phone``.
    """

    step: Literal["connected_accounts", "payment_methods", "passkeys", "contacts"]
    kept: list[Annotated[str, msgspec.Meta(max_length=2_048)]]


class GuideStepAnswer(msgspec.Struct, frozen=True):
    """One step; it is done when the facts say so."""

    name: str
    done: bool


class GuideAnswer(msgspec.Struct, frozen=True):
    """The open guide. Its steps may be done in any order between the first and the last."""

    guide: str
    kind: Annotated[str, one_of("unusual_activity", "trojan")]
    begun_ms: int
    steps: list[GuideStepAnswer]


class PassphraseForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the export is encrypted to; it follows the rules of passwords."""

    passphrase: str


class NotMeLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token in the link of a security mail."""

    token: str


@get("/checklist", sync_to_thread=True, summary="Security checklist")
def checklist(services: House, live: Live) -> ChecklistAnswer:
    """What protects you, what is missing, and a score."""
    found = services.people.checklist(live.user_id, services.clock())
    items = [ChecklistItemAnswer(item.name, item.is_done, item.is_required) for item in found.items]
    return ChecklistAnswer(found.score, items)


@post("/recovery-export", sync_to_thread=True, status_code=200, summary="Recovery export")
def recovery_export(services: House, stepped_up: SteppedUp, data: JSONBody[PassphraseForm]) -> Response[bytes]:
    """The secret of the authenticator and new backup codes (older ones are void), as a file that age opens."""
    file = services.people.recovery_exports.make(stepped_up, data.passphrase, services.clock())
    headers = {"content-disposition": 'attachment; filename="recovery.json.age"', "cache-control": "no-store"}
    return Response(file, media_type=_AGE, headers=headers)


@post("/not-me", sync_to_thread=True, status_code=204, summary="This was not me")
def not_me(request: HttpRequest, services: House, data: JSONBody[NotMeLink]) -> None:
    """What the page behind the link sends: freezes the account and tells staff. Needs no session: it can only close."""
    services.people.guides.not_me(data.token, services.clock(), client_of(request))


@post(
    "/guide",
    sync_to_thread=True,
    status_code=201,
    summary="Begin guided steps",
    responses={200: ResponseSpec(GuideAnswer, generate_examples=False, description="The guide that was open already.")},
)
def begin_guide(services: House, live: Live, data: JSONBody[GuideForm]) -> Response[GuideAnswer]:
    """Close trading and withdrawals, and list what to do. Asked again, it is answered 200 with the open one.

    A guide about something unusual becomes one about a trojan when that is asked for, and begins anew.
    """
    found, is_new = services.people.guides.start(live, data.kind, services.clock())
    return Response(_guide(found), status_code=201 if is_new else 200)


@get("/guide", sync_to_thread=True, summary="Guided steps")
def guide(services: House, live: Live) -> GuideAnswer:
    """How far you are."""
    return _guide(services.people.guides.view(live))


@post("/guide/kept", sync_to_thread=True, status_code=200, summary="Keep what is yours")
def keep_in_guide(services: House, stepped_up: SteppedUp, data: JSONBody[KeptForm]) -> GuideAnswer:
    """Say what of a step is yours after removing what is not; done once everything left is named. Needs a step-up."""
    return _guide(services.people.guides.keep(stepped_up, data.step, data.kept, services.clock()))


@post("/guide/finish", sync_to_thread=True, status_code=204, summary="Finish guided steps")
def finish_guide(services: House, stepped_up: SteppedUp) -> None:
    """Open trading and withdrawals again, once every step is done."""
    services.people.guides.finish(stepped_up, services.clock())


def _guide(found: Guide) -> GuideAnswer:
    steps = [GuideStepAnswer(step.name, step.is_done) for step in found.steps]
    return GuideAnswer(str(found.guide_id), found.kind, found.begun_ms, steps)


ROUTER = Router(
    "/security",
    route_handlers=[checklist, recovery_export, not_me, begin_guide, guide, keep_in_guide, finish_guide],
    tags=["Security"],
)
