"""Positions in pairs as rows: held, beside balances, ended; exact to the last decimal."""

from typing import Any

import pytest

from lonja.core.collateral_commands import AccrueInterest, SetCurrencyPrice
from lonja.core.kinds import Side
from lonja.primitives.instant import HOUR_MS
from tests.edge.contract_trading import done
from tests.edge.house import QUIET, START_MS, USDT, House
from tests.edge.test_margin_balance import borrow
from tests.edge.test_margin_orders import fund, place, rests

EMPTY = [
    "hedgedPos",
    "nonSettleAvgPx",
    "imr",
    "optVal",
    "adl",
    "deltaBS",
    "deltaPA",
    "gammaBS",
    "gammaPA",
    "thetaBS",
    "thetaPA",
    "vegaBS",
    "vegaPA",
    "spotInUseAmt",
    "spotInUseCcy",
    "clSpotInUseAmt",
    "maxSpotInUseAmt",
    "bizRefId",
    "bizRefType",
    "settledPnl",
]

# 40 QUIET for 4,000 USDT, of which 3,000 are owed; the fee of 0.04 QUIET is gone, and QUIET is worth 110 now.
LONG = {
    **dict.fromkeys(EMPTY, ""),
    **dict.fromkeys(("interest", "baseInterest", "quoteInterest", "baseBorrowed", "quoteBal", "fundingFee"), "0"),
    **dict.fromkeys(("pnl", "liqPenalty"), "0"),
    # One that is offered at 120.
    "pendingCloseOrdLiabVal": "120",
    "closeOrderAlgo": [],
    "instType": "MARGIN",
    "instId": "QUIET-USDT",
    "mgnMode": "isolated",
    "posSide": "net",
    "pos": "39.96",
    "posCcy": "QUIET",
    "availPos": "38.96",
    "liab": "-3000",
    "liabCcy": "USDT",
    "ccy": "USDT",
    "baseBal": "39.96",
    "quoteBorrowed": "3000",
    "avgPx": "100",
    "markPx": "110",
    "last": "100",
    "idxPx": "100",
    "upl": "400",
    # A fifth of 4,000.
    "uplRatio": "0.5",
    "uplLastPx": "0",
    "uplRatioLastPx": "0",
    "lever": "5",
    # 3,000 and 5.1 % of it, over 39.96.
    "liqPx": "78.9039039039",
    # 39.96 at 110 less 3,000 are 1,395.6, of which 400 were gained.
    "margin": "995.6",
    # Over 5.1 % of 3,000.
    "mgnRatio": "9.121568",
    "mmr": "153",
    "notionalUsd": "4400",
    "usdPx": "1",
    # 4,004 over 40 and 99.9 %.
    "bePx": "100.2002002002",
    "realizedPnl": "-4",
    "fee": "-4",
    "tradeId": "100000001",
    "cTime": str(START_MS),
    "uTime": str(START_MS),
}


async def positions(house: House, **params: object) -> Any:
    return (await house.trader.get("account/positions", **params)).data


async def worth(house: House, price: int) -> None:
    await done(house, SetCurrencyPrice(currency=QUIET, price=price * 10**12))


async def test_a_long(pooled: House) -> None:
    await borrow(pooled)
    assert (await place(pooled, side="sell", sz="1", px="120", reduceOnly=True)).refusal == "0"
    await worth(pooled, 110)
    (row,) = await positions(pooled)
    position_id = row.pop("posId")
    assert row == LONG
    for params in ({"instType": "MARGIN"}, {"instId": "QUIET-USDT"}, {"posId": position_id}):
        assert len(await positions(pooled, **params)) == 1
    for other in ({"instType": "SWAP"}, {"instId": "BTC-USDT"}, {"posId": "1000000000000000000"}):
        assert await positions(pooled, **other) == []
    assert (await pooled.other.get("account/positions", posId=position_id)).data == []


async def test_a_short(pooled: House) -> None:
    await fund(pooled, "200")
    await rests(pooled, Side.BUY, 10_000, 40_000)
    assert (await place(pooled, side="sell", sz="40", px="100")).refusal == "0"
    await done(pooled, AccrueInterest(currency=QUIET, rate=10**10, hour_ms=0))
    (row,) = await positions(pooled)
    wanted = {
        "pos": "4996", "posCcy": "USDT", "liab": "-40.4", "liabCcy": "QUIET", "baseBorrowed": "40.4", "quoteBal": "4996",
        "avgPx": "100", "upl": "0", "lever": "5", "mmr": "206.04", "fee": "-4", "margin": "956",
        # 4,996 over 40.4 and 105.1 %.
        "liqPx": "117.6625750111", "bePx": "99.8001998002",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("opened", "closing", "told"),
    [
        ("buy", [("sell", "2", "110"), ("sell", "3", "120"), ("buy", "1", "90")], "580"),
        ("buy", [("sell", "39", "120")], "3000"),
        ("sell", [("buy", "2", "80"), ("buy", "0.5", "90"), ("sell", "1", "110")], "2.5"),
        ("sell", [("buy", "60", "80")], "40"),
    ],
)
async def test_what_orders_that_close_would_pay_of_the_debt(
    pooled: House, opened: str, closing: list[tuple[str, str, str]], told: str
) -> None:
    await fund(pooled, "200")
    await rests(pooled, Side.SELL if opened == "buy" else Side.BUY, 10_000, 40_000)
    assert (await place(pooled, side=opened, sz="40", px="100")).refusal == "0"
    for side, size, price in closing:
        assert (await place(pooled, side=side, sz=size, px=price, ccy="USDT")).refusal == "0"
    (row,) = await positions(pooled)
    assert row["pendingCloseOrdLiabVal"] == told


