"""Where network addresses are, by the tables that geoip2fast brings along: country, and whose network it is.

Why here: the tables are files that are read. Invariant: an address that is in no table is somewhere unknown, never an
error.
"""

from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from lonja.modules.identity.people.ports import Place

_DATABASE: Final = "geoip2fast-asn-ipv6.dat.gz"
_HOSTING_WORDS: Final = (
    "amazon", "aws", "azure", "cloud", "colo", "contabo", "datacamp", "data center", "datacenter", "digitalocean",
    "google", "hetzner", "hosting", "leaseweb", "linode", "m247", "microsoft", "oracle", "ovh", "server", "tencent",
    "vpn", "vultr",
)  # fmt: skip


class GeoIpAtlas:
    """An ``Atlas`` on the packaged tables, read when the first public address is asked for."""

    def place(self, address: str) -> Place:
        """The place of ``address``; never raises."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return Place("", "an unknown place", is_hosting=False)
        # Sockets for both versions name addresses of the old one in the new form, which the tables do not know.
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        if parsed.is_loopback or parsed.is_private or parsed.is_link_local:
            return Place("", "this machine or its own network", is_hosting=False)
        found = _tables().lookup(str(parsed))
        country, owner = str(found.country_code), str(found.asn_name or "").lower()
        if len(country) != 2 or not country.isalpha():
            return Place("", "an unknown place", is_hosting=False)
        return Place(country, str(found.country_name), any(word in owner for word in _HOSTING_WORDS))


@cache
def _tables() -> Any:  # noqa: ANN401  # the library has no types
    # Imported late: the tables take most of a second and a hundred megabytes, which a house on a laptop never needs.
    import geoip2fast  # noqa: PLC0415

    return geoip2fast.GeoIP2Fast(geoip2fast_data_file=str(Path(geoip2fast.__file__).parent / _DATABASE))
