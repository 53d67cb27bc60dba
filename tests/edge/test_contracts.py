"""Public questions about what does not exist: empty lists in the documented form, and wrong parameters told by name."""

import re
from pathlib import Path

import pytest

from lonja.edge.rest.operations import BY_PATH
from lonja.edge.wire import contracts
from tests.edge.house import House

SECTIONS = re.compile(r"/(market|public|rubik|support|system)/")
BTC = {"instId": "BTC-USDT"}
SWAP = {"instId": "BTC-USDT-SWAP"}


def test_every_documented_public_operation_exists(shared_folder: Path) -> None:
    text = (shared_folder / "reference/okx-v5-surface.md").read_text()
    listed = re.findall(r"^\| (GET|POST) \| `(/[^`]+)`", text, re.MULTILINE)
    public = [(method, f"/api/v5{path}") for method, path in listed if SECTIONS.match(path)]
    assert len(public) > 75
    assert [f"{method} {path}" for method, path in public if method not in BY_PATH.get(path, {})] == []


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("public/estimated-price", BTC),
        ("public/estimated-settlement-info", BTC),
        ("public/delivery-exercise-history", {"instType": "FUTURES", "instFamily": "BTC-USD"}),
        ("public/delivery-exercise-history", {"instType": "OPTION", "uly": "BTC-USD", "limit": "500"}),
        ("public/settlement-history", {"instFamily": "BTC-USD"}),
        ("public/funding-rate", {"instId": "ANY"}),
        ("public/open-interest", {"instType": "SWAP", "uly": "BTC-USDT", **SWAP}),
        ("public/position-tiers", {"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT"}),
        ("public/position-tiers", {"instType": "MARGIN", "tdMode": "isolated", **BTC}),
        ("public/position-tiers", {"instType": "MARGIN", "tdMode": "cross", "ccy": "BTC", "tier": "2"}),
        ("public/insurance-fund", {"instType": "MARGIN", "ccy": "USDT", "type": "regular_update"}),
        ("public/liquidation-orders", {"instType": "FUTURES", "mgnMode": "isolated"}),
        ("public/opt-summary", {"instFamily": "BTC-USD"}),
        ("public/opt-summary", {"uly": "BTC-USD", "expTime": "231229"}),
        ("public/option-trades", {"instFamily": "BTC-USD", "optType": "C"}),
        ("market/option/instrument-family-trades", {"instFamily": "BTC-USD"}),
        ("public/instrument-tick-bands", {"instType": "OPTION", "instFamily": "BTC-USD"}),
        ("public/discount-rate-interest-free-quota", {}),
        ("public/discount-rate-interest-free-quota", {"ccy": "BTC", "discountLv": "1"}),
        ("public/vip-interest-rate-loan-quota", {}),
        ("public/delta-hedge-currencies", {}),
        ("public/mm-instrument-types", {}),
        ("market/block-tickers", {"instType": "SPOT"}),
        ("market/block-ticker", BTC),
        ("market/block-trades", BTC),
        ("public/block-trades", BTC),
        ("market/call-auction-details", BTC),
        ("market/call-auction-detail", BTC),
        ("public/economic-calendar", {"region": "spain", "importance": "3"}),
        (
            "public/market-data-history",
            {"module": "1", "instType": "SPOT", "instIdList": "ANY", "dateAggrType": "daily", "begin": "0", "end": "1"},
        ),
        ("public/event-contract/series", {}),
        ("public/event-contract/events", {"seriesId": "RAIN", "state": "live"}),
        ("public/event-contract/markets", {"seriesId": "RAIN", "eventId": "RAIN-1", "limit": "10"}),
    ],
)
async def test_what_does_not_exist_is_an_empty_list(rest: House, path: str, asked: dict[str, str]) -> None:
    reply = await rest.get(path, **asked)
    assert (reply.status, reply.code, reply.data) == (200, "0", [])


async def test_empty_lists_inside_rows(rest: House) -> None:
    assert (await rest.get("public/underlying", instType="SWAP")).data == [[]]
    assert (await rest.get("public/interest-rate-loan-quota")).row == contracts.LOAN_QUOTA_ROW
    assert all(value == [] for value in contracts.LOAN_QUOTA_ROW.values())


