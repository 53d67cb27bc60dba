"""Where a mail came from: who wrote it, by whose word, and over which connection its receiver got it.

Why the topmost only: every server puts its lines above those it got, so what stands below the receiver's own line was
written by a stranger. Invariant: no note of a result is believed but the topmost one, and only when the server that wrote
it is a known receiver and also took the mail.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from lonja.modules.notices.domains import is_within, normalized, registered
from lonja.modules.notices.received.opening import OpenedMail, decoded

KNOWN_RECEIVERS: Final = (
    "google.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "apple.com",
    "fastmail.com",
    "messagingengine.com",
    "proton.me",
    "protonmail.ch",
    "zoho.com",
    "gmx.net",
    "web.de",
    "yandex.net",
    "mail.ru",
)
"""Domains of services whose notes about received mail are worth reading."""
_HOPS_MAX: Final = 30
_ADDRESS: Final = re.compile(r"\[(?:IPv6:)?([0-9a-f.:]{3,45})\]|\((?:\S{0,253}\s)?([0-9a-f.:]{7,45})\)", re.IGNORECASE)
_FROM: Final = re.compile(r"from\s+(\S{1,255})", re.IGNORECASE)
_REVERSE: Final = re.compile(r"\(([a-z0-9._-]{1,253})\.?\s+\[", re.IGNORECASE)
_BY: Final = re.compile(r"\sby\s+([A-Za-z0-9._-]{1,253})")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.){0,500}"')
_COMMENT: Final = re.compile(r"\([^()]{0,500}\)")
_RESULT: Final = re.compile(r"\b(spf|dkim|dmarc|arc)\s*=\s*([a-z]{1,12})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail says it is from: the name people see, the address, and the domain in its normal form."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    domain: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """How the receiver got a mail: from which address, which name it gave itself, and who the receiver is."""

    address: str
    helo: str
    receiver: str


def sender_of(mail: OpenedMail) -> Sender:
    """The one author; with a problem when there is none, more than one, or no way to tell."""
    values = mail.values("from")
    if len(values) != 1:
        return Sender("", "", "", "it has no sender" if not values else "it has more than one sender")
    text = values[0][:2_000].decode("utf-8", "replace")
    bare = _COMMENT.sub(" ", _QUOTED.sub(" ", text))
    inside = re.findall(r"<([^<>]{0,320})>", bare)
    if len(inside) > 1 or ("," in bare and bare.count("@") > 1):
        return Sender(decoded(values[0]), "", "", "it has more than one sender")
    address = (inside[0] if inside else bare).strip()
    local, _, domain = address.rpartition("@")
    name = normalized(domain)
    shown = decoded(text.partition("<")[0].encode()) if inside else ""
    if not local or not name or " " in address:
        return Sender(shown, address, "", "its sender is no address")
    return Sender(shown.strip(' "'), f"{local}@{name}", name)


def envelope_sender(mail: OpenedMail) -> str:
    """To whom it would have been returned: what SPF is about. "" when that is nobody, or not noted."""
    values = mail.values("return-path")
    text = values[0][:400].decode("ascii", "replace").strip(" <>") if values else ""
    return text if text.count("@") == 1 and " " not in text else ""


def connection_of(mail: OpenedMail) -> Connection | None:
    """The connection over which the receiver got it; None when no line tells of one."""
    lines = [value[:2_000].decode("ascii", "replace") for value in mail.values("received")[:_HOPS_MAX]]
    found = [hop for hop in map(_hop, lines) if hop is not None]
    # A hand-over within the receiver's own house, proved by its own look at the name of the address, is not the border.
    border = next((hop for hop, is_inner in found if not is_inner), None)
    return border or (found[0][0] if found else None)


def _hop(line: str) -> tuple[Connection, bool] | None:
    start, by = line.partition(" by ")[0], _BY.search(f" {line}")
    addresses = [one or other for one, other in _ADDRESS.findall(start)]
    public = [address for address in addresses if _is_public(address)]
    giver = _FROM.match(line)
    if not public or giver is None:
        return None
    receiver = normalized(by[1]) if by else ""
    reverse = _REVERSE.search(start)
    name = normalized(reverse[1]) if reverse else ""
    is_inner = bool(name and receiver) and registered(name) == registered(receiver)
    return Connection(public[0], giver[1].strip("[]()"), receiver), is_inner


def _is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    # Documentation addresses are private to the library, yet examples and tests are full of them.
    is_example = any(parsed in network for network in _EXAMPLES if network.version == parsed.version)
    return parsed.is_global or is_example


_EXAMPLES: Final = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def noted_results(
    mail: OpenedMail, connection: Connection | None, receivers: Sequence[str] = KNOWN_RECEIVERS
) -> tuple[tuple[str, str], ...]:
    """What a known receiver noted about the mail, as (method, result); nothing when it is nobody to believe."""
    values = mail.values("authentication-results")
    if not values or connection is None or not connection.receiver:
        return ()
    text = values[0][:4_000].decode("ascii", "replace")
    writer, _, results = text.partition(";")
    name = normalized(writer.split()[0]) if writer.split() else ""
    if not name or not any(is_within(name, receiver) for receiver in receivers):
        return ()
    if registered(name) != registered(connection.receiver):
        return ()
    bare = _COMMENT.sub(" ", _QUOTED.sub(" ", results))
    return tuple((method.lower(), result.lower()) for method, result in _RESULT.findall(bare)[:20])
