"""Fields encrypted under a key of their subject, which is itself sealed by the house's secret box.

Why two keys: sealing with the box costs far more than AES, and forgetting one subject's key forgets everything kept
about that subject, in every backup. Invariant: a field opens only for the subject and the context it was sealed for.
"""

import hmac
import secrets
from collections import OrderedDict
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lonja.primitives.errors import DataCorruptError
from lonja.storage.ports import SecretBox

_KEY_BITS: Final = 256
_NONCE_BYTES: Final = 12
_OPENED_MAX: Final = 10_000


class Envelopes:
    """Seals and opens the fields of subjects (a person, an application, a case)."""

    def __init__(self, box: SecretBox) -> None:
        """``box`` seals the subjects' keys."""
        self._box = box
        self._opened: OrderedDict[tuple[str, bytes], AESGCM] = OrderedDict()

    def new_key(self, subject: str) -> bytes:
        """A key for ``subject``, sealed; keep it beside the fields."""
        return self._box.seal(AESGCM.generate_key(_KEY_BITS), f"envelope:{subject}")

    def seal(self, sealed_key: bytes, subject: str, field: str, plain: str | bytes) -> bytes:
        """``plain`` encrypted; ``field`` names what it is. Raises ``DataCorruptError`` on a wrong key."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        content = plain.encode() if isinstance(plain, str) else plain
        return nonce + self._cipher(sealed_key, subject).encrypt(nonce, content, f"{subject}:{field}".encode())

    def open(self, sealed_key: bytes, subject: str, field: str, sealed: bytes) -> bytes:
        """What was sealed. Raises ``DataCorruptError`` when it was altered, moved or sealed with another key."""
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher(sealed_key, subject).decrypt(nonce, content, f"{subject}:{field}".encode())
        except (InvalidTag, ValueError) as error:
            raise DataCorruptError(f"What is kept as {field} of {subject} cannot be decrypted.") from error

    def open_text(self, sealed_key: bytes, subject: str, field: str, sealed: bytes) -> str:
        """``open`` for text."""
        return self.open(sealed_key, subject, field, sealed).decode()

    def forget(self, subject: str, sealed_key: bytes) -> None:
        """Drop the opened key of ``subject`` from memory; the caller removes the sealed one."""
        self._opened.pop((subject, sealed_key), None)

    def _cipher(self, sealed_key: bytes, subject: str) -> AESGCM:
        known = self._opened.get((subject, sealed_key))
        if known is not None:
            self._opened.move_to_end((subject, sealed_key))
            return known
        cipher = AESGCM(self._box.open(sealed_key, f"envelope:{subject}"))
        self._opened[subject, sealed_key] = cipher
        if len(self._opened) > _OPENED_MAX:
            self._opened.popitem(last=False)
        return cipher


class BlindIndex:
    """Finds encrypted values by equality: a keyed digest stands in the index, so the index tells nothing by itself."""

    def __init__(self, key: bytes) -> None:
        """``key`` is 32 secret bytes that stay the same for the life of the database."""
        self._key = key

    def digest(self, field: str, value: str) -> bytes:
        """32 bytes, equal for equal ``value`` of the same ``field``; normalize the value first."""
        return hmac.digest(self._key, f"{field}\0{value}".encode("utf-8", "surrogatepass"), sha256)


def new_index_key() -> bytes:
    """A key for ``BlindIndex``."""
    return secrets.token_bytes(32)
