"""Cross positions in pairs, on the money of one currency: futures mode."""

from typing import Any

import pytest

from lonja.core.collateral_commands import AccrueInterest, SetCurrencyPrice
from lonja.core.kinds import Side
from lonja.primitives.instant import HOUR_MS
from tests.edge.contract_trading import done
from tests.edge.house import QUIET, USDT, House
from tests.edge.test_collateral import has, mode
from tests.edge.test_margin_orders import cash, rests

PAIR = {"instId": "QUIET-USDT", "mgnMode": "cross"}


async def place(house: House, **fields: object) -> Any:
    return await house.trader.place(**{"tdMode": "cross", "ccy": "USDT", **fields})


async def long(house: House) -> None:
    """Let the trader have 39.96 QUIET for 4,000 USDT, all of which it owes, in futures mode."""
    assert (await mode(house, "2")).code == "0"
    await rests(house, Side.SELL, 10_000, 40_000)
    assert (await place(house, sz="40", px="100", clOrdId="cross1")).refusal == "0"


async def worth(house: House, price: int) -> None:
    await done(house, SetCurrencyPrice(currency=QUIET, price=price * 10**12))


async def test_orders_and_fills_are_cross(pooled: House) -> None:
    await long(pooled)
    get = pooled.trader.get
    has(
        (await get("trade/order", instId="QUIET-USDT", clOrdId="cross1")).row,
        instType="MARGIN",
        tdMode="cross",
        lever="5",
        ccy="USDT",
    )
    has((await get("trade/fills", instType="MARGIN")).row, fillSz="40")
    bills = (await get("account/bills", instType="MARGIN", mgnMode="cross")).data
    assert [(bill["ccy"], bill["balChg"], bill["posBalChg"], bill["posBal"]) for bill in bills] == [
        ("USDT", "0", "-4000", "-4000"),
        ("QUIET", "0", "39.96", "39.96"),
    ]
    assert cash(pooled) == {"USDT": 1_000_000, "QUIET": 10_000}


async def test_a_position_and_what_it_does_to_the_balance(pooled: House) -> None:
    await long(pooled)
    await worth(pooled, 110)
    (row,) = (await pooled.trader.get("account/positions")).data
    has(
        row, mgnMode="cross", pos="39.96", posCcy="QUIET", liab="-4000", liabCcy="USDT", ccy="USDT", margin="",
        avgPx="100", upl="400", imr="800", mmr="204", lever="5",
    )  # fmt: skip
    # The whole account stands behind it.
    assert float(row["mgnRatio"]) > 1_000
    details = {one["ccy"]: one for one in (await pooled.trader.get("account/balance")).row["details"]}
    # 39.96 at 110 are 4,395.6.
    has(details["USDT"], eq="1000395.6", cashBal="1000000", upl="395.6", imr="800", isoEq="0")


@pytest.mark.parametrize(("price", "side"), [(11_000, "buy"), (9_000, "buy"), (9_000, "sell"), (11_000, "sell")])
async def test_what_is_gained_and_lost_comes_to_the_balance(pooled: House, price: int, side: str) -> None:
    await mode(pooled, "2")
    opening, closing = (Side.SELL, Side.BUY) if side == "buy" else (Side.BUY, Side.SELL)
    await rests(pooled, opening, 10_000, 40_000)
    assert (await place(pooled, side=side, sz="40", px="100")).refusal == "0"
    await rests(pooled, closing, price, 80_000)
    reply = await pooled.trader.post("trade/close-position", {**PAIR, "ccy": "USDT"})
    assert reply.code == "0", reply.json
    assert (await pooled.trader.get("account/positions")).data == []
    (row,) = (await pooled.trader.get("account/positions-history", mgnMode="cross")).data
    gained = (price - 10_000) // 100 * 40 * (1 if side == "buy" else -1)
    assert float(row["pnl"]) == pytest.approx(gained, abs=1)
    held = cash(pooled)
    assert held["USDT"] == pytest.approx(1_000_000 + gained - 8, abs=2)
    assert held["QUIET"] == 10_000


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ccy": None}, "50014"),
        ({"ccy": "BTC"}, "51000"),
        ({"instId": "BTC-USDT", "sz": "0.001", "px": "50000"}, "54000"),
        ({"reduceOnly": True}, "51169"),
        ({"sz": "2000"}, "51008"),
    ],
)
async def test_refusals(pooled: House, fields: dict[str, object], code: str) -> None:
    await mode(pooled, "2")
    before = cash(pooled)
    assert (await place(pooled, **fields)).refusal == code
    assert cash(pooled) == before


