"""Networks, ports and addresses as people write them at start."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Final

from lonja.edge.networks import Network
from lonja.primitives.errors import SettingsError

PORT_MAX: Final = 65_535


def networks_of(option: str, texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks that were given with ``option``, ``10.0.0.0/8`` or one address each. Raises ``SettingsError``."""
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        remedy = "Write networks such as 10.0.0.0/8 or 2001:db8::/32."
        raise SettingsError(f"{option}: {error}.", remedy) from error


def check_host(option: str, host: str) -> None:
    """Raise ``SettingsError`` unless ``host``, given with ``option``, can be listened on."""
    if host != "localhost":
        try:
            ip_address(host)
        except ValueError:
            remedy = "Give the address of a network interface, such as 127.0.0.1 or 0.0.0.0."
            raise SettingsError(f"{option} {host!r} is no address.", remedy) from None


def check_port(option: str, port: int) -> None:
    """Raise ``SettingsError`` unless ``port``, given with ``option``, is one."""
    if not 0 <= port <= PORT_MAX:
        raise SettingsError(f"{option} is {port}.", f"A port is a number from 0 (any free one) to {PORT_MAX}.")


def address_of(host: str) -> str:
    """The address by which clients on this machine reach what listens on ``host``."""
    if host in ("0.0.0.0", "::"):  # noqa: S104  # recognized, not chosen
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
