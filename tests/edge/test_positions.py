"""One position from its first contract to its liquidation: every number recomputed by hand, to the last unit."""

from decimal import Decimal
from typing import Any

from lonja.core.commands import PlaceContractOrder, SetPositionMode, SettleFunding
from lonja.core.kinds import PositionSide, Side
from lonja.edge.wire.positions import PositionRows
from lonja.engine.api import EngineViews
from tests.edge.contract_trading import done
from tests.edge.house import OTHER, QUIET_SWAP, QUIET_USD_SWAP, TRADER, Caller, House, Reply

SWAP = "QUIET-USDT-SWAP"
PER_CENT_OF_PER_CENT = 10**8


async def trade(house: House, side: str, size: str, price: str, mode: str = "isolated", **fields: object) -> None:
    """The trader takes what the other offers at ``price``."""
    other = "sell" if side == "buy" else "buy"
    for caller, way, trade_mode in ((house.other, other, "cross"), (house.trader, side, mode)):
        body = {"instId": SWAP, "tdMode": trade_mode, "side": way, "ordType": "limit", "sz": size, "px": price}
        reply = await caller.post("trade/order", body | (fields if caller is house.trader else {}))
        assert reply.code == "0", reply.raw


async def leverage(caller: Caller, lever: str, mode: str = "isolated", **fields: object) -> Reply:
    body = {"instId": SWAP, "lever": lever, "mgnMode": mode}
    return await caller.post("account/set-leverage", body | fields)


async def usdt(house: House) -> Any:
    """The trader's USDT."""
    (detail,) = (await house.trader.get("account/balance", ccy="USDT")).row["details"]
    return detail


async def cash(house: House) -> Decimal:
    return Decimal((await usdt(house))["cashBal"])


def has(row: dict[str, Any], **wanted: str) -> None:
    """Some keys of ``row``."""
    assert {name: row[name] for name in wanted} == wanted


async def test_the_whole_life_of_a_position(futures: House) -> None:
    house = futures
    assert (await leverage(house.trader, "10")).row == {
        "lever": "10",
        "mgnMode": "isolated",
        "instId": SWAP,
        "posSide": "net",
    }

    # Open 10 contracts of 1 QUIET at 100: worth 1,000, margin 1,000 / 10, taker fee 0.05 % of 1,000.
    await trade(house, "buy", "10", "100")
    opened = (await house.trader.get("account/positions")).row
    has(opened, pos="10", avgPx="100", margin="100", imr="", lever="10", markPx="100", upl="0", uplRatio="0")
    has(opened, fee="-0.5", pnl="0", fundingFee="0", liqPenalty="0", realizedPnl="-0.5", tradeId="100000001")
    # Nothing is lost when 10 p (1 - 0.0005) = 1,000 + 0.5.
    has(opened, bePx="100.100050025", liqPx="90.4977375566", notionalUsd="1000", ccy="USDT", posSide="net")
    assert await cash(house) == Decimal("999899.5")

    # The mark falls to 98: 10 (98 - 100); ratio = (100 - 20) / (980 (0.5 % + 0.05 %)).
    await house.index(9_800)
    row = (await house.trader.get("account/positions")).row
    has(row, upl="-20", uplRatio="-0.2", markPx="98", idxPx="98", mgnRatio="14.8423", mmr="5.39", notionalUsd="980")
    has(row, uplLastPx="0", uplRatioLastPx="0", last="100", uTime=opened["uTime"], cTime=opened["cTime"])
    has(await usdt(house), eq="999979.5", isoEq="80", isoUpl="-20", upl="-20", availEq="999899.5", frozenBal="80")

    # Funding of 0.01 % of 980 is paid from the margin.
    outcome = await house.engine.submit(SettleFunding(instrument=QUIET_SWAP, rate=PER_CENT_OF_PER_CENT))
    assert outcome.rejection == 0
    has((await house.trader.get("account/positions")).row, fundingFee="-0.098", margin="99.902", realizedPnl="-0.598")
    assert await cash(house) == Decimal("999899.5")

    # Margin of 5 is added; the leverage comes to 980 / 104.902.
    added = await house.trader.post(
        "account/position/margin-balance", {"instId": SWAP, "posSide": "net", "type": "add", "amt": "5"}
    )
    answer = {"instId": SWAP, "posSide": "net", "amt": "5", "type": "add", "leverage": "9.34", "ccy": "USDT"}
    assert added.row == answer
    assert await cash(house) == Decimal("999894.5")

    # Half is closed at 98: 5 (98 - 100), taker fee 0.05 % of 490, half of the margin comes back.
    await trade(house, "sell", "5", "98", reduceOnly=True)
    row = (await house.trader.get("account/positions")).row
    has(row, pos="5", avgPx="100", margin="52.451", pnl="-10", fee="-0.745", realizedPnl="-10.843", upl="-10")
    assert await cash(house) == Decimal("999894.5") + Decimal("52.451") - 10 - Decimal("0.245")

    # 5 p (1 - 0.55 %) = 500 - 52.451 at 90.0048...: one tick above the position lives, one below it is liquidated.
    has(row, liqPx="90.004826546")
    await house.index(9_001)
    has((await house.trader.get("account/positions")).row, pos="5", mgnRatio="1.010392", markPx="90.01")
    await house.index(9_000)
    assert (await house.trader.get("account/positions")).data == []

    # It loses its margin: 5 (90 - 100), the taker fee of 450, and the rest as penalty.
    ended = (await house.trader.get("account/positions-history")).row
    has(ended, type="3", direction="long", posSide="net", openAvgPx="100", closeTotalPos="10", openMaxPos="10")
    has(ended, pnl="-60", fee="-0.97", fundingFee="-0.098", liqPenalty="-2.226", realizedPnl="-63.294")
    has(ended, triggerPx="90", closeAvgPx="94", lever="10", uly="QUIET-USDT", ccy="USDT", pnlRatio="-0.63294")
    has(ended, posId=opened["posId"], cTime=opened["cTime"])
    assert await cash(house) == 1_000_000 + Decimal(ended["realizedPnl"])
    has(await usdt(house), eq="999936.706", isoEq="0", upl="0")

    await _check_bills(house)


