"""What hashing may cost whom: never the event loop, and guessers before owners."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from lonja.modules.identity import passphrases
from lonja.modules.identity.passphrases import PassphraseChecker, TooManyChecksError, hash_passphrase


class SlowHash:
    """Stands for scrypt and takes as long as the test wants; ``asked`` are the passphrases it was given."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.asked: list[str] = []

    def __call__(self, passphrase: str, stored: bytes) -> bool:
        self.asked.append(passphrase)
        assert self.may_end.wait(20), "nobody ended it"
        return passphrase.encode() == stored


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowHash]:
    made = SlowHash()
    monkeypatch.setattr(passphrases, "passphrase_fits", made)
    yield made
    made.may_end.set()


@pytest.fixture
def checker() -> Iterator[PassphraseChecker]:
    made = PassphraseChecker()
    yield made
    made.close()


def asked(checker: PassphraseChecker, stored: bytes, passphrase: str, *, is_owner: bool = False) -> asyncio.Task[bool]:
    return asyncio.create_task(checker.matches(stored, passphrase, is_owner=is_owner))


async def test_the_loop_goes_on_while_a_passphrase_is_hashed(slow: SlowHash, checker: PassphraseChecker) -> None:
    checks = [asked(checker, b"a", f"guess-{number}") for number in range(3)] + [asked(checker, b"b", "b")]
    for _ in range(100):
        await asyncio.sleep(0.001)
    assert not any(check.done() for check in checks)
    slow.may_end.set()
    assert await asyncio.gather(*checks) == [False, False, False, True]
    assert checker.is_known(b"b", "b")
    assert not checker.is_known(b"a", "guess-0")


async def test_a_question_asked_by_many_is_answered_once(slow: SlowHash, checker: PassphraseChecker) -> None:
    checks = [asked(checker, b"a", "a", is_owner=True) for _ in range(100)]
    await asyncio.sleep(0)
    checks[0].cancel()
    slow.may_end.set()
    answers = await asyncio.gather(*checks, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [True] * 99, "one who went away ends it for nobody else"
    assert slow.asked == ["a"]


async def test_few_checks_of_one_key_wait_at_once(slow: SlowHash, checker: PassphraseChecker) -> None:
    waiting = [asked(checker, b"a", f"guess-{number}") for number in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyChecksError):
        await checker.matches(b"a", "guess-5")
    owner, other = asked(checker, b"a", "a", is_owner=True), asked(checker, b"b", "b")
    slow.may_end.set()
    assert list(await asyncio.gather(owner, other)) == [True, True]
    assert await asyncio.gather(*waiting) == [False] * 4
    assert not await checker.matches(b"a", "guess-5"), "there is room again"


async def test_few_checks_of_all_keys_wait_at_once(slow: SlowHash, checker: PassphraseChecker) -> None:
    waiting = [asked(checker, b"%d" % number, "guess") for number in range(32)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyChecksError):
        await checker.matches(b"late", "guess")
    owner = asked(checker, b"a", "a", is_owner=True)
    slow.may_end.set()
    assert await owner
    assert await asyncio.gather(*waiting) == [False] * 32


@pytest.mark.parametrize("is_owner", [False, True])
async def test_of_many_wrong_answers_only_some_are_hashed(
    slow: SlowHash, checker: PassphraseChecker, is_owner: bool
) -> None:
    slow.may_end.set()
    answers = [await checker.matches(b"a", f"guess-{number}", is_owner=is_owner) for number in range(50)]
    assert answers == [False] * 50
    assert len(slow.asked) == 20
    assert await checker.matches(b"a", "a", is_owner=not is_owner)
    assert checker.is_known(b"a", "a")


async def test_a_forgotten_key_is_hashed_again(checker: PassphraseChecker) -> None:
    stored = hash_passphrase("Correct-horse-1", cost_log2=4)
    assert await checker.matches(stored, "Correct-horse-1")
    checker.forget(stored)
    assert not checker.is_known(stored, "Correct-horse-1")
    assert await checker.matches(stored, "Correct-horse-1")
