"""Who called, when proxies stand between: what is believed of whom, and what strangers try."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from lonja.edge.forwarded import HOPS_MAX, TrustedProxies
from lonja.edge.services import EdgeSettings
from tests.edge.house import TRADER, open_house, request

PROXIES = TrustedProxies([ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48")])
NEAR, FAR, CLIENT, STRANGER = "10.0.0.1", "10.0.0.2", "203.0.113.7", "198.51.100.9"


def lines(*entries: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-forwarded-for", entry.encode("latin-1")) for entry in entries]


CHAINS = [
    # peer, headers, who called
    (CLIENT, (), CLIENT),
    (NEAR, (), NEAR),
    (NEAR, (CLIENT,), CLIENT),
    (NEAR, (f"{CLIENT}, {FAR}",), CLIENT),
    (NEAR, (CLIENT, FAR), CLIENT),
    (NEAR, (f" {CLIENT} ,\t{FAR} ",), CLIENT),
    # Spoofed: a stranger without a proxy, and one who sends a header that the proxy adds to.
    (STRANGER, (CLIENT,), STRANGER),
    (STRANGER, (f"{CLIENT}, {NEAR}",), STRANGER),
    (NEAR, (f"{CLIENT}, {STRANGER}",), STRANGER),
    (NEAR, (CLIENT, STRANGER), STRANGER),
    (NEAR, (f"127.0.0.1, {STRANGER}, {FAR}",), STRANGER),
    # All are ours: the farthest.
    (NEAR, (f"10.0.0.3, {FAR}",), "10.0.0.3"),
    # Garbage ends what is known.
    (NEAR, ("",), NEAR),
    (NEAR, (",,,",), NEAR),
    (NEAR, ("unknown",), NEAR),
    (NEAR, (f"{CLIENT}, garbage, {FAR}",), FAR),
    (NEAR, (f"{CLIENT}, 203.0.113.300",), NEAR),
    (NEAR, (f"{CLIENT}\x00",), NEAR),
    (NEAR, ("203.0.113.7:99999999",), NEAR),
    (NEAR, ("\xb2\xb20.0.113.7",), NEAR),
    (NEAR, ("fe80::1%eth0<script>",), NEAR),
    (NEAR, ("[203.0.113.7",), NEAR),
    # Forms of one address.
    (NEAR, ("203.0.113.7:51234",), CLIENT),
    (NEAR, ("::ffff:203.0.113.7",), CLIENT),
    (NEAR, ("::FFFF:CB00:7107",), CLIENT),
    (NEAR, ("2001:DB8:2:0:0:0:0:9",), "2001:db8:2::9"),
    (NEAR, ("[2001:db8:2::9]",), "2001:db8:2::9"),
    (NEAR, ("[2001:db8:2::9]:443",), "2001:db8:2::9"),
    ("::ffff:10.0.0.1", (CLIENT,), CLIENT),
    ("2001:db8:1::5", (f"{CLIENT}, 2001:db8:1::6",), CLIENT),
    ("2001:db8:2::5", (CLIENT,), "2001:db8:2::5"),
    ("", (CLIENT,), ""),
]


@pytest.mark.parametrize(("peer", "entries", "caller"), CHAINS)
def test_the_first_from_the_right_that_is_no_proxy_of_ours_called(
    peer: str, entries: tuple[str, ...], caller: str
) -> None:
    assert PROXIES.address(peer, lines(*entries)) == caller


@pytest.mark.parametrize(("peer", "entries", "caller"), CHAINS)
def test_without_proxies_nobody_is_believed(peer: str, entries: tuple[str, ...], caller: str) -> None:
    del caller
    assert TrustedProxies().address(peer, lines(*entries)) == peer


def test_a_chain_is_read_so_far_and_no_farther() -> None:
    chain = ", ".join([CLIENT] + [f"10.0.1.{number}" for number in range(HOPS_MAX)])
    assert PROXIES.address(NEAR, lines(chain)) == "10.0.1.0"
    assert PROXIES.address(NEAR, lines("1.2.3.4," * 20_000 + CLIENT)) == CLIENT


@pytest.mark.parametrize(
    ("peer", "told", "scheme"),
    [
        (NEAR, ["https"], "https"),
        (NEAR, ["HTTPS"], "https"),
        (NEAR, ["http, https"], "https"),
        (NEAR, ["https", "http"], "http"),
        (NEAR, ["javascript"], "http"),
        (NEAR, [""], "http"),
        (NEAR, [], "http"),
        (STRANGER, ["https"], "http"),
    ],
)
def test_how_somebody_connected_is_taken_from_the_nearest_proxy(peer: str, told: list[str], scheme: str) -> None:
    headers = [(b"X-Forwarded-Proto", value.encode()) for value in told]
    scope: dict[str, Any] = {"client": (peer, 1), "scheme": "http", "headers": headers}
    PROXIES.settle(scope)
    assert (scope["scheme"], scope["client"]) == (scheme, (peer, 1))


async def test_keys_and_limits_go_by_who_called(tmp_path: Path) -> None:
    settings = EdgeSettings(proxies=PROXIES)
    async with open_house(tmp_path, settings, own_keys=True) as house:
        bound = house.caller(TRADER, networks=(CLIENT,), address=NEAR)
        path = "/api/v5/account/balance"
        assert (await bound.call("GET", path)).code == "50110"
        assert (await bound.call("GET", path, headers={"X-Forwarded-For": CLIENT})).code == "0"
        assert (await bound.call("GET", path, headers={"X-Forwarded-For": f"{CLIENT}, {STRANGER}"})).code == "50110"
        bound.address = STRANGER
        assert (await bound.call("GET", path, headers={"X-Forwarded-For": CLIENT})).code == "50110"

        async def asked(client: str) -> str:
            headers = {"X-Forwarded-For": client}
            return (await request(house.app, "GET", "/api/v5/public/time", headers=headers, address=NEAR)).code

        codes = [await asked(CLIENT) for _ in range(12)]
        assert "50011" in codes, "one address has its limit"
        assert await asked(STRANGER) == "0", "and behind the same proxy another has its own"
