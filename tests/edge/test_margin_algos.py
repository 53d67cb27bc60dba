"""Algo orders of positions in pairs: triggers, slices and trailing stops, on whose margin, and how they are told."""

from typing import Any

import pytest

from lonja.core.collateral_commands import SetCurrencyPrice
from lonja.core.kinds import Side
from tests.edge.contract_trading import done
from tests.edge.house import OTHER, House, order
from tests.edge.test_margin_orders import place, protect, rests

QUIET = "QUIET-USDT"


async def algo(house: House, kind: str, **fields: object) -> Any:
    """An isolated algo order with margin in USDT."""
    wanted = {"tdMode": "isolated", "ccy": "USDT", "ordType": kind, "px": None, "sz": "20", **fields}
    return await house.trader.post("trade/order-algo", order(**wanted))


async def pending(house: House, kind: str, **fields: object) -> Any:
    return await house.trader.get("trade/orders-algo-pending", ordType=kind, **fields)


async def trade_at(house: House, ticks: int) -> None:
    """Let the others trade ten lots at a price, so that it is the last one."""
    await rests(house, Side.SELL, ticks, 10)
    assert (await house.trader.place(tdMode="cross", sz="0.01", px=str(ticks / 100))).refusal == "0"


async def test_a_trigger_order_opens_a_position_with_the_margin_of_its_owner(pooled: House) -> None:
    await trade_at(pooled, 10_000)
    placed = (await algo(pooled, "trigger", triggerPx="101", orderPx="102", algoClOrdId="open")).row
    assert placed["sCode"] == "0"
    row = (await pending(pooled, "trigger", instType="MARGIN")).row
    assert (row["algoId"], row["instType"], row["tdMode"], row["ccy"], row["lever"], row["posSide"]) == (
        placed["algoId"], "MARGIN", "isolated", "USDT", "5", "net",
    )  # fmt: skip
    assert (row["reduceOnly"], row["sz"]) == ("false", "20")
    assert (await pending(pooled, "trigger", instType="SPOT")).data == []
    assert (await algo(pooled, "trigger", triggerPx="103", orderPx="-1", algoClOrdId="open")).refusal == "51065"
    await trade_at(pooled, 10_100)
    (child,) = (await pooled.trader.get("trade/orders-pending", instType="MARGIN")).data
    assert (child["algoId"], child["ccy"], child["px"], child["lever"]) == (placed["algoId"], "USDT", "102", "5")
    fired = (await pooled.trader.get("trade/orders-algo-history", ordType="trigger", algoId=placed["algoId"])).row
    assert (fired["state"], fired["instType"], fired["ccy"], fired["ordId"]) == (
        "effective", "MARGIN", "USDT", child["ordId"],
    )  # fmt: skip
    await rests(pooled, Side.SELL, 10_200, 30_000)
    position = (await pooled.trader.get("account/positions", instType="MARGIN")).row
    assert (position["instId"], position["mgnMode"], position["posCcy"]) == (QUIET, "isolated", "QUIET")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("twap", {"szLimit": "5", "pxLimit": "110", "timeInterval": "1", "pxSpread": "1"}),
        ("iceberg", {"szLimit": "5", "pxLimit": "110", "pxSpread": "0.5"}),
        ("smart_iceberg", {"szLimit": "5", "lmtOrderNumber": "1", "aggressiveness": "conservative"}),
    ],
)
async def test_slices_bring_their_margin_one_by_one(pooled: House, kind: str, fields: dict[str, str]) -> None:
    await trade_at(pooled, 10_000)
    if kind == "twap":
        await rests(pooled, Side.SELL, 10_010, 60_000)
    placed = (await algo(pooled, kind, **fields)).row
    assert placed["sCode"] == "0"
    row = (await pending(pooled, kind, instType="MARGIN")).row
    assert (row["algoId"], row["ccy"], row["tdMode"], row["szLimit"]) == (placed["algoId"], "USDT", "isolated", "5")
    body = [{"instId": QUIET, "algoId": placed["algoId"]}]
    if kind == "twap":
        assert row["actualSz"] == "5"
        assert (await pooled.trader.get("account/positions", instType="MARGIN")).row["posCcy"] == "QUIET"
    else:
        (child,) = (await pooled.trader.get("trade/orders-pending", instType="MARGIN")).data
        assert (child["sz"], child["algoId"]) == ("5", placed["algoId"])
    assert (await pooled.trader.post("trade/cancel-algos", body)).refusal == "0"
    assert (await pooled.trader.get("trade/orders-pending", instType="MARGIN")).data == []
    ended = (await pooled.trader.get("trade/orders-algo-history", ordType=kind, algoId=placed["algoId"])).row
    assert (ended["state"], ended["instType"]) == ("canceled", "MARGIN")


