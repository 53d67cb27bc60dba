"""What may be chosen at start, checked once. Invariant: settings that exist make sense."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from lonja.bootstrap.defaults import DEFAULT_DATA, DEFAULT_PORT, DEFAULT_STAFF_PORT, DEFAULT_TLS_PORT
from lonja.bootstrap.networks import PORT_MAX, address_of, check_host, check_port
from lonja.bootstrap.notice_settings import NoticeSettings
from lonja.bootstrap.staff_settings import StaffSettings
from lonja.edge.networks import Network
from lonja.modules.sandbox.api import EARLIEST_MS, END_MS, REAL_SPEED, SandboxOptions, speed_of
from lonja.primitives.errors import SettingsError

NOTICE_S_MAX = 3_600
_MS_DIGITS = 13


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the edge listens. Port 0 picks a free one; ``tls_port`` None: beside ``port``, see ``chosen_tls_port``.

    ``control`` says who may use the sandbox's controls: programs on this machine (local), anybody, nobody (off).
    ``notice_s`` is how long clients are told before the end that it comes. ``trusted_proxies`` are networks whose word is
    taken for where a request came from.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls_port: int | None = None
    rate_limits: bool = True
    control: Literal["local", "any", "off"] = "local"
    notice_s: int = 0
    trusted_proxies: tuple[Network, ...] = ()

    def __post_init__(self) -> None:
        """Raise ``SettingsError`` for what cannot be listened on."""
        for name, port in (("--port", self.port), ("--tls-port", self.tls_port or 0)):
            check_port(name, port)
        if not 0 <= self.notice_s <= NOTICE_S_MAX:
            raise SettingsError(f"--notice is {self.notice_s}.", f"It is a number of seconds from 0 to {NOTICE_S_MAX}.")
        if any(network.prefixlen == 0 for network in self.trusted_proxies):
            remedy = "Name the networks of your proxies alone: whoever is trusted can pass for any address."
            raise SettingsError("--trusted-proxy names every address there is.", remedy)
        if self.port and self.port == self.chosen_tls_port:
            raise SettingsError(f"--port and --tls-port are both {self.port}.", "Choose two different ports.")
        check_host("--host", self.host)

    @property
    def chosen_tls_port(self) -> int:
        """The port for TLS: as given, else any free one when the plain port is free to choose, else 8443 or the next."""
        if self.tls_port is not None:
            return self.tls_port
        if self.port == DEFAULT_PORT:
            return DEFAULT_TLS_PORT
        return self.port and min(self.port + 1, PORT_MAX)

    @property
    def address(self) -> str:
        """The address clients on this machine use."""
        return address_of(self.host)


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """How the sandbox's clock starts: ``speed`` in millionths, at ``start_ms`` unless the exchange is further already."""

    speed: int = REAL_SPEED
    start_ms: int | None = None


def clock_settings(speed: str, start: str) -> ClockSettings:
    """Speed and start as people write them; "" for no start of its own. Raises ``SettingsError``."""
    chosen = speed_of(speed)
    if chosen is None:
        remedy = "It is a number from 0 to 100000 with at most 6 decimals."
        raise SettingsError(f"--speed {speed!r} is no speed.", remedy)
    return ClockSettings(chosen, _start_ms(start) if start else None)


def _start_ms(start: str) -> int:
    try:
        start_ms = int(start) if len(start) == _MS_DIGITS and start.isdecimal() else _iso_ms(start)
    except (ValueError, OverflowError):
        start_ms = 0
    if not EARLIEST_MS <= start_ms < END_MS:
        remedy = "Write a time from 2017-01-02 to 2049-12-31, such as 2026-01-31T12:00:00Z or milliseconds since 1970."
        raise SettingsError(f"--start {start!r} is no time to start at.", remedy)
    return start_ms


def _iso_ms(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


MIRRORED = ("BTC-USDT", "ETH-USDT")
"""What is mirrored when nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """``replay`` are files, each ``FILE`` or ``INST=FILE``; ``mirror`` is the address of a v5 server, empty for none.

    ``mirror_ca`` is an authority to trust when that address begins with https.
    """

    replay: tuple[str, ...] = ()
    mirror: str = ""
    mirror_instruments: tuple[str, ...] = MIRRORED
    mirror_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """Who compares faces with documents, staff or nobody, and whether specimens count as documents; for a sandbox."""

    compares_faces: bool = True
    specimens: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """All of a house."""

    data: Path = DEFAULT_DATA
    server: ServerSettings = field(default_factory=ServerSettings)
    sandbox: SandboxOptions = field(default_factory=SandboxOptions)
    clock: ClockSettings = field(default_factory=ClockSettings)
    feeds: FeedSettings = field(default_factory=FeedSettings)
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    staff: StaffSettings = field(default_factory=StaffSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)

    def __post_init__(self) -> None:
        """Raise ``SettingsError`` when two of the doors would have one port."""
        for name, port in (("--port", self.server.port), ("--tls-port", self.server.chosen_tls_port)):
            if self.staff_port and self.staff_port == port:
                raise SettingsError(f"{name} and --staff-port are both {port}.", "Choose two different ports.")

    @property
    def staff_port(self) -> int:
        """The port of staff: as given, else any free one when the plain port is free to choose, else 8090 or the second next."""
        port = self.server.port
        if self.staff.port is not None:
            return self.staff.port
        if port == DEFAULT_PORT:
            return DEFAULT_STAFF_PORT
        # The one next to it is for TLS; where none follows, the one before.
        return port and (port + 2 if port + 2 <= PORT_MAX else port - 1)
