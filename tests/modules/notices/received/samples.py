"""Recorded mails and the suites of others, with the DNS records they need."""

import base64
import os
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # ships no types

from lonja.adapters.dns_memory import TIMEOUT, RecordedDns

SHARED = Path(os.environ.get("LONJA_SHARED", Path(__file__).resolve().parents[5] / "shared"))
EMAILS = SHARED / "data" / "emails"
"""Read while tests are collected; ``test_the_samples_are_there`` fails where they are missing."""


def read(name: str) -> bytes:
    return (EMAILS / name).read_bytes()


def names(folder: str, pattern: str) -> list[str]:
    return sorted(f"{folder}/{path.name}" for path in (EMAILS / folder).glob(pattern))


def documents(name: str) -> list[dict[str, Any]]:
    """The scenarios of a suite; none where it is missing."""
    path = EMAILS / name
    return list(yaml.load_all(path.read_text("utf-8"), yaml.CSafeLoader)) if path.exists() else []


def spf_zone(scenario: dict[str, Any]) -> RecordedDns:
    """The DNS of a scenario of the SPF suite.

    Its rules: a record of type SPF stands for TXT too, unless the name has TXT records; NONE as text means no record.
    """
    zone: dict[str, list[tuple[str, str | bytes]]] = {}
    for name, records in scenario["zonedata"].items():
        kept = zone.setdefault(name.lower(), [])
        given = [("TIMEOUT", "") if record == "TIMEOUT" else next(iter(record.items())) for record in records]
        has_text = any(kind == "TXT" for kind, _ in given)
        for kind, value in given:
            if kind == "TIMEOUT":
                kept.append((TIMEOUT, ""))
            elif (kind == "SPF" and not has_text) or (kind == "TXT" and value != "NONE"):
                kept.append(("TXT", _joined(value)))
            elif kind == "MX":
                kept.append(("MX", f"{value[0]} {value[1]}"))
            elif kind not in ("SPF", "TXT"):
                kept.append((kind, str(value)))
    return RecordedDns(zone)


def _joined(value: str | list[str]) -> bytes:
    return ("".join(value) if isinstance(value, list) else value).encode("utf-8")


def rsa_record(modulus: str, note: str = "v=DKIM1; k=rsa") -> str:
    """The DNS record of an RSA key with exponent 65537, from its modulus in base64."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    number = int.from_bytes(base64.b64decode(modulus), "big")
    public = rsa.RSAPublicNumbers(65_537, number).public_key()
    encoded = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"{note}; p={base64.b64encode(encoded).decode()}"
