"""Where the door of staff is, and from where it is opened, checked once at start."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from lonja.bootstrap.networks import address_of, check_host, check_port, networks_of
from lonja.edge.networks import Network

LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""Where staff work from unless the house says otherwise: its own machine."""
STAFF_HOST: Final = "127.0.0.1"
"""Where their door is unless the house says otherwise: nobody else reaches it."""


@dataclass(frozen=True, slots=True)
class StaffSettings:
    """``networks`` are those staff may work from; ``host`` and ``port`` where their door is, None: beside the others."""

    networks: tuple[Network, ...] = LOOPBACK
    host: str = STAFF_HOST
    port: int | None = None

    def __post_init__(self) -> None:
        """Raise ``SettingsError`` for what cannot be listened on."""
        check_host("--staff-host", self.host)
        check_port("--staff-port", self.port or 0)

    @property
    def is_tls(self) -> bool:
        """Whether the door speaks TLS: wherever somebody else could listen on the way."""
        return self.host != "localhost" and not ip_address(self.host).is_loopback

    def address(self, port: int, host: str = "") -> str:
        """Where staff on this machine find the door at ``port``, by the name ``host`` if one is given."""
        return f"{'https' if self.is_tls else 'http'}://{host or address_of(self.host)}:{port}"


def staff_settings(networks: tuple[str, ...], host: str = STAFF_HOST, port: int | None = None) -> StaffSettings:
    """Networks as people write them; none given: this machine only. Raises ``SettingsError``."""
    return StaffSettings(networks_of("--staff-network", networks) if networks else LOOPBACK, host, port)
