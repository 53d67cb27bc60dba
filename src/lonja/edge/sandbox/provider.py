"""``/sandbox/provider``: where a browser is sent that signs in by the sandbox's own provider.

Invariant: it leads back to the house itself and nowhere else.
"""

from collections.abc import Mapping
from html import escape
from typing import Final

from lonja.edge.errors import OK
from lonja.edge.rest.app import Answer
from lonja.edge.sandbox.control import Params, Rows, SandboxControl, check_names, text_in, wrong
from lonja.edge.sandbox.drawing import HTML_TYPE, head
from lonja.edge.wire.numbers import text_of

_ASKED: Final = ("state", "nonce", "challenge", "redirect")
_TITLE: Final = "Sandbox provider"


async def admit(control: SandboxControl, params: Params) -> Rows | Answer:
    """Say who you are with ``email``; the answer has the address to go on to. Without it, a page for people asks."""
    check_names(params, *_ASKED, "email", "page")
    if control.provider is None:
        raise wrong("provider", "this sandbox has none")
    asked = {name: text_of(params, name) for name in _ASKED}
    if not text_of(params, "email"):
        text_in(params, "state")
        return _page(_question(asked))
    email = text_of(params, "email")
    address = control.provider.admit_by(asked, email)
    return _page(_way_on(address, email)) if text_of(params, "page") else [{"address": address}]


def _page(body: str) -> Answer:
    start = head(_TITLE, "Stands for a provider such as a search engine or a phone maker. You are whom you say.")
    return Answer(200, HTML_TYPE, f"{start}{body}</body></html>".encode(), OK)


def _question(asked: Mapping[str, str]) -> str:
    hidden = {**asked, "page": "yes"}
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    return (
        f'<form method="get" action="/sandbox/provider">{fields}<label>Your e-mail address there '
        '<input name="email" type="email" size="40" required autofocus></label> <button>Continue</button></form>'
    )


def _way_on(address: str, email: str) -> str:
    return f'<p><a href="{escape(address)}">Go on as {escape(email)}</a></p>'
