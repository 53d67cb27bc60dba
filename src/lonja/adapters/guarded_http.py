"""HTTPS to hosts that were named beforehand, and to none that a name could be bent to.

Why: what is fetched may be named by somebody else's document, and names lead where their owner wishes. Invariant: the
address that was checked is the one that is connected to; nothing is followed; size and time are bounded.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from lonja.primitives.errors import LonjaError

Resolve = Callable[[str, int], Collection[str]]
"""Gives the addresses of a host; raises ``OSError``."""
BYTES_MAX: Final = 1 << 18
SECONDS: Final = 10.0


class NotFetchedError(LonjaError):
    """Nothing came, or nothing that may be used."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; ``status`` is never a redirection."""

    status: int
    body: bytes


def system_addresses(host: str, port: int) -> Collection[str]:
    """The addresses of ``host`` as this machine resolves it. Raises ``OSError``."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class GuardedHttp:
    """Fetches from ``hosts`` by TLS. ``is_local``: from this machine alone, for a provider that runs beside the house."""

    def __init__(
        self,
        hosts: Collection[str],
        *,
        is_local: bool = False,
        resolve: Resolve = system_addresses,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
        bytes_max: int = BYTES_MAX,
    ) -> None:
        """``tls`` says whom to trust; without it everybody whom this machine trusts."""
        self._hosts = frozenset(host.lower() for host in hosts)
        self._is_local = is_local
        self._resolve = resolve
        self._tls = tls
        self._seconds = seconds
        self._bytes_max = bytes_max

    def check(self, url: str) -> SplitResult:
        """``url`` in parts. Raises ``NotFetchedError`` when it may not be used."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise NotFetchedError("This is no address.") from error
        if parts.scheme != "https" and not (self._is_local and parts.scheme == "http"):
            raise NotFetchedError("The address is not one of https.")
        if "@" in parts.netloc or not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
            raise NotFetchedError("The address holds what no address needs.")
        if (parts.hostname or "") not in self._hosts:
            raise NotFetchedError("The host is not one that was named beforehand.")
        if port not in (None, 443) and not self._is_local:
            raise NotFetchedError("The port is not the one of https.")
        return parts

    def fetch(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
    ) -> Fetched:
        """What ``url`` answers, whole. Raises ``NotFetchedError``."""
        import httpx  # noqa: PLC0415  # most houses have no provider

        parts = self.check(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = self._checked_address(host, port)
        shown = f"[{address}]" if ":" in address else address
        sent = {**(headers or {}), "host": parts.netloc, "accept": "application/json", "accept-encoding": "identity"}
        ends = time.monotonic() + self._seconds
        try:
            with (
                httpx.Client(
                    verify=self._trust(parts.scheme),
                    timeout=self._seconds,
                    follow_redirects=False,
                    trust_env=False,
                ) as client,
                client.stream(
                    method,
                    parts._replace(netloc=f"{shown}:{port}").geturl(),
                    headers=sent,
                    data=form,
                    # The certificate must be the host's, not the address's.
                    extensions={"sni_hostname": host},
                ) as answer,
            ):
                if answer.is_redirect or answer.headers.get("content-encoding", "identity") != "identity":
                    raise NotFetchedError("The answer leads elsewhere, or is packed.")
                return Fetched(answer.status_code, self._read(answer, ends))
        except httpx.HTTPError as error:
            raise NotFetchedError(f"The host cannot be reached ({type(error).__name__}).") from error

    def _read(self, answer: "httpx.Response", ends: float) -> bytes:  # type: ignore[name-defined]  # noqa: F821
        body = bytearray()
        for part in answer.iter_raw():
            body += part
            if len(body) > self._bytes_max or time.monotonic() > ends:
                raise NotFetchedError("The answer is too long, or takes too long.")
        return bytes(body)

    def _trust(self, scheme: str) -> ssl.SSLContext | bool:
        if scheme == "https" and self._tls is None:
            self._tls = ssl.create_default_context()
        # Without TLS, beside the house only, nobody is asked for a certificate.
        return self._tls or False

    def _checked_address(self, host: str, port: int) -> str:
        try:
            found = [ipaddress.ip_address(address) for address in self._resolve(host, port)]
        except (OSError, ValueError) as error:
            raise NotFetchedError("The host has no address.") from error
        # One bad address among good ones is how a name is bent: then none is used.
        if not found or not all(self._is_allowed(address) for address in found):
            raise NotFetchedError("The host's address is not one to connect to.")
        return str(found[0])

    def _is_allowed(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        inner = _inner(address)
        if self._is_local:
            return inner.is_loopback
        return inner.is_global and not inner.is_multicast and not inner.is_reserved


_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")


def _inner(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does; else ``address``."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
