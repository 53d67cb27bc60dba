"""What isolated positions in pairs do to balances, in the modes that have them."""

from typing import Any

import pytest

from lonja.core.kinds import Side
from tests.edge.house import House
from tests.edge.test_collateral import mode
from tests.edge.test_margin_orders import fund, place, rests


async def borrow(house: House) -> None:
    """Let the trader have 39.96 QUIET for 1,000 USDT of its own and 3,000 that it owes."""
    assert (await fund(house, "200")).code == "0"
    await rests(house, Side.SELL, 10_000, 40_000)
    assert (await place(house, sz="40", px="100")).refusal == "0"


async def details(house: House) -> dict[str, Any]:
    return {row["ccy"]: row for row in (await house.trader.get("account/balance")).row["details"]}


# 1,000,000 USDT, 10,000 QUIET at 100 and, in multi-currency mode, 10 BTC at 50,000.
@pytest.mark.parametrize("level", ["2", "3"])
async def test_what_is_borrowed_is_told_beside_what_is_owned(pooled: House, level: str) -> None:
    await mode(pooled, level)
    before = (await pooled.trader.get("account/balance")).row
    await borrow(pooled)
    row = (await pooled.trader.get("account/balance")).row
    found = await details(pooled)
    keys = ("cashBal", "eq", "isoEq", "isoLiab", "liab", "frozenBal")
    assert [found["USDT"][key] for key in keys] == ["999000", "996000", "-3000", "3000", "3000", "0"]
    assert [found["QUIET"][key] for key in keys] == ["10000", "10039.96", "39.96", "0", "0", "39.96"]
    # The fee of 0.04 QUIET is gone, the rest is worth what it was.
    assert float(row["totalEq"]) == float(before["totalEq"]) - 4
    assert float(row["isoEq"]) == 996
    risk = (await pooled.trader.get("account/account-position-risk")).row
    assert {balance["ccy"]: balance["eq"] for balance in risk["balData"]}["QUIET"] == "10039.96"


async def test_the_margin_that_comes_back_is_a_balance_again(pooled: House) -> None:
    before = (await pooled.trader.get("account/balance")).row
    await fund(pooled, "1000")
    assert (await details(pooled))["USDT"]["isoEq"] == "1000"
    assert (await fund(pooled, "1000", type="reduce")).code == "0"
    after = (await pooled.trader.get("account/balance")).row
    for row in (before, after):
        row.pop("uTime")
        for detail in row["details"]:
            detail.pop("uTime")
    assert after == before
