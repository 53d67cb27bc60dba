"""Turns a template and its values into what a person reads or hears.

Why so careful with values: a device name, a place or a label was typed by somebody, maybe by a stranger who wants the
house's own mail to carry his words. Invariant: no value brings a line of its own, a control character, a link or markup
into a message; the anti-phishing code is in every mail of who has one, and in nothing else.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from lonja.modules.notices.recipients import Channel, Recipient
from lonja.modules.notices.texts import TEXTS, Text
from lonja.primitives.errors import LonjaError

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_VALUE_LENGTH_MAX: Final = 200
_SUBJECT_LENGTH_MAX: Final = 150
_MINUTES_DIGITS_MAX: Final = 6
_HOST: Final = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[^\W\d_]{2,}", re.UNICODE)
_SAFE_TOKEN: Final = re.compile(r"[A-Za-z0-9._~-]{1,512}")
_DIGIT_WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SECRETS: Final = ("code", "approval", "token")

_HTML: Final = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ subject }}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f7;font-family:sans-serif;color:#1b1f24">
<table role="presentation" style="max-width:560px;margin:0 auto;background:#fff;border-radius:8px;padding:24px"><tr><td>
<p style="font-weight:bold">{{ house }}</p>
{% if anti_phishing_code %}<p style="background:#eef4ff;padding:8px">Your anti-phishing code: <b>{{ anti_phishing_code }}</b></p>
{% endif %}{% for paragraph in paragraphs %}<p>{% for line in paragraph %}{% if line.startswith(origin) %}\
<a href="{{ line }}">{{ line }}</a>{% else %}{{ line }}{% endif %}{% if not loop.last %}<br>{% endif %}{% endfor %}</p>
{% endfor %}<p style="color:#6b7280;font-size:12px">{{ footer }}</p>
</td></tr></table></body></html>
"""
_FOOTER: Final = (
    "{house} never asks for your password or a code, never threatens to freeze your assets and never asks you to send "
    "or release anything. In doubt, check who wrote to you on our page of official channels."
)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the house's name, the address of its pages (no slash at the end), and where its mails come from."""

    house: str = "lonja"
    origin: str = "https://lonja.example"
    sender: str = "no-reply@lonja.example"

    @property
    def domain(self) -> str:
        """The domain of the sender."""
        return self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to travel. ``html`` is for mails, ``spoken`` and ``reference`` for calls."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    spoken: str = field(default="", repr=False)
    reference: str = field(default="", repr=False)
    minutes: int = 0


def render(recipient: Recipient, template: str, values: Mapping[str, str], head: Letterhead) -> Rendered:
    """The message ``template`` for ``recipient``. Raises ``LonjaError`` when a value is missing."""
    from jinja2 import TemplateError  # noqa: PLC0415

    text = text_of(template)
    minutes = _whole(values.get("minutes", str(text.minutes)))
    try:
        rendered = _render(text, recipient, {**_context(template, values, head), "minutes": minutes}, head)
    except TemplateError as error:
        # The names of values only: what they hold is somebody's.
        raise LonjaError(
            f"The message {template} cannot be written with {', '.join(sorted(values))}: {error}."
        ) from None
    return replace(rendered, minutes=minutes)


def text_of(template: str) -> Text:
    """The row for ``template``, or the general one."""
    return TEXTS.get(template) or TEXTS["code" if template.endswith("_code") else "notice"]


def _render(text: Text, recipient: Recipient, context: dict[str, object], head: Letterhead) -> Rendered:
    write = _Writer(context)
    subject = _one_line(write(text.subject))[:_SUBJECT_LENGTH_MAX]
    if recipient.channel is Channel.EMAIL:
        body, code = write(text.body).strip(), cleaned(recipient.anti_phishing_code)
        shown = f"Your anti-phishing code: {code}\n\n" if code else ""
        footer = _FOOTER.format(house=head.house)
        html = _html(subject, body, code, footer, head)
        return Rendered(subject, f"{shown}{body}\n\n--\n{footer}\n", html)
    short = write(text.short or text.subject)
    if recipient.channel is Channel.VOICE:
        spoken = write(text.spoken or text.short or text.subject)
        return Rendered(subject, short, spoken=spoken, reference=write(text.reference))
    return Rendered(subject, short)


