"""What the TLS port agrees to: nothing older than 1.2, nothing without forward secrecy and authenticated encryption."""

import asyncio
import ssl

import pytest

from tests.edge.ws.house import House, trusting

STRONG = {"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}
WEAK = ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES256-GCM-SHA384")


async def agreed(house: House, version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> tuple[str, str]:
    """Version and cipher that a client with these ends up with."""
    context = trusting(house.ca_file)
    context.minimum_version = context.maximum_version = version
    context.set_ciphers(ciphers)
    _, writer = await asyncio.open_connection("localhost", house.servers.tls_port, ssl=context)
    try:
        cipher: tuple[str, str, int] = writer.get_extra_info("cipher")
        return writer.get_extra_info("ssl_object").version(), cipher[0]
    finally:
        writer.close()
        await writer.wait_closed()


async def test_what_is_agreed_to_is_strong(house: House) -> None:
    assert (await agreed(house, ssl.TLSVersion.TLSv1_3))[0] == "TLSv1.3"
    version, cipher = await agreed(house, ssl.TLSVersion.TLSv1_2)
    assert (version, cipher in STRONG) == ("TLSv1.2", True), cipher


@pytest.mark.parametrize("cipher", WEAK)
async def test_weak_ciphers_are_refused(house: House, cipher: str) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await agreed(house, ssl.TLSVersion.TLSv1_2, f"{cipher}:@SECLEVEL=0")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
async def test_old_versions_are_refused(house: House, version: str) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await agreed(house, ssl.TLSVersion[version])