async def test_a_trailing_stop_reduces_a_position(pooled: House) -> None:
    trails = {"side": "sell", "callbackSpread": "2", "sz": "39", "slTriggerPx": None, "slOrdPx": None}
    assert (await algo(pooled, "move_order_stop", **trails)).refusal == "51169"
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    assert (await algo(pooled, "move_order_stop", **trails)).refusal == "0"
    row = (await pending(pooled, "move_order_stop", instType="MARGIN")).row
    assert (row["reduceOnly"], row["tdMode"], row["moveTriggerPx"]) == ("true", "isolated", "98")
    await rests(pooled, Side.BUY, 9_790, 100_000)
    assert (await pooled.trader.place(tdMode="cross", side="sell", sz="1", px="97.9")).refusal == "0"
    assert (await pending(pooled, "move_order_stop")).data == []
    (sold,) = (await pooled.trader.get("trade/orders-history", instType="MARGIN", ordType="market")).data
    assert (sold["reduceOnly"], sold["side"], sold["source"]) == ("true", "sell", "25")


async def test_a_trigger_order_may_only_reduce(pooled: House) -> None:
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="20", px="100")).refusal == "0"
    fields = {"side": "sell", "triggerPx": "104", "orderPx": "105", "reduceOnly": "true", "sz": "30"}
    assert (await algo(pooled, "trigger", **fields)).refusal == "0"
    assert (await pending(pooled, "trigger")).row["reduceOnly"] == "true"
    await rests(pooled, Side.BUY, 10_400, 10)
    assert (await pooled.trader.place(tdMode="cross", side="sell", sz="0.01", px="104")).refusal == "0"
    (child,) = (await pooled.trader.get("trade/orders-pending", instType="MARGIN")).data
    assert (child["reduceOnly"], child["sz"], child["px"]) == ("true", "19.98", "105")
    body = {"instId": QUIET, "ordId": child["ordId"], "newSz": "25"}
    assert (await pooled.trader.post("trade/amend-order", body)).refusal == "51112"


async def test_a_stop_loss_may_end_with_its_position(pooled: House) -> None:
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    assert (await protect(pooled, cxlOnClosePos="true", reduceOnly="true")).refusal == "0"
    assert (await protect(pooled, slTriggerPx="94")).refusal == "0"
    await rests(pooled, Side.BUY, 10_000, 100_000)
    assert (await pooled.trader.post("trade/close-position", {"instId": QUIET, "mgnMode": "isolated"})).refusal == "0"
    (left,) = (await pending(pooled, "conditional")).data
    assert left["slTriggerPx"] == "94"


async def test_a_liquidated_position_takes_its_stops_along(pooled: House) -> None:
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    placed = (await protect(pooled, slTriggerPx="70")).row
    await done(pooled, SetCurrencyPrice(currency=pooled.services.catalogue.at(0).base.currency, price=10**12))
    row = (await pooled.trader.get("trade/orders-algo-history", ordType="conditional", algoId=placed["algoId"])).row
    assert (row["state"], row["instType"], row["actualSz"]) == ("canceled", "MARGIN", "0")
    assert (await pooled.trader.get("account/positions", instType="MARGIN")).data == []


async def test_where_nothing_is_lent_nothing_is_triggered(pooled: House) -> None:
    fields = {"instId": "BTC-USDT", "triggerPx": "40000", "orderPx": "-1", "sz": "0.001", "tgtCcy": "base_ccy"}
    assert (await algo(pooled, "trigger", **fields)).refusal == "54000"
    assert pooled.services.orders.pockets(OTHER) == []
