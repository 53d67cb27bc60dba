"""The rules of API keys: what a key may do, from where, and when it lapses.

Pure: no database, no clock; time comes in as an argument. Invariant: every key may read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from lonja.primitives.errors import LonjaError
from lonja.primitives.instant import DAY_MS

Network = IPv4Network | IPv6Network

UID_BASE = 10_000_000
LABEL_LENGTH_MAX = 50
PASSPHRASE_LENGTH_MIN = 8
PASSPHRASE_LENGTH_MAX = 32


class IdentityError(LonjaError):
    """A request about accounts or keys that cannot be granted; ``message`` says why."""


class NameTakenError(IdentityError):
    """An account or a key has the name already."""


class LimitReachedError(IdentityError):
    """There are as many accounts or keys as there may be."""


class PassphraseFormatError(IdentityError):
    """A passphrase that cannot be used."""


class KeyNotFoundError(IdentityError):
    """There is no such key."""


class TooManyNetworksError(IdentityError):
    """More addresses and networks than a key can be bound to."""


class Permission(StrEnum):
    """What a key may do."""

    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """Limits on keys and accounts.

    ``unused_days_max`` holds for trade and withdraw keys that are bound to no address, ``sub_accounts_max`` per master.
    """

    unused_days_max: int = 14
    networks_max: int = 20
    keys_per_account_max: int = 50
    sub_accounts_max: int = 500


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, ready to check requests with. ``demo`` None: for demo and other requests alike."""

    api_key: str
    account: int
    label: str
    permissions: frozenset[Permission]
    networks: tuple[Network, ...]
    secret: bytes = field(repr=False)
    passphrase_hash: bytes = field(repr=False)
    demo: bool | None
    lapses: bool
    created_ms: int
    last_used_ms: int
    withdraw_from_ms: int = 0

    def may(self, permission: Permission, now_ms: int) -> bool:
        """Whether the key has ``permission`` by now: a new one may have to wait before it withdraws."""
        if permission not in self.permissions:
            return False
        return permission is not Permission.WITHDRAW or now_ms >= self.withdraw_from_ms

    def allows_address(self, address: str) -> bool:
        """Whether a request from ``address`` may use the key; always when it is bound to none."""
        if not self.networks:
            return True
        parsed = _parse_address(address)
        return parsed is not None and any(parsed in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Account:
    """A named account: ``account`` is its number in the core, ``master`` the number of its master account."""

    account: int
    name: str
    master: int


@dataclass(frozen=True, slots=True)
class SubAccount:
    """An account under a master. ``can_transfer_out``: also to other accounts than the master."""

    account: int
    name: str
    master: int
    label: str
    can_transfer_out: bool
    created_ms: int


def uid(account: int) -> str:
    """The user id that clients see for ``account``."""
    return str(UID_BASE + account)


def account_of(user_id: str) -> int | None:
    """The account behind a user id, or None when it is no such id."""
    if not user_id.isascii() or not user_id.isdigit() or len(user_id) > 18:
        return None
    account = int(user_id) - UID_BASE
    return account if account >= 0 else None


def parse_permissions(names: Iterable[str]) -> frozenset[Permission]:
    """The permissions called ``names``, reading always among them. Raises ``IdentityError``."""
    granted = {Permission.READ}
    for name in names:
        try:
            granted.add(Permission(name.strip().lower()))
        except ValueError:
            known = ", ".join(permission.value for permission in Permission)
            message = f"There is no permission {name.strip()!r}."
            raise IdentityError(message, f"Choose among {known}.") from None
    return frozenset(granted)


def parse_networks(texts: Iterable[str], networks_max: int) -> tuple[Network, ...]:
    """Addresses and networks in text, in order and without repeats. Raises ``IdentityError``."""
    networks: dict[Network, None] = {}
    for text in texts:
        try:
            networks[ip_network(text.strip())] = None
        except ValueError as error:
            message = f"{text.strip()!r} is no IP address or network: {error}."
            raise IdentityError(message, "Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.") from None
    if len(networks) > networks_max:
        message = f"A key can be bound to at most {networks_max} addresses or networks, {len(networks)} were given."
        raise TooManyNetworksError(message, "Join neighbours into networks such as 203.0.113.0/24.")
    return tuple(networks)


def may_lapse(key: ApiKey) -> bool:
    """Whether ``key`` works no more once it was left unused for too long."""
    return key.lapses and not key.networks and key.permissions != {Permission.READ}


def has_lapsed(key: ApiKey, last_used_ms: int, now_ms: int, policy: KeyPolicy) -> bool:
    """Whether ``key`` was left unused for too long."""
    return may_lapse(key) and now_ms - last_used_ms >= policy.unused_days_max * DAY_MS


def check_label(label: str) -> str:
    """``label`` without outer spaces. Raises ``IdentityError`` when it is too long or not printable."""
    trimmed = label.strip()
    if len(trimmed) > LABEL_LENGTH_MAX or not trimmed.isprintable():
        raise IdentityError(f"A label is at most {LABEL_LENGTH_MAX} printable characters long.")
    return trimmed


def check_passphrase(passphrase: str) -> str:
    """``passphrase`` itself. Raises ``IdentityError`` when it cannot travel in a request header or is too short."""
    fits = PASSPHRASE_LENGTH_MIN <= len(passphrase) <= PASSPHRASE_LENGTH_MAX
    if not fits or not passphrase.isascii() or not passphrase.isprintable() or " " in passphrase:
        message = f"A passphrase has {PASSPHRASE_LENGTH_MIN} to {PASSPHRASE_LENGTH_MAX} ASCII characters, no spaces."
        raise PassphraseFormatError(message)
    return passphrase


def _parse_address(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    # A dual-stack socket shows IPv4 clients as ::ffff:a.b.c.d; a key bound to a.b.c.d means the same client.
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
