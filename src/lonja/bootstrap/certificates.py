"""Own TLS: a certificate authority made on first start, and a server certificate from it.

Why here: clients of a local exchange should use TLS without anybody's help; they trust ``ca.pem`` and nothing else of
this machine. Invariant: the authority stays the same as long as it is valid, so that clients configure it once.
"""

import datetime as dt
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lonja.adapters.durable_files import write_atomically
from lonja.primitives.errors import DataCorruptError, DataError

CA_FILE = "ca.pem"
CA_KEY_FILE = "ca-key.pem"
SERVER_FILE = "server.pem"
SERVER_KEY_FILE = "server-key.pem"

_CA_DAYS = 3_650
_SERVER_DAYS = 397
"""The longest that strict clients accept."""

_RENEW_DAYS = 30
_NAMES = ("localhost",)
_ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the PEM files lie: the authority for clients, certificate and key for the server."""

    ca_file: Path
    certificate_file: Path
    key_file: Path


def ensure_certificates(
    folder: Path,
    hosts: tuple[str, ...] = (),
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> TlsFiles:
    """Certificates in ``folder``, made or renewed as needed; ``hosts`` are names and addresses besides loopback.

    Raises ``DataError``.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = _authority(folder, now())
        _server(folder, authority, hosts, now())
    except OSError as error:
        message = f"The certificates in {folder} cannot be written: {error.strerror}."
        raise DataError(message, "Check the folder and its rights.") from error
    except (ValueError, x509.ExtensionNotFound) as error:
        raise _damaged(folder, error) from error
    return TlsFiles(folder / CA_FILE, folder / SERVER_FILE, folder / SERVER_KEY_FILE)


def check_certificates(folder: Path) -> None:
    """Raise ``DataError`` when what lies in ``folder`` cannot be read as certificates and keys; writes nothing."""
    try:
        _load(folder / CA_FILE, folder / CA_KEY_FILE)
        _load(folder / SERVER_FILE, folder / SERVER_KEY_FILE)
    except OSError as error:
        raise DataError(
            f"The certificates in {folder} cannot be read: {error.strerror}.", "Check the folder and its rights."
        ) from error
    except ValueError as error:
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: Exception) -> DataCorruptError:
    return DataCorruptError(
        f"The certificates in {folder} are damaged: {error}.",
        "Delete that folder; clients must then trust the new ca.pem.",
    )


@dataclass(frozen=True, slots=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _authority(folder: Path, now: dt.datetime) -> _Signer:
    found = _load(folder / CA_FILE, folder / CA_KEY_FILE)
    if found is not None and _is_fresh(found.certificate, now):
        return found
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lonja local certificate authority")])
    builder = _builder(name, name, key.public_key(), now, _CA_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(_issuer_id(key), critical=False)
    signer = _Signer(builder.sign(key, hashes.SHA256()), key)
    _save(signer, folder / CA_FILE, folder / CA_KEY_FILE)
    return signer


def _server(folder: Path, authority: _Signer, hosts: tuple[str, ...], now: dt.datetime) -> None:
    names = _alternative_names(hosts)
    found = _load(folder / SERVER_FILE, folder / SERVER_KEY_FILE)
    if found is not None and _is_fresh(found.certificate, now) and _is_for(found.certificate, authority, names):
        return
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = _builder(subject, authority.certificate.subject, key.public_key(), now, _SERVER_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(_issuer_id(authority.key), critical=False)
    builder = builder.add_extension(names, critical=False)
    signed = builder.sign(authority.key, hashes.SHA256())
    _save(_Signer(signed, key), folder / SERVER_FILE, folder / SERVER_KEY_FILE)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=key)
    builder = builder.serial_number(x509.random_serial_number())
    # A day early: clients in containers often have clocks that are a little behind.
    builder = builder.not_valid_before(now - dt.timedelta(days=1))
    builder = builder.not_valid_after(now + dt.timedelta(days=days - 1))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _issuer_id(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(hosts: tuple[str, ...]) -> x509.SubjectAlternativeName:
    names: dict[x509.GeneralName, None] = {}
    for host in (*_NAMES, *_ADDRESSES, *hosts):
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            names[x509.DNSName(host)] = None
        else:
            # A server that listens everywhere is reached by no such name.
            if not address.is_unspecified:
                names[x509.IPAddress(address)] = None
    return x509.SubjectAlternativeName(names)


def _is_fresh(certificate: x509.Certificate, now: dt.datetime) -> bool:
    return certificate.not_valid_after_utc - now > dt.timedelta(days=_RENEW_DAYS)


def _is_for(certificate: x509.Certificate, authority: _Signer, names: x509.SubjectAlternativeName) -> bool:
    issuer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return issuer == _issuer_id(authority.key) and found == names


def _load(certificate_file: Path, key_file: Path) -> _Signer | None:
    if not certificate_file.exists() or not key_file.exists():
        return None
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        # A crash between writing the two files leaves such a pair; both are made anew.
        return None
    return _Signer(certificate, key)


def _save(signer: _Signer, certificate_file: Path, key_file: Path) -> None:
    pem = signer.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_atomically(key_file, pem)
    write_atomically(certificate_file, signer.certificate.public_bytes(serialization.Encoding.PEM))