async def test_positions_beside_balances(pooled: House) -> None:
    await borrow(pooled)
    for params in ({}, {"instType": "MARGIN"}):
        risk = (await pooled.trader.get("account/account-position-risk", **params)).row
        (row,) = risk["posData"]
        row.pop("posId")
        assert row == {
            "instType": "MARGIN", "mgnMode": "isolated", "instId": "QUIET-USDT", "pos": "39.96", "baseBal": "39.96",
            "quoteBal": "-3000", "posSide": "net", "posCcy": "QUIET", "ccy": "USDT", "notionalCcy": "40",
            "notionalUsd": "4000",
        }  # fmt: skip
    assert (await pooled.trader.get("account/account-position-risk", instType="SWAP")).row["posData"] == []


async def test_a_position_that_ended_is_told(pooled: House) -> None:
    await borrow(pooled)
    (held,) = await positions(pooled)
    pooled.clock.advance_ms(1)
    await rests(pooled, Side.BUY, 11_000, 40_000)
    assert (await place(pooled, side="sell", sz="39.96", px="110")).refusal == "0"
    assert await positions(pooled) == []
    (kept,) = await positions(pooled, posId=held["posId"])
    assert (kept["pos"], kept["posCcy"], kept["liab"]) == ("0", "", "0")
    get = pooled.trader.get
    (row,) = (await get("account/positions-history", instType="MARGIN")).data
    assert row == {
        "instType": "MARGIN", "instId": "QUIET-USDT", "mgnMode": "isolated", "type": "2", "cTime": str(START_MS),
        "uTime": str(START_MS + 1), "openAvgPx": "100", "nonSettleAvgPx": "", "closeAvgPx": "110",
        "posId": held["posId"], "openMaxPos": "40", "closeTotalPos": "39.96", "settledPnl": "",
        # 399.6 were gained; fees are 4 and 0.1 % of 4,395.6.
        "realizedPnl": "391.2044", "pnlRatio": "0.4890055", "fee": "-8.3956", "fundingFee": "0", "liqPenalty": "0",
        "pnl": "399.6", "posSide": "net", "lever": "5", "direction": "long", "triggerPx": "", "uly": "QUIET-USDT",
        "ccy": "USDT",
    }  # fmt: skip
    asked: list[tuple[dict[str, object], int]] = [
        ({"posId": held["posId"]}, 1), ({"mgnMode": "isolated"}, 1), ({"mgnMode": "cross"}, 0), ({"type": "2"}, 1),
        ({"type": "3"}, 0), ({"instType": "SWAP"}, 0),
    ]  # fmt: skip
    for params, count in asked:
        assert len((await get("account/positions-history", **params)).data) == count
    assert (await pooled.other.get("account/positions-history", posId=held["posId"])).data == []


async def test_a_liquidation_ends_a_position(pooled: House) -> None:
    await borrow(pooled)
    await worth(pooled, 78)
    assert await positions(pooled) == []
    row = (await pooled.trader.get("account/positions-history", instType="MARGIN")).row
    assert (row["type"], row["closeAvgPx"], row["triggerPx"], row["pnl"]) == ("3", "78", "78", "-880")
    # 2 % on top of what is repaid, and what is taken is rounded up.
    assert row["liqPenalty"] == "-60.00000072"
    bills = (await pooled.trader.get("account/bills", instType="MARGIN", type="4")).data
    assert [(bill["subType"], bill["ccy"], bill["posBalChg"], bill["balChg"]) for bill in bills] == [
        ("114", "USDT", "3000", "0"),
        ("115", "QUIET", "-39.23076924", "0"),
    ]


