"""What another leverage would change of a position in a pair: numbers by hand, and what setting it then does."""

from typing import Any

import pytest

from tests.edge.house import House
from tests.edge.test_collateral import has, mode
from tests.edge.test_margin_balance import borrow
from tests.edge.test_margin_cross import long
from tests.edge.test_margin_orders import place
from tests.edge.test_margin_positions import positions, worth

PAIR = {"instType": "MARGIN", "instId": "QUIET-USDT", "mgnMode": "isolated"}


async def estimate(house: House, **fields: object) -> Any:
    return await house.trader.get("account/adjust-leverage-info", **{**PAIR, "lever": "5", **fields})


async def loans(house: House, **fields: object) -> list[str]:
    asked = {"instId": "QUIET-USDT", "mgnMode": "isolated", "mgnCcy": "USDT", **fields}
    return [row["maxLoan"] for row in (await house.trader.get("account/max-loan", **asked)).data]


async def test_without_a_position_it_tells_what_may_be_borrowed(pooled: House) -> None:
    row = (await estimate(pooled, ccy="USDT")).row
    has(row, estMgn="0", estQuoteMgn="0", estAvailTrans="0", estAvailQuoteTrans="0", estLiqPx="", existOrd=False)
    has(row, minLever="1", maxLever="5")
    assert [row["estMaxAmt"], row["estQuoteMaxAmt"]] == await loans(pooled)
    assert (await place(pooled, sz="1", px="90")).refusal == "0"
    assert (await estimate(pooled, ccy="USDT")).row["existOrd"] is True


async def test_lower_leverage_borrows_less_once_money_is_short(pooled: House) -> None:
    """Of 20,000 USDT left, nearly 100,000 could be owed at 5, and 20,000 at 1; fees of 0.2 % stay."""
    body = {"ccy": "USDT", "amt": "980000", "from": "18", "to": "6"}
    assert (await pooled.trader.post("asset/transfer", body)).code == "0"
    five, one = [(await estimate(pooled, lever=lever, ccy="USDT")).row for lever in ("5", "1")]
    assert 98_000 < float(five["estQuoteMaxAmt"]) < 100_000
    assert 19_900 < float(one["estQuoteMaxAmt"]) < 20_000
    pair = {"instId": "QUIET-USDT", "mgnMode": "isolated", "lever": "1"}
    assert (await pooled.trader.post("account/set-leverage", pair)).code == "0"
    assert [one["estMaxAmt"], one["estQuoteMaxAmt"]] == await loans(pooled)


async def test_an_isolated_position(pooled: House) -> None:
    """39.96 QUIET at 110 stand on 3,000 USDT: 1,395.6 are its own, of which 600 are needed at 5, 1,500 at 2."""
    await borrow(pooled)
    await worth(pooled, 110)
    (held,) = await positions(pooled)
    row = (await estimate(pooled)).row
    # 795.6 over 110.
    has(row, estMgn="0", estQuoteMgn="600", estAvailTrans="7.23272727", estAvailQuoteTrans="0", estLiqPx=held["liqPx"])
    row = (await estimate(pooled, lever="2")).row
    has(row, estQuoteMgn="1500", estAvailTrans="0", estAvailQuoteTrans="0", maxLever="5")


async def test_a_cross_position(pooled: House) -> None:
    """4,000 USDT are owed in futures mode: 800 are needed at 5, 2,000 at 2."""
    await long(pooled)
    (held,) = await positions(pooled)
    most = (await pooled.trader.get("account/max-withdrawal", ccy="USDT")).row["maxWd"]
    row = (await estimate(pooled, mgnMode="cross", ccy="USDT")).row
    has(row, estMgn="0", estQuoteMgn="800", estAvailTrans="0", estAvailQuoteTrans=most, estLiqPx=held["liqPx"])
    row = (await estimate(pooled, mgnMode="cross", ccy="USDT", lever="2")).row
    has(row, estQuoteMgn="2000", estAvailQuoteTrans=str(float(most) - 1_200).rstrip("0").rstrip("."))
    row = (await estimate(pooled, mgnMode="cross", ccy="QUIET")).row
    has(row, estMgn="0", estQuoteMgn="0", estAvailTrans="0")


@pytest.mark.parametrize(
    ("level", "fields", "code"),
    [
        ("1", {}, "51010"),
        ("3", {"mgnMode": "cross"}, "51010"),
        ("2", {"mgnMode": "cross"}, "50014"),
        ("2", {"instId": ""}, "50014"),
        ("2", {"instId": "NONE"}, "51001"),
        ("2", {"instId": "BTC-USDT"}, "51010"),
        ("2", {"instId": "QUIET-USDT-SWAP"}, "51000"),
        ("2", {"posSide": "long"}, "51000"),
        ("2", {"lever": "0"}, "51000"),
        ("2", {"lever": "0.5"}, "59102"),
        ("2", {"lever": "5.01"}, "59102"),
        ("2", {"mgnMode": "cash"}, "51000"),
        ("2", {"ccy": "BTC"}, "51000"),
    ],
)
async def test_questions_that_are_refused(pooled: House, level: str, fields: dict[str, object], code: str) -> None:
    await mode(pooled, level)
    reply = await estimate(pooled, **fields)
    assert (reply.code, reply.data) == (code, [])
