"""What is lent: rates, limits, loans by hand, interest, and how currencies count as collateral."""

from decimal import Decimal
from typing import Any

import pytest

from lonja.core.collateral_commands import AccrueInterest, DefineBorrowTerms
from tests.edge.contract_trading import done
from tests.edge.house import QUIET, START_MS, House
from tests.edge.test_collateral import borrows, has

HOUR = 3_600_000
UNIT = 10**8


async def loan(house: House, side: str, amount: str, currency: str = "QUIET") -> Any:
    body = {"ccy": currency, "side": side, "amt": amount}
    return await house.trader.post("account/spot-manual-borrow-repay", body)


async def accrue(house: House, hours: int = 1) -> None:
    """Interest of 0.001 % for each hour."""
    for _ in range(hours):
        house.clock.advance_ms(HOUR)
        hour = house.clock.now_ms() // HOUR * HOUR
        await done(house, AccrueInterest(currency=QUIET, rate=10**7, hour_ms=hour))


async def test_a_loan_is_taken_and_given_back(pooled: House) -> None:
    assert (await loan(pooled, "borrow", "100")).row == {"ccy": "QUIET", "side": "borrow", "amt": "100"}
    pooled.clock.advance_ms(1)
    assert (
        await pooled.trader.post("account/borrow-repay", {"ccy": "QUIET", "side": "repay", "amt": "40"})
    ).code == "0"
    rows = (await pooled.trader.get("account/spot-borrow-repay-history")).data
    assert [(row["ccy"], row["type"], row["amt"], row["accBorrowed"], row["ts"]) for row in rows] == [
        ("QUIET", "manual_repay", "40", "60", str(START_MS + 1)),
        ("QUIET", "manual_borrow", "100", "100", str(START_MS)),
    ]
    get = pooled.trader.get
    asked: list[tuple[dict[str, Any], int]] = [
        ({"type": "manual_repay"}, 1),
        ({"type": "auto_borrow"}, 0),
        ({"ccy": "BTC"}, 0),
        ({"after": START_MS + 1}, 1),
        ({"before": START_MS}, 1),
        ({"limit": 1}, 1),
    ]
    for params, count in asked:
        assert len((await get("account/spot-borrow-repay-history", **params)).data) == count
    bills = (await get("account/bills", type="16")).data + (await get("account/bills", type="22")).data
    assert [(bill["subType"], bill["balChg"], bill["bal"]) for bill in bills] == [
        ("306", "100", "10100"),
        ("308", "-40", "10060"),
    ]


@pytest.mark.parametrize(
    ("side", "amount", "currency", "code"),
    [
        ("borrow", "1000.00000001", "QUIET", "59412"),
        ("borrow", "1", "USD", "59410"),
        ("repay", "1", "BTC", "59413"),
        ("repay", "101", "QUIET", "51000"),
        ("repay", "100", "QUIET", "59200"),
        ("repay", "-1", "QUIET", "51000"),
        ("lend", "1", "QUIET", "51000"),
        ("borrow", "1", "NONE", "51012"),
    ],
)
async def test_loans_that_are_refused(pooled: House, side: str, amount: str, currency: str, code: str) -> None:
    await loan(pooled, "borrow", "100")
    for size in ("10000", "50"):
        assert (await pooled.trader.place(tdMode="cross", side="sell", px="101", sz=size)).code == "0"
    before = pooled.balances()
    assert (await loan(pooled, side, amount, currency)).code == code
    assert pooled.balances() == before


async def test_loans_need_free_margin(pooled: House) -> None:
    for currency in ("USDT", "QUIET", "BTC"):
        held = (await pooled.trader.get("account/max-withdrawal", ccy=currency)).row["maxWd"]
        amount = {"USDT": "999980"}.get(currency, held)
        body = {"ccy": currency, "amt": amount, "from": "18", "to": "6"}
        assert (await pooled.trader.post("asset/transfer", body)).code == "0"
    assert (await loan(pooled, "borrow", "1")).code == "0"
    # Equity of 20 USDT pays 10 % of 200; what lies in the account unspent needs no margin.
    rows = (await pooled.trader.get("account/max-loan", ccy="BTC", mgnMode="cross")).data
    assert rows[0]["maxLoan"] == "0.004"
    assert (await loan(pooled, "borrow", "2.00000001")).code == "59411"
    assert (await loan(pooled, "borrow", "2")).code == "0"


async def test_other_modes_borrow_nothing(futures: House) -> None:
    for side, code in (("borrow", "59410"), ("repay", "59413")):
        assert (await loan(futures, side, "1")).code == code
    assert (await futures.trader.get("account/interest-rate")).data == []


