"""Liquidations and Security Funds on REST: who lost is not named, what the funds got and paid is."""

from typing import Any

import pytest

from lonja.core.commands import EndowFund
from lonja.core.kinds import Side
from lonja.edge.wire import contracts as wire
from lonja.primitives.instant import DAY_MS, HOUR_MS
from tests.edge.contract_trading import bet, done, leave, trade
from tests.edge.house import QUIET_USD_SWAP, START_MS, House

LINEAR, INVERSE = "QUIET-USDT-SWAP", "QUIET-USD-SWAP"
SWAPS = {"instType": "SWAP"}
FUND = {"instType": "SWAP", "instFamily": "QUIET-USDT"}


async def _crash(house: House, lots: int = 100, price: int = 9_500) -> None:
    """A long at a hundred times its margin of one per cent, while the index falls further than that."""
    await bet(house, lots)
    await house.index(price)


async def test_a_liquidation_is_told_with_what_it_cost(futures: House) -> None:
    await _crash(futures)
    row = (await futures.get("public/liquidation-orders", **SWAPS)).row
    assert set(row) == set(wire.LIQUIDATION_ROW)
    assert (row["instType"], row["instId"], row["uly"]) == ("SWAP", LINEAR, "QUIET-USDT")
    # The margin of 10 was gone at 99; the fund pays the other 40, and the taker fee at 95.
    assert row["totalLoss"] == "40.475"
    assert row["details"] == [
        {"side": "sell", "posSide": "net", "bkPx": "99", "sz": "10", "bkLoss": "40.475", "ccy": "", "ts": str(START_MS)}
    ]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"state": "filled"}, 1),
        ({"state": "unfilled"}, 0),
        ({"mgnMode": "isolated"}, 1),
        ({"mgnMode": "cross"}, 0),
        ({"instId": LINEAR}, 1),
        ({"instId": INVERSE}, 0),
        ({"ccy": "USDT"}, 1),
        ({"ccy": "QUIET"}, 0),
        ({"uly": "QUIET-USDT"}, 1),
        ({"instFamily": "QUIET-USD"}, 0),
        ({"instType": "FUTURES"}, 0),
        ({"instType": "MARGIN"}, 0),
        ({"after": str(START_MS)}, 0),
        ({"after": str(START_MS + 1)}, 1),
        ({"before": str(START_MS)}, 0),
        ({"before": str(START_MS - 1)}, 1),
    ],
)
async def test_which_liquidations(futures: House, asked: dict[str, str], count: int) -> None:
    await _crash(futures)
    assert len((await futures.get("public/liquidation-orders", **(SWAPS | asked))).data) == count


async def test_liquidations_of_a_contract_share_a_row_newest_first(futures: House) -> None:
    for price in (9_500, 9_200):
        futures.clock.advance_ms(1_000)
        await futures.index(10_000)
        await _crash(futures, price=price)
    row = (await futures.get("public/liquidation-orders", **SWAPS)).row
    assert [int(detail["ts"]) - START_MS for detail in row["details"]] == [2_000, 1_000]
    assert row["totalLoss"] == "110.935"


async def _fund(house: House, **asked: Any) -> Any:
    row = (await house.get("public/insurance-fund", **(FUND | asked))).row
    assert set(row) == set(wire.INSURANCE_FUND_ROW)
    assert all(set(detail) == set(wire.FUND_DETAIL) for detail in row["details"])
    return row


async def test_a_fund_tells_what_it_got_and_paid(futures: House) -> None:
    await leave(futures, Side.BUY, 9_450, 1_000)
    await _crash(futures)
    row = await _fund(futures)
    assert (row["instType"], row["instFamily"]) == ("SWAP", "QUIET-USDT")
    told = [(detail["type"], detail["amt"], detail["balance"], detail["ccy"]) for detail in row["details"]]
    assert told == [
        # Taken over at 95 and sold at 94.5.
        ("bankruptcy_loss", "-5", "9954.525", "USDT"),
        ("bankruptcy_loss", "-40.475", "9959.525", "USDT"),
        ("platform_revenue", "10000", "10000", "USDT"),
    ]
    assert row["total"] == "9954.525"


