"""What the house wrote to the person signed in, over HTTP: when, by what and about what.

Why not the words: codes and links stand in them, and who took over a session must not read either there. Invariant: only
what went to the contacts that are bound now is told.
"""

from typing import Final

import msgspec
from litestar import Router, get

from lonja.edge.account.caller import House, Live
from lonja.edge.account.from_us import Post
from lonja.modules.notices.api import Channel

_LISTED_MAX: Final = 100


class NoticeAnswer(msgspec.Struct, frozen=True):
    """A message. ``sent_to`` is masked; ``template`` names what it is about, ``subject`` says it."""

    time_ms: int
    channel: Channel
    sent_to: str
    template: str
    subject: str


@get("/", sync_to_thread=True, summary="What was sent to you")
def list_notices(services: House, live: Live, notices: Post) -> list[NoticeAnswer]:
    """The last hundred messages, newest first, as long as they are kept."""
    user = services.people.user(live.user_id)
    told = [
        NoticeAnswer(sent.time_ms, sent.channel, contact.masked(), sent.template, sent.content.subject)
        for contact in (user.email, user.phone)
        if contact is not None
        for sent in notices.sent_to(contact.value, _LISTED_MAX)
        if sent.content is not None
    ]
    return sorted(told, key=lambda notice: -notice.time_ms)[:_LISTED_MAX]


def sent_router() -> Router:
    """The operations, where there are notices."""
    return Router("/me/notices", route_handlers=[list_notices], tags=["Me"])
