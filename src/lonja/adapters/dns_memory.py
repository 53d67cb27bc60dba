"""Recorded DNS: records by name, for tests, for replays and where nothing may leave the machine.

Invariant: it answers as a resolver does that knows exactly these records, aliases followed.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from lonja.modules.notices.ports import LookupFailedError

_ALIASES_MAX: Final = 10
TIMEOUT: Final = "TIMEOUT"
"""As a kind: whoever asks for this name gets no answer."""


class RecordedDns:
    """``zone`` holds (kind, value) by name; the kinds are TXT, A, AAAA, MX ("10 host"), PTR, CNAME and ``TIMEOUT``."""

    def __init__(self, zone: Mapping[str, Sequence[tuple[str, str | bytes]]]) -> None:
        """Names count without case and without a dot at the end."""
        self._zone = {_plain(name): list(records) for name, records in zone.items()}
        self.asked: list[tuple[str, str]] = []
        """Every lookup, as kind and name."""

    def txt(self, name: str) -> tuple[bytes, ...]:
        """The TXT records."""
        found = self._find(name, "TXT")
        return tuple(value if isinstance(value, bytes) else value.encode() for value in found)

    def addresses(self, name: str, *, is_v6: bool) -> tuple[str, ...]:
        """The addresses."""
        return tuple(str(value) for value in self._find(name, "AAAA" if is_v6 else "A"))

    def mail_hosts(self, name: str) -> tuple[tuple[int, str], ...]:
        """The hosts that take mail."""
        pairs = (str(value).partition(" ") for value in self._find(name, "MX"))
        return tuple((int(preference), host) for preference, _, host in pairs)

    def names(self, reverse_name: str) -> tuple[str, ...]:
        """The names of an address."""
        return tuple(str(value) for value in self._find(reverse_name, "PTR"))

    def _find(self, name: str, kind: str) -> list[str | bytes]:
        plain = _plain(name)
        self.asked.append((kind, plain))
        for _ in range(_ALIASES_MAX):
            records = self._zone.get(plain, [])
            found = [value for each, value in records if each == kind]
            if found:
                return found
            if any(each == TIMEOUT for each, _ in records):
                raise LookupFailedError("DNS did not answer in time")
            alias = next((value for each, value in records if each == "CNAME"), None)
            if alias is None:
                return []
            plain = _plain(str(alias))
        raise LookupFailedError("DNS names point at each other")


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
