"""Is it really from us: official channels, and the judging of a mail that somebody received, over HTTP.

Why the first needs no session: who is being cheated may have no account. Judging a mail takes work, and its reader's
anti-phishing code, so it needs one. Invariant: what is asked is answered and counted, and never kept in its words.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import House, HttpRequest, Live
from lonja.edge.rate_limit import Rate, RateLimits
from lonja.modules.notices.api import Grade, Kind, MailReport, Notices, Outcome, Standing, Verdict
from lonja.primitives.errors import RefusedError

MAIL_BYTES_MAX: Final = 10 * 1024 * 1024
_WINDOW_S: Final = 60.0
_AT_ONCE: Final = 2

Post = NamedDependency[Notices]
"""The house's notices, as a parameter ``notices`` of an operation."""


class ChannelQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An e-mail address, phone number, web address, app id or social handle."""

    text: str


class ChannelAnswer(msgspec.Struct, frozen=True):
    """``standing`` is official, look_alike or not_official; ``resembles`` names the official one it looks like."""

    standing: Standing
    kind: Annotated[str, one_of("", *Kind)]
    sentence: str
    resembles: str
    list_version: int


@dataclass
class _MailOperation(Operation):
    """Documents that the body of an operation is a mail as it was saved (RFC 5322)."""

    def __post_init__(self) -> None:
        """Describe the body."""
        saved = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(content={"message/rfc822": OpenAPIMediaType(schema=saved)}, required=True)


class ListedChannel(msgspec.Struct, frozen=True):
    """One official channel."""

    kind: Kind
    value: str


class ListAnswer(msgspec.Struct, frozen=True):
    """The list in force; ``key`` is the Ed25519 key, in hexadecimal, that the list is signed with."""

    house: str
    version: int
    issued_ms: int
    key: str
    channels: list[ListedChannel]


class FindingAnswer(msgspec.Struct, frozen=True):
    """One thing that was found; ``grade`` is good, note or bad."""

    code: str
    grade: Grade
    sentence: str


class MailAnswer(msgspec.Struct, frozen=True):
    """``verdict`` is genuine, suspicious, fake or unrelated; the checks are told in the words of RFC 8601."""

    verdict: Verdict
    sentence: str
    sender: str
    dkim: list[Outcome]
    spf: Outcome
    dmarc: Outcome
    arc: Outcome
    findings: list[FindingAnswer]


class _Bounds:
    """How often may be asked, and how many mails are judged at once."""

    def __init__(self) -> None:
        self.rates = RateLimits(time.monotonic)
        self.mails = asyncio.Semaphore(_AT_ONCE)

    def take(self, what: str, who: object, per_minute: int) -> None:
        if self.rates.take((what, who), Rate(per_minute, _WINDOW_S)):
            return
        wait_s = self.rates.wait_s((what, who))
        message = f"You may have {per_minute} {what} checked a minute."
        raise RefusedError("too_many_attempts", message, f"Ask again in {wait_s} seconds.", wait_s)


def from_us_router() -> Router:
    """The operations, with bounds of their own."""
    bounds = _Bounds()

    @get("/channels", summary="Official channels")
    async def list_channels(notices: Post) -> ListAnswer:
        """Every channel by which the house speaks to people."""
        current = notices.channels.current
        listed = [ListedChannel(channel.kind, channel.value) for channel in current.channels]
        return ListAnswer(current.house, current.version, current.issued_ms, notices.list_key, listed)

    @post("/channel", status_code=200, summary="Check a channel")
    async def check_channel(
        request: HttpRequest, services: House, notices: Post, data: JSONBody[ChannelQuestion]
    ) -> ChannelAnswer:
        """Whether something is an official channel, only looks like one, or neither."""
        policy = services.people.policy("", services.clock())
        asker = request.client.host if request.client is not None else ""
        bounds.take("channels", asker, policy.channels_checked_per_minute)
        checked = await asyncio.to_thread(notices.channels.check, data.text)
        kind = "" if checked.kind is None else checked.kind
        return ChannelAnswer(checked.standing, kind, checked.sentence, checked.resembles, checked.version)

    @post(
        "/mail",
        status_code=200,
        summary="Check a mail",
        operation_class=_MailOperation,
        request_max_body_size=MAIL_BYTES_MAX,
    )
    async def check_mail(request: HttpRequest, services: House, live: Live, notices: Post) -> MailAnswer:
        """Whether a mail is from this house; the body of the request is the mail as saved (an .eml file)."""
        user = await asyncio.to_thread(services.people.user, live.user_id)
        policy = services.people.policy(user.residence, services.clock())
        bounds.take("mails", live.user_id, policy.mails_checked_per_minute)
        raw = await request.body()
        async with bounds.mails:
            report = await asyncio.to_thread(notices.judge_mail, raw, user.anti_phishing_code)
        return _mail_answer(report)

    return Router("/from-us", route_handlers=[list_channels, check_channel, check_mail], tags=["Is it from us"])


def _mail_answer(report: MailReport) -> MailAnswer:
    return MailAnswer(
        verdict=report.verdict,
        sentence=report.sentence,
        sender=report.sender,
        dkim=[result.outcome for result in report.dkim],
        spf=report.spf.outcome,
        dmarc=report.dmarc.outcome,
        arc=report.arc.outcome,
        findings=[FindingAnswer(found.code, found.grade, found.sentence) for found in report.findings],
    )
