"""What the staff API needs of the house, in one immutable record, built once by ``bootstrap``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights
from lonja.modules.identity.api import People
from lonja.modules.notices.api import Notices

STAFF_PREFIX: Final = "/api/staff"


@dataclass(frozen=True, slots=True)
class StaffServices:
    """``clock`` gives the exchange's time in milliseconds, ``health`` "" or what is wrong, ``figures`` numbers by name.

    ``lets_in`` says whether staff may work from a network address; ``origins`` are the addresses our own pages come from.
    """

    people: People
    rights: Rights
    back_office: BackOffice
    notices: Notices
    clock: Callable[[], int]
    lets_in: Callable[[str], bool]
    health: Callable[[], str] = lambda: ""
    figures: Callable[[], Mapping[str, int]] = dict
    origins: tuple[str, ...] = ()
    body_bytes_max: int = 1 << 16


def only_from(networks: Sequence[IPv4Network | IPv6Network]) -> Callable[[str], bool]:
    """Whether an address lies in one of ``networks``; what is no address does not."""

    def lets_in(address: str) -> bool:
        try:
            known = ip_address(address)
        except ValueError:
            return False
        # Sockets for both versions name addresses of the old one in the new form.
        mapped = getattr(known, "ipv4_mapped", None) or known
        return any(mapped in network for network in networks if network.version == mapped.version)

    return lets_in
