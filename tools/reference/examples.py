"""An example of every REST operation: a real request to a small exchange in memory, and its real answer.

Why: an example that is executed whenever the pages are written cannot say what the exchange does not. Each request
meets the same exchange: two traders, some resting orders, one trade, a clock that stands still.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from lonja.edge.rest.operation import Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.requests import fields_of
from tests.edge.house import PASSPHRASE, START_MS, House, open_house, order, request
from tools.reference import contract_examples

_ROWS_SHOWN: Final = 1
_INSIDE_SHOWN: Final = 12
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
    "sub_account": "desk01",
    "destination": "4",
    "base_currency": "QUIET",
    "quote_currency": "USDT",
    "size_currency": "USDT",
    "convert_currency": "USDT",
    "settle_currency": "USDT",
    "greeks_type": "PA",
    "fee_type": "0",
    "auto_repay": "false",
    "action": "turn_on",
    "instrument_family": "QUIET-USDT",
    "from_currencies": "QUIET",
    "to_currency": "USDT",
    "debt_currencies": "QUIET",
    "debt_currency": "QUIET",
    "repay_currency": "USDT",
    "repay_currencies": "USDT",
    "month": "Jan",
    "year": "2023",
    "quarter": "Q1",
    "position_side": "net",
    "index": "QUIET-USDT",
    "instrument_code": "10000",
    "source": "0",
    "module": "1",
    "grouping": "daily",
    "begin": "1700000000000",
    "end": "1700086400000",
    "series_id": "RAIN",
    "spread_id": "QUIET-USDT_QUIET-USDT-SWAP",
    "expiry": "20231124",
}
"""What an example gives for a parameter that is required."""

_KEY_SHOWN: Final = "f6a1d2c0-0000-4000-8000-000000000000"
_SECRET_SHOWN: Final = "0123456789ABCDEF" * 2
"""What stands for keys and secrets, which are others in every run."""
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
    "GET /api/v5/asset/transfer-state": {"clientId": "mine1"},
    "GET /api/v5/asset/deposit-withdraw-status": {"txId": "1"},
    "POST /api/v5/asset/withdrawal": {"ccy": "BTC", "amt": "1", "dest": "4", "toAddr": "bc1q", "chain": "BTC-Bitcoin"},
    "POST /api/v5/asset/subaccount/transfer": {
        "ccy": "USDT", "amt": "1", "from": "6", "to": "6", "fromSubAccount": "desk01", "toSubAccount": "desk02",
    },
    "POST /api/v5/users/subaccount/create-subaccount": {"subAcct": "desk03", "type": "1", "label": "third desk"},
    "POST /api/v5/users/subaccount/set-frozen": {"subAcct": "desk01", "frozen": True},
    "POST /api/v5/users/subaccount/set-transfer-out": {"subAcct": "desk01,desk02", "canTransOut": True},
    "POST /api/v5/users/subaccount/apikey": {
        "subAcct": "desk01", "label": "second bot", "passphrase": "Correct-horse-1", "perm": "read_only,trade",
    },
    "POST /api/v5/users/subaccount/modify-apikey": {"subAcct": "desk01", "apiKey": _KEY_SHOWN, "ip": "203.0.113.7"},
    "POST /api/v5/users/subaccount/delete-apikey": {"subAcct": "desk01", "apiKey": _KEY_SHOWN},
    "GET /api/v5/market/history-trades": {"instId": "QUIET-USDT", "type": "1", "after": "100000003"},
    "GET /api/v5/public/opt-summary": {"instFamily": "BTC-USD"},
    "GET /api/v5/public/option-trades": {"instFamily": "BTC-USD"},
    "GET /api/v5/public/instrument-tick-bands": {"instType": "OPTION"},
    "GET /api/v5/rubik/stat/taker-volume": {"ccy": "QUIET", "instType": "SPOT", "period": "5m"},
    "GET /api/v5/market/books": {"instId": "QUIET-USDT", "sz": "5"},
    "GET /api/v5/account/leverage-info": {"instId": "QUIET-USDT", "mgnMode": "cross"},
    "GET /api/v5/account/max-loan": {"instId": "QUIET-USDT", "mgnMode": "cross", "mgnCcy": "USDT"},
    "POST /api/v5/account/set-leverage": {"instId": "QUIET-USDT", "lever": "1", "mgnMode": "cross"},
    "POST /api/v5/account/set-isolated-mode": {"isoMode": "automatic", "type": "MARGIN"},
    "POST /api/v5/account/set-trading-config": {"type": "stgyType", "stgyType": "0"},
    "POST /api/v5/account/spot-manual-borrow-repay": {"ccy": "USDT", "side": "borrow", "amt": "100"},
    "POST /api/v5/account/demo-adjust-balance": {"type": "1", "adjustments": [{"ccy": "USDT", "amt": "100"}]},
    "GET /api/v5/account/precheck-set-delta-neutral": {"stgyType": "0"},
    "POST /api/v5/trade/order-precheck": _ORDER,
    "POST /api/v5/trade/mass-cancel": {"instType": "OPTION", "instFamily": "BTC-USD"},
    "POST /api/v5/trade/order-algo": {
        "instId": "QUIET-USDT", "tdMode": "cash", "side": "sell", "ordType": "trigger", "sz": "1",
        "triggerPx": "95", "orderPx": "-1",
    },
    "POST /api/v5/trade/cancel-algos": [{"instId": "QUIET-USDT", "algoClOrdId": "stop1"}],
    "POST /api/v5/trade/cancel-advance-algos": [{"instId": "QUIET-USDT", "algoClOrdId": "stop1"}],
    "POST /api/v5/account/borrow-repay": {"ccy": "USDT", "side": "borrow", "amt": "100"},
    "POST /api/v5/trade/amend-algos": {"instId": "QUIET-USDT", "algoClOrdId": "stop1", "newSlTriggerPx": "92"},
    "GET /api/v5/trade/order-algo": {"algoClOrdId": "stop1"},
    "GET /api/v5/trade/orders-algo-pending": {"ordType": "conditional"},
    "GET /api/v5/trade/orders-algo-history": {"ordType": "conditional", "state": "canceled"},
}  # fmt: skip
"""Examples that need more than what is required."""


_STOP: Final[dict[str, object]] = {
    "instId": "QUIET-USDT",
    "tdMode": "cash",
    "side": "sell",
    "ordType": "conditional",
    "sz": "1",
    "slTriggerPx": "90",
    "slOrdPx": "-1",
}


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
    reading = [operation for operation in OPERATIONS if operation.method == "GET"]
    async with _world(with_sub_accounts=True) as world:
        for operation in reading:
            found[operation.name] = await _example(world, operation)
    async with _world_of_contracts() as world:
        for operation in reading:
            if operation.name in contract_examples.PARAMS:
                found[operation.name] = await _example(world, operation, contract_examples.PARAMS[operation.name])
    for operation in OPERATIONS:
        if operation.method != "GET":
            found[operation.name] = await _example_of_change(operation)
    return found


async def _example_of_change(operation: Operation) -> Example:
    """Each on an exchange of its own: what happens cannot be taken back."""
    asked = contract_examples.PARAMS.get(operation.name)
    pooled = contract_examples.OF_COLLATERAL.get(operation.name)
    if asked is None and pooled is None:
        async with _world(with_sub_accounts="subaccount" in operation.path) as world:
            return await _example(world, operation)
    async with _world_of_contracts(with_collateral=pooled is not None) as world:
        return await _example(world, operation, pooled or asked)


class _World(NamedTuple):
    """An exchange on which something has happened. ``sub_key`` is the key of a sub-account, "" when it has none."""

    house: House
    sub_key: str


@asynccontextmanager
async def _world(*, with_sub_accounts: bool) -> AsyncIterator[_World]:
    with tempfile.TemporaryDirectory() as folder:
        # Keys of its own are slow to make, on purpose.
        async with open_house(Path(folder), own_keys=with_sub_accounts) as house:
            await _trade(house)
            yield _World(house, await _open_sub_accounts(house) if with_sub_accounts else "")


@asynccontextmanager
async def _world_of_contracts(*, with_collateral: bool = False) -> AsyncIterator[_World]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(Path(folder), with_contracts=True, with_collateral=with_collateral) as house:
            await contract_examples.trade_contracts(house)
            yield _World(house, "")


async def _trade(house: House) -> None:
    """Orders that rest, are filled and are canceled."""
    for fields in ({"clOrdId": "resting", "sz": "2"}, {"side": "sell", "px": "101"}):
        assert (await house.trader.post("trade/order", order(**fields))).code == "0"
    for fields in ({"px": "99", "sz": "0.5"}, {"px": "98", "ordType": "ioc", "sz": "0.25"}):
        assert (await house.other.post("trade/order", order(side="sell", **fields))).code == "0"
    buy = order(px="100", sz="0.1", clOrdId="filled1")
    assert (await house.trader.post("trade/order", buy)).code == "0"
    assert (await house.other.post("trade/order", order(side="sell", px="100", sz="0.1"))).code == "0"
    for name in ("stop1", "stop2"):
        assert (await house.trader.post("trade/order-algo", _STOP | {"algoClOrdId": name})).code == "0"
    ended = [{"instId": "QUIET-USDT", "algoClOrdId": "stop2"}]
    assert (await house.trader.post("trade/cancel-algos", ended)).code == "0"


async def _open_sub_accounts(house: House) -> str:
    post = house.trader.post
    for name in ("desk01", "desk02"):
        made = await post("users/subaccount/create-subaccount", {"subAcct": name, "type": "1", "label": "a desk"})
        assert made.code == "0", made.raw
    move = {"ccy": "USDT", "amt": "100", "from": "6", "type": "1", "subAcct": "desk01", "clientId": "mine1"}
    for ledger in ("18", "6"):
        assert (await post("asset/transfer", move | {"to": ledger})).code == "0"
    key = {"subAcct": "desk01", "label": "bot", "passphrase": PASSPHRASE, "perm": "trade"}
    return str((await post("users/subaccount/apikey", key)).row["apiKey"])


async def _example(world: _World, operation: Operation, asked: object = None) -> Example:
    house, sub_key = world
    params = asked or _PARAMS.get(operation.name, _required(operation))
    target, body = operation.path, ""
    if operation.method == "GET":
        assert isinstance(params, dict)
        target += f"?{urlencode(params)}" if params else ""
    else:
        body = json.dumps([params] if operation.takes_array and isinstance(params, dict) else params)
    if operation.permission is None:
        reply = await request(house.app, operation.method, target)
    else:
        reply = await house.trader.call(operation.method, target, body.replace(_KEY_SHOWN, sub_key).encode())
    answer = reply.json
    is_cut = not operation.gives_one and len(answer["data"]) > _ROWS_SHOWN
    if is_cut:
        answer["data"] = answer["data"][:_ROWS_SHOWN]
    is_cut = _cut_inside(answer["data"]) or is_cut
    return Example(target, body, _masked(json.dumps(answer, indent=1, ensure_ascii=False)), is_cut)


def _cut_inside(rows: object) -> bool:
    """Shorten long lists of objects inside rows; whether there were any."""
    is_cut = False
    for row in rows if isinstance(rows, list) else ():
        for name, value in row.items() if isinstance(row, dict) else ():
            if isinstance(value, list) and len(value) > _INSIDE_SHOWN and isinstance(value[0], dict):
                row[name], is_cut = value[:_INSIDE_SHOWN], True
    return is_cut


def _required(operation: Operation) -> dict[str, str]:
    return {field.name: _VALUES.get(field.attribute, "1") for field in fields_of(operation.request) if field.required}


def _masked(text: str) -> str:
    """Without what differs from run to run: times of an answer, keys and their secrets."""
    text = re.sub(r'("apiKey": )"[^"]+"', rf'\g<1>"{_KEY_SHOWN}"', text)
    text = re.sub(r'("secretKey": )"[^"]+"', rf'\g<1>"{_SECRET_SHOWN}"', text)
    return re.sub(r'("(?:inTime|outTime)": )"\d+"', rf'\g<1>"{START_MS}000"', text)
