"""Domain names: in the form they are compared in, and the part of them that somebody registered.

Why offline: the list of public suffixes comes with the library, and a check of a mail must tell nobody of the mail.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tldextract import TLDExtract

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NAME_LENGTH_MAX: Final = 253


def normalized(name: str) -> str:
    """``name`` in lower case and ASCII (punycode), without a dot at its end; "" when it is no domain name."""
    plain = name.strip().rstrip(".").lower()
    if not plain or len(plain) > _NAME_LENGTH_MAX:
        return ""
    try:
        ascii_name = plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    labels = ascii_name.split(".")
    fits = len(labels) > 1 and len(ascii_name) <= _NAME_LENGTH_MAX and all(_LABEL.fullmatch(one) for one in labels)
    return ascii_name if fits else ""


def shown(name: str) -> str:
    """A normalized name as a browser might show it, punycode decoded."""
    try:
        return name.encode("ascii").decode("idna")
    except UnicodeError:
        return name


@cache
def _extract() -> "TLDExtract":
    from tldextract import TLDExtract  # noqa: PLC0415  # heavy

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def registered(name: str) -> str:
    """The registered domain that a normalized ``name`` belongs to; ``name`` itself when it is a public suffix."""
    found = _extract()(name)
    # Of a top level that the list does not know, the last label alone is public.
    return (found.top_domain_under_public_suffix or name) if found.suffix else ".".join(name.split(".")[-2:])


def label_of(name: str) -> str:
    """What is registered, without the public suffix: ``lonja`` of ``www.lonja.co.uk``."""
    return registered(name).partition(".")[0] or name


def is_within(name: str, domain: str) -> bool:
    """Whether ``name`` is ``domain`` or below it."""
    return name == domain or name.endswith(f".{domain}")