FILES = {"module": "1", "instType": "SPOT", "dateAggrType": "daily", "begin": "0", "end": "1"}
TIERS = {"instType": "MARGIN", "tdMode": "cross"}


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("public/estimated-price", {}, "50014"),
        ("public/estimated-price", SWAP, "51001"),
        ("public/estimated-settlement-info", SWAP, "51001"),
        ("public/delivery-exercise-history", {"instType": "FUTURES"}, "50015"),
        ("public/delivery-exercise-history", {"instType": "SPOT", "instFamily": "BTC-USD"}, "51000"),
        ("public/delivery-exercise-history", {"instType": "OPTION", "uly": "BTC-USD", "limit": "x"}, "51000"),
        ("public/settlement-history", {}, "50014"),
        ("public/settlement-history", {"instFamily": "BTC-USD", "before": "x"}, "51000"),
        ("public/funding-rate", {}, "50014"),
        ("public/funding-rate", SWAP, "51001"),
        # Pairs have no funding.
        ("public/funding-rate", BTC, "51001"),
        ("public/funding-rate-history", {**BTC, "limit": "400"}, "51001"),
        ("public/premium-history", {**BTC, "after": "1700000000000"}, "51001"),
        ("public/funding-rate-history", SWAP, "51001"),
        ("public/funding-rate-history", {**BTC, "limit": "0"}, "51000"),
        ("public/premium-history", {**BTC, "after": "-1"}, "51000"),
        ("public/open-interest", {}, "50014"),
        ("public/open-interest", {"instType": "SPOT"}, "51000"),
        ("public/underlying", {"instType": "MARGIN"}, "51000"),
        ("public/position-tiers", {"instType": "MARGIN"}, "50014"),
        ("public/position-tiers", {**TIERS, "instType": "SPOT"}, "51000"),
        ("public/position-tiers", {**TIERS, "tdMode": "cash"}, "51000"),
        ("public/position-tiers", {**TIERS, "instId": "BTC-USDT,BTC-EUR"}, "51001"),
        ("public/position-tiers", {**TIERS, "ccy": "NONE"}, "51012"),
        ("public/position-tiers", {**TIERS, "tier": "first"}, "51000"),
        ("public/insurance-fund", {"instType": "SPOT"}, "51000"),
        ("public/insurance-fund", {"instType": "MARGIN", "type": "loss"}, "51000"),
        ("public/insurance-fund", {"instType": "MARGIN", "ccy": "NONE"}, "51012"),
        ("public/liquidation-orders", {}, "50014"),
        ("public/liquidation-orders", {"instType": "SWAP", "mgnMode": "cash"}, "51000"),
        ("public/opt-summary", {}, "50015"),
        ("public/opt-summary", {"uly": "BTC-USD", "expTime": "December"}, "51000"),
        ("public/option-trades", {}, "50015"),
        ("public/option-trades", SWAP, "51001"),
        ("public/option-trades", {"instFamily": "BTC-USD", "optType": "call"}, "51000"),
        ("market/option/instrument-family-trades", {}, "50014"),
        ("public/instrument-tick-bands", {"instType": "SPOT"}, "51000"),
        ("public/discount-rate-interest-free-quota", {"ccy": "NONE"}, "51012"),
        ("public/discount-rate-interest-free-quota", {"discountLv": "9"}, "51000"),
        ("public/convert-contract-coin", {"sz": "1"}, "50014"),
        ("public/convert-contract-coin", {**SWAP, "sz": "1", "type": "3"}, "51000"),
        ("public/convert-contract-coin", {**SWAP, "sz": "-1"}, "51000"),
        ("public/convert-contract-coin", {**SWAP, "sz": "1", "px": "1e3"}, "51000"),
        ("public/convert-contract-coin", {**SWAP, "sz": "1", "unit": "lots"}, "51000"),
        ("public/convert-contract-coin", {**SWAP, "sz": "1", "opType": "keep"}, "51000"),
        ("public/convert-contract-coin", {**SWAP, "sz": "1", "px": "30000"}, "51001"),
        ("public/convert-contract-coin", {**BTC, "sz": "1", "px": "30000"}, "51000"),
        ("market/block-tickers", {}, "50014"),
        ("market/block-tickers", {"instType": "MARGIN"}, "51000"),
        ("market/block-ticker", SWAP, "51001"),
        ("public/block-trades", SWAP, "51001"),
        ("market/call-auction-details", SWAP, "51001"),
        ("market/sprd-ticker", {}, "50014"),
        ("market/sprd-ticker", {"sprdId": "BTC-USDT_BTC-USDT-SWAP"}, "51000"),
        ("market/sprd-candles", {"sprdId": "BTC-USDT_BTC-USDT-SWAP"}, "51000"),
        ("market/sprd-history-candles", {"sprdId": "BTC-USDT_BTC-USDT-SWAP", "bar": "7m"}, "51000"),
        ("public/economic-calendar", {"importance": "4"}, "51000"),
        ("public/economic-calendar", {"before": "x"}, "51000"),
        ("public/market-data-history", {**FILES, "module": "candles"}, "51000"),
        ("public/market-data-history", {**FILES, "instType": "MARGIN"}, "51000"),
        ("public/market-data-history", {**FILES, "dateAggrType": "hourly"}, "51000"),
        ("public/market-data-history", {**FILES, "end": ""}, "50014"),
        ("public/market-data-history", {**FILES, "begin": "May"}, "51000"),
        ("public/event-contract/events", {}, "50014"),
        ("public/event-contract/events", {"seriesId": "RAIN", "state": "open"}, "51000"),
        ("public/event-contract/markets", {"seriesId": "RAIN", "limit": "-1"}, "51000"),
    ],
)
async def test_what_is_refused(rest: House, path: str, asked: dict[str, str], code: str) -> None:
    reply = await rest.get(path, **asked)
    assert (reply.code, reply.data) == (code, [])
