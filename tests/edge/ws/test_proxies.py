"""Sockets that a proxy passed on: they belong to the address that the proxy was called from."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from lonja.edge.forwarded import TrustedProxies
from tests.edge.ws.house import PASSPHRASE, TRADER, login_arg, open_house

CLIENT, STRANGER = "203.0.113.7", "198.51.100.9"
HERE = TrustedProxies([ip_network("127.0.0.0/8")])


LOGINS = [
    ([("X-Forwarded-For", CLIENT)], "0"),
    ([("X-Forwarded-For", STRANGER)], "60009"),
    ([("X-Forwarded-For", f"{CLIENT}, {STRANGER}")], "60009"),
    ([("X-Forwarded-For", CLIENT), ("X-Forwarded-For", STRANGER)], "60009"),
    ([("X-Forwarded-For", STRANGER), ("X-Forwarded-For", CLIENT)], "0"),
    ([], "60009"),
]


@pytest.mark.parametrize("proxies", [HERE, None])
async def test_a_key_that_is_bound_to_an_address_of_clients(tmp_path: Path, proxies: TrustedProxies | None) -> None:
    async with open_house(tmp_path, proxies=proxies) as house:
        identity = house.services.identity
        key = identity.create_key(TRADER, permissions=("read",), passphrase=PASSPHRASE, networks=(CLIENT,))
        for headers, code in LOGINS:
            async with house.client("private", extra_headers=headers) as client:
                answer = await client.ask({"op": "login", "args": [login_arg(key)]})
            assert answer["code"] == (code if proxies else "60009"), headers
