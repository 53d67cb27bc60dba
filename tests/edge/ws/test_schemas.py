"""Every implemented channel against its documentation, field by field, and against the keys a strict client demands."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lonja.core.commands import Command, SetIndexPrice, SetInstrumentState
from lonja.core.kinds import InstrumentState
from lonja.edge.maintenance import Maintenance, MaintenanceState
from lonja.edge.wire.channels import BUSINESS, CHANNELS, PRIVATE, PUBLIC, Topic
from lonja.modules.marketdata.api import BARS
from tests.edge.ws.contract_trading import ISOLATED, index, leverage, list_dated, trade
from tests.edge.ws.house import BTC, BUY, MAKER, QUIET, SELL, TRADER, Client, House

INSTRUMENT = "QUIET-USDT"
SWAP = "QUIET-USDT-SWAP"
CANDLE_COLUMNS = ["ts", "o", "h", "l", "c", "vol", "volCcy", "volCcyQuote", "confirm"]

# Keys beside the documented ones: those that REST documents for the same row, and what a strict client wants.
MORE_KEYS: Mapping[str, set[str]] = {
    "instruments": {"maxLmtAmt", "maxMktAmt", "tradeQuoteCcyList"},
    "status": {"type"},
    "books5": {"instId"},
    "orders": {"cancelSourceReason"},
    # As the documentation's example has it.
    "liquidation-orders": {"instFamily"},
}
# Keys that the documentation says are of the incremental books alone.
FEWER_KEYS: Mapping[str, set[str]] = {channel: {"checksum", "prevSeqId"} for channel in ("books5", "bbo-tbt")}
# Arguments that only derivatives have.
NOT_READ = {"seriesId"}

# What says nothing, and what test_algo_channels.py holds to its keys.
ELSEWHERE = {Topic.NOTHING, Topic.ALGOS}

# channel, struct of the strict client
STRICT = [
    ("tickers", "OKXTickerMsg"),
    ("trades", "OKXTradeMsg"),
    ("trades-all", "OKXTradeMsg"),
    ("books", "OKXBookMsg"),
    ("books5", "OKXBookMsg"),
    ("bbo-tbt", "OKXBookMsg"),
    ("books-l2-tbt", "OKXBookMsg"),
    ("books50-l2-tbt", "OKXBookMsg"),
    ("index-tickers", "OKXIndexPriceMsg"),
    ("mark-price", "OKXMarkPriceMsg"),
    ("price-limit", "OKXPriceLimitMsg"),
    ("positions", "OKXPosition"),
    ("open-interest", "OKXOpenInterestMsg"),
    ("funding-rate", "OKXFundingRateMsg"),
    ("estimated-price", "OKXEstimatedPriceMsg"),
    ("status", "OKXStatusMsg"),
    ("account", "OKXAccount"),
    ("orders", "OKXOrderMsg"),
]


def documented_name(channel: str) -> str:
    """The name under which a channel stands in the documentation, which shows one bar or depth of each family."""
    for family, shown in (
        ("mark-price-candle", "mark-price-candle1D"),
        ("index-candle", "index-candle30m"),
        ("candle", "candle1D"),
        ("books-l2", "books"),
        ("books50", "books"),
    ):
        if channel.startswith(family):
            return shown
    return channel


@pytest.fixture(scope="module")
def schemas(shared_folder: Path) -> Any:
    return json.loads((shared_folder / "fixtures/okx-v5/derived/ws-schemas.json").read_text())["channels"]


@pytest.fixture(scope="module")
def structs(shared_folder: Path) -> Any:
    path = shared_folder / "fixtures/okx-v5/derived/nautilus-required-fields.json"
    return json.loads(path.read_text())["structs"]


def _below(rows: list[list[Any]], parent: str) -> set[str]:
    """The names one deeper than ``parent``, which follow it."""
    found, depth = set(), None
    for row in rows:
        if depth is not None and row[0] <= depth:
            depth = None
        if depth is not None and row[0] == depth + 1:
            found.add(row[1])
        if row[1] == parent:
            depth = row[0]
    return found


@pytest.mark.parametrize("channel", CHANNELS)
def test_endpoints_and_arguments_are_those_documented(schemas: Any, channel: str) -> None:
    documented, rules = schemas[documented_name(channel)], CHANNELS[channel]
    assert documented["url"] == f"/ws/v5/{rules.endpoint}"
    args = {row[1]: row[3] == "Yes" for row in documented["request"] if row[0] == 1}
    known = {*rules.required, *rules.optional, "channel"}
    assert set(args) - NOT_READ == known
    assert {name for name, required in args.items() if required} == {*rules.required, "channel"}


def test_every_documented_bar_is_a_channel() -> None:
    assert {name.removeprefix("candle") for name in CHANNELS if name.startswith("candle")} == set(BARS)


def _wanted(channel: str) -> dict[str, str]:
    rules = CHANNELS[channel]
    values = {"instId": INSTRUMENT, "instType": "SPOT"}
    if channel in {"open-interest", "funding-rate"}:
        values["instId"] = SWAP
    if rules.topic is Topic.CONTRACTS:
        values["instType"] = "FUTURES" if channel == "estimated-price" else "SWAP"
    if rules.topic in {Topic.POSITIONS, Topic.WARNINGS}:
        values["instType"] = "SWAP"
    family = {"instFamily": INSTRUMENT} if "instFamily" in rules.optional and rules.topic is Topic.CONTRACTS else {}
    return {"channel": channel, **{name: values[name] for name in rules.required}, **family}


async def _follow_all(clients: Mapping[str, Client]) -> None:
    for channel, rules in CHANNELS.items():
        # One client may not have both deep books of an instrument.
        if rules.topic in ELSEWHERE or channel == "books-l2-tbt":
            continue
        client = clients[rules.endpoint]
        client.send({"op": "subscribe", "args": [_wanted(channel)]})


async def _live(house: House) -> None:
    """Something of everything that is pushed."""
    commands: list[Command] = [
        SetIndexPrice(instrument=QUIET, price=10_005),
        SetInstrumentState(instrument=BTC, state=InstrumentState.SUSPENDED),
    ]
    assert [outcome.rejection for outcome in await house.engine.submit_many(commands)] == [0, 0]
    await house.place(MAKER, SELL, 10_000, 40)
    await house.place(TRADER, BUY, 10_000, 4)
    await house.place(TRADER, BUY, 9_000, 4)
    await _live_contracts(house)
    house.services.maintenance.announce(Maintenance("Upgrade", MaintenanceState.SCHEDULED, 2, None, 1))


async def _live_contracts(house: House) -> None:
    """A warning, then a liquidation that empties a Security Fund, and a contract in its last minutes."""
    await list_dated(house, "QUIET-USDT-991230", 20)
    await leverage(house, TRADER, 10_000)
    await trade(house, 10_000, 10_000, margin_mode=ISOLATED)
    await index(house, 9_999)
    await index(house, 9_500)


async def _pushes(house: House) -> dict[str, Any]:
    """One push of each channel that has any; the last one, since it tells most."""
    found: dict[str, Any] = {}
    missing = {name for name, rules in CHANNELS.items() if rules.topic not in ELSEWHERE}
    async with (
        house.client(PUBLIC, TRADER) as public,
        house.client(PRIVATE, TRADER) as private,
        house.client(BUSINESS) as business,
        house.client(PUBLIC, TRADER) as deep,
    ):
        clients = {PUBLIC: public, PRIVATE: private, BUSINESS: business}
        await _follow_all(clients)
        deep.send({"op": "subscribe", "args": [_wanted("books-l2-tbt")]})
        await private.next_of("positions")
        await _live(house)
        await asyncio.sleep(1.5)
        for client in (*clients.values(), deep):
            while client.messages.qsize():
                message = await client.next()
                assert message.get("event") != "error", message
                if "data" in message:
                    found[message["arg"]["channel"]] = message
    assert missing <= set(found)
    return found


def _check_rows(name: str, push: dict[str, Any], documented: list[list[Any]]) -> None:
    uid = {"uid"} if CHANNELS[name].endpoint == PRIVATE else set()
    assert set(push["arg"]) == set(_wanted(name)) | uid, name
    row, columns = push["data"][0], [row[1] for row in documented if row[0] == 1]
    if isinstance(row, list):
        names = [column for column in columns if column in CANDLE_COLUMNS]
        assert len(row) == len(names), name
        assert all(isinstance(value, str) for value in row), name
        return
    keys = _below(documented, "data")
    assert set(row) - keys == MORE_KEYS.get(name, set()), name
    assert keys - set(row) == FEWER_KEYS.get(name, set()), name
    for parent, value in row.items():
        nested = _below(documented, parent)
        if nested and value and isinstance(value, list) and isinstance(value[0], dict):
            assert set(value[0]) == nested, (name, parent)


async def test_pushes_are_what_is_documented_and_what_a_strict_client_demands(
    futures: House, schemas: Any, structs: Any
) -> None:
    pushes = await _pushes(futures)
    for name, push in pushes.items():
        documented = schemas[documented_name(name)]
        # The documentation has the pushes of one channel where others have the answers.
        rows = documented["push"] or [row for row in documented["response"] if row[1] != "id"]
        _check_rows(name, push, rows)
        top = {row[1] for row in rows if row[0] == 0}
        optional = {"action"} if CHANNELS[name].topic is Topic.MARKET else {"eventType", "curPage", "lastPage"}
        assert set(push) - optional == top - optional, name
    for name, struct in STRICT:
        assert set(structs[struct]["required"]) <= set(pushes[name]["data"][0]), struct
    details = pushes["account"]["data"][0]["details"]
    assert set(structs["OKXBalanceDetail"]["required"]) <= set(details[0])
