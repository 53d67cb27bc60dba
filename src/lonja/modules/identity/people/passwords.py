"""Login passwords: what is good enough, and how they are kept.

Source of the form: domain row 1.01 (8 to 32 characters, lower and upper case, digit, symbol); beyond it a password must
be hard to guess (zxcvbn) and in no list of leaked ones. Kept as Argon2id hashes whose cost follows OWASP's password
storage sheet. Invariant: checking a password of nobody takes as long as checking one of somebody.
"""

import hashlib
import mmap
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from lonja.modules.identity.people.policy import SignInPolicy
from lonja.primitives.errors import DataError, RefusedError

HASHES_AT_ONCE: Final = max(2, (os.cpu_count() or 1) // 2)
"""Each takes a whole core and megabytes for tens of milliseconds; more of them wait."""
THREADS_NAME: Final = "password-hash"
_PRIORITY: Final = 10


@dataclass(frozen=True, slots=True)
class HashCost:
    """What one Argon2id hash costs: ``memory_kib`` filled ``passes`` times by one lane."""

    memory_kib: int = 19_456
    passes: int = 2


class BreachList(Protocol):
    """Knows passwords that leaked somewhere."""

    def holds(self, password: str) -> bool:
        """Whether ``password`` is among them."""


class CommonPasswords:
    """The leaked passwords that are used most, as zxcvbn ranks them."""

    def __init__(self) -> None:
        """Read the list."""
        from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

        self._common = frozenset(FREQUENCY_LISTS["passwords"])

    def holds(self, password: str) -> bool:
        """Whether ``password``, in whatever case, is among them."""
        return password.lower() in self._common


class BreachFile:
    """A file of SHA-1 digests in hexadecimal, one a line in ascending order, as Have I Been Pwned offers for download.

    What follows a colon (a count) is ignored. The file is searched in place, however large.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path``. Raises ``DataError``."""
        try:
            with path.open("rb") as file:
                self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            message = f"The list of leaked passwords {path} cannot be read: {error}."
            raise DataError(message, "Check its name and rights.") from error

    def holds(self, password: str) -> bool:
        """Whether the digest of ``password`` is in the file."""
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        low, high = 0, len(self._lines)
        while low < high:
            middle = self._lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self._lines.find(b"\n", middle)
            end = len(self._lines) if end < 0 else end
            found = self._lines[middle:end].split(b":")[0].strip().upper()
            if found == wanted:
                return True
            low, high = (end + 1, high) if found < wanted else (low, middle)
        return False


def check_password(
    password: str,
    policy: SignInPolicy,
    personal: Sequence[str],
    breaches: Sequence[BreachList],
    called: str = "password",
) -> None:
    """Raise ``RefusedError`` when ``password`` must not be used under ``policy``.

    ``personal`` is what others know of its owner, ``called`` what people call it where it is asked for.
    """
    missing = _missing_parts(password, policy)
    if missing:
        raise RefusedError("password_form", f"The {called} needs {missing}.", "Choose another one.")
    if any(breach.holds(password) for breach in breaches):
        raise RefusedError("password_leaked", f"This {called} has leaked somewhere before.", "Choose another one.")
    from zxcvbn import zxcvbn  # noqa: PLC0415

    guessed = zxcvbn(password, user_inputs=list(personal), max_length=policy.password_length_max)
    if guessed["score"] < policy.password_score_min:
        raise RefusedError("password_weak", f"This {called} is easy to guess.", "Choose a longer or less common one.")


def _missing_parts(password: str, policy: SignInPolicy) -> str:
    shortest, longest = policy.password_length_min, policy.password_length_max
    if not shortest <= len(password) <= longest:
        return f"{shortest} to {longest} characters"
    if not password.isprintable():
        return "characters that can be typed"
    wanted = {
        "a lower-case letter": any(character.islower() for character in password),
        "an upper-case letter": any(character.isupper() for character in password),
        "a digit": any(character.isdigit() for character in password),
        "a symbol": any(not character.isalnum() for character in password),
    }
    return " and ".join(part for part, there in wanted.items() if not there)


class PasswordHasher:
    """Argon2id, and a hash of nothing to compare with when there is no user."""

    def __init__(self, cost: HashCost | None = None) -> None:
        """Hash with ``cost``; older hashes keep theirs until ``needs_rehash`` is heard."""
        import argon2  # noqa: PLC0415

        chosen = cost or HashCost()
        self._argon2 = argon2.PasswordHasher(time_cost=chosen.passes, memory_cost=chosen.memory_kib, parallelism=1)
        self._mismatch = (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError)
        self._of_nobody = self._argon2.hash("nobody")

    def hash(self, password: str) -> str:
        """The hash to keep; carries its salt and its cost. Takes tens of milliseconds."""
        return _hash_threads().submit(self._argon2.hash, password).result()

    def fits(self, password: str, stored: str) -> bool:
        """Whether ``stored`` is a hash of ``password``. With ``stored`` "" it takes as long and is False."""
        try:
            _hash_threads().submit(self._argon2.verify, stored or self._of_nobody, password).result()
        except self._mismatch:
            return False
        return bool(stored)

    def needs_rehash(self, stored: str) -> bool:
        """Whether ``stored`` was made with another cost than today's."""
        return self._argon2.check_needs_rehash(stored)


@cache
def _hash_threads() -> ThreadPoolExecutor:
    """Where all hashing happens: beside the engine, never much of it at once, and after everything else.

    Without this a few people who sign in on a machine with few cores would keep every order waiting: whatever holds the
    interpreter would get one turn among all the hashes.
    """
    return ThreadPoolExecutor(HASHES_AT_ONCE, THREADS_NAME, _step_back)


def _step_back() -> None:
    """Let other threads go first, where the system can tell threads apart."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _PRIORITY)
