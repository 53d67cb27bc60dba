"""Who may use the sandbox's controls: programs on this machine, and no web page that happens to be open on it.

Why here: the controls take no signature, so where a request comes from is all that protects them. A browser reaches
loopback for any page, and a page's own host name can be made to resolve to loopback (DNS rebinding); hence the checks
of ``Host``, ``Origin`` and ``Sec-Fetch-Site``, which pages cannot forge.
Invariant: whatever is not clearly a program on this machine is refused.
"""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final

from lonja.edge.errors import refusal

_PROXY_HEADERS: Final = frozenset(
    (b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip", b"x-original-host")
)
_PROXY_HEADERS_BEGIN: Final = b"x-forwarded-"
_OWN_SITE: Final = (b"same-origin", b"none")


def check_caller(headers: Iterable[tuple[bytes, bytes]], address: str, *, local_only: bool) -> None:
    """Raise ``EdgeError`` 403 when the request of ``address`` may not use the controls.

    Without ``local_only`` other machines may, but pages of other sites still may not.
    """
    found: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value.strip())
    hosts = found.get(b"host", [])
    if len(hosts) != 1:
        raise refusal("403", "it needs one Host header")
    if local_only:
        _check_local(found.keys(), hosts[0], address)
    if any(origin.partition(b"://")[2] != hosts[0] for origin in found.get(b"origin", ())):
        raise refusal("403", "a web page of another site sent it")
    if any(site not in _OWN_SITE for site in found.get(b"sec-fetch-site", ())):
        raise refusal("403", "a web page of another site sent it")


def _check_local(names: Iterable[bytes], host: bytes, address: str) -> None:
    if not _is_loopback(address):
        raise refusal("403", "it comes from another machine")
    if any(name in _PROXY_HEADERS or name.startswith(_PROXY_HEADERS_BEGIN) for name in names):
        raise refusal("403", "a proxy passed it on")
    if not _names_this_machine(host.decode("latin-1")):
        raise refusal("403", "its Host is neither localhost nor a loopback address")


def _names_this_machine(host: str) -> bool:
    """Whether a ``Host`` header, with or without a port, means this machine and nothing else."""
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        name, _, port = host.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        return False
    return name.lower() == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback
