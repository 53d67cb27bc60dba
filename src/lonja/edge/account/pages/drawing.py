"""Draws a page: one answer without a script, a picture or anything from elsewhere.

Why the style stands in the page: it comes with the first byte, and the policy names it by its digest. Invariant: every
value is escaped, and the policy lets nothing run and nothing be sent but to the house itself.
"""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from lonja.edge.account.pages.texts import Choice, Said

if TYPE_CHECKING:
    from jinja2 import Template

STYLE: Final = """
:root{color-scheme:light dark;--ground:#f4f5f7;--paper:#fff;--ink:#1b1f24;--soft:#4b5563;--act:#0b57d0;--on-act:#fff;--line:#d0d7de}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--paper:#161b22;--ink:#e6edf3;--soft:#a5b0bd;--act:#8ab4f8;--on-act:#0d1117;--line:#3d444d}}
*{box-sizing:border-box}
body{margin:0;padding:1rem;background:var(--ground);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif}
main{max-width:34rem;margin:2rem auto;padding:1.5rem;background:var(--paper);border:1px solid var(--line);border-radius:12px}
.house{margin:0;font-weight:700;color:var(--soft)}
h1{margin:.25rem 0 1rem;font-size:1.5rem;line-height:1.25}
p{margin:0 0 1rem}
form{display:flex;flex-direction:column;gap:.75rem;margin:1.5rem 0}
button{min-height:3rem;padding:.6rem 1rem;border:2px solid var(--act);border-radius:8px;font:inherit;font-weight:600;cursor:pointer;background:var(--act);color:var(--on-act)}
button+button,button:has(+button){background:transparent;color:var(--act)}
button:focus-visible{outline:3px solid var(--ink);outline-offset:3px}
.note{color:var(--soft);font-size:.9375rem;margin-bottom:0}
"""
_DIGEST: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
}
"""What every page carries, beside what every answer to people does."""

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{ said.title }} - {{ house }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{{ style | safe }}</style>
</head>
<body>
<main>
<p class="house">{{ house }}</p>
<h1>{{ said.title }}</h1>
{% for paragraph in said.paragraphs %}<p>{{ paragraph }}</p>
{% endfor %}{% if form %}<form method="post" action="{{ form.action }}" autocomplete="off">
<input type="hidden" name="token" value="{{ form.token }}">
{% for choice in form.choices %}<button name="choice" value="{{ choice.value }}">{{ choice.label }}</button>
{% endfor %}</form>
{% endif %}{% if note %}<p class="note">{{ note }}</p>
{% endif %}</main>
</body>
</html>
"""


class Form(NamedTuple):
    """Where the buttons of a page send the token of its link."""

    action: str
    token: str
    choices: Sequence[Choice]


def drawn(house: str, said: Said, form: Form | None = None, note: str = "") -> str:
    """The page of ``house`` that says ``said``, in HTML."""
    return _template().render(house=house, said=said, form=form, note=note, style=STYLE)


@cache
def _template() -> "Template":
    # Imported late: most commands show no page.
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)
