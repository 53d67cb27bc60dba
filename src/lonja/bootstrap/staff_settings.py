"""Where staff may work from, checked once at start."""

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from lonja.bootstrap.networks import networks_of
from lonja.edge.networks import Network

LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""Where staff work from unless the house says otherwise: its own machine."""


@dataclass(frozen=True, slots=True)
class StaffSettings:
    """``networks`` are those staff may work from."""

    networks: tuple[Network, ...] = LOOPBACK


def staff_settings(networks: tuple[str, ...]) -> StaffSettings:
    """Networks as people write them; none given: this machine only. Raises ``SettingsError``."""
    return StaffSettings(networks_of("--staff-network", networks)) if networks else StaffSettings()
