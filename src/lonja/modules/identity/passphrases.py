"""Passphrases: slow to guess at rest, quick to check while the server runs.

A passphrase is stored as a salted scrypt hash. The first right answer is remembered in memory as a digest keyed with
a random key of this process, so that later requests do not pay for scrypt. Invariant: comparing takes the same time
whatever the difference.
"""

import hashlib
import hmac
import secrets
import time
from collections import deque

_COST_LOG2 = 14
_BLOCK_SIZE = 8
_SALT_BYTES = 16
_HASH_BYTES = 32

_SLOW_CHECKS_MAX = 20
_SLOW_CHECKS_SECONDS = 10.0


def hash_passphrase(passphrase: str, cost_log2: int = _COST_LOG2) -> bytes:
    """A salted hash that carries its own cost: one byte of cost, the salt, the hash."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return bytes([cost_log2]) + salt + _scrypt(passphrase, salt, cost_log2)


def passphrase_fits(passphrase: str, stored: bytes) -> bool:
    """Whether ``stored`` is a hash of ``passphrase``; takes tens of milliseconds."""
    salt, expected = stored[1 : 1 + _SALT_BYTES], stored[1 + _SALT_BYTES :]
    return hmac.compare_digest(_scrypt(passphrase, salt, stored[0]), expected)


def _scrypt(passphrase: str, salt: bytes, cost_log2: int) -> bytes:
    cost = 1 << cost_log2
    memory_max = 256 * cost * _BLOCK_SIZE
    secret = passphrase.encode()
    return hashlib.scrypt(secret, salt=salt, n=cost, r=_BLOCK_SIZE, p=1, maxmem=memory_max, dklen=_HASH_BYTES)


class PassphraseChecker:
    """Checks passphrases of many keys, remembering right ones and slowing guessing down."""

    def __init__(self) -> None:
        """Start with nothing remembered and a key of its own."""
        self._process_key = secrets.token_bytes(32)
        self._right: dict[bytes, bytes] = {}
        self._slow_checks: dict[bytes, deque[float]] = {}

    def matches(self, stored: bytes, passphrase: str, *, is_owner: bool = False) -> bool:
        """Whether ``passphrase`` is the one hashed in ``stored``.

        Guessing at one key is refused unheard after 20 wrong answers in 10 seconds. That never touches who proved to
        be its owner in another way, and the right passphrase, once given to this process, keeps working meanwhile.
        """
        digest = hashlib.blake2b(passphrase.encode(), key=self._process_key, digest_size=32).digest()
        right = self._right.get(stored)
        if right is not None and hmac.compare_digest(right, digest):
            return True
        if not (is_owner or self._may_check(stored)) or not passphrase_fits(passphrase, stored):
            return False
        self._right[stored] = digest
        self._slow_checks.pop(stored, None)
        return True

    def forget(self, stored: bytes) -> None:
        """Drop what is remembered of a key that is gone."""
        self._right.pop(stored, None)
        self._slow_checks.pop(stored, None)

    def _may_check(self, stored: bytes) -> bool:
        now = time.monotonic()
        checks = self._slow_checks.setdefault(stored, deque())
        while checks and now - checks[0] > _SLOW_CHECKS_SECONDS:
            checks.popleft()
        if len(checks) >= _SLOW_CHECKS_MAX:
            return False
        checks.append(now)
        return True
