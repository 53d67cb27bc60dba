"""DNS by the machine's resolver, or by servers that were named.

Invariant: a lookup ends in bounded time; what does not exist is an empty answer, what cannot be known is an error.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lonja.modules.notices.ports import LookupFailedError

if TYPE_CHECKING:
    from dns.rdata import Rdata
    from dns.resolver import Resolver

_SECONDS: Final = 4.0


class ResolverDns:
    """A ``Dns`` that asks. ``servers`` are addresses; without them the machine's own settings hold."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53, seconds: float = _SECONDS) -> None:
        """``seconds`` is how long one lookup may take, repeats included."""
        self._servers = list(servers)
        self._port = port
        self._seconds = seconds
        self._resolver: Resolver | None = None

    def txt(self, name: str) -> tuple[bytes, ...]:
        """The TXT records. Raises ``LookupFailedError``."""
        return tuple(b"".join(record.strings) for record in self._ask(name, "TXT"))  # type: ignore[attr-defined]

    def addresses(self, name: str, *, is_v6: bool) -> tuple[str, ...]:
        """The addresses. Raises ``LookupFailedError``."""
        return tuple(record.to_text() for record in self._ask(name, "AAAA" if is_v6 else "A"))

    def mail_hosts(self, name: str) -> tuple[tuple[int, str], ...]:
        """The hosts that take mail. Raises ``LookupFailedError``."""
        pairs = (record.to_text().partition(" ") for record in self._ask(name, "MX"))
        return tuple((int(preference), host.rstrip(".")) for preference, _, host in pairs)

    def names(self, reverse_name: str) -> tuple[str, ...]:
        """The names of an address. Raises ``LookupFailedError``."""
        return tuple(record.to_text().rstrip(".") for record in self._ask(reverse_name, "PTR"))

    def _ask(self, name: str, kind: str) -> "Sequence[Rdata]":
        from dns.exception import DNSException, Timeout  # noqa: PLC0415  # heavy
        from dns.name import from_text  # noqa: PLC0415
        from dns.resolver import NXDOMAIN, NoAnswer  # noqa: PLC0415

        try:
            from_text(name)
        except (DNSException, UnicodeError):
            # No name of DNS at all, so nothing is there.
            return []
        try:
            answer = self._ready().resolve(name, kind, lifetime=self._seconds, search=False)
        except (NXDOMAIN, NoAnswer):
            return []
        except Timeout:
            raise LookupFailedError("DNS did not answer in time") from None
        except (DNSException, OSError, ValueError) as error:
            raise LookupFailedError(f"DNS cannot be asked ({type(error).__name__})") from error
        return list(answer)

    def _ready(self) -> "Resolver":
        if self._resolver is None:
            from dns.resolver import Resolver  # noqa: PLC0415

            self._resolver = Resolver(configure=not self._servers)
            if self._servers:
                self._resolver.nameservers = list(self._servers)
                self._resolver.port = self._port
        return self._resolver
