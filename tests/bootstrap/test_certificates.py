"""The sandbox's own certificate authority, as strict clients see it."""

import asyncio
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lonja.bootstrap.certificates import TlsFiles, check_certificates, ensure_certificates
from lonja.primitives.errors import DataCorruptError, DataError

NOW = datetime.now(UTC)


def at(days: float):
    return lambda: NOW + timedelta(days=days)


async def handshake(files: TlsFiles, server_name: str) -> dict:
    """The certificate a strict client sees when it connects for ``server_name``."""
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.load_cert_chain(files.certificate_file, files.key_file)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context)
    client_context = ssl.create_default_context(cafile=files.ca_file)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    port = server.sockets[0].getsockname()[1]
    try:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client_context, server_hostname=server_name
        )
        try:
            assert await reader.read() == b"hello"
            return writer.get_extra_info("peercert")
        finally:
            writer.close()
    finally:
        server.close()


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "localhost"])
async def test_strict_clients_accept_it_for_loopback(tmp_path: Path, name: str) -> None:
    seen = await handshake(ensure_certificates(tmp_path / "tls"), name)
    assert ("DNS", "localhost") in seen["subjectAltName"]


async def test_it_is_for_no_other_host(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        await handshake(ensure_certificates(tmp_path), "example.org")


async def test_more_hosts_can_be_covered(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path, ("exchange.test", "192.0.2.1", "0.0.0.0"))
    await handshake(files, "exchange.test")
    await handshake(files, "192.0.2.1")
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(files, "0.0.0.0")


async def test_another_authority_is_not_trusted(tmp_path: Path) -> None:
    mine, other = ensure_certificates(tmp_path / "mine"), ensure_certificates(tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(TlsFiles(other.ca_file, mine.certificate_file, mine.key_file), "localhost")


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    ensure_certificates(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*-key.pem")}
    assert modes == {"ca-key.pem": 0o600, "server-key.pem": 0o600}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    ensure_certificates(tmp_path)
    before = contents(tmp_path)
    ensure_certificates(tmp_path)
    assert contents(tmp_path) == before


def test_a_certificate_near_its_end_is_renewed_by_the_same_authority(tmp_path: Path) -> None:
    ensure_certificates(tmp_path, now=at(-380))
    before = contents(tmp_path)
    ensure_certificates(tmp_path, now=at(0))
    after = contents(tmp_path)
    assert after["ca.pem"] == before["ca.pem"]
    assert after["server.pem"] != before["server.pem"]
    renewed = x509.load_pem_x509_certificate(after["server.pem"])
    assert renewed.not_valid_after_utc > NOW + timedelta(days=300)


def test_an_authority_near_its_end_is_renewed_with_its_server(tmp_path: Path) -> None:
    ensure_certificates(tmp_path, now=at(-3_640))
    before = contents(tmp_path)
    ensure_certificates(tmp_path)
    after = contents(tmp_path)
    assert all(after[name] != before[name] for name in before)


def test_other_hosts_need_another_certificate(tmp_path: Path) -> None:
    ensure_certificates(tmp_path)
    before = contents(tmp_path)
    ensure_certificates(tmp_path, ("exchange.test",))
    after = contents(tmp_path)
    assert after["ca.pem"] == before["ca.pem"]
    assert after["server.pem"] != before["server.pem"]


async def test_a_crash_between_key_and_certificate_is_mended(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path)
    other = contents(ensure_certificates(tmp_path / "other").ca_file.parent)
    files.key_file.write_bytes(other["server-key.pem"])
    await handshake(ensure_certificates(tmp_path), "localhost")


def test_damaged_files_are_named(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path)
    files.certificate_file.write_bytes(b"rubbish")
    with pytest.raises(DataCorruptError, match="damaged"):
        ensure_certificates(tmp_path)


@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem", "server.pem", "server-key.pem"])
def test_damage_is_found_by_reading_alone(tmp_path: Path, name: str) -> None:
    check_certificates(tmp_path / "absent")
    ensure_certificates(tmp_path)
    before = contents(tmp_path)
    check_certificates(tmp_path)
    (tmp_path / name).write_bytes(b"-----BEGIN")
    with pytest.raises(DataCorruptError, match="damaged"):
        check_certificates(tmp_path)
    assert contents(tmp_path) == before | {name: b"-----BEGIN"}
    assert not (tmp_path / "absent").exists()


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    for name in ("ca.pem", "ca-key.pem"):
        (tmp_path / name).mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        check_certificates(tmp_path)


def test_a_certificate_of_another_kind_is_named(tmp_path: Path) -> None:
    """One without the extensions that say whom it is for and who signed it."""
    files = ensure_certificates(tmp_path)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "plain")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    plain = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=90)).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files.key_file.write_bytes(private)
    files.certificate_file.write_bytes(plain.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(DataCorruptError, match="damaged"):
        ensure_certificates(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        ensure_certificates(tmp_path / "file" / "tls")
