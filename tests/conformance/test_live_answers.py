"""Every operation that reads, asked of a running sandbox: its rows have the documented keys, of the documented kinds.

Which operations there are is read from the table, so a new one is checked without a change here.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from lonja.edge.rest.operation import Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.requests import fields_of
from tests.e2e.sandbox_process import SandboxProcess

GIVEN = {
    "instId": "BTC-USDT",
    "instType": "SPOT",
    "ccy": "USDT",
    "tdMode": "cash",
    "mgnMode": "cross",
    "type": "1",
    "ordType": "conditional",
    "index": "BTC-USD",
    "instFamily": "BTC-USD",
    "lever": "1",
    "acctLv": "1",
    "state": "canceled",
}
INSTEAD = {
    "GET /api/v5/market/history-trades": {"type": "1"},
    "GET /api/v5/market/index-components": {"index": "BTC-USDT"},
    "GET /api/v5/public/delivery-exercise-history": {"instType": "FUTURES"},
    "GET /api/v5/public/funding-rate": {"instId": "BTC-USDT-SWAP"},
    "GET /api/v5/public/funding-rate-history": {"instId": "BTC-USDT-SWAP"},
    "GET /api/v5/public/premium-history": {"instId": "BTC-USDT-SWAP"},
    "GET /api/v5/public/event-contract/events": {"seriesId": "RAIN"},
    "GET /api/v5/public/event-contract/markets": {"seriesId": "RAIN"},
    "GET /api/v5/public/instrument-tick-bands": {"instType": "OPTION"},
    "GET /api/v5/public/insurance-fund": {"instType": "MARGIN", "type": "regular_update"},
    "GET /api/v5/public/market-data-history": {"module": "1", "dateAggrType": "daily", "begin": "0", "end": "1"},
    "GET /api/v5/public/open-interest": {"instType": "SWAP"},
    "GET /api/v5/public/position-tiers": {"instType": "MARGIN", "tdMode": "cross"},
    "GET /api/v5/public/underlying": {"instType": "SWAP"},
    "GET /api/v5/rubik/stat/option/open-interest-volume-strike": {"expTime": "20231124"},
    "GET /api/v5/rubik/stat/taker-volume": {"ccy": "BTC"},
}
"""What is given to one operation and not to others."""
FILLED = {
    *("market/tickers", "market/ticker", "market/books", "market/books-full", "market/trades", "market/history-trades"),
    *("market/candles", "market/history-candles", "market/index-tickers", "market/index-candles"),
    *("market/history-index-candles", "market/mark-price-candles", "market/history-mark-price-candles"),
    *("market/index-components", "market/platform-24-volume", "market/exchange-rate"),
    *("public/instruments", "public/time", "public/price-limit", "public/mark-price", "public/funding-rate"),
    *("rubik/stat/trading-data/support-coin", "rubik/stat/taker-volume"),
    *("support/announcements", "support/announcement-types"),
}
"""Public operations that must have something to tell."""
LISTS = {"/api/v5/public/underlying"}
"""A list of names, however many."""
KINDS = {"string": str, "array": list, "object": dict, "boolean": bool}
# Documented as text and sent as a list, as its name says; no recorded answer at hand settles which is right.
OTHERWISE = {"settleCcyList"}
# What is refused here: what needs the id of something, or somebody, that is not there; and what spot mode does not have.
REFUSED = {"50014", "50015", "50062", "51003", "51010"}
READING = [operation for operation in OPERATIONS if operation.method == "GET"]


def wrong(documented: list[list[Any]], row: dict[str, Any]) -> list[str]:
    """What of the top level of a row is missing or of another kind; some pages leave a kind out."""
    found = []
    for depth, name, kind in documented:
        if depth or name in OTHERWISE:
            continue
        expected = next((KINDS[word] for word in KINDS if str(kind).lower().startswith(word)), object)
        if name not in row:
            found.append(f"{name} is missing")
        elif not isinstance(row[name], expected):
            found.append(f"{name} is {type(row[name]).__name__}, not {kind}")
    return found


def wrong_columns(documented: list[list[Any]], row: list[Any]) -> list[str]:
    """What of a row without keys is too much, too little or no text."""
    columns = [name for depth, name, _ in documented if depth == 0]
    if len(row) != len(columns):
        return [f"{len(row)} columns for {columns}"]
    return [f"{name} is no text" for name, value in zip(columns, row, strict=True) if not isinstance(value, str)]


@pytest.mark.parametrize("operation", READING, ids=lambda operation: operation.name)
def test_rows_are_as_documented(sandbox: SandboxProcess, shared_folder: Path, operation: Operation) -> None:
    path = shared_folder / "fixtures/okx-v5/derived/rest-schemas.json"
    schema = json.loads(path.read_text())["operations"].get(operation.name)
    if schema is None:
        pytest.skip("not documented")
    names = {row[1] for row in schema["request"] if row[0] == 0 and row[3] != "No"}
    names |= {field.name for field in fields_of(operation.request) if field.required or field.name == "instType"}
    names |= {field.name for field in fields_of(operation.request) if field.name in {"lever", "acctLv"}}
    asked = {name: GIVEN[name] for name in sorted(names & set(GIVEN))} | INSTEAD.get(operation.name, {})
    target = operation.path + ("?" + urlencode(asked) if asked else "")
    answer = sandbox.answer("GET", target, account=None if operation.permission is None else 0)
    assert set(answer) >= {"code", "msg", "data"}
    if answer["code"] in REFUSED:
        pytest.skip(f"refused here: {answer['code']} {answer['msg']}")
    assert answer["code"] == "0", answer
    assert isinstance(answer["data"], dict if operation.gives_one else list)
    rows = [answer["data"]] if operation.gives_one else answer["data"]
    assert rows or operation.path.removeprefix("/api/v5/") not in FILLED
    for row in rows:
        if isinstance(row, dict):
            assert wrong(schema["response"], row) == []
        elif operation.path not in LISTS:
            assert wrong_columns(schema["response"], row) == []
