"""From where a request really came, when proxies passed it on.

Why here: REST, WebSocket, the account and the staff API must believe the same. Each proxy writes the address that it was
called from behind those it was told, so from the right every address is as true as the proxy that wrote it, and the first
one that is no proxy of ours is whoever called. Invariant: nothing that a stranger sends changes anything.
"""

import re
from collections.abc import Iterable, MutableMapping, Sequence
from typing import Any, Final

from lonja.edge.networks import Network, only_from, read_address

FORWARDED_FOR: Final = b"x-forwarded-for"
FORWARDED_PROTO: Final = b"x-forwarded-proto"
HOPS_MAX: Final = 16
"""How many proxies may stand in a row; what is written further left is not read."""
_SCHEMES: Final = ("http", "https")
_WITH_PORT: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5}")

Headers = Iterable[tuple[bytes, bytes]]


class TrustedProxies:
    """The proxies that are believed; ``networks`` name where they are, none by default."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        """Believe what comes from ``networks``."""
        self.are_some = bool(networks)
        self._are_trusted = only_from(networks)

    def address(self, peer: str, headers: Headers) -> str:
        """Who called, when ``peer`` is at the other end of the connection."""
        if not self.are_some or not self._are_trusted(peer):
            return peer
        caller = peer
        for hop in reversed(_listed(headers, FORWARDED_FOR)[-HOPS_MAX:]):
            known = _read_hop(hop)
            if not known:
                # Whoever wrote this is the last one of whom anything is known.
                return caller
            caller = known
            if not self._are_trusted(caller):
                return caller
        return caller

    def scheme(self, peer: str, headers: Headers, scheme: str) -> str:
        """How the caller connected: ``scheme`` itself, unless a proxy says otherwise."""
        if not self.are_some or not self._are_trusted(peer):
            return scheme
        told = _listed(headers, FORWARDED_PROTO)[-1:]
        return told[0].lower() if told and told[0].lower() in _SCHEMES else scheme

    def settle(self, scope: MutableMapping[str, Any]) -> None:
        """Write into an ASGI ``scope`` who called, and how."""
        client: tuple[str, int] | None = scope.get("client")
        if not self.are_some or client is None:
            return
        peer, headers = client[0], scope["headers"]
        scope["client"] = (self.address(peer, headers), client[1])
        scope["scheme"] = self.scheme(peer, headers, scope.get("scheme", "http"))


def _listed(headers: Headers, name: bytes) -> list[str]:
    """The entries under ``name``; a header that comes more than once is one list."""
    lines = [value.decode("latin-1") for given, value in headers if given.lower() == name]
    return [entry.strip() for line in lines for entry in line.split(",")]


def _read_hop(text: str) -> str:
    """One entry as an address, "" when it is none; proxies write ports and brackets, too."""
    found = _WITH_PORT.fullmatch(text)
    # A zone means something on one machine only, and may hold anything.
    known = None if "%" in text else read_address((found[1] or found[2]) if found else text)
    return "" if known is None else str(known)
