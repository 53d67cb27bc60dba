"""Sockets that a proxy passed on: they belong to the address that the proxy was called from."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from lonja.edge.forwarded import TrustedProxies
from lonja.modules.governance.api import Gate
from tests.edge.ws.house import PASSPHRASE, TRADER, login_arg, open_house
from tests.modules.governance.people import RULES, ready

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


async def test_who_logs_in_from_a_sanctioned_place_cancels_and_places_nothing(tmp_path: Path) -> None:
    gate = Gate(RULES, lambda account: account)
    gate.govern(TRADER, ready)
    where = {CLIENT: "CH", STRANGER: "IR"}
    order = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "99"}
    async with open_house(tmp_path, proxies=HERE, gate=gate, country_of=where.__getitem__) as house:

        async def ask(address: str, op: str, arg: dict[str, str]) -> dict[str, str]:
            async with house.client("private", TRADER, extra_headers=[("X-Forwarded-For", address)]) as client:
                (row,) = (await client.ask({"id": "1", "op": op, "args": [arg]}))["data"]
                return dict(row)

        placed = await ask(CLIENT, "order", order)
        named = {"instId": "QUIET-USDT", "ordId": placed["ordId"]}
        refused = await ask(STRANGER, "order", order)
        assert (placed["sCode"], refused["sCode"]) == ("0", "51155")
        assert refused["sMsg"].endswith("We serve nobody at the place you connect from.")
        assert (await ask(STRANGER, "amend-order", named | {"newSz": "2"}))["sCode"] == "51155"
        assert (await ask(STRANGER, "cancel-order", named))["sCode"] == "0"
