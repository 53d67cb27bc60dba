"""Network addresses as the edge compares them.

Invariant: one address has one form here, however a socket or a header wrote it.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that ``text`` is, None when it is none. One of IPv4 in the form of IPv6 is taken for what it is."""
    try:
        known = ip_address(text)
    except ValueError:
        return None
    # Sockets for both versions name addresses of the old one in the new form.
    return getattr(known, "ipv4_mapped", None) or known


def only_from(networks: Sequence[Network]) -> Callable[[str], bool]:
    """Whether an address lies in one of ``networks``; what is no address does not."""

    def lets_in(address: str) -> bool:
        known = read_address(address)
        return known is not None and any(known in network for network in networks if network.version == known.version)

    return lets_in
