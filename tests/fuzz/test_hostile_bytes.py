"""Random frames and random requests on a running sandbox: it answers all, forgets none of its memory, and goes on.

``LONJA_FUZZ_SECONDS`` says for how long, each; ``LONJA_FUZZ_SEED`` which.
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.requests import fields_of
from tests.e2e.sandbox_process import SandboxProcess

SECONDS = float(os.environ.get("LONJA_FUZZ_SECONDS", "6"))
SEED = int(os.environ.get("LONJA_FUZZ_SEED", "1"))
GROWTH_MAX_KIB = 150_000
VALUES = ["", "0", "-1", "1e400", "NaN", "BTC-USDT", "SPOT", "USDT", "\x00", "é" * 300, "9" * 40, "%", "[]", "null"]
FRAMES = [
    '{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}',
    '{"op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}',
    '{"op":"login","args":[{"apiKey":"a","passphrase":"b","timestamp":"1","sign":"c"}]}',
    '{"id":"1","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market","sz":"1"}]}',
    "ping",
    "[" * 5_000,
    '{"op":null,"args":{}}',
]

pytestmark = pytest.mark.timeout(SECONDS + 120)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("fuzz") / "data", "--pairs", "3", "--rate-limits", "off") as process:
        yield process


def memory_kib(sandbox: SandboxProcess) -> int:
    """Resident memory of the exchange, where the system tells it."""
    status = Path(f"/proc/{sandbox.process.pid}/status")
    if not status.exists():
        pytest.skip("this system does not tell a process's memory")
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS"))


def mutated(chance: random.Random, text: str) -> str | bytes:
    """The text with some characters changed, now and then as bytes."""
    letters = list(text)
    for _ in range(chance.randrange(4)):
        letters[chance.randrange(len(letters))] = chance.choice('{}[]",:\x00é0n')
    changed = "".join(letters)
    return changed.encode() if chance.random() < 0.1 else changed


def test_frames(sandbox: SandboxProcess) -> None:
    chance, before = random.Random(SEED), memory_kib(sandbox)
    ends, sent = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        kind = chance.choice(["public", "private", "business"])
        try:
            with connect(f"{sandbox.told['ws']}/{kind}", open_timeout=10, close_timeout=1) as socket:
                for _ in range(50):
                    socket.send(mutated(chance, chance.choice(FRAMES)))
                    sent += 1
        except WebSocketException:
            continue  # it may close on those who send nonsense
    assert sent > 100
    assert sandbox.get("/api/v5/public/time")
    assert memory_kib(sandbox) - before < GROWTH_MAX_KIB, f"seed {SEED}"


def test_requests(sandbox: SandboxProcess) -> None:
    chance, before = random.Random(SEED), memory_kib(sandbox)
    ends, asked = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        operation = chance.choice(OPERATIONS)
        names = [field.name for field in fields_of(operation.request) if chance.random() < 0.6]
        told = {name: chance.choice(VALUES) for name in names}
        body = None if operation.method == "GET" else chance.choice([told, [told], []])
        target = operation.path + ("?" + urlencode(told) if told and body is None else "")
        account = None if operation.permission is None else 1
        answer = sandbox.answer(operation.method, target, body, account)
        # What a client is told when something of ours broke.
        assert answer["code"] != "50026", (SEED, operation.name, told, answer)
        asked += 1
    assert asked > 50
    assert sandbox.get("/api/v5/public/time")
    assert memory_kib(sandbox) - before < GROWTH_MAX_KIB, f"seed {SEED}"