async def test_what_may_be_borrowed_can_be_borrowed(pooled: House) -> None:
    get = pooled.trader.get
    rows = (await get("account/max-loan", instId="QUIET-USDT,BTC-USDT", mgnMode="cross")).data
    assert [(row["instId"], row["side"], row["ccy"], row["maxLoan"]) for row in rows] == [
        ("QUIET-USDT", "sell", "QUIET", "1000"),
        ("QUIET-USDT", "buy", "USDT", "100000"),
        ("BTC-USDT", "sell", "BTC", "10"),
        ("BTC-USDT", "buy", "USDT", "100000"),
    ]
    assert (await get("account/max-loan", ccy="USD", mgnMode="cross")).row["maxLoan"] == "0"
    assert (await get("account/max-loan", ccy="BTC", mgnMode="isolated")).row["maxLoan"] == "0"
    assert (await loan(pooled, "borrow", "1000")).code == "0"
    assert (await get("account/max-loan", ccy="QUIET", mgnMode="cross")).row["maxLoan"] == "0"
    assert (await loan(pooled, "borrow", "0.00000001")).code == "59412"


async def test_borrowed_money_stays(pooled: House) -> None:
    await loan(pooled, "borrow", "100")
    rows = (await pooled.trader.get("account/max-withdrawal", ccy="QUIET")).data
    assert [(row["maxWd"], row["maxWdEx"]) for row in rows] == [("10000", "10000")]
    body = {"ccy": "QUIET", "from": "18", "to": "6"}
    assert (await pooled.trader.post("asset/transfer", body | {"amt": "10000.1"})).code == "58350"
    assert (await pooled.trader.post("asset/transfer", body | {"amt": "10000"})).code == "0"


async def test_interest_is_told_by_the_hour(pooled: House) -> None:
    await loan(pooled, "borrow", "100")
    await accrue(pooled, 3)
    get = pooled.trader.get
    rows = (await get("account/interest-accrued")).data
    assert len(rows) == 3
    newest = pooled.clock.now_ms() // HOUR * HOUR
    has(rows[0], type="2", ccy="QUIET", instId="", mgnMode="cross", interest="0.001", interestRate="0.00001")
    has(rows[0], liab="100", totalLiab="100", interestFreeLiab="0", ts=str(newest))
    asked: list[tuple[dict[str, Any], int]] = [
        ({"type": "1"}, 0),
        ({"ccy": "BTC"}, 0),
        ({"mgnMode": "isolated"}, 0),
        ({"instId": "QUIET-USDT"}, 0),
        ({"after": newest}, 2),
        ({"before": newest - HOUR}, 1),
        ({"limit": 2}, 2),
    ]
    for params, count in asked:
        assert len((await get("account/interest-accrued", **params)).data) == count
    assert (await pooled.other.get("account/interest-accrued")).data == []
    bills = (await get("account/bills", type="7")).data
    assert [(bill["subType"], bill["balChg"], bill["interest"]) for bill in bills] == [("9", "-0.001", "-0.001")] * 3


async def test_rates_are_told_by_the_hour_and_by_the_day(pooled: House) -> None:
    rates = {row["ccy"]: row["interestRate"] for row in (await pooled.trader.get("account/interest-rate")).data}
    # 8.76 and 10 % a year.
    assert (rates["USDT"], rates["QUIET"]) == ("0.00001", "0.000011415525")
    assert [row["ccy"] for row in (await pooled.trader.get("account/interest-rate", ccy="BTC")).data] == ["BTC"]
    row = (await pooled.get("public/interest-rate-loan-quota")).row
    has(row, vip=[], configCcyList=[], config=[])
    assert {"ccy": "USDT", "rate": "0.00024", "quota": "100000"} in row["basic"]
    by_level = (await pooled.get("public/vip-interest-rate-loan-quota")).data
    assert {"ccy": "USDT", "rate": "0.00024", "levelList": [{"level": "Lv1", "loanQuota": "100000"}]} in by_level


