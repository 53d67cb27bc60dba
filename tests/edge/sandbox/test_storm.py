"""``/sandbox/storm``: what it takes and refuses; what storms do is told in ``tests/modules/sandbox/test_storms.py``."""

from typing import Any

import pytest

from tests.edge.sandbox.conftest import Sandbox


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ({"instId": "NIX-USDT", "move": "-0.3"}, "51001", ""),
        ({"instId": "QUIET-USDT-SWAP", "move": "-0.3"}, "51001", ""),
        ({"instId": "QUIET-USDT", "move": "-0.3"}, "51000", "QUIET-USDT"),
        ({"move": "-0.3"}, "50014", "instrument"),
        ({"instId": "BTC-USDT"}, "50014", "move"),
        ({"instId": "BTC-USDT", "move": "0"}, "51000", "move"),
        ({"instId": "BTC-USDT", "move": "-0.91"}, "51000", "move"),
        ({"instId": "BTC-USDT", "move": "3.01"}, "51000", "move"),
        ({"instId": "BTC-USDT", "move": "-0.0000001"}, "51000", "move"),
        ({"instId": "BTC-USDT", "move": "much"}, "51000", "move"),
        ({"instId": "BTC-USDT", "move": "-0.3", "seconds": "0"}, "51000", "seconds"),
        ({"instId": "BTC-USDT", "move": "-0.3", "seconds": "86401"}, "51000", "seconds"),
        ({"instId": "BTC-USDT", "move": "-0.3", "seconds": "1.5"}, "51000", "seconds"),
        ({"instId": "BTC-USDT", "move": "-0.3", "recover_seconds": "-1"}, "51000", "recover_seconds"),
        ({"instId": "BTC-USDT", "move": "-0.3", "second": "1"}, "51000", "second"),
        ({}, "50014", "instrument"),
    ],
)
async def test_what_it_refuses_begins_no_storm(futures: Sandbox, body: dict[str, Any], code: str, named: str) -> None:
    reply = await futures.post("storm", body)
    assert reply.code == code
    assert named in reply.json["msg"]
    assert (await futures.get("storm")).data == []


async def test_a_storm_is_shown_until_it_is_over(futures: Sandbox) -> None:
    now_ms = futures.house.engine.now_ms()
    shown = {
        "instrument": "BTC-USDT",
        "move": "-0.3",
        "begin_ms": str(now_ms),
        "end_ms": str(now_ms + 60_000),
        "calm_ms": str(now_ms + 660_000),
    }
    body = {"instId": "btc-usdt", "move": "-0.3", "recover_seconds": 600}
    assert (await futures.post("storm", body)).data == [shown]
    assert (await futures.get("storm")).data == [shown]
    assert (await futures.post("reset")).code == "0"
    assert (await futures.get("storm")).data == []


async def test_an_index_that_is_fixed_cannot_storm(futures: Sandbox) -> None:
    await futures.post("index", {"instId": "BTC-USDT", "idxPx": "50000"})
    assert (await futures.post("storm", {"instId": "BTC-USDT", "move": "-0.3"})).code == "51000"
    await futures.post("index", {"instId": "BTC-USDT", "idxPx": ""})
    assert (await futures.post("storm", {"instId": "BTC-USDT", "move": "-0.3"})).code == "0"