async def test_leverage_of_cross_positions(pooled: House) -> None:
    await mode(pooled, "2")
    reply = await pooled.trader.post("account/set-leverage", {**PAIR, "lever": "3"})
    has(reply.row, lever="3", mgnMode="cross", posSide="net")
    has((await pooled.trader.get("account/leverage-info", **PAIR)).row, lever="3")
    has((await pooled.trader.get("account/leverage-info", instId="QUIET-USDT", mgnMode="isolated")).row, lever="5")


async def test_how_much_may_be_traded_cross(pooled: House) -> None:
    await mode(pooled, "2")
    get = pooled.trader.get
    names = {"instId": "QUIET-USDT", "tdMode": "cross"}
    for path in ("max-size", "max-avail-size"):
        assert (await get(f"account/{path}", **names)).code == "50014"
    told = (await get("account/max-size", **names, ccy="USDT", px="99")).row
    assert (told["maxBuy"], told["maxSell"]) == ("1010.101", "1000")
    assert (await place(pooled, sz=told["maxBuy"], px="99")).refusal == "0"
    row = (await get("account/max-avail-size", **names, ccy="USDT")).row
    assert (row["availBuy"], row["availSell"]) == ("0", "1000")
    loans = (await get("account/max-loan", instId="QUIET-USDT", mgnMode="cross", mgnCcy="USDT")).data
    assert [(row["ccy"], row["side"], row["mgnCcy"], row["maxLoan"]) for row in loans] == [
        ("QUIET", "sell", "USDT", "1000"), ("USDT", "buy", "USDT", "0"),
    ]  # fmt: skip
    closing = (await get("account/max-avail-size", **names, ccy="USDT", reduceOnly="true")).row
    assert (closing["availBuy"], closing["availSell"]) == ("0", "0")


async def test_interest_and_debts_of_cross_positions(pooled: House) -> None:
    await long(pooled)
    pooled.clock.advance_ms(HOUR_MS)
    hour = pooled.clock.now_ms() // HOUR_MS * HOUR_MS
    await done(pooled, AccrueInterest(currency=USDT, rate=10**7, hour_ms=hour))
    get = pooled.trader.get
    has((await get("account/interest-accrued", mgnMode="cross")).row, instId="QUIET-USDT", mgnMode="cross", liab="4000")
    assert (await get("account/interest-accrued", mgnMode="isolated")).data == []
    has((await get("account/interest-limits")).row, debt="4000.04")


async def test_what_stands_in_the_way_of_modes(pooled: House) -> None:
    async def blocks() -> list[tuple[str, list[str]]]:
        row = (await pooled.trader.get("account/set-account-switch-precheck", acctLv="1")).row
        return [(block["type"], block["posList"]) for block in row["unmatchedInfoCheck"]]

    await mode(pooled, "2")
    assert await blocks() == []
    waits = (await place(pooled, sz="1", px="90")).row["ordId"]
    assert await blocks() == [("pending_orders", [])]
    await long(pooled)
    held = (await pooled.trader.get("account/positions")).row["posId"]
    assert await blocks() == [("pending_orders", []), ("all_positions", [held])]
    await pooled.trader.post("trade/cancel-order", {"instId": "QUIET-USDT", "ordId": waits})
    assert await blocks() == [("all_positions", [held])]
    assert (await mode(pooled, "1")).code != "0"


