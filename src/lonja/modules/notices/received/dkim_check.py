"""DKIM and ARC, verified over headers and body with the keys that DNS has today.

Why a reader of keys of our own: the library knows Ed25519 only with another library, and answers every trouble with a
key by "no". Invariant: a signature passes only when the body that came is the one that was signed.
"""

import base64
import binascii
import logging
import re
from collections.abc import Callable
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lonja.modules.notices.ports import Dns, LookupFailedError
from lonja.modules.notices.received.outcomes import ArcResult, DkimResult, Outcome

_SIGNATURES_MAX: Final = 8
_ARC_SETS_MAX: Final = 50
_KEY_BITS_MIN: Final = 512
_KEY_BITS_SOUND: Final = 1024
_SIGNATURE: Final = b"dkim-signature"
_HEAD_BYTES_MAX: Final = 256 * 1024
_HEAD_LINES_MAX: Final = 3_000
_SPACES: Final = re.compile(rb"[\t ]+")
# The library logs headers, which are personal.
_SILENT: Final = logging.Logger("silent", logging.CRITICAL + 1)  # noqa: LOG001  # attached to nothing on purpose


_TxtFunction = Callable[..., bytes | None]


class _LibraryVerifier(Protocol):
    """What is used of the library's verifier."""

    headers: list[tuple[bytes, bytes]]
    signature_fields: dict[bytes, bytes]
    ktag: bytes
    keysize: int

    def verify(self, idx: int, dnsfunc: _TxtFunction) -> object:
        """Whether the signature number ``idx`` fits."""


class _KeyError(Exception):
    """There is no key that fits; says why."""


class _Ed25519Key:
    """A key as the library wants to use it; remembers what came out, since it cannot raise what the library expects."""

    def __init__(self, encoded: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded))
        self.fits = False

    def verify(self, digest: bytes, signature: bytes) -> None:
        try:
            self._key.verify(signature, digest)
        except InvalidSignature:
            return
        self.fits = True


def check_dkim(raw: bytes, dns: Dns) -> tuple[DkimResult, ...]:
    """The outcome of each signature, topmost first; one with ``NONE`` when there is none. Never raises."""
    import dkim  # noqa: PLC0415  # heavy

    if _is_top_heavy(raw):
        return (DkimResult(Outcome.PERMANENT_ERROR, "", "", "its headers are too long"),)
    try:
        verifier = _verifier(dkim.DKIM)(raw, logger=_SILENT, minkey=_KEY_BITS_MIN)
    except (dkim.DKIMException, ValueError, IndexError) as error:
        return (DkimResult(Outcome.PERMANENT_ERROR, "", "", f"the mail is malformed ({type(error).__name__})"),)
    count = sum(1 for name, _ in verifier.headers if name.lower() == _SIGNATURE)
    if not count:
        return (DkimResult(Outcome.NONE, "", "", "the mail is not signed"),)
    return tuple(_judged(verifier, number, dns) for number in range(min(count, _SIGNATURES_MAX)))


def _judged(verifier: _LibraryVerifier, number: int, dns: Dns) -> DkimResult:
    import dkim  # noqa: PLC0415

    try:
        outcome, reason = _verified(verifier.verify(number, dnsfunc=_txt_function(dns)))
    except _KeyError as error:
        outcome, reason = Outcome.PERMANENT_ERROR, str(error)
    except LookupFailedError as error:
        outcome, reason = Outcome.TEMPORARY_ERROR, error.message
    except dkim.ValidationError as error:
        outcome, reason = Outcome.FAIL, _told(error)
    except (dkim.DKIMException, ValueError, IndexError, KeyError, TypeError) as error:
        outcome, reason = Outcome.PERMANENT_ERROR, _told(error)
    fields: dict[bytes, bytes] = verifier.signature_fields
    signed = [name.strip().lower() for name in fields.get(b"h", b"").split(b":")]
    if outcome is Outcome.PASS and b"from" not in signed:
        outcome, reason = Outcome.PERMANENT_ERROR, "it does not cover From"
    return DkimResult(
        outcome,
        _ascii(fields.get(b"d", b"")),
        _ascii(fields.get(b"s", b"")),
        reason,
        is_weak=fields.get(b"a") == b"rsa-sha1" or (verifier.ktag == b"rsa" and verifier.keysize < _KEY_BITS_SOUND),
        is_partial=b"l" in fields,
    )


def _verified(fits: object) -> tuple[Outcome, str]:
    return (Outcome.PASS, "") if fits else (Outcome.FAIL, "the signature does not fit the headers")


def check_arc(raw: bytes, dns: Dns) -> ArcResult:
    """What the chain of ARC sets says. Never raises."""
    import dkim  # noqa: PLC0415

    if _is_top_heavy(raw) or raw.lower().count(b"arc-seal:") > _ARC_SETS_MAX:
        return ArcResult(Outcome.FAIL, "", "the chain is too long")
    try:
        chain, results, reason = _verifier(dkim.ARC)(raw, logger=_SILENT).verify(dnsfunc=_txt_function(dns))
    except LookupFailedError as error:
        return ArcResult(Outcome.TEMPORARY_ERROR, "", error.message)
    except (dkim.DKIMException, _KeyError, ValueError, IndexError, KeyError, TypeError) as error:
        return ArcResult(Outcome.FAIL, "", _told(error))
    sealer = _ascii(results[0].get("as-domain", b"")) if results else ""
    if chain == b"pass":
        return ArcResult(Outcome.PASS, sealer)
    if chain in (b"none", None):
        # None: a sealer said himself that the chain was broken before him, which ends it.
        return ArcResult(Outcome.NONE, sealer, "" if chain else str(reason))
    return ArcResult(Outcome.FAIL, sealer, str(reason))


