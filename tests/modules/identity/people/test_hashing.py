"""Hashing passwords: bounded, and with less right to the processor than whatever serves others."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lonja.modules.identity.people.passwords import HASHES_AT_ONCE, THREADS_NAME, HashCost, PasswordHasher
from tests.modules.identity.people.conftest import PASSWORD

CHEAP = HashCost(memory_kib=64, passes=1)


def hashing_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(THREADS_NAME)]


def test_of_many_at_once_few_are_hashed() -> None:
    """Exhaustion: memory and cores are bounded however many sign in, and everybody is answered rightly."""
    hasher = PasswordHasher(CHEAP)
    stored = hasher.hash(PASSWORD)
    with ThreadPoolExecutor(32) as people:
        answers = list(people.map(lambda number: hasher.fits(PASSWORD if number % 2 else "other", stored), range(96)))
    assert answers == [bool(number % 2) for number in range(96)]
    assert 1 <= len(hashing_threads()) <= HASHES_AT_ONCE


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the priorities of threads apart")
def test_hashing_comes_after_everything_else() -> None:
    PasswordHasher(CHEAP).hash(PASSWORD)
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    for thread in hashing_threads():
        assert thread.native_id is not None
        assert os.getpriority(os.PRIO_PROCESS, thread.native_id) > own