async def test_two_margin_currencies_are_two_positions(pooled: House) -> None:
    await long(pooled)
    await rests(pooled, Side.SELL, 10_000, 10_000)
    assert (await place(pooled, sz="10", px="100", ccy="QUIET")).refusal == "0"
    rows = (await pooled.trader.get("account/positions", instType="MARGIN")).data
    assert [(row["ccy"], row["liab"]) for row in rows] == [("USDT", "-4000"), ("QUIET", "-1000")]
    assert len({row["posId"] for row in rows}) == 2
    assert (await pooled.trader.post("trade/close-position", PAIR)).code == "51023"


@pytest.mark.parametrize(
    ("side", "told"),
    [
        # 99.9 and 100 USDT are gained at 110 and 90; fees of 0.1 % on both sides, of 10.011 that are bought back.
        ("buy", {"direction": "long", "openMaxPos": "10", "pnl": "0.90818181", "fee": "-0.01908091"}),
        ("sell", {"direction": "short", "openMaxPos": "10", "pnl": "1.11111111", "fee": "-0.02112212"}),
    ],
)
async def test_a_position_whose_margin_is_in_base_is_told_in_base_when_it_ended(
    pooled: House, side: str, told: dict[str, str]
) -> None:
    await mode(pooled, "2")
    ways = (Side.SELL, Side.BUY) if side == "buy" else (Side.BUY, Side.SELL)
    await rests(pooled, ways[0], 10_000, 10_000)
    assert (await place(pooled, side=side, sz="10", px="100", ccy="QUIET")).refusal == "0"
    await rests(pooled, ways[1], 11_000 if side == "buy" else 9_000, 80_000)
    assert (await pooled.trader.post("trade/close-position", {**PAIR, "ccy": "QUIET"})).code == "0"
    row = (await pooled.trader.get("account/positions-history", mgnMode="cross")).row
    has(row, ccy="QUIET", type="2", posSide="net", openAvgPx="100", closeAvgPx="110" if side == "buy" else "90", **told)
    assert float(row["realizedPnl"]) == pytest.approx(float(row["pnl"]) + float(row["fee"]), abs=2e-8)


async def test_the_desk_takes_over_what_is_liquidated(pooled: House) -> None:
    await long(pooled)
    for currency, amount in (("USDT", "999500"), ("QUIET", "10000")):
        body = {"ccy": currency, "amt": amount, "from": "18", "to": "6"}
        reply = await pooled.trader.post("asset/transfer", body)
        if currency == "USDT":
            assert reply.code != "0"
    held = (await pooled.trader.get("account/max-withdrawal", ccy="USDT")).row["maxWd"]
    body = {"ccy": "USDT", "amt": held, "from": "18", "to": "6"}
    assert (await pooled.trader.post("asset/transfer", body)).code == "0"
    await worth(pooled, 84)
    assert (await pooled.trader.get("account/positions")).data == []
    row = (await pooled.trader.get("account/positions-history", mgnMode="cross")).row
    assert (row["type"], row["direction"]) == ("3", "long")
    (bill,) = (await pooled.trader.get("account/bills", type="5")).data
    assert (bill["instType"], bill["mgnMode"], bill["subType"], bill["ccy"]) == ("MARGIN", "cross", "107", "USDT")
    assert float(bill["balChg"]) < 0
    after = float(bill["bal"])
    details = {one["ccy"]: one for one in (await pooled.trader.get("account/balance")).row["details"]}
    assert float(details["USDT"]["cashBal"]) == after


@pytest.mark.parametrize("mode_and_margin", [("2", "cross"), ("3", "isolated")])
async def test_positions_are_a_part_of_what_is_valued(pooled: House, mode_and_margin: tuple[str, str]) -> None:
    account_mode, margin_mode = mode_and_margin
    await mode(pooled, account_mode)
    before = (await pooled.trader.get("asset/asset-valuation", ccy="USDT")).row["details"]["trading"]
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, tdMode=margin_mode, sz="40", px="100")).refusal == "0"
    after = (await pooled.trader.get("asset/asset-valuation", ccy="USDT")).row["details"]["trading"]
    # The fee of buying is all that is lost: 0.04 of what is worth 100.
    assert float(after) == float(before) - 4