def _is_top_heavy(raw: bytes) -> bool:
    """Whether the headers are so many or so long that the library would take for ever to put them together."""
    end = re.search(rb"\r?\n\r?\n", raw[: _HEAD_BYTES_MAX + 4])
    if end is None:
        return len(raw) > _HEAD_BYTES_MAX or raw.count(b"\n") > _HEAD_LINES_MAX
    return raw.count(b"\n", 0, end.start()) > _HEAD_LINES_MAX


def _verifier(base: type[Any]) -> type[Any]:
    """``base``, a verifier of the library, that reads keys with our eyes."""

    class Verifier(base):  # type: ignore[misc]  # the library has no types
        pk: object
        ktag: bytes = b""
        keysize: int = 0
        body: bytes

        def verify_sig(
            self,
            sig: dict[bytes, bytes],
            include_headers: list[bytes],
            sig_header: tuple[bytes, bytes],
            dnsfunc: _TxtFunction,
        ) -> bool:
            """Whether the signature ``sig`` fits. The name and the arguments are the library's."""
            self.body = self.whole = getattr(self, "whole", self.body)
            if sig.get(b"c", b"").endswith(b"/relaxed"):
                # The library would do the same, in a time that grows with the square of the longest run of spaces.
                self.body = _SPACES.sub(b" ", self.whole)
            # First what needs no key: a body that was altered is known as such, whatever became of the key.
            _check_body(sig, self.body)
            self.pk, self.keysize, self.ktag = _read_key(sig, dnsfunc)
            self.seqtlsrpt = False
            fits = self.verify_sig_process(sig, include_headers, sig_header, dnsfunc)
            return bool(self.pk.fits if isinstance(self.pk, _Ed25519Key) else fits)

    return Verifier


def _check_body(sig: dict[bytes, bytes], body: bytes) -> None:
    import dkim  # noqa: PLC0415

    if b"bh" not in sig:  # a seal of ARC, which covers no body
        return
    try:
        policy = dkim.CanonicalizationPolicy.from_c_value(sig.get(b"c", b"simple/simple"))
    except dkim.InvalidCanonicalizationPolicyError as error:
        raise dkim.MessageFormatError("unknown canonicalization") from error
    signed = policy.canonicalize_body(body)
    if b"l" in sig:
        signed = signed[: int(sig[b"l"])]
    found = dkim.HASH_ALGORITHMS[sig[b"a"]](signed).digest()
    if found != base64.b64decode(b"".join(sig[b"bh"].split())):
        raise dkim.ValidationError("the body was altered")


def _read_key(sig: dict[bytes, bytes], dnsfunc: _TxtFunction) -> tuple[object, int, bytes]:
    """Key, its bits and its kind. Raises ``_KeyError`` and ``LookupFailedError``."""
    import dkim  # noqa: PLC0415

    record = dnsfunc(sig[b"s"] + b"._domainkey." + sig[b"d"])
    if not record:
        raise _KeyError("there is no such key in DNS")
    try:
        fields = dkim.util.parse_tag_value(record)
    except dkim.util.InvalidTagValueList:
        raise _KeyError("the key in DNS is malformed") from None
    kind = fields.get(b"k", b"rsa")
    if not fields.get(b"p", b"").strip():
        raise _KeyError("the key was revoked")
    if fields.get(b"v", b"DKIM1") != b"DKIM1" or fields.get(b"s", b"*") not in (b"*", b"email"):
        raise _KeyError("the key in DNS is for something else")
    if not sig[b"a"].startswith(kind + b"-"):
        raise _KeyError("the key in DNS is of another kind")
    try:
        if kind == b"ed25519":
            return _Ed25519Key(b"".join(fields[b"p"].split())), 256, kind
        key, bits, _, _ = dkim.evaluate_pk("", record)
    except (dkim.DKIMException, binascii.Error, ValueError, TypeError) as error:
        raise _KeyError("the key in DNS is malformed") from error
    return key, bits, kind


def _txt_function(dns: Dns) -> _TxtFunction:
    """``dns`` as the library asks for keys."""

    def txt(name: bytes, timeout: int = 0) -> bytes | None:  # noqa: ARG001  # the library's own
        try:
            plain = name.decode("ascii")
        except UnicodeDecodeError:
            return None
        records = dns.txt(plain)
        # More than one record leaves open which is meant; the one that holds a key is tried.
        return next((record for record in records if b"p=" in record), records[0] if records else None)

    return txt


def _told(error: Exception) -> str:
    """What is wrong, without the values that the mail brought along."""
    text = str(error).partition("(")[0].partition("[")[0].strip()
    return text[:100] if text.isascii() and text.isprintable() else type(error).__name__


def _ascii(value: bytes) -> str:
    text = value.decode("ascii", "replace").strip().lower()
    return text[:253] if text.isprintable() else ""
