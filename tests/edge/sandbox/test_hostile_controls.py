"""Whatever is sent to a control is answered with a code, never with a fault."""

import random
from typing import Any, Final

import pytest

from lonja.edge.sandbox.app import ROUTES
from tests.edge.sandbox.conftest import Sandbox
from tests.fuzz.hostile import STRANGE, text_of

TRIES: Final = 120
GOOD: Final[dict[str, dict[str, Any]]] = {
    "clock": {"speed": "0"},
    "accounts": {"name": "bot", "funds": {"USDT": "5", "BTC": "1"}},
    "accounts/key": {"account": "trader"},
    "accounts/fund": {"account": "trader", "currency": "USDT", "amount": "1", "ledger": "funding"},
    "accounts/drain": {"account": "trader", "currency": "USDT", "amount": "1", "ledger": "trading"},
    "faults": {
        "rule": "r1",
        "kind": "latency",
        "delay_ms": "5",
        "operation": "POST /api/v5/trade/order",
        "instrument": "QUIET-USDT",
        "account": "trader",
        "probability": "0.5",
        "burst": "2",
        "count_max": "3",
        "from_ms": "0",
        "until_ms": "1",
        "distribution": "uniform",
        "spread_ms": "1",
    },
    "flow": {"mood": "calm", "instrument": "BTC-USDT", "duration_ms": "1000"},
}


def strange(chance: random.Random, good: dict[str, Any]) -> bytes:
    """A good body with something strange in it, or something else in its place."""
    body: object = dict(good)
    for _ in range(chance.randrange(1, 3)):
        if isinstance(body, dict) and body and chance.random() < 0.95:
            body = body | {chance.choice(list(body)): chance.choice(STRANGE)}
        else:
            body = chance.choice(({"rules": [body]}, [body], {"a": body}, {"seed": body}, body))
    text = text_of(body, chance).encode("utf-8", "ignore")
    return text[: chance.randrange(len(text))] if chance.random() < 0.1 else text


@pytest.mark.parametrize("path", ROUTES)
async def test_strange_bodies_are_answered_with_a_code(sandbox: Sandbox, path: str) -> None:
    chance = random.Random(path)
    for number in range(TRIES):
        method = chance.choice(list(ROUTES[path]))
        body = strange(chance, GOOD.get(path, {"a": "b"}))
        reply = await sandbox.post(path, body, method)
        said = (number, method, path, body, reply.raw)
        assert reply.status < 500, said
        assert reply.code != "50026", said
    assert (await sandbox.get("accounts")).code == "0"
