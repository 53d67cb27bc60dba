"""An example of every REST operation: a real request to a small exchange in memory, and its real answer.

Why: an example that is executed whenever the pages are written cannot say what the exchange does not. Each request
meets the same exchange: two traders, some resting orders, one trade, a clock that stands still.
"""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from lonja.edge.rest.operation import Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.requests import fields_of
from tests.edge.house import House, open_house, order, request

_ROWS_SHOWN: Final = 1
_VALUES: Final[dict[str, str]] = {
    "instrument_type": "SPOT",
    "instrument_id": "QUIET-USDT",
    "instrument_ids": "QUIET-USDT",
    "currency": "USDT",
    "trade_mode": "cash",
    "margin_mode": "cross",
    "side": "buy",
    "size": "1",
    "price": "99",
    "amount": "100",
    "timeout": "60",
    "account_mode": "1",
    "position_mode": "net_mode",
    "leverage": "1",
    "order_type": "limit",
    "bar": "1m",
}
"""What an example gives for a parameter that is required."""

_ORDER: Final[dict[str, object]] = {
    "instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "98.5",
}  # fmt: skip
_PARAMS: Final[dict[str, object]] = {
    "POST /api/v5/trade/order": _ORDER | {"clOrdId": "mine1"},
    "POST /api/v5/trade/batch-orders": [_ORDER, _ORDER | {"px": "98.4"}],
    "POST /api/v5/trade/cancel-order": {"instId": "QUIET-USDT", "clOrdId": "resting"},
    "POST /api/v5/trade/cancel-batch-orders": [{"instId": "QUIET-USDT", "clOrdId": "resting"}],
    "POST /api/v5/trade/amend-order": {"instId": "QUIET-USDT", "clOrdId": "resting", "newPx": "98"},
    "POST /api/v5/trade/amend-batch-orders": [{"instId": "QUIET-USDT", "clOrdId": "resting", "newSz": "3"}],
    "GET /api/v5/trade/order": {"instId": "QUIET-USDT", "clOrdId": "resting"},
    "POST /api/v5/asset/transfer": {"ccy": "USDT", "amt": "100", "from": "6", "to": "18"},
    "GET /api/v5/market/books": {"instId": "QUIET-USDT", "sz": "5"},
}
"""Examples that need more than what is required."""


class Example(NamedTuple):
    """A request and its answer, as text. ``is_cut``: the answer had more rows."""

    target: str
    body: str
    answer: str
    is_cut: bool


def examples() -> dict[str, Example]:
    """An example of each operation by its name."""
    return asyncio.run(_examples())


async def _examples() -> dict[str, Example]:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        async with _world(Path(folder)) as house:
            for operation in OPERATIONS:
                if operation.method == "GET":
                    found[operation.name] = await _example(house, operation)
    for operation in OPERATIONS:
        if operation.method != "GET":
            with tempfile.TemporaryDirectory() as folder:
                async with _world(Path(folder)) as house:
                    found[operation.name] = await _example(house, operation)
    return found


class _world:  # noqa: N801  # used like a function
    """An exchange on which something has happened."""

    def __init__(self, folder: Path) -> None:
        self._opened = open_house(folder)

    async def __aenter__(self) -> House:
        house = await self._opened.__aenter__()
        for fields in ({"clOrdId": "resting", "sz": "2"}, {"side": "sell", "px": "101"}):
            assert (await house.trader.post("trade/order", order(**fields))).code == "0"
        assert (await house.other.post("trade/order", order(side="sell", px="99", sz="0.5"))).code == "0"
        return house

    async def __aexit__(self, *error: object) -> None:
        await self._opened.__aexit__(None, None, None)


async def _example(house: House, operation: Operation) -> Example:
    params = _PARAMS.get(operation.name, _required(operation))
    target, body = operation.path, ""
    if operation.method == "GET":
        assert isinstance(params, dict)
        target += f"?{urlencode(params)}" if params else ""
    else:
        body = json.dumps([params] if operation.takes_array and isinstance(params, dict) else params)
    if operation.permission is None:
        reply = await request(house.app, operation.method, target)
    else:
        reply = await house.trader.call(operation.method, target, body.encode())
    answer = reply.json
    is_cut = len(answer["data"]) > _ROWS_SHOWN
    answer["data"] = answer["data"][:_ROWS_SHOWN]
    return Example(target, body, _masked(json.dumps(answer, indent=1, ensure_ascii=False)), is_cut)


def _required(operation: Operation) -> dict[str, str]:
    return {field.name: _VALUES.get(field.attribute, "1") for field in fields_of(operation.request) if field.required}


def _masked(text: str) -> str:
    """Without what differs from run to run: the microseconds of an answer."""
    return re.sub(r'("(?:inTime|outTime)": "\d{13})\d{3}"', r'\g<1>000"', text)