async def test_limits_tell_what_is_used(pooled: House) -> None:
    await borrows(pooled, on=True)
    for size in ("10000", "100"):
        assert (await pooled.trader.place(tdMode="cross", side="sell", px="101", sz=size)).code == "0"
    row = (await pooled.trader.get("account/interest-limits", ccy="QUIET")).row
    due = str((START_MS // HOUR + 1) * HOUR)
    has(row, debt="0", interest="0", nextDiscountTime=due, nextInterestTime=due, loanAlloc="")
    (record,) = row["records"]
    has(record, ccy="QUIET", loanQuota="1000", usedLmt="100", surplusLmt="900", potentialBorrowingAmt="100")
    has(record, interest="0", interestFreeLiab="0", rate="0.000273972602")
    for size in ("8000", "2100"):
        assert (await pooled.other.place(tdMode="cross", side="buy", px="101", sz=size)).code in ("0", "1")
    assert len((await pooled.trader.get("account/interest-limits")).row["records"]) == 3
    assert (await pooled.trader.get("account/interest-limits", type="1")).row["records"] == []


async def test_collateral_counts_by_tiers(pooled: House) -> None:
    await done(pooled, DefineBorrowTerms(0, -1, 0, 0, QUIET, 1_000 * UNIT, 100_000, 30_000, 20_000, 5 * UNIT))
    row = (await pooled.get("public/discount-rate-interest-free-quota", ccy="QUIET")).row
    has(row, ccy="QUIET", amt="5", minDiscountRate="0.5", discountLv="", colRes="0", collateralRestrict=False)
    assert row["details"] == [
        {"tier": "1", "minAmt": "0", "maxAmt": "10000", "discountRate": "0.9", "liqPenaltyRate": "0.02"}
        | {"disCcyEq": "9000"},
        {"tier": "2", "minAmt": "10000", "maxAmt": "1000000", "discountRate": "0.5", "liqPenaltyRate": "0.02"}
        | {"disCcyEq": "504000"},
    ]
    assert len((await pooled.get("public/discount-rate-interest-free-quota")).data) == 3
    assets = (await pooled.trader.get("account/collateral-assets")).data
    assert assets == [{"ccy": name, "collateralEnabled": True} for name in ("USDT", "QUIET", "BTC")]
    assert (await pooled.trader.get("account/collateral-assets", collateralEnabled="false")).data == []


async def test_with_auto_borrow_more_is_available_than_there_is(pooled: House) -> None:
    get, names = pooled.trader.get, {"instId": "QUIET-USDT", "tdMode": "cross"}
    has((await get("account/max-avail-size", **names)).row, availBuy="1000000", availSell="10000")
    await borrows(pooled, on=True)
    has((await get("account/max-avail-size", **names)).row, availBuy="1100000", availSell="11000")
    has((await get("account/max-size", **names, px="110")).row, maxBuy="10000", maxSell="10000")
    for size in ("10000", "900"):
        assert (await pooled.trader.place(tdMode="cross", side="sell", px="101", sz=size)).code == "0"
    has((await get("account/max-size", **names, px="110")).row, maxBuy="10000", maxSell="100")
    assert (await pooled.trader.place(tdMode="cross", side="sell", px="101", sz="100.001")).refusal == "51008"
    assert (await pooled.trader.place(tdMode="cross", side="sell", px="101", sz="100")).code == "0"
    has((await get("account/max-avail-size", **names)).row, availSell="0")
    for trade_mode, code in (("cash", "51000"), ("isolated", "0"), ("none", "51000")):
        assert (await get("account/max-avail-size", instId="QUIET-USDT", tdMode=trade_mode)).code == code


@pytest.mark.parametrize("side", ["buy", "sell"])
async def test_no_more_is_available_than_an_order_may_give(pooled: House, side: str) -> None:
    """Where a hundred USDT are all the collateral there is, it bounds what is borrowed long before the limits."""
    house, unit = pooled, 1 if side == "sell" else 100
    await borrows(house, on=True)
    for currency, amount in (("USDT", "999900"), ("QUIET", "10000"), ("BTC", "10")):
        moved = {"ccy": currency, "amt": amount, "from": "18", "to": "6"}
        assert (await house.trader.post("asset/transfer", moved)).code == "0"
    ask = {"instId": "QUIET-USDT", "tdMode": "cross"}
    told = Decimal((await house.trader.get("account/max-avail-size", **ask)).row[f"avail{side.title()}"])
    most = Decimal((await house.trader.get("account/max-size", **ask)).row[f"max{side.title()}"])
    assert told == most * unit
    assert 0 < most < 100
    order = {"tdMode": "cross", "side": side, "px": "100"}
    assert (await house.trader.place(**order, sz=str(most + Decimal("0.001")))).refusal == "51008"
    assert (await house.trader.place(**order, sz=str(most))).refusal == "0"


@pytest.mark.parametrize("currency", ["USDT", "QUIET", "BTC"])
@pytest.mark.parametrize("left", ["100", "700000"])
async def test_exactly_as_much_can_be_borrowed_as_is_told(pooled: House, currency: str, left: str) -> None:
    """Bound by what little collateral there is, or by the limit of the currency."""
    gone = str(1_000_000 - int(left))
    for name, amount in (("USDT", gone), ("QUIET", "10000"), ("BTC", "10")):
        moved = {"ccy": name, "amt": amount, "from": "18", "to": "6"}
        assert (await pooled.trader.post("asset/transfer", moved)).code == "0"
    most = (await pooled.trader.get("account/max-loan", ccy=currency, mgnMode="cross")).row["maxLoan"]
    assert Decimal(most) > 0
    loan = {"ccy": currency, "side": "borrow"}
    more = str(Decimal(most) + Decimal("0.00000001"))
    assert (await pooled.trader.post("account/spot-manual-borrow-repay", loan | {"amt": more})).code != "0"
    assert (await pooled.trader.post("account/spot-manual-borrow-repay", loan | {"amt": most})).code == "0"
