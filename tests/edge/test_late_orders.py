"""Orders whose ``expTime`` passes while they wait for the journal: 50037, and nothing happened."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from lonja.core.commands import Command
from tests.edge.house import START_MS, TRADER, House, order


@pytest.fixture
def busy(rest: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house in which a second passes before the engine comes to a command."""
    send = rest.engine.send

    def later(commands: Sequence[Command], answer: Any, is_late: Callable[[], bool] | None = None) -> None:
        rest.clock.advance_ms(1_000)
        send(commands, answer, is_late)

    monkeypatch.setattr(rest.engine, "send", later)
    return rest


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("trade/order", order()),
        ("trade/batch-orders", [order(), order()]),
        ("trade/amend-order", {"instId": "QUIET-USDT", "clOrdId": "mine", "newSz": "2"}),
        ("trade/amend-batch-orders", [{"instId": "QUIET-USDT", "clOrdId": "mine", "newSz": "2"}]),
    ],
)
async def test_what_expires_while_it_waits_is_not_carried_out(busy: House, path: str, body: object) -> None:
    await busy.trader.place(clOrdId="mine")
    before = busy.engine.views.open_orders(TRADER)
    now_ms = START_MS + 1_000
    late = await busy.trader.post(path, body, headers={"expTime": str(now_ms + 999)})
    assert (late.status, late.code, late.data, late.json["msg"]) == (200, "50037", [], "Order expired")
    assert busy.engine.views.open_orders(TRADER) == before
    in_time = await busy.trader.post(path, body, headers={"expTime": str(now_ms + 60_000)})
    assert in_time.code == "0"


async def test_a_cancellation_never_expires(busy: House) -> None:
    placed = await busy.trader.place()
    arg = {"instId": "QUIET-USDT", "ordId": placed.row["ordId"]}
    reply = await busy.trader.post("trade/cancel-order", arg, headers={"expTime": str(START_MS - 1)})
    assert reply.code == "0"
    assert busy.engine.views.open_orders(TRADER) == []