async def test_a_liquidation_stands_among_orders_and_fills(pooled: House) -> None:
    await borrow(pooled)
    await worth(pooled, 78)
    get = pooled.trader.get
    for category, count in (("full_liquidation", 1), ("partial_liquidation", 0), ("normal", 1)):
        rows = (await get("trade/orders-history", instType="MARGIN", category=category)).data
        assert len(rows) == count, category
    (row,) = (await get("trade/orders-history", instType="MARGIN", category="full_liquidation")).data
    wanted = {
        "instType": "MARGIN", "tdMode": "isolated", "side": "sell", "ordType": "market", "sz": "40", "avgPx": "78",
        "state": "filled", "reduceOnly": "true", "category": "full_liquidation",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    (fill, _) = (await get("trade/fills", instType="MARGIN")).data
    assert (fill["ordId"], fill["fillPx"], fill["fillPnl"]) == (row["ordId"], "78", "-880")
    assert (await get("trade/order", instId="QUIET-USDT", ordId=row["ordId"])).row == row


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 1),
        ({"state": "filled"}, 1),
        ({"state": "unfilled"}, 0),
        ({"mgnMode": "isolated"}, 1),
        ({"mgnMode": "cross"}, 0),
        ({"instId": "QUIET-USDT"}, 1),
        ({"instId": "BTC-USDT"}, 0),
        ({"ccy": "QUIET"}, 1),
        ({"ccy": "USDT"}, 0),
        ({"instFamily": "QUIET-USDT"}, 0),
        ({"after": str(START_MS)}, 0),
        ({"after": str(START_MS + 1)}, 1),
        ({"before": str(START_MS)}, 0),
        ({"before": str(START_MS - 1)}, 1),
        ({"instType": "SWAP"}, 0),
    ],
)
async def test_everybody_is_told_of_liquidations(pooled: House, asked: dict[str, str], count: int) -> None:
    await borrow(pooled)
    await worth(pooled, 78)
    rows = (await pooled.get("public/liquidation-orders", **({"instType": "MARGIN"} | asked))).data
    assert len(rows) == count
    for row in rows:
        assert (row["instType"], row["instId"], row["uly"], row["totalLoss"]) == ("MARGIN", "QUIET-USDT", "", "")
        assert row["details"] == [
            {
                "side": "sell", "posSide": "net", "bkPx": "78", "sz": "40", "bkLoss": "", "ccy": "QUIET",
                "ts": str(START_MS),
            }
        ]  # fmt: skip


async def test_interest_and_debts_of_an_isolated_position(pooled: House) -> None:
    await borrow(pooled)
    pooled.clock.advance_ms(HOUR_MS)
    hour = pooled.clock.now_ms() // HOUR_MS * HOUR_MS
    await done(pooled, AccrueInterest(currency=USDT, rate=10**7, hour_ms=hour))
    asked: list[tuple[dict[str, Any], int]] = [
        ({}, 1),
        ({"mgnMode": "isolated"}, 1),
        ({"mgnMode": "cross"}, 0),
        ({"instId": "QUIET-USDT"}, 1),
        ({"instId": "BTC-USDT"}, 0),
        ({"ccy": "USDT"}, 1),
        ({"ccy": "QUIET"}, 0),
    ]
    for params, count in asked:
        rows = (await pooled.trader.get("account/interest-accrued", **params)).data
        told = [tuple(row[name] for name in ("instId", "mgnMode", "ccy", "liab", "interest")) for row in rows]
        assert told == [("QUIET-USDT", "isolated", "USDT", "3000", "0.03")][:count]
    row = (await pooled.trader.get("account/interest-limits")).row
    assert (row["debt"], row["nextInterestTime"]) == ("3000.03", str(hour + HOUR_MS))
    # What a position may borrow is told by tiers.
    assert {record["usedLmt"] for record in row["records"]} == {"0"}
    assert (await pooled.other.get("account/interest-limits")).row["debt"] == "0"


async def test_an_isolated_position_stands_in_the_way_of_modes(pooled: House) -> None:
    await borrow(pooled)
    (held,) = await positions(pooled)
    row = (await pooled.trader.get("account/set-account-switch-precheck", acctLv="1")).row
    told = [(block["type"], block["posList"]) for block in row["unmatchedInfoCheck"]]
    assert told == [("isolated_margin", [held["posId"]])]
    assert (await pooled.trader.post("account/set-account-level", {"acctLv": "1"})).code != "0"


@pytest.mark.parametrize("fields", [{"ccy": "USDT"}, {"ccy": "QUIET"}, {"side": "sell", "px": "120", "sz": "60"}])
async def test_margin_that_goes_back_with_another_order_ends_no_position(pooled: House, fields: dict[str, str]) -> None:
    await borrow(pooled)
    (before,) = await positions(pooled)
    other = (await place(pooled, **{"sz": "10", "px": "90", **fields})).row
    assert other["sCode"] == "0"
    await pooled.trader.post("trade/cancel-order", {"instId": "QUIET-USDT", "ordId": other["ordId"]})
    assert await positions(pooled) == [before]
    assert (await pooled.trader.get("account/positions-history", instType="MARGIN")).data == []


async def test_what_was_put_aside_is_no_position(pooled: House) -> None:
    await fund(pooled, "1000")
    assert await positions(pooled) == []