class _Writer:
    """Fills templates with one context."""

    def __init__(self, context: dict[str, object]) -> None:
        self._context = context

    def __call__(self, source: str) -> str:
        return _template(source).render(self._context)


def _context(template: str, values: Mapping[str, str], head: Letterhead) -> dict[str, object]:
    def link(page: str, token: str) -> str:
        # In the query, since pages run no script that could read it behind a #; they send no Referer, and log nothing.
        return f"{head.origin}/{page}?token={token}"

    links = {name: _own_link(value, head) for name, value in values.items() if name.endswith("link")}
    given = {name: value for name, value in values.items() if name not in links}
    known = {name: _secret(value) if name in _SECRETS else cleaned(value) for name, value in given.items()}
    title = known.pop("title", "")
    known.pop("minutes", "")
    details = [(_words(name).capitalize(), value) for name, value in known.items() if value and name not in _SECRETS]
    context: dict[str, object] = {"place": "", **known, **links}
    return context | {
        "house": head.house,
        "title": title or _words(template.removesuffix("_code")),
        "details": details,
        "links": [(_words(name).capitalize(), value) for name, value in links.items()],
        "link": link,
    }


def cleaned(value: str) -> str:
    """``value`` on one line, without what steers a terminal or a reader's eye, and with no name of a host to click."""
    normal = unicodedata.normalize("NFC", value[: 4 * _VALUE_LENGTH_MAX])
    plain = _one_line(normal)[:_VALUE_LENGTH_MAX].replace("://", ": //")
    return _HOST.sub(lambda found: found[0].replace(".", "[.]"), plain)


def _secret(value: str) -> str:
    """A code or token, which has to arrive as it is or not at all."""
    if _SAFE_TOKEN.fullmatch(value) is None:
        raise LonjaError("A code or token holds characters that do not belong there.")
    return value


def _whole(minutes: str) -> int:
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) <= _MINUTES_DIGITS_MAX):
        raise LonjaError("How many minutes a message is of use has to be a number.")
    return int(minutes)


def _one_line(text: str) -> str:
    # Categories C (control, format, surrogate) and Z (separators) hold everything that breaks, hides or turns text.
    kept = (" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return " ".join("".join(kept).split())


def _own_link(value: str, head: Letterhead) -> str:
    """A path below the house's own pages, in full. A link to anywhere else is a mistake, or somebody's trick."""
    path = value.removeprefix(head.origin)
    fits = path.startswith("/") and not path.startswith("//") and path.isascii() and path.isprintable()
    if not fits or " " in path or "\\" in path or '"' in path:
        raise LonjaError("A link in a message leads to the house's own pages only.")
    return head.origin + path


def _words(name: str) -> str:
    return name.replace("_", " ").strip()


def _digits(code: str) -> str:
    """``code`` digit by digit for the ear: 307 becomes "three, zero, seven"."""
    return ", ".join(_DIGIT_WORDS[int(char)] if char.isascii() and char.isdigit() else char for char in code)


def _html(subject: str, body: str, anti_phishing_code: str, footer: str, head: Letterhead) -> str:
    paragraphs = [part.strip().splitlines() for part in body.split("\n\n") if part.strip()]
    return _template(_HTML, autoescape=True).render(
        subject=subject,
        house=head.house,
        origin=f"{head.origin}/",
        anti_phishing_code=anti_phishing_code,
        paragraphs=paragraphs,
        footer=footer,
    )


@cache
def _template(source: str, *, autoescape: bool = False) -> "Template":
    """A template ready to be filled; there are as many as there are texts. Escaping would show in a plain text."""
    return _environment(autoescape=autoescape).from_string(source)


@cache
def _environment(*, autoescape: bool) -> "ImmutableSandboxedEnvironment":
    # Imported late: most commands never write to anybody.
    from jinja2 import StrictUndefined  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    environment = ImmutableSandboxedEnvironment(autoescape=autoescape, undefined=StrictUndefined)
    environment.filters["digits"] = _digits
    return environment
