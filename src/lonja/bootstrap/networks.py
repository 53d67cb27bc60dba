"""Networks as people write them at start."""

from collections.abc import Sequence
from ipaddress import ip_network

from lonja.edge.networks import Network
from lonja.primitives.errors import SettingsError


def networks_of(option: str, texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks that were given with ``option``, ``10.0.0.0/8`` or one address each. Raises ``SettingsError``."""
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        remedy = "Write networks such as 10.0.0.0/8 or 2001:db8::/32."
        raise SettingsError(f"{option}: {error}.", remedy) from error
