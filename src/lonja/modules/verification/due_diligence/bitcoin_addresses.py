"""Bitcoin addresses of one key: read, checked, and compared with a public key.

Why own code: base58 with a checksum and bech32 are a page each. Source: BIP-13, BIP-142 (legacy), BIP-173 (bech32).
Invariant: an address with a wrong check digit is no address.
"""

from enum import StrEnum
from hashlib import new, sha256
from typing import Final, NamedTuple

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_STEPS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_LEGACY_VERSION, _SCRIPT_VERSION = 0x00, 0x05
_PREFIX: Final = "bc"
_ADDRESS_MAX: Final = 90


class Payment(StrEnum):
    """What an address pays to."""

    LEGACY = "p2pkh"
    NESTED_SEGWIT = "p2sh"
    SEGWIT = "p2wpkh"


class BitcoinAddress(NamedTuple):
    """A read address: 20 bytes of digest and what they are the digest of."""

    payment: Payment
    digest: bytes


def read_address(text: str) -> BitcoinAddress | None:
    """The address, or None when it is none of the main network that one key can own."""
    if not text or len(text) > _ADDRESS_MAX or not text.isascii():
        return None
    if text.lower().startswith(f"{_PREFIX}1"):
        return _read_bech32(text)
    raw = _base58_bytes(text)
    if raw is None or len(raw) != 25 or _double_sha(raw[:-4])[:4] != raw[-4:]:
        return None
    payments = {_LEGACY_VERSION: Payment.LEGACY, _SCRIPT_VERSION: Payment.NESTED_SEGWIT}
    return BitcoinAddress(payments[raw[0]], raw[1:21]) if raw[0] in payments else None


def digest_of_key(payment: Payment, public_key: bytes) -> bytes:
    """What stands in an address of ``public_key``; a script's when the payment is nested."""
    digest = hash_160(public_key)
    return hash_160(b"\x00\x14" + digest) if payment is Payment.NESTED_SEGWIT else digest


def hash_160(content: bytes) -> bytes:
    """RIPEMD-160 of SHA-256."""
    return new("ripemd160", sha256(content).digest()).digest()


def _double_sha(content: bytes) -> bytes:
    return sha256(sha256(content).digest()).digest()


def _base58_bytes(text: str) -> bytes | None:
    number = 0
    for character in text:
        digit = _BASE58.find(character)
        if digit < 0:
            return None
        number = number * 58 + digit
    leading = len(text) - len(text.lstrip("1"))
    return bytes(leading) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _read_bech32(text: str) -> BitcoinAddress | None:
    if text not in (text.lower(), text.upper()):
        return None
    digits = [_BECH32.find(character) for character in text.lower()[len(_PREFIX) + 1 :]]
    if len(digits) < 8 or -1 in digits or _bech32_remainder(digits) != 1:
        return None
    version, data = digits[0], digits[1:-6]
    if version != 0 or len(data) != 32:
        return None
    # 32 groups of five bits are 20 bytes exactly.
    number = 0
    for digit in data:
        number = number << 5 | digit
    return BitcoinAddress(Payment.SEGWIT, number.to_bytes(20, "big"))


def _bech32_remainder(digits: list[int]) -> int:
    prefix = [*(ord(character) >> 5 for character in _PREFIX), 0, *(ord(character) & 31 for character in _PREFIX)]
    remainder = 1
    for digit in (*prefix, *digits):
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ digit
        for position, step in enumerate(_BECH32_STEPS):
            if top >> position & 1:
                remainder ^= step
    return remainder
