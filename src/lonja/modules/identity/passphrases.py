"""Passphrases: slow to guess at rest, quick to check while the server runs.

A passphrase is stored as a salted scrypt hash. The first right answer is remembered in memory as a digest keyed with
a random key of this process, so that later requests do not pay for scrypt. Invariant: comparing takes the same time
whatever the difference.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from lonja.primitives.errors import LonjaError

_COST_LOG2 = 14
_BLOCK_SIZE = 8
_SALT_BYTES = 16
_HASH_BYTES = 32

_SLOW_CHECKS_MAX = 20
_SLOW_CHECKS_SECONDS = 10.0
_WAITING_MAX = 32
"""Checks that may wait at once, of owners and of others: the last of them waits for seconds."""
_WAITING_OF_KEY_MAX = 4
"""Of those, checks of different passphrases for one key."""

_Asked = tuple[bytes, bool, bytes]
"""What was hashed, whether its owner asks, and the digest of the passphrase."""


class TooManyChecksError(LonjaError):
    """So many passphrases wait to be checked that this one is not."""


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
    """Checks passphrases of many keys, remembering right ones and slowing guessing down.

    Lives on one event loop; what takes long runs on a thread of its own, one check after the other, so that a flood of
    wrong passphrases costs those who come for the first time some patience, and nobody else anything.
    """

    def __init__(self) -> None:
        """Start with nothing remembered and a key of its own."""
        self._process_key = secrets.token_bytes(32)
        self._right: dict[bytes, bytes] = {}
        self._slow_checks: dict[tuple[bytes, bool], deque[float]] = {}
        self._waiting: dict[_Asked, asyncio.Task[bool]] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="passphrases")

    def is_known(self, stored: bytes, passphrase: str) -> bool:
        """Whether ``passphrase`` is the one hashed in ``stored`` and was found so before; takes a microsecond."""
        return self._is_right(stored, self._digest(passphrase))

    async def matches(self, stored: bytes, passphrase: str, *, is_owner: bool = False) -> bool:
        """Whether ``passphrase`` is the one hashed in ``stored``; takes tens of milliseconds, and as many for each before.

        Guessing at one key is refused unheard after 20 wrong answers in 10 seconds. Who proved in another way to be its
        owner is counted apart, and the right passphrase, once given to this process, keeps working meanwhile. The same
        question asked again while it waits gets the same answer. Raises ``TooManyChecksError`` when too many wait.
        """
        digest = self._digest(passphrase)
        if self._is_right(stored, digest):
            return True
        asked = (stored, is_owner, digest)
        check = self._waiting.get(asked)
        if check is None:
            if not self._may_check(stored, is_owner=is_owner):
                return False
            self._check_room(stored, is_owner=is_owner)
            check = self._waiting[asked] = asyncio.create_task(self._check(asked, passphrase))
        # Others may wait for the same answer, so who stops waiting does not end it.
        return await asyncio.shield(check)

    def forget(self, stored: bytes) -> None:
        """Drop what is remembered of a key that is gone."""
        self._right.pop(stored, None)
        for is_owner in (False, True):
            self._slow_checks.pop((stored, is_owner), None)

    def close(self) -> None:
        """End the thread; checks that wait come to nothing."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _digest(self, passphrase: str) -> bytes:
        return hashlib.blake2b(passphrase.encode(), key=self._process_key, digest_size=32).digest()

    def _is_right(self, stored: bytes, digest: bytes) -> bool:
        right = self._right.get(stored)
        return right is not None and hmac.compare_digest(right, digest)

    def _check_room(self, stored: bytes, *, is_owner: bool) -> None:
        waiting = [of for of, by_owner, _ in self._waiting if by_owner == is_owner]
        if len(waiting) >= _WAITING_MAX or waiting.count(stored) >= _WAITING_OF_KEY_MAX:
            raise TooManyChecksError("Too many passphrases wait to be checked.", "Try again in a moment.")

    async def _check(self, asked: _Asked, passphrase: str) -> bool:
        stored, _, digest = asked
        try:
            fits = await asyncio.get_running_loop().run_in_executor(self._worker, passphrase_fits, passphrase, stored)
        finally:
            del self._waiting[asked]
        if fits:
            self.forget(stored)
            self._right[stored] = digest
        return fits

    def _may_check(self, stored: bytes, *, is_owner: bool) -> bool:
        now = time.monotonic()
        checks = self._slow_checks.setdefault((stored, is_owner), deque())
        while checks and now - checks[0] > _SLOW_CHECKS_SECONDS:
            checks.popleft()
        if len(checks) >= _SLOW_CHECKS_MAX:
            return False
        checks.append(now)
        return True