async def test_a_fund_gets_what_is_left_of_a_margin(futures: House) -> None:
    await leave(futures, Side.BUY, 9_940, 1_000)
    await _crash(futures, price=9_940)
    found = await _fund(futures, type="liquidation_balance_deposit")
    assert [(detail["type"], detail["amt"]) for detail in found["details"]] == [
        ("liquidation_balance_deposit", "3.503")
    ]


async def test_the_last_resort_is_told_with_how_far_the_fund_had_fallen(futures: House) -> None:
    # A loss of 4 per contract and fees for a thousand of them are more than a third of the fund.
    await _crash(futures, lots=10_000)
    found = (await _fund(futures, type="adl"))["details"]
    assert [(detail["type"], detail["adlType"], detail["amt"]) for detail in found] == [("adl", "rate_adl_start", "")]
    assert (found[0]["maxBal"], found[0]["maxBalTs"], found[0]["balance"]) == ("10000", str(START_MS), "5952.5")
    assert found[0]["decRate"] == "0.40475"


async def test_a_fund_tells_its_balance_at_each_full_hour(futures: House) -> None:
    hour = START_MS - START_MS % HOUR_MS
    futures.clock.set_ms(hour + 2 * HOUR_MS + 5)
    await done(futures, EndowFund(family=0, amount=5 * 10**8))
    futures.clock.set_ms(hour + 4 * HOUR_MS)
    rows = (await _fund(futures, type="regular_update"))["details"]
    assert [(int(row["ts"]) - hour, row["balance"]) for row in rows] == [
        (4 * HOUR_MS, "10005"),
        (3 * HOUR_MS, "10005"),
        (2 * HOUR_MS, "10000"),
        (HOUR_MS, "10000"),
    ]
    assert {row["type"] for row in rows} == {"regular_update"}
    together = (await _fund(futures))["details"]
    assert [row["type"] for row in together] == [
        *["regular_update"] * 2, "platform_revenue", *["regular_update"] * 2, "platform_revenue",
    ]  # fmt: skip
    assert (await _fund(futures, after=rows[1]["ts"], limit=2))["details"] == together[2:4]
    assert (await _fund(futures, before=rows[1]["ts"]))["details"] == together[:1]
    futures.clock.set_ms(hour + 30 * DAY_MS)
    assert len((await _fund(futures, type="regular_update"))["details"]) == 100


async def test_a_fund_in_another_currency_is_valued_in_dollars(futures: House) -> None:
    row = await _fund(futures, instFamily="QUIET-USD")
    assert (row["details"][-1]["balance"], row["details"][-1]["ccy"], row["total"]) == ("1000", "QUIET", "100000")
    await trade(futures, QUIET_USD_SWAP, 10_000, 1)
    assert await _fund(futures, instFamily="QUIET-USD") == row


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"uly": "QUIET-USDT"}, [("SWAP", "QUIET-USDT")]),
        ({"uly": "QUIET-USD", "instFamily": "QUIET-USD"}, [("SWAP", "QUIET-USD")]),
        ({"instFamily": "QUIET-USDT", "instType": "FUTURES"}, [("FUTURES", "QUIET-USDT")]),
        ({"instFamily": "QUIET-EUR"}, []),
        ({"instFamily": "QUIET-USD", "instType": "OPTION"}, []),
        ({"ccy": "USDT", "instType": "MARGIN"}, []),
    ],
)
async def test_which_funds(futures: House, asked: dict[str, str], found: list[tuple[str, str]]) -> None:
    rows = (await futures.get("public/insurance-fund", **(SWAPS | asked))).data
    assert [(row["instType"], row["instFamily"]) for row in rows] == found


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("public/insurance-fund", SWAPS, "50015"),
        ("public/insurance-fund", {**FUND, "before": "x"}, "51000"),
        ("public/insurance-fund", {**FUND, "type": "endowed"}, "51000"),
        ("public/liquidation-orders", {**SWAPS, "state": "open"}, "51000"),
        ("public/liquidation-orders", {**SWAPS, "limit": "0"}, "51000"),
    ],
)
async def test_what_is_refused(futures: House, path: str, asked: dict[str, str], code: str) -> None:
    reply = await futures.get(path, **asked)
    assert (reply.code, reply.data) == (code, [])
