"""Signing the house's own mail with DKIM, so that a receiver can tell it from somebody else's.

Why both here: the key, the DNS record that has to be published for it, and the signature must fit each other. Invariant:
what a reader sees (who, to whom, what about, when, what) is signed, and none of it can be added a second time.
"""

import base64
import logging
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SELECTOR: Final = "lonja"
_KEY_BITS: Final = 2048
_SIGNED: Final = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "Reply-To",
    "Cc",
)

# The library logs headers, which are personal.
_SILENT: Final = logging.Logger("silent", logging.CRITICAL + 1)  # noqa: LOG001  # attached to nothing on purpose


@dataclass(frozen=True, slots=True)
class DkimKey:
    """``private`` is a key in PEM; ``record`` is what its DNS record says."""

    private: bytes = field(repr=False)
    record: str


def new_dkim_key() -> DkimKey:
    """A new key: RSA, since many receivers know no other; takes a tenth of a second."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=_KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return DkimKey(private, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}")


def record_name(domain: str) -> str:
    """Where in DNS the record of the house's key belongs."""
    return f"{SELECTOR}._domainkey.{domain}"


def sign(content: bytes, domain: str, private: bytes) -> bytes:
    """``content``, a whole mail with CRLF line ends, with its signature in front."""
    import dkim  # noqa: PLC0415  # only a house that sends needs it

    # Each field is named once more than it is there, so that a second one breaks the signature.
    names = [name.encode() for name in _SIGNED]
    present = [name for name in names if b"\r\n" + name.lower() + b":" in b"\r\n" + content.lower()]
    signature: bytes = dkim.sign(
        content,
        SELECTOR.encode(),
        domain.encode(),
        private,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=present + names,
        logger=_SILENT,
    )
    return signature + content
