"""Every operation of futures, margin and risk: asked rightly in each account mode, with each parameter missing, and wrong.

Nothing that is sent makes anything fail but in the documented way: a known code, its HTTP status, the usual envelope, and
nothing of the account is changed by what only reads.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from lonja.core.commands import ConfigureAccount
from lonja.edge.errors import HTTP_STATUS, MESSAGES
from lonja.edge.rest.operation import Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.requests import fields_of
from tests.edge.contract_trading import trade
from tests.edge.house import QUIET_SWAP, TRADER, House, Reply, open_house
from tests.edge.margin_operations import CHANGES, READS, Asked

MODES = ("spot", "futures", "multi_currency")
NAMED: dict[str, Operation] = {operation.name: operation for operation in OPERATIONS}
WRONG: list[Any] = [
    *("nothing-like-it", "-1", "0", "1e3", "1E-400", "NaN", "Infinity", "9" * 40, "0." + "0" * 40 + "1", "x" * 5_000),
    *(" ", "٣", "a\u0000b", "a,b," * 40, "BTC-USDT", "QUIET-USD-SWAP", "OPTION", "null", "true"),
]
WRONG_IN_BODIES: list[Any] = [*WRONG, 0, -1, 10**30, 1.5, True, [], [1], ["a", None], {}, {"a": {"b": []}}, [[[]]]]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def open_mode(folder: Path, mode: str) -> AsyncIterator[House]:
    """A house with contracts whose trader is in ``mode``, and holds a position where it may."""
    pooled = mode == "multi_currency"
    async with open_house(folder, with_contracts=True, with_collateral=pooled, own_keys=True) as house:
        if mode == "spot":
            await house.engine.submit(ConfigureAccount(account=TRADER, account_mode=1))
        else:
            await trade(house, QUIET_SWAP, 10_000, 20)
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def houses(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, House]]:
    """A house for each mode, of which nothing is changed."""
    async with AsyncExitStack() as stack:
        yield {mode: await stack.enter_async_context(open_mode(tmp_path_factory.mktemp(mode), mode)) for mode in MODES}


async def ask(house: House, asked: Asked, params: object) -> Reply:
    """The answer to ``params``: those of a question are written into the address."""
    method, path = asked.name.split(" ")
    if method == "POST":
        return await house.trader.post(path, params)
    assert isinstance(params, dict)
    query = "&".join(f"{name}={quote(str(value))}" for name, value in params.items())
    return await house.trader.call("GET", f"/api/v5/{path}" + (f"?{query}" if query else ""))


def expect_documented(reply: Reply, what: object) -> str:
    """The code of an answer that is shaped as every answer is."""
    answer = json.loads(reply.raw)
    assert {"code", "msg", "data"} <= set(answer), what
    assert reply.status == HTTP_STATUS.get(answer["code"], 200), (what, reply.raw)
    codes = [answer["code"], *(row["sCode"] for row in answer["data"] if isinstance(row, dict) and "sMsg" in row)]
    for code in codes:
        assert code in MESSAGES or code in ("0", "1", "2"), (what, reply.raw)
        assert code != "50026", (what, reply.raw)
    assert bool(answer["msg"]) == (answer["code"] != "0"), (what, reply.raw)
    return codes[-1]


@pytest.mark.parametrize("mode", MODES)
async def test_asked_rightly(houses: dict[str, House], mode: str) -> None:
    house = houses[mode]
    for asked in READS:
        before = house.balances()
        reply = await ask(house, asked, asked.params)
        code = expect_documented(reply, asked.name)
        assert code == asked.codes[MODES.index(mode)], (asked.name, reply.raw)
        template = NAMED[asked.operation].answer
        rows = [reply.data] if NAMED[asked.operation].gives_one else reply.data
        for row in rows if isinstance(template, dict) and code == "0" else ():
            assert set(row) == set(template), asked.name
        assert house.balances() == before, asked.name


@pytest.mark.parametrize("mode", MODES)
async def test_with_each_parameter_missing(houses: dict[str, House], mode: str) -> None:
    house, before = houses[mode], houses[mode].balances()
    for asked in (*READS, *CHANGES):
        required = {field.name for field in fields_of(NAMED[asked.operation].request) if field.required}
        assert required <= set(asked.params), asked.name
        for name in asked.params:
            left = {other: value for other, value in asked.params.items() if other != name}
            for params in (left, left | {name: ""}):
                if name in required:
                    reply = await ask(house, asked, params)
                    assert (expect_documented(reply, (asked.name, name)), reply.status) == ("50014", 400), asked.name
                    assert name in reply.json["msg"], (asked.name, reply.raw)
    assert house.balances() == before


@pytest.mark.parametrize("mode", MODES)
async def test_with_each_parameter_wrong(houses: dict[str, House], mode: str) -> None:
    house = houses[mode]
    for asked in READS:
        before = house.balances()
        is_body = asked.name.startswith("POST")
        for field in fields_of(NAMED[asked.operation].request):
            for value in WRONG_IN_BODIES if is_body else WRONG:
                reply = await ask(house, asked, asked.params | {field.name: value})
                expect_documented(reply, (asked.name, field.name, value))
        assert house.balances() == before, asked.name


@pytest.mark.parametrize("mode", MODES)
async def test_changes_with_each_parameter_wrong(tmp_path: Path, mode: str) -> None:
    """What changes something is refused with nothing changed, or means something."""
    async with open_mode(tmp_path, mode) as house:
        for asked in CHANGES:
            for name in asked.params:
                for value in WRONG_IN_BODIES:
                    before, orders = house.balances(), house.engine.views.open_orders(TRADER)
                    reply = await ask(house, asked, asked.params | {name: value})
                    if expect_documented(reply, (asked.name, name, value)) != "0":
                        now = (house.balances(), house.engine.views.open_orders(TRADER))
                        assert now == (before, orders), (asked.name, name, value)
            for body in (b"", b"[", b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b"[[]]", b"[null]"):
                expect_documented(await house.trader.post(asked.path, body), (asked.name, body))


@pytest.mark.parametrize("mode", MODES)
async def test_changes_asked_rightly(tmp_path: Path, mode: str) -> None:
    async with open_mode(tmp_path, mode) as house:
        for asked in CHANGES:
            reply = await ask(house, asked, asked.params)
            assert expect_documented(reply, asked.name) == asked.codes[MODES.index(mode)], (asked.name, reply.raw)
