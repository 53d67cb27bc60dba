"""One contract for every ``Dns``: recorded records, and a resolver that asks a real server on this machine."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from lonja.adapters.dns_memory import TIMEOUT, RecordedDns
from lonja.adapters.dns_resolver import ResolverDns
from lonja.modules.notices.ports import Dns, LookupFailedError

ZONE: dict[str, Sequence[tuple[str, str]]] = {
    "example.com": [
        ("TXT", "v=spf1 -all"),
        ("TXT", "x" * 300),
        ("A", "192.0.2.1"),
        ("AAAA", "2001:db8::1"),
        ("MX", "10 mail.example.com"),
    ],
    "alias.example.com": [("CNAME", "example.com")],
    "1.2.0.192.in-addr.arpa": [("PTR", "example.com")],
    "silent.example.com": [(TIMEOUT, "")],
}


class _Server(asyncio.DatagramProtocol):
    """Answers from ``ZONE``; silent where it says so, broken for names below ``broken.example``."""

    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        asked = query.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        records = ZONE.get(name, [])
        if any(each == TIMEOUT for each, _ in records):
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name.endswith("broken.example"):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif not records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        for each, value in records:
            if each == "CNAME":
                answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "CNAME", f"{value}."))
                name, records = value, ZONE[value]
        for each, value in records:
            if each == kind:
                answer.answer.append(_record(name, kind, value))
        self.transport.sendto(answer.to_wire(), addr)


def _record(name: str, kind: str, value: str) -> dns.rrset.RRset:
    if kind == "TXT":
        value = " ".join(f'"{value[start : start + 255]}"' for start in range(0, len(value), 255))
    elif kind in ("MX", "PTR"):
        value += "."
    return dns.rrset.from_text(f"{name}.", 60, "IN", kind, value)


@pytest.fixture(scope="module")
def server_port() -> Iterator[int]:
    """A DNS server on a loop of its own, since the port blocks."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), list[int]()

    async def serve() -> None:
        transport, _ = await loop.create_datagram_endpoint(_Server, local_addr=("127.0.0.1", 0))
        ports.append(transport.get_extra_info("sockname")[1])
        ready.set()
        await stopped.wait()
        transport.close()

    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    yield ports[0]
    loop.call_soon_threadsafe(stopped.set)
    thread.join()
    loop.close()


@pytest.fixture(params=["recorded", "resolver"])
def looked_up(request: pytest.FixtureRequest) -> Dns:
    if request.param == "recorded":
        return RecordedDns(ZONE)
    return ResolverDns(["127.0.0.1"], request.getfixturevalue("server_port"), seconds=0.5)


def test_records_come_whole(looked_up: Dns) -> None:
    assert sorted(looked_up.txt("example.com")) == [b"v=spf1 -all", b"x" * 300]
    assert looked_up.addresses("EXAMPLE.com.", is_v6=False) == ("192.0.2.1",)
    assert looked_up.addresses("example.com", is_v6=True) == ("2001:db8::1",)
    assert looked_up.mail_hosts("example.com") == ((10, "mail.example.com"),)
    assert looked_up.names("1.2.0.192.in-addr.arpa") == ("example.com",)


def test_aliases_are_followed(looked_up: Dns) -> None:
    assert looked_up.addresses("alias.example.com", is_v6=False) == ("192.0.2.1",)


@pytest.mark.parametrize("name", ["nobody.example.com", "1.2.0.192.in-addr.arpa", "x" * 64 + ".example", "a..example"])
def test_what_does_not_exist_is_empty(looked_up: Dns, name: str) -> None:
    assert looked_up.txt(name) == ()
    assert looked_up.addresses(name, is_v6=False) == ()
    assert looked_up.mail_hosts(name) == ()


def test_a_server_that_does_not_answer_is_an_error(looked_up: Dns) -> None:
    with pytest.raises(LookupFailedError, match="in time"):
        looked_up.txt("silent.example.com")


def test_a_server_that_is_broken_is_an_error(server_port: int) -> None:
    with pytest.raises(LookupFailedError):
        ResolverDns(["127.0.0.1"], server_port, seconds=0.5).txt("x.broken.example")


def test_recorded_names_that_point_at_each_other_are_an_error() -> None:
    looped = RecordedDns({"a.example": [("CNAME", "b.example")], "b.example": [("CNAME", "a.example")]})
    with pytest.raises(LookupFailedError, match="point at each other"):
        looped.txt("a.example")
