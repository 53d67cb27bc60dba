"""Whether a message was signed by the key of an address, as wallets sign texts for people.

Why here: who claims a wallet proves it without moving money. Ethereum and its kin: EIP-191 ``personal_sign``. Bitcoin:
the signed message of BIP-137, legacy and segwit. Invariant: an answer of True means that whoever made the signature has
the private key of exactly that address, and signed exactly that text.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from enum import StrEnum
from hashlib import sha256
from typing import Final

from lonja.modules.verification.due_diligence.bitcoin_addresses import Payment, digest_of_key, read_address
from lonja.modules.verification.due_diligence.keccak import keccak_256
from lonja.primitives.errors import RefusedError

_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: of the two values of s that fit, wallets use the lower."""
_ETHEREUM_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_SIGNATURE_BYTES: Final = 65
_SIGNATURE_TEXT_MAX: Final = 200


class Chain(StrEnum):
    """Chains whose wallets can sign a text. All but Bitcoin sign it like Ethereum."""

    BITCOIN = "bitcoin"
    ETHEREUM = "ethereum"
    ARBITRUM = "arbitrum"
    BASE = "base"
    BSC = "bsc"
    OPTIMISM = "optimism"
    POLYGON = "polygon"


def normal_address(chain: Chain, address: str) -> str:
    """``address`` in the one spelling that is kept. Raises ``RefusedError``."""
    if chain is Chain.BITCOIN:
        if read_address(address) is None:
            raise _no_address("Give an address of one key (1..., 3... or bc1q...); bc1p... cannot sign texts yet.")
        return address.lower() if address.lower().startswith("bc1") else address
    if _ETHEREUM_ADDRESS.fullmatch(address) is None:
        raise _no_address("It has 0x and 40 hexadecimal digits.")
    written = checksum_address(address.lower())
    if address[2:] not in (address[2:].lower(), address[2:].upper()) and address != written:
        raise _no_address("Its capital letters do not fit: a digit is wrong.")
    return written


def checksum_address(address: str) -> str:
    """A lower-case Ethereum address with the capitals of EIP-55."""
    digest = keccak_256(address[2:].encode()).hex()
    return "0x" + "".join(
        digit.upper() if nibble >= "8" else digit for digit, nibble in zip(address[2:], digest, strict=False)
    )


def is_signed_by(chain: Chain, address: str, message: str, signature: str) -> bool:
    """Whether the key of ``address`` signed ``message``; False for whatever is no signature at all."""
    if len(signature) > _SIGNATURE_TEXT_MAX:
        return False
    if chain is Chain.BITCOIN:
        return _is_signed_bitcoin(address, message, signature)
    return recover_ethereum(personal_digest(message), _from_hex(signature)) == address.lower()


def personal_digest(message: str) -> bytes:
    """What ``personal_sign`` signs (EIP-191, version 0x45)."""
    content = message.encode()
    return keccak_256(b"\x19Ethereum Signed Message:\n" + str(len(content)).encode() + content)


def recover_ethereum(digest: bytes, signature: bytes) -> str:
    """The lower-case address that signed ``digest``, empty when the signature is none."""
    if len(signature) != _SIGNATURE_BYTES:
        return ""
    version = signature[64]
    # Hardware wallets write 0 and 1. Larger numbers name a chain and belong to transactions.
    recovery = version - 27 if version >= 27 else version
    key = _recover(signature[:64], recovery, digest) if recovery in (0, 1) else b""
    return "0x" + keccak_256(key[1:])[-20:].hex() if key else ""


def bitcoin_digest(message: str) -> bytes:
    """What a Bitcoin wallet signs for ``message``."""
    content = message.encode()
    framed = b"\x18Bitcoin Signed Message:\n" + _varint(len(content)) + content
    return sha256(sha256(framed).digest()).digest()


def _is_signed_bitcoin(address: str, message: str, signature: str) -> bool:
    read, raw = read_address(address), _from_base64(signature)
    if read is None or len(raw) != _SIGNATURE_BYTES or not 27 <= raw[0] <= 42:
        return False
    # The address says which kind of key it wants; wallets disagree on which header segwit has, so the header only
    # says whether the key is compressed.
    compressed = raw[0] >= 31
    if not compressed and read.payment is not Payment.LEGACY:
        return False
    key = _recover(raw[1:], (raw[0] - 27) % 4, bitcoin_digest(message), compressed=compressed)
    return bool(key) and digest_of_key(read.payment, key) == read.digest


def _recover(compact: bytes, recovery: int, digest: bytes, *, compressed: bool = False) -> bytes:
    """The public key behind a signature, empty when there is none."""
    # Imported late: most starts verify nothing.
    from coincurve import PublicKey  # noqa: PLC0415

    if not 0 < int.from_bytes(compact[32:], "big") <= _HALF_ORDER:
        return b""
    try:
        found = PublicKey.from_signature_and_message(compact + bytes([recovery]), digest, hasher=None)
    except ValueError:
        return b""
    return found.format(compressed=compressed)


def _from_hex(signature: str) -> bytes:
    try:
        return bytes.fromhex(signature.removeprefix("0x"))
    except ValueError:
        return b""


def _from_base64(signature: str) -> bytes:
    try:
        return b64decode(signature, validate=True)
    except (Base64Error, ValueError):
        return b""


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 0xFD else b"\xfd" + number.to_bytes(2, "little")


def _no_address(remedy: str) -> RefusedError:
    return RefusedError("wallet_address_invalid", "This is no address of that chain.", remedy)
