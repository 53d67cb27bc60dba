"""``/sandbox/outbox``: what the house wrote to people, for whoever tries things out, and the keypad of called telephones.

Why a bare list: scripts and people read the code just sent from it, and need nothing else. Invariant: the page runs no
script, loads nothing and shows every text as text.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from html import escape
from typing import Final

import msgspec

from lonja.edge.errors import OK, EdgeError, refusal
from lonja.edge.rest.app import JSON_TYPE, Answer, accepted
from lonja.edge.sandbox.control import Params, check_names, text_in, wrong
from lonja.edge.sandbox.drawing import HTML_TYPE, head
from lonja.edge.wire.numbers import integer, text_of
from lonja.modules.notices.api import Channel, Message, Notices
from lonja.primitives.errors import RefusedError

FORM_PATH: Final = "/sandbox/outbox/page"
MAIL_TYPE: Final = b"message/rfc822"
_LISTED_MAX: Final = 1_000
_SHOWN: Final = 100

OutboxHandler = Callable[[Notices, Params], Awaitable[Answer]]


async def list_messages(notices: Notices, params: Params) -> Answer:
    """Messages to an address, or to all, newest first."""
    check_names(params, "to", "limit")
    limit_text = text_of(params, "limit")
    limit = integer(limit_text, "limit", 1, _LISTED_MAX, _SHOWN) if limit_text else _SHOWN
    rows = [
        {
            "channel": message.channel.value,
            "to": message.content.address,
            "subject": message.content.subject,
            "text": message.content.text,
            "time_ms": message.time_ms,
        }
        for message in await _found(notices, _address(params), limit)
        if message.content is not None
    ]
    return Answer(200, JSON_TYPE, msgspec.json.encode(rows), OK)


async def show_mail(notices: Notices, params: Params) -> Answer:
    """The newest mail to an address as it travels, with its headers and its signature (an .eml file)."""
    check_names(params, "to")
    text_in(params, "to")
    found = await _found(notices, _address(params), _SHOWN)
    for message in found:
        if message.content is not None and message.content.raw:
            return Answer(200, MAIL_TYPE, message.content.raw, OK)
    raise refusal("404")


async def show_page(notices: Notices, params: Params) -> Answer:
    """The outbox to look at."""
    check_names(params, "to")
    return await _page(notices, _address(params))


async def answer_call(notices: Notices, params: Params) -> Answer:
    """Press a key, 1 or 2 for most questions, in the newest call to a number that waits for one."""
    check_names(params, "to", "press")
    await _press(notices, params)
    return accepted([{"to": _address(params), "press": text_of(params, "press")}])


async def answer_on_page(notices: Notices, params: Params) -> Answer:
    """The same, from the page, which is shown again."""
    try:
        await _press(notices, params)
    except EdgeError as error:
        return await _page(notices, "", error.message)
    return await _page(notices, "", "The key was pressed.")


OUTBOX_ROUTES: Final[dict[str, dict[str, OutboxHandler]]] = {
    "outbox": {"GET": list_messages},
    "outbox/mail": {"GET": show_mail},
    "outbox/page": {"GET": show_page, "POST": answer_on_page},
    "outbox/answer": {"POST": answer_call},
}
"""Every control of the outbox by its path below ``/sandbox/`` and its method."""


async def _press(notices: Notices, params: Params) -> None:
    address, key = _address(params), text_of(params, "press")
    text_in(params, "to")
    found = await _found(notices, address, _SHOWN)
    call = next((message for message in found if _asks(message)), None)
    if call is None:
        raise wrong("to", "no call to this number waits for a key")
    try:
        await asyncio.to_thread(notices.press, call.token, key)
    except RefusedError as error:
        raise wrong("press", error.message.rstrip(".")) from error


def _asks(message: Message) -> bool:
    content = message.content
    return message.channel is Channel.VOICE and not message.answer and content is not None and bool(content.reference)


def _address(params: Params) -> str:
    """Whom it is about. A plus sign that was not encoded arrives as a space; a number is known by its digits."""
    text = text_of(params, "to").strip()
    return f"+{text}" if text.isascii() and text.isdigit() else text


async def _found(notices: Notices, address: str, limit: int) -> list[Message]:
    if address:
        return await asyncio.to_thread(notices.sent_to, address, limit)
    return await asyncio.to_thread(notices.latest, limit)


_FILTER: Final = (
    '<form method="get" action="/sandbox/outbox/page"><label>To <input name="to" size="40" value="{}"></label> '
    "<button>Show</button></form>"
)


async def _page(notices: Notices, address: str, said: str = "") -> Answer:
    found = await _found(notices, address, _SHOWN)
    parts = [
        head("Outbox", "What this sandbox wrote to people. Nothing of it left this machine."),
        f"<p><strong>{escape(said)}</strong></p>" if said else "",
        _FILTER.format(escape(address)),
        "".join(_article(message) for message in found) or "<p>Nothing yet.</p>",
        "</body></html>",
    ]
    return Answer(200, HTML_TYPE, "".join(parts).encode(), OK)


def _article(message: Message) -> str:
    content = message.content
    if content is None:
        return ""
    when = datetime.fromtimestamp(message.time_ms / 1_000, UTC).isoformat(" ", "milliseconds")
    heading = f"<h2>{escape(content.subject)}</h2>"
    state = message.state.value if not message.answer else f"key {message.answer} was pressed"
    about = f"<small>{message.channel.value} to {escape(content.address)}, {when}, {escape(state)}</small>"
    spoken = f"<p>Read out:</p><pre>{escape(content.spoken)}</pre>" if content.spoken else ""
    keys = "".join(_key(content.address, key) for key in "12") if _asks(message) else ""
    return f"<article>{heading}{about}<pre>{escape(content.text)}</pre>{spoken}{keys}</article>"


def _key(address: str, key: str) -> str:
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (("to", address), ("press", key))
    )
    return f'<form method="post" action="{FORM_PATH}">{fields}<button>Press {key}</button></form>'