async def _check_bills(house: House) -> None:
    """What each step above did to cash and margin."""
    bills = (await house.trader.get("account/bills", instType="SWAP")).data[::-1]
    told = [(bill["type"], bill["subType"], bill["balChg"], bill["posBalChg"], bill["pnl"]) for bill in bills]
    assert told == [
        ("2", "1", "-100.5", "100", "0"),
        ("8", "173", "0", "-0.098", "-0.098"),
        ("6", "160", "-5", "5", "0"),
        ("2", "2", "42.206", "-52.451", "-10"),
        ("5", "107", "2.226", "-52.451", "-50"),
        ("5", "109", "-2.226", "0", "0"),
    ]
    has(bills[0], sz="10", px="100", fee="-0.5", execType="T", tradeId="100000001", mgnMode="isolated", posBal="100")
    has(bills[1], sz="10", px="98", ordId="", tradeId="", posBal="99.902", bal="999899.5")
    has(bills[2], sz="5", posBal="104.902", bal="999894.5")
    has(bills[4], sz="5", px="90", fee="-0.225", posBal="0")
    changes = sum(Decimal(bill["balChg"]) for bill in bills)
    assert Decimal(bills[-1]["bal"]) == 1_000_000 + changes == await cash(house)
    assert sum(Decimal(bill["posBalChg"]) for bill in bills) == 0


async def test_a_short_of_an_inverse_contract(futures: House) -> None:
    """100 contracts of 10 USD sold at 100 are worth 10 QUIET; the profit is 1,000 (1/98 - 1/100)."""
    house, swap = futures, "QUIET-USD-SWAP"
    assert (await leverage(house.trader, "5", "cross", instId=swap)).code == "0"
    for caller, side in ((house.other, "buy"), (house.trader, "sell")):
        body = {"instId": swap, "tdMode": "cross", "side": side, "ordType": "limit", "sz": "100", "px": "100"}
        assert (await caller.post("trade/order", body)).code == "0"
    await house.index(9_800, "QUIET-USD")
    row = (await house.trader.get("account/positions", instType="SWAP", instId=swap)).row
    # Value 1,000 / 98 = 10.20408163...; profits and what is needed are rounded against the holder.
    has(row, pos="-100", avgPx="100", upl="0.20408163", margin="", imr="2.04081633", ccy="QUIET", fee="-0.005")
    has(row, mmr="0.05612245", uplRatio="0.10204082", notionalUsd="1000")
    # Nothing is lost when 1,000 (1 - 0.0005) / p = 10 + 0.005.
    has(row, bePx="99.900049975")
    assert Decimal(row["mgnRatio"]) > 100_000
    (detail,) = (await house.trader.get("account/balance", ccy="QUIET")).row["details"]
    has(detail, cashBal="9999.995", eq="10000.19908163", imr="2.04081633", mmr="0.05612245", isoEq="0")
    assert Decimal(detail["availEq"]) + Decimal(detail["frozenBal"]) == Decimal(detail["eq"])
    has((await house.trader.get("account/account-position-risk")).row["posData"][0], pos="-100", instId=swap)


class CountingViews:
    """The engine's views, and how often the orders of an account were looked through."""

    def __init__(self, views: EngineViews) -> None:
        self.views, self.looks = views, 0

    def __getattr__(self, name: str) -> Any:
        self.looks += name == "open_orders"
        return getattr(self.views, name)


async def test_orders_are_looked_through_once_for_all_positions_that_are_told_together(futures: House) -> None:
    await done(futures, *[SetPositionMode(account=account, position_mode=1) for account in (TRADER, OTHER)])
    sides = (Side.BUY, Side.SELL), (PositionSide.LONG, PositionSide.SHORT)
    for swap in (QUIET_SWAP, QUIET_USD_SWAP):
        order = PlaceContractOrder(instrument=swap, price=10_000, size=20)
        for account, side, position_side in zip((TRADER, OTHER), *sides, strict=True):
            await done(futures, order._replace(account=account, side=side, position_side=position_side))
        await done(futures, order._replace(account=TRADER, side=Side.SELL, position_side=1, price=10_100, size=5))
    views = CountingViews(futures.engine.views)
    rows = PositionRows(futures.services.catalogue, views, lambda _: 0, futures.services.orders.positions.trace)  # type: ignore[arg-type]
    told = [rows.row(view) for view in futures.engine.views.positions(TRADER)]
    assert [row["availPos"] for row in told] == ["1.5", "15"]
    assert views.looks == 1, "thousands of orders, for hundreds of positions, would hold up everybody"
    await done(futures, PlaceContractOrder(0, TRADER, 0, 0, QUIET_SWAP, 1, price=10_200, size=5, position_side=1))
    assert rows.row(futures.engine.views.positions(TRADER)[0])["availPos"] == "1"
