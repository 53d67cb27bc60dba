"""Where staff may work from, checked once at start."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from lonja.primitives.errors import SettingsError

LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""Where staff work from unless the house says otherwise: its own machine."""


@dataclass(frozen=True, slots=True)
class StaffSettings:
    """``networks`` are those staff may work from."""

    networks: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK


def staff_settings(networks: tuple[str, ...]) -> StaffSettings:
    """Networks as people write them, ``10.0.0.0/8`` or one address; none given: this machine only.

    Raises ``SettingsError``.
    """
    try:
        return StaffSettings(tuple(ip_network(text) for text in networks)) if networks else StaffSettings()
    except ValueError as error:
        remedy = "Write networks such as 10.0.0.0/8 or 2001:db8::/32."
        raise SettingsError(f"--staff-network: {error}.", remedy) from error
