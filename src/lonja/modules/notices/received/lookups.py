"""DNS for one mail: each name once, not too many of them, and the house's own records without asking.

Why a budget: a mail names the records that it is judged by, so its writer could have us ask for thousands. Invariant: a
record of the house's own domain comes from the house.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from lonja.modules.notices.ports import Dns, LookupFailedError

_LOOKUPS_MAX: Final = 120
_UNANSWERED_MAX: Final = 3
_Records = TypeVar("_Records")


class BoundedDns:
    """A ``Dns`` around another one. ``own`` are TXT records by name that are known here."""

    def __init__(self, dns: Dns, own: Mapping[str, bytes] | None = None, lookups_max: int = _LOOKUPS_MAX) -> None:
        """After ``lookups_max`` lookups, or a few that nobody answered, every further one fails at once."""
        self._dns = dns
        self._own = own or {}
        self._left = lookups_max
        self._unanswered = 0
        self._known: dict[tuple[str, str], object] = {}

    def txt(self, name: str) -> tuple[bytes, ...]:
        """See ``Dns``."""
        plain = name.rstrip(".").lower()
        if plain in self._own:
            return (self._own[plain],)
        return self._once("txt", plain, lambda: self._dns.txt(plain))

    def addresses(self, name: str, *, is_v6: bool) -> tuple[str, ...]:
        """See ``Dns``."""
        plain = name.rstrip(".").lower()
        return self._once(f"addresses {is_v6}", plain, lambda: self._dns.addresses(plain, is_v6=is_v6))

    def mail_hosts(self, name: str) -> tuple[tuple[int, str], ...]:
        """See ``Dns``."""
        plain = name.rstrip(".").lower()
        return self._once("mail hosts", plain, lambda: self._dns.mail_hosts(plain))

    def names(self, reverse_name: str) -> tuple[str, ...]:
        """See ``Dns``."""
        plain = reverse_name.rstrip(".").lower()
        return self._once("names", plain, lambda: self._dns.names(plain))

    def _once(self, kind: str, name: str, ask: Callable[[], _Records]) -> _Records:
        if (kind, name) in self._known:
            found: _Records = self._known[kind, name]  # type: ignore[assignment]  # kept under its kind
            return found
        if self._left <= 0:
            raise LookupFailedError("too many DNS records were asked for, or DNS does not answer")
        self._left -= 1
        try:
            records = ask()
        except LookupFailedError:
            self._unanswered += 1
            if self._unanswered >= _UNANSWERED_MAX:
                self._left = 0
            raise
        self._known[kind, name] = records
        return records
