"""Pairs that are traded with borrowed money: as instruments, and the steps of what is lent."""

from typing import Any

import pytest

from lonja.core.collateral_commands import DefineMarginTier
from tests.edge.contract_trading import done
from tests.edge.house import QUIET_USDT, START_MS, House

UNIT = 10**8

MARGIN_ROW = {
    **dict.fromkeys(("seriesId", "uly", "instFamily", "settleCcy", "ctVal", "ctMult", "ctValCcy", "optType"), ""),
    **dict.fromkeys(("stk", "auctionEndTime", "contTdSwTime", "preMktSwTime", "openType", "expTime", "ctType"), ""),
    **dict.fromkeys(("maxLmtAmt", "alias"), ""),
    **dict.fromkeys(("maxLmtSz", "maxTwapSz", "maxIcebergSz", "maxTriggerSz"), "10000"),
    **dict.fromkeys(("maxMktSz", "maxMktAmt", "maxStopSz"), "1000000"),
    "instType": "MARGIN",
    "instId": "QUIET-USDT",
    "groupId": "1",
    "baseCcy": "QUIET",
    "quoteCcy": "USDT",
    "listTime": str(START_MS),
    "lever": "5",
    "tickSz": "0.01",
    "lotSz": "0.001",
    "minSz": "0.001",
    "state": "live",
    "ruleType": "normal",
    "instCategory": "1",
    "category": "1",
    "futureSettlement": False,
    "tradeQuoteCcyList": ["USDT"],
    "instIdCode": 10000,
    "upcChg": [],
}


async def step(house: House, number: int, base: int, quote: int, initial: int, maintenance: int) -> None:
    tier = DefineMarginTier(0, -1, 0, 0, QUIET_USDT, number, base * UNIT, quote * UNIT, initial, maintenance)
    await done(house, tier)


async def test_margin_rows_are_those_of_spot_with_leverage(pooled: House) -> None:
    assert (await pooled.get("public/instruments", instType="MARGIN")).data == [MARGIN_ROW]
    spot = {row["instId"]: row for row in (await pooled.get("public/instruments", instType="SPOT")).data}
    assert spot["QUIET-USDT"] == {**MARGIN_ROW, "instType": "SPOT"}
    assert spot["BTC-USDT"]["lever"] == ""
    own = (await pooled.trader.get("account/instruments", instType="MARGIN")).data
    assert [(row["instType"], row["instId"], row["lever"], row["elp"]) for row in own] == [
        ("MARGIN", "QUIET-USDT", "5", "0")
    ]
    asked: list[tuple[str, list[str]]] = [("QUIET-USDT", ["QUIET-USDT"]), ("BTC-USDT", []), ("QUIET-USDT-SWAP", [])]
    for name, found in asked:
        rows = (await pooled.get("public/instruments", instType="MARGIN", instId=name)).data
        assert [row["instId"] for row in rows] == found


async def test_new_tiers_show_at_once(pooled: House) -> None:
    await pooled.get("public/instruments", instType="MARGIN")
    await step(pooled, 1, 1_000, 100_000, 100_000, 50_000)
    assert (await pooled.get("public/instruments", instType="MARGIN")).row["lever"] == "10"


async def test_a_house_that_lends_nothing_has_no_margin(rest: House) -> None:
    assert (await rest.get("public/instruments", instType="MARGIN")).data == []
    assert (await rest.get("public/instruments", instType="SPOT", instId="QUIET-USDT")).row["lever"] == ""
    tiers = await rest.get("public/position-tiers", instType="MARGIN", tdMode="isolated", instId="QUIET-USDT")
    assert (tiers.code, tiers.data) == ("0", [])


async def test_fees_of_margin_are_those_of_spot(pooled: House) -> None:
    rates = {
        kind: (await pooled.trader.get("account/trade-fee", instType=kind, instId="QUIET-USDT")).row
        for kind in ("SPOT", "MARGIN")
    }
    assert rates["MARGIN"] == {**rates["SPOT"], "instType": "MARGIN"}


TIER = {"uly": "", "instFamily": "", "instId": "QUIET-USDT", "optMgnFactor": "0"}
FIRST = {**TIER, "tier": "1", "minSz": "0", "maxSz": "1000", "mmr": "0.05", "imr": "0.2", "maxLever": "5"}
SECOND = {**TIER, "tier": "2", "minSz": "1000.00000001", "maxSz": "3000", "mmr": "0.1", "imr": "0.333334"}
SECOND |= {"maxLever": "3"}
LENT = [
    {**FIRST, "quoteMaxLoan": "100000", "baseMaxLoan": "1000"},
    {**SECOND, "quoteMaxLoan": "300000", "baseMaxLoan": "3000"},
]
NOT_SAID = {"quoteMaxLoan": "", "baseMaxLoan": ""}
ACROSS = {**TIER, "instId": "", "tier": "1", "minSz": "0", "mmr": "0.03", "imr": "0.1", "maxLever": "10", **NOT_SAID}


@pytest.mark.parametrize(
    ("params", "rows"),
    [
        ({"tdMode": "isolated", "instId": "QUIET-USDT"}, LENT),
        ({"tdMode": "isolated", "instId": "QUIET-USDT", "ccy": "BTC"}, LENT),
        ({"tdMode": "isolated", "instId": "QUIET-USDT,BTC-USDT", "tier": "2"}, LENT[1:]),
        ({"tdMode": "cross", "instId": "QUIET-USDT"}, [{**FIRST, **NOT_SAID}, {**SECOND, **NOT_SAID}]),
        ({"tdMode": "cross", "ccy": "BTC"}, [{**ACROSS, "maxSz": "10"}]),
        ({"tdMode": "cross", "ccy": "USD"}, []),
        ({"tdMode": "isolated", "instId": "QUIET-USDT-SWAP"}, []),
    ],
)
async def test_steps_of_what_is_lent(pooled: House, params: dict[str, str], rows: list[dict[str, Any]]) -> None:
    await step(pooled, 2, 3_000, 300_000, 333_334, 100_000)
    assert (await pooled.get("public/position-tiers", instType="MARGIN", **params)).data == rows


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"tdMode": "cross"}, "50015"),
        ({"tdMode": "cash", "instId": "QUIET-USDT"}, "51000"),
        ({"tdMode": "isolated", "instId": "NONE-USDT"}, "51001"),
        ({"tdMode": "cross", "ccy": "NONE"}, "51012"),
        ({"tdMode": "cross", "ccy": "BTC", "tier": "x"}, "51000"),
    ],
)
async def test_questions_that_mean_nothing(pooled: House, params: dict[str, str], code: str) -> None:
    assert (await pooled.get("public/position-tiers", instType="MARGIN", **params)).code == code
